"""What the page's live core is told (mmsent/ui/live): thresholds, seconds and sizes, each written
down in Python alone."""

import os
from typing import Any, Final, Protocol

from mmsent import face_tracker
from mmsent.face_rotation import MAX_UPRIGHT_ROLL
from mmsent.labels import EMOTION_COLOURS, FACE_EMOTIONS, NOT_SURE
from mmsent.pipelines import live
from mmsent.pipelines.face import FacePipeline
from mmsent.ui.face.device import Place, device_config, offered

MAX_FACES: Final = 30
SIDE: Final = 320  # pixels of the longer side of the pictures that are read
RECORD_EVERY: Final = 0.2  # seconds between recorded moments: five a second
RECORD_SECONDS: Final = 30 * 60.0
MAX_ROWS: Final = 40_000
CSV_HEADER: Final = (
    *("seconds", "track", "x0", "y0", "x1", "y1", "frame_width", "frame_height"),
    *FACE_EMOTIONS,
)

# The device is left for the server, unless the visitor chose it, where the median of so many first
# readings takes longer than so many ms.
TRIAL_READINGS: Final = 20
SLOWEST_READING: Final = 100


class Calibrated(Protocol):
    """What the core needs to know of ``FacePipeline``."""

    threshold: float
    temperature: float


def live_settings(face: FacePipeline, place: Place = offered) -> dict[str, Any]:
    """All that face/live.js takes: names, ``core``, ``device``, what its source of readings takes,
    or None where the loaded checkpoint can't run in a browser, which of both reads by ``default``,
    and when the ``trial`` of the device has failed. ``place`` as ``device_config`` takes it."""
    return {
        "emotions": FACE_EMOTIONS,
        "colours": EMOTION_COLOURS,
        "core": core_settings(face),
        "device": device_config(face, place),
        "default": reads_by_default(),
        "trial": {"readings": TRIAL_READINGS, "slowest": SLOWEST_READING},
    }


def reads_by_default() -> str:
    """Where faces are read as long as the visitor does not choose, "device" or "server"; an owner
    with a GPU may turn it around."""
    return "server" if os.environ.get("MMSENT_LIVE") == "server" else "device"


def core_settings(face: Calibrated) -> dict[str, Any]:
    """The constants that ``Core`` of live/core.js takes, as JSON. Those that count logits are of
    logits divided by the checkpoint's temperature."""
    return {
        "emotions": FACE_EMOTIONS,
        "notSure": NOT_SURE,
        "side": SIDE,
        "threshold": face.threshold,
        "labelMargins": live.LABEL_MARGINS,
        "thresholdFactors": live.THRESHOLD_FACTORS,
        "hysteresis": live.HYSTERESIS,
        "baselineSeconds": live.BASELINE_SECONDS,
        "baselineMargin": live.BASELINE_MARGIN / face.temperature,
        "recordEvery": RECORD_EVERY,
        "recordSeconds": RECORD_SECONDS,
        "maxRows": MAX_ROWS,
        "csvHeader": CSV_HEADER,
        "tracks": {
            "searchSeconds": face_tracker.SEARCH_SECONDS,
            "minSearchFrames": face_tracker.MIN_SEARCH_FRAMES,
            "searchSecondsWhileLost": face_tracker.SEARCH_SECONDS_WHILE_LOST,
            "searchRest": live.SEARCH_REST,
            "lostTrackSeconds": face_tracker.LOST_TRACK_SECONDS,
            "minFollowOverlap": face_tracker.MIN_FOLLOW_OVERLAP,
            "minMatchOverlap": face_tracker.MIN_MATCH_OVERLAP,
            "duplicateOverlap": face_tracker.DUPLICATE_OVERLAP,
            "minKeepProbability": face_tracker.MIN_KEEP_PROBABILITY,
            "maxMisses": face_tracker.MAX_MISSES,
            "maxFaces": MAX_FACES,
            "maxUprightRoll": MAX_UPRIGHT_ROLL,
        },
    }
