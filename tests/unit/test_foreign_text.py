"""Texts that are not in English are told by their letters."""

import pytest

from mmsent.text import is_foreign


@pytest.mark.parametrize(
    "text", ["هذا المنتج سيء للغاية ولا أنصح به أحدا أبدا لأنه انكسر", "很差", "سيء", "Очень плохо"]
)
def test_another_script_is_said_at_any_length(text: str) -> None:
    assert is_foreign(text)


@pytest.mark.parametrize(
    "text", ["", "!!! 10/10", "😂", "Très bon", "𝗴𝗼𝗼𝗱", "ｇｏｏｄ", "the 寿司 was good"]
)
def test_short_texts_in_latin_letters_may_be_english(text: str) -> None:
    assert not is_foreign(text)
