"""The presets with BERT and CLIP, on encoders of a few thousand weights and photos made in code:
nothing is fetched."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from huggingface_hub import constants
from safetensors.torch import load_file
from transformers import (
    BertModel,
)

import mmsent
from mmsent.explain import log_odds
from mmsent.hub import CheckpointError
from tests.conftest import forget_accelerator
from tests.toy_reference import TOY, Encoders, bert, write_reviews
from tests.toy_reference import drawn as drawn  # a fixture
from tests.toy_reference import encoders as encoders  # a fixture
from train.common.loop import Plan, accelerator
from train.review import reference as review_reference
from train.review.reference import PRESETS, predict, train_reference


def train(preset: str, data: Path, folder: Path, encoders: Encoders, plan: Plan = TOY) -> dict:
    forget_accelerator()
    work = accelerator(folder / "runs", "no", plan.seed)
    return train_reference(work, preset, data, folder / "runs", folder / "out", plan, *encoders)


def epochs_of(folder: Path) -> list[dict[str, float]]:
    return json.loads((folder / "runs" / "state" / "history.json").read_text())["history"]


@pytest.mark.slow
@pytest.mark.parametrize("preset", PRESETS)
def test_it_learns_from_text_and_photo_together_and_leaves_a_checkpoint(
    preset, encoders, tmp_path, drawn, capsys
):
    data = write_reviews(tmp_path / "data", 80)
    with data.open("a") as file:
        file.write("this is good,gone.png,positive\nthis is bad,,negative\n")
    metrics = train(preset, data, tmp_path, encoders)

    printed = capsys.readouterr().out
    said = (
        "2 rows are left out or in doubt",
        f"{data}, line 82: The image “gone.png”",
        f"{data}, line 83: There is no image.",
    )
    assert all(sentence in printed for sentence in said)
    assert metrics["validation"]["own"]["n"] == 16, "a fifth of 80"
    assert metrics["validation"]["own"]["accuracy"] > 0.9, (
        "the text alone or the photo alone come to 0.5"
    )
    scores = {
        "seconds",
        "loss",
        "lr",
        "val_loss",
        "val_accuracy",
        "val_precision",
        "val_recall",
        "val_f1",
    }
    history = epochs_of(tmp_path)
    assert [set(row) for row in history] == [scores] * TOY.epochs
    assert history[-1]["val_f1"] == pytest.approx(
        metrics["validation"]["own"]["macro_f1"], abs=0.01
    )

    out = tmp_path / "out"
    assert json.loads((out / "metrics.json").read_text()) == metrics
    drawn_of_rows = [f"{kind}_own" for kind in ("class_distribution", "confusion", "reliability")]
    assert drawn == {
        out / "plots": ["training_curves", *drawn_of_rows],
        tmp_path / "runs" / "plots": [f"attention_{preset}"],
    }


@pytest.mark.slow
def test_a_run_that_was_cut_ends_as_if_it_had_not_been(encoders, tmp_path, monkeypatch, capsys):
    data = write_reviews(tmp_path / "data", 40)
    plan = replace(TOY, epochs=2)
    whole = train("reference", data, tmp_path / "whole", encoders, plan)
    scores = iter([predict])  # for the first epoch only
    with monkeypatch.context() as patch:
        patch.setattr(review_reference, "predict", lambda *arguments: next(scores)(*arguments))
        with pytest.raises(StopIteration):
            train("reference", data, tmp_path / "cut", encoders, plan)
    assert not (tmp_path / "cut" / "out").exists()
    torch.manual_seed(99)  # whatever state the new process is in
    again = train("reference", data, tmp_path / "cut", encoders, plan)
    assert again == whole
    rows = [epochs_of(tmp_path / name) for name in ("whole", "cut")]
    for row in (*rows[0], *rows[1]):
        assert row.pop("seconds") > 0
    assert rows[0] == rows[1]
    assert "resumed after epoch 1" in capsys.readouterr().out
    ends = [load_file(tmp_path / name / "out" / "model.safetensors") for name in ("whole", "cut")]
    assert all(torch.equal(value, ends[1][name]) for name, value in ends[0].items())


def test_what_can_not_be_fetched_is_one_sentence_that_says_what_to_do(
    encoders, tmp_path, monkeypatch
):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    data = write_reviews(tmp_path / "data", 5)
    BertModel(bert()).save_pretrained(tmp_path / "mute")  # no tokenizer beside it
    (tmp_path / "empty").mkdir()
    right, image = encoders
    # the last has weights, but no BERT's
    wrong = ("nobody/nothing", str(tmp_path / "empty"), str(tmp_path / "mute"), image)
    for pair in [*((text, image) for text in wrong), (right, "nobody/nothing")]:
        with pytest.raises(CheckpointError, match=r"--text-model .* --image-model") as caught:
            train("reference", data, tmp_path, pair)
        assert all(name in str(caught.value) for name in pair)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        (["positive", "positive"], "2 usable reviews, 1 different labels"),
        (["positive", "5 stars"], "the label “5 stars” is none of negative, neutral, positive"),
    ],
)
def test_labels_that_no_page_could_answer_with_are_refused(labels, told, encoders, tmp_path):
    data = write_reviews(tmp_path / "data", 2)
    lines = ["text,image_path,label", *(f"good,{i}.png,{label}" for i, label in enumerate(labels))]
    data.write_text("\n".join(lines) + "\n")
    with pytest.raises(ValueError, match=told):
        train("reference", data, tmp_path, encoders)
    assert not (tmp_path / "runs" / "state").exists()


@pytest.mark.slow
def test_processes_may_open_the_photos(encoders, tmp_path, monkeypatch):
    data = write_reviews(tmp_path / "data", 40)
    monkeypatch.setattr(review_reference, "WORKERS", 2)
    metrics = train("reference", data, tmp_path, encoders, replace(TOY, epochs=1))
    assert metrics["validation"]["own"]["n"] == 8


@pytest.mark.slow
def test_of_two_labels_the_third_is_never_answered(encoders, tmp_path):
    data = write_reviews(tmp_path / "data", 40)
    data.write_text(data.read_text().replace(",neutral", ",positive"))
    metrics = train("reference-patches", data, tmp_path, encoders, replace(TOY, epochs=2))
    assert list(metrics["validation"]["own"]["per_class"]) == ["negative", "positive"]
    review = mmsent.load("review", tmp_path / "out", "cpu")
    both = review.predict("this is good", tmp_path / "data" / "0.png").sentiment
    assert both.as_dict()["neutral"] == 0
    assert sum(both.probs) == pytest.approx(1)
    assert "never answers “neutral”" in (tmp_path / "out" / "README.md").read_text()


@pytest.mark.slow
def test_without_a_photo_it_abstains_and_says_why(encoders, tmp_path):
    data = write_reviews(tmp_path / "data", 20)
    train("reference", data, tmp_path, encoders, replace(TOY, epochs=1))
    review = mmsent.load("review", tmp_path / "out", "cpu")
    alone = review.predict("this is good")
    assert alone.sentiment.unsure
    assert any("without a photo it is not sure" in note for note in alone.notes)
    both = review.predict("this is good", tmp_path / "data" / "0.png")
    assert any("what either says alone is a guess" in note for note in both.notes)
    assert both.attention.tolist() == [[1.0]] * 3
    assert both.image_weight == 1.0
    # what a word does is what reading the text without it changes
    without = review.predict("this is", tmp_path / "data" / "0.png").sentiment
    top = both.sentiment.top
    lost = log_odds(both.sentiment.confidence) - log_odds(without.as_dict()[top])
    assert both.attributions[2] == pytest.approx(lost, abs=1e-3)
