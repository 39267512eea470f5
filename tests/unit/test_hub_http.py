"""Checkpoints fetched over HTTP: whole, again, in parts, offline, and what is said when that
fails."""

import json
import re
import shutil
from pathlib import Path

import pytest
from huggingface_hub import constants
from safetensors.torch import load_file, save

import mmsent
from mmsent import hub
from mmsent.hub import CheckpointError, find
from tests.fake_hub import serving, use
from tests.fake_hub_store import FakeHub, Repository


@pytest.fixture
def fake(tmp_path, monkeypatch):
    with serving() as fake:
        use(fake, monkeypatch, tmp_path / "home")
        yield fake


def put(fake: FakeHub, name: str, folder: Path, **settings: bool) -> Repository:
    """A repository that holds ``folder``, tagged v1."""
    fake.repositories[name] = repository = Repository(large={"model.safetensors"}, **settings)
    commit = repository.commit({path.name: path.read_bytes() for path in folder.iterdir()})
    repository.tags["v1"] = commit
    for content in repository.files.values():
        fake.store(content)
    return repository


def test_a_tag_a_commit_and_the_newest(fake, face_checkpoint):
    repository = put(fake, "me/face", face_checkpoint)
    first = repository.head
    repository.commit(repository.files | {"README.md": b"new"})
    assert find("face", "me/face@v1").name == find("face", f"me/face@{first}").name == first
    assert find("face", "me/face").name == repository.head
    assert len(fake.ranges) == 1  # the weights are the same, and were fetched once
    assert (find("face", "me/face") / "model.safetensors").read_bytes() == (
        face_checkpoint / "model.safetensors"
    ).read_bytes()


def test_only_the_files_of_a_checkpoint_are_fetched(fake, face_checkpoint):
    repository = put(fake, "me/face", face_checkpoint)
    files = {
        "LICENSE.md": b"terms",
        "README.md": b"card",
        "pytorch_model.bin": b"pickle",
        "setup.py": b"code",
    }
    repository.commit(repository.files | files)
    names = {path.name for path in find("face", "me/face").iterdir()}
    assert names == {"config.json", "model.safetensors", "LICENSE.md", "README.md"}


def test_a_broken_download_goes_on_where_it_was(fake, face_checkpoint, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 2**18)  # the file is of several
    put(fake, "me/face", face_checkpoint)
    fake.breaks = [constants.DOWNLOAD_CHUNK_SIZE + 100_000]
    assert mmsent.load("face", "me/face", "cpu").labels
    assert fake.ranges == [None, f"bytes={constants.DOWNLOAD_CHUNK_SIZE}-"]


def test_one_that_stays_broken_is_told_and_mended_later(fake, face_checkpoint, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    put(fake, "me/face", face_checkpoint)
    fake.breaks = [0] * 20
    with pytest.raises(
        CheckpointError, match=r"“me/face@v1” could not be fetched completely .*try again\.$"
    ):
        find("face", "me/face@v1")
    fake.breaks = []
    assert find("face", "me/face@v1").is_dir()


def test_what_is_in_the_cache_needs_no_hub(fake, face_checkpoint, monkeypatch):
    commit = put(fake, "me/face", face_checkpoint).head
    folders = {find("face", f"me/face@{revision}") for revision in ("v1", "main", commit)}
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    assert {find("face", f"me/face@{revision}") for revision in ("v1", "main", commit)} == folders
    with pytest.raises(
        CheckpointError, match=r"can't be reached and “me/face@v2” is not in the local cache"
    ):
        find("face", "me/face@v2")


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("me/nothing", "There is no “me/nothing” on the Hub, or it is private"),
        ("me/hidden", "There is no “me/hidden” on the Hub, or it is private"),
        ("me/face@v9", "“me/face” on the Hub has no revision “v9”"),
        ("me/gated", "“me/gated” has terms to accept: do so on https://huggingface.co/me/gated"),
        ("me/half", "“me/half” on the Hub holds no model.safetensors"),
        ("me/face/v1", "neither a folder nor a name like owner/name@revision"),
    ],
)
def test_what_can_not_be_had_is_one_sentence(fake, face_checkpoint, monkeypatch, source, told):
    monkeypatch.setenv("HF_TOKEN", "hf_of_somebody_else")
    put(fake, "me/face", face_checkpoint)
    put(fake, "me/hidden", face_checkpoint, private=True)
    put(fake, "me/gated", face_checkpoint, gated=True)
    put(fake, "me/half", face_checkpoint).files.pop("model.safetensors")
    with pytest.raises(CheckpointError, match=re.escape(told)) as caught:
        find("face", source)
    assert "\n" not in str(caught.value)


def test_another_task_a_newer_format_and_damage_are_refused(fake, face_checkpoint):
    repository = put(fake, "me/face", face_checkpoint)
    with pytest.raises(CheckpointError, match="checkpoint for “face”, not for “review”"):
        mmsent.load("review", "me/face")
    config = json.loads(repository.files["config.json"])
    for content, told in (
        (json.dumps(config | {"format": hub.FORMAT + 1}), "newer mmsent"),
        (json.dumps(config | {"format": "new"}), "not the config of a checkpoint"),
        ("[]", "not the config of a checkpoint"),
        ("{", "damaged"),
    ):
        repository.commit(repository.files | {"config.json": content.encode()})
        with pytest.raises(CheckpointError, match=told):
            mmsent.load("face", "me/face")
    cut = repository.files["model.safetensors"][:-5]
    repository.commit(
        repository.files | {"config.json": json.dumps(config).encode(), "model.safetensors": cut}
    )
    fake.store(cut)
    with pytest.raises(CheckpointError, match="damaged"):
        mmsent.load("face", "me/face")


@pytest.mark.parametrize(
    ("encoder", "told"),
    [
        ("me/nothing", "There is no “me/nothing” on the Hub, or it is private"),
        ("me/gated", "“me/gated” has terms to accept"),
        ("me/half", "“me/half” on the Hub holds no model.safetensors"),
        ("me/other", "was trained on another encoder “me/other” (sha256"),
    ],
)
def test_an_encoder_that_can_not_be_had_is_one_sentence_and_other_tabs_go_on(
    fake, review_checkpoint, face_checkpoint, tmp_path, monkeypatch, encoder, told
):
    # here, since the other tests do without the page
    from mmsent.ui.demo import build_demo
    from mmsent.ui.server.health import Health, State

    monkeypatch.setenv("HF_TOKEN", "hf_of_somebody_else")
    text = review_checkpoint.parent / "text"
    put(fake, "me/gated", text, gated=True)
    put(fake, "me/half", text).files.pop("model.safetensors")
    others = {name: value + 1 for name, value in load_file(text / "model.safetensors").items()}
    put(fake, "me/other", text).files["model.safetensors"] = save(others)
    fake.store(save(others))
    head = Path(shutil.copytree(review_checkpoint, tmp_path / "review"))
    shutil.copytree(review_checkpoint.parent / "image", tmp_path / "image")
    config = json.loads((head / "config.json").read_text())
    config["encoders"]["text"]["source"] = encoder
    (head / "config.json").write_text(json.dumps(config))
    sources = {"review": head, "face": face_checkpoint}

    def load(task: str):
        if task not in sources:
            raise CheckpointError("There is none.")
        return mmsent.load(task, sources[task], "cpu")

    with pytest.raises(CheckpointError, match=re.escape(told)) as caught:
        load("review")
    assert "\n" not in str(caught.value)
    health = Health()
    build_demo(load, health)
    assert (health.models["review"], health.models["face"]) == (State.FAILED, State.LOADING)
