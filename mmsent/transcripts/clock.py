"""Times as people and programs write them in a line of a transcript: 00:00:01,600 --> 00:00:03,800, [0:05], 1.6s."""

import re
from dataclasses import dataclass
from enum import IntEnum

FRAMES = 25.0  # a second, where a notation counts frames and does not say

# Signs of other keyboards, each as the one that it stands for, so that places in the line stay as they are.
PLAIN_SIGNS = str.maketrans(
    {
        sign: plain
        for plain, signs in {
            ":": "：﹕∶꞉",
            ".": "．。٫",
            ",": "，、﹐",
            ";": "；",
            "-": "－−‐‑‒–—﹣",
            ">": "＞›»→⟶➔➜➝⇒⟹",
            "=": "＝",
            "[": "［【",
            "]": "］】",
            "(": "（",
            ")": "）",
            " ": "\u00a0\u2007\u2009\u202f\u3000\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u2060",
        }.items()
        for sign in signs
    }
)

GAP = r"\s{0,3}"
CLOCK = (
    rf"-?\d{{1,3}}(?:{GAP}:{GAP}\d{{1,2}}){{1,2}}"
    rf"(?:{GAP}[.,;:']{GAP}\d{{1,40}}(?:[.,]\d{{1,40}})?)?"
)  # with or without hours, fraction or frames; the fraction may have one of its own
DOTTED = r"\d{1,3}\.\d{2}\.\d{2}[.,]\d{1,9}"
PLAIN_SECONDS = r"-?\d{1,6}[.,]\d{1,9}\s?s?|\d{1,6}\s?s"
ARROW = r"[-=~]{0,9}\s?(?:>{1,2}|&gt;)"
BETWEEN = r"(?:[,;~/|]|-{1,3}|to\b|until\b|bis\b)|(?<=\s)"  # weaker than an arrow

RANGE = re.compile(
    rf"(?:Transcript:\s{{0,8}})?(?:#?\d{{1,6}}[.):]?\s{{1,8}})?(?P<open>[\[(<{{]?){GAP}"
    rf"(?P<start>{CLOCK}|{DOTTED}|{PLAIN_SECONDS})s?\s{{0,8}}(?:(?P<arrow>{ARROW})|{BETWEEN})\s{{0,8}}"
    rf"(?P<end>{CLOCK}|{DOTTED}|{PLAIN_SECONDS})s?(?![\w:]){GAP}(?P<close>[\])>}}]?)"
)
SETTINGS = re.compile(r"(?:\s+(?:align|line|position|size|region|vertical|[XY][12]):\S*)+(?=\s|$)")
SIGNS = r"[\dOolIxX?*:;.,' -]"  # of times, also of those that were damaged or misread
BROKEN = re.compile(
    rf"(?P<start>{SIGNS}{{0,40}}?)[-=~]{{1,3}}\s?(?:>{{1,2}}|&gt;)(?P<end>{SIGNS}{{0,40}})(?=\s|$)"
)
TIME_SIGNS_ONLY = re.compile(r"[\dOolIxX?*:;.,' <>=~/|-]{3,80}")
MISREAD = str.maketrans("OolI", "0011")  # from pictures
ANY_TIME = re.compile(r"[\dOolIxX?*]\s{0,3}:\s{0,3}[\dOolIxX?*]|\d[.,]\d|\ds")
MIN_LINE_LENGTH = 7  # signs of a line of times, 0:0>0:1
# else no line of times
NEAR_DIGIT = re.compile(r"(?:Transcript:)?[^\w\n]{0,6}[\dOolIxX?*]|[-=~ ]{0,6}>")
NUMBER = re.compile(r"(?:#\s?|[\[(])?(\d{1,6})[.):\]]?")

LETTERED = r"(?:\d{1,2}h)?\d{1,3}m\d{1,2}s"
MARK = rf"{LETTERED}|" + r"\d{1,3}(?::\d{2}){1,2}(?:[.,]\d{1,9}|[:;]\d{2}(?=[\s\])]))?"
ALONE = re.compile(rf"[\[(<]?({MARK})[\])>]?\s*[:-]?")
NICK = r"(?:<[^<>\d\n][^<>\n]{0,30}>\s{1,3})?"  # who wrote it in a chat
BRACKETED = re.compile(rf"[\[(<]({MARK})[\])>]\s*[-|:]?\s*{NICK}")
LEADING = re.compile(
    rf"({MARK})(?=[\s:|-]|[^\W\d])(?!\s?[ap]\.?m\b)(?:\s*(?:-|to\b)\s*(?:{MARK})(?=\s))?\s*[-|:]?\s*",
    re.IGNORECASE,
)  # the end, if it is told, is that of the next
NAMED = re.compile(rf"[^\W\d][^.!?,\n\[(]{{0,40}}?:?\s{{0,3}}[\[(]({MARK})[\])]:?\s+(?=\S)")
TRAILING = re.compile(rf"(?P<who>[^\W\d][^.!?,\n]{{0,40}}?)\s{{1,8}}[\[(]?({MARK})[\])]?:?")

_CLOCK = re.compile(
    r"(-?)(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2})(?:([.,;:'])(\d{1,40})(?:[.,]\d{1,40})?)?"
)


class Certainty(IntEnum):
    """How certain it is that a line is a line of times."""

    NEVER = 0
    RATHER = 1  # where there are others
    SURELY = 2


@dataclass(frozen=True)
class Times:
    """The seconds of a line of times, None what can't be read; ``rest`` are the words behind them."""

    start: float | None
    end: float | None
    rest: str
    sure: Certainty


def normalize_signs(line: str) -> str:
    """The line with full-width and similar signs replaced by ASCII ones, at the same positions."""
    return line if line.isascii() else line.translate(PLAIN_SIGNS)


def holds_times(text: str) -> bool:
    """Whether the text has anything like a time, so that its lines must be parsed."""
    return bool(ANY_TIME.search(normalize_signs(text)))


def parse_seconds(text: str) -> float | None:
    """ "00:00:01,600", "0:01", "00: 00: 01, 600", "00:00:01:12" (frames), "1.6s" -> seconds, None where it is no time."""
    text = "".join(normalize_signs(text).split()).removesuffix("s")
    if re.fullmatch(r"\d{1,3}(?:;\d{2}){2,3}", text):
        text = text.replace(";", ":")
    if match := _CLOCK.fullmatch(text):
        sign, hours, minutes, whole_seconds, mark, fraction = match.groups()
        if hours and int(minutes) > 60:
            return None
        part = 0.0
        if fraction:
            frames = mark in ":;" and len(fraction) < 3
            part = min(int(fraction) / FRAMES, 0.999) if frames else float(f"0.{fraction}")
        total = int(hours or 0) * 3600 + int(minutes) * 60 + int(whole_seconds) + part
        return -total if sign else total
    if re.fullmatch(LETTERED, text + "s"):
        return parse_seconds(re.sub("[hm]", ":", text))
    if re.fullmatch(DOTTED, text):
        return parse_seconds(text.replace(".", ":", 2))
    return (
        float(text.replace(",", ".")) if re.fullmatch(r"-?\d{1,9}(?:[.,]\d{1,20})?", text) else None
    )


def time_range(line: str, headed: bool = False) -> Times | None:
    """The times of a line that says from when to when, None for any other line. ``headed``: it stands where such a line should,
    so that it may be damaged more."""
    flat = normalize_signs(line)
    at = len(flat) - len(flat.lstrip())
    if len(flat) - at < MIN_LINE_LENGTH or not NEAR_DIGIT.match(flat, at):
        return None
    if match := RANGE.match(flat, at):
        start, end = match["start"], match["end"]
        rest = _words_after(line, match.end())
        if sure := _certainty(
            start, end, bool(match["arrow"]), bool(match["open"] and match["close"]), rest
        ):
            return Times(parse_seconds(start), parse_seconds(end), rest.lstrip(":,| "), sure)
    if match := BROKEN.match(flat, at):
        sides = match.group("start", "end")
        if any(":" in side and re.search(r"\d", side) for side in sides):
            fraction = any(re.search(r":\s?\d\d\s?[.,]\s?\d", side) for side in sides)
            start, end = (parse_seconds(side.translate(MISREAD)) for side in sides)
            return Times(
                start,
                end,
                _words_after(line, match.end()),
                Certainty.SURELY if fraction else Certainty.RATHER,
            )
    if TIME_SIGNS_ONLY.fullmatch(flat, at) and (flat.count(":") > 2 or (headed and ":" in flat)):
        return Times(None, None, "", Certainty.RATHER)
    return None


def _words_after(line: str, at: int) -> str:
    """The words after the times, without the settings of WebVTT and SRT."""
    return SETTINGS.sub("", " " + line[at:], count=1).strip()


def _certainty(start: str, end: str, arrow: bool, bracketed: bool, rest: str) -> Certainty:
    clocks = ":" in start and ":" in end
    fraction = any(sign in start + end for sign in ".,;'s") or start.count(":") > 2
    alone = bracketed or not rest
    if not clocks and start.count(".") < 2:  # plain seconds: also what prose holds
        if not (fraction and (bracketed or (arrow and alone))):
            return Certainty.NEVER
        return Certainty.SURELY if arrow else Certainty.RATHER
    if fraction and (arrow or alone or rest.startswith(",")):
        return Certainty.SURELY
    if start.count(":") == end.count(":") == 2:  # hours, too: no agenda
        return Certainty.RATHER
    return Certainty.RATHER if fraction or arrow or alone else Certainty.NEVER
