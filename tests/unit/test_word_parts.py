"""The parts of words, and what a net says of a text by them."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

import mmsent
from mmsent.hub import CheckpointError
from mmsent.labels import HARMEME_ASPECTS
from mmsent.models.meme import SpellingMemeNet
from mmsent.pipelines.meme import MemePipeline
from mmsent.pipelines.word_parts import WordParts, parts_of
from tests.small_models import write_meme

PIECES = ["[PAD]", "co", "##vid", "a", "##x", "covid"]


def test_a_word_has_all_its_runs_and_itself() -> None:
    assert parts_of("ab") == [" a", "ab", "b ", " ab", "ab ", " ab "]
    assert parts_of("a") == [" a", "a ", " a "]
    long = parts_of("abcde")
    assert long[-1] == " abcde "
    assert len(long) == len(set(long)) == 6 + 5 + 4 + 3 + 1


def test_a_word_in_pieces_has_the_parts_of_the_whole_word_at_its_first_piece() -> None:
    spell = WordParts(PIECES, 1000)
    places, buckets = spell(np.array([3, 1, 2, 3]))
    whole = spell(np.array([5]))[1]
    assert buckets[places == 1].tolist() == whole.tolist()
    assert buckets[places == 0].tolist() == buckets[places == 3].tolist()
    assert not (places == 2).any()
    assert buckets.min() >= 1
    assert buckets.max() < 1000


def test_a_text_that_begins_amid_a_word_and_one_of_nothing() -> None:
    spell = WordParts(PIECES, 1000)
    assert spell(np.array([4, 3]))[0].tolist() == [0] * 3 + [1] * 3
    places, buckets = spell(np.array([], np.int64))
    assert (places.shape, buckets.shape, buckets.dtype) == ((0,), (0,), np.int64)


def test_parts_are_where_crc_32_says() -> None:
    """Exported files tell others to count so."""
    (_, buckets) = WordParts(PIECES, 1000)(np.array([3]))
    sums = (0xEEE86793, 0x065168D1, 0x8084E5DC)  # of " a", "a " and " a "
    assert buckets.tolist() == [1 + number % 999 for number in sums]


@pytest.mark.parametrize("times", [1, 4])
def test_a_text_said_often_says_more_by_the_root(meme: MemePipeline, times: int) -> None:
    """What the parts say is their sum, divided by the square root of their number."""
    nets, (name,) = meme.nets, meme.nets.spelling
    (reading,) = meme.text(["the bag is great " * times])
    rows = nets.token_rows(reading.tokens)
    words, _, _ = nets._tensors(
        rows.mean(axis=0, keepdims=True),
        len(rows),
        np.zeros((2, 1, meme.image.width), np.float32),
        False,
    )
    parts, logits = nets.spelling[name]
    (_, once) = parts(meme.text(["the bag is great"])[0].ids)
    expected = logits[once].sum(axis=0) / len(once) ** 0.5 * times**0.5
    assert words[0, nets._spelled()[name]].numpy() == pytest.approx(expected, abs=1e-3)


def test_padding_says_nothing_and_does_not_count() -> None:
    net = SpellingMemeNet(4, 4, HARMEME_ASPECTS, 50)
    torch.nn.init.normal_(net.parts.weight)  # of the padding, too
    short, long = torch.tensor([[3, 4]]), torch.tensor([[5, 6, 7, 8]])
    padded = torch.cat([torch.nn.functional.pad(short, (0, 2)), long])
    alone = torch.cat([net.spelled(short), net.spelled(long)])
    torch.testing.assert_close(net.spelled(padded), alone)
    assert not net.spelled(torch.zeros(1, 3, dtype=torch.int64)).any()


@pytest.mark.parametrize(
    ("architecture", "told"),
    [
        ({"buckets": 0}, "at least 2"),
        ({"buckets": 1}, "at least 2"),
        ({"buckets": 512, "net": "branches"}, "architecture"),
    ],
)
def test_a_checkpoint_that_cannot_spell_is_refused(
    tmp_path: Path, architecture: dict[str, object], told: str
) -> None:
    folder = write_meme(tmp_path)
    config = json.loads((folder / "config.json").read_text())
    config["groups"]["harmeme"]["architecture"] = architecture
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match=told):
        mmsent.load("meme", folder, "cpu")
