"""The models of faces and reviews as graphs to export, and what those of memes and clips share with
them. Models that stand on encoders read what the exported encoders give."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

import mmsent
from mmsent import hub
from mmsent.export import metadata
from mmsent.export.graph import Graph, Input, Output
from mmsent.export.nets import FaceGraph

UINT8, INT64, FLOAT32, BOOL = torch.uint8, torch.int64, torch.float32, torch.bool
STATES = "“states” of the text encoder, without special tokens, padded with zeros"

Source = str | Path | None


def face(source: Source) -> Graph:
    pipeline = mmsent.load("face", source, "cpu")
    config = hub.read_config(pipeline.folder, "face")
    size, frame = pipeline.size, pipeline.frame
    crop = (
        "A grey, upright, square crop in which the middle between eyes and mouth lies at (centre_x, "
        "centre_y) and hypot(eye to eye, eyes to mouth) is span, in shares of the side; mean and "
        "std are applied by the net."
    )
    prepared = {**config["preprocessing"], "frame": vars(frame), "crop": crop}
    labels = {"emotion": pipeline.labels}
    calibration = metadata.steps(config["calibration"], pipeline.labels)
    return Graph(
        FaceGraph(pipeline.net),
        (Input("pixels", UINT8, ("N", 1, size, size), "grey 0..255"),),
        (
            *logits(labels),
            Output("embedding", ("N", pipeline.width), "what the video model gets of a face"),
        ),
        {
            **metadata.origin("face", pipeline.folder),
            **metadata.answers(labels, {"emotion": {metadata.ANY: calibration}}),
            "preprocessing": {"pixels": prepared},
        },
    )


def review(source: Source) -> Graph:
    pipeline = mmsent.load("review", source, "cpu")
    config = hub.read_config(pipeline.folder, "review")
    net, labels = pipeline.net, {"sentiment": pipeline.labels}
    inputs = [
        *text_inputs(pipeline.text.width, net.pooled),
        patches_input("patches", pipeline.image.width_of(net.pooled), net.pooled),
        Input("patch_mask", BOOL, ("N", 1 if net.pooled else "P"), "False without a photo"),
    ]
    weights: tuple[str | int, ...] = ("N", 1, 1) if net.pooled else ("N", "T", "P+1")
    if not net.pooled and net.lexicon is not None:
        inputs.append(ids_input(net.lexicon.num_embeddings))
    calibration = {
        mode: metadata.steps(steps, pipeline.labels)
        for mode, steps in config["calibration"].items()
    }
    return Graph(
        net,
        tuple(inputs),
        (*logits(labels), Output("attention", weights, "of each token; the last is no patch's")),
        {
            **metadata.origin("review", pipeline.folder),
            **metadata.answers(labels, {"sentiment": calibration}),
            **metadata.encoder_sums(config["encoders"]),
            "modes": "“text”, “image” or “both”, by what was given",
            "trained": sorted(pipeline.modes),
        },
    )


def text_inputs(width: int, pooled: bool) -> tuple[Input, Input]:
    """What a head gets of a text; ``pooled``: as one vector."""
    what = "“vector” of the text encoder" if pooled else STATES
    count = 1 if pooled else "T"
    return (
        Input("tokens", FLOAT32, ("N", count, width), what),
        Input("token_mask", BOOL, ("N", count), "False for padding, everywhere without a text"),
    )


def ids_input(vocabulary: int) -> Input:
    return Input("ids", INT64, ("N", "T"), "of the tokens, 0 for padding", vocabulary)


def patches_input(name: str, width: int, pooled: bool, prepared: str = "") -> Input:
    """What a head gets of a picture; ``pooled``: as one vector."""
    what = f"“{'pooled' if pooled else 'patches'}” of the image encoder{prepared}"
    return Input(name, FLOAT32, ("N", 1 if pooled else "P", width), f"{what}; zeros without")


def logits(labels: Mapping[str, Sequence[str]]) -> tuple[Output, ...]:
    return tuple(Output(name, ("N", len(of)), "logits") for name, of in labels.items())
