"""What the page's reader of photos is told (live/photo_reader.js): limits, words and constants, each
written down in Python alone."""

import hashlib
from typing import Any, Final

from mmsent import explain, face_quality, media
from mmsent.labels import EMOTION_COLOURS, FACE_EMOTIONS, NOT_SURE
from mmsent.pipelines.face import MAX_SEARCH_SIDE, FacePipeline
from mmsent.ui.common import assets, render
from mmsent.ui.face.about import trust
from mmsent.ui.face.device import Place, nets_config, offered
from mmsent.ui.face.example import EXAMPLE
from mmsent.ui.face.live_settings import reads_by_default

EXAMPLE_BUTTON: Final = "photo-example-astronaut"  # the elem_id of its button
UNKNOWN_HERE: Final = "This browser can't open {} pictures."
NO_MEMORY: Final = "This device has too little memory for so large a picture."


def photo_names(face: FacePipeline) -> dict[str, Any]:
    """The ``names`` that face/photo_draw.js takes, as JSON."""
    return {
        "emotions": FACE_EMOTIONS,
        "colours": EMOTION_COLOURS,
        "notSure": NOT_SURE,
        "trusted": trust(face.metrics),
    }


def photo_settings(face: FacePipeline, place: Place = offered) -> dict[str, Any]:
    """All that face/photo_own.js takes, as JSON: ``device``, what its reader takes, what reads by
    ``default``, and the ``examples`` by the ids of their buttons."""
    content = (assets.EXAMPLES / EXAMPLE).read_bytes()
    address = place(EXAMPLE, hashlib.sha256(content).hexdigest()[:32], lambda: content)
    return {
        "device": photo_config(face, place),
        "default": reads_by_default(),
        "examples": {EXAMPLE_BUTTON: {"address": address, "name": EXAMPLE}},
    }


def photo_config(face: FacePipeline, place: Place = offered) -> dict[str, Any]:
    """The ``config`` that ``makeReader`` of live/photo_reader.js takes for the net of ``face``, as
    JSON. The server reads photos with the same net, so both give the same answers. ``place`` as
    ``device_config`` takes it."""
    return nets_config(face, place) | {
        "photo": {
            "emotions": FACE_EMOTIONS,
            "maxBytes": media.MAX_BYTES,
            "maxPixels": media.MAX_PIXELS,
            "maxSearchSide": MAX_SEARCH_SIDE,
            "places": explain.PLACES,
            "blurShare": explain.BLUR_SHARE,
            "epsilon": explain.EPSILON,
            "heatColours": render.HEAT_COLOURS.tolist(),
            "backgrounds": media.BACKGROUNDS,
            "sampleSide": media.SAMPLE_SIDE,
            "solidAlpha": media.SOLID_ALPHA,
            "rim": media.RIM,
            "lowContrastShare": media.LOW_CONTRAST_SHARE,
            "enoughContrast": media.ENOUGH_CONTRAST,
            "contrastStep": media.CONTRAST_STEP,
            "sentences": {
                "empty": media.EMPTY_FILE,
                "tooLarge": media.LARGE_FILE,
                "noPicture": media.NO_PICTURE,
                "noPixels": media.NO_PIXELS,
                "tooManyPixels": media.many_pixels(),
                "damaged": media.DAMAGED,
                "animation": media.ANIMATED,
                "images": media.MULTIPLE_IMAGES,
                "turned": face_quality.TURNED_NOTE,
                "poor": face_quality.POOR_NOTE,
                "unknownHere": UNKNOWN_HERE,
                "noMemory": NO_MEMORY,
            },
        }
    }
