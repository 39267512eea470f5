"""Words as the text encoder can read them: emoji, emoticons, look-alike letters, stretched words,
hashtags.

The encoder's vocabulary is plain lower-case English; whatever it lacks would be read as one unknown
token, whether it laughs or cries.
"""

import html
import math
import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from itertools import pairwise, product
from typing import Any, Final

import emoji

ADDRESS: Final = re.compile(r"^\W*(https?://|www\.)\S+", re.IGNORECASE)
HANDLE: Final = re.compile(r"^(\W*)@\w+")
HASHTAG: Final = re.compile(r"(?<!\w)#(\w+)")
CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=\d)|_")
# emoji as chats and scraped pages write them
SHORTCODE: Final = re.compile(r"(?<!\w):[a-z0-9_+-]{2,40}:(?!\w)", re.IGNORECASE)
REFERENCE: Final = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|lt|gt|quot|apos|nbsp);", re.IGNORECASE)
ZERO_WIDTH_SPACE: Final = "\N{ZERO WIDTH SPACE}"
STRETCHED: Final = re.compile(r"([A-Za-z])\1{2,}")
STARS: Final = re.compile(
    "[★⭐🌟](?:\N{VARIATION SELECTOR-16}?[★⭐🌟])*(\N{VARIATION SELECTOR-16}?☆)*"
)
VARIATION_SELECTORS: Final = dict.fromkeys(
    map(ord, "\N{VARIATION SELECTOR-15}\N{VARIATION SELECTOR-16}")
)
NON_EMOJI_SIGNS: Final = "©®™"  # emoji to Unicode, but not to whoever writes them
SKIN: Final = re.compile(r"[ _]?(?:(?:medium|light|dark)-?)+[ _]skin[ _]tone|\(.*?\)")
MAX_RUNS: Final = 3  # stretched letters of one word whose readings are tried, two each
MAX_HASHTAG_LETTERS: Final = 60  # of a hashtag that is cut into words
COMMON_RANK: Final = (
    4000  # place in the vocabulary, which is sorted by frequency: words everybody uses
)

# A letter drawn in another way and not known to Unicode as a form of the plain one (NFKC).
LETTER_NAME: Final = re.compile(
    r"^(?:LATIN LETTER SMALL CAPITAL|NEGATIVE (?:SQUARED|CIRCLED) LATIN CAPITAL LETTER"
    r"|REGIONAL INDICATOR SYMBOL LETTER|PARENTHESIZED LATIN (?:SMALL|CAPITAL) LETTER) ([A-Z])$"
)
# of letters, digits and signs (Unicode, UAX 44)
FORMS: Final = ("<font>", "<circle>", "<wide>", "<square>")
# Cyrillic and Greek letters that stand for Latin ones in a word that is Latin otherwise (from
# Unicode's confusables.txt).
LOOK_ALIKES: Final = dict(
    zip(
        map(ord, "аеорсухіјѕһԁԛԝАВЕКМНОРСТХУІЈЅαοντικρυΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"),
        "aeopcyxijshdqwABEKMHOPCTXYIJSaovtikpuABEZHIKMNOPTYX",
        strict=True,
    )
)
# Nose and eyes vary; what decides is the mouth. Only whole words and the ends of words: "8)" and
# "10:30" stay.
EYES: Final = r"[:;=]['’]?[-o^]?"
EMOTICONS: Final[tuple[tuple[str, str], ...]] = (
    (r"<3+", "love"),
    (r"</3", "broken heart"),
    (r">[:;=][-o^]?[(\[<|/\\]", "angry face"),
    (r"[:;=]['’][-o^]?[(\[]+", "crying face"),
    (rf"{EYES}[)\]]+|\(?\^_*\^\)?|[xX]D+|[:;=]-?D+|[cC]:", "smiling face"),
    (rf"{EYES}[(\[]+|\(?[tT;]_+[tT;]\)?|[dD]-?:|:-?[cC]|[:=]-?<", "sad face"),
    (r"\(?>_+<\)?", "tired face"),
    (rf"{EYES}[/\\]", "confused face"),
    (r"[:;=]-?\|+|\(?-_+-\)?", "neutral face"),
    (r"[:;=]-?[pP]", "playful face"),
    (r"[:;=]-?[oO0]|[oO]_+[oO0]", "surprised face"),
    (r"¯?\\_+\(ツ\)_+/¯?", "shrug"),
    (r"\(?ಠ_+ಠ\)?", "disapproving face"),
    (r"\(╯°□°[)）]╯︵", "angry face"),
)
# mirrored; only whole words, since a remark in brackets may end with a colon
MIRRORED: Final = {
    "(:": "smiling face",
    "(;": "smiling face",
    "(=": "smiling face",
    "):": "sad face",
}
EMOTICON: Final = re.compile(
    r"(?:^|(?<=[\w.,!?…]))(?:"
    + "|".join(f"({pattern})" for pattern, _ in EMOTICONS)
    + r")(?=[.,!?…]*$)"
)


def normalize_word(word: str, vocabulary: Mapping[str, int]) -> str:
    """``word`` (no white space in it) spelled with what the encoder knows; may become several
    words, or stay as it is.

    ``vocabulary`` is the tokenizer's: token to place, common words first. Addresses and handles say
    who and where, never how it feels; they become TweetEval's "http" and "@user"
    (arXiv:2010.12421).
    """
    if ADDRESS.match(word):
        return "http"
    if word.isascii() and word.isalpha() and word[1:].islower() and not STRETCHED.search(word):
        return word  # nearly all words
    if ZERO_WIDTH_SPACE in word:
        word = _cut_at_zero_width(word, vocabulary)
    word = REFERENCE.sub(_unescape, word)
    word = SHORTCODE.sub(
        lambda match: emoji.emojize(match[0].lower(), language="alias"),
        HANDLE.sub(r"\1@user", word),
    )
    word = MIRRORED.get(word) or EMOTICON.sub(_name_emoticon, _plain_letters(name_emoji(word)))
    # "#" stays: the encoder learned from tweets, where it says something
    word = HASHTAG.sub(lambda match: f"# {split_hashtag(match[1], vocabulary)}", word)
    return re.sub(r"[A-Za-z]{3,}", lambda match: _unstretch(match[0], vocabulary), word).strip()


def name_emoji(text: str) -> str:
    """``text`` with each emoji's English name (Unicode CLDR) in its place, without colour of skin;
    a row of equal ones is named twice at most, a row of stars counted ("4 stars")."""
    if text.isascii():
        return text
    text = STARS.sub(_count_stars, text)
    before: str | None = None
    parts = []
    for token in emoji.analyze(text, non_emoji=True, join_emoji=True):
        name = _emoji_name(token.chars) if not isinstance(token.value, str) else None
        if name is None:
            parts.append(token.chars)
        elif name != before or len(parts) < 2 or parts[-2:] != [f" {name} "] * 2:
            parts.append(f" {name} ")
        before = name
    return "".join(parts).translate(VARIATION_SELECTORS)


@cache
def _emoji_name(chars: str) -> str | None:
    """A digit or punctuation drawn as an emoji is the plain one; None where the sign is rather a
    letter, which stays."""
    name = unicodedata.name(chars[0], "")
    if chars[0] in NON_EMOJI_SIGNS or (LETTER_NAME.match(name) and "REGIONAL" not in name):
        return None
    if plain := "".join(filter(str.isascii, unicodedata.normalize("NFKC", chars))):
        return plain
    data: dict[str, Any] = emoji.EMOJI_DATA[chars]
    return " ".join(SKIN.sub("", data["en"].strip(":")).replace("_", " ").replace("-", " ").split())


def _count_stars(match: re.Match[str]) -> str:
    full = sum(char in "★⭐🌟" for char in match[0])
    return f" {full} star{'s' * (full != 1)} " if full > 1 or "☆" in match[0] else match[0]


def _cut_at_zero_width(word: str, vocabulary: Mapping[str, int]) -> str:
    """The word without zero-width spaces where that is a known one, else its parts, if these are."""
    parts = [part for part in word.split(ZERO_WIDTH_SPACE) if part]
    glued = "".join(parts)
    known = all(part.casefold() in vocabulary or not part.isalnum() for part in parts)
    return " ".join(parts) if known and glued.casefold() not in vocabulary else glued


def _unescape(match: re.Match[str]) -> str:
    """The sign of a reference of HTML, the reference where it is of none."""
    sign = " ".join(html.unescape(match[0]).split()) or " "
    return sign if sign.isprintable() and sign != "\N{REPLACEMENT CHARACTER}" else match[0]


def _name_emoticon(match: re.Match[str]) -> str:
    return f" {EMOTICONS[(match.lastindex or 1) - 1][1]} "


def _plain_letters(word: str) -> str:
    if word.isascii():
        return word
    word = "".join(map(_plain_letter, word))
    scripts = {unicodedata.name(char, "").split(" ")[0] for char in word if char.isalpha()}
    return word.translate(LOOK_ALIKES) if "LATIN" in scripts and len(scripts) > 1 else word


@lru_cache(maxsize=4096)
def _plain_letter(char: str) -> str:
    """The plain form of a letter, digit or sign that is only drawn in another way, else
    ``char``."""
    if named := LETTER_NAME.match(unicodedata.name(char, "")):
        return named[1]
    plain = unicodedata.normalize("NFKC", char)
    letter = unicodedata.category(char)[0] == "L" and plain.isascii() and plain.isalpha()
    return (
        plain
        if letter or (plain.isascii() and unicodedata.decomposition(char).startswith(FORMS))
        else char
    )


def split_hashtag(tag: str, vocabulary: Mapping[str, int]) -> str:
    """The words of a hashtag without its sign: cut at capitals, digits and "_", else where known
    words meet."""
    parts = [part for part in CAMEL.split(tag) if part]
    if (
        len(parts) > 1
        or tag.casefold() in vocabulary
        or len(tag) > MAX_HASHTAG_LETTERS
        or not tag.isalpha()
    ):
        return " ".join(parts)
    return " ".join(_segment(tag.casefold(), vocabulary))


def _segment(letters: str, vocabulary: Mapping[str, int]) -> list[str]:
    """The most probable words that ``letters`` are made of, a word's probability falling with its
    place in the vocabulary (Zipf's law); the whole where it is not made of known words."""
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(letters) + 1):
        best.append(
            min(
                (best[start][0] + _cost(letters[start:end], vocabulary), start)
                for start in range(max(0, end - 20), end)
            )
        )
    if math.isinf(best[-1][0]):
        return [letters]
    cuts = [len(letters)]
    while cuts[-1]:
        cuts.append(best[cuts[-1]][1])
    return [letters[start:end] for start, end in pairwise(reversed(cuts))]


def _cost(word: str, vocabulary: Mapping[str, int]) -> float:
    if len(word) == 1 and word not in "ai":
        return math.inf
    return math.log(vocabulary[word]) if word in vocabulary else math.inf


def _unstretch(word: str, vocabulary: Mapping[str, int]) -> str:
    """ "soooo" as "so": the known word that it most likely is, else the letters twice."""
    runs = [(match[1] * 2, match[1]) for match in STRETCHED.finditer(word)]
    if not runs or len(runs) > MAX_RUNS or word.casefold() in vocabulary:
        return word
    readings = [_replace_runs(word, choice) for choice in product(*runs)]
    known_readings = [reading for reading in readings if reading.casefold() in vocabulary]

    def unlikely(reading: str) -> tuple[bool, int]:
        place = vocabulary[reading.casefold()]
        return place > COMMON_RANK, -len(reading) if place <= COMMON_RANK else place

    return min(known_readings, key=unlikely) if known_readings else readings[0]


def _replace_runs(word: str, letters: tuple[str, ...]) -> str:
    """``word`` with its stretched letters, one after the other, replaced by ``letters``."""
    left = iter(letters)
    return STRETCHED.sub(lambda _: next(left), word)
