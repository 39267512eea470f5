"""A static site made of a checkpoint with random weights and, in it, a student of the size that ships."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import torch

from mmsent import hub
from mmsent.labels import FACE_EMOTIONS
from mmsent.models.face import FaceNet
from mmsent.site import make_site
from train.face.presets import PRESETS


@contextmanager
def checkpoint_with_student() -> Iterator[Path]:
    distillation = PRESETS["student"].distillation
    assert distillation
    config = {
        "task": "face",
        "architecture": {"stem": "3x3/2", "inner": list(distillation.inner)},
        "labels": list(FACE_EMOTIONS),
        "preprocessing": {"size": 48, "mean": [0.5], "std": [0.25]},
        "calibration": {"temperature": 1.0, "threshold": 0.1},
    }
    with tempfile.TemporaryDirectory() as folder:
        face = Path(folder) / "face"
        for seed, place in enumerate((face, face / hub.STUDENT)):
            torch.manual_seed(seed)
            hub.save_checkpoint(place, FaceNet("3x3/2", inner=distillation.inner), config)
            config["teacher"] = hub.sha256(face / hub.WEIGHTS)
        yield face


@cache
def site() -> dict[str, bytes]:
    """Content of each of its files by its path."""
    with checkpoint_with_student() as face:
        return make_site(str(face))
