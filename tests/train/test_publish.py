"""A checkpoint goes to the Hub over HTTP, is loaded from there by another process, and answers the
same."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import mmsent
from mmsent import hub
from mmsent.deploy import ROOT
from mmsent.hub_upload import PushError
from tests.fake_hub import serving, use
from tests.fake_hub_store import Repository
from tests.small_models import write_review
from train import publish as script
from train.common.card import OWN_LICENCE, Subject, write_card
from train.common.script import parse_args, script_parser
from train.face.card import model_card
from train.publish import publish

TEST = {
    "n": 8,
    "accuracy": 0.5,
    "macro_f1": 0.4,
    "ece": 0.1,
    "ece_before_temperature": 0.2,
    "selective": {"coverage": 0.9, "risk": 0.1},
    "per_class": {"happy": {"precision": 0.5, "recall": 0.5, "f1": 0.5, "n": 8}},
}
TRAINING = {
    "data": "toys",
    "preset": "compact",
    "commit": None,
    "seed": 0,
    "epochs": 1,
    "recipe": {},
}


@pytest.fixture
def fake(tmp_path, monkeypatch):
    with serving() as fake:
        use(fake, monkeypatch, tmp_path / "home")
        yield fake


def finish(folder: Path) -> Path:
    """What a training script leaves beside config and weights."""
    config = json.loads((folder / "config.json").read_text())
    config["training"] = TRAINING
    (folder / "config.json").write_text(json.dumps(config))
    hub.save_metrics(folder, {"test": TEST, "validation": TEST})
    (folder / "plots").mkdir()
    (folder / "plots" / "reliability.png").write_bytes(b"a picture")
    use = f'mmsent.load("{config["task"]}", "<folder or owner/name@revision>")'
    words = {
        "name": config["task"],
        "summary": "A toy.",
        "use": use,
        "meant": "Meant for tests.",
        "data": "Toys, CC0.",
    }
    lists = {
        "scores": {"Toys": TEST},
        "remarks": "",
        "limits": ("It knows nothing.",),
        "tags": ("toy",),
    }
    card = write_card(Subject(**words, **lists, pipeline_tag="text-classification"), config, {})
    (folder / "README.md").write_text(
        model_card(config, {"test": TEST, "validation": TEST}) if config["task"] == "face" else card
    )
    return folder


@pytest.fixture
def face(face_checkpoint, tmp_path) -> Path:
    return finish(Path(shutil.copytree(face_checkpoint, tmp_path / "face")))


@pytest.fixture
def review(tmp_path) -> Path:
    folder = write_review(tmp_path / "models")
    for name in ("text", "image"):
        finish(folder.parent / name)
    return finish(folder)


def front_matter(files: dict[str, bytes]) -> dict:
    return yaml.safe_load(files["README.md"].decode().split("---\n")[1])


def test_all_of_it_and_nothing_else_with_card_terms_and_tag(fake, face):
    (face / "optimizer.bin").write_bytes(b"pickled")
    commit, tag = publish(face, "me/face")
    repository = fake.repositories["me/face"]
    assert (repository.head, tag, repository.tags) == (commit, "v1", {"v1": commit})
    names = [
        "LICENSE.md",
        "README.md",
        "config.json",
        "metrics.json",
        "model.safetensors",
        "plots/reliability.png",
    ]
    assert sorted(repository.files) == [".gitattributes", *names]
    card = front_matter(repository.files)
    assert card["license"] == "other"
    assert card["license_link"].startswith("https://")
    assert card["library_name"] == "mmsent"
    result = card["model-index"][0]["results"][0]
    assert (result["dataset"]["name"], result["dataset"]["split"]) == ("FER2013", "PrivateTest")
    assert [(metric["type"], metric["value"]) for metric in result["metrics"][:2]] == [
        ("accuracy", 0.5),
        ("f1", 0.4),
    ]
    text = repository.files["README.md"].decode()
    assert 'mmsent.load("face", "me/face")' in text
    assert "research use" in repository.files["LICENSE.md"].decode()


def test_the_terms_that_its_maker_chose_travel_with_the_weights(fake, face, tmp_path):
    card = face / "README.md"
    card.write_text(
        card.read_text().replace("## Data and terms\n", f"## Data and terms\n\n{OWN_LICENCE}")
    )
    licence = tmp_path / "licence.txt"
    licence.write_text("# CC BY 4.0\n\n## Section 1\n\nName me.\n")
    publish(face, "me/face", licence=licence)
    files = fake.repositories["me/face"].files
    terms, text = files["LICENSE.md"].decode(), files["README.md"].decode()
    for told in (terms, text):
        assert "on these terms:\n\nCC BY 4.0\n\nSection 1\n\nName me." in told
        assert OWN_LICENCE not in told
    assert "research use" in terms, "those of the data hold, too"
    assert text.index("Name me.") < text.index("\n## ", text.index("## Data and terms") + 5)
    assert front_matter(files)["license_link"] == "LICENSE.md"
    assert OWN_LICENCE in card.read_text(), "the folder stays as it is"


def test_again_nothing_is_pushed_and_a_new_training_gets_the_next_tag(fake, face):
    first = publish(face, "me/face")
    assert publish(face, "me/face") == first
    (face / "plots" / "reliability.png").unlink()
    second = publish(face, "me/face")
    assert second.tag == "v2"
    assert "plots/reliability.png" not in fake.repositories["me/face"].files
    hub.save_metrics(face, {})
    with pytest.raises(PushError, match="its tag v1 is at another"):
        publish(face, "me/face", tag="v1")


def test_somebody_s_own_model_is_not_replaced(fake, face):
    theirs = fake.repositories["me/face"] = Repository()
    theirs.commit(
        {".gitattributes": b"", "pytorch_model.bin": b"weeks of training"}, "Upload my model"
    )
    with pytest.raises(PushError, match=r"holds something else, such as pytorch_model\.bin"):
        publish(face, "me/face")
    assert list(theirs.files) == [".gitattributes", "pytorch_model.bin"]


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


def test_what_is_not_finished_is_not_pushed(fake, face):
    card = (face / "README.md").read_text()
    for break_it, told in (
        (
            lambda: (face / "README.md").write_text(card.replace("license: other\n", "")),
            "nothing of “license”",
        ),
        (
            lambda: (face / "README.md").write_text(card.replace("## Data and terms", "## Data")),
            "Data and terms",
        ),
        (
            lambda: (face / "metrics.json").write_text('{"test": {}}'),
            "are not of the weights beside them",
        ),
        (
            lambda: (face / "metrics.json").write_text(json.dumps({"sha256": "0" * 64})),
            "are not of the weights beside them",
        ),
        (lambda: (face / "model.safetensors").write_bytes(b"cut"), "damaged"),
        (lambda: (face / "metrics.json").unlink(), "not finished"),
        (lambda: (face / "config.json").write_text("{"), "no readable config"),
    ):
        break_it()
        with pytest.raises(PushError, match=told):
            publish(face, "me/face")
    assert fake.repositories == {}


def test_the_command_says_where_it_is_or_what_to_do(fake, face, monkeypatch, capsys):
    monkeypatch.setattr(
        sys, "argv", ["publish", str(face), "me/face", "--tag", "first", "--private"]
    )
    script.main()
    assert f"me/face@{fake.repositories['me/face'].head}" in capsys.readouterr().out
    assert fake.repositories["me/face"].private
    assert hub.find("face", "me/face@first").is_dir()
    monkeypatch.setattr(sys, "argv", ["publish", str(face), "stranger/face"])
    with pytest.raises(SystemExit, match="may not write there"):
        script.main()


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
