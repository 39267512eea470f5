"""Text and picture of one meme as the nets of its aspects want them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from mmsent.explain import leave_group_out_means
from mmsent.media import Picture
from mmsent.pipelines.encoders import ImageFeatures, Reading
from mmsent.pipelines.meme_aspects import AspectNets, Rows

# (G, P, width) of G groups of aspects without each of P places; (P,) False where nothing is left
Places = tuple[Rows, NDArray[np.bool_]]


@dataclass(frozen=True, eq=False)
class Seen:
    """A picture as each group of aspects sees it: ``whole`` (G, 1, width), zeros where there is none;
    ``without_places()`` tells what it is without each place of its grid."""

    whole: Rows
    has_image: bool
    without_places: Callable[[], Places]


def see(nets: AspectNets, image: ImageFeatures, picture: Picture | None) -> Seen:
    """Of ``picture``, None where there is none."""
    if picture is None:
        nothing = np.zeros((len(nets.groups), 1, image.width_of(nets.pooled)), np.float32)
        return Seen(nothing, False, lambda: (nothing[:, :0], np.zeros(0, bool)))
    fitted = nets.fitted(picture)
    patches, vectors = image(fitted)
    if nets.pooled:
        return Seen(vectors[:, None], True, partial(_hide_places, image, fitted))
    return Seen(patches.mean(axis=1, keepdims=True), True, partial(_drop_patches, patches))


def _drop_patches(patches: Rows) -> Places:
    """Of means over ``patches`` (G, P, width)."""
    places = np.arange(patches.shape[1])
    fewer = [leave_group_out_means(own, places, len(places)) for own in patches]
    return np.stack([means for means, _ in fewer]), fewer[0][1]


def _hide_places(image: ImageFeatures, fitted: list[Picture]) -> Places:
    """Of vectors of whole pictures, which are encoded again."""
    vectors = np.stack([image.without_places(picture) for picture in fitted])
    return vectors, np.ones(vectors.shape[1], bool)


@dataclass(frozen=True)
class Sides:
    """Text and picture of one meme as the nets want them: what they read of the text (1, F), a mean
    over its ``length`` tokens, of the picture (G, 1, width), and which of both are there."""

    text: Rows
    length: int
    image: Rows
    has_image: bool

    @classmethod
    def of(cls, nets: AspectNets, reading: Reading, seen: Seen) -> "Sides":
        return cls(text_row(nets, reading), len(reading.ids), seen.whole, seen.has_image)

    @property
    def has_text(self) -> bool:
        return self.length > 0


def text_row(nets: AspectNets, reading: Reading) -> Rows:
    """(1, F), the mean of the token rows, or what the nets read of the text's vector; zeros without
    words."""
    rows = nets.token_rows(reading.rows(nets.pooled))
    return rows.sum(axis=0, keepdims=True) / max(1, len(rows))
