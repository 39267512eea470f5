"""Train the video model: words, faces and voice of an utterance to its emotion and sentiment, any
of them missing or not.

    python -m train.video --data ../shared/data                          # preset compact, the one that ships
    python -m train.video --data MELD.Raw --preset reference --out my/video    # the reference project: BERT and R3D-18
    accelerate launch -m train.video --data ...                          # all GPUs of this machine
    python -m train.video --data ... --epochs 1 --seeds 1 --limit 200 --runs runs/look --out runs/look/video
    python -m train.video --data ... --keep checkpoints/video            # learns the voice anew, and how much each side counts
    python -m train.video --clips FOLDER                                 # what the checkpoint in --out says of real clips

Compact stands on checkpoints/text, checkpoints/face and checkpoints/speech and learns from MELD's
words, from RAVDESS's, TESS's and URDU's voices and from FER2013's faces, which belong to different
people. Words, voice and face are learnt each alone. How much each counts where several are given is
fitted to tuples of equal label, whose voices come from a corpus that the voice net had not heard.
What the frozen encoders make of the corpora is kept below --runs under their sha256, so after a
change of one of them only what depends on it runs again; the voices take longest (half an hour on
two cores). The net of --seed ships; --seeds others, for which the speakers of the voices are drawn
anew, show how much hangs on chance. Run it again with the same arguments after a kill and it goes
on where it was. The test rows are evaluated once, through the checkpoint that was written.

The preset reference takes a folder as MELD publishes it: train_sent_emo.csv beside
train_splits/dia0_utt0.mp4, dev_sent_emo.csv with dev_splits_complete, test_sent_emo.csv with
output_repeated_splits_test. It fetches bert-base-uncased from the Hub (or takes --text-model) and
R3D-18 by torchvision; both lie in the checkpoint, so it is shown and published like any other.

--clips wants clips and a labels.csv beside them with the columns file, text, Emotion, Sentiment.
"""

import argparse
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from accelerate import Accelerator

from mmsent import hub
from mmsent.labels import CONVERSATION_EMOTIONS, SENTIMENTS
from mmsent.models.video import VideoNet
from mmsent.pipelines.encoders import TextFeatures, name_encoder, text_features
from mmsent.pipelines.face import FacePipeline, shared_face
from mmsent.pipelines.speech import SpeechFeatures, speech_features
from mmsent.pipelines.video_inputs import mode_names
from train.common.cache import cache_key
from train.common.loop import Metrics, Plan
from train.common.provenance import origin
from train.common.script import (
    TEXT_MODEL_HELP,
    parse_args,
    script_parser,
    trained_or_shipped,
    training_run,
)
from train.video.data import Corpora, read_corpora
from train.video.export import export_video
from train.video.real_clips import check_clips
from train.video.reference import PLAN as REFERENCE_PLAN
from train.video.reference import TEXT_MODEL, train_reference
from train.video.sides import Seed
from train.video.single_modality import PLAN, train_single_modality
from train.video.single_modality import RECIPE as ALONE_RECIPE
from train.video.trust import RECIPE as TRUST_RECIPE
from train.video.voice import RECIPE as VOICE_RECIPE
from train.video.voice import leave_group_out_logits, speaker_folds, train_voice

WIDTH, HIDDEN = 128, 256
DROPOUT = 0.4


def train_seed(
    work: Accelerator,
    net: VideoNet,
    corpora: Corpora,
    plan: Plan,
    runs: Path,
    start_net: VideoNet | None,
    resampled: bool,
) -> Seed:
    """The net with all modalities trained, words and face those of ``kept`` if it is given, before
    their fusion weights are fitted; with the logits of voices from classifiers that were not trained
    on their corpus, and from some that were not trained on their speaker."""
    history: list[Metrics] = []
    if start_net:
        net.load_state_dict(
            start_net.state_dict()
            | {name: part for name, part in net.state_dict().items() if _is_new(name)}
        )
    else:
        net, history = train_single_modality(work, net, corpora, plan, runs)
    voices, luck = corpora.voices["known"], plan.seed if resampled else None
    net.voice.load_state_dict(train_voice(voices, luck).state_dict())
    strange, others = (
        leave_group_out_logits(voices, voices.corpora, luck),
        leave_group_out_logits(voices, speaker_folds(voices), luck),
    )
    return Seed(net.cpu().eval(), history, strange, others)


def _is_new(name: str) -> bool:
    """Whether a parameter is of the voice or of what joins."""
    return not name.startswith(("text.", "face."))


def config_of(
    encoders: dict[str, TextFeatures | FacePipeline | SpeechFeatures],
    net: VideoNet,
    plan: Plan,
    seed: int,
    histories: Sequence[Sequence[Metrics]],
    keep: Path | None,
) -> hub.Config:
    """What ``config.json`` says before calibration."""
    neutral = {"temperature": 1.0, "threshold": 0.0}
    return {
        "task": "video",
        "architecture": {
            "text_width": net.text_width,
            "face_width": net.face_width,
            "voice_width": net.voice_width,
            "width": WIDTH,
            "hidden": HIDDEN,
        },
        "labels": {"emotion": list(CONVERSATION_EMOTIONS), "sentiment": list(SENTIMENTS)},
        "encoders": {name: name_encoder(name, encoder) for name, encoder in encoders.items()},
        "calibration": {mode: {"emotion": neutral, "sentiment": neutral} for mode in mode_names()},
        "training": {
            "preset": "compact",
            "data": "MELD's words, voices of RAVDESS, TESS and URDU, and FER2013's faces",
            **origin([row for rows in histories for row in rows]),
            "seed": seed,
            **({"words_and_faces": _origin(keep)} if keep else {}),
            "recipe": {"dropout": DROPOUT}
            | ALONE_RECIPE
            | VOICE_RECIPE
            | TRUST_RECIPE
            | {name: value for name, value in asdict(plan).items() if name != "seed"},
        },
    }


def _origin(keep: Path) -> str:
    """Where words and faces of a checkpoint come from."""
    training = hub.read_config(keep, "video")["training"]
    return training.get(
        "words_and_faces", f"as trained at commit {training['commit']}, seed {training['seed']}"
    )


def run_compact(work: Accelerator, args: argparse.Namespace) -> None:
    text, face, speech = (
        text_features(args.text_model),
        shared_face(args.face_model),
        speech_features(args.speech_model),
    )
    corpora = read_corpora(
        args.data, text, face, speech, args.runs / "cache", args.limit, bool(args.keep)
    )
    plan = replace(PLAN, epochs=args.epochs or PLAN.epochs)
    encoders: dict[str, TextFeatures | FacePipeline | SpeechFeatures] = {
        "text": text,
        "face": face,
        "speech": speech,
    }
    start_net = None
    if args.keep:
        start_net = VideoNet(**hub.read_config(args.keep, "video")["architecture"])
        hub.load_weights(start_net, args.keep)
    seeds = []
    for seed in range(args.seed, args.seed + args.seeds):
        net = VideoNet(2 * text.width, face.width, speech.width, WIDTH, HIDDEN, dropout=DROPOUT)
        folder = (
            args.runs / f"{cache_key(*(encoder.sha256 for encoder in encoders.values()))}-{seed}"
        )
        seeds.append(
            train_seed(
                work,
                net,
                corpora,
                replace(plan, seed=seed),
                folder,
                start_net,
                resampled=seed > args.seed,
            )
        )
    if work.is_main_process:
        config = config_of(
            encoders,
            seeds[0].net,
            plan,
            args.seed,
            [seed.history for seed in seeds],
            args.keep,
        )
        export_video(seeds, config, corpora, args.out)


def run_reference(work: Accelerator, args: argparse.Namespace) -> None:
    plan = replace(REFERENCE_PLAN, epochs=args.epochs or REFERENCE_PLAN.epochs, seed=args.seed)
    train_reference(
        work, args.data, args.runs, args.out, plan, text_model=args.text_model or TEXT_MODEL
    )


def main() -> None:
    parser = script_parser(__doc__, "video", head=True)
    parser.add_argument(
        "--data", type=Path, help="folder of the corpora, or of MELD as it is published"
    )
    parser.add_argument(
        "--clips",
        type=Path,
        help="no training: try the checkpoint in --out on the clips of this folder",
    )
    parser.add_argument("--preset", choices=("compact", "reference"), default="compact")
    parser.add_argument("--text-model", help=TEXT_MODEL_HELP)
    parser.add_argument("--face-model", help="face checkpoint (compact)")
    parser.add_argument("--speech-model", help="speech checkpoint (compact)")
    parser.add_argument(
        "--keep",
        type=Path,
        help="a video checkpoint whose words and faces are taken over (compact)",
    )
    parser.add_argument("--epochs", type=int)
    parser.add_argument(
        "--seeds",
        type=int,
        default=3,
        help="how many nets are trained, the first with --seed (compact)",
    )
    args = parse_args(parser)
    if args.clips:
        check_clips(args.clips, trained_or_shipped(args))
        return
    if not args.data:
        parser.error("--data is missing")
    with training_run(args) as work:
        {"compact": run_compact, "reference": run_reference}[args.preset](work, args)


if __name__ == "__main__":
    main()
