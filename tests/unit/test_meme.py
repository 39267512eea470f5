"""The meme pipeline, with small random encoders and the real reader of captions."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from scipy.special import logit

import mmsent
from mmsent import MediaError
from mmsent.deploy import ROOT
from mmsent.labels import MEME_ASPECTS, MEME_WORDS, MEMOTION_ASPECTS
from mmsent.models.meme import MemeNet
from mmsent.pipelines.encoders import fit_picture, squash
from mmsent.pipelines.meme import BATCH, MemePipeline
from mmsent.pipelines.word_parts import WordParts
from tests.small_models import write_meme


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory: pytest.TempPathFactory) -> tuple[MemePipeline, dict]:
    """A pipeline whose aspects have biases and temperatures that change its answers, and those."""
    folder = write_meme(tmp_path_factory.mktemp("calibrated"))
    config = json.loads((folder / "config.json").read_text())
    for place, steps in enumerate(config["calibration"].values()):
        steps["temperature"] = 0.5 + 0.4 * place
        steps["bias"] = [0.3 * label for label in range(len(steps["bias"]))]
    (folder / "config.json").write_text(json.dumps(config))
    return mmsent.load("meme", folder), config["calibration"]


def test_either_side_may_be_missing_and_is_then_ignored() -> None:
    net = MemeNet(16, 12, MEMOTION_ASPECTS).eval()
    text, image, yes, no = (
        torch.randn(3, 16),
        torch.randn(3, 12),
        torch.ones(3).bool(),
        torch.zeros(3).bool(),
    )
    assert net(text, yes, image, yes).shape == (3, 17)
    torch.testing.assert_close(net(text, no, image, yes), net(text * 5, no, image, yes))
    torch.testing.assert_close(net(text, yes, image, no), net(text, yes, image * 5, no))


@pytest.mark.slow
def test_offensive_words_are_told_where_the_encoder_learnt_them(picture: np.ndarray) -> None:
    # other tests name small ones in the environment
    shipped = mmsent.load("meme", ROOT / "checkpoints/meme")
    rude, kind, none = (
        shipped.predict(picture, text).offence_of_words
        for text in ("You stupid idiot", "Nice cat!", "")
    )
    assert rude > 0.8 > 0.3 > kind
    assert none is None
    assert set(MEME_WORDS) < set(shipped.predict(picture, "Nice cat!").words)
    with pytest.raises(KeyError):
        shipped.text.judge("taste", np.zeros((1, shipped.text.width), np.float32))


@pytest.mark.slow
def test_the_words_are_judged_by_the_encoders_own_head_and_temperature(
    meme: MemePipeline, picture: np.ndarray
) -> None:
    reading = meme.text(["the bag is great!"])[0]
    logits = meme.text.judge("review", reading.states.mean(axis=0)[None])[0]
    log_probs = logits - np.log(np.exp(logits).sum())
    expected = np.exp(log_probs / 2) / np.exp(log_probs / 2).sum()
    found = meme.predict(picture, "@anna The bag is GREAT! imgflip.com").words
    assert found["sentiment"].probs == pytest.approx(expected, abs=1e-4)
    assert meme.predict(picture, "").words == {}
    assert meme.predict(picture, "bag" + "!" * 6000).words, "too long with its punctuation"
    ((_, answered),) = meme.answer([None], ["The bag is GREAT!"])
    assert answered["sentiment"].probs == pytest.approx(expected, abs=1e-4)


@pytest.mark.slow
def test_a_meme_unlike_those_learnt_from_is_not_sure_of_their_aspects_alone(
    tmp_path: Path, picture: np.ndarray
) -> None:
    folder = write_meme(tmp_path)
    weights = load_file(folder / "model.safetensors")
    for side in ("text", "image"):
        weights[f"harmeme_familiar.{side}.whiten"][:] = 1.0
    save_file(weights, folder / "model.safetensors")
    config = json.loads((folder / "config.json").read_text())
    found = []
    for limit in (1e6, 1e-5):
        config["groups"]["harmeme"]["familiarity"]["limit"] = limit
        (folder / "config.json").write_text(json.dumps(config))
        found.append(MemePipeline(folder, "cpu").predict(picture, "the bag").aspects)
    assert [aspects["harmful"].unsure for aspects in found] == [False, True]
    assert found[0]["harmful"].probs == found[1]["harmful"].probs
    assert not any(found[1][aspect].unsure for aspect in MEMOTION_ASPECTS)


def test_pictures_are_prepared_as_each_data_set_has_them() -> None:
    wide = np.zeros((100, 200, 3), np.uint8)
    assert fit_picture(wide, 128, "squash").shape == (128, 128, 3)
    assert fit_picture(wide, 224, "inside").shape == (112, 224, 3)
    assert fit_picture(np.zeros((4000, 1, 3), np.uint8), 224, "inside").shape == (224, 1, 3)


def test_a_checkpoint_may_have_fewer_aspects(tmp_path: Path, picture: np.ndarray) -> None:
    folder = write_meme(tmp_path)
    weights = load_file(folder / "model.safetensors")
    own = {name: value for name, value in weights.items() if name.startswith("memotion.")}
    save_file(own, folder / "model.safetensors")
    config = json.loads((folder / "config.json").read_text())
    del config["groups"]["harmeme"], config["labels"]["harmful"]
    (folder / "config.json").write_text(json.dumps(config | {"words": {}}))
    result = MemePipeline(folder, "cpu").predict(picture, "the bag")
    assert (list(result.aspects), result.words) == (list(MEMOTION_ASPECTS), {})


@pytest.mark.slow
def test_many_at_once_are_answered_as_one_by_one(meme: MemePipeline, picture: np.ndarray) -> None:
    grey = np.full((60, 90, 3), 90, np.uint8)
    rows = [
        (picture, None),
        (grey, "the bag is great"),
        (picture, ""),
        (None, "the strap is broken"),
        (grey, None),
    ]
    rows += [(grey, f"the bag {number} is great") for number in range(BATCH)]
    found = meme.classify(*zip(*rows, strict=True))
    assert len(found) == len(rows) > BATCH
    for aspects, (image, text) in zip(found, rows, strict=True):
        alone = meme.predict(image, text).aspects
        assert list(aspects) == list(alone)
        for aspect, scores in alone.items():
            assert aspects[aspect].probs == pytest.approx(scores.probs, abs=1e-3)
            assert (aspects[aspect].labels, aspects[aspect].unsure) == (
                scores.labels,
                scores.unsure,
            )
    texts_alone = meme.classify([None], ["the strap is broken"])
    assert texts_alone[0]["humour"].probs == pytest.approx(found[3]["humour"].probs, abs=1e-3)
    assert meme.classify([], []) == []
    with pytest.raises(MediaError, match="nothing to read"):
        meme.classify([picture, None], ["great", None])
    for some, more in (([picture], ["great", "good"]), ([picture, grey], ["great"])):
        with pytest.raises(ValueError, match="a text, or None, for each image"):
            meme.classify(some, more)


def test_the_pull_of_a_place_is_what_leaving_it_out_changes(
    calibrated: tuple[MemePipeline, dict], picture: np.ndarray
) -> None:
    """The odds of the answer with all there is, less those without the first patch; probabilities
    are worked out here from what the net says."""
    pipeline, calibration = calibrated

    def odds(means: dict[str, torch.Tensor]) -> dict[str, np.ndarray]:
        """(labels,) of each aspect, from the picture as each group has it."""
        yes, found = torch.tensor([True]), {}
        for group, image in means.items():
            net, words = pipeline.nets.net[group], rows[:, : 16 + 2 * (group == "harmeme")]
            with torch.inference_mode():
                logits = net(words, yes, image, yes)[0].double().numpy()
            for aspect in pipeline.nets.groups[group]["aspects"]:
                own, logits = np.split(logits, [len(MEME_ASPECTS[aspect])])
                weights = np.exp(
                    (own + calibration[aspect]["bias"]) / calibration[aspect]["temperature"]
                )
                found[aspect] = np.log(weights / (weights.sum() - weights))
        return found

    result = pipeline.predict(picture, "the bag is great")
    reading = pipeline.text(["the bag is great"])[0]
    spell = WordParts(pipeline.text.pieces, 512)
    (_, buckets), parts = spell(reading.ids), pipeline.nets.net["harmeme"].parts.weight.detach()
    spelled = parts[buckets].sum(dim=0) / len(buckets) ** 0.5
    rows = torch.cat([torch.from_numpy(reading.states.mean(axis=0)), spelled])[None]
    harm, memotion = (
        np.asarray(Image.fromarray(picture).resize((96, 64), 2, reducing_gap=3.0)),
        squash(picture, 64),
    )
    patches = {
        group: torch.from_numpy(pipeline.image([image])[0][0])
        for group, image in (("harmeme", harm), ("memotion", memotion))
    }
    every = odds({group: own.mean(dim=0)[None] for group, own in patches.items()})
    without_patch = odds({group: own[1:].mean(dim=0)[None] for group, own in patches.items()})
    for aspect, scores in result.aspects.items():
        top = int(every[aspect].argmax())
        assert scores.top == MEME_ASPECTS[aspect][top]
        assert logit(scores.confidence) == pytest.approx(every[aspect][top], abs=1e-4)
        expected = every[aspect][top] - without_patch[aspect][top]
        assert result.picture_pull[aspect][0] == pytest.approx(expected, abs=1e-4)
    assert max(abs(pull[0]) for pull in result.picture_pull.values()) > 1e-3


@pytest.mark.parametrize("text", ["great", "great \u200b"])
def test_the_only_word_pulls_against_no_text(
    meme: MemePipeline, picture: np.ndarray, text: str
) -> None:
    result, silent = meme.predict(picture, text), meme.predict(picture, "")
    for aspect, scores in result.aspects.items():
        unread = silent.aspects[aspect].probs[scores.labels.index(scores.top)]
        assert result.attributions[aspect][0] == pytest.approx(
            logit(scores.confidence) - logit(unread), abs=1e-4
        )
    assert any(abs(pull[0]) > 1e-3 for pull in result.attributions.values())


def test_bad_pictures_are_one_sentence(meme: MemePipeline, tmp_path: Path) -> None:
    for source in (b"", b"no picture", tmp_path / "missing.png"):
        with pytest.raises(MediaError, match=r"\.$"):
            meme.predict(source)


def test_a_checkpoint_may_do_without_biases(meme_checkpoint, tmp_path):
    shutil.copytree(meme_checkpoint.parent, tmp_path / "plain")
    config = json.loads((tmp_path / "plain/meme/config.json").read_text())
    for steps in config["calibration"].values():
        del steps["bias"]  # those of the whole one are zeros
    (tmp_path / "plain/meme/config.json").write_text(json.dumps(config))
    grey = np.full((60, 90, 3), 128, np.uint8)
    whole, plain = (
        mmsent.load("meme", folder, "cpu").classify([grey], ["a good day"])
        for folder in (meme_checkpoint, tmp_path / "plain/meme")
    )
    assert plain == whole
