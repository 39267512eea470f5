"""What the page's own device gets to read faces itself (live/device.js): addresses of the nets and of
what runs them, and every constant of the way from a picture to logits."""

import hashlib
import logging
from collections.abc import Callable
from typing import Any, Final

from facenet_pytorch import MTCNN

from mmsent import face_boxes, face_nets, face_quality, face_tracker, faces
from mmsent.device_nets import device_nets, device_reader
from mmsent.face_rotation import MAX_UPRIGHT_ROLL
from mmsent.hub import CheckpointError
from mmsent.pipelines import live
from mmsent.pipelines.face import FacePipeline
from mmsent.ui.common import assets, downloads

log = logging.getLogger(__name__)
# Faces read in one picture by a net that was not made for it: more take turns, so that boxes stay with
# their faces. A student reads as many as the server.
MAX_READ_LARGE: Final = 1
MODULE: Final = "live/device.js"
RUNTIME: Final = assets.UI / "live/runtime/ort-wasm-simd-threaded.wasm.gz"


# (name, version, what makes the content) -> the address of a file, relative to MODULE's
Place = Callable[[str, str, Callable[[], bytes]], str]


def offered(name: str, version: str, make: Callable[[], bytes]) -> str:
    """Where the running app serves a file: from here on it can be fetched."""
    return downloads.from_module(downloads.offer(name, version, make), MODULE)


def device_config(face: FacePipeline, place: Place = offered) -> dict[str, Any] | None:
    """The ``config`` that ``makeSource`` of live/device.js takes, as JSON; None where the checkpoint
    can't be sent to a browser. ``place`` says where each file that it names lies.

    ``core`` holds the constants of live/core.js that are those of the net on the device, where it
    is another one than the server's.
    """
    try:
        reader = device_reader(face)
    except CheckpointError as error:
        log.warning("live faces are read on the server alone: %s", error)
        return None
    return nets_config(reader, place) | {
        "maxRead": MAX_READ_LARGE if reader is face else live.MAX_CLASSIFIED_PER_FRAME
    }


def nets_config(reader: FacePipeline, place: Place = offered) -> dict[str, Any]:
    """The ``config`` that ``Nets`` of live/nets.js takes for the net of ``reader``, with ``core``
    and ``place`` as above."""
    runtime = hashlib.sha256(RUNTIME.read_bytes()).hexdigest()
    files = {"runtime": place("runtime.wasm.gz", runtime[:32], RUNTIME.read_bytes)}
    for name, net in device_nets(reader).items():
        files[name] = place(f"{name}.onnx", net.fingerprint, net.file)
    return {
        "files": files,
        "detector": _detector(),
        "face": {
            "size": reader.size,
            "source": reader.source,
            "frame": vars(reader.frame),
            "labels": len(reader.labels),
            "temperature": reader.temperature,
        },
        "quality": _quality(),
        "core": {
            "threshold": reader.threshold,
            "baselineMargin": live.BASELINE_MARGIN / reader.temperature,
        },
    }


def _detector() -> dict[str, Any]:
    mtcnn = MTCNN(keep_all=True)
    return {
        "thresholds": mtcnn.thresholds,
        "factor": mtcnn.factor,
        "minFaceSize": face_nets.MIN_FACE_SIZE,
        "minProbability": face_nets.MIN_PROBABILITY,
        "minFaceShare": face_tracker.MIN_FACE_SHARE,
        "minUprightProbability": face_boxes.MIN_UPRIGHT_PROBABILITY,
        "minSameFaceShare": face_boxes.MIN_SAME_FACE_SHARE,
        "maxUprightRoll": MAX_UPRIGHT_ROLL,
        "minTurnedProbability": faces.MIN_TURNED_PROBABILITY,
        "maxRollSteps": faces.MAX_ROLL_STEPS,
        "searchMargin": faces.SEARCH_MARGIN,
        "minCutShare": faces.MIN_CUT_SHARE,
        "minCutShareThorough": faces.MIN_CUT_SHARE_THOROUGH,
        "minTurnedShare": faces.MIN_TURNED_SHARE,
        "minCutProbability": faces.MIN_CUT_PROBABILITY,
        "edgeTolerance": faces.EDGE_TOLERANCE,
    }


def _quality() -> dict[str, Any]:
    return {
        "minSpan": face_quality.MIN_SPAN,
        "minShareInside": face_quality.MIN_SHARE_INSIDE,
        "minDetail": face_quality.MIN_DETAIL,
        "minFaceProbability": face_quality.MIN_FACE_PROBABILITY,
        "tooSmall": face_quality.TOO_SMALL,
        "cutOff": face_quality.CUT_OFF,
        "blurred": face_quality.BLURRED,
        "unclear": face_quality.UNCLEAR,
    }
