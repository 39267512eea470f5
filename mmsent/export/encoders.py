"""The encoders that several models share, as graphs to export."""

import json
from pathlib import Path

import torch

from mmsent import hub, mel
from mmsent.configs import read_checked
from mmsent.export import metadata
from mmsent.export.graph import Graph, Input, Output
from mmsent.models.speech import VoiceStates
from mmsent.pipelines.image_encoder import build_image_net
from mmsent.pipelines.motion_encoder import build_motion_net
from mmsent.pipelines.speech import MAX_MEL_ROWS, SpeechFeatures
from mmsent.pipelines.text_encoder import build_text_net

UINT8, INT64, FLOAT32 = torch.uint8, torch.int64, torch.float32


def text(source: str | Path | None) -> Graph:
    """The text encoder with its tokenizer."""
    folder = hub.find("text", source)
    config = read_checked(folder, "text")
    net = build_text_net(folder, config).encoder
    tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    words = (
        "Texts are split at white space; emoji, emoticons, handles and hashtags are spelled in plain "
        "words (mmsent.normalize); then the tokenizer, a tokenizer.json of the tokenizers library, "
        "cuts them into windows of max_length tokens, special ones included. Heads get the states "
        "of all tokens but the special ones."
    )
    prepared = {**config["preprocessing"], "padding": net.padding, "words": words}
    return Graph(
        net,
        (Input("ids", INT64, ("N", "T"), "token ids, padded behind", net.vocabulary),),
        (
            Output("states", ("N", "T", net.width), "states of the tokens"),
            Output("vector", ("N", net.width), "the vector of the whole text, as it was tuned"),
        ),
        {
            **metadata.origin("text", folder),
            "preprocessing": {"ids": prepared},
            "tokenizer": tokenizer,
        },
    )


def image(source: str | Path | None) -> Graph:
    """The image encoder."""
    folder = hub.find("image", source)
    config = read_checked(folder, "image")
    net, size = build_image_net(folder, config), config["preprocessing"]["size"]
    squashed = (
        f"All of the picture, RGB, its sides scaled apart to {size} x {size} pixels (bilinear, "
        "averaged where it gets smaller); mean and std are applied by the net."
    )
    return Graph(
        net,
        (Input("pixels", UINT8, ("N", 3, size, size), "RGB 0..255"),),
        (
            Output("patches", ("N", "P", net.width), "features of the places, row by row"),
            Output("pooled", ("N", net.vector_width), "the vector of the whole picture"),
        ),
        {
            **metadata.origin("image", folder),
            "preprocessing": {"pixels": {**config["preprocessing"], "squashed": squashed}},
        },
    )


def speech(source: str | Path | None) -> Graph:
    """The encoder of voices, without transcription."""
    folder = hub.find("speech", source)
    features = SpeechFeatures(folder, "cpu")
    prepared = {
        "rate": mel.RATE,
        "window": mel.WINDOW,
        "hop": mel.HOP,
        "bands": mel.MELS,
        "rows": [mel.MIN_ROWS, MAX_MEL_ROWS],
        "log_mel": "Whisper's: Hann window, power, slaney mel filters, decimal logarithm",
        "level": f"(max(mel - mel.max(), -{mel.DYNAMIC_RANGE}) + {mel.PEAK_LEVEL} + 4) / 4",
    }
    return Graph(
        VoiceStates(features.net.model.encoder),
        (Input("mel", FLOAT32, ("N", "T", mel.MELS), "log-mel of speech at its normal level"),),
        (Output("voice", ("N", features.width), "the voice embedding"),),
        {**metadata.origin("speech", folder), "preprocessing": {"mel": prepared}},
    )


def motion(source: str | Path | None) -> Graph:
    """The encoder of moving pictures."""
    folder = hub.find("motion", source)
    config = read_checked(folder, "motion")
    net, preprocessing = build_motion_net(folder, config), config["preprocessing"]
    size, frames = preprocessing["size"], preprocessing["frames"]
    return Graph(
        net,
        (
            Input(
                "frames", UINT8, ("N", frames, size, size, 3), "RGB 0..255, evenly spaced in time"
            ),
        ),
        (Output("scene", ("N", net.width), "what moves"),),
        {**metadata.origin("motion", folder), "preprocessing": {"frames": preprocessing}},
    )
