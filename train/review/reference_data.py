"""Reviews as tensors, for the presets ``reference`` and ``reference-patches``."""

import torch
from torch import Tensor
from torch.utils.data import Dataset, default_collate

from mmsent.media import MediaError, open_image
from mmsent.pipelines.encoders import squash
from mmsent.text import Windows, split_words
from train.review.csv_data import Review

# ids (N, 128) int64, read (N, 128) bool; pixels (N, 3, S, S) uint8; label (N,) int64
Batch = dict[str, Tensor]
Rows = list[tuple[Review, int]]  # with the place of the label in SENTIMENTS


class ReviewDataset(Dataset[Batch | None]):
    """Reviews as the page's pipeline gives them to the net: token ids, which of them belong to words,
    pixels at the side CLIP wants; with the label. Of a longer text only what fits into one window.
    None where the photo can't be opened."""

    def __init__(self, rows: Rows, windows: Windows, length: int, padding: int, size: int) -> None:
        self.rows, self.windows = rows, windows
        self.length, self.padding, self.size = length, padding, size

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Batch | None:
        review, label = self.rows[index]
        try:
            photo = open_image(review.image or "")
        except MediaError:
            return None
        # a token that nobody reads stands for no text
        ids = torch.full((self.length,), self.padding)
        ids[0] = self.padding + 1
        read = torch.zeros(self.length, dtype=torch.bool)
        for window in self.windows([split_words(review.text)[0]])[0][:1]:
            ids[: len(window.ids)] = torch.from_numpy(window.ids)
            read[: len(window.ids)] = torch.from_numpy(window.word_of >= 0)
        # squeezed, not cropped: the review may be about what stands at the edge
        square = torch.from_numpy(squash(photo, self.size).copy())
        return {
            "ids": ids,
            "read": read,
            "pixels": square.permute(2, 0, 1),
            "label": torch.tensor(label),
        }


def collate(samples: list[Batch | None]) -> Batch:
    """Stacks the samples that have their photo; raises FileNotFoundError where none has."""
    readable = [sample for sample in samples if sample is not None]
    if not readable:
        raise FileNotFoundError(
            f"None of the {len(samples)} photos of a batch can be opened any more."
        )
    return default_collate(readable)
