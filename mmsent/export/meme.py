"""The model of memes as a graph to export."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mmsent
from mmsent import hub
from mmsent.export import metadata
from mmsent.export.graph import Graph, Input, Output
from mmsent.export.heads import BOOL, FLOAT32, INT64, logits, patches_input, text_inputs
from mmsent.export.nets import MemeGraph, WordsHead
from mmsent.pipelines.word_parts import LONGEST, SHORTEST

CAPTIONS = (
    "tokens: the caption in lower case without punctuation, addresses, handles and watermarks; words: "
    "the same with its punctuation (mmsent.captions)."
)
PARTS = (
    "of the caption's words, each its tokens joined without “##” (“[UNK]” as it is), and a space "
    "before and behind it: all runs of code points of the lengths that preprocessing names, and the "
    "whole where it is longer, each as 1 + its CRC-32 (zlib's, of UTF-8) modulo (buckets - 1); 0 for "
    "padding"
)


def meme(source: str | Path | None) -> Graph:
    pipeline = mmsent.load("meme", source, "cpu")
    config = hub.read_config(pipeline.folder, "meme")
    nets, heads, text = pipeline.nets, pipeline.heads, pipeline.text
    groups, width = nets.groups, pipeline.image.width_of(nets.pooled)
    aspects = {
        aspect: nets.labels[aspect] for group in groups.values() for aspect in group["aspects"]
    }
    words = {f"words_{name}": tuple(head["labels"]) for name, head in heads.items()}
    limits = {
        f"{name}_distance": group["familiarity"]["limit"]
        for name, group in groups.items()
        if "familiarity" in group
    }
    labels = aspects | words
    steps = nets.calibration | {f"words_{name}": head for name, head in heads.items()}
    inputs = [
        *text_inputs(text.width, nets.pooled),
        Input("has_image", BOOL, ("N",), "whether there is a picture"),
        *(
            patches_input(f"patches_{name}", width, nets.pooled, _fitted(group["preprocessing"]))
            for name, group in groups.items()
        ),
    ]
    prepared = {f"patches_{name}": group["preprocessing"] for name, group in groups.items()}
    for name, (parts, _) in nets.spelling.items():
        inputs.append(Input(f"parts_{name}", INT64, ("N", "S"), PARTS, parts.buckets))
        prepared[f"parts_{name}"] = {"lengths": [SHORTEST, LONGEST], "buckets": parts.buckets}
    if heads:
        meaning = "mean of “states” of the caption with its punctuation; zeros without words"
        inputs.append(Input("words", FLOAT32, ("N", text.width), meaning))
    return Graph(
        MemeGraph(nets.net, groups, nets.labels, [WordsHead(text, h) for h in heads.values()]),
        tuple(inputs),
        (
            *logits(aspects),
            *(Output(name, ("N",), "from what its group learnt from") for name in limits),
            *logits(words),
        ),
        {
            **metadata.origin("meme", pipeline.folder),
            **metadata.answers(
                labels,
                {
                    name: {metadata.ANY: metadata.steps(steps[name], labels[name])}
                    for name in labels
                },
            ),
            **metadata.encoder_sums(config["encoders"]),
            "preprocessing": prepared,
            "captions": config.get("preprocessing", CAPTIONS),
            "groups": {name: group["aspects"] for name, group in groups.items()},
            "limits": limits,
            "unsure_too": "the aspects of a group whose distance is above its limit",
            "trained": sorted(pipeline.modes),
        },
    )


def _fitted(preprocessing: Mapping[str, Any]) -> str:
    size = preprocessing["size"]
    how = "squashed to a square of" if preprocessing["fit"] == "squash" else "scaled to fit into"
    return f", of a picture first {how} {size} pixels"
