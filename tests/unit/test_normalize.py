"""Words as the text encoder can read them."""

from pathlib import Path

import pytest
from tokenizers import Tokenizer

from bench.emoji import sentences
from mmsent import hub
from mmsent.normalize import name_emoji, normalize_word, split_hashtag
from mmsent.text import Windows

# common words first, as in the vocabulary of BERT
KNOWN = [
    *("so", "good", "too", "not", "worst", "service", "ever", "love", "no", "yes", "hmm"),
    *("bad", "soo", "god", "to", "at", "all", "x", "day", "best"),
]
VOCABULARY = {word: 2000 + 3000 * (word in ("soo", "god", "x")) + i for i, word in enumerate(KNOWN)}


@pytest.mark.parametrize(
    ("word", "spelled"),
    [
        ("today😭", "today loudly crying face"),
        ("👎🏽", "thumbs down"),
        ("❤️", "red heart"),
        ("❤", "red heart"),
        ("💔", "broken heart"),
        ("🎉🎉🎉🎉", "party popper  party popper"),
        ("😀😡😀", "grinning face  enraged face  grinning face"),
        ("🇫🇷", "France"),
        ("🏳️‍🌈", "rainbow flag"),
        ("★★★☆☆", "3 stars"),
        ("⭐⭐", "2 stars"),
        ("©2020", "©2020"),
        ("Acme™", "Acme™"),
        ("𝓫𝓸𝓵𝓭", "bold"),
        ("ＨＥＬＬＯ！", "HELLO!"),
        ("ᴛɪɴʏ", "TINY"),
        ("ᵗⁱⁿʸ", "tiny"),
        ("Ⓒⓘⓡ", "Cir"),
        ("🅱ad", "Bad"),
        ("hеllо", "hello"),  # е and о are Cyrillic
        ("привет", "привет"),
        ("café", "café"),
        ("m²", "m²"),
        ("…", "…"),
        ("soooo", "so"),
        ("tooo", "too"),
        ("goooood!!!", "good!!!"),
        ("Looooove", "Love"),
        ("NOOOO", "NO"),
        ("zzzfoo", "zzfoo"),
        ("#notgood", "# not good"),
        ("#BestDayEver", "# Best Day Ever"),
        ("#worstserviceever,", "# worst service ever,"),
        ("#qqqjk", "# qqjk"),
        (":)", "smiling face"),
        ("great:)", "great smiling face"),
        (":-(", "sad face"),
        (":'(", "crying face"),
        (">:(", "angry face"),
        ("<3", "love"),
        ("</3", "broken heart"),
        ("xD", "smiling face"),
        ("(T_T)", "sad face"),
        ("(>_<)", "tired face"),
        ("(-_-)", "neutral face"),
        ("(:", "smiling face"),
        ("):", "sad face"),
        ("(note):", "(note):"),
        (":sob:", "loudly crying face"),
        (":thumbs_down:!", "thumbs down !"),
        ("10:30:15", "10:30:15"),
        (":nothing_of_that_name:", ":nothing_of_that_name:"),
        ("&#128557;", "loudly crying face"),
        ("&#x1F62D;", "loudly crying face"),
        ("&lt;3", "love"),
        ("⒣⒜⒯⒠", "HATE"),
        (r"¯\_(ツ)_/¯", "shrug"),
        ("10:30", "10:30"),
        ("8)", "8)"),
        ("(see", "(see"),
        ("note:", "note:"),
        ("https://a.example/:)", "http"),
        ("(www.a.example)", "http"),
        ("@bob!", "@user!"),
    ],
)
def test_words_are_spelled_with_what_the_encoder_knows(word: str, spelled: str) -> None:
    assert normalize_word(word, VOCABULARY) == spelled


def test_a_row_of_equal_emoji_is_named_twice_at_most() -> None:
    assert name_emoji("😡" * 5_000).count("enraged") == 2


def test_a_hashtag_that_is_no_words_stays_whole() -> None:
    assert split_hashtag("xqzt", VOCABULARY) == "xqzt"
    assert split_hashtag("a" * 5_000, VOCABULARY) == "a" * 5_000


def test_no_emoji_of_unicode_is_unknown_to_the_shipped_encoder() -> None:
    import emoji

    folder = hub.find("text")
    windows = Windows(folder / "tokenizer.json", 128)
    signs = tuple(emoji.EMOJI_DATA)
    unknown = [sign for sign in signs if windows.count_unknown((sign,))]
    assert unknown == []
    assert len(signs) > 3_000


def test_words_that_the_tokenizer_does_not_know_are_counted() -> None:
    windows = Windows(hub.find("text") / "tokenizer.json", 128)
    assert windows.count_unknown(("today", "ꙮ", "⸎", "soooo", "😭", "aꙮb")) == 3
    assert windows.count_unknown(()) == 0
    assert windows.count_unknown(("(ಥ﹏ಥ)", "(today)", "…", "5", "£", "\N{ZERO WIDTH SPACE}")) == 1


def test_words_in_other_letters_are_not_known() -> None:
    windows = Windows(hub.find("text") / "tokenizer.json", 128)
    words = (
        "أكره",
        "هذا",
        "很差",
        "Привет",
        "good",
        "β-test",
        "naïve",
        "hеllо",
        r"¯\_(ツ)_/¯",
        "😭",
    )
    assert windows.count_unknown(words) == 4


def test_opposite_emoji_are_not_one_text() -> None:
    tokenizer = Tokenizer.from_file(str(Path(hub.find("text")) / "tokenizer.json"))
    vocabulary = tokenizer.get_vocab()
    spelled = [
        " ".join(normalize_word(word, vocabulary) for word in text.split())
        for text, _ in sentences()
    ]
    assert len(set(spelled)) == len(spelled) == 200
