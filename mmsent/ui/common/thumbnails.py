"""Small pictures of the examples, inside the style sheet, so that they need no request and no
file."""

import base64
import io
from typing import Final

from PIL import Image, ImageOps

from mmsent.ui.common.assets import EXAMPLES

SIZE: Final = (144, 108)  # pixels, one and a half times as many as they are shown at
UPPER: Final = (0.5, 0.3)  # where portraits have their face
NAMES: Final = ("astronaut", "chelsea", "coffee", "meme_astronaut", "meme_cat", "meme_coffee")


def thumbnail_class(picture: str) -> str:
    """The class of an element that shows the example of that file name as ``var(--thumb)``."""
    return f"thumb-{picture.partition('.')[0]}"


def thumbnails_css() -> str:
    """A rule for each example's class."""
    return "\n".join(
        f".{thumbnail_class(name)} {{ --thumb: url(data:image/jpeg;base64,{_small(name)}); }}"
        for name in NAMES
    )


def centre_of(picture: str) -> tuple[float, float]:
    """Where the middle of a cutout of that example is, as parts of its width and height."""
    return UPPER if picture == "astronaut" else (0.5, 0.5)


def _small(name: str) -> str:
    with Image.open(EXAMPLES / f"{name}.jpg") as picture:
        small = ImageOps.fit(picture.convert("RGB"), SIZE, centering=centre_of(name))
    file = io.BytesIO()
    small.save(file, "JPEG", quality=72, optimize=True)
    return base64.b64encode(file.getvalue()).decode()
