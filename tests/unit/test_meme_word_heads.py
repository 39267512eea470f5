"""Heads of the words whose weights lie in the meme checkpoint, in place of the encoder's."""

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from scipy.special import softmax

import mmsent
from mmsent import hub
from mmsent.export import graph
from mmsent.export import meme as meme_graph
from mmsent.hub import CheckpointError
from mmsent.labels import MEME_ASPECTS
from mmsent.models.meme import MemeNets
from mmsent.pipelines.word_parts import WordParts
from tests.small_models import write_meme


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint whose head of the sentiment is its own."""
    folder = write_meme(tmp_path_factory.mktemp("own"))
    config = json.loads((folder / "config.json").read_text())
    config["words"]["sentiment"]["own"] = True
    parts = {name: config[name] for name in ("groups", "words")}
    torch.manual_seed(5)
    nets = MemeNets(**config["architecture"], labels=MEME_ASPECTS, **parts)
    torch.nn.init.normal_(nets["words_sentiment"].weight)
    hub.save_checkpoint(folder, nets, config)
    return folder


def test_the_words_are_judged_by_the_checkpoints_own_head(own: Path) -> None:
    meme = mmsent.load("meme", own, "cpu")
    sentence = meme.text(["the bag is great!"])[0].states.mean(axis=0)
    head = meme.nets.net["words_sentiment"]
    logits = sentence @ head.weight.detach().numpy().T + head.bias.detach().numpy()
    ((_, answered),) = meme.answer([None], ["The bag is GREAT!"])
    assert answered["sentiment"].probs == pytest.approx(softmax(logits / 2), abs=1e-4)
    tuned = softmax(meme.text.judge("review", sentence[None])[0] / 2)
    assert np.abs(tuned - answered["sentiment"].probs).max() > 0.05, "that is another head"


def test_the_exported_file_has_the_checkpoints_own_head(own: Path, tmp_path: Path) -> None:
    meme = mmsent.load("meme", own, "cpu")
    graph.write(meme_graph.meme(own), tmp_path / "meme.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "meme.onnx"))
    reading = meme.text(["the bag is great!"])[0]
    sentence = reading.states.mean(axis=0, keepdims=True)
    nothing = np.zeros((1, 1, meme.image.width), np.float32)
    inputs = {
        "tokens": reading.states[None],
        "token_mask": np.ones((1, len(reading.ids)), bool),
        "has_image": np.array([False]),
        "parts_harmeme": WordParts(meme.text.pieces, 512)(reading.ids)[1][None],
        "words": sentence,
        **{f"patches_{name}": nothing for name in meme.nets.groups},
    }
    (logits,) = session.run(["words_sentiment"], inputs)
    ((_, answered),) = meme.answer([None], ["The bag is GREAT!"])
    assert softmax(logits[0] / 2) == pytest.approx(answered["sentiment"].probs, abs=1e-4)


def test_a_head_without_its_weights_is_refused(tmp_path: Path) -> None:
    folder = write_meme(tmp_path)
    config = json.loads((folder / "config.json").read_text())
    config["words"]["sentiment"]["own"] = True
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointError):
        mmsent.load("meme", folder, "cpu")
