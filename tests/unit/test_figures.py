"""The figures that the README and docs/models.md tell are those of the checkpoints that ship."""

import json
from pathlib import Path

import pytest

from mmsent.labels import MEMOTION_ASPECTS

ROOT = Path(__file__).resolve().parents[2]
# how a row of a table begins, and where its scores stand in the metrics.json of which task
README_ROWS = {
    "faces, 7 emotions": ("face", ()),
    "review texts": ("review", ("reviews",)),
    "tweets with photo": ("review", ("mvsa",)),
    "words of a clip": ("video", ("text", "emotion")),
    "voice of a clip": ("video", ("audio", "emotion")),
    "memes, harmful or not": ("meme", ("harmful",)),
}
MODELS_ROWS = {
    "mmsent face": ("face", ()),
    "its student": ("face/student", ()),
    "review texts": ("review", ("reviews",)),
    "tweets with photo": ("review", ("mvsa",)),
    "words: emotion": ("video", ("text", "emotion")),
    "words: sentiment": ("video", ("text", "sentiment")),
    "voice: emotion": ("video", ("audio", "emotion")),
    "face: emotion": ("video", ("face", "emotion")),
    "harmful or not": ("meme", ("harmful",)),
}


def row_of(page: str, name: str) -> str:
    lines = (ROOT / page).read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.startswith(f"| {name}"))


def scores_of(task: str, place: tuple[str, ...]) -> dict:
    scores = json.loads((ROOT / "checkpoints" / task / "metrics.json").read_text())["test"]
    for key in place:
        scores = scores[key]
    return scores


@pytest.mark.parametrize("name", README_ROWS)
def test_the_readme_tells_accuracy_f1_and_floor(name):
    row, scores = row_of("README.md", name), scores_of(*README_ROWS[name])
    for told in (
        f"{scores['n']:,}",
        f"**{100 * scores['accuracy']:.1f} %**",
        f"{scores['macro_f1']:.3f}",
        f"{100 * scores['floor_accuracy']:.1f} %",
    ):
        assert f"| {told} |" in row


@pytest.mark.parametrize("name", MODELS_ROWS)
def test_the_page_of_models_tells_accuracy_f1_and_calibration(name):
    row, scores = row_of("docs/models.md", name), scores_of(*MODELS_ROWS[name])
    f1 = scores.get("weighted_f1", scores["macro_f1"])
    assert f"{100 * scores['accuracy']:.1f} %" in row
    assert f"| {f1:.3f} |" in row
    assert f"| {scores['ece']:.3f} |" in row


def test_memotions_aspects_are_told_by_the_mean_of_three_seeds():
    metrics = json.loads((ROOT / "checkpoints/meme/metrics.json").read_text())["test"]
    aspects = {aspect: metrics[aspect] for aspect in MEMOTION_ASPECTS}
    for aspect, scores in aspects.items():
        row = row_of("docs/models.md", aspect)
        assert f"| {scores['views']['fused']['mean']:.3f} | {scores['guessing']:.3f} |" in row
    means = [scores["views"]["fused"]["mean"] for scores in aspects.values()]
    told = row_of("README.md", "memes, 5 aspects")
    assert f"| {min(means):.2f} to {max(means):.2f} |" in told


@pytest.mark.parametrize("name", ["both", "text alone", "picture alone", "without near-twins"])
def test_harm_is_told_with_intervals(name):
    part = json.loads((ROOT / "checkpoints/meme/metrics.json").read_text())["test"]["harmful"]
    views = dict(zip(("both", "text alone", "picture alone"), part["views"].values(), strict=True))
    scores = (views | {"without near-twins": part["without_twins"]})[name]
    row = row_of("docs/models.md", name)
    assert f"| {scores['n']:,} |" in row
    for score in (scores["accuracy"], scores, scores["auc"]):
        low, high = score["interval"]
        assert f"| {score['mean']:.3f} ({low:.3f} to {high:.3f}) |" in row


@pytest.mark.parametrize(
    "name", ["words: offence", "words: irony", "words: review", "words: emotion", "words: fine"]
)
def test_what_words_of_memes_say_is_told(name):
    found = json.loads((ROOT / "checkpoints/meme/metrics.json").read_text())["words"]
    scores = found[{"review": "sentiment", "fine": "fine_emotion"}.get(name[7:], name[7:])]
    row = row_of("docs/models.md", f"the {name}")
    assert f"| {scores['n']:,} | {100 * scores['accuracy']:.1f} % |" in row
    assert f"| {scores['macro_f1']:.3f} | {scores['ece']:.3f} |" in row
    assert scores["ece"] <= 0.05
