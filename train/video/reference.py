"""Trains the preset ``reference`` of the video model, on MELD as it is published: utterances and a
clip of each.

``python -m train.video --preset reference --data MELD.Raw --out my/video`` calls
``train_reference``. The frozen encoders run once a clip; what they give, and the log-mel, is kept
below ``runs``, so that every epoch after that takes seconds.
"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from transformers import BertModel, BertTokenizer

from mmsent import hub
from mmsent.models.reference_video import (
    FRAME_SIDE,
    MEAN,
    STD,
    FrozenEncoders,
    ReferenceVideoNet,
)
from train.common import plots
from train.common.evaluate import evaluate
from train.common.export import Figures, export, line
from train.common.loop import Metrics, Plan
from train.common.provenance import origin
from train.video.data import cache_key
from train.video.meld_raw import FRAMES, MAX_LENGTH, MELS, ROWS, encode_part
from train.video.reference_trainer import LABEL_SMOOTHING, LABELS, PATIENCE, Trainer

TEXT_MODEL = "bert-base-uncased"
PLAN = Plan(
    epochs=25,
    batch_size=16,
    learning_rate=1e-4,
    optimizer="adam",
    schedule="constant",
    weight_decay=1e-5,
)
PARTS = ("train", "dev", "test")


def train_reference(
    work: Accelerator,
    data: Path,
    runs: Path,
    out: Path,
    plan: Plan = PLAN,
    text_model: str = TEXT_MODEL,
    pretrained: bool = True,
) -> dict[str, Any]:
    """Trains on the folder ``data`` (see ``read_meld``), in one process, and returns what
    metrics.json says.

    ``out`` gets the checkpoint of the epoch with the lowest validation loss, metrics.json and
    plots. ``text_model`` is a BERT with its tokenizer, a name on the Hub or a folder;
    ``pretrained`` False leaves R3D-18 at random. Raises ValueError where ``data`` lacks something,
    hub.CheckpointError where an encoder can't be had.
    """
    encoders, tokenizer = _encoders(text_model, pretrained)
    encoders.to(work.device)
    cache = runs / f"cache-{cache_key(text_model, pretrained)}"
    parts = {part: encode_part(work, data, part, encoders, tokenizer, cache) for part in PARTS}
    torch.manual_seed(plan.seed)
    net = ReferenceVideoNet(parts["train"].tensors[0].shape[1], MELS)
    trainer = Trainer(work, net, parts["train"], parts["dev"], plan, runs / "state.pt")
    history = trainer.fit()

    def score() -> tuple[dict[str, Any], Figures]:
        hub.load_weights(net, out)  # what is scored is what was written, in half precision
        metrics: dict[str, Any] = {"history": history}
        figures = {"training_curves": plots.training_curves(history)}
        for part, name in (("dev", "validation"), ("test", "test")):
            _, logits, truth = trainer.predict(parts[part])
            metrics[name] = {}
            for task, names in LABELS.items():
                probs, labels = logits[task].softmax(dim=1).numpy(), truth[task].numpy()
                metrics[name][task] = evaluate(probs, labels, names, threshold=0.0)
                figures[f"confusion_{task}_{name}"] = plots.confusion(
                    labels, probs.argmax(1), names, f"{task}, {name}"
                )
        return metrics, figures

    config = _config(net, plan, text_model, len(parts["train"]), history)
    return export(
        out,
        net,
        config,
        score,
        lines=lambda metrics: (
            line(f"{part} {task}", metrics[part][task])
            for part in ("validation", "test")
            for task in LABELS
        ),
    )


def _encoders(text_model: str, pretrained: bool) -> tuple[FrozenEncoders, BertTokenizer]:
    try:
        return FrozenEncoders(
            BertModel.from_pretrained(text_model), pretrained
        ), BertTokenizer.from_pretrained(text_model)
    except (OSError, ValueError, RuntimeError) as error:
        raise hub.CheckpointError(
            f"BERT from “{text_model}” or R3D-18 from torchvision can't be had "
            f"({str(error).splitlines()[0]}): go online, or "
            "name a local folder of transformers with --text-model (weights and tokenizer)."
        ) from None


def _config(
    net: ReferenceVideoNet, plan: Plan, text_model: str, rows: int, history: Sequence[Metrics]
) -> hub.Config:
    recipe = asdict(plan) | {"patience": PATIENCE, "label_smoothing": LABEL_SMOOTHING}
    return {
        "task": "video-reference",
        "architecture": {"text_width": net.text_projection.in_features, "mels": MELS},
        "labels": {task: list(names) for task, names in LABELS.items()},
        "encoders": {
            "text": {"source": text_model},
            "video": {"source": "torchvision r3d_18, KINETICS400_V1"},
        },
        "preprocessing": {
            "max_length": MAX_LENGTH,
            "frames": FRAMES,
            "size": FRAME_SIDE,
            "mean": MEAN,
            "std": STD,
            "mel_rows": ROWS,
        },
        "training": {
            "preset": "reference",
            "data": f"MELD ({rows:,} rows)",
            "recipe": recipe,
            **origin(history),
        },
    }
