"""The meme preset of linear layers, on memes made in code and an encoder with random weights:
nothing is fetched. What it learns is asked in test_reference_hub.py."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from huggingface_hub import constants
from PIL import Image
from transformers import BertConfig, BertModel, BertTokenizer

from mmsent.captions import split_caption
from mmsent.hub import CheckpointError
from mmsent.pipelines.encoders import TextFeatures
from train.common.loop import Plan, accelerator
from train.meme import reference as meme_reference
from train.meme.csv_data import Meme, read_csv
from train.meme.reference import losses_of, scores_of, train_reference
from train.meme.reference_data import MemeDataset, split
from train.meme.reference_net import ReferenceNet
from train.meme.sentence_encoder import sentence_encoder

SIDE = 16
WORDS = ("good", "bad", "this", "is")
COLOURS = {"red": (220, 30, 30), "blue": (30, 30, 220)}
HUMOUR = ("not_funny", "funny", "very_funny", "hilarious")
MEME_TOY = Plan(epochs=8, batch_size=16, learning_rate=2e-3, optimizer="adam", schedule="constant")


@pytest.fixture(autouse=True)
def small(alone, monkeypatch):
    """Small pictures."""
    monkeypatch.setattr(meme_reference, "SIZE", SIDE)


def write_sentences(folder: Path, *modules: str, pooling: str = "mean") -> Path:
    """An encoder of sentence-transformers with random weights, so large that words differ;
    ``modules`` are those that its folder names, none where it names none."""
    folder.mkdir()
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}  # fmt: skip
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary), initializer_range=0.4, max_position_embeddings=64, **sizes
    )
    BertModel(config).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(vocabulary))
    BertTokenizer.from_pretrained(folder).save_pretrained(folder)
    if modules:
        paths = ["", "1_Pooling", "2_Normalize"]
        told = [
            {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{name}"}
            for i, (path, name) in enumerate(zip(paths, modules, strict=False))
        ]
        (folder / "modules.json").write_text(json.dumps(told))
        (folder / "1_Pooling").mkdir()
        modes = {f"pooling_mode_{pooling}_tokens": True, "word_embedding_dimension": 16}
        (folder / "1_Pooling" / "config.json").write_text(json.dumps(modes))
    return folder


def caption_of(row: int) -> str:
    return f"This is {WORDS[row % 2].upper()}!"


def write_memes(folder: Path, rows: int, wrong: int = 0) -> Path:
    """As Memotion 7k is laid out. The word tells the sentiment, the colour the motivation, the
    humour takes both. The labels of each row number ``wrong`` are those of another, so that nothing is
    sure."""
    (folder / "images").mkdir(parents=True)
    random = np.random.default_rng(0)
    lines = [",image_name,text_ocr,text_corrected,humour,sarcasm,motivational,overall_sentiment"]
    for row in range(rows):
        word, colour = row % 2, row // 2 % 2
        pixels = list(COLOURS.values())[colour] + random.integers(-25, 25, (20, 24, 3))
        Image.fromarray(pixels.astype(np.uint8)).save(folder / "images" / f"{row}.png")
        caption = caption_of(row)
        texts = (caption, "") if row % 3 else ("misread", caption)
        sentiment = ("very_positive" if row % 5 else "positive", "negative")[word]
        if wrong and row % wrong == 0:
            word, colour = 1 - word, 1 - colour
        humour = "" if row % 7 == 0 else HUMOUR[2 * word + colour]
        motivation = ("motivational", "not_motivational")[colour]
        lines.append(f"{row},{row}.png,{','.join(texts)},{humour},general,{motivation},{sentiment}")
    (folder / "memes.csv").write_text("\n".join(lines) + "\n")
    return folder / "memes.csv"


def test_missing_labels_teach_nothing():
    logits = {
        "humour": torch.randn(3, 4, requires_grad=True),
        "motivational": torch.randn(3, 2, requires_grad=True),
    }
    labels = torch.tensor([[0, 2, 0, 0, -1], [0, -1, 0, 0, -1], [0, 1, 0, 0, -1]])
    losses = losses_of(logits, labels)
    known = torch.nn.functional.cross_entropy(logits["humour"][[0, 2]], torch.tensor([2, 1]))
    torch.testing.assert_close(losses["humour"], known)
    assert losses["motivational"] == 0
    sum(losses.values()).backward()
    assert [row.any().item() for row in logits["humour"].grad] == [True, False, True]
    assert not logits["motivational"].grad.any()


def test_scores_are_of_the_labelled_rows_of_each_aspect():
    logits = {"humour": torch.eye(4) * 9, "motivational": torch.eye(2).repeat(2, 1) * 9}
    labels = torch.tensor([[0, 0, 0, 0, 0], [0, -1, 0, 0, 0], [0, 2, 0, 0, 0], [0, 0, 0, 0, 0]])
    scores = scores_of(logits, labels)
    assert scores["val_accuracy_humour"] == pytest.approx(2 / 3)
    assert scores["val_accuracy_motivational"] == 0.5
    assert scores["val_accuracy"] == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert scores["val_loss"] == pytest.approx(
        (scores["val_loss_humour"] + scores["val_loss_motivational"]) / 2
    )


def test_the_dataset_gives_image_text_and_labels_as_tensors(tmp_path):
    memes, problems = read_csv(
        write_memes(tmp_path / "data", 4), tmp_path / "data" / "images", SIDE
    )
    assert problems == []
    embeddings = torch.tensor([[meme.text.split().count(word) for word in WORDS] for meme in memes])
    pixels, embedding, labels = MemeDataset(memes, embeddings)[2]
    assert (pixels.shape, pixels.dtype) == ((3, SIDE, SIDE), torch.uint8)
    torch.testing.assert_close(
        pixels.float().mean(dim=(1, 2)), torch.tensor(COLOURS["blue"]).float(), atol=12, rtol=0
    )
    assert embedding.tolist() == [1, 0, 1, 1]
    assert labels.tolist() == [2, 1, 1, -1, 0]


def test_both_sides_and_all_pixels_count():
    torch.manual_seed(0)
    net = ReferenceNet(SIDE, 4, {"humour": HUMOUR, "motivational": ("no", "yes")})
    pixels, embeddings = (
        torch.randint(256, (2, 3, SIDE, SIDE)).float().requires_grad_(),
        torch.randn(2, 4, requires_grad=True),
    )
    logits = net(pixels, embeddings)
    assert {aspect: scores.shape for aspect, scores in logits.items()} == {
        "humour": (2, 4),
        "motivational": (2, 2),
    }
    logits["humour"].square().sum().backward()
    assert pixels.grad.all()
    assert embeddings.grad.all()


def test_the_same_picture_is_never_on_both_sides():
    random = np.random.default_rng(0)
    pictures = random.integers(0, 256, (10, SIDE, SIDE, 3), np.uint8)
    memes = [Meme(pictures[row % 10], str(row), (0, 0, 0, 0, row % 2)) for row in range(40)]
    training, held_out = split(memes, seed=0)
    assert len(training) + len(held_out) == 40
    sides = [{meme.picture.tobytes() for meme in part} for part in (training, held_out)]
    assert [len(side) for side in sides] == [8, 2]
    assert not sides[0] & sides[1]


def test_too_little_is_refused_before_anything_is_loaded(tmp_path):
    data = write_memes(tmp_path / "data", 1)
    with pytest.raises(ValueError, match="1 usable memes, too few"):
        train_reference(
            accelerator(tmp_path, "no"),
            data,
            data.parent / "images",
            tmp_path,
            tmp_path / "out",
            MEME_TOY,
            "none",
        )


def test_captions_become_words():
    said = split_caption("I  DON'T even…\nknow, “why”!  made on imgflip.com")
    assert said == "i do nt even know why"
    assert split_caption("!?") == ""


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (",fine,funny,positive", "There is no image"),
        ("gone.png,fine,funny,positive", "“gone.png” can't be used: There is no readable file"),
        ("broken.png,fine,funny,positive", "“broken.png” can't be used"),
        ("0.png,fine,,NaN", "There is no label"),
        ("0.png,fine,droll,positive", "“droll” is none of not_funny, funny"),
        ("0.png,fine, really,funny,positive", "5 columns instead of 4"),
    ],
)
def test_a_bad_row_is_left_out_and_named_by_its_line(row, complaint, tmp_path):
    images = write_memes(tmp_path / "data", 1).parent / "images"
    (images / "broken.png").write_bytes(b"\x89PNG and no more")
    file = tmp_path / "memes.csv"
    file.write_text(
        f'image,text,humour,sentiment\n0.png,"two\nlines",Very Funny,neutral\n\n{row}\n0.png,NaN,,negative\n'
    )
    memes, problems = read_csv(file, images, SIDE)
    assert [(meme.text, meme.labels) for meme in memes] == [
        ("two lines", (1, 2, -1, -1, -1)),
        ("", (0, -1, -1, -1, -1)),
    ]
    assert len(problems) == 1
    assert problems[0].startswith(f"{file}, line 5: ")
    assert complaint in problems[0]


@pytest.mark.parametrize(
    "header", ["", "picture,text,humour", "image,caption,humour", "image,text,funny"]
)
def test_columns_that_are_missing_are_named(header, tmp_path):
    (tmp_path / "memes.csv").write_text(header)
    with pytest.raises(ValueError, match="none is called"):
        read_csv(tmp_path / "memes.csv", tmp_path, SIDE)
    with pytest.raises(ValueError, match="no CSV file"):
        read_csv(tmp_path / "other.csv", tmp_path, SIDE)


def test_a_column_that_is_there_twice_is_refused(tmp_path):
    (tmp_path / "memes.csv").write_text("image,text,humour,text\n0.png,a,funny,b\n")
    with pytest.raises(ValueError, match="“text” occurs more than once"):
        read_csv(tmp_path / "memes.csv", tmp_path, SIDE)


@pytest.mark.parametrize("modules", [(), ("Transformer", "Pooling", "Normalize")])
def test_sentences_get_the_vectors_that_sentence_transformers_gives_them(modules, tmp_path):
    from sentence_transformers import SentenceTransformer  # here, since it takes long to load

    folder = write_sentences(tmp_path / "tiny", *modules)
    sentence_encoder(str(folder)).save(tmp_path / "head", tmp_path / "tokenizer")
    texts = ["this is good", "bad", "good this is bad bad"]
    readings = TextFeatures(tmp_path / "head" / "encoders" / "text", "cpu")(texts)
    theirs = SentenceTransformer(str(folder), device="cpu").encode(texts, show_progress_bar=False)
    assert np.allclose([reading.vector for reading in readings], theirs, atol=2e-3)


def test_an_encoder_that_can_not_be_had_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    other = write_sentences(tmp_path / "cls", "Transformer", "Pooling", pooling="cls")
    deep = write_sentences(tmp_path / "deep", "Transformer", "Pooling", "Dense")
    for source in ("nobody/nothing", str(other), str(deep)):
        with pytest.raises(CheckpointError, match=r"can't be had .*--text-model") as caught:
            sentence_encoder(source)
        assert "\n" not in str(caught.value)
