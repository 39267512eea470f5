"""Words of a clip: given, switched off, inside the file, recognised, or missing."""

import pickle

import numpy as np
import pytest

from mmsent import MediaError
from mmsent.pipelines import clip_watch
from mmsent.pipelines.clip_choice import BITMAP_SUBTITLES
from mmsent.pipelines.clip_watch import RECOGNISING, WATCHING
from mmsent.pipelines.video_inputs import ALL_OFF
from mmsent.pipelines.video_notes import (
    NO_WORDS,
    UNUSED_SUBTITLES,
)
from mmsent.text import OTHER_LANGUAGE
from mmsent.transcribe import RecognisedCue
from mmsent.transcripts import parse_transcript
from tests.clip_media import Made, talk, write_tracks
from tests.portrait_clip import ALL, SECONDS, SRT

pytestmark = pytest.mark.usefixtures("no_recognition")


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
