"""Train the meme model: sentiment, humour, sarcasm, offence and motivation from a picture and its caption.

    python -m train.meme --data ../shared/data/meme/memotion7k.parquet      # preset compact, ships; no download
    python -m train.meme --preset reference --data memes.csv --images FOLDER --out my/meme    # linear layers on pixels and
                                                                    # on sentence embeddings, as the reference project
    python -m train.meme --data ... --limit 300 --epochs 2 --runs runs/look --out runs/look/meme         # a look

compact stands on the frozen encoders checkpoints/text and checkpoints/image. The classes are long-tailed: the logits are
adjusted by the logarithm of the class frequencies while training (Menon et al. 2020, arXiv:2007.07314), how much is chosen on
the validation rows. Three seeds are trained; the test rows are evaluated once, and what ships is the seed that was best on
the validation rows. Run it again with the same arguments after a kill and it goes on where it was.
"""

import argparse
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from accelerate import Accelerator
from sklearn.metrics import f1_score
from torch import Tensor, nn

from mmsent import hub
from mmsent.labels import MEME_ASPECTS
from mmsent.models.meme import MemeNet
from mmsent.pipelines.encoders import ImageFeatures, TextFeatures, image_features, text_features
from train.corpora import segments
from train.finish_meme import finish_meme
from train.loop import Metrics, Plan, accelerator, fit
from train.meme_reference import PLAN as REFERENCE_PLAN
from train.meme_reference import train_reference
from train.memes import MISSING, Features, encode, read_memes
from train.provenance import commit
from train.text import PACKAGED

PLAN = Plan(epochs=12, batch_size=128, learning_rate=1e-3, optimizer="adamw", schedule="onecycle", weight_decay=0.1, ema=0.99)
ADJUSTMENTS = (0.5, 0.75, 1.0)  # of the logits; 0 would leave the rare classes out altogether
SEEDS = 3
DROP = 0.1  # share of rows that lose their text, and share that lose their picture
PLACES = segments(MEME_ASPECTS)


@dataclass(frozen=True)
class Run:
    """One trained net with what its validation rows gave."""

    net: nn.Module
    adjustment: float
    seed: int
    history: list[Metrics]

    @property
    def score(self) -> float:
        """Mean macro-F1 of the aspects after the last epoch."""
        return self.history[-1]["val_macro_f1"]


def priors(labels: Tensor) -> Tensor:
    """(all labels,) logarithm of how often each occurs within its aspect."""
    parts = []
    for column, names in enumerate(MEME_ASPECTS.values()):
        known = labels[:, column][labels[:, column] != MISSING]
        parts.append(torch.log(torch.bincount(known, minlength=len(names)).clamp(min=1) / max(1, len(known))))
    return torch.cat(parts)


def train_one(work: Accelerator, training: Features, validation: Features, adjustment: float, plan: Plan, runs: Path) -> Run:
    """Trains one net on encoded rows; logs macro-F1 of each aspect on the validation rows after each epoch."""
    torch.manual_seed(plan.seed)
    net = MemeNet(training.text.shape[1], training.image.shape[1], MEME_ASPECTS)
    shift = adjustment * priors(training.labels)

    def loss_of(net: nn.Module, batch: list[Tensor], progress: float) -> Tensor:
        text, has_text, image, labels = batch
        chance = torch.rand(len(text), device=text.device)
        logits = net(text, has_text & (chance > DROP), image, chance < 1 - DROP).float() + shift.to(text.device)
        return _masked_loss(logits, labels)

    def validate(net: nn.Module, epoch: int) -> Metrics:
        logits, labels = predict(work, net, validation), validation.labels
        scores = macro_f1(logits, labels)
        right = [(logits[:, place].argmax(1) == labels[:, i]).float().mean() for i, place in enumerate(PLACES.values())]
        return {
            "val_loss": _masked_loss(logits + shift, labels).item(),
            "val_accuracy": float(torch.stack(right).mean()),
            "val_macro_f1": float(np.mean(list(scores.values()))),
        } | {f"val_{aspect}": score for aspect, score in scores.items()}

    folder = runs / f"adjusted-{adjustment}-seed-{plan.seed}"
    kept, history = fit(work, net, training.rows(), loss_of, validate, plan, folder, {"adjustment": adjustment, "drop": DROP})
    return Run(kept, adjustment, plan.seed, history)


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


def macro_f1(logits: Tensor, labels: Tensor) -> dict[str, float]:
    """Of each aspect, over the rows that have a label of it."""
    scores = {}
    for column, (aspect, place) in enumerate(PLACES.items()):
        known = labels[:, column] != MISSING
        guess = logits[known, place].argmax(dim=1)
        classes = range(place.stop - place.start)
        scores[aspect] = float(f1_score(labels[known, column], guess, labels=classes, average="macro", zero_division=0))
    return scores


def choose(work: Accelerator, parts: dict[str, Features], plan: Plan, runs: Path) -> list[Run]:
    """The runs of all seeds with the adjustment whose mean validation score is best, the best seed first."""
    plans = [replace(plan, seed=plan.seed + i) for i in range(SEEDS)]
    tried = [[train_one(work, parts["train"], parts["val"], share, each, runs) for each in plans] for share in ADJUSTMENTS]
    best = max(tried, key=lambda seeds: np.mean([run.score for run in seeds]))
    return sorted(best, key=lambda run: -run.score)


def config_of(text: TextFeatures, image: ImageFeatures, run: Run, plan: Plan) -> hub.Config:
    """What ``config.json`` says before calibration."""
    return {
        "task": "meme",
        "architecture": {"text_width": text.width, "image_width": image.width},
        "labels": {aspect: list(labels) for aspect, labels in MEME_ASPECTS.items()},
        "encoders": {"text": {"source": "text", "sha256": text.sha256}, "image": {"source": "image", "sha256": image.sha256}},
        "calibration": {aspect: {"temperature": 1.0, "threshold": 0.0} for aspect in MEME_ASPECTS},
        "training": {
            "preset": "compact",
            "data": "Memotion 7k",
            "commit": commit(),
            "recipe": {"logit_adjustment": run.adjustment, "drop": DROP} | asdict(replace(plan, seed=run.seed)),
        },
    }


def run_compact(work: Accelerator, args: argparse.Namespace) -> None:
    text, image = text_features(args.text_model), image_features(args.image_model)
    memes = {part: read_memes(args.data, part, args.limit) for part in ("train", "val", "test")}
    parts = {part: encode(rows, text, image, part) for part, rows in memes.items()}
    plan = replace(PLAN, epochs=args.epochs or PLAN.epochs, seed=args.seed)
    chosen = choose(work, parts, plan, args.runs)
    if work.is_main_process:
        config = config_of(text, image, chosen[0], plan)
        finish_meme([run.net for run in chosen], config, memes, parts, chosen[0].history, args.out or Path("checkpoints/meme"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="memotion7k.parquet, or the CSV of the preset reference")
    parser.add_argument("--preset", choices=("compact", "reference"), default="compact")
    parser.add_argument("--images", type=Path, help="folder of the CSV's images (reference)")
    parser.add_argument("--runs", type=Path, default=Path("runs/meme"), help="state and logs")
    parser.add_argument("--out", type=Path, help="the checkpoint (compact: checkpoints/meme)")
    parser.add_argument("--text-model", help="text encoder: a checkpoint (compact), a Hub name or folder (reference)")
    parser.add_argument("--image-model", help="image encoder: a checkpoint (compact)")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--limit", type=int, help="read only so many rows of each part")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    if args.preset == "reference" and not (args.images and args.out):
        parser.error("the preset reference needs --images and --out")
    work = accelerator(args.runs, seed=args.seed)
    work.init_trackers("logs")
    torch.manual_seed(args.seed)
    if args.preset == "compact":
        run_compact(work, args)
    else:
        plan = replace(REFERENCE_PLAN, epochs=args.epochs or REFERENCE_PLAN.epochs, seed=args.seed)
        train_reference(work, args.data, args.images, args.runs, args.out, plan, args.text_model or PACKAGED)
    work.wait_for_everyone()
    work.end_training()


if __name__ == "__main__":
    main()
