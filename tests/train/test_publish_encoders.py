"""A head goes to the Hub with its encoders: named by commit, or inside of it."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import mmsent
from mmsent import hub
from mmsent.deploy import ROOT
from mmsent.hub_upload import PushError
from tests.fake_hub_store import Repository
from tests.finished import finish, front_matter
from tests.small_models import write_review
from train.common.script import parse_args, script_parser
from train.publish import publish


@pytest.fixture
def review(tmp_path) -> Path:
    folder = write_review(tmp_path / "models")
    for name in ("text", "image"):
        finish(folder.parent / name)
    return finish(folder)


@pytest.mark.slow
def test_a_head_in_another_process_with_encoders_named_by_commit(fake, review, tmp_path):
    with pytest.raises(
        PushError, match="“text”, which lies on this machine only: publish that first"
    ):
        publish(review, "me/review")
    commits = {
        name: publish(review.parent / name, f"me/{name}").commit for name in ("text", "image")
    }
    published = publish(review, "me/review", encoders={"text": "me/text", "image": "me/image@v1"})
    pushed = json.loads(fake.repositories["me/review"].files["config.json"])
    named = json.loads((review / "config.json").read_text())["encoders"]
    assert named["text"]["source"] == "text"  # the folder here is as it was
    assert pushed["encoders"] == {
        name: {**named[name], "source": f"me/{name}@{commits[name]}"} for name in named
    }
    card = front_matter(fake.repositories["me/review"].files)
    assert card["base_model"] == ["me/text", "me/image"]
    assert card["license_link"] == "LICENSE.md"
    code = (
        "import json, sys, mmsent; review = mmsent.load('review', sys.argv[1], 'cpu'); "
        "print(json.dumps(review.predict('not a good bag').to_dict()), review.text.sha256)"
    )
    command = [sys.executable, "-c", code, f"me/review@{published.tag}"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=300, env=environment
    )
    assert done.returncode == 0, done.stderr
    answer, sha256 = done.stdout.strip().rsplit(" ", 1)
    assert json.loads(answer) == json.loads(
        json.dumps(mmsent.load("review", review, "cpu").predict("not a good bag").to_dict())
    )
    assert sha256 == named["text"]["sha256"]


def test_encoders_inside_go_into_the_same_commit_of_the_same_repository(fake, review):
    for name in ("text", "image"):
        shutil.move(review.parent / name, review / "encoders" / name)
    published = publish(review, "me/review")
    repository = fake.repositories["me/review"]
    assert list(fake.repositories) == ["me/review"]
    assert len(repository.commits) == 2  # that of the new repository, and this one
    sent = {f"encoders/{name}/{file}" for name in ("text", "image") for file in hub.REQUIRED_FILES}
    assert {*sent, "encoders/text/tokenizer.json"} <= set(repository.files)
    loaded = mmsent.load("review", f"me/review@{published.tag}", "cpu")
    assert (
        loaded.predict("a bag").to_dict()
        == mmsent.load("review", review).predict("a bag").to_dict()
    )


def test_an_encoder_inside_that_is_another_is_not_pushed(fake, review):
    for name in ("text", "image"):
        shutil.copytree(review.parent / name, review / "encoders" / name)
    shutil.copy(review / "model.safetensors", review / "encoders" / "text" / "model.safetensors")
    with pytest.raises(PushError, match="is not the encoder “text” that this model was trained on"):
        publish(review, "me/review")
    assert not fake.repositories


def test_another_encoder_is_refused(fake, review):
    for name in ("text", "image"):
        publish(review.parent / name, f"me/{name}")
    with pytest.raises(PushError, match="holds another encoder than the “text”"):
        publish(review, "me/review", encoders={"text": "me/image", "image": "me/image"})
    with pytest.raises(PushError, match="no “me/nothing” on the Hub"):
        publish(review, "me/review", encoders={"text": "me/nothing", "image": "me/image"})
    with pytest.raises(PushError, match="no encoder “sound”"):
        publish(review, "me/review", encoders={"sound": "me/text"})
    assert "me/review" not in fake.repositories


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--push-to", "stranger/x"], "may not write there"),
        (["--push-to", "no name"], "is not a name like owner/name"),
        (["--push-to", "me/theirs"], r"holds something else, such as pytorch_model\.bin"),
        (["--push-to", "me/public", "--private"], "is public already"),
        (["--push-to", "me/public", "--tag", "v1"], "has a tag v1 already"),
        (["--push-to", "me/y", "--licence", "gone.txt"], r"gone\.txt can't be read: No such file"),
        (["--push-to", "me/y", "--licence", "empty.txt"], r"empty\.txt is empty"),
        (["--push-to", "me/y", "--licence", "photo.png"], r"photo\.png is no text"),
        (["--push-to", "me/x"], "the encoder “text”, which lies on this machine only: publish"),
        (["--push-to", "me/x", "--encoder", "text=me/gone"], "no “me/gone” on the Hub"),
    ],
)
def test_what_would_fail_at_the_end_fails_before_the_training(
    options, told, fake, monkeypatch, capsys, tmp_path
):
    monkeypatch.chdir(tmp_path)
    Path("empty.txt").write_text("\n")
    Path("photo.png").write_bytes(b"\x89PNG\xff")
    theirs = fake.repositories["me/theirs"] = Repository()
    theirs.commit({".gitattributes": b"", "pytorch_model.bin": b"weeks"}, "Upload my model")
    ours = fake.repositories["me/public"] = Repository()
    ours.tags["v1"] = ours.commit({".gitattributes": b""}, "initial")
    parser = script_parser("", "review", head=True)
    parser.add_argument("--data")
    parser.add_argument("--preset", default="compact")
    if "me/x" in options:
        parser.add_argument("--text-model")
    arguments = ["train.review", "--data", "x", "--out", str(tmp_path / "out"), *options]
    monkeypatch.setattr(sys, "argv", arguments)
    with pytest.raises(SystemExit):
        parse_args(parser)
    assert re.search(told, capsys.readouterr().err)
    assert not {"me/x", "me/y"} & set(fake.repositories)


def test_a_preset_with_its_own_encoders_needs_none_on_the_hub(fake, monkeypatch, tmp_path):
    parser = script_parser("", "review", head=True)
    for option in ("--data", "--preset", "--text-model", "--image-model"):
        parser.add_argument(option)
    options = ["--data", "x", "--preset", "reference", "--push-to", "me/x", "--private"]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["train.review", *options])
    args = parse_args(parser)
    assert fake.repositories["me/x"].private
    # not what ships, which somebody may have meant to keep
    assert args.out == Path("runs/review/checkpoint")
