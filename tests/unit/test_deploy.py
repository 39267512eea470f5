"""The page goes to a Space over HTTP: exactly what it needs, in one commit, and again only where
something differs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import SpaceHardware

from mmsent.deploy import ROOT, ZERO_GPU, deploy, main
from mmsent.hub_upload import PushError
from tests.fake_hub import LARGE, serving, use
from tests.fake_hub_store import Repository

SPACE = "me/page"


@pytest.fixture
def hub(tmp_path, monkeypatch):
    with serving() as hub:
        use(hub, monkeypatch, tmp_path / "home")
        yield hub


@pytest.fixture
def root(tmp_path) -> Path:
    """A repository with one of everything, wanted or not."""
    folder = tmp_path / "repository"
    wanted = [
        "app.py",
        "requirements.txt",
        "LICENSE",
        "mmsent/__init__.py",
        "mmsent/ui/face/live.js",
        "mmsent/ui/examples/a.jpg",
    ]
    wanted += [
        f"checkpoints/face/{name}"
        for name in ("config.json", "metrics.json", "README.md", "plots/reliability.png")
    ]
    unwanted = [
        "train/face/__main__.py",
        "tests/test_app.py",
        "runs/state",
        "mmsent/__pycache__/a.pyc",
        ".env",
        "docs/api.md",
    ]
    unwanted += [
        "checkpoints/face/plots/training_curves.png",
        "checkpoints/face/model.bin",
        "checkpoints/half/README.md",
    ]
    for name in (*wanted, *unwanted):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{name}\n")
    (folder / "requirements.txt").write_text(
        "# why\nav>=18,<20\npi-heif>=1\ngradio[mcp]>=6,<7\ntorch>=2.8,<3\ntorchvision>=0.2\nown\n"
    )
    (folder / "constraints.txt").write_text(
        "# tested\nav==18.1.0\ngradio==6.31.0\npi_heif==1.4.0\ntorch==2.15.0\ntorchvision==0.29.2\nruff==0.17.6\n"
    )
    (folder / "README.md").write_text("---\nsdk: gradio\n---\nread me\n")
    (folder / "checkpoints/face/model.safetensors").write_bytes(bytes(LARGE + 1))
    return folder


def test_a_space_holds_what_the_page_needs_and_no_more(hub, root):
    commit = deploy(SPACE, root)
    space = hub.repositories["spaces/me/page"]
    assert space.head == commit
    assert len(space.commits) == 2  # the first is the Hub's own
    assert sorted(space.files) == [
        ".gitattributes",
        "LICENSE",
        "README.md",
        "app.py",
        "checkpoints/face/README.md",
        "checkpoints/face/config.json",
        "checkpoints/face/metrics.json",
        "checkpoints/face/model.safetensors",
        "checkpoints/face/plots/reliability.png",
        "mmsent/__init__.py",
        "mmsent/ui/examples/a.jpg",
        "mmsent/ui/face/live.js",
        "requirements.txt",
    ]
    assert space.files["checkpoints/face/model.safetensors"] == bytes(LARGE + 1)
    assert space.large == {"checkpoints/face/model.safetensors"}
    assert not space.private


def test_again_it_sends_only_what_differs(hub, root):
    first = deploy(SPACE, root)
    assert deploy(SPACE, root) == first
    space = hub.repositories["spaces/me/page"]
    assert len(space.commits) == 2
    (root / "mmsent/ui/face/live.js").unlink()
    shutil.rmtree(root / "checkpoints/face")
    (root / "app.py").write_text("new\n")
    deploy(SPACE, root)
    assert len(space.commits) == 3
    assert space.files["app.py"] == b"new\n"
    assert [
        name for name in space.files if name.startswith("checkpoints") or name.endswith(".js")
    ] == []


def test_what_is_not_ours_is_left_alone(hub, root):
    space = hub.repositories["spaces/me/page"] = Repository()
    space.commit({".gitattributes": b"", "README.md": b"mine"})
    mine = {**space.files, "app.py": b"print('mine')", "notes.txt": b"three years of work"}
    space.commit(mine, "Add my own app")
    with pytest.raises(
        PushError,
        match=r"“me/page” holds something else, such as app\.py; name another repository\.",
    ):
        deploy(SPACE, root)
    assert space.files == mine


def test_hidden_files_stay_here(hub, root):
    (root / "mmsent/ui/.env").write_text("TOKEN=secret")
    (root / "mmsent/.notes").mkdir()
    (root / "mmsent/.notes/a.txt").write_text("mine")
    deploy(SPACE, root)
    sent = hub.repositories["spaces/me/page"].files
    assert "mmsent/ui/face/live.js" in sent
    assert not [name for name in sent if "/." in name]


def test_hardware_is_asked_for_once_and_zerogpu_gets_its_torch(hub, root):
    deploy(SPACE, root, hardware=SpaceHardware.CPU_UPGRADE)
    space = hub.repositories["spaces/me/page"]
    assert space.hardware == "cpu-upgrade"
    tested = b"# why\nav==18.1.0\npi-heif==1.4.0\ngradio[mcp]==6.31.0\n"
    assert space.files["requirements.txt"] == tested + b"torch==2.15.0\ntorchvision==0.29.2\nown\n"
    deploy(SPACE, root, hardware=ZERO_GPU)
    assert space.hardware == ZERO_GPU
    zero = b"torch>=2.8,<3\ntorchvision>=0.2\nown\n# what ZeroGPU supports\ntorch<2.12\n"
    assert space.files["requirements.txt"] == tested + zero
    head = space.head
    # as a release would: nothing is said of hardware, and nothing changes
    assert deploy(SPACE, root) == head
    assert space.hardware == ZERO_GPU


def test_private_is_private_or_nothing(hub, root):
    deploy("me/hidden", root, private=True)
    assert hub.repositories["spaces/me/hidden"].private
    deploy(SPACE, root)
    (root / "app.py").write_text("secret\n")
    with pytest.raises(PushError, match="public already"):
        deploy(SPACE, root, private=True)
    assert hub.repositories["spaces/me/page"].files["app.py"] == b"app.py\n"


def test_what_goes_wrong_is_one_sentence(hub, root, monkeypatch, capsys):
    for name, told in (
        ("no name!", "not a name like owner/name"),
        ("stranger/page", "may not write there"),
    ):
        with pytest.raises(PushError, match=told):
            deploy(name, root)
    (root / "README.md").write_text("---\nsdk: [\n---\n")
    with pytest.raises(PushError, match=r"README\.md"):
        deploy(SPACE, root)
    (root / "app.py").unlink()
    with pytest.raises(PushError, match=r"no app\.py"):
        deploy(SPACE, root)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(SystemExit, match="2"):
        main([SPACE])
    assert "the Hub can't be reached" in capsys.readouterr().err
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(SystemExit, match="2"):
        main([SPACE])
    assert "log in" in capsys.readouterr().err


@pytest.mark.slow
def test_the_repository_itself_goes_up_from_the_command_line(hub):
    command = [sys.executable, "-m", "mmsent", "deploy", SPACE]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=300, env=os.environ
    )
    assert done.returncode == 0, done.stderr
    space = hub.repositories["spaces/me/page"]
    assert space.head in done.stdout
    assert {"app.py", "mmsent/ui/demo.py", "checkpoints/face/model.safetensors"} <= set(space.files)
    assert not [
        name
        for name in space.files
        if name.split("/")[0] in {"tests", "train", "bench", "runs", ".venv", "docs"}
    ]


def test_a_space_loads_the_models_that_are_named_from_the_hub(hub, root):
    model = hub.repositories["me/mine"] = Repository()
    model.tags["v1"] = model.commit({"config.json": b'{"task": "review"}'}, "mmsent review")
    commit = deploy(SPACE, root, models={"review": "me/mine@v1"})
    space = hub.repositories["spaces/me/page"]
    assert space.variables == {"MMSENT_REVIEW": "me/mine@v1"}
    assert deploy(SPACE, root, models={"review": "me/mine@v1"}) == commit


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("review=me/nothing", "There is no “me/nothing” on the Hub"),
        ("face=me/mine", "“me/mine” on the Hub is not a checkpoint for “face”"),
        ("review=my/folder/here", "is not a name like owner/name"),
        ("text=me/mine", "is not like TASK=owner/name@v1 with one of meme, face"),
        ("me/mine", "is not like TASK=owner/name@v1"),
    ],
)
def test_a_model_that_no_space_could_load_is_refused_before_anything_is_sent(
    hub, root, model, told, capsys
):
    hub.repositories["me/mine"] = Repository()
    hub.repositories["me/mine"].commit({"config.json": b'{"task": "review"}'}, "mmsent review")
    with pytest.raises(SystemExit) as stopped:
        main([SPACE, "--model", model])
    assert stopped.value.code == 2
    assert told in capsys.readouterr().err
    assert "spaces/me/page" not in hub.repositories
