"""Opening pictures: every kind gives the right pixels or one sentence."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mmsent.media import (
    ANIMATED,
    IMAGE_SUFFIXES,
    MULTIPLE_IMAGES,
    MULTIPLE_PAGES,
    MediaError,
    image_notes,
    is_image,
    open_image,
)
from tests.heic import write_heic
from tests.pictures import encode, quarters


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF", "AVIF"])
def test_formats_keep_their_pixels(kind):
    picture = open_image(encode(quarters(), kind))
    assert picture.shape == (20, 40, 3)
    assert picture.dtype == np.uint8
    assert abs(int(picture[3, 3, 0]) - 255) < 12
    assert picture[3, 3, 1] < 12


@pytest.mark.parametrize(
    ("orientation", "top_left"),
    [(1, (255, 0, 0)), (3, (255, 255, 255)), (6, (0, 0, 255)), (8, (0, 255, 0))],
)
def test_exif_rotation_is_applied(orientation, top_left):
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = open_image(encode(quarters(), "PNG", exif=exif))
    assert picture.shape[:2] == ((20, 40) if orientation in (1, 3) else (40, 20))
    assert tuple(picture[2, 2]) == top_left


def test_cmyk_is_converted():
    picture = open_image(encode(quarters().convert("CMYK"), "JPEG", quality=95))
    assert picture[15, 35].min() > 240
    assert picture[3, 3, 0] > picture[3, 3, 2] + 100


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_lies_on_white(mode):
    image = Image.new("RGBA", (8, 8), (0, 0, 0, 0)).convert(mode)
    assert open_image(encode(image, "PNG")).min() == 255


def test_sixteen_bits_are_scaled():
    values = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    picture = open_image(encode(Image.fromarray(values), "PNG"))
    assert picture.min() == 0
    assert picture.max() == 255
    assert abs(int(picture[8, 0, 0]) - 128) <= 1


def test_deep_pictures_are_scaled_by_their_kind_not_their_content():
    dark = encode(Image.fromarray(np.full((8, 8), 200, np.uint16)), "PNG")
    assert open_image(dark).max() == 0  # 200 of 65,535
    shares = encode(Image.fromarray(np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)), "TIFF")
    assert open_image(shares).max() == 255


def test_animation_gives_its_first_frame():
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")]
    picture = open_image(encode(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert tuple(picture[4, 4]) == (255, 0, 0)


def frames(kind: str, count: int) -> bytes:
    first, *rest = [Image.new("RGB", (8, 8), (60 * i, 0, 0)) for i in range(count)]
    return encode(first, kind, **({"save_all": True, "append_images": rest} if rest else {}))


def test_a_phone_writes_heic():
    picture = open_image(write_heic([np.asarray(quarters())]))
    assert picture.shape == (20, 40, 3)
    assert abs(picture[[3, 15], [3, 3]].astype(int) - [(255, 0, 0), (0, 0, 255)]).max() < 20
    assert {".heic", ".heif", ".avif", ".jpg", ".tif"} <= IMAGE_SUFFIXES


@pytest.mark.parametrize(
    ("kind", "count", "notes"),
    [
        *((kind, 1, ()) for kind in ("GIF", "WEBP", "PNG", "AVIF", "TIFF", "JPEG", "BMP")),
        *((kind, 3, (ANIMATED,)) for kind in ("GIF", "WEBP", "PNG", "AVIF")),
        ("TIFF", 2, (MULTIPLE_PAGES,)),
        ("MPO", 2, (MULTIPLE_IMAGES,)),
    ],
)
def test_what_is_left_out_of_a_file_is_told(kind, count, notes, tmp_path):
    content, path = frames(kind, count), tmp_path / "picture"
    path.write_bytes(content)
    assert image_notes(content) == image_notes(path) == image_notes(str(path)) == notes
    with Image.open(path) as image:
        assert image_notes(image) == notes
        assert image.tell() == 0
        if notes:
            image.seek(1)
            assert image_notes(image) == ()


def test_what_is_left_out_of_heic_is_told():
    assert image_notes(write_heic([np.asarray(quarters())])) == ()
    assert image_notes(write_heic([np.asarray(quarters())] * 2)) == (MULTIPLE_IMAGES,)


def test_a_smaller_copy_is_not_another_picture():
    content = frames("MPO", 2)
    # MP entries; the second one's kind follows 16 bytes after the first's
    at = content.index(b"\x02\xb0")
    entry = content.index(b"\x00\x00\x03\x00", at)
    thumbnail = bytearray(content)
    thumbnail[entry + 16 : entry + 20] = b"\x01\x00\x01\x00"
    assert image_notes(bytes(thumbnail)) == ()


def test_an_animation_may_be_damaged_after_its_first_frame():
    content = frames("GIF", 3)
    for end in range(len(frames("GIF", 1)), len(content), 7):
        assert image_notes(content[:end]) in ((), (ANIMATED,))


def test_a_picture_is_known_by_its_content(tmp_path, monkeypatch):
    path = tmp_path / "no ending"
    for content, known in (
        (frames("JPEG", 1), True),
        (frames("AVIF", 1), True),
        (b"words", False),
        (b"", False),
    ):
        path.write_bytes(content)
        assert is_image(path) == known
    path.write_bytes(frames("PNG", 1))
    with monkeypatch.context() as patch:
        patch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
        assert is_image(path)  # too large to be read, which is another matter
    assert not is_image(tmp_path / "gone")
    assert not is_image(tmp_path)


def test_one_pixel():
    assert open_image(encode(Image.new("RGB", (1, 1), "red"), "PNG")).shape == (1, 1, 3)


def test_arrays_and_pil_images():
    grey = np.full((4, 6), 7, np.uint8)
    assert open_image(grey).tolist() == np.full((4, 6, 3), 7).tolist()
    assert open_image(np.zeros((4, 6, 4), np.uint8)).min() == 255
    assert open_image(quarters()).shape == (20, 40, 3)
    with pytest.raises(MediaError):
        open_image(np.zeros((4, 6), np.float32))
    with pytest.raises(MediaError):
        open_image(np.zeros((0, 6), np.uint8))


MODES = ("1", "L", "P", "RGB", "RGBA", "I;16", "CMYK")


@settings(max_examples=50, deadline=None)
@given(width=st.integers(1, 64), height=st.integers(1, 64), mode=st.sampled_from(MODES))
def test_any_size_and_mode(width, height, mode):
    kind = "TIFF" if mode == "CMYK" else "PNG"
    assert open_image(encode(Image.new(mode, (width, height)), kind)).shape == (height, width, 3)
