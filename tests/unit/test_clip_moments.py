"""What the answers of single moments say together."""

from dataclasses import replace

import numpy as np
import pytest

from mmsent.labels import CONVERSATION_EMOTIONS
from mmsent.pipelines.clip_moments import (
    agreement,
    is_conflict,
    mean_weights,
    modality_weights,
    renumber_tracks,
    weighted_mean_scores,
)
from mmsent.results import ClipFace, Moment, Scores


def _moment(seconds: float, **tops: str) -> Moment:
    sides = {name: _sure(top) for name, top in tops.items()}
    return Moment(0.0, seconds, "", _sure("joy"), _sure("joy"), sides)


def _weighed(seconds: float, **weights: float) -> Moment:
    return replace(_moment(seconds), weights=weights)


def _sure(top: str, unsure: bool = False) -> Scores:
    return Scores(
        CONVERSATION_EMOTIONS, tuple(float(label == top) for label in CONVERSATION_EMOTIONS), unsure
    )


def test_weights_are_shares_of_what_leaving_out_moves():
    fused, moved, still = np.array([0.6, 0.4]), np.array([0.3, 0.7]), np.array([0.5, 0.5])
    assert modality_weights(fused, {"text": moved, "face": still}) == pytest.approx(
        {"text": 0.75, "face": 0.25}
    )
    assert modality_weights(fused, {"text": fused, "face": fused}) == {"text": 0.5, "face": 0.5}
    assert mean_weights([_weighed(3, text=1.0), _weighed(1, text=0.2, face=0.8)]) == pytest.approx(
        {"text": 0.8, "face": 0.2}
    )


def test_words_and_face_conflict_only_where_both_are_sure_and_opposite():
    assert is_conflict({"text": _sure("joy"), "face": _sure("sadness")})
    assert not is_conflict({"text": _sure("joy"), "face": _sure("surprise")})
    assert not is_conflict({"text": _sure("joy"), "face": _sure("anger", unsure=True)})
    assert not is_conflict({"text": _sure("joy"), "audio": _sure("anger")})
    assert (
        agreement(
            [
                _moment(1, text="joy"),
                _moment(2, text="joy", face="surprise"),
                _moment(6, text="joy", audio="fear"),
            ]
        )
        == 0.25
    )
    assert agreement([_moment(1, text="joy")]) is None
    assert (
        agreement(
            [
                _moment(2, text="neutral", face="joy"),
                _moment(6, text="fear", audio="anger", face="sadness"),
            ]
        )
        == 0.75
    )
    doubtful = {"text": _sure("joy"), "audio": _sure("joy"), "face": _sure("fear", unsure=True)}
    assert agreement([replace(_moment(1), by_modality=doubtful)]) == 1.0  # of the two that are sure
    assert (
        agreement(
            [replace(_moment(1), by_modality={"text": doubtful["face"], "face": _sure("fear")})]
        )
        is None
    )
    mixed = weighted_mean_scores([_sure("joy"), _sure("fear")], np.array([3.0, 1.0]), [0.9, 0.5])
    assert (mixed.top, mixed.confidence, mixed.unsure) == ("joy", 0.75, True)


def test_faces_are_numbered_by_their_presence():
    # tracks and heights; 5 adds up to the most
    seen = [(7, 90), (5, 40), (9, 30), (5, 40), (5, 40), (9, 30)]
    faces = [
        ClipFace(i / 5, (0, 0, 9, height), track, _sure("joy"))
        for i, (track, height) in enumerate(seen)
    ]
    told = renumber_tracks(faces)
    assert [face.track for face in told] == [2, 1, 3, 1, 1, 3]
    assert [
        replace(face, track=track) for face, (track, _) in zip(told, seen, strict=True)
    ] == faces
    assert renumber_tracks([]) == ()
