"""Do the reasons hold? The words that they name are taken out of the text, and the verdict must
fall further than after as many random ones.

    python -m bench.faithfulness --data DATA --part val --rows 100   # while developing
    python -m bench.faithfulness --data DATA --part test             # once, at the end

Four ways to a reason: "reread" (what ships: the text is read again without the word), "mask" (read
again with [MASK] in its place), "before" (what mmsent 0.1 did: the word is left out of the states,
which its neighbours have read), "random". Every drop is signed: the verdict's probability less that
without the words, a mean over rows; the intervals, 95 %, are of paired differences, by bootstrap
over rows. Deletion and insertion (Petsiuk et al. 2018, arXiv:1806.07421) are areas under the
probability while ever more words are taken out (lower is better) or put back (higher is better),
the strongest first. The sanity check (Adebayo et al. 2018, arXiv:1810.03292) asks how far reasons
of nets with random weights resemble those of the trained ones. Photos:
``bench.faithfulness_photos``.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import spearmanr
from tqdm import tqdm

import mmsent
from bench.faithfulness_texts import (
    ASPECTS_ABOVE_FLOOR,
    MIN_WORDS,
    Case,
    clip_cases,
    meme_cases,
    randomise,
    review_cases,
)
from mmsent import runtime
from mmsent.attribution import Reread, attribute

TOP_COUNTS = (1, 3, 5)
RANDOM_ORDERS = 5  # random orders of a text's words
CURVE_STEPS = 5  # of insertion and deletion
RESAMPLES = 2000
REVIEWS = "review texts"
METHODS = ("reread", "mask", "before")
Row = dict[str, Any]  # "reread top 3" -> drop


def measure(
    case: Case, methods: Sequence[str], random: np.random.Generator
) -> tuple[Row, NDArray[np.float64]]:
    """The drops and areas of one text, and what reading again says of its words."""
    count = len(case.words)
    shipped = attribute(case.words, case.reread).words[:, 0]
    row: Row = {"words": count}
    for name in methods:
        scores = {"mask": case.masked, "before": case.before}.get(name)
        found = shipped if scores is None else one_by_one(scores, count)
        row |= _prefix_keys(name, _one_order(case.reread, np.argsort(-found, kind="stable"), True))
    draws = [
        _one_order(case.reread, random.permutation(count), areas=draw == 0)
        for draw in range(RANDOM_ORDERS)
    ]
    means = {key: float(np.mean([draw[key] for draw in draws if key in draw])) for key in draws[0]}
    return row | _prefix_keys("random", means), shipped


def _prefix_keys(name: str, found: Row) -> Row:
    return {f"{name} {key}": value for key, value in found.items()}


def one_by_one(reread: Reread, count: int) -> NDArray[np.float64]:
    """(W,) log-odds of the whole less those without each word."""
    found = reread(np.concatenate([np.ones((1, count), bool), ~np.eye(count, dtype=bool)]))[:, 0]
    return found[0] - found[1:]


def _one_order(reread: Reread, order: NDArray[np.integer], areas: bool) -> Row:
    """What the words do in this order, the first ones taken out; with the ``areas`` or without."""
    count = len(order)
    place = np.empty(count, int)
    place[order] = np.arange(count)
    parts = (
        np.linspace(0, count, CURVE_STEPS + 1).round().astype(int) if areas else np.empty(0, int)
    )
    steps = np.unique(parts)
    kept = [place >= n for n in (0, *(min(top, count) for top in TOP_COUNTS), *steps)]
    kept += [place < n for n in steps]
    different, where = np.unique(np.stack(kept), axis=0, return_inverse=True)
    whole, *p = expit(reread(different)[:, 0])[where.ravel()]
    found = {f"top {top}": float(whole - q) for top, q in zip(TOP_COUNTS, p, strict=False)}
    if areas:
        gone, back = np.split(np.array(p[len(TOP_COUNTS) :]), 2)
        found["deletion"], found["insertion"] = (
            float(np.trapezoid(curve, steps / count)) for curve in (gone, back)
        )
    return found


def report(title: str, rows: list[Row], methods: Sequence[str]) -> dict[str, dict[str, float]]:
    """Prints a table of one task and returns it."""
    table: dict[str, dict[str, float]] = {}
    print(f"\n{title}, n = {len(rows)}")
    for key in (*(f"top {top}" for top in TOP_COUNTS), "deletion", "insertion"):
        random = np.array([row[f"random {key}"] for row in rows])
        for name in methods:
            mine = np.array([row[f"{name} {key}"] for row in rows])
            low, high = interval(mine - random)
            table[f"{name} {key}"] = {
                "mean": float(mine.mean()),
                "random": float(random.mean()),
                "times": float(mine.mean() / random.mean()),
                "difference_low": low,
                "difference_high": high,
            }
            print(
                f"{key:<10} {name:<8} {mine.mean():+.3f}   random {random.mean():+.3f}   "
                f"{mine.mean() / random.mean():6.2f} times   difference {low:+.3f} to {high:+.3f}"
            )
    return table


def interval(differences: NDArray[np.floating], seed: int = 0) -> tuple[float, float]:
    """95 % of the mean, by bootstrap over rows."""
    picks = np.random.default_rng(seed).integers(
        len(differences), size=(RESAMPLES, len(differences))
    )
    low, high = np.percentile(differences[picks].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)


def sanity(cases: Iterator[Case], trained: list[NDArray]) -> dict[str, float]:
    """Mean Spearman correlation of the reasons of nets with random weights and of ``trained``, of
    the same texts; texts of three words and more."""
    found = []
    for case, mine in zip(cases, trained, strict=False):
        other = one_by_one(case.reread, len(case.words))
        if len(case.words) >= 3 and mine.std() and other.std():
            found.append(float(spearmanr(mine, other).statistic))
    low, high = interval(np.array(found))
    return {"mean": float(np.mean(found)), "low": low, "high": high, "n": len(found)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with review, meme, meld")
    parser.add_argument("--part", choices=("val", "test"), default="val")
    parser.add_argument("--rows", type=int, default=500, help="of each task, at most")
    parser.add_argument("--tasks", nargs="+", default=["review", "meme", "clip"])
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=["reread", "before"])
    parser.add_argument("--sanity-rows", type=int, default=100)
    parser.add_argument(
        "--rows-file", type=Path, help="keeps each row, so that a run that was stopped goes on"
    )
    parser.add_argument("--out", type=Path, help="a JSON file for the figures")
    args = parser.parse_args()
    torch.set_num_threads(1)
    runtime.THREADS = 1  # it runs beside other work
    where = args.data, args.part, args.rows
    sources: dict[str, Callable[[], Iterator[Case]]] = {}
    if "review" in args.tasks:
        review = mmsent.load("review", device="cpu")
        sources[REVIEWS] = lambda: review_cases(review, *where)
    if "meme" in args.tasks:
        meme = mmsent.load("meme", device="cpu")
        for aspect in ASPECTS_ABOVE_FLOOR:
            sources[f"meme captions, {aspect}"] = lambda aspect=aspect: meme_cases(  # type: ignore[misc]
                meme, *where, aspect
            )
    if "clip" in args.tasks:
        video = mmsent.load("video", device="cpu")
        sources["utterances, emotion"] = lambda: clip_cases(video, *where)
    figures: dict[str, object] = {}
    for title, cases in sources.items():
        known = read_rows(args.rows_file, title)
        trained = []
        for number, case in enumerate(tqdm(cases(), title, total=args.rows, mininterval=10)):
            if number >= len(known):
                row, shipped = measure(case, args.methods, np.random.default_rng(number))
                known.append(row | {"title": title, "shipped": shipped.tolist()})
                add_row(args.rows_file, known[-1])
            trained.append(np.array(known[number]["shipped"]))
        figures[title] = report(title, known, args.methods)
        long = [row for row in known if row["words"] >= MIN_WORDS]
        if len(long) < len(known):
            name = f"{title} of {MIN_WORDS} words or more"
            figures[name] = report(name, long, args.methods)
        if title == REVIEWS and args.sanity_rows:
            randomise(review, seed=0)
            check = sanity(review_cases(review, *where[:2], args.sanity_rows), trained)
            figures["random weights"] = check
            print(f"\nreasons of random weights: correlation {check}")
    if args.out:
        args.out.write_text(json.dumps(figures, indent=1))


def read_rows(file: Path | None, title: str) -> list[dict[str, Any]]:
    """Rows of ``title`` that an earlier run measured, in its order."""
    if file is None or not file.exists():
        return []
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    return [row for row in rows if row["title"] == title]


def add_row(file: Path | None, row: dict[str, Any]) -> None:
    if file is not None:
        with file.open("a") as lines:
            lines.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
