"""Train the meme model: sentiment, humour, sarcasm, offence and motivation from a picture and its
caption.

    python -m train.meme --data ../shared/data/meme/memotion7k.parquet      # preset compact, ships; no download
    python -m train.meme --preset reference --data memes.csv --images FOLDER --out my/meme    # linear layers on pixels and
                                                                    # on sentence embeddings, as the reference project
    python -m train.meme --data ... --limit 300 --epochs 2 --runs runs/look --out runs/look/meme         # a look

compact stands on the frozen encoders checkpoints/text and checkpoints/image. The classes are
long-tailed: after training the logits get a bias, fitted on the validation rows, with which each
class is answered as often as it occurs. Three seeds are trained; the test rows are evaluated once,
and what ships is the seed that was best on the validation rows. Run it again with the same
arguments after a kill and it goes on where it was.
"""

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from accelerate import Accelerator
from sklearn.metrics import f1_score
from torch import Tensor, nn

from mmsent import hub
from mmsent.calibrate import fit_label_priors
from mmsent.labels import MEME_ASPECTS, segments
from mmsent.models.meme import MemeNet
from mmsent.pipelines.encoders import (
    ImageFeatures,
    TextFeatures,
    image_features,
    name_encoder,
    text_features,
)
from train.common.evaluate import Labels
from train.common.loop import Metrics, Plan, fit
from train.common.provenance import origin
from train.common.script import TEXT_MODEL_HELP, parse_args, script_parser, training_run
from train.meme.data import MISSING, Features, encode, read_memes
from train.meme.export import export_meme, shares_of
from train.meme.reference import PLAN as REFERENCE_PLAN
from train.meme.reference import train_reference
from train.text.base import PACKAGED

PLAN = Plan(
    epochs=8,
    batch_size=128,
    learning_rate=1e-3,
    optimizer="adamw",
    schedule="onecycle",
    weight_decay=0.1,
    ema=0.99,
)
SEEDS = 3
FOLDS = 5
DROP = 0.1  # share of rows that lose their text, and share that lose their picture
PLACES = segments(MEME_ASPECTS)


@dataclass(frozen=True)
class Run:
    """One trained net with what its validation rows gave."""

    net: nn.Module
    seed: int
    history: list[Metrics]

    @property
    def score(self) -> float:
        """Mean macro-F1 of the aspects after the last epoch."""
        return self.history[-1]["val_macro_f1"]


def train_one(
    work: Accelerator, training: Features, validation: Features, plan: Plan, runs: Path
) -> Run:
    """Trains one net on encoded rows; logs macro-F1 of each aspect on the validation rows after
    each epoch."""
    torch.manual_seed(plan.seed)
    net = MemeNet(training.text.shape[1], training.image.shape[1], MEME_ASPECTS)

    def loss_of(net: nn.Module, batch: list[Tensor], progress: float) -> Tensor:
        text, has_text, image, labels = batch
        chance = torch.rand(len(text), device=text.device)
        logits = net(text, has_text & (chance > DROP), image, chance < 1 - DROP).float()
        return _masked_loss(logits, labels)

    def validate(net: nn.Module, epoch: int) -> Metrics:
        logits, labels = predict(work, net, validation), validation.labels
        scores = macro_f1(logits, labels)
        right = [
            (logits[:, place].argmax(1) == labels[:, i]).float().mean()
            for i, place in enumerate(PLACES.values())
        ]
        return {
            "val_loss": _masked_loss(logits, labels).item(),
            "val_accuracy": float(torch.stack(right).mean()),
            "val_macro_f1": float(np.mean(list(scores.values()))),
        } | {f"val_{aspect}": score for aspect, score in scores.items()}

    folder = runs / f"seed-{plan.seed}"
    trained_net, history = fit(
        work, net, training.rows(), loss_of, validate, plan, folder, {"drop": DROP}
    )
    return Run(trained_net, plan.seed, history)


def accuracy_to_expect(
    work: Accelerator, rows: Features, plan: Plan, runs: Path
) -> dict[str, float]:
    """The share of right answers of each aspect when each fifth of ``rows`` is asked of a net that
    learnt from the others.

    Labels this close to chance need thousands of rows to tell how sure one may be; the validation
    rows are too few.
    """
    folds = np.array_split(np.random.default_rng(plan.seed).permutation(len(rows.labels)), FOLDS)
    logits = torch.empty(len(rows.labels), sum(len(labels) for labels in MEME_ASPECTS.values()))
    for number, fold in enumerate(folds):
        others = np.concatenate([other for other in folds if other is not fold])
        run = train_one(work, rows[others], rows[fold], plan, runs / f"fold-{number}")
        logits[torch.from_numpy(fold)] = predict(work, run.net, rows[fold])
    found = {}
    for aspect, (truth, guess) in answers(logits, rows.labels).items():
        found[aspect] = float((guess == truth).mean())
    return found


def _masked_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy, mean over the aspects, of the rows that have a label of the aspect."""
    losses = [
        F.cross_entropy(logits[:, place], labels[:, column], ignore_index=MISSING, reduction="sum")
        / (labels[:, column] != MISSING).sum().clamp(min=1)
        for column, place in enumerate(PLACES.values())
    ]
    return torch.stack(losses).mean()


@torch.inference_mode()
def predict(work: Accelerator, net: nn.Module, rows: Features) -> Tensor:
    """(N, all labels) float32 logits on the CPU."""
    inputs = (rows.text, rows.has_text, rows.image, torch.ones_like(rows.has_text))
    with work.autocast():
        return net(*(tensor.to(work.device) for tensor in inputs)).float().cpu()


def answers(logits: Tensor, labels: Tensor) -> dict[str, tuple[Labels, Labels]]:
    """Truth and answer of each aspect, over the rows that have a label of it, each label answered
    as often as it occurs."""
    found = {}
    for column, (aspect, place) in enumerate(PLACES.items()):
        known = labels[:, column] != MISSING
        truth, rows = labels[known, column].numpy(), logits[known, place].numpy()
        found[aspect] = (
            truth,
            (rows + fit_label_priors(rows, shares_of(truth, rows.shape[1]))).argmax(axis=1),
        )
    return found


def macro_f1(logits: Tensor, labels: Tensor) -> dict[str, float]:
    """Of each aspect, for its ``answers``."""
    scores = {}
    for aspect, (truth, guess) in answers(logits, labels).items():
        classes = range(len(MEME_ASPECTS[aspect]))
        scores[aspect] = float(
            f1_score(truth, guess, labels=classes, average="macro", zero_division=0)
        )
    return scores


def config_of(
    text: TextFeatures, image: ImageFeatures, runs: Sequence[Run], plan: Plan
) -> hub.Config:
    """What ``config.json`` says before calibration."""
    return {
        "task": "meme",
        "architecture": {"text_width": text.width, "image_width": image.width},
        "labels": {aspect: list(labels) for aspect, labels in MEME_ASPECTS.items()},
        "encoders": {
            "text": name_encoder("text", text),
            "image": name_encoder("image", image),
        },
        "calibration": {
            aspect: {"bias": [0.0] * len(labels), "temperature": 1.0, "threshold": 0.0}
            for aspect, labels in MEME_ASPECTS.items()
        },
        "training": {
            "preset": "compact",
            "data": "Memotion 7k",
            **origin([row for run in runs for row in run.history]),
            "recipe": {"drop": DROP} | asdict(replace(plan, seed=runs[0].seed)),
        },
    }


def run_compact(work: Accelerator, args: argparse.Namespace) -> None:
    text, image = text_features(args.text_model), image_features(args.image_model)
    memes = {part: read_memes(args.data, part, args.limit) for part in ("train", "val", "test")}
    parts = {part: encode(rows, text, image, part) for part, rows in memes.items()}
    plan = replace(PLAN, epochs=args.epochs or PLAN.epochs, seed=args.seed)
    plans = [replace(plan, seed=plan.seed + i) for i in range(SEEDS)]
    chosen = sorted(
        (train_one(work, parts["train"], parts["val"], each, args.runs) for each in plans),
        key=lambda run: -run.score,
    )
    expected = accuracy_to_expect(work, parts["train"], plan, args.runs)
    if work.is_main_process:
        config = config_of(text, image, chosen, plan)
        export_meme(
            [run.net for run in chosen], config, memes, parts, expected, chosen[0].history, args.out
        )


def main() -> None:
    parser = script_parser(__doc__, "meme", head=True)
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        help="memotion7k.parquet, or the CSV of the preset reference",
    )
    parser.add_argument("--preset", choices=("compact", "reference"), default="compact")
    parser.add_argument("--images", type=Path, help="folder of the CSV's images (reference)")
    parser.add_argument("--text-model", help=TEXT_MODEL_HELP)
    parser.add_argument("--image-model", help="image encoder: a checkpoint (compact)")
    parser.add_argument("--epochs", type=int)
    args = parse_args(parser)
    if args.preset == "reference" and not args.images:
        parser.error("the preset reference needs --images")
    with training_run(args) as work:
        if args.preset == "compact":
            run_compact(work, args)
        else:
            plan = replace(
                REFERENCE_PLAN, epochs=args.epochs or REFERENCE_PLAN.epochs, seed=args.seed
            )
            train_reference(
                work, args.data, args.images, args.runs, args.out, plan, args.text_model or PACKAGED
            )


if __name__ == "__main__":
    main()
