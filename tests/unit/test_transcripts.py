"""Every notation that people have transcripts in is read right, with the faults that they have, or
it is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmsent.media import MediaError
from mmsent.transcripts import read_transcript
from tests.transcript_chats import CHATS, NOT_READ, RARER, STILL_PROSE
from tests.transcript_faults import MARKED, PROSE, REPEATED, TIMES, WRITTEN
from tests.transcript_formats import FILES
from tests.transcript_notations import LINES, SRT, Case

CASES = LINES | FILES | WRITTEN | TIMES | REPEATED | MARKED | PROSE | CHATS | RARER | STILL_PROSE


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_said_is_read_and_what_is_not_is_told(case: Case) -> None:
    text, expected, note = case
    read = read_transcript(text)
    if isinstance(read.said, str):
        assert read.said == expected
    else:
        assert [(round(cue.start, 3), round(cue.end, 3), cue.text) for cue in read.said] == expected
    assert note in " ".join(read.notes) if note else read.notes == ()


def test_entries_that_are_not_right_are_counted_and_named() -> None:
    entries = [f"{at}\n00:00:{at:02},000 --> 00:00:{at:02},900\nOh no." for at in range(1, 41)]
    for at in (3, 8, 30):
        entries[at - 1] = entries[at - 1].replace(f"{at:02},900", f"{at:02},x00")
    read = read_transcript("\n\n".join(entries))
    assert len(read.said) == read.count == 40
    assert read.notes == (
        "The times of 3 of 40 entries can't be read or can't be right, so they were set by the "
        "entries around: "
        "lines 10, 30, 118.",
    )
    many = read_transcript("\n\n".join(entry.replace(",900", ",x00") for entry in entries))
    assert many.notes[0].endswith("lines 2, 6, 10, 14, 18, 22, 26, 30, 34, 38, 42, 46 and 28 more.")


CLOCKS = st.sampled_from(
    (
        "00:00:01,000",
        "00:00:02,5",
        "0:03",
        "00:04.000",
        "-00:00:01,000",
        "00: 00: 06, 500",
        "00:00:0x",
        "??",
        "",
        "99:99:99,9",
    )
)
ARROWS = st.sampled_from((" --> ", " -> ", "-->", ",", " - "))
ENDS = st.sampled_from(("\n", "\n\n", "\r\n", "\r\r\n", " \n \n"))
HEADS = st.sampled_from(("1", "", "2", "x", "#3"))


@given(
    st.lists(st.tuples(HEADS, CLOCKS, ARROWS, CLOCKS, ENDS), min_size=1, max_size=6), st.booleans()
)
def test_no_word_of_subtitles_vanishes_without_a_word(
    entries: list[tuple[str, ...]], titled: bool
) -> None:
    heads = (f"{head}{end}{start}{arrow}{stop}{end}" for head, start, arrow, stop, end in entries)
    said = "".join(f"{head}Never{at}, ever{at}!\n\n" for at, head in enumerate(heads))
    try:
        read = read_transcript("WEBVTT\n\n" * titled + said)
    except MediaError:
        return
    words = read.said if isinstance(read.said, str) else " ".join(cue.text for cue in read.said)
    lost = [at for at in range(len(entries)) if f"Never{at}, ever{at}!" not in words]
    assert not lost or "not read" in " ".join(read.notes)


@pytest.mark.parametrize(("text", "notation"), NOT_READ, ids=[name for _, name in NOT_READ])
def test_a_notation_that_is_not_read_is_named(text: str, notation: str) -> None:
    with pytest.raises(MediaError, match=f"{notation} notation can't be read here"):
        read_transcript(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("clip.srt", "“clip.srt” looks like the name of a file"),
        ('{"segments": [{"start": 0.0, "end"', "looks like JSON, but it is damaged"),
        ('[{"start": 0.0, "end": 1.6}]', "no words"),
        ("<tt><body><p>I hate it</p></body></tt>", "This XML holds no words with times"),
        ("Scenarist_SCC V1.0\n\n00:00:00:00\t9420 9420 94ae", "SCC notation"),
        ('start,end,text\n0,1,"I hate\n1,2,it', "Line 2 of the transcript can't be read"),
        ("[ti:x]\n[00:00.00]\n[00:01.00]", "Nothing is said"),
        (SRT.replace("00:0", "00:x"), "The times in line 2 of the subtitles can't be read"),
        ("\n\n".join(f"{{{at}}}{{{at + 1}}}" for at in range(9000)), "more than 2,000 entries"),
    ],
)
def test_what_can_t_be_read_gets_one_sentence(text: str, says: str) -> None:
    with pytest.raises(MediaError, match=says):
        read_transcript(text)
