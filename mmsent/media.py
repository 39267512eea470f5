"""Opens what visitors send. Every limit on size, pixels and type is enforced here and nowhere else."""

import io
import warnings
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

Picture = NDArray[np.uint8]  # (height, width, 3) RGB
ImageSource = str | Path | bytes | Image.Image | Picture

MAX_BYTES = 40 * 2**20
MAX_PIXELS = 64_000_000  # takes 192 MB as an array, and while it is decoded about three times as much
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")  # multi-picture phone files (MPO) open as JPEG
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)  # our own, lower limit stands below
ANIMATED = ("GIF", "WEBP", "PNG")  # pages of a TIFF do not move
MOVES = "This picture moves; only its first frame was read."
Image.init()  # Image.open(formats=...) knows only plugins that are loaded


class MediaError(ValueError):
    """Something is wrong with what the visitor sent; its text is one sentence to show as it is."""


def open_image(source: ImageSource, max_pixels: int = MAX_PIXELS) -> Picture:
    """Any picture as RGB uint8 (height, width, 3), upright: EXIF rotation applied, transparency laid on white, 16 bits
    brought to 8, CMYK converted, the first frame of an animation.

    ``source`` is a path, encoded bytes, a PIL image, or an array: (H, W) grey, (H, W, 3) RGB or (H, W, 4) RGBA, uint8.
    Raises MediaError with a sentence for the visitor where it can't, and TypeError where ``source`` is none of these.
    """
    if isinstance(source, np.ndarray):
        return _from_array(source, max_pixels)
    if not isinstance(source, str | Path | bytes | Image.Image):
        raise TypeError(f"a picture is a path, bytes, a PIL image or an array, not {type(source).__name__}")
    if isinstance(source, str | Path):
        source = _read(Path(source))
    if isinstance(source, bytes):
        if not source:
            raise MediaError("The file is empty (0 bytes). Please choose another picture.")
        if len(source) > MAX_BYTES:
            raise MediaError(f"The file is larger than {MAX_BYTES // 2**20} MB. Please send a smaller picture.")
    try:
        image = Image.open(io.BytesIO(source), formats=FORMATS) if isinstance(source, bytes) else source
        if not image.width * image.height:
            raise MediaError("The picture has no pixels. Please choose another.")
        if image.width * image.height > max_pixels:
            raise MediaError(_too_large(max_pixels))
        return _to_rgb(image)
    except MediaError:
        raise
    except Image.DecompressionBombError:
        raise MediaError(_too_large(max_pixels)) from None
    except Image.UnidentifiedImageError:
        raise MediaError("This is not a picture we can read. Please send a JPEG, PNG, WebP, GIF, BMP or TIFF.") from None
    except Exception:  # Pillow's decoders raise OSError, SyntaxError, ValueError, struct.error ... on damaged files
        raise MediaError("The picture is damaged or incomplete. Please save it again or choose another.") from None


def given(source: ImageSource | float | None) -> ImageSource | None:
    """The picture, None where there is none: None, an empty name or, as tables have it, NaN."""
    nothing = source is None or is_nan(source) or (isinstance(source, str) and not source)
    return None if nothing else source  # type: ignore[return-value]  # whatever else it is, open_image says


def is_nan(value: Any) -> bool:
    """Whether it is what tables hold where a cell is empty."""
    return isinstance(value, float) and isnan(value)


def moves(source: ImageSource) -> bool:
    """Whether a picture that ``open_image`` takes is an animation (GIF, WebP or PNG), of which it gives the first frame."""
    if isinstance(source, np.ndarray):
        return False
    if isinstance(source, Image.Image):
        return source.format in ANIMATED and getattr(source, "is_animated", False)
    try:
        with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=ANIMATED) as image:
            return getattr(image, "is_animated", False)
    except Exception:  # another kind; or it looks for the second frame, and a damaged one raises as above
        return False


def _read(path: Path) -> bytes:
    """The whole file, or one byte more than the limit: never more, whatever the file says of its own size."""
    try:
        if not path.is_file():  # a device has no end
            raise OSError
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError):  # ValueError: a name that no file can have
        raise MediaError("There is no readable file of that name.") from None


def _too_large(max_pixels: int) -> str:
    return f"The picture has more than {max_pixels // 1_000_000} megapixels. Please send a smaller one."


def _to_rgb(image: Image.Image) -> Picture:
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I") or image.mode == "F":
        return _eight_bits(np.asarray(image), image.mode)
    if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        image = image.convert("RGBA")
        ground = Image.new("RGB", image.size, "white")
        ground.paste(image, mask=image.getchannel("A"))
        return np.array(ground)
    return np.array(image.convert("RGB"))


def _eight_bits(values: NDArray, mode: str) -> Picture:
    """Deep grey to 8 bits: 16 bits by their range, other numbers by the smallest usual range (1, 255, 65,535) that holds
    them, so that two photos of one kind are scaled alike."""
    grey = np.nan_to_num(values.astype(np.float32)).clip(0)
    brightest = float(grey.max())
    usual = (top for top in (1.0, 255.0, 65535.0) if brightest <= top)
    top = 65535.0 if mode.startswith("I;16") else next(usual, brightest)
    return np.repeat((grey * (255 / top)).astype(np.uint8)[..., None], 3, axis=2)


def _from_array(array: Picture, max_pixels: int) -> Picture:
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or 0 in array.shape:
        raise MediaError("A picture given as an array must be uint8 of shape (H, W), (H, W, 3) or (H, W, 4).")
    if array.ndim == 3 and array.shape[2] not in (3, 4):
        raise MediaError("A picture given as an array must have 3 (RGB) or 4 (RGBA) channels.")
    if array.shape[0] * array.shape[1] > max_pixels:
        raise MediaError(_too_large(max_pixels))
    return array if array.ndim == 3 and array.shape[2] == 3 else _to_rgb(Image.fromarray(array))
