"""A static site made of a checkpoint with random weights and, in it, a student of the size that ships."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import torch

from mmsent import hub
from mmsent.models.face import FaceNet
from mmsent.site import make_site
from tests.small_models import write_face
from train.face.presets import PRESETS


@contextmanager
def checkpoint_with_student() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        face = write_face(Path(folder))
        config = hub.read_config(face, "face")
        distillation = PRESETS["student"].distillation
        assert distillation
        config["architecture"] = {"stem": "3x3/2", "inner": list(distillation.inner)}
        config["teacher"] = hub.sha256(face / hub.WEIGHTS)
        torch.manual_seed(1)
        hub.save_checkpoint(face / hub.STUDENT, FaceNet("3x3/2", inner=distillation.inner), config)
        yield face


@cache
def site() -> dict[str, bytes]:
    """Content of each of its files by its path."""
    with checkpoint_with_student() as face:
        return make_site(str(face))
