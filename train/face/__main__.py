"""Train the face model on FER2013.

    python -m train.face --data ../shared/data/face                      # from scratch, no download
    python -m train.face --data ... --preset continue --start checkpoints/face --runs runs/more --out runs/more/face
    python -m train.face --data ... --preset student --start checkpoints/face --runs runs/student --out checkpoints/face/student
    python -m train.face --data ../shared/data/face --preset reference   # ImageNet ResNet18 at 224 px
    accelerate launch -m train.face --data ...                           # all GPUs of this machine
    python -m train.face --data ... --epochs 2 --limit 512 --runs runs/look --out runs/look/face   # a look, in a minute
    python -m train.face --predict faces.parquet                         # no training: labels an unlabelled file

Run it again with the same arguments after a kill and it goes on where it was. The temperature and
the threshold of "not sure" are fitted on PublicTest; PrivateTest is evaluated once, at the end,
through the checkpoint that was written. --out (runs/face/checkpoint) gets the checkpoint with
metrics.json, plots and model card; --runs the state, the TensorBoard logs and the grid of
predictions, whose pictures are the data set's and not ours to publish. Where df_test has no labels,
as in the reference project, validation and test rows are held out of df_train and df_test is
labelled: --runs gets test_prediction.csv.
"""

import argparse
from dataclasses import asdict, replace
from pathlib import Path

import torch
import torch.nn.functional as F
from accelerate import Accelerator, PartialState
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from mmsent import hub
from mmsent.labels import FACE_EMOTIONS
from mmsent.models.face import FaceNet
from train.common import plots
from train.common.augment import resize
from train.common.loop import Metrics, fit
from train.common.script import parse_args, script_parser, trained_or_shipped, training_run
from train.face.config import config_of, statistics
from train.face.data import Fer, is_unlabelled, read_parts, soft_targets
from train.face.evaluate import labels_of
from train.face.export import export_face, write_predictions
from train.face.presets import PRESETS, Preset
from train.face.student import Teacher, distil


def train(
    accelerator: Accelerator,
    preset: Preset,
    training: Fer,
    public: Fer,
    runs: Path,
    start: Path | None = None,
    student: Path | None = None,
) -> tuple[nn.Module, list[Metrics]]:
    """Trains on ``training``, from the weights of the checkpoint ``start`` if there is one (a
    student from those of ``student``), and logs the score on ``public`` after each epoch. Returns
    the net to keep and one row an epoch."""
    truth = labels_of(public)
    net = FaceNet(preset.stem, *statistics(training), preset.dropout, preset.weights)
    if start:
        hub.load_weights(net, start)
    recipe = asdict(preset) | {
        "start": str(start),
        "rows": len(training),
        "validation_rows": len(public),
    }

    def loss_of(net: nn.Module, batch: list[Tensor], progress: float) -> Tensor:
        pictures, targets = batch
        logits = net(preset.augment(pictures, preset.size_at(progress)))
        return F.cross_entropy(logits, targets, label_smoothing=preset.label_smoothing)

    def validate(net: nn.Module, epoch: int) -> Metrics:
        logits = predict(accelerator, net, public, preset.size)
        predicted = logits.argmax(1)
        if accelerator.is_main_process:
            figure = plots.confusion(
                truth.numpy(), predicted.numpy(), FACE_EMOTIONS, f"PublicTest, epoch {epoch + 1}"
            )
            accelerator.get_tracker("tensorboard", unwrap=True).add_figure(
                "confusion_matrix", figure, epoch
            )
        loss = F.cross_entropy(logits, truth)
        return {"val_loss": loss.item(), "val_accuracy": (predicted == truth).float().mean().item()}

    if preset.distillation:
        return distil(
            Teacher(
                accelerator,
                net,
                training,
                preset.distillation,
                preset.size,
                runs / "views",
                preset.plan.seed,
            ),
            FaceNet(preset.stem, *statistics(training), inner=preset.inner),
            lambda pictures, progress: preset.augment(pictures, preset.size_at(progress)),
            validate,
            preset.plan,
            runs,
            recipe | ({"student": str(student)} if student else {}),
            student,
        )
    data = TensorDataset(training.pixels, soft_targets(training, preset.vote_weight))
    return fit(accelerator, net, data, loss_of, validate, preset.plan, runs, recipe)


@torch.inference_mode()
def predict(
    accelerator: Accelerator, net: nn.Module, fer: Fer, size: int, batch_size: int = 256
) -> Tensor:
    """(N, 7) float32 logits on the CPU, in the order of the file; the work is shared among the
    processes."""
    loader = accelerator.prepare(DataLoader(TensorDataset(fer.pixels), batch_size))
    parts = []
    for (pixels,) in loader:
        with accelerator.autocast():
            logits = net(resize(pixels, size))
        parts.append(accelerator.gather_for_metrics(logits.float()).cpu())
    return torch.cat(parts)


def run(work: Accelerator, args: argparse.Namespace) -> None:
    preset = PRESETS[args.preset]
    preset = replace(
        preset, plan=replace(preset.plan, seed=args.seed, epochs=args.epochs or preset.plan.epochs)
    )
    parts = read_parts(args.data, args.limit, args.seed)
    net, history = train(
        work, preset, parts["Training"], parts["PublicTest"], args.runs, args.start, args.student
    )
    if work.is_main_process:
        config = config_of(
            preset, args.preset, parts["Training"], history, args.start, args.student
        )
        unlabelled = is_unlabelled(args.data / "df_test.parquet.gzip")
        if unlabelled:
            rows = f"df_train ({len(parts['Training']):,} rows)"
            config["training"] |= {
                "split": "tenths",
                "data": f"{rows}; df_test has no labels, so validation and test rows are tenths of "
                "df_train",
            }
        export_face(net, config, parts, history, args.runs, args.out)
        if unlabelled:
            write_predictions(
                args.out, args.data / "df_test.parquet.gzip", args.runs / "test_prediction.csv"
            )


def main() -> None:
    parser = script_parser(__doc__, "face")
    parser.add_argument(
        "--data",
        type=Path,
        help="folder of the FER2013 parquet files; without it nothing is trained",
    )
    parser.add_argument("--preset", choices=PRESETS, default="compact")
    parser.add_argument(
        "--start", type=Path, metavar="FOLDER", help="checkpoint whose weights are trained further"
    )
    parser.add_argument(
        "--student", type=Path, metavar="FOLDER", help="student whose weights are trained further"
    )
    parser.add_argument("--epochs", type=int)
    parser.add_argument(
        "--predict",
        type=Path,
        metavar="FILE",
        help="parquet file to label with the checkpoint in --out, else the one that ships",
    )
    parser.add_argument(
        "--predictions", type=Path, metavar="CSV", help="default: beside FILE, with the ending .csv"
    )
    args = parse_args(parser)
    if PRESETS[args.preset].distillation and not args.start:
        parser.error("--preset student learns from a checkpoint; name it with --start")
    if args.student and not PRESETS[args.preset].distillation:
        parser.error("--student goes with --preset student or student-continue")
    if not args.data and not args.predict:
        parser.error("nothing to do: give --data to train, --predict to label a file, or both")
    predictions = args.predictions or (args.predict and args.predict.with_suffix(".csv"))
    if predictions and predictions.exists():
        parser.error(f"{predictions} is there already; name another file with --predictions")
    if args.data:
        with training_run(args) as work:
            run(work, args)
    if args.predict and PartialState().is_main_process:
        write_predictions(trained_or_shipped(args), args.predict, predictions)


if __name__ == "__main__":
    main()
