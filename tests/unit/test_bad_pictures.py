"""What is no picture, or only a part of one, gets one sentence, and no bytes crash the reader."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mmsent.media import (
    MAX_BYTES,
    MediaError,
    open_image,
)
from tests.heic import write_heic
from tests.pictures import encode, quarters


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
