"""The clip pipeline with small random encoders, on clips that have everything and on those that
lack something."""

import json
import pickle
import threading

import cv2
import numpy as np
import pytest
from skimage import data

import mmsent
from mmsent import CheckpointError, MediaError, clips
from mmsent.__main__ import main
from mmsent.cancel import Cancelled
from mmsent.pipelines import clip_watch
from mmsent.pipelines.clip_choice import BITMAP_SUBTITLES
from mmsent.pipelines.clip_watch import RECOGNISING, WATCHING
from mmsent.pipelines.video import DEFAULT_PACE
from mmsent.pipelines.video_inputs import ALL_OFF
from mmsent.pipelines.video_notes import (
    NO_FACE,
    NO_SOUND,
    NO_SPEECH,
    NO_WORDS,
    SILENT_SOUND,
    UNUSED_SUBTITLES,
)
from mmsent.text import OTHER_LANGUAGE
from mmsent.transcribe import RecognisedCue, Unavailable
from mmsent.transcripts import Cue, parse_transcript
from tests.clip_media import Made, damaged, renamed_text, silent, talk, write_clip, write_tracks
from tests.small_models import write_video

SECONDS = 4.0
SIZE = (320, 240)
SRT = "1\n00:00:00,200 --> 00:00:01,500\nThis is so good!\n\n2\n00:00:02,000 --> 00:00:03,900\nNot very good\n"
ALL = {"text", "audio", "face"}
# Eileen Collins, NASA
PORTRAIT = cv2.resize(data.astronaut()[:384], SIZE, interpolation=cv2.INTER_AREA)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_video(tmp_path_factory.mktemp("video"))


@pytest.fixture(scope="module")
def video(folder):
    return mmsent.load("video", folder)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A portrait for the first three seconds, and a voice with a pause."""
    paint = lambda time: PORTRAIT if time < 3 else np.zeros_like(PORTRAIT)  # noqa: E731
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    sound = talk(SECONDS)
    sound[int(1.6 * 16_000) : int(2.4 * 16_000)] = 0
    return write_clip(path, SECONDS, fps=10, size=SIZE, sound=sound, paint=paint)


@pytest.fixture(scope="module")
def watched(video, clip):
    return video.watch(clip)


@pytest.fixture(autouse=True)
def no_recognition(monkeypatch):
    """A machine where speech recognition is switched off."""

    def unavailable(*heard):
        raise Unavailable("There is no speech recognition here.")

    monkeypatch.setattr(clip_watch, "transcribe", unavailable)


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


def test_switches_and_words_need_no_file(video, clip, tmp_path):
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(clip.read_bytes())
    kept = pickle.loads(pickle.dumps(video.watch(copy)))
    copy.unlink()
    assert video.judge(kept, SRT, reasons=True) == video.predict(clip, SRT)
    everything = video.judge(kept, SRT)
    assert everything == video.predict(clip, SRT, reasons=False)
    muted = video.judge(kept, SRT, ("face", "audio"))
    assert all(set(moment.by_modality) == {"audio", "face"} for moment in muted.moments)
    assert [moment.text for moment in muted.moments] == [
        moment.text for moment in everything.moments
    ]
    for one, all_ in zip(muted.moments, everything.moments, strict=True):
        assert one.emotion != all_.emotion
        assert one.by_modality["face"] == all_.by_modality["face"]  # alone it says the same
    alone = video.judge(kept, SRT, ("face",))
    assert alone.weights == {"face": 1.0}
    assert alone.moments[0].emotion == everything.moments[0].by_modality["face"]
    assert video.judge(kept, SRT.replace("good!", "bad!")).emotion != everything.emotion


def test_words_without_times_are_spread_over_the_speech(video, watched):
    result = video.judge(watched, "This is good. It is bad!")
    assert [moment.text for moment in result.moments] == ["This is good.", "It is bad!"]
    assert len(parse_transcript(result.transcript)) == 2
    silence = video.judge(watched, "")
    assert silence.moments
    assert all(
        not moment.text and set(moment.by_modality) <= {"audio", "face"}
        for moment in silence.moments
    )
    assert silence.transcript == ""
    assert any(NO_WORDS in note.lower() for note in silence.notes)


def test_pauses_part_a_clip_without_words(video, watched):
    spoken = [moment for moment in video.judge(watched).moments if "audio" in moment.by_modality]
    assert [(moment.start, moment.end) for moment in spoken] == list(watched.stretches)
    assert len(spoken) == 2
    assert all(end <= 1.9 or start >= 2.1 for start, end in watched.stretches)


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


def modalities(result):
    """The different sets of modalities that moments were read by."""
    return {tuple(sorted(moment.by_modality)) for moment in result.moments}


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


def test_a_wrong_transcript_is_told_before_the_clip_is_watched(video, clip, monkeypatch):
    monkeypatch.setattr(video, "watch", lambda *_, **options: pytest.fail("it was watched"))
    with pytest.raises(MediaError, match="The times in line 2"):
        video.predict(clip, SRT.replace("00:00:0", "00:00:x"))


def test_wrong_switches_and_wrong_transcripts(video, watched):
    with pytest.raises(ValueError, match="smell"):
        video.judge(watched, SRT, ("text", "smell"))
    with pytest.raises(MediaError) as problem:
        video.judge(watched, SRT, ())
    assert str(problem.value) == ALL_OFF.format("Words, voice", "face")
    with pytest.raises(MediaError, match="switch on more"):
        video.judge(watched, "", ("text",))
    with pytest.raises(MediaError, match="after the end"):
        video.judge(watched, SRT.replace("00:00:", "00:30:"))
    assert video.judge(watched, SRT.replace("Good", "\ud83d")).moments
    half = video.judge(
        watched, "1\n00:00:03,000 --> 00:01:00,000\nGood\n\n2\n00:02:00,000 --> 00:02:01,000\nBad\n"
    )
    assert [(moment.text, moment.end) for moment in half.moments if moment.text] == [
        ("Good", watched.duration)
    ]
    assert half.notes == (
        f"1 of 2 entries were not read, since the clip ends before, after {SECONDS} s: line 6.",
    )
    late = video.judge(
        watched, f"00:00:01,0 --> 00:00:02,0\nGood\n\n00:00:0{SECONDS - 0.01} --> 00:00:09,0\nBad\n"
    )
    assert "1 of 2 entries" in late.notes[0]
    told = video.judge(watched, SRT.replace("00:00:03,900", "00:00:00,100"))
    assert [moment.text for moment in told.moments if moment.text] == [
        "This is so good!",
        "Not very good",
    ]
    assert "line 6" in told.notes[0]
    assert (
        OTHER_LANGUAGE
        in video.judge(
            watched, "Das ist wirklich eine sehr schöne Überraschung für uns alle gewesen."
        ).notes
    )


def test_a_path_is_read_and_a_name_is_asked_about(video, clip, watched, tmp_path, monkeypatch):
    file = tmp_path / "what she said"
    file.write_text(SRT.replace("good!", "schön!"), encoding="cp1252")
    result = video.predict(clip, file)
    assert [moment.text for moment in result.moments] == ["This is so schön!", "Not very good"]
    assert "Windows-1252" in result.notes[0]
    for name in (str(file), f" {file}\n"):
        with pytest.raises(MediaError, match=r"is the name of a file.*Path\(.*--transcript"):
            video.predict(clip, name)
    # what a page does, which must not ask for files of its server
    assert video.judge(watched, str(file)).moments


def test_words_that_nobody_knows_leave_no_answer_sure(video, clip):
    result = video.predict(clip, "𐎀𐎁 𐎂𐎃 𐎄𐎅")
    assert any("does not know 3 of the 3" in note for note in result.notes)
    assert result.emotion.unsure
    assert result.sentiment.unsure
    spoken = [moment for moment in result.moments if moment.text]
    assert spoken
    assert all(moment.emotion.unsure and moment.by_modality["text"].unsure for moment in spoken)


@pytest.mark.slow
def test_speech_recognition_is_asked_only_where_it_is_wanted(video, clip, monkeypatch):
    assert "There is no speech recognition here." in video.predict(clip).notes
    heard = []
    monkeypatch.setattr(
        clip_watch,
        "transcribe",
        lambda samples, *rest: (
            [
                heard.append(len(samples) / 16_000),
                RecognisedCue(0.5, 1.5, "So good.", doubtful=True),
            ][1:],
            ["A note."],
        ),
    )
    for transcript, modalities in (("typed", ALL), (None, ("audio", "face"))):
        video.predict(clip, transcript, modalities)
    assert heard == []
    result = video.predict(clip)
    assert heard == [pytest.approx(SECONDS, abs=0.1)]
    assert [(moment.text, moment.doubtful) for moment in result.moments if moment.text] == [
        ("So good.", True)
    ]
    assert "A note." in result.notes
    assert "doubt" not in result.transcript
    stages = []
    kept = video.watch(clip, lambda stage, done: stages.append((stage, done)), recognise=True)
    assert list(dict.fromkeys(stage for stage, _ in stages)) == [WATCHING, RECOGNISING]
    assert "Typed." in [moment.text for moment in video.judge(kept, "Typed.").moments]


def test_subtitles_inside_the_file_are_the_transcript_where_none_is_given(
    video, tmp_path, monkeypatch
):
    monkeypatch.setattr(
        clip_watch, "transcribe", lambda *_, **options: pytest.fail("it was written down")
    )
    lines = [(0.2, 1.9, "I am so glad that you came!")]
    clip = write_tracks(tmp_path / "clip.mkv", [Made(talk(2.0)), Made(lines, "English", "eng")])
    read = video.predict(clip)
    assert [moment.text for moment in read.moments] == ["I am so glad that you came!"]
    assert "I am so glad" in read.transcript
    assert "The words are those of subtitle track 1 (“English”) inside the file." in read.notes
    kept = video.watch(clip)
    given = video.judge(kept, "Something else.")
    assert [moment.text for moment in given.moments] == ["Something else."]
    assert not any("subtitle" in note for note in given.notes)
    empty = video.judge(kept, "")
    assert "".join(moment.text for moment in empty.moments) == ""
    assert UNUSED_SUBTITLES in empty.notes
    assert not any(NO_WORDS in note.lower() for note in empty.notes)
    assert not any("subtitle" in note for note in video.judge(kept, None, ("audio",)).notes)


def test_subtitles_that_are_pictures_are_told(video, tmp_path):
    clip = write_tracks(tmp_path / "clip.mkv", [Made(talk(1.0)), Made([(0.2, 0.9, "Hello")])], 1.0)
    clip.write_bytes(clip.read_bytes().replace(b"S_TEXT/UTF8", b"S_HDMV/PGS\0"))
    kept = video.watch(clip)
    for transcript in (None, ""):
        assert BITMAP_SUBTITLES in video.judge(kept, transcript).notes
    assert BITMAP_SUBTITLES not in video.judge(kept, "Hello.").notes


def test_the_choice_of_a_sound_is_told(video, tmp_path):
    tracks = [Made(np.zeros(48_000, np.float32), "Desktop"), Made(talk(3.0), "Microphone")]
    result = video.predict(write_tracks(tmp_path / "clip.mkv", tracks), "This is good.")
    assert any(
        "number 2 (“Microphone”) was read: number 1 (“Desktop”) is silent" in note
        for note in result.notes
    )
    assert set(result.moments[0].by_modality) == {"text", "audio"}


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


def test_the_estimate_grows_with_the_clip_and_learns(folder, clip):
    video = mmsent.load("video", folder)
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
def test_the_command_line_reads_clips(folder, clip, capsys, tmp_path):
    assert main(["video", str(clip), "--json", "--text", SRT, "--source", str(folder)]) == 0
    assert [moment["text"] for moment in json.loads(capsys.readouterr().out)["moments"]] == [
        "This is so good!",
        "Not very good",
    ]
    words = tmp_path / "clip.srt"
    words.write_text(SRT, encoding="utf-16")
    assert (
        main(["video", str(clip), "--json", "--transcript", str(words), "--source", str(folder)])
        == 0
    )
    told = json.loads(capsys.readouterr().out)
    assert told["moments"][0]["text"] == "This is so good!"
    assert "UTF-16" in told["notes"][0]
    table = tmp_path / "clips.csv"
    assert main(["video", str(clip.parent), "--out", str(table), "--source", str(folder)]) == 0
    header, row = table.read_text().splitlines()
    assert header.startswith('"input","text","duration","moments","faces","emotion"')
    assert row.startswith(f'"{clip}",')
