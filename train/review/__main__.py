"""Train the review model: text and photo, fused by cross-modal attention, on the shared encoders.

    python -m train.review --data ../shared/data                     # review texts and MVSA's posts (preset compact, ships)
    python -m train.review --data my_reviews.csv --out my/review     # your own: columns text, image_path, label
    python -m train.review --data my_reviews.csv --preset reference  # BERT and CLIP's one vector, tuned with the head
    python -m train.review --data my_reviews.csv --preset reference-patches --push-to me/reviews   # our fusion, CLIP's patches
    accelerate launch -m train.review --data ...                     # all GPUs of this machine
    python -m train.review --data ... --epochs 1 --limit 300 --runs runs/look --out runs/look/review    # a look, in a minute

Labels are negative, neutral and positive; the presets of the reference do with two of them. They
fetch their encoders from the Hub (--text-model, --image-model: names or folders) and leave them in
the checkpoint's folder; compact needs checkpoints/text and checkpoints/image. Rows that can't be
used are named by file and line, and the rest goes on. Run it again with the same arguments after a
kill and it goes on where it was. How far rare labels are lifted, temperatures and the thresholds of
"not sure" are fitted on the validation rows, apart for text, photo and both; the test rows are
evaluated once, through the checkpoint that was written (runs/review/checkpoint). The presets of
the reference lift nothing and have validation rows only.
"""

import argparse
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from accelerate import Accelerator
from torch import Tensor, nn

from mmsent import hub
from mmsent.labels import SENTIMENTS
from mmsent.models.fusion import ReviewNet
from mmsent.pipelines.encoders import (
    ImageFeatures,
    TextFeatures,
    image_features,
    name_encoder,
    text_features,
)
from train.common.batches import ByLength, by_length
from train.common.loop import Metrics, Plan, fit
from train.common.provenance import origin
from train.common.script import TEXT_MODEL_HELP, parse_args, script_parser, training_run
from train.review.data import Encoded, Mixture, batch_of, encode, read_corpora, read_own
from train.review.export import export_review
from train.review.reference import IMAGE_MODEL, TEXT_MODEL, train_reference
from train.review.reference import PLAN as REFERENCE_PLAN
from train.review.reference_plots import COUNT

WIDTH = 128  # of the attention
DROPOUT = 0.3
PLAN = Plan(
    epochs=2,
    batch_size=128,
    learning_rate=1e-3,
    optimizer="adamw",
    schedule="onecycle",
    weight_decay=0.05,
    ema=0.998,
)
LABEL_SMOOTHING = 0.05


def train(
    work: Accelerator,
    net: ReviewNet,
    sources: dict[str, dict[str, Encoded]],
    image_width: int,
    plan: Plan,
    runs: Path,
) -> tuple[ReviewNet, list[Metrics]]:
    """Returns the net to keep and one row of metrics an epoch; ``val_accuracy`` is the mean over
    the sources."""
    training = Mixture([parts["train"] for parts in sources.values()])

    def loss_of(net: nn.Module, batch: tuple[Tensor, ...], progress: float) -> Tensor:
        *inputs, labels = batch
        return F.cross_entropy(net(*inputs)[0].float(), labels, label_smoothing=LABEL_SMOOTHING)

    def validate(net: nn.Module, epoch: int) -> Metrics:
        scores, losses = {}, []
        for source, parts in sources.items():
            logits = predict(work, net, parts["val"], image_width)
            labels = torch.from_numpy(parts["val"].labels)
            scores[f"val_{source}"] = (logits.argmax(dim=1) == labels).float().mean().item()
            losses.append(F.cross_entropy(logits, labels).item())
        return {
            "val_loss": float(np.mean(losses)),
            "val_accuracy": float(np.mean(list(scores.values()))),
        } | scores

    recipe = {"rows": len(training), "label_smoothing": LABEL_SMOOTHING, "dropout": DROPOUT}
    sampler = ByLength(training.lengths, plan.batch_size, plan.seed)
    collate = partial(batch_of, image_width=image_width)
    return fit(work, net, training, loss_of, validate, plan, runs, recipe, sampler, collate)  # type: ignore[return-value]


@torch.inference_mode()
def predict(
    work: Accelerator, net: nn.Module, part: Encoded, image_width: int, batch_size: int = 256
) -> Tensor:
    """(N, 3) float32 logits on the CPU in the order of the rows."""
    logits = torch.empty(len(part), len(SENTIMENTS))
    for chosen in by_length(part.texts, batch_size):
        inputs = batch_of([part[i] for i in chosen], image_width)[:-1]
        with work.autocast():
            logits[torch.from_numpy(chosen)] = (
                net(*(tensor.to(work.device) for tensor in inputs))[0].float().cpu()
            )
    return logits


def config_of(
    text: TextFeatures, image: ImageFeatures, data: str, plan: Plan, history: Sequence[Metrics]
) -> hub.Config:
    """What ``config.json`` says before calibration."""
    return {
        "task": "review",
        "architecture": {
            "text_width": text.width,
            "image_width": image.width,
            "width": WIDTH,
            "vocabulary": text.vocabulary,
        },
        "labels": list(SENTIMENTS),
        "encoders": {
            "text": name_encoder("text", text),
            "image": name_encoder("image", image),
        },
        "calibration": {
            mode: {"temperature": 1.0, "threshold": 0.0} for mode in ("text", "image", "both")
        },
        "training": {
            "preset": "compact",
            "data": data,
            **origin(history),
            "recipe": {"dropout": DROPOUT, "label_smoothing": LABEL_SMOOTHING} | asdict(plan),
        },
    }


def run_compact(work: Accelerator, args: argparse.Namespace) -> None:
    corpora = (args.data / "review/reviews_text.parquet").exists()
    sources = read_corpora(args.data, args.limit) if corpora else read_own(args.data, args.seed)
    text, image = text_features(args.text_model), image_features(args.image_model)
    encoded = {
        source: {
            part: encode(parts[part], text, image, f"{source} {part}") for part in ("train", "val")
        }
        for source, parts in sources.items()
    }
    plan = replace(PLAN, epochs=args.epochs or PLAN.epochs, seed=args.seed)
    net = ReviewNet(text.width, image.width, WIDTH, dropout=DROPOUT, vocabulary=text.vocabulary)
    trained_net, history = train(work, net, encoded, image.width, plan, args.runs)
    if work.is_main_process:
        data = "review texts and MVSA-Single" if corpora else "own reviews"
        config = config_of(text, image, data, plan, history)
        export_review(
            trained_net, config, sources, history, args.runs, args.out, (text, image), encoded
        )


def run_reference(work: Accelerator, args: argparse.Namespace) -> None:
    plan = replace(REFERENCE_PLAN, epochs=args.epochs or REFERENCE_PLAN.epochs, seed=args.seed)
    models = {
        "text_model": args.text_model or TEXT_MODEL,
        "image_model": args.image_model or IMAGE_MODEL,
    }
    train_reference(
        work, args.preset, args.data, args.runs, args.out, plan, **models, figures=args.figures
    )


def main() -> None:
    parser = script_parser(__doc__, "review", head=True)
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        help="folder of the corpora, or a CSV or folder of CSVs of your own",
    )
    parser.add_argument(
        "--preset", choices=("compact", "reference", "reference-patches"), default="compact"
    )
    parser.add_argument("--text-model", help=TEXT_MODEL_HELP)
    parser.add_argument("--image-model", help="image encoder, likewise")
    parser.add_argument("--epochs", type=int)
    parser.add_argument(
        "--figures",
        type=int,
        default=COUNT,
        help="photos in the figure of the attention (presets of the reference)",
    )
    args = parse_args(parser)
    with training_run(args) as work:
        if args.preset == "compact":
            run_compact(work, args)
        else:
            run_reference(work, args)


if __name__ == "__main__":
    main()
