"""Reviews as tensors, for the presets ``reference`` and ``reference-patches``."""

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import Dataset, default_collate
from transformers import BertTokenizer

from mmsent.media import MediaError, open_image
from train.review.csv_data import Review

MAX_LENGTH = 128  # tokens; shorter texts are padded, longer ones cut
Batch = dict[str, Tensor]  # ids, mask (N, 128) int64; pixels (N, 3, S, S) uint8; label (N,) int64


class ReviewDataset(Dataset[Batch | None]):
    """Reviews as tensors: token ids and mask, pixels at the side CLIP wants, label. None where the
    photo can't be opened."""

    def __init__(self, rows: list[tuple[Review, int]], tokenizer: BertTokenizer, size: int) -> None:
        self.rows, self.tokenizer, self.size = rows, tokenizer, size

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Batch | None:
        review, label = self.rows[index]
        try:
            photo = open_image(review.image or "")
        except MediaError:
            return None
        words = self.tokenizer(
            review.text,
            padding="max_length",
            truncation=True,
            max_length=MAX_LENGTH,
            return_tensors="pt",
        )
        # squeezed, not cropped: the review may be about what stands at the edge
        square = Image.fromarray(photo).resize((self.size, self.size), Image.Resampling.BICUBIC)
        return {
            "ids": words["input_ids"][0],
            "mask": words["attention_mask"][0],
            "pixels": torch.from_numpy(np.array(square)).permute(2, 0, 1),
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
