"""What tests look for in HTML and in colours."""

import re
from html import unescape

import numpy as np


def shown(html: str) -> str:
    """What is left of HTML when the tags are taken away."""
    return unescape(re.sub(r"<[^>]*>", "", html))


def channels(colour: str) -> np.ndarray:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])


def luminance(rgb: np.ndarray) -> float:
    c = rgb / 255
    return float(
        np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]
    )
