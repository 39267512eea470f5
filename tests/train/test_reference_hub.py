"""The presets of the reference from their command to the page: trained, pushed in one commit with
their encoders, loaded by other processes, and answering as the net that was trained does."""

import base64
import copy
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from matplotlib.figure import Figure

import mmsent
from mmsent import hub
from mmsent.calibrate import probabilities
from mmsent.labels import SENTIMENTS
from mmsent.media import open_image
from mmsent.pipelines.encoders import squash
from tests.chromium import running_app
from tests.page.test_api_examples import mcp
from tests.pushed import Pushed, ask_elsewhere, local_hub, run_script
from tests.served import serving
from tests.train.test_meme_reference import MEME_TOY, SIDE, caption_of, write_memes, write_sentences
from tests.train.test_review_reference import TOKENS, TOY, write_reviews
from tests.train.test_review_reference import encoders as encoders  # a fixture
from tests.visitor import Visitor
from train.meme import __main__ as meme_script
from train.meme import reference as meme_reference
from train.review import __main__ as review_script
from train.review import reference as review_reference
from train.review.reference import PRESETS

pytestmark = pytest.mark.slow
ROWS = 4


@pytest.fixture(scope="module")
def pushed(encoders, tmp_path_factory) -> Any:
    """Each preset, trained and pushed by its command."""
    folder = tmp_path_factory.mktemp("pushed")
    with local_hub(folder) as (fake, patch):
        done = {
            preset: review(preset, encoders, folder / preset, fake, patch) for preset in PRESETS
        }
        done["meme"] = meme(folder / "meme", fake, patch)
        assert set(fake.repositories) == {f"me/{name}" for name in done}, (
            "encoders have none of their own"
        )
        yield done


def review(preset: str, encoders, folder: Path, fake, patch) -> Pushed:
    folder.mkdir()
    data = write_reviews(folder / "data", 80, wrong=7)
    held = SimpleNamespace()

    def keep(work, net, preset, rows, learnt, figures):
        held.net, held.data = net, rows
        return Figure()

    patch.setattr(review_reference, "MAX_LENGTH", TOKENS)
    patch.setattr(review_reference, "draw_attention", keep)
    patch.setattr(review_script, "REFERENCE_PLAN", TOY)
    models = ["--text-model", encoders[0], "--image-model", encoders[1], "--epochs", 16]
    run_script(
        review_script.main, patch, "--preset", preset, "--data", data, *models,
        "--push-to", f"me/{preset}", "--runs", folder / "runs", "--out", folder / "out",
    )  # fmt: skip
    steps = hub.read_config(folder / "out", "review")["calibration"]["both"]
    expected, rows = [], []
    for row in range(ROWS):
        sample = held.data[row]
        with torch.inference_mode():
            logits, _ = held.net(*(sample[name][None] for name in ("ids", "read", "pixels")))
        probs = probabilities(logits.numpy(), steps["temperature"], steps["bias"])[0]
        expected.append({"sentiment": probs.tolist()})
        rows.append((held.data.rows[row][0].text, str(held.data.rows[row][0].image)))
    repository = fake.repositories[f"me/{preset}"]
    return Pushed("review", f"me/{preset}@v1", folder, repository, rows, expected)


def meme(folder: Path, fake, patch) -> Pushed:
    folder.mkdir()
    data, held = write_memes(folder / "data", 120, wrong=7), SimpleNamespace()
    made = meme_reference.own_group

    def keep(net, aspects, training, held_out, history):
        held.net, held.data, held.aspects = copy.deepcopy(net), held_out, aspects
        return made(net, aspects, training, held_out, history)

    patch.setattr(meme_reference, "SIZE", SIDE)
    patch.setattr(meme_reference, "own_group", keep)
    patch.setattr(meme_script, "REFERENCE_PLAN", MEME_TOY)
    run_script(
        meme_script.main, patch, "--preset", "reference", "--data", data,
        "--images", folder / "data" / "images", "--text-model", write_sentences(folder / "sentences"),
        "--push-to", "me/meme", "--runs", folder / "runs", "--out", folder / "out", "--epochs", 8,
    )  # fmt: skip
    calibration = hub.read_config(folder / "out", "meme")["calibration"]
    numbers = {
        squash(open_image(path), SIDE).tobytes(): int(path.stem)
        for path in (folder / "data" / "images").iterdir()
    }
    expected, rows = [], []
    for row in range(ROWS):
        number = numbers[np.asarray(held.data.memes[row].picture).tobytes()]
        rows.append((str(folder / "data" / "images" / f"{number}.png"), caption_of(number)))
        pixels, embedding, _ = held.data[row]
        with torch.inference_mode():
            logits = held.net(pixels[None], embedding[None])
        steps = {aspect: calibration[aspect] for aspect in held.aspects}
        expected.append(
            {
                aspect: probabilities(
                    logits[aspect].numpy(), steps[aspect]["temperature"], steps[aspect]["bias"]
                )[0].tolist()
                for aspect in held.aspects
            }
        )
    return Pushed("meme", "me/meme@v1", folder, fake.repositories["me/meme"], rows, expected)


@pytest.fixture(scope="module")
def elsewhere(pushed, tmp_path_factory) -> dict[str, Any]:
    """What another process answers."""
    folder = tmp_path_factory.mktemp("tables")
    tables = {name: folder / f"{name}.csv" for name in pushed}
    for name, one in pushed.items():
        text, image = sorted(one.rows[0], key=lambda part: Path(part).is_file())
        tables[name].write_text(f'text,image_path\n"{text}",{image}\n')
    return ask_elsewhere(pushed, tables)


@pytest.mark.parametrize("name", [*PRESETS, "meme"])
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


@pytest.mark.parametrize("name", [*PRESETS, "meme"])
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
        # the word tells the sentiment, the colour the motivation
        pulls = answer["attributions"]["sentiment"]
        assert max(range(3), key=lambda word: abs(pulls[word])) == 2
        assert np.abs(answer["picture_pull"]["motivational"]).max() > 0.01


def test_page_endpoint_and_tool_answer_alike(pushed, elsewhere, tmp_path):
    """Of the two that have a map; the tab of memes as well."""
    with pytest.MonkeyPatch.context() as patch:
        for task in ("face", "video"):  # quickly not there
            patch.setenv(f"MMSENT_{task.upper()}", str(tmp_path / "nowhere"))
        patch.setenv("MMSENT_REVIEW", pushed["reference-patches"].source)
        patch.setenv("MMSENT_MEME", pushed["meme"].source)
        with running_app(tmp_path) as (address, _), Visitor(address) as visitor:
            asked = {}
            for name, task in (("reference-patches", "review"), ("meme", "meme")):
                text, image = sorted(pushed[name].rows[0], key=lambda part: Path(part).is_file())
                photo = Path(image).read_bytes()
                file = visitor.upload(photo, "photo.png")
                order = (text, file) if task == "review" else (file, text)
                page = visitor.ask(task, *order)
                url = f"data:image/png;base64,{base64.b64encode(photo).decode()}"
                asked[name] = page, (task, {"text": text, "image": url})
            _, tools = mcp(SimpleNamespace(address=address), *(call for _, call in asked.values()))
            again = visitor.upload(photo, "photo.png")  # a file goes once it has been answered
            verdict, reasons = visitor.press("meme-run", "click", again, text)
    for (name, (page, _)), tool in zip(asked.items(), tools, strict=True):
        wanted = elsewhere[name]["answers"][0]
        for aspect in pushed[name].expected[0]:
            assert page[aspect] == json.loads(tool.content[0].text)[aspect]
            assert page[aspect]["top"] == wanted[aspect]["top"]
            assert np.allclose(
                list(page[aspect]["probs"].values()), pushed[name].expected[0][aspect], atol=1e-3
            )
    assert "<h3>" in str(verdict)
    assert "Checked on own memes (24)" in str(reasons)
    assert "heat" in str(reasons)
    assert "Memotion" not in f"{verdict}{reasons}"


def test_a_review_model_with_one_key_is_shown_in_the_page(pushed, tmp_path):
    text, photo = pushed["reference"].rows[0]
    model = mmsent.load("review", pushed["reference"].source, "cpu")
    with serving("review", model, tmp_path) as address, Visitor(address) as visitor:
        page = visitor.ask("review", text, visitor.upload(Path(photo).read_bytes(), "photo.png"))
    probs = list(page["sentiment"]["probs"].values())
    assert np.allclose(probs, pushed["reference"].expected[0]["sentiment"], atol=1e-3)
    assert tuple(page["sentiment"]["probs"]) == SENTIMENTS
    assert (page["grid"], page["attention"]) == ([1, 1], [[1.0]] * 3)
