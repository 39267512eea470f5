"""Reviews as padded inputs of the review net: the same in training and in the app."""

from collections.abc import Sequence

from numpy.typing import NDArray
from torch import Tensor

from mmsent.media import MediaError
from mmsent.padding import pad, pad_vectors
from mmsent.pipelines.encoders import Tokens

NOTHING = "There is nothing to read: please write a review, add a photo, or both."


def collate(
    texts: Sequence[Tokens], patches: Sequence[NDArray | None], image_width: int
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """A batch for ``ReviewNet``: token states, token mask, patches, patch mask, token ids, filled
    up with zeros and False.

    ``texts`` have no token where there is no text; ``patches`` are (P, image_width) or None.
    """
    tokens, read = pad_vectors([text.states for text in texts], texts[0].states.shape[1])
    seen, looked = pad_vectors(patches, image_width)
    return tokens, read, seen, looked, pad([text.ids for text in texts])[0]


def mode_of(read: bool, looked: bool) -> str:
    """Which of MODES a row with text (``read``) and photo (``looked``) is. Raises MediaError where
    there is neither."""
    if not read and not looked:
        raise MediaError(NOTHING)
    return "both" if read and looked else "text" if read else "image"
