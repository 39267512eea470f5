"""The backbone of faces: a ResNet18 whose stem suits small pictures."""

from collections.abc import Iterator, Sequence
from typing import Literal, get_args

import torchvision
from torch import nn
from torchvision.models.resnet import BasicBlock

Stem = Literal["7x7/4", "3x3/2", "3x3/1"]

RESNET18_FEATURES = 512


def resnet18(
    stem: Stem = "7x7/4", weights: str | None = None, inner: Sequence[int] = ()
) -> nn.Module:
    """torchvision's ResNet18 (He et al. 2015, arXiv:1512.03385) without its classifier.

    Takes (N, 3, H, W) float, gives (N, 512) float, the average over the last grid. The stem's name
    is its kernel and how much it shrinks the picture before the first block: ``7x7/4`` is
    torchvision's own (7x7 stride 2, then max-pool), made for 224 px; small pictures keep their
    detail with ``3x3/2`` or ``3x3/1``. ``weights`` is a torchvision weight name such as
    ``IMAGENET1K_V1`` (downloaded by torchvision) or None for random weights. ``inner`` are the
    channels between the two convolutions of each of the eight blocks, by default torchvision's;
    with fewer the net is smaller and the width of what it passes on is not.
    """
    if stem not in get_args(Stem):
        raise ValueError(f"unknown stem {stem!r}, expected one of {', '.join(get_args(Stem))}")
    net = torchvision.models.resnet18(weights=weights)
    net.fc = nn.Identity()
    if stem != "7x7/4":
        net.conv1 = nn.Conv2d(3, 64, kernel_size=3, stride=int(stem[-1]), padding=1, bias=False)
        nn.init.kaiming_normal_(net.conv1.weight, mode="fan_out", nonlinearity="relu")
        net.maxpool = nn.Identity()
    if inner:
        for block, width in zip(blocks(net), inner, strict=True):
            _narrow(block, width)
    return net


def blocks(net: nn.Module) -> Iterator[BasicBlock]:
    """The eight blocks of a ResNet18, first to last."""
    return (block for block in net.modules() if isinstance(block, BasicBlock))


def _narrow(block: BasicBlock, width: int) -> None:
    first, second = block.conv1, block.conv2
    block.conv1 = nn.Conv2d(first.in_channels, width, 3, first.stride, 1, bias=False)
    block.bn1 = nn.BatchNorm2d(width)
    block.conv2 = nn.Conv2d(width, second.out_channels, 3, 1, 1, bias=False)
    for convolution in (block.conv1, block.conv2):
        nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")
