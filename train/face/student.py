"""A small net that learns from a large one what it answers (Hinton et al. 2015, arXiv:1503.02531).

The student is the teacher with fewer channels inside its blocks, the most important ones, and
starts with the teacher's own weights. The teacher is asked once about a few fixed views of each
training picture and its mirror image, and the student learns from these again and again.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from accelerate import Accelerator
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.utils.data import TensorDataset

from mmsent import hub
from mmsent.atomic import atomic_write
from mmsent.labels import FACE_EMOTIONS
from mmsent.models.backbone import RESNET18_FEATURES, blocks
from mmsent.models.face import FaceEmbedding, FaceNet
from train.common.augment import Augment, resize
from train.common.loop import Metrics, Plan, fit
from train.face.data import Fer, soft_targets

BATCH = 256
EXAMPLES = 2048  # training pictures that tell how important a channel is


@dataclass(frozen=True)
class Distillation:
    """``inner`` are the student's channels inside each block. ``views`` different pictures are made
    of each training picture by ``augment``; in half of them another picture shows through, with a
    share of ``blend`` at most. The loss is the sum of the divergence from the teacher's
    probabilities at ``temperature``, the cross-entropy of the labels, and the distance from the
    teacher's features, by these weights. A picture counts by how rare its label is, to the power
    ``balance``."""

    inner: tuple[int, ...]
    views: int
    augment: Augment
    blend: float
    temperature: float = 2.0
    teacher_weight: float = 0.9
    label_weight: float = 0.1
    feature_weight: float = 1.0
    balance: float = 0.5


class Teacher:
    """The net to learn from, which takes pictures of ``size`` pixels, and what it answered about the
    views of ``training``, which is kept in ``folder``."""

    def __init__(
        self,
        accelerator: Accelerator,
        net: FaceNet,
        training: Fer,
        recipe: Distillation,
        size: int,
        folder: Path,
        seed: int,
    ) -> None:
        self.net = net.to(accelerator.device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
        self.accelerator, self.training, self.recipe = accelerator, training, recipe
        self.size, self._folder, self._seed = size, folder, seed
        # what the views depend on, so that a folder with others is no trap
        digest = hashlib.sha256(
            repr((len(training), size, seed, recipe.augment, recipe.blend, "mirrored")).encode()
        )
        for value in net.state_dict().values():
            digest.update(value.cpu().numpy().tobytes())
        self._name = digest.hexdigest()[:16]
        self._view: tuple[int, dict[str, Tensor]] = (-1, {})

    def view(self, epoch: int) -> dict[str, Tensor]:
        """The training pictures as they are shown in an epoch: ``pixels`` (N, 1, H, W) uint8,
        ``targets`` (N, 7) from the labels, and the teacher's ``logits`` (N, 7) and ``features`` (N,
        512) in half precision."""
        number = epoch % self.recipe.views
        if self._view[0] != number:
            path = self._folder / f"{self._name}-{number}.safetensors"
            if not path.is_file():
                path.parent.mkdir(parents=True, exist_ok=True)
                made = self._make(number)
                with atomic_write(path) as fresh:
                    save_file(made, fresh)
            self._view = number, load_file(path)
        return self._view[1]

    @torch.inference_mode()
    def _make(self, number: int) -> dict[str, Tensor]:
        with torch.random.fork_rng():
            torch.manual_seed(1_000_003 * self._seed + number)
            pixels, targets = self._pictures()
        embed = FaceEmbedding(self.net)
        with self.accelerator.autocast():
            answers = []
            for part in pixels.split(BATCH):
                shown = resize(part.to(self.accelerator.device), self.size)
                # half a point better than the picture alone
                answers.append(((embed(shown) + embed(shown.flip(-1))) / 2).cpu())
        features, logits = torch.cat(answers).half().tensor_split([RESNET18_FEATURES], dim=1)
        return {
            "pixels": pixels,
            "targets": targets,
            "features": features.contiguous(),
            "logits": logits.contiguous(),
        }

    def _pictures(self) -> tuple[Tensor, Tensor]:
        """One view of all training pictures and its targets."""
        side = self.training.pixels.shape[-1]
        chunks = self.training.pixels.split(BATCH)
        pixels = torch.cat([self.recipe.augment(chunk, side) for chunk in chunks])
        targets = soft_targets(self.training, 0.0)
        other = torch.randperm(len(pixels))
        share = self.recipe.blend * torch.rand(len(pixels)) * (torch.rand(len(pixels)) < 0.5)
        targets = torch.lerp(targets, targets[other], share[:, None])
        pixels = torch.lerp(pixels, pixels[other], share[:, None, None, None])
        return pixels.round().to(torch.uint8), targets


def distil(
    teacher: Teacher,
    student: FaceNet,
    augment: Callable[[Tensor, float], Tensor],
    validate: Callable[[nn.Module, int], Metrics],
    plan: Plan,
    runs: Path,
    recipe: Mapping[str, Any],
    earlier: Path | None = None,
) -> tuple[nn.Module, list[Metrics]]:
    """``fit`` of ``student``, which starts as the pruned teacher, on the views of one epoch after
    another, each picture as ``augment`` of it and the progress from 0 to 1 has it. The weights of
    the checkpoint ``earlier`` are trained further instead, where there is one."""
    if earlier:
        hub.load_weights(student, earlier)
    else:
        prune(teacher.net, student, resize(teacher.training.pixels[:EXAMPLES], teacher.size))
    weights = row_weights(teacher.training, teacher.recipe.balance)

    def loss_of(net: nn.Module, batch: list[Tensor], progress: float) -> Tensor:
        (rows,) = batch
        # the smallest step of progress is far above the rounding error
        view = teacher.view(int(progress * plan.epochs + 1e-6))
        shown = {
            name: values[rows.cpu()].to(rows.device)
            for name, values in (view | {"weights": weights}).items()
        }
        return distillation_loss(net(augment(shown["pixels"], progress)), shown, teacher.recipe)

    embedding, history = fit(
        teacher.accelerator,
        FaceEmbedding(student),
        TensorDataset(torch.arange(len(teacher.training))),
        loss_of,
        lambda net, epoch: validate(net.net, epoch),  # type: ignore[arg-type]
        plan,
        runs,
        recipe,
    )
    return embedding.net, history  # type: ignore[return-value]


def row_weights(training: Fer, balance: float) -> Tensor:
    """(N,) float32, 1 on average: more where the label is rare, evenly for a ``balance`` of 0 and
    so that all labels count the same for 1."""
    labels = soft_targets(training, 0.0).argmax(1)
    weights = labels.bincount(minlength=len(FACE_EMOTIONS)).clamp(min=1)[labels] ** -balance
    return weights / weights.mean()


def distillation_loss(embedding: Tensor, view: dict[str, Tensor], recipe: Distillation) -> Tensor:
    """The loss of a student's embedding (N, 512 + 7) of pictures, whose rows of a view and whose
    ``weights`` (N,) these are."""
    features, logits = embedding.float().tensor_split([RESNET18_FEATURES], dim=1)
    warm = recipe.temperature
    divergence = warm**2 * F.kl_div(
        F.log_softmax(logits / warm, dim=1),
        F.log_softmax(view["logits"].float() / warm, dim=1),
        reduction="none",
        log_target=True,
    ).sum(1)
    wanted = view["features"].float()
    distance = (features - wanted).square().mean(1) / wanted.square().mean()
    losses = (
        recipe.teacher_weight * divergence
        + recipe.label_weight * F.cross_entropy(logits, view["targets"], reduction="none")
        + recipe.feature_weight * distance
    )
    return (view["weights"] * losses).mean()


@torch.inference_mode()
def prune(teacher: FaceNet, student: FaceNet, pixels: Tensor) -> None:
    """Gives ``student`` the weights of ``teacher``, of each block's inner channels the most
    important ones: those that move the block's output most on ``pixels`` (N, 1, H, W)."""
    strengths = _strengths(teacher, pixels)
    weights = teacher.state_dict()
    names = [name for name, _ in teacher.named_modules() if name.endswith("conv2")]
    for name, strength, block in zip(names, strengths, blocks(student), strict=True):
        onward = weights[name + ".weight"].float()
        importance = strength * onward.square().sum(dim=(0, 2, 3))
        kept = importance.topk(block.conv1.out_channels).indices.sort().values
        weights[name + ".weight"] = onward[:, kept]
        place = name.removesuffix("conv2")
        weights[place + "conv1.weight"] = weights[place + "conv1.weight"][kept]
        for key in ("weight", "bias", "running_mean", "running_var"):
            weights[f"{place}bn1.{key}"] = weights[f"{place}bn1.{key}"][kept]
    student.load_state_dict(weights)


def _strengths(net: FaceNet, pixels: Tensor) -> list[Tensor]:
    """Of each block the mean square of its inner channels on ``pixels``."""
    batches = pixels.split(BATCH)
    sums: list[Any] = [0.0 for _ in blocks(net)]

    def record(number: int) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
        def add(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            sums[number] += inputs[0].float().square().mean(dim=(0, 2, 3)) / len(batches)

        return add

    hooks = [
        block.conv2.register_forward_pre_hook(record(number))
        for number, block in enumerate(blocks(net))
    ]
    for batch in batches:
        net(batch.to(net.mean.device))
    for hook in hooks:
        hook.remove()
    return sums
