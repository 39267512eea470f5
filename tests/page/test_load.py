"""The load script sees what it is there to see, on a short run against the real process."""

import pytest

from bench import load
from bench.load import BOX_TOLERANCE, VisitorCounts, camera_frame, picture, report
from tests.conftest import App


def test_every_visitor_s_pictures_are_their_own() -> None:
    places = {camera_frame(number)[1] for number in range(10)}
    assert len(places) == 10
    for one in places:
        assert not any(
            abs(one[0] - x) < 2 * BOX_TOLERANCE and abs(one[1] - y) < 2 * BOX_TOLERANCE
            for x, y in places - {one}
        )
    assert len({tuple(picture(number)[1]) for number in range(10)}) == 10


@pytest.mark.parametrize(
    ("outcomes", "fine"),
    [
        ({"done": 9, "busy": 4, "empty": 1}, True),
        ({"done": 9, "swapped": 1}, False),
        ({"busy": 9}, False),
        ({"done": 9, "RefusedError: 500": 1}, False),
    ],
)
def test_swapped_answers_and_errors_count(outcomes: dict[str, int], fine: bool) -> None:
    seen = VisitorCounts(seconds=[0.1], rates=[2.0])
    seen.outcomes.update(outcomes)
    assert report("live", seen) is fine


def test_an_answer_for_another_is_told_apart() -> None:
    box = {"box": [100, 60, 160, 140]}
    assert load._whose([box], 130, 100) == "done"
    assert load._whose([box], 200, 100) == "swapped"
    assert load._whose([], 200, 100) == "empty"


def test_a_short_run(app: App) -> None:
    """Memory needs longer to settle than this, so only what the visitors met counts."""
    streams, sent, _ = load.load(
        app.address, int(app.log.with_suffix(".pid").read_text()), live=2, uploads=2, seconds=6
    )
    assert streams.outcomes["done"] > 3
    assert sent.outcomes["done"] >= 2
    assert report("live", streams)
    assert report("uploads", sent)
