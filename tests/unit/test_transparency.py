"""What is transparent in a picture gets a ground from which the rest stands out."""

import pytest
from PIL import Image, ImageDraw

from mmsent.media import (
    open_image,
)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "RGBa"])
@pytest.mark.parametrize(
    ("ink", "dark_ground"), [(255, True), (0, False), (235, True), (40, False)]
)
def test_what_is_opaque_stands_out_from_the_ground(mode: str, ink: int, dark_ground: bool) -> None:
    image = Image.new("RGBA", (200, 80), (0, 0, 0, 0))
    ImageDraw.Draw(image).rectangle((20, 20, 180, 60), fill=(ink, ink, ink, 255))
    if mode == "P":
        image = image.quantize(8)
    shown = open_image(image.convert("RGBA").convert(mode) if mode not in ("RGBA", "P") else image)
    ground, words = int(shown[2, 2].mean()), int(shown[40, 100].mean())
    assert abs(words - ground) > 100
    assert (ground < words) == dark_ground


def test_dark_and_light_words_on_nothing_both_stand_out() -> None:
    image = Image.new("RGBA", (200, 80), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rectangle((20, 20, 80, 60), fill=(255, 255, 255, 255))
    draw.rectangle((120, 20, 180, 60), fill=(0, 0, 0, 255))
    shown = open_image(image).mean(axis=2)
    assert min(abs(shown[40, 50] - shown[2, 2]), abs(shown[40, 150] - shown[2, 2])) >= 60


def test_a_picture_that_is_wholly_transparent_is_white() -> None:
    assert open_image(Image.new("RGBA", (9, 9), (0, 0, 0, 0))).min() == 255
