"""Opens what visitors send. Every limit on size, pixels and type is enforced here and nowhere else."""

import io
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

Picture = NDArray[np.uint8]  # (height, width, 3) RGB
ImageSource = str | Path | bytes | Image.Image | Picture

MAX_BYTES = 40 * 2**20
MAX_PIXELS = 64_000_000  # a 64-megapixel photo takes 192 MB in memory
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")  # multi-picture phone files (MPO) open as JPEG
Image.init()  # Image.open(formats=...) knows only plugins that are loaded


class MediaError(ValueError):
    """Something is wrong with what the visitor sent; its text is one sentence to show as it is."""


def open_image(source: ImageSource, max_pixels: int = MAX_PIXELS) -> Picture:
    """Any picture as RGB uint8 (height, width, 3), upright: EXIF rotation applied, transparency laid on white, 16 bits
    brought to 8, CMYK converted, the first frame of an animation.

    ``source`` is a path, encoded bytes, a PIL image, or an array: (H, W) grey, (H, W, 3) RGB or (H, W, 4) RGBA, uint8.
    Raises MediaError with a sentence for the visitor where it can't.
    """
    if isinstance(source, np.ndarray):
        return _from_array(source, max_pixels)
    if isinstance(source, Image.Image):
        _check_size(source, max_pixels)
        return _to_rgb(source)
    raw = source if isinstance(source, bytes) else _read(Path(source))
    if not raw:
        raise MediaError("The file is empty (0 bytes). Please choose another picture.")
    if len(raw) > MAX_BYTES:
        raise MediaError(f"The file is larger than {MAX_BYTES // 2**20} MB. Please send a smaller picture.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # our own limit stands below; Pillow's warning would only repeat it
            with Image.open(io.BytesIO(raw), formats=FORMATS) as image:
                _check_size(image, max_pixels)
                return _to_rgb(image)
    except MediaError:
        raise
    except Image.DecompressionBombError:
        raise MediaError(_too_large(max_pixels)) from None
    except Image.UnidentifiedImageError:
        raise MediaError("This is not a picture we can read. Please send a JPEG, PNG, WebP, GIF, BMP or TIFF.") from None
    except Exception:  # Pillow's decoders raise OSError, SyntaxError, ValueError, struct.error ... on damaged files
        raise MediaError("The picture is damaged or incomplete. Please save it again or choose another.") from None


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise MediaError(f"The file is larger than {MAX_BYTES // 2**20} MB. Please send a smaller picture.")
        return path.read_bytes()
    except OSError:
        raise MediaError(f"There is no readable file “{path.name}”.") from None


def _too_large(max_pixels: int) -> str:
    return f"The picture has more than {max_pixels // 1_000_000} megapixels. Please send a smaller one."


def _check_size(image: Image.Image, max_pixels: int) -> None:
    if image.width * image.height > max_pixels:
        raise MediaError(_too_large(max_pixels))


def _to_rgb(image: Image.Image) -> Picture:
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I") or image.mode == "F":
        return _sixteen_bits(np.asarray(image))
    if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return np.array(image.convert("RGB"))


def _sixteen_bits(values: NDArray) -> Picture:
    """Grey of any depth to 8 bits: 16-bit pictures by their range of 65,535, anything else by its own maximum."""
    grey = np.nan_to_num(values.astype(np.float32)).clip(0)
    top = 65535.0 if grey.max() > 255 and grey.max() <= 65535 else max(float(grey.max()), 255.0)
    return np.repeat((grey * (255 / top)).astype(np.uint8)[..., None], 3, axis=2)


def _from_array(array: Picture, max_pixels: int) -> Picture:
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or 0 in array.shape:
        raise MediaError("A picture given as an array must be uint8 of shape (H, W), (H, W, 3) or (H, W, 4).")
    if array.ndim == 3 and array.shape[2] not in (3, 4):
        raise MediaError("A picture given as an array must have 3 (RGB) or 4 (RGBA) channels.")
    if array.shape[0] * array.shape[1] > max_pixels:
        raise MediaError(_too_large(max_pixels))
    return array if array.ndim == 3 and array.shape[2] == 3 else _to_rgb(Image.fromarray(array))
