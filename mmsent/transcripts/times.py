"""Orders the times of a transcript: entries become cues without overlap."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace

from mmsent.transcripts.entry import Cue, Entry, Unreadable

LETTERS_A_SECOND = 15.0  # of somebody who speaks
MIN_ENTRY_SECONDS = 1.0  # seconds of an entry whose end is not known
MAX_LETTERS_A_SECOND = 100.0  # letters a second; times that ask for more are wrong
MIN_ROOM = 0.3  # seconds that are enough to place an entry
MIN_REST = 0.25  # seconds that must be left of an entry
MAX_ENDLESS_SECONDS = 6.0  # seconds of an entry without end, unless it has many words
UNREADABLE = (
    "The times in {} {} of the subtitles can't be read. Please write 00:00:01,000 --> 00:00:02,500."
)


def order_entries(entries: Sequence[Entry], unit: str) -> tuple[list[Cue], list[int], list[int]]:
    """Cues in order, the places of entries whose times could not be right, and of those that could
    not be placed.

    Times that can't be read, or run backwards, or leave no time to speak, are set by the entries
    around them. An entry without words only tells when the one before it ends. Raises Unreadable
    where no time of any entry can be read.
    """
    spoken_entries = [entry for entry in entries if entry.lines]
    if spoken_entries and all(entry.start is None and entry.end is None for entry in entries):
        raise Unreadable(UNREADABLE.format(unit, spoken_entries[0].place))
    doubted = _drop_impossible_times(entries)
    begun = _fill_starts(doubted)
    cues = [
        Cue(entry.start, entry.end, " ".join(entry.lines), entry.place)  # type: ignore[arg-type]
        for entry in _fill_ends(begun)
        if entry.lines
    ]
    placed = {entry.place for entry in begun}
    guessed = [
        new.place
        for new, old in zip(doubted, entries, strict=True)
        if new.lines and _is_untimed(new) and new.place in placed
    ]
    lost = [entry.place for entry in spoken_entries if entry.place not in placed]
    return _remove_overlaps(sorted(cues, key=lambda cue: cue.start)), guessed, lost


def _is_untimed(entry: Entry) -> bool:
    return entry.start is None or (entry.end is None and not entry.endless)


def _drop_impossible_times(entries: Sequence[Entry]) -> list[Entry]:
    """The entries with None in place of every impossible time."""
    before, after = _neighbour_times([entry.start for entry in entries])
    doubted = []
    for entry, earliest, latest in zip(entries, before, after, strict=True):
        start, end = entry.start, entry.end
        if end is not None and end < 0:
            start = end = None
        start = max(start, 0.0) if start is not None else None
        if (
            start is not None
            and end is not None
            and (end - start) * MAX_LETTERS_A_SECOND < _count_letters(entry)
        ):
            fits = [earliest <= time <= latest for time in (start, end)]
            start, end = (None, end) if fits == [False, True] else (start, None)
        doubted.append(replace(entry, start=start, end=end))
    return doubted


def _fill_starts(entries: Sequence[Entry]) -> list[Entry]:
    """The entries, each with a start; without those that have neither times nor room."""
    _, after = _neighbour_times([entry.start for entry in entries])
    begun: list[Entry] = []
    now = 0.0  # when the entry before ends
    for entry, latest in zip(entries, after, strict=True):
        start, end, length = entry.start, entry.end, _reading_seconds(entry)
        if start is None and not entry.lines:
            continue
        if start is None and end is not None and end < MIN_ROOM:
            end = None
        if start is None and end is not None:
            start = max(now if now < end - MIN_ROOM else 0.0, end - length)
        elif start is None:
            if not begun and latest < MIN_ROOM:
                continue
            start = now
            end = min(now + length, latest) if latest - now >= MIN_ROOM else now + length
        begun.append(replace(entry, start=start, end=end))
        now = end if end is not None else start if start is not None else now
    return begun


def _fill_ends(entries: Sequence[Entry]) -> list[Entry]:
    """The entries, each with an end: where the next one begins, or by its reading time."""
    starts = sorted(entry.start for entry in entries if entry.start is not None)
    ends = sorted(entry.end for entry in entries if entry.end is not None)
    ended = []
    for entry in entries:
        start, end, length = entry.start or 0.0, entry.end, _reading_seconds(entry)
        if end is None:
            at = bisect_right(starts, start)
            latest = starts[at] if at < len(starts) else float("inf")
            alone = at - bisect_left(starts, start) == 1
            if entry.endless:
                end = min(latest, start + max(MAX_ENDLESS_SECONDS, 2 * length))
            elif alone and latest - start >= MIN_ROOM:
                end = min(latest, start + length)
            else:  # no room behind it: before it, or together with the next one
                free = ends[bisect_right(ends, start) - 1] if ends and ends[0] <= start else 0.0
                start, end = (
                    (max(free, start - length), start)
                    if start - free >= MIN_ROOM
                    else (start, start + length)
                )
        ended.append(replace(entry, start=start, end=end))
    return ended


def _remove_overlaps(cues: Sequence[Cue]) -> list[Cue]:
    """The cues, sorted by their start, without overlap; a cue that would cut another too short is
    joined with it."""
    apart = list(cues[:1])
    for cue in cues[1:]:
        last = apart[-1]
        if cue.start == last.start or (cue.start < last.end and cue.start - last.start < MIN_REST):
            apart[-1] = replace(last, end=max(last.end, cue.end), text=f"{last.text} {cue.text}")
        else:
            apart[-1] = replace(last, end=min(last.end, cue.start))
            apart.append(cue)
    return apart


def _neighbour_times(times: Sequence[float | None]) -> tuple[list[float], list[float]]:
    """For each the last known time before it and the next one behind it, as they were written."""
    return _last_known(times, float("-inf")), _last_known(times[::-1], float("inf"))[::-1]


def _last_known(times: Sequence[float | None], now: float) -> list[float]:
    times_before = []
    for time in times:
        times_before.append(now)
        now = now if time is None else time
    return times_before


def _count_letters(entry: Entry) -> int:
    return sum(map(len, entry.lines))


def _reading_seconds(entry: Entry) -> float:
    """The seconds that it takes to say an entry."""
    return max(MIN_ENTRY_SECONDS, _count_letters(entry) / LETTERS_A_SECOND)
