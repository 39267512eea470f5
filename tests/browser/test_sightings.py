"""The page and the MP4 draw the same boxes and words, whatever the time."""

import numpy as np
import pytest
from playwright.sync_api import Page

from mmsent.labels import FACE_EMOTIONS
from mmsent.results import ClipFace, Scores
from mmsent.sightings import (
    LINGER,
    MAX_SIGHTING_GAP,
    NOT_SURE,
    drawing_of,
    sightings_of,
    smoothed_labels,
)
from mmsent.ui.video.view import clip_html
from tests.browser.test_js_units import ADDRESS, answer
from tests.video_results import result

# What the page's own modules show of each face at each time.
SHOWN = """async ([faces, drawing, times]) => {
  const {tracksOf} = await import("/video/moment.js"), {faceAt} = await import("/video/sightings.js");
  const tracks = tracksOf(faces, drawing.words, {emotions: [], same: {}});
  return times.map(time => tracks.map(one => faceAt(one, time, drawing)).map(face => face && [face.box, face.label]));
}"""


def face(time: float, track: int, x: int, emotion: str, unsure: bool = False) -> ClipFace:
    probs = tuple(float(label == emotion) for label in FACE_EMOTIONS)
    return ClipFace(time, (x, 10, x + 40, 60), track, Scores(tuple(FACE_EMOTIONS), probs, unsure))


# Two people: one seen evenly, away for a while, and back; the other for a moment, once misread.
FACES = (
    *(face(i / 5, 1, 10 + 7 * i, "happy" if i != 2 else "sad") for i in range(6)),
    *(face(0.4 + i / 5, 2, 100, "angry", unsure=i < 3) for i in range(7)),
    *(face(1.5 + MAX_SIGHTING_GAP * i, 1, 60 + 31 * i, "sad") for i in range(3)),
    face(4.0, 1, 10, "neutral"),
)


def test_the_page_shows_the_boxes_and_words_that_the_mp4_has(visitor: Page) -> None:
    clip = result(faces=FACES)
    times = [round(0.02 * i, 2) for i in range(-2, 220)]
    visitor.route(f"{ADDRESS}**", answer)
    visitor.goto(ADDRESS)
    shown = visitor.evaluate(SHOWN, [clip.to_dict()["faces"], drawing_of(clip), times])
    counts = set()
    for time, there in zip(times, shown, strict=True):
        for one, drawn in zip(
            there, (track.at(time) for track in sightings_of(FACES)), strict=True
        ):
            assert (one is None) == (drawn is None), time
            if drawn:
                assert one[0] == pytest.approx(drawn[0].tolist(), abs=1e-9), time
                assert one[1] == drawn[1], time
        counts.add(sum(one is not None for one in there))
    assert counts == {0, 1, 2}  # the times reach where nobody is, too


def test_the_page_gets_the_constants_with_the_result() -> None:
    assert drawing_of(result(faces=FACES)) == {
        "sameShot": MAX_SIGHTING_GAP,
        "linger": LINGER,
        "words": smoothed_labels(FACES),
    }
    assert 'data-drawing="{' in clip_html(result(faces=FACES))


def test_a_word_is_that_of_most_sightings_around_it() -> None:
    words = smoothed_labels(FACES)
    assert words[:6] == ["joy"] * 6  # the third alone was misread
    assert words[6:13] == [NOT_SURE] * 3 + ["anger"] * 4
    assert np.array_equal(sightings_of(FACES)[1].boxes[0], [100, 10, 140, 60])
