"""Captions as the meme model gets them: in training and on the page alike."""

import re
import unicodedata
from functools import cache
from typing import Any

from mmsent.normalize import name_emoji

# Names that stand on a picture because it was made or found there; regular expressions for lower
# case, single spaces. The commonest in the training split of Memotion 7k (n = 5,593), and kapwing,
# which came later.
WATERMARKS = (
    "imgflip",
    "quickmemes?",
    "m[ae]me ?[ctl]en[tl]er[ai]?",  # memecenter: people and machines read its logo in many ways
    "meme ?generator",
    "makeameme",
    "im[ag]+ur",
    "9gag",
    "we ?know ?memes",
    "starecat",
    "memeful",
    "memecrunch",
    "memedroid",
    "memeshappen",
    "memebase",
    "icanhasa?cheezburger",
    "mematic",
    "zipmeme",
    "diylol",
    "frabz",
    "ifunny",
    "boredpanda",
    "kapwing",
)
LEAD = r"(?:\b(?:made (?:on|in|with|by)|via) )?"
# .me, .in, .it ... glue two sentences as often
ENDING = r"\.(?:com|net|org|co|tv|io|xyz|info|mobi)(?:\.[a-z]{2})?\b(?:/\S*)?"
UNWANTED = re.compile(
    rf"{LEAD}(?:"
    r"(?:https?://|www\.)\S+"
    rf"|(?<![\w-])[\w-]+{ENDING}"
    r"|(?<![\w.])[\w.]*@\w[\w.]*"
    rf"|\b(?:{'|'.join(WATERMARKS)})\b(?: ?{ENDING})?)"
)
APOSTROPHES = dict.fromkeys(map(ord, "'’‘`´"))
MISSING = "#name?"  # what a spreadsheet makes of a caption that begins like a formula


def clean_caption(text: str | float | None) -> str:
    """Lower case, without punctuation, addresses, handles and watermarks, single spaces; "" where
    it is missing: None, the NaN of a table, a spreadsheet's ``#NAME?``.

    An emoji becomes its name. An apostrophe vanishes (don't: dont), all other punctuation parts
    words (wait...what: wait what).
    """
    if not isinstance(text, str) or text.strip().casefold() == MISSING:
        return ""
    text = name_emoji(text).translate(APOSTROPHES)  # first, as NFKC makes a space of ´
    text = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return " ".join("".join(map(_strip_punctuation, UNWANTED.sub(" ", text))).split())


def split_caption(text: str | float | None) -> str:
    """``clean_caption``, its words as spaCy's rules for English cut them (dont: do nt). Raises
    ImportError without spaCy."""
    return " ".join(token.text for token in _english()(clean_caption(text)))


@cache
def _english() -> Any:
    import spacy  # here, since it takes long to load and few checkpoints ask for it

    return spacy.blank("en")


def strip_watermarks(text: str) -> str:
    """Lower case, without addresses, handles and watermarks, single spaces; punctuation and emoji
    stay: the text encoder was tuned on texts that have them."""
    text = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return " ".join(UNWANTED.sub(" ", text).split())


def _strip_punctuation(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cf":  # soft hyphens, joiners: invisible inside a word
        return ""
    return " " if category[0] in "PSC" else character
