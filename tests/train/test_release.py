"""A release end to end: every checkpoint published, wiped here, and loaded by an installed package
from the Hub."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mmsent import hub, pinned
from mmsent.deploy import ROOT
from mmsent.hub_upload import PushError
from tests.fake_hub import serving, use
from tests.fake_hub_store import Repository
from tests.finished import finish
from tests.small_models import write_meme, write_review, write_video
from train import publish as script
from train.common import release

LOAD = """
import json, sys, mmsent
from mmsent import hub
assert not hub.ROOT.exists(), hub.ROOT
tasks = ("face", "review", "meme", "video")
loaded = {task: mmsent.load(task, None, "cpu") for task in tasks}
print(json.dumps([loaded[task].sha256 for task in tasks]))
print(json.dumps(loaded["review"].predict("not a good bag").to_dict()))
"""


@pytest.fixture
def fake(tmp_path, monkeypatch):
    with serving() as fake:
        use(fake, monkeypatch, tmp_path / "home")
        yield fake


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """All seven, whole and finished."""
    folder = tmp_path_factory.mktemp("made")
    for write in (write_review, write_meme, write_video):
        write(folder)
    for task in release.ORDER:
        finish(folder / task)
    return folder


@pytest.fixture
def checkpoints(made, tmp_path, monkeypatch) -> Path:
    folder = Path(shutil.copytree(made, tmp_path / "checkpoints"))
    monkeypatch.setattr(hub, "ROOT", folder)
    monkeypatch.setattr(release, "PINNED_FILE", tmp_path / "pinned.py")
    empty = "PINNED: dict[str, str] = {}\n"  # whatever the package pins
    own = Path(pinned.__file__).read_text(encoding="utf-8")
    release.PINNED_FILE.write_text(own.partition("PINNED")[0] + empty, encoding="utf-8")
    return folder


def run(monkeypatch, *options: str) -> None:
    monkeypatch.setattr(sys, "argv", ["publish", *options])
    script.main()


def test_publish_all_wipe_load_all(fake, checkpoints, tmp_path, monkeypatch, capsys):
    tasks = ("face", "review", "meme", "video")
    weights = [hub.sha256(checkpoints / task / hub.WEIGHTS) for task in tasks]
    run(monkeypatch, "--all", "me", "--tag", "v1")
    out = capsys.readouterr().out
    published = [line.split("@")[0] for line in out.splitlines() if "@v1 is at" in line]
    assert published == [f"me/mmsent-{task}" for task in release.ORDER]  # encoders first
    head = fake.repositories["me/mmsent-video"].head
    assert f'+    "video": "me/mmsent-video@{head}",\n' in out
    assert out.count("\n-PINNED") == 1
    config = json.loads(fake.repositories["me/mmsent-video"].files["config.json"])
    assert {name: one["source"] for name, one in config["encoders"].items()} == {
        name: f"me/mmsent-{name}@{fake.repositories[f'me/mmsent-{name}'].head}"
        for name in ("text", "face", "speech")
    }
    shutil.rmtree(checkpoints)
    site = tmp_path / "site"
    shutil.copytree(ROOT / "mmsent", site / "mmsent", ignore=shutil.ignore_patterns("ui"))
    shutil.copy(release.PINNED_FILE, site / "mmsent" / "pinned.py")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MMSENT_")}
    done = subprocess.run(
        [sys.executable, "-c", LOAD],
        cwd=tmp_path,
        env=environment | {"PYTHONPATH": str(site), "HF_HUB_DISABLE_PROGRESS_BARS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    told, answer = done.stdout.strip().splitlines()
    assert json.loads(told) == weights
    assert json.loads(answer)["sentiment"]["probs"]


def test_again_nothing_is_pushed_and_a_change_moves_the_pins_that_hang_on_it(
    fake, checkpoints, monkeypatch, capsys
):
    run(monkeypatch, "--all", "me")
    first = {name: repository.head for name, repository in fake.repositories.items()}
    capsys.readouterr()
    run(monkeypatch, "--all", "me")
    assert {name: repository.head for name, repository in fake.repositories.items()} == first
    assert "pinned.py names these already." in capsys.readouterr().out
    (checkpoints / "image" / "plots" / "reliability.png").write_bytes(b"another picture")
    run(monkeypatch, "--all", "me")
    moved = {name for name, one in fake.repositories.items() if one.head != first[name]}
    assert moved == {f"me/mmsent-{task}" for task in ("image", "review", "meme")}
    assert list(fake.repositories["me/mmsent-image"].tags) == ["v1", "v2"]
    assert list(fake.repositories["me/mmsent-text"].tags) == ["v1"]


def write_video_head(root: Path, encoders: dict) -> None:
    """The checkpoint of the clips, as if it stood on ``encoders``, too."""
    path = root / "video" / "config.json"
    config = json.loads(path.read_text())
    config["encoders"] |= encoders
    path.write_text(json.dumps(config))


def test_a_tag_that_is_taken_is_told_before_anything_is_sent(fake, checkpoints):
    release.publish_all("me", checkpoints, "v1")
    heads = {name: one.head for name, one in fake.repositories.items()}
    assert release.publish_all("me", checkpoints, "v1")  # nothing has changed
    (checkpoints / "meme" / "plots" / "reliability.png").write_bytes(b"another picture")
    with pytest.raises(PushError, match="“me/mmsent-meme” has a tag v1 of something else"):
        release.publish_all("me", checkpoints, "v1")
    assert {name: one.head for name, one in fake.repositories.items()} == heads
    release.publish_all("me", checkpoints, "v2")
    with pytest.raises(PushError, match="has a tag v1 of something else"):
        release.publish_all("me", checkpoints, "v1")


def test_nothing_is_sent_where_one_could_not_be(fake, checkpoints, monkeypatch, capsys):
    before = release.PINNED_FILE.read_text()
    theirs = fake.repositories["me/mmsent-video"] = Repository()
    theirs.commit({".gitattributes": b"", "pytorch_model.bin": b"weeks"}, "Upload my model")
    with pytest.raises(SystemExit, match=r"holds something else, such as pytorch_model\.bin"):
        run(monkeypatch, "--all", "me")
    del fake.repositories["me/mmsent-video"]
    weights = checkpoints / "image" / hub.WEIGHTS
    kept = weights.read_bytes()
    shutil.copy(checkpoints / "face" / hub.WEIGHTS, weights)
    hub.save_metrics(checkpoints / "image", {"test": {}})
    with pytest.raises(
        PushError, match=r"image is not the encoder that .*review was trained on; train"
    ):
        release.publish_all("me", checkpoints)
    weights.write_bytes(kept)
    hub.save_metrics(checkpoints / "image", {"test": {}})
    meme_figures = checkpoints / "meme" / "metrics.json"
    figures = meme_figures.read_bytes()
    meme_figures.unlink()
    with pytest.raises(SystemExit, match=r"holds no metrics\.json(.|\n)*Nothing is pinned"):
        run(monkeypatch, "--all", "me")
    meme_figures.write_bytes(figures)
    write_video_head(checkpoints, {"motion": {"source": "motion", "sha256": "0" * 64}})
    with pytest.raises(PushError, match=r"“motion”, which --all does not publish; move it into"):
        release.publish_all("me", checkpoints)
    pushed = {file for one in fake.repositories.values() for file in one.files}
    assert pushed <= {".gitattributes"}
    assert release.PINNED_FILE.read_text() == before


def test_a_release_that_broke_off_goes_on(fake, checkpoints, monkeypatch):
    publish, names = release.publish, []

    def breaks(folder, name, *rest):
        names.append(name)
        if len(names) == 4:
            raise PushError("the Hub can't be reached.")
        return publish(folder, name, *rest)

    monkeypatch.setattr(release, "publish", breaks)
    with pytest.raises(PushError, match="can't be reached"):
        release.publish_all("me", checkpoints, "v1")
    pins = release.publish_all("me", checkpoints, "v1")
    assert list(pins) == list(release.ORDER)
    assert all(one.tags == {"v1": one.head} for one in fake.repositories.values())


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--all", "me", "checkpoints/face"], "name no folder, encoder or licence"),
        (["--all", "me", "--encoder", "text=me/x"], "name no folder, encoder or licence"),
        (["checkpoints/face"], "or --all OWNER"),
    ],
)
def test_what_does_not_go_together(options, told, monkeypatch, capsys):
    with pytest.raises(SystemExit) as stopped:
        run(monkeypatch, *options)
    assert stopped.value.code == 2
    assert told in capsys.readouterr().err


def test_pins_that_can_not_be_written_are_told(fake, checkpoints, monkeypatch, tmp_path):
    def refuse(pins, path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(release, "write_pins", refuse)
    with pytest.raises(SystemExit, match=r"can't be written \(Permission denied\)(.|\n)*face: me/"):
        run(monkeypatch, "--all", "me")


def test_the_pins_are_written_as_a_module(checkpoints):
    path = release.PINNED_FILE
    assert release.write_pins({"face": "me/f@1"}, path).endswith(
        '-PINNED: dict[str, str] = {}\n+PINNED: dict[str, str] = {\n+    "face": "me/f@1",\n+}\n'
    )
    assert release.write_pins({"face": "me/f@1"}, path) == ""
    found: dict = {}
    exec(path.read_text(), found)
    assert found["PINNED"] == {"face": "me/f@1"}
