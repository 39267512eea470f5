"""The whole picture of a clip for nets that don't look for faces: which frames, encoded once."""

from types import SimpleNamespace

import numpy as np
import pytest

from mmsent import hub
from mmsent.pipelines import clip_readers
from mmsent.pipelines.clip_faces import NO_FACES
from mmsent.pipelines.clip_readers import FaceClipReader, SceneClipReader, make_reader
from mmsent.pipelines.clip_scenes import NO_SCENES, SceneWatcher
from mmsent.pipelines.clip_sound import SoundFeatures
from mmsent.pipelines.clip_spans import Span
from mmsent.pipelines.clip_watch import WatchedClip

SIZE = 16


class Motion:
    """Tells the mean brightness of each moment, and which it was asked."""

    size, frames, width, seconds = SIZE, 4, 1, 0.5

    def __init__(self):
        self.asked = []

    def __call__(self, moments):
        means = [float(frames.mean()) for frames in moments]
        self.asked.append(len(means))
        return np.array(means, np.float32).reshape(-1, 1)


@pytest.fixture
def clip():
    """Ten seconds, a frame a second, each ten brighter than the one before; two seconds of sound."""
    watcher = SceneWatcher(SIZE)
    for second in range(10):
        watcher.add(np.full((32, 48, 3), 20 + 10 * second, np.uint8), float(second))
    random = np.random.default_rng(0)
    sounds = SoundFeatures(
        random.normal(-3, 1, (200, 8)).astype(np.float16), np.full(200, 0.5, np.float16)
    )
    return WatchedClip(10.0, (48, 32), NO_FACES, sounds, (), scenes=watcher.scenes())


def brightness(frames) -> list[int]:
    return frames.mean(axis=(1, 2, 3)).round().astype(int).tolist()


def test_frames_lie_evenly_over_the_time(clip):
    frames = clip.scenes.between(2.0, 9.0, 3)
    assert frames.shape == (3, SIZE, SIZE, 3)
    assert brightness(frames) == pytest.approx([40, 70, 100], abs=2)
    assert brightness(clip.scenes.between(2.0, 4.0, 4)) == pytest.approx([40, 40, 50, 50], abs=2)
    assert brightness(clip.scenes.between(3.1, 3.15, 2)) == pytest.approx([50, 50], abs=2)
    assert clip.scenes.between(3.4, 3.6, 2) is None
    assert NO_SCENES.between(0.0, 9.0, 2) is None


def test_a_changed_transcript_encodes_new_times_alone(clip):
    motion = Motion()
    reader = SceneClipReader(SimpleNamespace(), motion, 8, 150)
    first = reader.seen(clip, [Span(0.0, 2.0, "a"), Span(2.0, 6.0, "b"), Span(20.0, 21.0, "")])
    assert first[0].shape == (1, 1)
    assert first[2] is None
    again = reader.seen(clip, [Span(0.0, 2.0, "other words"), Span(2.0, 7.0, "b")])
    assert np.array_equal(again[0], first[0])
    assert again[1] != first[1]
    assert motion.asked == [2, 1]
    assert reader.seconds(12.0) == pytest.approx(1.5), "three windows of four seconds"


def test_the_sound_is_standardised_and_as_long_as_the_net_takes(clip):
    reader = SceneClipReader(SimpleNamespace(), Motion(), 8, 150)
    spans = [Span(0.0, 1.0, ""), Span(0.0, 2.0, ""), Span(0.0, 1.0, "", has_speech=False)]
    short, long, nothing = reader.voices(clip, spans)
    assert nothing is None
    assert short.shape == long.shape == (150 * 8,)
    heard = short.reshape(150, 8).astype(np.float32)
    assert abs(heard[:100].mean()) < 0.01
    assert heard[:100].std() == pytest.approx(1.0, abs=0.02)
    assert not heard[100:].any()
    assert long.reshape(150, 8)[100:].any()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, None),
        ({"text_width": 7}, "reads 7 numbers of the encoder “text”, which gives 8"),
        ({"picture_width": 7}, "reads 7 numbers of the encoder “picture”, which gives 4"),
        ({"missing": True}, "lacks its encoder “motion”; fetch it again"),
    ],
)
def test_encoders_that_do_not_fit_are_one_sentence(tmp_path, monkeypatch, change, told):
    missing = change.pop("missing", False)
    encoder = {"sha256": "", "identity": "", "size": SIZE, "frames": 4}
    made = {"text": 8, "motion": 4}
    for name, width in made.items():
        there = SimpleNamespace(width=width, **encoder)
        monkeypatch.setattr(clip_readers, f"{name}_features", lambda *_, there=there: there)
        if not (missing and name == "motion"):
            (tmp_path / "encoders" / name).mkdir(parents=True)
    monkeypatch.setattr(clip_readers, "speech_features", no_speech)
    shape = {"text_width": 8, "picture_width": 4, "mels": 8, "mel_rows": 60} | change
    named = {name: {"source": name, "sha256": ""} for name in made}
    config = {"architecture": shape, "encoders": named}
    if told:
        with pytest.raises(hub.CheckpointError, match=told):
            make_reader(tmp_path, config, "cpu")
    else:
        reader = make_reader(tmp_path, config, "cpu")
        assert (reader.modalities[-1], reader.face, reader.speech) == ("picture", None, None)


def no_speech(*_):
    raise hub.NoCheckpointError("none ships here")


@pytest.mark.parametrize("kind", ["voices", "seen"])
def test_two_questions_about_one_clip_do_not_disturb_each_other(clip, kind):
    """While the first is being answered the other one asks for other times."""
    other, asked = [Span(4.0, 6.0, "b")], []

    def interrupted(*_):
        if not asked:
            asked.append(True)
            getattr(reader, kind)(clip, other)

    if kind == "seen":

        class Interrupted(Motion):
            def __call__(self, moments):
                interrupted()
                return super().__call__(moments)

        reader = SceneClipReader(SimpleNamespace(), Interrupted(), 8, 150)
        spans = [Span(0.0, 2.0, "a"), Span(2.0, 4.0, "")]
    else:

        def voice(_):
            interrupted()
            return np.ones(3, np.float32)

        speech = SimpleNamespace(voice=voice)
        reader = FaceClipReader(SimpleNamespace(), SimpleNamespace(width=1), speech)
        spans = [Span(0.0, 1.0, "a"), Span(1.0, 1.9, "")]
    getattr(reader, kind)(clip, spans[:1])  # known from before
    asked.clear()
    assert all(part is not None for part in getattr(reader, kind)(clip, spans))
