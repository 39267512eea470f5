"""Transcripts are read as people have them: SRT, WebVTT, typed text."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmsent.media import MediaError
from mmsent.transcripts import Cue, parse_transcript, read_transcript, spread_over_speech, write_srt
from mmsent.transcripts import notations as subtitles

SRT = """1
00:00:01,000 --> 00:00:02,500
<i>Hello</i> there,
{\\an8}you &amp; me. 3 < 4

2
00:00:03,000 --> 00:00:04,000
Well.
"""
VTT = """WEBVTT Kind: captions

NOTE made by hand

STYLE
::cue { color: red }

first
00:01.000 --> 00:02.500 align:start position:0%
<v Roger>Hello <00:01.500><c.loud>there</c>

01:00:03.000 --> 01:00:04.000
Well.
"""


def test_srt_and_webvtt_become_cues_without_tags() -> None:
    assert parse_transcript(SRT) == [
        Cue(1.0, 2.5, "Hello there, you & me. 3 < 4"),
        Cue(3.0, 4.0, "Well."),
    ]
    assert parse_transcript(VTT) == [Cue(1.0, 2.5, "Hello there"), Cue(3603.0, 3604.0, "Well.")]
    assert parse_transcript("\ufeff" + SRT.replace("\n", "\r\n")) == parse_transcript(SRT)
    unparted = "1\n00:01,0 --> 00:02,0\nfour\n5\n2\n00:02,0 --> 00:03,0\nsix"
    assert parse_transcript(unparted) == [Cue(1.0, 2.0, "four 5"), Cue(2.0, 3.0, "six")]


def test_cues_are_put_in_order_and_apart() -> None:
    mixed = "00:05,0 --> 00:06,0\nlast\n\n00:01,0 --> 00:04,0\nfirst\n\n00:03,0 --> 00:05,5\nsecond\n\n00:05,0 --> 00:07,0\ntoo"
    assert parse_transcript(mixed) == [
        Cue(1.0, 3.0, "first"),
        Cue(3.0, 5.0, "second"),
        Cue(5.0, 7.0, "last too"),
    ]


def test_an_odd_cue_spoils_no_other() -> None:
    assert parse_transcript(SRT.replace("00:00:01,000", "00:00:02,500")) == [  # it lasts no time
        Cue(2.5, 3.0, "Hello there, you & me. 3 < 4"),
        Cue(3.0, 4.0, "Well."),
    ]
    assert parse_transcript(SRT.replace("01,000", "01,0005")) == [
        Cue(1.0005, 2.5, "Hello there, you & me. 3 < 4"),
        Cue(3.0, 4.0, "Well."),
    ]
    assert parse_transcript(SRT.replace("Well", "From a --> b")) == [
        Cue(1.0, 2.5, "Hello there, you & me. 3 < 4"),
        Cue(3.0, 4.0, "From a --> b."),
    ]
    assert parse_transcript(VTT.replace("made", "--> made")) == parse_transcript(VTT)


def test_times_that_can_t_be_right_are_set_by_the_entries_around_and_told() -> None:
    first = Cue(1.0, 2.5, "Hello there, you & me. 3 < 4")
    for wrong, right in (("00:00:03,000", "00:00:0x"), ("00:00:04,000", "00:00:02,000")):
        read = read_transcript(SRT.replace(wrong, right))
        assert read.said == [first, Cue(3.0, 4.0, "Well.")]
        assert read.notes[0].startswith(
            "The times of 1 of 2 entries can't be read or can't be right"
        )
        assert read.notes[0].endswith(": line 7.")
    assert parse_transcript("1\n00:00:01,000 -->\nHello") == [Cue(1.0, 2.0, "Hello")]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello there. ",
        "from A --> B: 3 steps",
        "At 10:30 --> no, later.",
        "WEBVTT is a format.",
    ],
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert parse_transcript(f"\n {text}\n") == text.strip()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1\n00:00:0x,000 -->\nHello", "The times in line 2 of the subtitles"),
        ("WEBVTT\n\n", "Nothing is said"),
        ("00:01,0 --> 00:02,0\n<b></b>\n", "Nothing is said"),
        ("a" * (subtitles.MAX_CHARACTERS + 1), "longer than 200,000 characters"),
        ("00:01,0 --> 00:02,0\na\n\n" * (subtitles.MAX_CUES + 1), "more than 2,000"),
    ],
)
def test_subtitles_that_can_t_be_read_get_one_sentence(text: str, says: str) -> None:
    with pytest.raises(MediaError, match=says):
        parse_transcript(text)


@given(st.text(st.sampled_from('0123456789:,.-> \n<a{\\}é[]"\t'), max_size=120))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        found = parse_transcript(text)
    except MediaError:
        return
    assert isinstance(found, str) or all(a.start < a.end <= b.start for a, b in pairwise(found))


def test_sentences_take_their_share_of_the_speech() -> None:
    cues = spread_over_speech(
        '"Yes!" Twelve signs.\nTwenty-four letters here.', [(0.0, 1.0), (2.0, 4.5), (9.0, 10.0)]
    )
    assert [cue.text for cue in cues] == ['"Yes!"', "Twelve signs.", "Twenty-four letters here."]
    assert cues[0].start == 0
    assert cues[0].end == cues[1].start == pytest.approx(4.5 * 6 / 44)
    assert cues[2] == Cue(pytest.approx(2.0 + 4.5 * 19 / 44 - 1), 10.0, "Twenty-four letters here.")
    two = spread_over_speech("Four. Five.", [(1.0, 2.0), (5.0, 6.0)])
    # a pause between two sentences is in neither
    assert two == [Cue(1.0, 2.0, "Four."), Cue(5.0, 6.0, "Five.")]
    assert spread_over_speech(" \n", [(0.0, 1.0)]) == []


WORDS = st.lists(st.text(st.sampled_from("ab.!?…。\"'"), min_size=1, max_size=9), max_size=30)
GAPS = st.lists(st.floats(0.5, 10), min_size=2, max_size=10)


@given(WORDS, GAPS)
def test_no_word_is_lost(words: list[str], gaps: list[float]) -> None:
    edges = [sum(gaps[:at]) for at in range(len(gaps) + 1)]
    cues = spread_over_speech(" ".join(words), list(zip(edges[::2], edges[1::2], strict=False)))
    assert "".join(cue.text for cue in cues).replace(" ", "") == "".join(words)
    assert all(a.start <= a.end <= b.start + 1e-6 for a, b in pairwise(cues))


def test_srt_is_written_as_it_is_read() -> None:
    cues = [
        Cue(0.0, 1.25, "One."),
        Cue(3599.9996, 7325.5, "Two --> lines"),
        Cue(7326.0, 7327.0, "a\n\nb"),
    ]
    text = write_srt(cues)
    assert text.splitlines()[:3] == ["1", "00:00:00,000 --> 00:00:01,250", "One."]
    assert "01:00:00,000 --> 02:02:05,500" in text
    assert [cue.text for cue in parse_transcript(text)] == ["One.", "Two -> lines", "a b"]
