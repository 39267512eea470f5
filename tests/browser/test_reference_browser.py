"""The map of the preset ``reference-patches`` in Chromium: its own net with random weights, CLIP's
seven by seven patches over a photo."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, expect
from transformers import CLIPVisionConfig

import mmsent
from mmsent import hub
from mmsent.labels import SENTIMENTS
from tests.served import painted, serving, visit
from tests.toy_reference import SIZES, TOKENS, WORDS, bert
from tests.toy_reference import encoders as encoders  # a fixture
from train.review.reference import save_encoders
from train.review.reference_net import ReferenceNet

SIDE, GRID = 28, (7, 7)
EVIDENCE = "#review-evidence"


@pytest.fixture(scope="module")
def checkpoint(encoders, tmp_path_factory) -> Path:
    """What the training leaves, whose words look at different places, and sharply."""
    folder = tmp_path_factory.mktemp("patches") / "review"
    torch.manual_seed(0)
    clip = CLIPVisionConfig(image_size=SIDE, patch_size=SIDE // GRID[0], projection_dim=24, **SIZES)
    net = ReferenceNet("reference-patches", bert(), clip).eval()
    with torch.no_grad():
        net.head.attention.query.weight.mul_(40)
        net.text.encoder.net.embeddings.word_embeddings.weight.mul_(40)
    start = {"text": "nothing", "image": "nothing"}
    named = save_encoders(net, folder, TOKENS, SIDE, Path(encoders[0]), start)
    steps = {"temperature": 1.0, "threshold": 0.0}
    config = {
        "task": "review",
        "architecture": net.shapes["head"],
        "labels": list(SENTIMENTS),
        "modes": ["both"],
        "encoders": named,
        "calibration": dict.fromkeys(("text", "image", "both"), steps),
    }
    hub.save_checkpoint(folder, net.head, config)
    return folder


@pytest.fixture(scope="module")
def address(checkpoint, tmp_path_factory) -> Iterator[str]:
    model = mmsent.load("review", checkpoint, "cpu")
    with serving("review", model, tmp_path_factory.mktemp("gradio")) as address:
        yield address


def test_each_word_paints_the_places_of_clip_that_it_looked_at(address, visitor: Page, grey_photo):
    visit(visitor, address, "Review")
    visitor.locator("#review-text textarea").fill(" ".join(WORDS))
    visitor.set_input_files("#review-photo input[type=file]", grey_photo)
    expect(visitor.locator("#review-photo img")).to_be_visible()
    visitor.locator("#review-run").click()
    words = visitor.locator(f"{EVIDENCE} .word")
    expect(words).to_have_count(len(WORDS), timeout=60_000)
    told = json.loads(visitor.locator(f"{EVIDENCE} .evidence").get_attribute("data-result") or "")
    assert tuple(told["grid"]) == GRID
    seen = np.array(told["attention"])
    assert seen.shape == (len(WORDS), GRID[0] * GRID[1])
    assert len(set(seen.argmax(axis=1))) > 1, "else one map would do for all"
    for index, looked in enumerate(seen):
        words.nth(index).click()
        map_of_word = np.array(painted(visitor, EVIDENCE, *GRID))
        assert map_of_word[looked.argmax()] == map_of_word.max()
        # full colour is the strongest look of any word
        assert np.allclose(map_of_word, 255 * looked / seen.max(), atol=40)
        expect(visitor.locator(f"{EVIDENCE} .chosen")).to_contain_text("of the attention")
    expect(visitor.get_by_text("Nobody has checked how often").first).to_be_attached()
