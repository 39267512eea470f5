"""The net for harm: what is fitted is what the weights say, and what the page answers."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from mmsent.labels import HARMEME_ASPECTS
from mmsent.pipelines.encoders import ImageFeatures, TextFeatures
from mmsent.pipelines.meme import MemePipeline
from tests.small_models import write_encoders, write_meme
from tests.toy_corpora import write_corpora
from train.meme import harm
from train.meme.harm_rows import BUCKETS, Encoders, HarMeme, read_harmeme
from train.meme.harm_scores import logits_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpora(tmp_path_factory.mktemp("corpora")) / "meme/harmeme.parquet"


@pytest.fixture(scope="module")
def rows(file: Path, tmp_path_factory: pytest.TempPathFactory) -> HarMeme:
    folder = tmp_path_factory.mktemp("encoders")
    write_encoders(folder)
    text, image = TextFeatures(folder / "text", "cpu"), ImageFeatures(folder / "image", "cpu")
    return read_harmeme(file, "train", Encoders(text, image, folder / "cache"))


def test_the_weights_say_what_was_fitted(rows: HarMeme, monkeypatch: pytest.MonkeyPatch) -> None:
    fitted: dict[str, Any] = {}

    class Watched(LogisticRegression):
        def fit(self, table: Any, labels: NDArray, **how: Any) -> "Watched":
            fitted.update(model=self, table=table)
            return super().fit(table, labels, **how)

    monkeypatch.setattr(harm, "LogisticRegression", Watched)
    logits = logits_of(harm.fit_linear(rows), rows)
    expected = fitted["model"].decision_function(fitted["table"])[: len(logits)]
    assert np.ptp(expected) > 0.1
    assert logits[:, 1] - logits[:, 0] == pytest.approx(expected, abs=1e-3)
    weights = harm.fit_linear(rows).parts.weight
    assert not weights[0].any(), "padding says something"
    assert weights[:, 1].any()


def test_the_pipeline_spells_as_the_training_does(
    file: Path, rows: HarMeme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meme = MemePipeline(write_meme(tmp_path), "cpu")
    texts = pd.read_parquet(file).query("split == 'train'")["text"].tolist()
    parts, logits = meme.nets.spelling["harmeme"]
    grown = torch.randn(
        BUCKETS, logits.shape[1], generator=torch.Generator().manual_seed(0)
    ).numpy()
    parts.buckets, meme.nets.spelling["harmeme"] = BUCKETS, (parts, grown)
    expected = rows.parts @ grown
    for text, own in zip(texts, expected, strict=True):
        (reading,) = meme.text([meme._clean(text)])
        mean = meme.nets.token_rows(reading.tokens).mean(axis=0, keepdims=True)
        nothing = np.zeros((2, 1, meme.image.width), np.float32)
        told, _, _ = meme.nets._tensors(mean, len(reading.ids), nothing, False)
        assert told[0, meme.nets._spelled()["harmeme"]].numpy() == pytest.approx(own, abs=1e-3)
    assert len(HARMEME_ASPECTS["harmful"]) == logits.shape[1]
