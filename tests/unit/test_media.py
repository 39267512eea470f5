"""Opening pictures: every kind gives the right pixels or one sentence."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from mmsent.media import (
    ANIMATED,
    IMAGE_SUFFIXES,
    MAX_BYTES,
    MULTIPLE_IMAGES,
    MULTIPLE_PAGES,
    MediaError,
    image_notes,
    is_image,
    open_image,
)
from tests.heic import write_heic


def encode(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def quarters() -> Image.Image:
    """40 wide, 20 high: red, green / blue, white."""
    pixels = np.zeros((20, 40, 3), np.uint8)
    pixels[:10, :20], pixels[:10, 20:], pixels[10:, :20], pixels[10:, 20:] = (
        (255, 0, 0),
        (0, 255, 0),
        (0, 0, 255),
        255,
    )
    return Image.fromarray(pixels)


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


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "empty"),
        (b"hello, I am a text file", "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
        (encode(quarters(), "JPEG")[:300], "damaged"),
        (b"x" * (MAX_BYTES + 1), "larger than"),
    ],
)
def test_bad_files_get_one_sentence(raw, words):
    with pytest.raises(MediaError, match=words) as caught:
        open_image(raw)
    assert str(caught.value).endswith(".")


def test_decompression_bomb_is_refused_before_decoding():
    bomb = encode(Image.new("1", (20_000, 20_000)), "PNG")
    assert len(bomb) < 200_000
    with pytest.raises(MediaError, match="megapixels"):
        open_image(bomb)


@pytest.mark.parametrize("name", ["nothing.jpg", "a\0b", ".", "/dev/zero"])
def test_what_is_no_file(tmp_path, name):
    with pytest.raises(MediaError, match="no readable file"):
        open_image(tmp_path / name)


def test_a_pil_image_without_pixels():
    with pytest.raises(MediaError, match="no pixels"):
        open_image(Image.new("RGB", (0, 0)))


@pytest.mark.parametrize("source", [None, 5, [[1, 2]]])
def test_what_is_no_picture_at_all_is_a_mistake_of_the_caller(source):
    with pytest.raises(TypeError, match="a picture is a path"):
        open_image(source)


def test_a_pil_image_that_is_cut_off():
    whole = encode(quarters(), "PNG")
    with Image.open(io.BytesIO(whole[:-30])) as image, pytest.raises(MediaError, match="damaged"):
        open_image(image)


VALID = [encode(quarters(), kind) for kind in ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "AVIF")]
VALID.append(write_heic([np.asarray(quarters())]))


@settings(max_examples=200, deadline=None)
@given(
    raw=st.sampled_from(VALID),
    changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=12),
    end=st.integers(0, 10_000),
)
def test_damaged_bytes_never_crash(raw, changes, end):
    damaged = bytearray(raw)
    for place, value in changes:
        damaged[place % len(damaged)] = value
    try:
        picture = open_image(bytes(damaged[: max(1, end)]))
    except MediaError:
        return
    assert picture.ndim == 3
    assert picture.shape[2] == 3
    assert picture.dtype == np.uint8


MODES = ("1", "L", "P", "RGB", "RGBA", "I;16", "CMYK")


@settings(max_examples=50, deadline=None)
@given(width=st.integers(1, 64), height=st.integers(1, 64), mode=st.sampled_from(MODES))
def test_any_size_and_mode(width, height, mode):
    kind = "TIFF" if mode == "CMYK" else "PNG"
    assert open_image(encode(Image.new(mode, (width, height)), kind)).shape == (height, width, 3)


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
