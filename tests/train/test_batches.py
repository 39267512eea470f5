"""Which rows go into a batch together."""

from train.common.batches import by_length


def test_every_row_comes_once_and_like_lengths_together() -> None:
    rows = ["ccc", "a", "bb", "dddd", "e"]
    batches = by_length(rows, 2)
    assert [[rows[row] for row in batch] for batch in batches] == [
        ["a", "e"],
        ["bb", "ccc"],
        ["dddd"],
    ]
    assert by_length([], 2) == []
