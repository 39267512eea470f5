"""The clip pipeline with small random encoders, on clips that have everything and on those that
lack something."""

import json
import pickle
import threading

import numpy as np
import pytest

import mmsent
from mmsent import CheckpointError, MediaError, clips
from mmsent.__main__ import main
from mmsent.cancel import Cancelled
from mmsent.pipelines import clip_watch
from mmsent.pipelines.video import DEFAULT_PACE
from mmsent.pipelines.video_notes import (
    NO_FACE,
    NO_SOUND,
    NO_SPEECH,
    SILENT_SOUND,
)
from mmsent.transcripts import Cue, parse_transcript
from tests.clip_broken import damaged, renamed_text
from tests.clip_media import silent, talk, write_clip
from tests.portrait_clip import ALL, PORTRAIT, SECONDS, SIZE, SRT, modalities
from tests.small_models import write_video

pytestmark = pytest.mark.usefixtures("no_recognition")


@pytest.mark.slow
def test_a_clip_with_subtitles(video, clip):
    result = video.predict(clip, SRT)
    assert [(moment.start, moment.end, moment.text) for moment in result.moments] == [
        (0.2, 1.5, "This is so good!"),
        (2.0, 3.9, "Not very good"),
    ]
    for moment in result.moments:
        assert set(moment.by_modality) == set(moment.weights) == ALL
        for scores in (moment.emotion, moment.sentiment, *moment.by_modality.values()):
            assert sum(scores.probs) == pytest.approx(1)
        assert sum(moment.weights.values()) == pytest.approx(1)
    assert sum(result.weights.values()) == pytest.approx(1)
    assert (result.size, result.lead, result.notes) == (SIZE, 1, ())
    assert result.duration == pytest.approx(SECONDS, abs=0.1)
    assert {face.track for face in result.faces} == {1}
    assert 10 <= len(result.faces) <= 16
    assert parse_transcript(result.transcript) == parse_transcript(SRT)
    assert 0 < len(result.loudness) <= 1000
    assert max(result.loudness) == 1
    assert max(result.loudness[170:230]) < 0.1 < np.mean(result.loudness[20:140])
    again = pickle.loads(pickle.dumps(result))
    assert json.loads(json.dumps(again.to_dict()))["moments"][1]["text"] == "Not very good"


def test_the_whole_is_the_mean_over_time(video, watched):
    result = video.judge(watched, SRT)
    expected = np.average(
        [moment.emotion.probs for moment in result.moments], axis=0, weights=[1.3, 1.9]
    )
    assert result.emotion.probs == pytest.approx(expected)


@pytest.mark.slow
def test_where_nobody_speaks_the_face_counts_and_time_weighs(video, tmp_path):
    """Three seconds of talk, then seventeen of silence with another face."""
    paint = lambda time: PORTRAIT if time < 3 else PORTRAIT[:, ::-1]  # noqa: E731
    sound = np.concatenate([talk(3.0), np.zeros(17 * 16_000, np.float32)])
    kept = video.watch(
        write_clip(tmp_path / "clip.mp4", 20.0, fps=5, size=SIZE, sound=sound, paint=paint)
    )
    for transcript in (
        "I am so happy today.",
        "1\n00:00:00,000 --> 00:00:03,000\nI am so happy today.\n",
        None,
    ):
        result = video.judge(kept, transcript)
        spoken = [moment for moment in result.moments if "audio" in moment.by_modality]
        silent_ = [moment for moment in result.moments if "audio" not in moment.by_modality]
        assert max(moment.end for moment in spoken) < 4 < min(moment.end for moment in silent_)
        assert all(set(moment.by_modality) == {"face"} and not moment.text for moment in silent_)
        assert all({"audio", "face"} <= set(moment.by_modality) for moment in spoken)
        lengths = [moment.end - moment.start for moment in result.moments]
        assert sum(lengths) == pytest.approx(20.0, abs=0.5)
        assert max(lengths) < 6
        expected = np.average(
            [moment.emotion.probs for moment in result.moments], axis=0, weights=lengths
        )
        assert result.emotion.probs == pytest.approx(expected)
    assert {
        set(moment.by_modality) == {"audio"}
        for moment in video.judge(kept, None, ("audio",)).moments
    } == {True}


def test_what_is_said_does_not_hang_on_the_neighbours_in_the_batch(video, watched):
    cues = [Cue(0.1 * i, 0.1 * i + 0.5 + 0.02 * i, "") for i in range(20)]
    many = [dict(moment.by_modality) for moment in _judged(video, watched, cues)]
    for i in (0, 7, 19):
        (one,) = _judged(video, watched, cues[i : i + 1])
        assert set(one.by_modality) == set(many[i])
        for name, scores in one.by_modality.items():
            assert scores.probs == pytest.approx(many[i][name].probs, abs=1e-5)


def _judged(video, watched, cues):
    kept = clip_watch.WatchedClip(
        watched.duration, watched.size, watched.faces, watched.sounds, (), tuple(cues)
    )
    return [
        moment for moment in video.judge(kept).moments if Cue(moment.start, moment.end, "") in cues
    ]


def test_picture_alone_and_sound_alone(video, tmp_path):
    still = silent(
        tmp_path / "still.mp4", seconds=1.0, fps=5, size=SIZE, paint=lambda time: PORTRAIT
    )
    seen = video.predict(still)
    assert modalities(seen) == {("face",)}
    assert seen.loudness == ()
    assert any(NO_SOUND in note.lower() for note in seen.notes)
    heard = video.predict(write_clip(tmp_path / "sound.m4a", picture=False), "This is good.")
    assert modalities(heard) == {("audio", "text")}
    assert (heard.size, heard.faces, heard.lead) == ((0, 0), (), None)


def test_silence_is_no_voice(video, tmp_path):
    clip = write_clip(tmp_path / "clip.mp4", sound=np.zeros(32_000, np.float32))
    result = video.predict(clip, "This is good.")
    assert modalities(result) == {("text",)}
    assert any(SILENT_SOUND in note.lower() for note in result.notes)
    assert set(result.loudness) == {0.0}
    with pytest.raises(MediaError, match=rf"{SILENT_SOUND}.*{NO_FACE}"):
        video.predict(clip, "")


def test_noise_is_heard_but_not_taken_for_speech(video, tmp_path):
    noise = np.random.default_rng(0).normal(0, 0.05, 48_000).astype(np.float32)
    result = video.predict(write_clip(tmp_path / "clip.mp4", 3.0, sound=noise), "")
    assert NO_SPEECH in result.notes
    assert [set(moment.by_modality) for moment in result.moments] == [{"audio"}] * len(
        result.moments
    )


def test_what_was_cut_skipped_or_left_out_is_in_the_notes(video, tmp_path, monkeypatch):
    whole = write_clip(tmp_path / "whole.mp4", 6.0, sound=talk(6.0))
    bad = damaged(tmp_path / "bad.mp4", whole, share=0.02)
    assert {
        "Damaged parts of the picture were skipped.",
        "Damaged parts of the sound were replaced by silence.",
    } <= set(video.predict(bad, "Hello.").notes)
    monkeypatch.setattr(clips, "MAX_SECONDS", 2)
    assert (
        "The clip is long: only its first 0:02 were read." in video.predict(whole, "Hello.").notes
    )


def test_it_can_be_cancelled(video, clip):
    asked = []
    with pytest.raises(Cancelled):
        video.watch(clip, cancelled=lambda: asked.append(1) or len(asked) > 2)
    assert len(asked) == 3


def test_it_can_be_cancelled_while_words_are_written_down(video, clip, monkeypatch):
    asked = threading.Event()
    monkeypatch.setattr(clip_watch, "transcribe", lambda *heard: asked.set() or ([], []))
    with pytest.raises(Cancelled):
        video.watch(clip, cancelled=asked.is_set, recognise=True)


def test_a_voice_is_heard_once_as_long_as_the_times_stay(video, clip, monkeypatch):
    watched = video.watch(clip)
    first = video.judge(watched, SRT)
    monkeypatch.setattr(video.speech, "voice", lambda mel: pytest.fail("it was heard again"))
    again = video.judge(watched, SRT.replace("good", "bad"))
    assert [moment.by_modality["audio"] for moment in again.moments] == [
        one.by_modality["audio"] for one in first.moments
    ]


def test_files_that_are_no_clips(video, tmp_path):
    (tmp_path / "empty.mp4").touch()
    for path in (
        renamed_text(tmp_path / "text.mp4"),
        tmp_path / "empty.mp4",
        tmp_path / "gone.mp4",
    ):
        for call in (video.predict, video.estimate):
            with pytest.raises(MediaError):
                call(path)


def test_the_estimate_grows_with_the_clip_and_learns(video_checkpoint, clip):
    video = mmsent.load("video", video_checkpoint)
    assert video.estimate(clip) == pytest.approx(SECONDS * DEFAULT_PACE, rel=0.05)
    video._pace = 1000.0
    video.watch(clip)
    assert video.estimate(clip) < 900 * SECONDS


@pytest.mark.parametrize("encoder", ["text", "face", "speech"])
def test_another_encoder_is_refused(encoder, tmp_path):
    other = write_video(tmp_path)
    config = json.loads((other / "config.json").read_text())
    config["encoders"][encoder]["sha256"] = "0" * 64
    (other / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match="another encoder"):
        mmsent.load("video", other)


@pytest.mark.slow
def test_the_command_line_reads_clips(video_checkpoint, clip, capsys, tmp_path):
    assert (
        main(["video", str(clip), "--json", "--text", SRT, "--source", str(video_checkpoint)]) == 0
    )
    assert [moment["text"] for moment in json.loads(capsys.readouterr().out)["moments"]] == [
        "This is so good!",
        "Not very good",
    ]
    words = tmp_path / "clip.srt"
    words.write_text(SRT, encoding="utf-16")
    assert (
        main(
            [
                "video",
                str(clip),
                "--json",
                "--transcript",
                str(words),
                "--source",
                str(video_checkpoint),
            ]
        )
        == 0
    )
    told = json.loads(capsys.readouterr().out)
    assert told["moments"][0]["text"] == "This is so good!"
    assert "UTF-16" in told["notes"][0]
    table = tmp_path / "clips.csv"
    assert (
        main(["video", str(clip.parent), "--out", str(table), "--source", str(video_checkpoint)])
        == 0
    )
    header, row = table.read_text().splitlines()
    assert header.startswith('"input","text","duration","moments","faces","emotion"')
    assert row.startswith(f'"{clip}",')
