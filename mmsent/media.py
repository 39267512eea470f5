"""Opens images that visitors send. Every limit on the size, pixels and type of images is enforced
here and nowhere else."""

import io
import warnings
from math import isnan
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pi_heif import register_heif_opener
from PIL import Image, ImageOps

Picture = NDArray[np.uint8]  # (height, width, 3) RGB
ImageSource = str | Path | bytes | Image.Image | Picture

MAX_BYTES = 40 * 2**20
# takes 192 MB as an array, and while it is decoded about three times as much
MAX_PIXELS = 64_000_000
# Multi-picture files (MPO) open as JPEG.
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF", "GIF", "BMP", "TIFF")
KINDS = "JPEG, PNG, WebP, AVIF, HEIC, GIF, BMP or TIFF"  # the same in words
# our own, lower limit stands below
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
BACKGROUNDS = (255, 0, 128, 192, 64)  # greys behind transparent parts, in order of preference
SAMPLE_SIDE = 1500  # pixels of the longer side at which the background is chosen
# share of the highest opacity that counts as solid; pixels that the rim of what is solid is looked
# for in
SOLID_ALPHA, RIM = 0.75, 7
LOW_CONTRAST_SHARE = 0.02  # share of the rim that may stand out less than the rest
# levels of grey: a contrast that is enough, and a difference that matters
ENOUGH_CONTRAST, CONTRAST_STEP = 64, 16
# What a visitor is told of a file that can't be read.
NO_FILE = "There is no readable file of that name."
EMPTY_FILE = "The file is empty (0 bytes). Please choose another picture."
LARGE_FILE = f"The file is larger than {MAX_BYTES // 2**20} MB. Please send a smaller picture."
NO_PIXELS = "The picture has no pixels. Please choose another."
MANY_PIXELS = "The picture has more than {} megapixels. Please send a smaller one."
NO_PICTURE = f"This is not a picture we can read. Please send a {KINDS}."
DAMAGED = "The picture is damaged or incomplete. Please save it again or choose another."
ANIMATED = "This image is animated; only the first frame was used."
MULTIPLE_PAGES = "This file has more than one page; only the first was used."
MULTIPLE_IMAGES = "This file holds more than one image; only the main one was used."
# The note on a file with several frames, by its format.
MULTI_FRAME_NOTES = dict.fromkeys(("GIF", "WEBP", "PNG", "AVIF"), ANIMATED) | {
    "TIFF": MULTIPLE_PAGES
}
MULTI_FRAME_NOTES |= {"MPO": MULTIPLE_IMAGES, "HEIF": MULTIPLE_IMAGES}
THUMBNAIL = "Large Thumbnail"  # of a camera's MPO: the same picture, smaller
Image.init()  # Image.open(formats=...) knows only plugins that are loaded
register_heif_opener()
IMAGE_SUFFIXES = frozenset(
    ending for ending, kind in Image.registered_extensions().items() if kind in (*FORMATS, "MPO")
)  # of files that are pictures by their name


class MediaError(ValueError):
    """The input can't be used; its text is one sentence to show as it is."""


def open_image(source: ImageSource, max_pixels: int = MAX_PIXELS) -> Picture:
    """The image as RGB uint8 (height, width, 3), upright: EXIF rotation applied, 16 bits brought
    to 8, CMYK converted, the first frame of an animation, transparency laid on white or, where what
    is opaque would not stand out from that, on another grey.

    ``source`` is a path, encoded bytes, a PIL image, or an array: (H, W) grey, (H, W, 3) RGB or (H,
    W, 4) RGBA, uint8. Raises MediaError with a sentence for the visitor where it can't, and
    TypeError where ``source`` is none of these.
    """
    if isinstance(source, np.ndarray):
        return _from_array(source, max_pixels)
    if not isinstance(source, str | Path | bytes | Image.Image):
        raise TypeError(
            f"a picture is a path, bytes, a PIL image or an array, not {type(source).__name__}"
        )
    if isinstance(source, str | Path):
        source = _read(Path(source))
    if isinstance(source, bytes):
        if not source:
            raise MediaError(EMPTY_FILE)
        if len(source) > MAX_BYTES:
            raise MediaError(LARGE_FILE)
    try:
        image = (
            Image.open(io.BytesIO(source), formats=FORMATS) if isinstance(source, bytes) else source
        )
        if not image.width * image.height:
            raise MediaError(NO_PIXELS)
        if image.width * image.height > max_pixels:
            raise MediaError(many_pixels(max_pixels))
        return _to_rgb(image)
    except MediaError:
        raise
    except Image.DecompressionBombError:
        raise MediaError(many_pixels(max_pixels)) from None
    except Image.UnidentifiedImageError:
        raise MediaError(NO_PICTURE) from None
    # Pillow's decoders raise OSError, SyntaxError, ValueError, struct.error ... on damaged files
    except Exception:
        raise MediaError(DAMAGED) from None


def none_if_missing(source: ImageSource | float | None) -> ImageSource | None:
    """``source``, or None where it is missing: None, an empty name or, as tables have it, NaN."""
    missing = source is None or is_nan(source) or (isinstance(source, str) and not source)
    return None if missing else source  # type: ignore[return-value]  # whatever else it is, open_image says


def is_nan(value: Any) -> bool:
    """Whether ``value`` is NaN, which tables hold where a cell is empty."""
    return isinstance(value, float) and isnan(value)


def image_notes(source: ImageSource) -> tuple[str, ...]:
    """Sentences on what ``open_image`` leaves out of an image: the other frames of an animation,
    the other pages or images of a file; () where it leaves out nothing."""
    if isinstance(source, np.ndarray):
        return ()
    if isinstance(source, Image.Image):
        # whoever went on to another frame knows that there are several
        return (
            (MULTI_FRAME_NOTES[str(source.format)],)
            if _has_more_frames(source) and not source.tell()
            else ()
        )
    try:
        file = io.BytesIO(source) if isinstance(source, bytes) else source
        with Image.open(file, formats=FORMATS) as image:
            return (MULTI_FRAME_NOTES[str(image.format)],) if _has_more_frames(image) else ()
    except Exception:  # it looks for the second frame, and a damaged one raises as in open_image
        return ()


def is_image(path: Path) -> bool:
    """Whether a file is an image by its first bytes, whatever its name; it may be damaged after
    them."""
    try:
        with Image.open(path, formats=FORMATS):
            return True
    except Image.DecompressionBombError:  # one, but too large
        return True
    except Exception:  # as in open_image
        return False


def pixel_count(path: Path) -> int:
    """The pixels that an image says it has, without decoding it; 0 where it is none."""
    try:
        with Image.open(path, formats=FORMATS) as image:
            return image.width * image.height
    except Exception:  # as in open_image
        return 0


def _has_more_frames(image: Image.Image) -> bool:
    if image.format not in MULTI_FRAME_NOTES or not getattr(image, "is_animated", False):
        return False
    if image.format != "MPO":
        return True
    entries = image.mpinfo[0xB002]  # type: ignore[attr-defined]  # one for each picture of the file
    return any(THUMBNAIL not in entry["Attribute"]["MPType"] for entry in entries[1:])


def _read(path: Path) -> bytes:
    """The whole file, or one byte more than the limit: never more, whatever the file says of its
    own size."""
    try:
        if not path.is_file():  # a device has no end
            raise OSError
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError):  # ValueError: a name that no file can have
        raise MediaError(NO_FILE) from None


def many_pixels(most: int = MAX_PIXELS) -> str:
    """The sentence on a picture of more than ``most`` pixels."""
    return MANY_PIXELS.format(most // 1_000_000)


def _to_rgb(image: Image.Image) -> Picture:
    image = ImageOps.exif_transpose(image)
    see_through = image.has_transparency_data
    if image.mode.startswith("I") or image.mode == "F":
        picture = _to_uint8(np.asarray(image), image.mode)
        return _composite(_with_transparency(picture, image)) if see_through else picture
    if see_through:
        return _composite(image.convert("LA" if image.mode == "La" else "RGBA").convert("RGBA"))
    return np.array(image.convert("RGB"))


def _with_transparency(picture: Picture, image: Image.Image) -> Image.Image:
    """``picture`` as RGBA, transparent where ``image``, of deep grey, has its transparent value."""
    holes = np.asarray(image) == image.info["transparency"]
    return Image.fromarray(np.dstack([picture, np.where(holes, 0, 255).astype(np.uint8)]))


def _composite(image: Image.Image) -> Picture:
    """An RGBA image composited over the grey that its opaque parts contrast with."""
    ground = Image.new("RGB", image.size, (_choose_background(image),) * 3)
    ground.paste(image, mask=image.getchannel("A"))
    return np.array(ground)


def _choose_background(image: Image.Image) -> int:
    """The first of BACKGROUNDS that contrasts enough with what borders on transparency, else the
    one that contrasts most.

    Edges that are half transparent are left out: their colours are often wrong, mixed with the
    black of nothing.
    """
    step = -(-max(image.size) // SAMPLE_SIDE)
    sample = np.asarray(
        image.resize([-(-side // step) for side in image.size], Image.Resampling.NEAREST)
    )
    solid = (sample[..., 3] >= max(SOLID_ALPHA * sample[..., 3].max(), 1)).astype(np.uint8)
    rim = sample[solid > cv2.erode(solid, np.ones((RIM, RIM), np.uint8))]
    if not len(rim):
        return BACKGROUNDS[0]
    grey = rim[:, :3] @ np.array((0.299, 0.587, 0.114))
    contrast = [
        float(np.quantile(abs(grey - ground), LOW_CONTRAST_SHARE)) for ground in BACKGROUNDS
    ]
    return BACKGROUNDS[
        int(np.argmax([min(value, ENOUGH_CONTRAST) // CONTRAST_STEP for value in contrast]))
    ]


def _to_uint8(values: NDArray, mode: str) -> Picture:
    """Deep grey to 8 bits: 16 bits by their range, other numbers by the smallest usual range (1,
    255, 65,535) that holds them, so that two photos of one kind are scaled alike."""
    grey = np.nan_to_num(values.astype(np.float32)).clip(0)
    brightest = float(grey.max())
    usual = (top for top in (1.0, 255.0, 65535.0) if brightest <= top)
    top = 65535.0 if mode.startswith("I;16") else next(usual, brightest)
    return np.repeat((grey * (255 / top)).astype(np.uint8)[..., None], 3, axis=2)


def _from_array(array: Picture, max_pixels: int) -> Picture:
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or 0 in array.shape:
        raise MediaError(
            "A picture given as an array must be uint8 of shape (H, W), (H, W, 3) or (H, W, 4)."
        )
    if array.ndim == 3 and array.shape[2] not in (3, 4):
        raise MediaError("A picture given as an array must have 3 (RGB) or 4 (RGBA) channels.")
    if array.shape[0] * array.shape[1] > max_pixels:
        raise MediaError(many_pixels(max_pixels))
    return array if array.ndim == 3 and array.shape[2] == 3 else _to_rgb(Image.fromarray(array))
