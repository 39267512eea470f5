"""The meme preset of linear layers, on memes made in code and an encoder that only counts words:
nothing is fetched."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from huggingface_hub import constants
from PIL import Image
from transformers import BertConfig, BertModel, BertTokenizer

from mmsent.hub import CheckpointError, load_weights, read_config
from mmsent.models.reference_meme import CombinedNet
from train.common.loop import Plan, accelerator
from train.meme import reference as meme_reference
from train.meme.csv_data import Meme, preprocess, read_csv
from train.meme.reference import MemeDataset, embed, losses_of, scores_of, train_reference

SIDE = 8
WORDS = ("good", "bad", "this", "is")
COLOURS = {"red": (220, 30, 30), "blue": (30, 30, 220)}
HUMOUR = ("not_funny", "funny", "very_funny", "hilarious")
TOY = Plan(epochs=8, batch_size=16, learning_rate=2e-3, optimizer="adam", schedule="constant")
CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def small(alone, monkeypatch):
    """Small pictures."""
    monkeypatch.setattr(meme_reference, "SIZE", SIDE)


def count_words(texts: list[str], text_model: str, device: torch.device) -> torch.Tensor:
    return torch.tensor([[float(text.split().count(word)) for word in WORDS] for text in texts])


def write_memes(folder: Path, rows: int) -> Path:
    """As Memotion 7k is laid out. The word tells the sentiment, the colour the motivation, the
    humour takes both."""
    (folder / "images").mkdir(parents=True)
    random = np.random.default_rng(0)
    lines = [",image_name,text_ocr,text_corrected,humour,sarcasm,motivational,overall_sentiment"]
    for row in range(rows):
        word, colour = row % 2, row // 2 % 2
        pixels = list(COLOURS.values())[colour] + random.integers(-25, 25, (20, 24, 3))
        Image.fromarray(pixels.astype(np.uint8)).save(folder / "images" / f"{row}.png")
        caption = f"This is {WORDS[word].upper()}!"
        texts = (caption, "") if row % 3 else ("misread", caption)
        sentiment = ("very_positive" if row % 5 else "positive", "negative")[word]
        humour = "" if row % 7 == 0 else HUMOUR[2 * word + colour]
        motivation = ("motivational", "not_motivational")[colour]
        lines.append(f"{row},{row}.png,{','.join(texts)},{humour},general,{motivation},{sentiment}")
    (folder / "memes.csv").write_text("\n".join(lines) + "\n")
    return folder / "memes.csv"


@pytest.mark.slow
def test_it_learns_from_caption_and_picture_and_leaves_a_checkpoint(tmp_path, monkeypatch, capsys):
    drawn: dict[Path, list[str]] = {}

    def only_names(folder: Path, figures: dict) -> None:
        folder.mkdir()
        drawn[folder] = list(figures)

    # drawing takes longer than all else
    monkeypatch.setattr(meme_reference.plots, "write_plots", only_names)
    monkeypatch.setattr(meme_reference, "embed", count_words)
    data, out = write_memes(tmp_path / "data", 120), tmp_path / "out"
    with data.open("a") as file:
        file.write("120,gone.png,this is good,,funny,general,motivational,positive\n")
    metrics = train_reference(
        accelerator(tmp_path / "runs", "no"),
        data,
        tmp_path / "data" / "images",
        tmp_path / "runs",
        out,
        TOY,
    )

    assert (
        f"1 rows are left out or in doubt:\n{data}, line 122: The image “gone.png”"
        in capsys.readouterr().out
    )
    # sarcasm is always the same, offensive is no column
    learnt = ("sentiment", "humour", "motivational")
    assert tuple(metrics["validation"]) == learnt
    assert metrics["validation"]["sentiment"]["n"] == 24, "a fifth of 120"
    assert metrics["validation"]["humour"]["n"] < 24, "rows without a label are not asked"
    assert all(scores["accuracy"] > 0.9 for scores in metrics["validation"].values())
    scores = {"seconds", "loss", "lr", "val_loss", "val_accuracy"} | {
        f"val_{what}_{a}" for what in ("loss", "accuracy") for a in learnt
    }
    assert [set(row) for row in metrics["history"]] == [scores] * TOY.epochs
    assert json.loads((out / "metrics.json").read_text()) == metrics
    assert drawn == {
        out / "plots": [
            "training_curves",
            "aspect_curves",
            *(f"confusion_{aspect}" for aspect in learnt),
        ]
    }
    assert "heads.humour" in (out / "plots" / "model.svg").read_text()
    # config.json and the weights are enough to build the net again
    config = read_config(out, "meme-reference")
    assert tuple(config["labels"]) == learnt
    load_weights(CombinedNet(**config["architecture"], aspects=config["labels"]), out)


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
    embeddings = count_words([meme.text for meme in memes], "", CPU)
    pixels, embedding, labels = MemeDataset(memes, embeddings)[2]
    assert (pixels.shape, pixels.dtype) == ((3, SIDE, SIDE), torch.uint8)
    torch.testing.assert_close(
        pixels.float().mean(dim=(1, 2)), torch.tensor(COLOURS["blue"]).float(), atol=12, rtol=0
    )
    assert embedding.tolist() == [1, 0, 1, 1]
    assert labels.tolist() == [2, 1, 1, -1, 0]


def test_both_sides_and_all_pixels_count():
    torch.manual_seed(0)
    net = CombinedNet(SIDE, 4, {"humour": HUMOUR, "motivational": ("no", "yes")})
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
    training, held_out = meme_reference._split(memes, seed=0)
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
            TOY,
            "none",
        )


def test_captions_become_words():
    assert (
        preprocess("I  DON'T even…\nknow, “why”!  made on imgflip.com") == "i do nt even know why"
    )
    assert preprocess("!?") == ""


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


def test_any_sentence_encoder_will_do_and_a_missing_one_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    sizes = {
        "hidden_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 16,
    }
    BertModel(BertConfig(vocab_size=len(vocabulary), **sizes)).save_pretrained(tmp_path / "tiny")
    (tmp_path / "vocab.txt").write_text("\n".join(vocabulary))
    BertTokenizer.from_pretrained(tmp_path).save_pretrained(tmp_path / "tiny")
    embeddings = embed(["this is good", "bad", "this is good", ""], str(tmp_path / "tiny"), CPU)
    assert (embeddings.shape, embeddings.dtype) == ((4, 16), torch.float32)
    torch.testing.assert_close(embeddings[0], embeddings[2])
    assert not torch.allclose(embeddings[0], embeddings[1])
    with pytest.raises(
        CheckpointError, match=r"“nobody/nothing” can't be had .*--text-model"
    ) as caught:
        embed(["this"], "nobody/nothing", CPU)
    assert "\n" not in str(caught.value)
