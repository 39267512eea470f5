"""Trains the preset ``reference`` of the video model, on MELD as it is published: utterances and a
clip of each.

``python -m train.video --preset reference --data MELD.Raw`` calls ``train_reference``. The frozen
encoders become checkpoints of their own first, and run once a clip as the page runs them; what they
give, and the log-mel, is kept below ``runs``, so that every epoch after that takes seconds.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from transformers import BertModel

from mmsent import hub
from mmsent.models import build_head
from mmsent.models.motion import MotionEncoder
from mmsent.models.text import TextNet
from mmsent.pipelines.clip_readers import SceneClipReader
from mmsent.pipelines.motion_encoder import MotionFeatures
from mmsent.pipelines.text_encoder import TextFeatures
from train.common.cache import cache_key
from train.common.inside import (
    bert_tokenizer,
    pretrained,
    save_motion_encoder,
    save_text_encoder,
    shape_of,
)
from train.common.loop import Metrics, Plan
from train.common.provenance import origin
from train.video.meld_raw import encode_part
from train.video.reference_export import export_reference
from train.video.reference_trainer import LABEL_SMOOTHING, LABELS, PATIENCE, Trainer

TEXT_MODEL = "bert-base-uncased"
MOTION = {"torchvision": "r3d_18"}
WEIGHTS: str | None = "KINETICS400_V1"  # of torchvision; None: random ones
MEAN, STD = (0.43216, 0.394666, 0.37645), (0.22803, 0.22145, 0.216989)  # of what they learned from
MAX_LENGTH = 128  # tokens
FRAMES = 16  # of a clip, evenly over it: as many as R3D-18 was trained on
FRAME_SIDE = 112  # pixels, likewise
MEL_ROWS = 600  # six seconds: longer sounds are cut, shorter ones padded with zeros
MELS = 64
PLAN = Plan(
    epochs=25,
    batch_size=16,
    learning_rate=1e-4,
    optimizer="adam",
    schedule="constant",
    weight_decay=1e-5,
)
PARTS = ("train", "dev", "test")


@dataclass(frozen=True)
class Encoders:
    """BERT with its ``tokenizer``, a folder, and the video net, as they are before they become
    checkpoints; ``start`` names where their weights came from."""

    text: TextNet
    shape: dict[str, Any]
    tokenizer: Path
    motion: MotionEncoder
    start: dict[str, str]

    def save(self, head: Path) -> dict[str, dict[str, str]]:
        """Writes both into the checkpoint ``head`` and returns what its config says of them."""
        length = min(MAX_LENGTH, self.text.encoder.longest)
        return {
            "text": save_text_encoder(
                head, self.text, self.shape, length, self.tokenizer, self.start["text"]
            ),
            "motion": save_motion_encoder(
                head, self.motion, MOTION, FRAMES, FRAME_SIDE, self.start["motion"]
            ),
        }


def train_reference(
    work: Accelerator,
    data: Path,
    runs: Path,
    out: Path,
    plan: Plan = PLAN,
    text_model: str = TEXT_MODEL,
) -> dict[str, Any]:
    """Trains on the folder ``data`` (see ``read_meld``), in one process, and returns what
    metrics.json says.

    ``out`` gets a whole checkpoint, with both encoders inside: the epoch with the lowest validation
    loss. ``text_model`` is a BERT with its tokenizer, a name on the Hub or a folder. Raises
    ValueError where ``data`` lacks something, hub.CheckpointError where an encoder can't be had.
    """
    encoders = fetch_encoders(text_model, runs)
    encoders.save(runs)
    reader = reader_of(runs, str(work.device))
    cache = runs / f"cache-{cache_key(reader.text.identity, reader.motion.identity, MELS)}"
    parts = {part: encode_part(work, data, part, reader, cache) for part in PARTS}
    torch.manual_seed(plan.seed)
    architecture = {
        "net": "concat",
        "text_width": reader.text.width,
        "picture_width": reader.seen_width,
        "mels": MELS,
        "mel_rows": MEL_ROWS,
    }
    net = build_head("video", architecture)
    net.set_means(*parts["train"].tensors[:2])
    trainer = Trainer(work, net, parts["train"], parts["dev"], plan, runs / "state.pt")
    history = trainer.fit()
    config = _config(architecture, encoders.start, plan, len(parts["train"]), history)
    return export_reference(trainer, parts, config | {"encoders": encoders.save(out)}, history, out)


def reader_of(folder: Path, device: str) -> SceneClipReader:
    """With the encoders that lie in ``folder``."""
    text, motion = (folder / hub.INSIDE / name for name in ("text", "motion"))
    return SceneClipReader(
        TextFeatures(text, device), MotionFeatures(motion, device), MELS, MEL_ROWS
    )


def fetch_encoders(text_model: str, runs: Path) -> Encoders:
    """Both encoders, the tokenizer below ``runs``. Raises CheckpointError where one can't be had."""
    try:
        bert = pretrained(BertModel, text_model)
        tokenizer = bert_tokenizer(text_model, bert.config.vocab_size)
        motion = MotionEncoder(MOTION, MEAN, STD, WEIGHTS)
    except (OSError, ValueError, RuntimeError) as error:
        raise hub.CheckpointError(
            f"BERT from “{text_model}” or R3D-18 from torchvision can't be had "
            f"({str(error).splitlines()[0]}): go online, or "
            "name a local folder of transformers with --text-model (weights and tokenizer)."
        ) from None
    tokenizer.save_pretrained(runs / "tokenizer")
    shape = shape_of(bert.config)
    text = TextNet(shape, {}, pool="cls")
    text.encoder.net.load_state_dict(bert.state_dict())
    start = {"text": text_model, "motion": f"torchvision {MOTION['torchvision']}, {WEIGHTS}"}
    return Encoders(text, shape, runs / "tokenizer", motion, start)


def _config(
    architecture: dict[str, Any],
    start: dict[str, str],
    plan: Plan,
    rows: int,
    history: Sequence[Metrics],
) -> hub.Config:
    """What ``config.json`` says before calibration."""
    recipe = asdict(plan) | {"patience": PATIENCE, "label_smoothing": LABEL_SMOOTHING}
    return {
        "task": "video",
        "architecture": architecture,
        "labels": {task: list(names) for task, names in LABELS.items()},
        "training": {
            "preset": "reference",
            "data": f"MELD ({rows:,} rows)",
            "start": start,
            "recipe": recipe,
            **origin(history),
        },
    }
