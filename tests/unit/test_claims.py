"""What the page says of a model comes from that very model: which it is, what its percentages are
worth, what it learned from and can't do."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from mmsent import hub, weights
from mmsent.identity import identify
from mmsent.labels import MEMOTION
from mmsent.ui.common.about import card_html, identity_html
from mmsent.ui.common.claim import UNCHECKED, claim
from mmsent.ui.face.about import about_html
from mmsent.ui.face.about import trust as trust_in_faces
from mmsent.ui.meme.about import meme_about_html
from mmsent.ui.meme.cards import cards_html
from mmsent.ui.meme.figures import figures_of
from mmsent.ui.meme.figures import trust as trust_in_memes
from mmsent.ui.review.about import review_about_html
from mmsent.ui.review.view import trust, verdict_html
from mmsent.ui.review.words import ONE_KEY, evidence_html
from tests.meme_fake import meme
from tests.review_fake import review
from tests.small_models import write_review

CARD = """---
license: other
---
# mmsent review

## Data and terms

Trained on own.csv (64 rows), `mine` and [nobody's](https://example.com).

The code is free.

## Limits

* It knows **only** soup,
  and no <b>sauce</b>.
* It never answers “neutral”.
"""


def test_the_model_is_named_with_revision_size_and_device(tmp_path):
    made = write_review(tmp_path / "cache" / "made")
    commit = "1a2b3c4" + "0" * 33
    folder = tmp_path / "models--me--x" / "snapshots" / commit
    folder.parent.mkdir(parents=True)
    made.rename(folder)
    for name in ("text", "image"):
        (made.parent / name).rename(folder.parent / name)
    config = json.loads((folder / "config.json").read_text())
    config["training"] = {"preset": "reference"}
    (folder / "config.json").write_text(json.dumps(config))
    refs = tmp_path / "models--me--x" / "refs"
    refs.mkdir()
    (refs / "main").write_text(commit)
    (refs / "v1").write_text(commit)
    pipeline = SimpleNamespace(folder=folder, device="cuda")
    found = identify("review", pipeline)
    assert (found.source, found.revision, found.preset) == ("me/x", "v1 1a2b3c4", "reference")
    parameters = sum(
        np.prod(shape)
        for name in (folder, folder.parent / "text", folder.parent / "image")
        for shape in weights.shapes_of(name).values()
    )
    assert found.parameters == parameters > 1000
    line = identity_html("review", pipeline)
    assert line.startswith("<p>Model: me/x@v1 (1a2b3c4), preset reference, 0.4 million param")
    assert line.endswith("on cuda.</p>")


def test_a_folder_is_named_without_its_path(tmp_path):
    pipeline = SimpleNamespace(folder=tmp_path / "mine", device="cpu")
    assert identity_html("review", pipeline) == "<p>Model: mine, on cpu.</p>"


def test_what_ships_is_named_as_such():
    pipeline = SimpleNamespace(folder=hub.ROOT / "face", device="cpu")
    assert "the one that ships with mmsent, preset" in identity_html("face", pipeline)


def test_limits_and_data_are_those_of_its_card(tmp_path):
    (tmp_path / "README.md").write_text(CARD)
    html = card_html(tmp_path)
    assert "Trained on own.csv (64 rows), mine and nobody&#39;s." in html
    assert "<li>It never answers “neutral”.</li>" in html
    assert "It knows only soup,\n  and no &lt;b&gt;sauce&lt;/b&gt;." in html
    assert "tweets" not in review_about_html(None, tmp_path)


@pytest.mark.parametrize("task", ["face", "review", "meme", "video"])
def test_the_cards_that_ship_say_what_their_models_can_not_do(task):
    html = card_html(hub.ROOT / task)
    assert html.count("<li>") >= 4
    assert "What it learned from" in html


def test_percentages_are_claimed_as_far_as_they_were_checked():
    good = claim({"own reviews": {"n": 1640, "ece": 0.031}})
    assert good.startswith("Checked on own reviews (1,640): of all verdicts given with “80 %”")
    assert good.endswith("at most 3 percentage points off on average.")
    bad = claim({"own reviews": {"n": 1640, "ece": 0.25}})
    assert "80 in 100" not in bad
    assert "up to 25 percentage points off" in bad
    assert claim({}) == claim({"own reviews": {"n": 3}}) == UNCHECKED


def test_an_unchecked_review_model_says_so_and_a_checked_one_what_was_checked():
    assert UNCHECKED in verdict_html(review("an awful soup"), trust(None))
    own = {"validation": {"own": {"n": 16, "ece": 0.04}}}
    assert "Checked on own reviews (16)" in verdict_html(review("an awful soup"), trust(own))
    shipped = hub.read_metrics(hub.ROOT / "review", hub.sha256(hub.ROOT / "review" / hub.WEIGHTS))
    assert "about 80 in 100 are right" in trust(shipped)
    assert "of a post without its photo are less sure than they look" in trust(shipped)


OWN = {"validation": {"humour": {"n": 24, "ece": 0.03}, "sentiment": {"n": 30, "ece": 0.05}}}
OWN_GROUPS = dict.fromkeys(("humour", "sentiment"), "own")


def test_what_is_said_of_memes_is_of_the_memes_that_this_model_knows(tmp_path: Path):
    aspects = {name: part for name, part in meme().aspects.items() if name in OWN_GROUPS}
    result = meme(aspects=aspects, words={})
    html = cards_html(result, figures_of(OWN, OWN_GROUPS), {})
    assert "Checked on own memes (30)" in html
    assert "at most 5 percentage points off" in html
    about = meme_about_html(OWN, tmp_path, OWN_GROUPS)
    assert "Own memes: humour, overall sentiment." in about
    assert "temperature was chosen on them, too" in about
    assert not re.search("Memotion|HarMeme|GoEmotions", html + about)
    unchecked = cards_html(result, figures_of(None, OWN_GROUPS), {})
    assert UNCHECKED in unchecked
    assert UNCHECKED in meme_about_html(None, tmp_path, OWN_GROUPS)
    assert "80 in 100" not in unchecked


def test_what_ships_for_memes_names_both_of_its_data_sets():
    shipped = hub.read_metrics(hub.ROOT / "meme", hub.sha256(hub.ROOT / "meme" / hub.WEIGHTS))
    groups = dict.fromkeys(MEMOTION, "memotion") | {"harmful": "harmeme"}
    told = trust_in_memes(figures_of(shipped, groups))
    assert "Memotion 7k (699) and on HarMeme (354)" in told
    about = meme_about_html(shipped, hub.ROOT / "meme", groups)
    assert "Memotion 7k: overall sentiment, humour" in about
    assert "HarMeme: harm." in about


def test_the_percentages_of_faces_are_worth_what_was_checked():
    test = {"n": 64, "accuracy": 0.5, "floor_accuracy": 0.2, "macro_f1": 0.4, "ece": 0.2}
    assert "up to 20 percentage points off" in about_html({"test": test}, None)
    assert UNCHECKED in about_html(None, None)
    assert trust_in_faces(None) == UNCHECKED
    assert "Checked on faces (64)" in trust_in_faces({"test": test})


def test_figures_of_validation_rows_are_called_so(tmp_path: Path):
    figures = {"n": 16, "accuracy": 0.75, "ece": 0.04}
    html = review_about_html({"validation": {"own": figures}}, None)
    assert "75.0 %" in html
    assert "its temperature was chosen on them, too" in html


def test_with_one_key_there_is_no_map_but_the_reason_why():
    result = review("an awful soup", photo=True, grid=(1, 1), attention=np.ones((3, 1), np.float32))
    html = evidence_html(result, np.zeros((20, 30, 3), np.uint8))
    # said once, beside the photo
    assert html.count(ONE_KEY) == 1
    assert "<canvas" not in html
    assert 'data-save="png"' in html, "the words and the photo make a picture"
    assert "looked" not in html.replace("look at", "")
    assert "<img" in html
