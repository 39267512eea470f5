"""The models of the four tasks, as graphs to export. Those that stand on encoders read what the
exported encoders give."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

import mmsent
from mmsent import hub
from mmsent.export import metadata
from mmsent.export.graph import ExportError, Graph, Input, Output
from mmsent.export.nets import FaceGraph, MemeGraph, VideoGraph, WordsHead
from mmsent.pipelines.video_inputs import CONTEXT_UTTERANCES, MAX_FACES, mode_names

UINT8, INT64, FLOAT32, BOOL = torch.uint8, torch.int64, torch.float32, torch.bool
STATES = "token states of the text encoder, without special tokens, padded with zeros"
TOKEN_MASK = "which of these are tokens; none where there is no text"

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
            *_logits(labels),
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
        Input("tokens", FLOAT32, ("N", "T", pipeline.text.width), STATES),
        Input("token_mask", BOOL, ("N", "T"), TOKEN_MASK),
        Input("patches", FLOAT32, ("N", "P", pipeline.image.width), "of the image encoder"),
        Input("patch_mask", BOOL, ("N", "P"), "which of these are patches; none without a photo"),
    ]
    weights: tuple[str | int, ...] = ("N", "T", "P+1")
    if net.pooled:
        inputs = [_of_length_one(one) for one in inputs]
        weights = ("N", 1, 1)
    elif net.lexicon is not None:
        vocabulary = net.lexicon.num_embeddings
        inputs.append(Input("ids", INT64, ("N", "T"), "of the tokens, 0 for padding", vocabulary))
    calibration = {
        mode: metadata.steps(steps, pipeline.labels)
        for mode, steps in config["calibration"].items()
    }
    return Graph(
        net,
        tuple(inputs),
        (*_logits(labels), Output("attention", weights, "of each token; the last is no patch's")),
        {
            **metadata.origin("review", pipeline.folder),
            **metadata.answers(labels, {"sentiment": calibration}),
            **metadata.encoder_sums(config["encoders"]),
            "modes": "“text”, “image” or “both”, by what was given",
            "trained": sorted(pipeline.modes),
        },
    )


def _of_length_one(one: Input) -> Input:
    """For nets that get one vector of a text and one of a photo."""
    shape = tuple(1 if side in ("T", "P") else side for side in one.shape)
    vector = one.meaning.replace(STATES, "the text encoder's “vector”")
    return Input(
        one.name, one.dtype, shape, vector.replace("of the image", "“pooled” of the image")
    )


def meme(source: Source) -> Graph:
    pipeline = mmsent.load("meme", source, "cpu")
    config = hub.read_config(pipeline.folder, "meme")
    nets, heads, text = pipeline.nets, pipeline.heads, pipeline.text
    aspects = {
        aspect: nets.labels[aspect] for group in nets.groups.values() for aspect in group["aspects"]
    }
    words = {f"words_{name}": tuple(head["labels"]) for name, head in heads.items()}
    limits = {
        f"{name}_distance": group["familiarity"]["limit"]
        for name, group in nets.groups.items()
        if "familiarity" in group
    }
    steps = nets.calibration | {f"words_{name}": head for name, head in heads.items()}
    labels = aspects | words
    image = ("N", "P", pipeline.image.width)
    return Graph(
        MemeGraph(nets.net, nets.groups, nets.labels, [WordsHead(text, h) for h in heads.values()]),
        (
            Input("tokens", FLOAT32, ("N", "T", text.width), f"of the caption: {STATES}"),
            Input("token_mask", BOOL, ("N", "T"), TOKEN_MASK),
            Input("ids", INT64, ("N", "T"), "of the tokens, 0 for padding", text.vocabulary),
            Input(
                "words",
                FLOAT32,
                ("N", text.width),
                "mean token state of the caption with its punctuation; zeros without words, of "
                "which the words_ outputs then say nothing",
            ),
            Input("has_image", BOOL, ("N",), "whether there is a picture"),
            *(
                Input(f"patches_{name}", FLOAT32, image, _fitted(group["preprocessing"]))
                for name, group in nets.groups.items()
            ),
        ),
        (
            *_logits(aspects),
            *(Output(name, ("N",), "from what its group learnt from") for name in limits),
            *_logits(words),
        ),
        {
            **metadata.origin("meme", pipeline.folder),
            **metadata.answers(labels, _of_any_mode(steps, labels)),
            **metadata.encoder_sums(config["encoders"]),
            "preprocessing": {
                f"patches_{name}": group["preprocessing"] for name, group in nets.groups.items()
            },
            "groups": {name: group["aspects"] for name, group in nets.groups.items()},
            "limits": limits,
            "unsure_too": "the aspects of a group whose distance is above its limit",
        },
    )


def _fitted(preprocessing: Mapping[str, Any]) -> str:
    size = preprocessing["size"]
    how = "squashed to a square of" if preprocessing["fit"] == "squash" else "scaled to fit into"
    return (
        f"of the image encoder, of a picture first {how} {size} pixels; zeros where there is none"
    )


def video(source: Source) -> Graph:
    pipeline = mmsent.load("video", source, "cpu")
    if pipeline.face is None:
        raise ExportError(
            f"{pipeline.folder} reads whole pictures through the encoder “motion”, which is not "
            "exported; a video model of the preset compact can be."
        )
    config = hub.read_config(pipeline.folder, "video")
    net, labels = pipeline.net, config["labels"]
    calibration = {
        kind: {
            mode: metadata.steps(config["calibration"][mode][kind], labels[kind])
            for mode in mode_names()
        }
        for kind in labels
    }
    return Graph(
        VideoGraph(net),
        (
            Input(
                "text",
                FLOAT32,
                ("N", net.text_width),
                "mean token state of the utterance, then the mean of those of up to "
                f"{CONTEXT_UTTERANCES} utterances before it, zeros without",
            ),
            Input("has_text", BOOL, ("N",), "whether words count"),
            Input(
                "faces",
                FLOAT32,
                ("N", "F", net.face_width),
                f"“embedding” of the face model of at most {MAX_FACES} pictures of one face, evenly "
                "spaced in time, padded with zeros",
            ),
            Input("face_mask", BOOL, ("N", "F"), "which of these are faces; none without a face"),
            Input("voice", FLOAT32, ("N", net.voice_width), "“voice” of the speech encoder"),
            Input("has_voice", BOOL, ("N",), "whether the voice counts"),
        ),
        _logits(labels),
        {
            **metadata.origin("video", pipeline.folder),
            **metadata.answers(labels, calibration),
            **metadata.encoder_sums(config["encoders"]),
            "modes": "what was given, of “text”, “audio” and “face” in this order, joined by “+”",
        },
    )


def _logits(labels: Mapping[str, Sequence[str]]) -> tuple[Output, ...]:
    return tuple(Output(name, ("N", len(of)), "logits") for name, of in labels.items())


def _of_any_mode(
    calibration: Mapping[str, Mapping[str, Any]], labels: Mapping[str, Sequence[str]]
) -> metadata.Calibration:
    return {
        name: {metadata.ANY: metadata.steps(calibration[name], of)} for name, of in labels.items()
    }
