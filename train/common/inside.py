"""Encoders that are trained with their head: written into its checkpoint's folder."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import BertTokenizer, PretrainedConfig

from mmsent import hub
from mmsent.models.image import ImageEncoder
from mmsent.models.motion import MotionEncoder
from mmsent.models.text import TextNet

NOT_THE_NET = ("dtype", "torch_dtype", "transformers_version", "_name_or_path")


def shape_of(config: PretrainedConfig) -> dict[str, Any]:
    """What a checkpoint says of an encoder of transformers."""
    shape = config.to_diff_dict()
    return {name: value for name, value in shape.items() if name not in NOT_THE_NET}


def save_text_encoder(
    head: Path, net: TextNet, shape: Mapping[str, Any], max_length: int, tokenizer: Path, start: str
) -> dict[str, str]:
    """Writes ``net``, an encoder of that ``shape`` without tasks, with the content of the folder
    ``tokenizer`` into the checkpoint ``head``; returns what its config says of it. ``start``: where
    its first weights came from."""
    architecture = {"encoder": dict(shape), "pool": net.encoder.pool}
    preprocessing = {"max_length": max_length}
    folder = _save(head, "text", net, architecture, preprocessing, start, labels={})
    for path in sorted(tokenizer.glob("tokenizer*.json")):
        shutil.copyfile(path, folder / path.name)
    return _named(folder)


def save_image_encoder(
    head: Path, net: ImageEncoder, architecture: Mapping[str, Any], size: int, start: str
) -> dict[str, str]:
    """Likewise for pictures, which are ``size`` pixels wide and high."""
    preprocessing = {"size": size, **_colours(net), "fit": "squash"}
    return _named(_save(head, "image", net, architecture, preprocessing, start))


def save_motion_encoder(
    head: Path,
    net: MotionEncoder,
    architecture: Mapping[str, Any],
    frames: int,
    size: int,
    start: str,
) -> dict[str, str]:
    """Likewise for moving pictures, of ``frames`` frames each."""
    preprocessing = {"frames": frames, "size": size, **_colours(net)}
    return _named(_save(head, "motion", net, architecture, preprocessing, start))


def pretrained(kind: Any, source: str | Path, **options: Any) -> Any:
    """``kind.from_pretrained``, but weights the source does not have are an error (ValueError), not
    random numbers."""
    net, found = kind.from_pretrained(
        source, dtype=torch.float32, output_loading_info=True, **options
    )
    if found["missing_keys"]:
        raise ValueError(
            f"{source} lacks weights of a {kind.__name__}: "
            f"{', '.join(sorted(found['missing_keys'])[:3])} …"
        )
    return net


def bert_tokenizer(source: str, vocabulary: int) -> BertTokenizer:
    """The tokenizer of a BERT that knows ``vocabulary`` tokens. Raises ValueError where the source has
    none that fits: without its files a tokenizer comes with special tokens only, and says nothing."""
    tokenizer = BertTokenizer.from_pretrained(source)
    if not len(tokenizer.all_special_ids) < len(tokenizer) <= vocabulary:
        raise ValueError(f"“{source}” has no vocabulary that fits its weights")
    return tokenizer


def _colours(net: ImageEncoder | MotionEncoder) -> dict[str, list[float]]:
    """Mean and deviation that its pixels are normalised by, 0..1."""
    parts = {"mean": net.mean, "std": net.std}
    return {name: (part / 255).flatten().tolist() for name, part in parts.items()}


def _save(
    head: Path,
    name: str,
    net: nn.Module,
    architecture: Mapping[str, Any],
    preprocessing: Mapping[str, Any],
    start: str,
    **more: Any,
) -> Path:
    """The folder of the encoder. Figures of an earlier head must not stand beside it, whatever ends
    the process."""
    (head / hub.METRICS).unlink(missing_ok=True)
    folder = head / hub.INSIDE / name
    config = {
        "task": name,
        "architecture": dict(architecture),
        "preprocessing": dict(preprocessing),
        "training": {"start": start},
        **more,
    }
    hub.save_checkpoint(folder, net, config)
    return folder


def _named(folder: Path) -> dict[str, str]:
    preprocessing = hub.read_config(folder, folder.name)["preprocessing"]
    return {
        "source": folder.name,
        "sha256": hub.sha256(folder / hub.WEIGHTS),
        "identity": hub.identity(folder, preprocessing),
    }
