"""How often is the feeling of an emoji read right? Short sentences that say nothing else, in pairs
of opposite emoji.

    python -m bench.emoji

Prints the share read right and the share that is wrong and sure, with emoji read by name and, in
the same run, left to the tokenizer, which knows none.
"""

from unittest.mock import patch

import mmsent
from mmsent import normalize, text

STEMS = (
    "Meeting today",
    "Just got home",
    "The new phone arrived",
    "Monday morning",
    "Dinner with the team",
    "Room 214",
    "The update is out",
    "My flight leaves at six",
    "First day at work",
    "He called me back",
    "They changed the menu",
    "The package is here",
    "Watching the game now",
    "New haircut",
    "School starts tomorrow",
    "The results came in",
    "The bus stopped",
    "We moved the desk",
    "Text from my boss",
    "It is Friday",
)
POSITIVE = "🎉❤👍😍😊🥰😀😁🤩😃🥳💕😄🙂😻👏🏆🌟😎🤗"
NEGATIVE = "😭💔👎🤮😡😠😢😞😒😩😫🤢☹🙁😿🖕🚫💩😤😖"
PAIRS = tuple(zip(POSITIVE, NEGATIVE, strict=True))
PAIRS_OF_A_STEM = 5


def sentences() -> list[tuple[str, str]]:
    """200 sentences with "positive" or "negative"; each stem once with both emoji of five pairs."""
    chosen = [
        (stem, PAIRS[(place * PAIRS_OF_A_STEM + turn) % len(PAIRS)])
        for place, stem in enumerate(STEMS)
        for turn in range(PAIRS_OF_A_STEM)
    ]
    return [
        (f"{stem} {sign}{sign}", feeling)
        for stem, pair in chosen
        for sign, feeling in zip(pair, ("positive", "negative"), strict=True)
    ]


def score() -> tuple[float, float]:
    """The share of ``sentences`` that the review model reads right, and the share it reads wrong
    and is sure of."""
    texts, truth = zip(*sentences(), strict=True)
    scores = mmsent.load("review").classify(texts, [None] * len(texts))
    right = [found.top == feeling for found, feeling in zip(scores, truth, strict=True)]
    wrong_and_sure = [
        not hit and not found.unsure for hit, found in zip(right, scores, strict=True)
    ]
    return sum(right) / len(right), sum(wrong_and_sure) / len(right)


def main() -> None:
    print(f"{'':24}{'right':>8}{'wrong, sure':>14}   n {len(sentences())}")
    print(f"{'emoji read by name':24}{'{:8.3f}{:14.3f}'.format(*score())}")
    with (
        patch.object(normalize, "name_emoji", lambda word: word),
        patch.object(text, "MAX_UNKNOWN_SHARE", 1.0),
        patch("mmsent.pipelines.text_encoder.MAX_UNKNOWN_SHARE", 1.0),
    ):
        print(f"{'left to the tokenizer':24}{'{:8.3f}{:14.3f}'.format(*score())}")


if __name__ == "__main__":
    main()
