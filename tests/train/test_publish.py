"""A checkpoint goes to the Hub over HTTP, is loaded from there by another process, and answers the
same."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from mmsent import hub
from mmsent.hub_upload import PushError
from tests.fake_hub_store import Repository
from tests.finished import finish, front_matter
from train import publish as script
from train.common.card import OWN_LICENCE
from train.publish import publish


@pytest.fixture
def face(face_checkpoint, tmp_path) -> Path:
    return finish(Path(shutil.copytree(face_checkpoint, tmp_path / "face")))


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
