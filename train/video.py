"""Train the video model: words, faces and voice of an utterance to its emotion and sentiment, any of them missing or not.

    python -m train.video --data ../shared/data                          # preset compact, the one that ships
    python -m train.video --data MELD.Raw --preset reference --out my/video    # the reference project: BERT and R3D-18
    accelerate launch -m train.video --data ...                          # all GPUs of this machine
    python -m train.video --data ... --epochs 1 --voice-epochs 1 --seeds 1 --limit 200 --runs runs/look --out runs/look/video
    python -m train.video --clips FOLDER                                 # what the checkpoint in --out says of real clips

Compact stands on checkpoints/text and checkpoints/face and learns from MELD's words, from RAVDESS's, TESS's and URDU's voices
and from FER2013's faces, which belong to different people: the voice encoder learns alone first, then the fusion learns from
all three, paired by equal label, with modalities left out at random. What the frozen encoders see is kept below --runs under
their sha256, so after a change of one of them only what depends on it runs again. Everything is done for --seeds seeds; the
one that is best on the validation rows (MELD's dev part, FER2013's PublicTest, held-out speakers) ships, all are told. Run
it again with the same arguments after a kill and it goes on where it was. The test rows are evaluated once, through the
checkpoint that was written.

The preset reference takes a folder as MELD publishes it: train_sent_emo.csv beside train_splits/dia0_utt0.mp4, dev_sent_emo.csv
with dev_splits_complete, test_sent_emo.csv with output_repeated_splits_test. It fetches bert-base-uncased from the Hub (or
takes --text-model) and R3D-18 by torchvision.

--clips wants clips and a labels.csv beside them with the columns file, text, Emotion, Sentiment.
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
from sklearn.metrics import f1_score
from torch import Tensor, nn

from mmsent import hub
from mmsent.labels import CONVERSATION_EMOTIONS, SENTIMENTS
from mmsent.models.video import VideoNet
from mmsent.pipelines.encoders import TextFeatures, text_features
from mmsent.pipelines.face import FacePipeline, shared_face
from mmsent.pipelines.video_inputs import modes
from train.finish_video import finish_video
from train.loop import Metrics, Plan, fit
from train.provenance import origin
from train.script import parsed, script_parser, training_run
from train.video_clips import check_clips
from train.video_data import Corpora, key, read_corpora
from train.video_pairs import RECIPE, Example, Mixture, batch_of, singles
from train.video_reference import PLAN as REFERENCE_PLAN
from train.video_reference import TEXT_MODEL, train_reference
from train.voice import PLAN as VOICE_PLAN
from train.voice import VoiceAugment, VoiceDataset, balanced, encode, train_voice

WIDTH, FUSION, MELS = 128, 256, 64
DROPOUT = 0.4
VIEWS = 4  # of a training voice: as it is, and changed at random
LABEL_SMOOTHING = 0.05
PLAN = Plan(epochs=6, batch_size=256, learning_rate=1e-3, optimizer="adamw", schedule="onecycle", weight_decay=0.05, ema=0.99)


class Fusion(nn.Module):
    """A video net that is given what its voice encoder made of the sound."""

    def __init__(self, net: VideoNet) -> None:
        super().__init__()
        self.net = net
        self.net.voice.requires_grad_(False)

    def forward(self, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        return self.net.fuse(*inputs)


def train_fusion(work: Accelerator, net: VideoNet, corpora: Corpora, plan: Plan, runs: Path) -> tuple[VideoNet, list[Metrics]]:
    """The net to keep and one row of metrics an epoch; ``val_accuracy`` is the mean over the three modalities alone."""
    words, voices, faces = corpora.words["train"], corpora.voices["train"], corpora.faces["train"]
    net.voice.to(work.device).eval()
    torch.manual_seed(plan.seed)
    views = [encode(work, net.voice, voices.mels, None if view == 0 else VoiceAugment()) for view in range(VIEWS)]
    training = Mixture(words, torch.stack(views, dim=1).half().numpy(), voices.emotions, faces)
    spoken = corpora.voices["val"]
    heard = encode(work, net.voice, spoken.mels)[:, None].half().numpy()
    held_out = singles(corpora.words["val"], heard, spoken.emotions, corpora.faces["val"])
    collate = partial(batch_of, widths=(words.rows.shape[1], faces.rows.shape[2], WIDTH))

    def loss_of(net: nn.Module, batch: tuple[Tensor, ...], progress: float) -> Tensor:
        *inputs, emotions, sentiments = batch
        emotion, sentiment = net(*inputs)
        smoothed = {"label_smoothing": LABEL_SMOOTHING}
        known = F.cross_entropy(sentiment.float(), sentiments, ignore_index=-1, **smoothed)  # type: ignore[arg-type]
        return F.cross_entropy(emotion.float(), emotions, **smoothed) + known  # type: ignore[arg-type]

    def validate(net: nn.Module, epoch: int) -> Metrics:
        scores, losses = {}, []
        for name, examples in held_out.items():
            emotion, sentiment, emotions, sentiments = predict(work, net, examples, collate)
            losses.append(F.cross_entropy(emotion, emotions).item())
            scores[f"val_{name}"] = (emotion.argmax(dim=1) == emotions).float().mean().item()
            if name == "text":
                scores["val_text_f1"] = float(f1_score(emotions, emotion.argmax(dim=1), average="weighted"))
                scores["val_sentiment_f1"] = float(f1_score(sentiments, sentiment.argmax(dim=1), average="weighted"))
        mean = float(np.mean([scores[f"val_{name}"] for name in held_out]))
        return {"val_loss": float(np.mean(losses)), "val_accuracy": mean} | scores

    recipe = {"rows": len(training), "views": VIEWS, "label_smoothing": LABEL_SMOOTHING, "dropout": DROPOUT} | RECIPE
    kept, history = fit(work, Fusion(net), training, loss_of, validate, plan, runs, recipe, collate=collate)
    return kept.net, history  # type: ignore[return-value]


@torch.inference_mode()
def predict(
    work: Accelerator, net: nn.Module, examples: list[Example], collate: partial, batch_size: int = 1024
) -> list[Tensor]:
    """Emotion logits (N, 7), sentiment logits (N, 3), emotions and sentiments (N,) on the CPU."""
    parts = []
    for start in range(0, len(examples), batch_size):
        *inputs, emotions, sentiments = collate(examples[start : start + batch_size])
        with work.autocast():
            emotion, sentiment = net(*(tensor.to(work.device) for tensor in inputs))
        parts.append((emotion.float().cpu(), sentiment.float().cpu(), emotions, sentiments))
    return [torch.cat(column) for column in zip(*parts, strict=True)]


def config_of(
    text: TextFeatures, face: FacePipeline, plans: dict[str, Plan], seed: int, histories: Sequence[Sequence[Metrics]]
) -> hub.Config:
    """What ``config.json`` says before calibration."""
    neutral = {"temperature": 1.0, "threshold": 0.0}
    return {
        "task": "video",
        "architecture": {
            "text_width": 2 * text.width,
            "face_width": face.width,
            "mels": MELS,
            "width": WIDTH,
            "fusion": FUSION,
        },
        "labels": {"emotion": list(CONVERSATION_EMOTIONS), "sentiment": list(SENTIMENTS)},
        "encoders": {"text": {"source": "text", "sha256": text.sha256}, "face": {"source": "face", "sha256": face.sha256}},
        "calibration": {mode: {"emotion": neutral, "sentiment": neutral} for mode in modes()},
        "training": {
            "preset": "compact",
            "data": "MELD's words, voices of RAVDESS, TESS and URDU, and FER2013's faces, paired by label",
            **origin([row for rows in histories for row in rows]),
            "seed": seed,
            "recipe": {"dropout": DROPOUT, "label_smoothing": LABEL_SMOOTHING}
            | RECIPE
            | {
                f"{step}_{name}": value
                for step, plan in plans.items()
                for name, value in asdict(plan).items()
                if name != "seed"
            },
        },
    }


def run_compact(work: Accelerator, args: argparse.Namespace) -> None:
    text = text_features(args.text_model)
    face = shared_face(args.face_model)
    corpora = read_corpora(args.data, text, face, args.runs / "cache", args.limit)
    plans = {
        "voice": replace(VOICE_PLAN, epochs=args.voice_epochs or VOICE_PLAN.epochs),
        "fusion": replace(PLAN, epochs=args.epochs or PLAN.epochs),
    }
    spoken = corpora.voices["train"]
    rows = balanced(spoken.corpora)
    training = VoiceDataset([spoken.mels[i] for i in rows], spoken.emotions[rows])
    held_out = VoiceDataset(corpora.voices["val"].mels, corpora.voices["val"].emotions)
    nets, histories, voices = [], [], []
    for seed in range(args.seed, args.seed + args.seeds):
        own = {step: replace(plan, seed=seed) for step, plan in plans.items()}
        encoder, spoke = train_voice(work, training, held_out, WIDTH, own["voice"], args.runs / f"voice-{seed}")
        net = VideoNet(2 * text.width, face.width, MELS, WIDTH, FUSION, dropout=DROPOUT)
        net.voice.load_state_dict(encoder.state_dict())
        folder = args.runs / f"fusion-{seed}-{key(text.sha256, face.sha256)}"
        kept, history = train_fusion(work, net, corpora, own["fusion"], folder)
        nets.append(kept)
        histories.append(history)
        voices.append(spoke)
    if work.is_main_process:
        best = max(range(len(nets)), key=lambda i: histories[i][-1]["val_accuracy"])
        config = config_of(text, face, plans, args.seed + best, [*voices, *histories])
        ordered = [nets[best], *(net for i, net in enumerate(nets) if i != best)]
        finish_video(ordered, config, corpora, histories[best], args.out)


def run_reference(work: Accelerator, args: argparse.Namespace) -> None:
    plan = replace(REFERENCE_PLAN, epochs=args.epochs or REFERENCE_PLAN.epochs, seed=args.seed)
    train_reference(work, args.data, args.runs, args.out, plan, text_model=args.text_model or TEXT_MODEL)


def main() -> None:
    parser = script_parser(__doc__, "video", head=True)
    parser.add_argument("--data", type=Path, help="folder of the corpora, or of MELD as it is published")
    parser.add_argument("--clips", type=Path, help="no training: try the checkpoint in --out on the clips of this folder")
    parser.add_argument("--preset", choices=("compact", "reference"), default="compact")
    parser.add_argument("--text-model", help="text encoder: a checkpoint (compact), a Hub name or folder (reference)")
    parser.add_argument("--face-model", help="face checkpoint (compact)")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--voice-epochs", type=int)
    parser.add_argument("--seeds", type=int, default=3, help="how many nets are trained, the first with --seed (compact)")
    args = parsed(parser)
    if args.clips:
        check_clips(args.clips, args.out)
        return
    if not args.data:
        parser.error("--data is missing")
    with training_run(args) as work:
        {"compact": run_compact, "reference": run_reference}[args.preset](work, args)


if __name__ == "__main__":
    main()
