"""Train the meme model: harm, sentiment, humour, sarcasm, offence and motivation from a picture and
its caption, and what the words alone say.

    python -m train.meme --data ../shared/data                # preset compact, ships; no download
    python -m train.meme --data ... --keep checkpoints/meme   # Memotion's aspects as they are there
    python -m train.meme --data memes.csv --images FOLDER --preset reference --push-to me/memes   # linear layers on pixels and
                                                                    # on sentence vectors, as the reference project
    python -m train.meme --data ... --limit 300 --epochs 2 --runs runs/look --out runs/look/meme         # a look

compact stands on the frozen encoders checkpoints/text and checkpoints/image, with one net for the
aspects of Memotion 7k and one for HarMeme's (see train/meme/memotion.py and harm.py). The heads of
the text encoder are calibrated for captions. The test rows are evaluated once. Run it again with
the same arguments after a kill and it goes on where it was.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from accelerate import Accelerator

from mmsent.pipelines.encoders import image_features, text_features
from train.common.loop import Plan
from train.common.provenance import origin
from train.common.script import TEXT_MODEL_HELP, parse_args, script_parser, training_run
from train.meme import harm, memotion
from train.meme.export import export_meme
from train.meme.group import kept_group
from train.meme.reference import PLAN as REFERENCE_PLAN
from train.meme.reference import train_reference
from train.meme.words import calibrate_words
from train.text.base import PACKAGED


def run_compact(work: Accelerator, args: argparse.Namespace) -> None:
    text, image = text_features(args.text_model), image_features(args.image_model)
    folder, limit = args.data / "meme", args.limit
    harmeme = harm.train_harm(folder, text, image, args.runs / "harmeme", limit, args.seed)
    if args.keep:
        kept = kept_group(args.keep, "memotion")
    else:
        plan, runs = _plan(memotion.PLAN, args), args.runs / "memotion"
        kept = memotion.train_memotion(work, folder, text, image, plan, runs, limit)
    if work.is_main_process:
        words = calibrate_words(args.data, text, args.runs / "cache", args.limit)
        facts = {"preset": "compact", "data": "HarMeme, Memotion 7k", **origin([])}
        export_meme({"harmeme": harmeme, "memotion": kept}, words, text, image, args.out, facts)


def _plan(plan: Plan, args: argparse.Namespace) -> Plan:
    return replace(plan, epochs=args.epochs or plan.epochs, seed=args.seed)


def main() -> None:
    parser = script_parser(__doc__, "meme", head=True)
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        help="folder that holds meme, text, review and meld, or the CSV of the preset reference",
    )
    parser.add_argument("--preset", choices=("compact", "reference"), default="compact")
    parser.add_argument(
        "--keep",
        type=Path,
        help="a checkpoint whose aspects of Memotion stay as they are (compact)",
    )
    parser.add_argument("--images", type=Path, help="folder of the CSV's images (reference)")
    parser.add_argument("--text-model", help=TEXT_MODEL_HELP)
    parser.add_argument("--image-model", help="image encoder: a checkpoint (compact)")
    parser.add_argument("--epochs", type=int)
    args = parse_args(parser)
    if args.preset == "reference" and not args.images:
        parser.error("the preset reference needs --images")
    with training_run(args) as work:
        if args.preset == "compact":
            run_compact(work, args)
        else:
            plan = _plan(REFERENCE_PLAN, args)
            train_reference(
                work, args.data, args.images, args.runs, args.out, plan, args.text_model or PACKAGED
            )


if __name__ == "__main__":
    main()
