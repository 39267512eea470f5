"""Transcripts: read in any common notation, written as SRT, and plain text aligned with speech."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from mmsent.media import MediaError
from mmsent.text import replace_lone_surrogates
from mmsent.transcripts import json_rows, markup, rows
from mmsent.transcripts.chats import holds_unknown_times, parse_chat
from mmsent.transcripts.entry import MAX_CUES, MAX_ENTRIES, Cue, ParsedTranscript, list_places
from mmsent.transcripts.marks import parse_frames, parse_marks
from mmsent.transcripts.ranges import parse_ranges
from mmsent.transcripts.times import order_entries
from mmsent.transcripts.words import (
    PART,
    SOUND,
    is_visible,
    join_lit_words,
    remove_repeats,
    spoken_lines,
    strip_speaker_names,
)

MAX_CHARACTERS = 200_000
LINE_END = re.compile("\r+\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
SENTENCE_END = re.compile(r"([.!?…][\"'”’»)\]]*)\s+|([。！？])")
FENCE = re.compile(r"^[ \t]*```\w{0,12}[ \t]*$", re.MULTILINE)  # of Markdown
FILE_NAME = re.compile(
    r"[^\n]{1,200}\.(?:srt|vtt|sbv|sub|ass|ssa|lrc|ttml|dfxp|smi)", re.IGNORECASE
)

# tried in order; a text that none accepts is plain text
NOTATIONS: tuple[Callable[[str], ParsedTranscript | str | None], ...] = (
    json_rows.parse_json,
    markup.parse_markup,
    markup.parse_ass,
    rows.parse_table,
    parse_frames,
    parse_ranges,
    parse_marks,
    parse_chat,
)

TOO_LONG = (
    f"The transcript is longer than {MAX_CHARACTERS:,} characters. Please send a shorter one."
)
TOO_MANY = f"The subtitles have more than {MAX_CUES:,} entries. Please send fewer."
NO_WORDS = (
    "Nothing is said in these subtitles. Please check the file, or type the words without times."
)
IS_FILE_NAME = "“{}” looks like the name of a file. Please paste its content."
GUESSED_TIMES = (
    "The times of {} can't be read or can't be right, so they were set by the entries around: {}."
)
UNTIMED_ENTRIES = "{} not read, since no time is given: {}."
SOUND_DESCRIPTIONS = (
    "Text in brackets, such as {}, is taken for a description of a sound and was left out."
)
UNKNOWN_NOTATION = (
    "Half of the lines hold what looks like times, in no notation that is known here; all of it was "
    "read as words."
)
ROLLING_CAPTIONS = "The captions repeat lines as they roll; each line was read once."


@dataclass(frozen=True)
class Transcript:
    """A parsed transcript: ``said`` are its cues in order, without overlap, or the words
    of a plain text, "" where nothing is said. ``count`` is how many entries it has, ``unit`` what
    the places of its cues count ("line", "entry"), and ``notes`` are sentences the reader should
    know."""

    said: list[Cue] | str
    count: int = 0
    unit: str = "line"
    notes: tuple[str, ...] = ()


def read_transcript(text: str) -> Transcript:
    """Subtitles in any known notation (docs/transcripts.md), or plain text, without markup, names
    and sounds.

    Raises MediaError with one sentence where it is too long, or subtitles of which nothing can be
    read.
    """
    if len(text) > 2 * MAX_CHARACTERS:  # line ends may be doubled; before any work
        raise MediaError(TOO_LONG)
    text = LINE_END.sub(_line_ends, replace_lone_surrogates(text).replace("\ufeff", "")).rstrip()
    if len(text) > MAX_CHARACTERS:
        raise MediaError(TOO_LONG)
    if FILE_NAME.fullmatch(text.strip()):
        raise MediaError(IS_FILE_NAME.format(text.strip()))
    text = FENCE.sub("", PART.sub("\n", text) if "\n" not in text.strip() else text)
    markup.refuse_unread_notations(text)
    if not is_visible(text):
        return Transcript("")
    parsed = next((parsed for read in NOTATIONS if (parsed := read(text)) is not None), text)
    if not isinstance(parsed, str):
        return _to_transcript(parsed)
    if (sound := SOUND.search(parsed)) and not is_visible(SOUND.sub("", parsed)):
        return Transcript("", notes=(SOUND_DESCRIPTIONS.format(sound[0].strip()),))
    unknown = parsed is text and holds_unknown_times(text)
    return Transcript(parsed.strip(), notes=(UNKNOWN_NOTATION,) if unknown else ())


def parse_transcript(text: str) -> list[Cue] | str:
    """The cues of a transcript, or its plain text, as ``read_transcript`` reads them."""
    return read_transcript(text).said


def spread_over_speech(text: str, stretches: Sequence[tuple[float, float]]) -> list[Cue]:
    """Cues that spread the sentences of a plain text over the stretches of speech (seconds, in order,
    at least one), each in proportion to its length. Every word is in one cue."""
    sentences = [
        " ".join(line.split())
        for line in SENTENCE_END.sub(r"\1\2\n", text).splitlines()
        if line.strip()
    ]
    speech = sum(end - start for start, end in stretches)
    letters = sum(map(len, sentences))
    cues, done = [], 0
    for sentence in sentences:
        start = _speech_time(stretches, speech * done / letters, opens=True)
        done += len(sentence)
        cues.append(
            Cue(
                start,
                max(_speech_time(stretches, speech * done / letters, opens=False), start),
                sentence,
            )
        )
    return cues


def write_srt(cues: Sequence[Cue]) -> str:
    entries = (
        f"{number}\n{_timestamp(cue.start)} --> {_timestamp(cue.end)}\n{_lines(cue.text)}\n"
        for number, cue in enumerate(cues, 1)
    )
    return "\n".join(entries)


def _line_ends(match: re.Match[str]) -> str:
    """One line end for \\r\\n and \\r\\r\\n, and one for each other character."""
    return "\n" if match[0].endswith("\n") else "\n" * len(match[0])


def _to_transcript(parsed: ParsedTranscript) -> Transcript:
    """The transcript of parsed entries: cues in order, and notes."""
    if len(parsed.entries) > MAX_ENTRIES:
        raise MediaError(TOO_MANY)
    sounds: list[str] = []
    entries = []
    for entry in parsed.entries:
        lines, descriptions = spoken_lines(entry.lines)
        sounds += descriptions
        entries.append(replace(entry, lines=lines))
    count = sum(bool(entry.lines) for entry in entries)
    if not count:
        raise MediaError(NO_WORDS)
    if count > MAX_CUES:
        raise MediaError(TOO_MANY)
    written = {entry.place: entry.lines for entry in parsed.entries}
    entries = strip_speaker_names(entries)
    heard = (SOUND_DESCRIPTIONS.format(sounds[0]),) if sounds else ()
    if not parsed.timed:
        words = "\n".join(line for entry in entries for line in entry.lines)
        return Transcript(words, notes=(*parsed.notes, *heard))
    entries, rolls = remove_repeats(entries)
    single = join_lit_words(entries, [written.get(entry.place, ()) for entry in entries])
    entries, rolls = single, rolls or len(single) < len(entries)
    cues, guessed, unplaced = order_entries(entries, parsed.unit)
    notes = (
        (
            guessed,
            GUESSED_TIMES.format(_count_phrase(guessed, count), list_places(parsed.unit, guessed)),
        ),
        (
            unplaced,
            UNTIMED_ENTRIES.format(
                f"{_count_phrase(unplaced, count)} {'was' if len(unplaced) == 1 else 'were'}",
                list_places(parsed.unit, unplaced),
            ),
        ),
    )
    told = (note for places, note in notes if places)
    rolling = (ROLLING_CAPTIONS,) if rolls else ()
    return Transcript(cues, count, parsed.unit, (*parsed.notes, *told, *heard, *rolling))


def _count_phrase(places: Sequence[int], count: int) -> str:
    return f"{len(places)} of {count} {'entry' if count == 1 else 'entries'}"


def _speech_time(stretches: Sequence[tuple[float, float]], spoken: float, opens: bool) -> float:
    """The time at which so many seconds of speech are over; between two stretches the beginning of
    the later one where a sentence opens."""
    for start, end in stretches:
        if spoken < end - start - 1e-6 or (spoken <= end - start + 1e-6 and not opens):
            return min(start + spoken, end)
        spoken -= end - start
    return stretches[-1][1]


def _timestamp(seconds: float) -> str:
    """00:01:02,500"""
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02},{rest % 1000:03}"


def _lines(text: str) -> str:
    """The text without empty lines and arrows, which would end a cue or begin one."""
    return "\n".join(line for line in text.replace("-->", "->").splitlines() if line.strip())
