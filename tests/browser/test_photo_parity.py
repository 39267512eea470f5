"""A photo that the visitor's own device reads has the answer that the server gives: the same faces,
probabilities, notes and sentences, from the nets that ship."""

import io
from typing import Any, Final

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page
from skimage.data import astronaut

from mmsent import hub, media
from mmsent.media import MediaError, Picture, open_image
from mmsent.pipelines.face import FacePipeline
from mmsent.ui.common import assets, render
from tests.chromium import no_face
from tests.photo_page import explain_face, open_reader, read_photo

MAX_GAP, MAX_HEAT_GAP = 0.01, 8  # of probabilities, and of the map's opacity 0..255 in the mean
ORIENTATION: Final = 274  # of EXIF
PORTRAIT: Final = astronaut()[:300, 70:400]


def encoded(picture: Picture, kind: str = "PNG", **how: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(file, kind, **how)
    return file.getvalue()


def turned_by_camera() -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    return encoded(np.rot90(PORTRAIT), "JPEG", exif=exif)


def cut_out() -> bytes:
    """A portrait on nothing, in a dark colour and a light one."""
    alpha = np.zeros(PORTRAIT.shape[:2], np.uint8)
    alpha[20:280, 40:300] = 255
    return encoded(np.dstack([PORTRAIT, alpha]))


def animated() -> bytes:
    first = Image.fromarray(PORTRAIT)
    file = io.BytesIO()
    first.save(file, "GIF", save_all=True, append_images=[Image.fromarray(PORTRAIT[::-1])])
    return file.getvalue()


def large() -> bytes:
    """Faces in a photo that is searched at a smaller size."""
    whole = Image.fromarray(PORTRAIT).resize((660, 600))
    photo = Image.new("RGB", (2000, 700), "grey")
    photo.paste(whole, (100, 50))
    photo.paste(whole.resize((110, 100)), (1200, 300))
    return encoded(np.asarray(photo), "JPEG", quality=90)


# How many faces are in each.
PHOTOS: Final = {
    "example": (1, lambda: (assets.EXAMPLES / "astronaut.jpg").read_bytes()),
    "turned by the camera": (1, turned_by_camera),
    "lying": (1, lambda: encoded(np.rot90(PORTRAIT))),
    "upside down": (1, lambda: encoded(PORTRAIT[::-1, ::-1], "WEBP", lossless=True)),
    "cut by the edge": (1, lambda: encoded(PORTRAIT[:, 130:], "JPEG", quality=85)),
    "small": (1, lambda: encoded(PORTRAIT[::6, ::6])),
    "cut out": (1, cut_out),
    "animated": (1, animated),
    "grey": (1, lambda: encoded(PORTRAIT[..., 1])),
    "large": (2, large),
    "nobody": (0, lambda: encoded(no_face()[::2, ::2])),
}
# sentence -> file
BROKEN: Final = {
    media.EMPTY_FILE: b"",
    media.NO_PICTURE: b"this is no picture",
    media.many_pixels(): encoded(np.zeros((8001, 8000), bool), compress_level=1),
    media.DAMAGED: encoded(PORTRAIT, "JPEG")[:5000],
}


@pytest.fixture(scope="module")
def face() -> FacePipeline:
    return FacePipeline(hub.ROOT / "face", "cpu")


def compare(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert found["size"] == list(expected["size"])
    assert found["notes"] == expected["notes"]
    for one, other in zip(found["faces"], expected["faces"], strict=True):
        assert one.keys() == other.keys()
        assert np.abs(np.subtract(one["box"], other["box"])).max() <= 1
        assert np.abs(np.subtract(one["landmarks"], other["landmarks"])).max() <= 1
        assert one["detection"] == pytest.approx(other["detection"], abs=1e-3)
        assert one["quality"] == other["quality"]
        told, right = one["emotions"], other["emotions"]
        assert [told[key] for key in ("top", "unsure")] == [right["top"], right["unsure"]]
        assert told["probs"] == pytest.approx(right["probs"], abs=MAX_GAP)


def test_the_device_reads_a_photo_as_the_server_does(visitor: Page, face: FacePipeline):
    told = open_reader(visitor, face)
    assert told["loaded"] == told["total"] > 1_000_000
    for name, (count, make) in PHOTOS.items():
        content = make()
        found, expected = read_photo(visitor, content), face.predict(content).to_dict()
        assert len(found.get("faces", [found])) == len(expected["faces"]) == count, name
        compare(found, expected)
        if name == "lying":
            compare_heat(visitor, face, content)
    for sentence, content in BROKEN.items():
        assert read_photo(visitor, content) == {"problem": sentence}
        with pytest.raises(MediaError) as refused:
            open_image(content)
        assert str(refused.value) == sentence


def compare_heat(visitor: Page, face: FacePipeline, content: bytes) -> None:
    part, heat = explain_face(visitor, 0, 480)
    picture = open_image(content)
    expected, moved = render.window(picture, face.predict(content).faces[0])
    layer = render.heat_layer(face.explain(expected, moved)).resize(part.size)
    assert part.size == heat.size == render.fit(expected, 480).size
    alpha = [np.asarray(one)[..., 3].astype(float) for one in (heat, layer)]
    assert alpha[1].max() > 200
    assert np.abs(alpha[0] - alpha[1]).mean() <= MAX_HEAT_GAP
    assert np.corrcoef(alpha[0].ravel(), alpha[1].ravel())[0, 1] > 0.98
