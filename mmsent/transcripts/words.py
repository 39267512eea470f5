"""The spoken words of a transcript: without markup, names, sounds and repeated captions."""

import html
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, pairwise

from mmsent.transcripts.entry import Entry

TAG_NAMES = "i|b|u|s|c|v|em|br|rt|ruby|rp|lang|font|span|strong|sub|sup|mark|small|div|p|a"
TAG = re.compile(
    rf"</?(?:{TAG_NAMES})(?:[\s.:/][^<>\n]*)?>|<\d[\d:.]*>|\{{\\[^{{}}\n]*\}}", re.IGNORECASE
)
PART = re.compile(r"<br\s{0,3}/?>|\[br\]", re.IGNORECASE)  # a new line
RUBY = re.compile(r"<rt>[^<\n]*(?:</rt>)?", re.IGNORECASE)  # how the signs before it are spoken
LONG_NUMBER = re.compile(r"&(?=#[0-9]{9})")  # of no sign
MUSIC = re.compile("[♩♪♫♬🎵🎶]")
# square brackets, capitals in round ones, one word in them where a line begins
SOUND = re.compile(
    r"\[[^\[\].!?\n]{1,60}\]|\((?=[^()a-z\n]{0,50}[A-Z])[^()a-z\n]{2,60}\)|^[ \t]{0,9}\([^\W\d_]{2,30}\)",
    re.MULTILINE,
)
SPEAKER = re.compile(r">{2,3}\s*|[-–—]{1,2}\s*(?=[^\W\d]|[\"'“¿¡])|•\s*")
NAMED = re.compile(
    r"(?:[A-Z][A-Z.'’-]+(?: [A-Z][A-Z.'’-]*)?(?: \d{1,2})?|[Ss]peaker[ _]?\w{1,3}|SPEAKER_\d+)\s?:\s+"
)
NAME = re.compile(
    r"\*{0,2}[A-Z][\w.'’-]{0,20}(?: [A-Z][\w.'’-]{0,20}){0,2}\*{0,2}\s?:\*{0,2}\s+(?=\S)"
)
MAX_TOUCH_GAP = 0.1  # seconds between two entries that follow each other at once
MAX_ROLL_GAP = 2.0  # seconds between two entries of which the later one repeats lines
MIN_ROLLS = 3  # entries that repeat lines after a pause: fewer may be a speaker
MAX_FLASH = 0.1  # seconds of an entry that only carries a line over to the next
MIN_SLIDING_WORDS = 3  # words from which on a repetition inside a line is one of the notation


def unescape_html(text: str) -> str:
    """The text with HTML's character references decoded."""
    return html.unescape(LONG_NUMBER.sub("&amp;", text))


def spoken_lines(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """The spoken words of an entry's lines, and the sounds that they describe."""
    text = TAG.sub("", RUBY.sub("", PART.sub("\n", "\n".join(lines))))
    text = MUSIC.sub(" ", TAG.sub("", unescape_html(text)))
    sounds = [sound.strip() for sound in SOUND.findall(text)]
    spoken = (
        " ".join(_strip_speaker(line).split()) for line in SOUND.sub(" ", text).split("\n") if line
    )
    return [line for line in spoken if is_visible(line)], sounds


def is_visible(text: str) -> bool:
    """Whether there is anything in the text but white space and signs that have no look."""
    return any(sign.isprintable() and not sign.isspace() for sign in text)


def _strip_speaker(line: str) -> str:
    line = line.lstrip(" :\t")
    line = SPEAKER.sub("", line, count=1) if SPEAKER.match(line) else line
    named = NAMED.match(line)
    # in capitals all may be words
    return line[named.end() :] if named and re.search(r"[a-z]", line[named.end() :]) else line


def strip_speaker_names(entries: Sequence[Entry]) -> list[Entry]:
    """The entries without speakers' names, where at least half of the entries have one."""
    spoken = [entry for entry in entries if entry.lines]
    named = [entry for entry in spoken if NAME.match(entry.lines[0])]
    if len(named) < 2 or 2 * len(named) < len(spoken):
        return list(entries)
    return [
        replace(entry, lines=[NAME.sub("", line, count=1) for line in entry.lines])
        for entry in entries
    ]


def remove_repeats(entries: Sequence[Entry]) -> tuple[list[Entry], bool]:
    """Entries without what captions repeat as they roll or are painted on, and whether they do so.

    Equal words at equal times are one entry. Words that end one entry and begin the next at once
    are taken for repeated where at least half of the entries do so: a speaker who says the same
    again keeps it.
    """
    single = _drop_duplicates(entries)
    texts = [_Text(entry) for entry in sorted(filter(_is_timed, single), key=_start)]
    others = [entry for entry in single if not _is_timed(entry)]
    for gap, test, least in (
        (MAX_TOUCH_GAP, _rolls, 1),
        (MAX_ROLL_GAP, _rolls_by_lines, MIN_ROLLS),
    ):
        pairs = [(a, b) for a, b in pairwise(texts) if b.start - a.end <= gap]
        count = sum(test(a, b) for a, b in pairs)
        if count >= least and 2 * count >= len(pairs):
            return sorted([*others, *_unroll(texts, gap)], key=lambda entry: entry.place), True
    return single, False


def join_lit_words(entries: Sequence[Entry], written: Sequence[Sequence[str]]) -> list[Entry]:
    """The entries with those joined that follow each other with the same words and other markup, as
    captions are that light each word in turn; ``written`` are the lines with their markup."""
    joined: list[Entry] = []
    last: Sequence[str] = ()
    for entry, lines in zip(entries, written, strict=True):
        before = joined[-1] if joined else None
        if (
            before
            and _is_timed(before)
            and _is_timed(entry)
            and before.lines == entry.lines
            and list(last) != list(lines)
            and all(TAG.search("\n".join(raw)) for raw in (last, lines))
            and abs((entry.start or 0.0) - (before.end or 0.0)) <= MAX_TOUCH_GAP
        ):
            joined[-1] = replace(before, end=entry.end)
        else:
            joined.append(entry)
        last = lines
    return joined


def _is_timed(entry: Entry) -> bool:
    return bool(entry.lines) and entry.start is not None and entry.end is not None


def _drop_duplicates(entries: Sequence[Entry]) -> list[Entry]:
    known_keys: set[tuple[float | None, float | None, str]] = set()
    single = []
    for entry in entries:
        key = (entry.start, entry.end, "\n".join(entry.lines))
        if not (_is_timed(entry) and key in known_keys):
            single.append(entry)
        known_keys.add(key)
    return single


class _Text:
    """An entry as words, and the positions where its lines end."""

    def __init__(self, entry: Entry) -> None:
        lines = [line.split() for line in entry.lines]
        self.entry, self.start, self.end = entry, entry.start or 0.0, entry.end or 0.0
        self.words = [word for line in lines for word in line]
        self.ends = {0, *accumulate(map(len, lines))}
        self.flash = self.end - self.start <= MAX_FLASH
        self.done = self.words[-1:] != [] and self.words[-1].endswith((".", "!", "?", "…"))


def _rolls(a: _Text, b: _Text) -> bool:
    """Whether ``b`` repeats ``a`` in a way that speakers do not."""
    k = _overlap(a.words, b.words)
    if k == len(a.words) == len(b.words):
        return a.flash or b.flash
    if _repeats_whole_lines(a, b, k):
        return len(a.ends) > 2 or len(b.ends) > 2  # not two single lines
    return not a.done and (k == len(a.words) or k >= MIN_SLIDING_WORDS)


def _rolls_by_lines(a: _Text, b: _Text) -> bool:
    """Whether ``b`` repeats some whole lines of ``a``, and has others."""
    k = _overlap(a.words, b.words)
    if k == len(a.words) == len(b.words):
        return False
    return _repeats_whole_lines(a, b, k) and (len(a.ends) > 2 or len(b.ends) > 2)


def _repeats_whole_lines(a: _Text, b: _Text, k: int) -> bool:
    return k > 0 and len(a.words) - k in a.ends and k in b.ends


def _unroll(texts: Sequence[_Text], gap: float) -> list[Entry]:
    entries = [texts[0].entry]
    for a, b in pairwise(texts):
        k = _overlap(a.words, b.words) if b.start - a.end <= gap else 0
        if not (_repeats_whole_lines(a, b, k) or k == len(a.words) or k >= MIN_SLIDING_WORDS):
            entries.append(b.entry)
        elif k == len(b.words):
            entries[-1].end = max(entries[-1].end or 0.0, b.end)
        elif k in b.ends:
            entries.append(replace(b.entry, lines=[" ".join(b.words[k:])]))
        else:  # painted on: the line grows
            entries[-1].lines = [*entries[-1].lines, " ".join(b.words[k:])]
            entries[-1].end = max(entries[-1].end or 0.0, b.end)
    return entries


def _overlap(a: Sequence[str], b: Sequence[str]) -> int:
    """How many words at the end of ``a`` are those at the beginning of ``b``, in linear time
    (Knuth, Morris and Pratt)."""
    size = min(len(a), len(b))
    back, k = [0] * size, 0
    for at in range(1, size):
        while k and b[at] != b[k]:
            k = back[k - 1]
        k += b[at] == b[k]
        back[at] = k
    k = 0
    for word in a[len(a) - size :]:
        while k and (k == size or word != b[k]):
            k = back[k - 1]
        k += word == b[k]
    return k


def _start(entry: Entry) -> float:
    return entry.start or 0.0
