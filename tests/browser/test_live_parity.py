"""A visitor's own device reads what the server reads: the same boxes, points and probabilities, from
the nets that ship."""

from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from mmsent import hub
from mmsent.calibrate import probabilities
from mmsent.device_nets import device_reader
from mmsent.face_boxes import overlap
from mmsent.media import Picture
from mmsent.pipelines.face import FacePipeline
from mmsent.pipelines.live import FaceReading, read_picture
from tests.device_page import moved, open_device, read_on_device

MAX_BOX_GAP, MIN_OVERLAP, MAX_PROBABILITY_GAP = 2.0, 0.95, 0.01  # pixels, IoU


@pytest.fixture(scope="module")
def films(two_faces: Picture) -> list[tuple[int, Picture]]:
    """Frames, and how many faces are in each."""
    one = two_faces[:, :640]
    return [
        (1, moved(one)),
        (1, moved(one, roll=12, zoom=1.4, right=20)),
        (1, moved(one, zoom=0.6, right=-30)),
        (1, moved(one, roll=90)),
        (1, moved(one, zoom=1.5, right=-110)),  # the edge cuts the face
        (2, moved(two_faces, zoom=0.5)),
        (0, moved(one[400:, :200])),
    ]


def compare(found: dict[str, Any], expected: FaceReading) -> None:
    assert np.abs(np.array(found["box"]) - expected.face.box).max() <= MAX_BOX_GAP
    assert overlap(np.array(found["box"]), expected.face.box) >= MIN_OVERLAP
    assert np.abs(np.array(found["points"]) - expected.face.landmarks).max() <= MAX_BOX_GAP
    assert found["score"] == pytest.approx(expected.face.probability, abs=1e-3)
    assert found["reason"] == expected.reason
    assert (found["logits"] is None) == (expected.logits is None)
    if expected.logits is not None:
        both = probabilities(np.array([found["logits"], expected.logits]), 1.0)
        assert np.abs(both[0] - both[1]).max() <= MAX_PROBABILITY_GAP


def test_the_device_reads_what_the_server_reads(visitor: Page, films: list[tuple[int, Picture]]):
    face = FacePipeline(hub.ROOT / "face", "cpu")
    reader = device_reader(face)  # the chain is compared, whichever net is in it
    told = open_device(visitor, face)
    assert told["loaded"] == told["total"] > 1_000_000
    frames = [frame for _, frame in films]
    for (count, frame), read in zip(films, read_on_device(visitor, frames), strict=True):
        expected = read_picture(reader, frame)
        assert len(read["faces"]) == len(expected) == count
        for found, one in zip(read["faces"], expected, strict=True):
            compare(found, one)

    lying, boxes = frames[3], [read_picture(reader, frames[3])[0].face.box + 2]
    for frame, rolls in ((lying, [88.0]), (frames[6], [0.0])):  # followed, and lost
        expected = read_picture(reader, frame, boxes, rolls)
        following = [box.tolist() for box in boxes]
        (read,) = read_on_device(visitor, [frame], following, rolls)
        assert [found is None for found in read["faces"]] == [one is None for one in expected]
        for found, one in zip(read["faces"], expected, strict=True):
            if one is not None:
                compare(found, one)
