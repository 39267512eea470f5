"""Made-up faces in the layout of the published ones."""

import numpy as np
import pandas as pd

from mmsent.labels import FACE_EMOTIONS
from train.face.data import VOTES


def toy_faces(rows: int, seed: int, usage: str) -> pd.DataFrame:
    """Noise with a bright square; where it lies is the label."""
    random = np.random.default_rng(seed)
    labels = np.arange(rows) % len(FACE_EMOTIONS)
    pixels = random.integers(0, 90, (rows, 48, 48), dtype=np.uint8)
    for picture, label in zip(pixels, labels, strict=True):
        top, left = 16 * (label // 3), 16 * (label % 3)
        picture[top : top + 16, left : left + 16] += 150
    table = pd.DataFrame(
        {"pixels": list(pixels.reshape(rows, -1)), "emotion": labels, "usage": usage}
    )
    votes = pd.DataFrame(
        np.eye(len(VOTES), dtype=int)[labels] * 10, columns=[f"votes_{name}" for name in VOTES]
    )
    return table.assign(dup_group=1000 * seed + np.arange(rows)).join(votes)
