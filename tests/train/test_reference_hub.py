"""The presets of the reference from their command to the page: trained, pushed in one commit with
their encoders, loaded by other processes, and answering as the net that was trained does."""

import base64
import json
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import yaml

import mmsent
from mmsent import hub
from mmsent.cancel import Cancelled
from mmsent.labels import SENTIMENTS
from mmsent.tasks import TASKS
from tests.chromium import running_app
from tests.page.test_api_examples import mcp
from tests.pushed import Pushed, ask_elsewhere, local_hub
from tests.served import serving
from tests.toy_reference import encoders as encoders  # a fixture
from tests.train.reference_presets import meme, review, video, write_names
from tests.train.test_video_reference import bert as bert  # a fixture
from tests.train.test_video_reference import meld as meld  # a fixture
from tests.visitor import Visitor
from train.common import plots
from train.review.reference import PRESETS

pytestmark = pytest.mark.slow
OWN = [*PRESETS, "meme"]  # learn from somebody's own rows


@pytest.fixture(scope="module")
def pushed(encoders, meld, bert, tmp_path_factory) -> Any:
    """Each preset, trained and pushed by its command."""
    folder = tmp_path_factory.mktemp("pushed")
    with local_hub(folder) as (fake, patch):
        patch.setattr(plots, "write_plots", write_names)  # drawing takes longer than learning
        done = {
            preset: review(preset, encoders, folder / preset, fake, patch) for preset in PRESETS
        }
        done["meme"] = meme(folder / "meme", fake, patch)
        done["video"] = video(meld, bert, folder / "video", fake, patch)
        assert set(fake.repositories) == {f"me/{name}" for name in done}, (
            "encoders have none of their own"
        )
        yield done


@pytest.fixture(scope="module")
def elsewhere(pushed, tmp_path_factory) -> dict[str, Any]:
    """What another process answers."""
    folder = tmp_path_factory.mktemp("tables")
    tables = {name: folder / f"{name}.csv" for name in pushed}
    for name, one in pushed.items():
        text, file = _text_and_file(one)
        tables[name].write_text(f'text,{TASKS[one.task].column}\n"{text}",{file}\n')
    return ask_elsewhere(pushed, tables)


def _text_and_file(one: Pushed) -> tuple[str, str]:
    """Of its first row."""
    text, file = sorted(one.rows[0], key=lambda part: len(part) < 200 and Path(part).is_file())
    return text, file


@pytest.mark.parametrize("name", OWN)
def test_head_and_encoders_are_one_commit_of_one_repository(pushed, name):
    one = pushed[name]
    files, config = one.repository.files, one.config
    assert len(one.repository.commits) == 2, "that of the new repository, and ours"
    inside = {
        f"encoders/{part}/{file}" for part in ("text", "image") for file in hub.REQUIRED_FILES
    }
    assert {*inside, "encoders/text/tokenizer.json", "metrics.json", "LICENSE.md"} <= set(files)
    shown = "own" if one.task == "review" else "sentiment"
    assert {f"plots/{kind}_{shown}.png" for kind in ("confusion", "reliability")} <= set(files)
    card = files["README.md"].decode()
    result = yaml.safe_load(card.split("---\n")[1])["model-index"][0]["results"][0]
    assert result["dataset"]["name"].startswith(f"Own {one.task}s")
    assert result["dataset"]["split"] == "validation"
    assert not any(name in card for name in ("public corpora", "Memotion", "HarMeme", "GoEmotions"))
    assert f'mmsent.load("{one.task}", "me/{name}")' in card
    assert "pip install" in card
    steps = config["calibration"]["both" if one.task == "review" else "sentiment"]
    assert config["task"] == one.task
    assert steps["temperature"] != 1.0


@pytest.mark.parametrize("name", [*OWN, "video"])
def test_another_process_answers_as_the_net_that_was_trained(pushed, elsewhere, name):
    one = pushed[name]
    assert any(max(probs) < 0.95 for row in one.expected for probs in row.values()), (
        "too sure to tell"
    )
    for answer, expected in zip(elsewhere[name]["answers"], one.expected, strict=True):
        for aspect, probs in expected.items():
            assert np.allclose(list(answer[aspect]["probs"].values()), probs, atol=1e-3)
        if one.task == "review":
            assert answer["grid"] == ([4, 4] if name == "reference-patches" else [1, 1])
            assert len(answer["attention"]) == 3, "a row for each word"
    said = json.loads(elsewhere[name]["command"])
    aspect = next(iter(one.expected[0]))
    assert elsewhere[name]["status"] == 0
    assert said[aspect]["top"] == elsewhere[name]["answers"][0][aspect]["top"]


def test_what_was_learnt_of_memes_is_right_and_nothing_else_is_said(pushed, elsewhere):
    metrics = json.loads(pushed["meme"].repository.files["metrics.json"])
    learnt = {"sentiment", "humour", "motivational"}
    assert set(metrics["validation"]) == learnt
    assert all(part["macro_f1"] > part["guessing"] for part in metrics["validation"].values())
    assert metrics["validation"]["sentiment"]["n"] == 24
    for answer in elsewhere["meme"]["answers"]:
        assert set(answer["aspects"]) == learnt
        assert answer["words"] == {}
        assert answer["tokens"][:2] == ["this", "is"]
        assert answer["grid"] == [8, 8]
        # "good" or "bad", and places of the picture, as far as an aspect is not quite sure
        assert max(abs(pulls[2]) for pulls in answer["attributions"].values()) > 0.01
        assert np.abs(answer["picture_pull"]["motivational"]).max() > 0.01


def test_a_video_model_is_whole_and_says_what_it_was_tested_on(pushed):
    one = pushed["video"]
    files = one.repository.files
    assert len(one.repository.commits) == 2, "that of the new repository, and ours, once"
    inside = {
        f"encoders/{part}/{file}" for part in ("text", "motion") for file in hub.REQUIRED_FILES
    }
    plots = {"plots/reliability_together.png", "plots/confusion_picture.png"}
    assert {*inside, *plots, "encoders/text/tokenizer.json", "LICENSE.md"} <= set(files)
    test = json.loads(files["metrics.json"])["test"]
    assert set(test) == {"together", "text", "audio", "picture"}
    assert test["together"]["emotion"]["accuracy"] > 0.4, "chance is 0.14"
    card = files["README.md"].decode()
    results = yaml.safe_load(card.split("---\n")[1])["model-index"][0]["results"]
    assert {result["dataset"]["split"] for result in results} == {"test"}
    assert 'mmsent.load("video", "me/video")' in card
    assert not any(name in card for name in ("FER2013", "RAVDESS"))
    steps = one.config["calibration"]
    assert all(
        steps[mode]["emotion"]["temperature"] != 1.0 for mode in ("text+audio+picture", "text")
    )


def test_what_a_video_model_misses_is_filled_and_said(elsewhere):
    *whole, wordless = elsewhere["video"]["answers"]
    for answer in whole:
        (moment,) = answer["moments"]
        assert set(moment["by_modality"]) == {"text", "audio", "picture"}
        assert answer["faces"] == []
        assert len(moment["attributions"]) == 1, "a number a word"
        assert not any("average" in note for note in answer["notes"])
    assert set(wordless["weights"]) == {"audio", "picture"}
    assert any("the average of its training stands in" in note for note in wordless["notes"])


def test_page_endpoint_and_tool_answer_alike(pushed, elsewhere, tmp_path):
    """Of those that have a map, and of clips; the tab of memes as well."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MMSENT_FACE", str(tmp_path / "nowhere"))  # quickly not there
        patch.setenv("MMSENT_REVIEW", pushed["reference-patches"].source)
        patch.setenv("MMSENT_MEME", pushed["meme"].source)
        patch.setenv("MMSENT_VIDEO", pushed["video"].source)
        with running_app(tmp_path) as (address, _), Visitor(address) as visitor:
            asked = {}
            for name, task in (("reference-patches", "review"), ("meme", "meme")):
                text, image = _text_and_file(pushed[name])
                photo = Path(image).read_bytes()
                file = visitor.upload(photo, "photo.png")
                order = (text, file) if task == "review" else (file, text)
                page = visitor.ask(task, *order)
                url = f"data:image/png;base64,{base64.b64encode(photo).decode()}"
                asked[name] = page, (task, {"text": text, "image": url})
            words, clip = _text_and_file(pushed["video"])
            film = visitor.upload(Path(clip).read_bytes(), "clip.mp4")
            shown = visitor.ask("video", film, words, ["text", "audio", "picture"])
            film = visitor.upload(Path(clip).read_bytes(), "clip.mp4")
            there = f"{address}gradio_api/file={film['path']}"
            asked["video"] = shown, ("video", {"clip": there, "transcript": words})
            number = visitor.component("video-counts")
            (counts,) = [one for one in visitor.config["components"] if one["id"] == number]
            _, tools = mcp(SimpleNamespace(address=address), *(call for _, call in asked.values()))
            again = visitor.upload(photo, "photo.png")  # a file goes once it has been answered
            verdict, reasons, *_ = visitor.press("meme-run", "click", again, text)
    for (name, (page, _)), tool in zip(asked.items(), tools, strict=True):
        wanted = elsewhere[name]["answers"][0]
        for aspect in pushed[name].expected[0]:
            assert page[aspect] == json.loads(tool.content[0].text)[aspect]
            assert page[aspect]["top"] == wanted[aspect]["top"]
            assert np.allclose(
                list(page[aspect]["probs"].values()), pushed[name].expected[0][aspect], atol=1e-3
            )
    assert counts["props"]["value"] == ["text", "audio", "picture"]
    assert dict(counts["props"]["choices"])["Picture"] == "picture"
    assert "<h3>" in str(verdict)
    assert "Checked on own memes (24)" in str(reasons)
    assert "heat" in str(reasons)
    assert "Memotion" not in f"{verdict}{reasons}"


@pytest.mark.parametrize("name", [*OWN, "video"])
def test_reasons_of_an_encoder_that_is_slow_here_are_asked_for(pushed, name, tmp_path, monkeypatch):
    """And end where nobody wants them any more."""
    one = pushed[name]
    model = mmsent.load(one.task, one.source, "cpu")
    monkeypatch.setattr(model.text, "seconds_a_token", 0.5, raising=False)
    text, file = _text_and_file(one)
    if one.task == "video":  # its button begins more than one job
        watched = model.watch(file)
        judged = partial(model.judge, watched, text)
        assert model.reasons_seconds(judged()) > 0
        with pytest.raises(Cancelled):
            judged(reasons=True, cancelled=lambda: True)
        return
    with serving(one.task, model, tmp_path) as address, Visitor(address) as visitor:
        photo = visitor.upload(Path(file).read_bytes(), "photo.png")
        given = (text, photo) if one.task == "review" else (photo, text)
        verdict, reasons, *_, note, ask, _ = visitor.press(f"{one.task}-run", "click", *given)
    assert "<h3>" in str(verdict)
    assert "What each word did" not in str(reasons)
    assert "take a while on this machine" in note
    assert ask["value"].startswith("Explain (about ")
    assert ask["visible"] is True


def test_a_review_model_with_one_key_is_shown_in_the_page(pushed, tmp_path):
    text, photo = pushed["reference"].rows[0]
    model = mmsent.load("review", pushed["reference"].source, "cpu")
    with serving("review", model, tmp_path) as address, Visitor(address) as visitor:
        page = visitor.ask("review", text, visitor.upload(Path(photo).read_bytes(), "photo.png"))
    probs = list(page["sentiment"]["probs"].values())
    assert np.allclose(probs, pushed["reference"].expected[0]["sentiment"], atol=1e-3)
    assert tuple(page["sentiment"]["probs"]) == SENTIMENTS
    assert (page["grid"], page["attention"]) == ([1, 1], [[1.0]] * 3)
