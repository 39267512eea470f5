"""The model of clips as a graph to export."""

from pathlib import Path
from typing import Any

from torch import nn

import mmsent
from mmsent import hub
from mmsent.export import metadata
from mmsent.export.graph import Graph, Input
from mmsent.export.heads import BOOL, FLOAT32, logits
from mmsent.export.nets import VideoGraph
from mmsent.pipelines.video_inputs import CONTEXT_UTTERANCES, MAX_FACES


def video(source: str | Path | None) -> Graph:
    pipeline = mmsent.load("video", source, "cpu")
    config = hub.read_config(pipeline.folder, "video")
    labels = config["labels"]
    calibration = {
        kind: {
            mode: metadata.steps(steps[kind], labels[kind])
            for mode, steps in config["calibration"].items()
        }
        for kind in labels
    }
    modes = ", ".join(pipeline.modalities)
    net: Any = pipeline.net
    traced: nn.Module = net if net.pooled else VideoGraph(net)
    return Graph(
        traced,
        _scene_inputs(net) if net.pooled else _face_inputs(net),
        logits(labels),
        {
            **metadata.origin("video", pipeline.folder),
            **metadata.answers(labels, calibration),
            **metadata.encoder_sums(config["encoders"]),
            "modes": f"what was given, of {modes} in this order, joined by “+”",
        },
    )


def _face_inputs(net: Any) -> tuple[Input, ...]:
    """Of ``VideoNet``."""
    text = (
        "mean of “states” of the utterance, then the mean of those of up to "
        f"{CONTEXT_UTTERANCES} utterances before it, zeros without"
    )
    faces = (
        f"“embedding” of the face model of at most {MAX_FACES} pictures of one face, evenly spaced "
        "in time, padded with zeros"
    )
    return (
        Input("text", FLOAT32, ("N", net.text_width), text),
        Input("has_text", BOOL, ("N",), "whether words count"),
        Input("faces", FLOAT32, ("N", "F", net.face_width), faces),
        Input("face_mask", BOOL, ("N", "F"), "False for padding, everywhere without a face"),
        Input("voice", FLOAT32, ("N", net.voice_width), "“voice” of the speech encoder"),
        Input("has_voice", BOOL, ("N",), "whether the voice counts"),
    )


def _scene_inputs(net: Any) -> tuple[Input, ...]:
    """Of ``ReferenceVideoNet``."""
    sound = (
        f"log-mel of {net.mels} bands from the beginning of the utterance, row by row, less its mean, "
        "through its deviation, zeros behind it"
    )
    width = len(net.mean_picture)
    return (
        Input("text", FLOAT32, ("N", len(net.mean_text)), "“vector” of the text encoder"),
        Input("has_text", BOOL, ("N",), "whether words count"),
        Input("pictures", FLOAT32, ("N", 1, width), "“scene” of the motion encoder"),
        Input("picture_mask", BOOL, ("N", 1), "whether the picture counts"),
        Input("voice", FLOAT32, ("N", net.voice_width), sound),
        Input("has_voice", BOOL, ("N",), "whether the sound counts"),
    )
