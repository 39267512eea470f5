"""The backbone of faces: a ResNet18 whose stem suits small pictures."""

from typing import Literal, get_args

import torchvision
from torch import nn

Stem = Literal["7x7/4", "3x3/2", "3x3/1"]

RESNET18_FEATURES = 512


def resnet18(stem: Stem = "7x7/4", weights: str | None = None) -> nn.Module:
    """torchvision's ResNet18 (He et al. 2015, arXiv:1512.03385) without its classifier.

    Takes (N, 3, H, W) float, gives (N, 512) float, the average over the last grid. The stem's name
    is its kernel and how much it shrinks the picture before the first block: ``7x7/4`` is
    torchvision's own (7x7 stride 2, then max-pool), made for 224 px; small pictures keep their
    detail with ``3x3/2`` or ``3x3/1``. ``weights`` is a torchvision weight name such as
    ``IMAGENET1K_V1`` (downloaded by torchvision) or None for random weights.
    """
    if stem not in get_args(Stem):
        raise ValueError(f"unknown stem {stem!r}, expected one of {', '.join(get_args(Stem))}")
    net = torchvision.models.resnet18(weights=weights)
    net.fc = nn.Identity()
    if stem != "7x7/4":
        net.conv1 = nn.Conv2d(3, 64, kernel_size=3, stride=int(stem[-1]), padding=1, bias=False)
        nn.init.kaiming_normal_(net.conv1.weight, mode="fan_out", nonlinearity="relu")
        net.maxpool = nn.Identity()
    return net
