"""Schemas of the config.json of each task, checked before anything is built from it."""

from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator  # later drafts take 48.0 for an integer
from jsonschema.exceptions import best_match

from mmsent.hub import CheckpointError, Config, read_config
from mmsent.labels import MEME_ASPECTS, SENTIMENTS
from mmsent.models import NETS

Schema = dict[str, Any]


def read_checked(folder: Path, task: str) -> Config:
    """The ``config.json`` of a checkpoint for ``task``, one of SCHEMAS, with every key that its
    pipeline reads. Raises CheckpointError."""
    config = read_config(folder, task)
    error = best_match(Draft4Validator(_schema(task, config)).iter_errors(config))
    if error:
        place = ".".join(str(key) for key in error.absolute_path) or "its top level"
        message = (
            error.message if len(error.message) < 200 else f"it breaks the rule “{error.validator}”"
        )
        raise CheckpointError(
            f"{folder / 'config.json'} is wrong at {place}: {message}; fetch or train it again."
        )
    return config


def _schema(task: str, config: Config) -> Schema:
    """That of the net which the config names, if it has one of its own."""
    architecture = config.get("architecture")
    net = architecture.get("net") if isinstance(architecture, dict) else None
    return NET_SCHEMAS.get((task, str(net)), SCHEMAS[task])


def _object(required: Mapping[str, Schema], **optional: Schema) -> Schema:
    """Other keys are left alone."""
    return {"type": "object", "properties": {**required, **optional}, "required": list(required)}


def _list(of: Schema, size: int) -> Schema:
    return {"type": "array", "items": of, "minItems": size, "maxItems": size}


def _encoder_schema(*encoders: str) -> Schema:
    return _object(
        dict.fromkeys(encoders, _object({"source": TEXT, "sha256": TEXT}, identity=TEXT))
    )


def _calibration_schema(labels: int) -> Schema:
    return _object(CALIBRATION, bias=_list(NUMBER, labels))


TEXT = {"type": "string"}
NAMES = {"type": "array", "items": TEXT, "minItems": 2}  # the pipelines look which
NAMES_BY_TASK = {"type": "object", "additionalProperties": NAMES}
NUMBER = {"type": "number", "minimum": -1e6, "maximum": 1e6}
POSITIVE = {"type": "number", "minimum": 1e-6, "maximum": 1e6}
SIZE = {"type": "integer", "minimum": 0, "maximum": 1_000_000}
WIDTH = {"type": "integer", "minimum": 1, "maximum": 4096}
SIDE = {"type": "integer", "minimum": 16, "maximum": 2048}  # pixels
# more by mistake would be built for hours
LAYERS = {"type": "integer", "minimum": 0, "maximum": 200}
SIZES = {
    "type": "object",
    "additionalProperties": SIZE,
    "properties": {"dropout": {"type": "number", "minimum": 0, "maximum": 1}, "net": TEXT},
}
CALIBRATION = {"temperature": POSITIVE, "threshold": NUMBER}
# of transformers
NET = {
    "type": "object",
    "patternProperties": {"layer": {"anyOf": [LAYERS, {"not": {"type": "integer"}}]}},
}
FRAME = {
    "type": "object",
    "properties": {"centre_x": NUMBER, "centre_y": NUMBER, "span": POSITIVE},
    "additionalProperties": False,
}
# of memes: aspects that were learnt from the same data
GROUP = _object(
    {
        "aspects": {"type": "array", "items": TEXT, "minItems": 1},
        "net": {"enum": list(NETS["meme"])},
        "preprocessing": {
            **_object({"size": SIDE, "fit": {"enum": ["squash", "inside"]}}),
            "additionalProperties": False,
        },
        # the net is named beside it
        "architecture": {"allOf": [SIZES], "properties": {"net": False}},
    },
    familiarity=_object({"rank": SIZE, "limit": NUMBER}),
)
# of memes: a head of the text encoder, or with weights of the checkpoint's ``own``, and of which of
# its labels each label told is the sum
WORDS = _object(
    {
        "task": TEXT,
        "labels": {"type": "object", "additionalProperties": {"type": "array", "items": TEXT}},
        **CALIBRATION,
    },
    own={"type": "boolean"},
)
GIVEN = {"type": "array", "items": {"enum": ["text", "image", "both"]}, "minItems": 1}


def _video_schema(seen: str, *encoders: str, **sizes: Schema) -> Schema:
    """Of a net for clips, whose third modality is called ``seen``."""
    sides = ("text", "audio", seen)
    modes = ["+".join(names) for size in (1, 2, 3) for names in combinations(sides, size)]
    steps = _object(dict.fromkeys(("emotion", "sentiment"), _object(CALIBRATION)))
    return _object(
        {
            "architecture": {**SIZES, "required": list(sizes)} if sizes else SIZES,
            "labels": NAMES_BY_TASK,
            "encoders": _encoder_schema(*encoders),
            "calibration": _object(dict.fromkeys(modes, steps)),
        }
    )


def _pixels_schema(channels: int, **optional: Schema) -> Schema:
    return _object(
        {"size": SIDE, "mean": _list(NUMBER, channels), "std": _list(POSITIVE, channels)},
        **optional,
    )


SCHEMAS: dict[str, Schema] = {
    "face": _object(
        {
            "architecture": _object({"stem": TEXT}, inner=_list(WIDTH, 8)),
            "labels": NAMES,
            "preprocessing": _pixels_schema(1, frame=FRAME),
            "calibration": _object(CALIBRATION),
        },
        teacher=TEXT,
    ),
    "text": _object(
        {
            "architecture": _object({"encoder": NET}, pool=TEXT),
            "labels": NAMES_BY_TASK,
            "preprocessing": _object(
                {"max_length": {"type": "integer", "minimum": 8, "maximum": 100_000}}
            ),
        }
    ),
    "image": _object(
        {
            "architecture": {"type": "object", "properties": {"clip": NET, "pixels": SIDE}},
            "preprocessing": _pixels_schema(3),
        }
    ),
    "review": _object(
        {
            "architecture": SIZES,
            "labels": NAMES,
            "encoders": _encoder_schema("text", "image"),
            "calibration": _object(
                dict.fromkeys(("text", "image", "both"), _calibration_schema(len(SENTIMENTS)))
            ),
        },
        modes=GIVEN,
    ),
    "meme": _object(
        {
            "architecture": SIZES,
            "labels": NAMES_BY_TASK,
            "groups": {"type": "object", "minProperties": 1, "additionalProperties": GROUP},
            "encoders": _encoder_schema("text", "image"),
            "calibration": {
                "type": "object",
                "properties": {
                    aspect: _calibration_schema(len(labels))
                    for aspect, labels in MEME_ASPECTS.items()
                },
            },
            "words": {"type": "object", "additionalProperties": WORDS},
        },
        preprocessing=_object({}, words={"enum": ["spacy"]}),
        modes=GIVEN,
    ),
    "motion": _object(
        {
            "architecture": _object({"torchvision": TEXT}),
            "preprocessing": {
                "allOf": [
                    _pixels_schema(3),
                    _object({"frames": {"type": "integer", "minimum": 1, "maximum": 64}}),
                ]
            },
        }
    ),
    "video": _video_schema("face", "text", "face", "speech"),
}
# of nets that stand on other encoders than the first of their task
NET_SCHEMAS: dict[tuple[str, str], Schema] = {
    ("video", "concat"): _video_schema("picture", "text", "motion", mels=SIZE, mel_rows=SIZE)
}
