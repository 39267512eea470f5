"""Hostile input gives an answer or one sentence: never a crash, never a hang. bench/hostile.py
tries many more."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmsent import hub
from mmsent.captions import clean_caption
from mmsent.media import MediaError, image_notes, open_image
from mmsent.pipelines.encoders import MAX_CHARACTERS, MAX_TOKENS, text_features
from mmsent.text import replace_lone_surrogates, split_words
from tests import hostile
from tests.hostile_changes import change, places
from tests.small_models import write_encoders, write_meme, write_review, write_video

pytestmark = pytest.mark.usefixtures("clock")
KINDS = {kind.name: kind for kind in hostile.kinds()}
LOADED = [f"{name}{hostile.CONFIG}" for name in hostile.LOADED_BY]


@pytest.mark.parametrize(
    "name", [name for name in KINDS if name not in ("clip", "weights") and name not in LOADED]
)
def test_changed_bytes_are_read_or_refused(name: str) -> None:
    assert hostile.attack(KINDS[name], 150, seed=7)["failed"] == 0


@pytest.mark.slow
@pytest.mark.parametrize(("name", "inputs"), [("clip", 10), ("weights", 5)])
def test_changed_bytes_of_slow_kinds_are_read_or_refused(name: str, inputs: int) -> None:
    assert hostile.attack(KINDS[name], inputs, seed=7)["failed"] == 0


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, hostile.Kind]:
    """Small ones of every task, to be loaded with other configs."""
    root = tmp_path_factory.mktemp("checkpoints")
    for write in (write_review, write_meme, write_video):
        write(root)
    return {kind.name: kind for kind in hostile.checkpoints(root)}


@pytest.mark.slow
@pytest.mark.parametrize("name", LOADED)
def test_a_checkpoint_with_another_config_is_loaded_or_refused(
    checkpoints: dict[str, hostile.Kind], name: str
) -> None:
    counts = hostile.attack(checkpoints[name], 15, seed=7)
    assert counts["failed"] == 0
    assert counts["refused"] > 5


@pytest.mark.slow
@pytest.mark.parametrize("name", LOADED)
def test_every_key_that_a_pipeline_reads_may_be_missing(
    checkpoints: dict[str, hostile.Kind], name: str, tmp_path: Path
) -> None:
    (good,) = checkpoints[name].seeds
    told = []
    for number in range(len(places(json.loads(good)))):
        config = json.loads(good)
        within, key = places(config)[number]
        # what a checkpoint can do without
        if isinstance(within, dict) and key not in ("format", "mmsent_version"):
            del within[key]
            (tmp_path / str(number)).mkdir()
            try:
                checkpoints[name].read(json.dumps(config).encode(), tmp_path / str(number))
            except hub.CheckpointError as problem:
                told.append(str(problem))
    assert len(told) >= 5
    assert all(problem.endswith(".") and "\n" not in problem for problem in told)


def test_the_changes_follow_from_seed_and_number() -> None:
    good = [b"a" * 100, b"b" * 100]
    made = [change(good, number, seed) for seed in (0, 1) for number in range(50)]
    assert made == [change(good, number, seed) for seed in (0, 1) for number in range(50)]
    assert len(set(made)) > 80
    assert sum(content in good for content in made) < 10


@given(st.binary(max_size=3000))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_no_picture_or_one(content: bytes) -> None:
    for start in (
        b"",
        b"\xff\xd8\xff\xe0",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"BM",
        b"II*\x00",
        b"RIFF\x00\x00\x00\x00WEBP",
    ):
        try:
            assert open_image(start + content).dtype == np.uint8
        except MediaError as problem:
            assert str(problem).endswith(".")  # noqa: PT017
        image_notes(start + content)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> object:
    folder = tmp_path_factory.mktemp("encoders")
    write_encoders(folder)
    return text_features(folder / "text", "cpu")


# with halves of signs, controls, right-to-left marks
@given(text=st.text(st.characters(), max_size=300))
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_text_is_read(encoder: object, text: str) -> None:
    written = replace_lone_surrogates(text)
    words, spans = split_words(written)
    assert len(words) == len(spans)
    reading = encoder([written])[0]  # type: ignore[operator]
    assert np.isfinite(reading.states).all()
    clean_caption(written)


def test_endless_words_and_texts_are_bounded(encoder: object) -> None:
    for text in (
        "a" * MAX_CHARACTERS,
        "😀" * MAX_CHARACTERS,
        "good " * (MAX_CHARACTERS // 5),
        "\u0301" * MAX_CHARACTERS,
    ):
        encoder([text])  # type: ignore[operator]
    with pytest.raises(
        MediaError, match="20,001 characters; at most 20,000 are read at once, so please shorten it"
    ):
        encoder(["a" * (MAX_CHARACTERS + 1)])  # type: ignore[operator]
    encoder(["a " * MAX_TOKENS])  # type: ignore[operator]
    for text in ("a " * (MAX_CHARACTERS // 2), "好" * MAX_CHARACTERS, "!" * MAX_CHARACTERS):
        with pytest.raises(
            MediaError, match=r"000 words and signs; at most 5,000 .* please shorten it"
        ):
            encoder([text])  # type: ignore[operator]
