"""What config.json says of a trained face net."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from mmsent import hub
from mmsent.faces import FaceFrame
from mmsent.labels import FACE_EMOTIONS
from train.common.loop import Metrics
from train.common.provenance import origin
from train.face.data import SIDE, Fer
from train.face.presets import Preset


def statistics(fer: Fer) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of the grey values, in units of 0..1."""
    pixels = fer.pixels.float() / 255
    return [pixels.mean().item()], [pixels.std().item()]


def config_of(
    preset: Preset,
    name: str,
    training: Fer,
    history: Sequence[Metrics],
    start: Path | None = None,
    student: Path | None = None,
) -> hub.Config:
    """What ``config.json`` says of a net trained on ``training`` with the preset called ``name``;
    the folders are those of ``train``."""
    mean, std = statistics(training)
    plan = asdict(preset.plan)
    epochs, seed = plan.pop("epochs"), plan.pop("seed")
    first = {
        "start": _origin(preset, start),
        "picture_sizes": preset.sizes,
        "augment": asdict(preset.augment),
    }
    if student:
        first["student"] = _origin(preset, student)
    targets = {key: getattr(preset, key) for key in ("dropout", "label_smoothing", "vote_weight")}
    config: hub.Config = {
        "task": "face",
        "architecture": {"stem": preset.stem} | ({"inner": preset.inner} if preset.inner else {}),
        "labels": list(FACE_EMOTIONS),
        "preprocessing": {
            "size": preset.size,
            "source": SIDE,
            "mean": mean,
            "std": std,
            "frame": asdict(FaceFrame()),
        },
        "calibration": {"temperature": 1.0, "threshold": 0.0},
        "training": {
            "preset": name,
            "data": f"FER2013 Training ({len(training):,} rows)"
            + (", part of each target from the FERPlus votes" if preset.vote_weight else ""),
            "seed": seed,
            "epochs": epochs,
            "recipe": first | targets | plan,
            **origin(history),
        },
    }
    if preset.distillation and start:
        config["teacher"] = hub.sha256(start / hub.WEIGHTS)
    return config


def _origin(preset: Preset, start: Path | None) -> str:
    if start is None:
        return preset.weights or "random weights"
    earlier = hub.read_config(start, "face")["training"]
    return f"a net of preset {earlier['preset']} (from {earlier['recipe']['start']}, {earlier['epochs']} epochs)"
