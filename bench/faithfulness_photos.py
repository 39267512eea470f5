"""Does a map over a photo show what matters? Its strongest places are painted over in the picture,
which is read again, and the verdict must fall further than after as many random places.

    python -m bench.faithfulness_photos --data DATA --part val --rows 80   # while developing
    python -m bench.faithfulness_photos --data DATA --part test           # once, at the end

Maps of MVSA's photos beside their texts: "attention"; "gradient" (attention times the gradient of
the log-odds); "mask" (a place is hidden inside the net); "mean", "blur" and "road" (the picture is
read again with a place in its mean colour, blurred, or filled in from around it with noise, as
Rong et al. 2022, arXiv:2202.00449, have it). Drops are signed, in probability of the verdict, with
95 % intervals of the paired difference to random. Below: the photo's Shapley share (as in MM-SHAP,
Parcalabescu & Frank 2023, arXiv:2212.08158, of all that text and photo move) beside the accuracy
that is lost when photos are shuffled among the rows (Gat et al. 2021, arXiv:2110.13836).
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

import mmsent
from bench.faithfulness import add_row, interval, read_rows
from bench.faithfulness_painting import Cell, Paint, blur, cells_of, mean_colour, road
from mmsent import runtime
from mmsent.explain import log_odds
from mmsent.media import Picture
from mmsent.pipelines.encoders import Tokens, squash
from mmsent.pipelines.review import ReviewPipeline
from mmsent.pipelines.review_inputs import collate
from train.common.pairs import read_pairs

SHARES = (0.1, 0.2, 0.5)  # of the places
DRAWS = 3  # random sets of places a photo
SHUFFLES = 10
Map = NDArray[np.floating]


class Post:
    """A text beside a photo, and the verdict of both."""

    def __init__(self, review: ReviewPipeline, text: str, picture: Picture) -> None:
        self.review, self.square = review, squash(picture, review.image.size)
        self.tokens: Tokens = review.text([text])[0].tokens
        self.patches: NDArray[np.float32] = review.image([picture])[0][0]
        probs = review.probabilities(review.logits([self.tokens], [self.patches]), "both")[0]
        self.top = int(probs.argmax())

    def log_odds(self, patches: Sequence[NDArray]) -> NDArray[np.float64]:
        """(N,) of the verdict beside each of the photos (P, width)."""
        logits = self.review.logits([self.tokens] * len(patches), patches)
        return log_odds(self.review.probabilities(logits, "both")[:, self.top])

    def painted(self, pictures: Sequence[Picture]) -> NDArray[np.float64]:
        return self.log_odds(list(self.review.image(pictures)[0]))

    def cells(self) -> list[Cell]:
        return cells_of(self.review.image.size, self.review.image.grid)


def attention_maps(post: Post) -> dict[str, Map]:
    """ "attention" and "gradient", in one pass."""
    net, kept = post.review.net, []
    handle = net.attention.register_forward_hook(lambda m, i, output: kept.append(output[1]))
    batch = collate([post.tokens], [post.patches], post.review.image.width)
    try:
        with torch.enable_grad():
            logits = net(*batch)[0][0]
            others = torch.cat([logits[: post.top], logits[post.top + 1 :]])
            score = logits[post.top] - others.logsumexp(dim=0)
            (gradient,) = torch.autograd.grad(score, kept[0])
    finally:
        handle.remove()
    weights = kept[0].detach()
    mean, signed = (of[0, :, :-1].sum(dim=0).numpy() for of in (weights, gradient * weights))
    return {"attention": mean, "gradient": signed}


def masked_map(post: Post) -> Map:
    places = len(post.patches)
    batch = collate(
        [post.tokens] * (1 + places), [post.patches] * (1 + places), post.patches.shape[1]
    )
    batch[3][1:][torch.eye(places, dtype=torch.bool)] = False
    with torch.inference_mode():
        logits = post.review.net(*batch)[0].numpy()
    found = log_odds(post.review.probabilities(logits, "both")[:, post.top])
    return found[0] - found[1:]


def left_out_map(post: Post, paint: Paint) -> Map:
    """What each place does: the picture is read again with it painted over."""
    pictures = [post.square, *(paint(post.square, [cell]) for cell in post.cells())]
    found = post.painted(pictures)
    return found[0] - found[1:]


def maps(post: Post) -> dict[str, Map]:
    return attention_maps(post) | {
        "mask": masked_map(post),
        "mean": left_out_map(post, mean_colour),
        "blur": left_out_map(post, blur),
        "road": left_out_map(post, road),
    }


def drops(post: Post, random: np.random.Generator) -> dict[str, float]:
    """The signed drops of one post: "road 20 %" -> difference of probability."""
    orders = {name: np.argsort(-of, kind="stable") for name, of in maps(post).items()}
    cells = post.cells()
    orders |= {f"random {i}": random.permutation(len(cells)) for i in range(DRAWS)}
    named = [(name, share) for name in orders for share in SHARES]
    pictures = [
        mean_colour(post.square, [cells[i] for i in orders[name][: round(share * len(cells))]])
        for name, share in named
    ]
    whole, *left = 1 / (1 + np.exp(-post.painted([post.square, *pictures])))
    found = {f"{name} {share:.0%}": whole - p for (name, share), p in zip(named, left, strict=True)}
    for share in SHARES:
        each = [found.pop(f"random {i} {share:.0%}") for i in range(DRAWS)]
        found[f"random {share:.0%}"] = float(np.mean(each))
    return found


def report(rows: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    table = {}
    for key in (key for key in rows[0] if key != "title"):
        mine = np.array([row[key] for row in rows])
        random = np.array([row[f"random {key.split()[-1]}"] for row in rows])
        low, high = interval(mine - random)
        table[key] = {"drop": float(mine.mean()), "times": float(mine.mean() / random.mean())}
        table[key] |= {"difference_low": low, "difference_high": high}
        print(
            f"{key:<16} {mine.mean():+.4f}   {table[key]['times']:6.2f} times random   "
            f"difference {low:+.4f} to {high:+.4f}"
        )
    return table


def sides(
    review: ReviewPipeline, posts: Sequence[Post], texts: Sequence[str], labels: NDArray
) -> dict[str, float]:
    """What the photo is worth: its share, and the accuracy lost without it."""
    shares = [
        review.predict_seen(text, post.patches, reasons=False).shares
        for text, post in zip(texts, posts, strict=True)
    ]
    photo = [abs(of["image"]) / sum(map(abs, of.values())) for of in shares if len(of) == 2]
    tokens, patches = [post.tokens for post in posts], [post.patches for post in posts]

    def right(order: NDArray[np.integer]) -> float:
        found = [
            review.logits(tokens[i : i + 64], [patches[j] for j in order[i : i + 64]])
            for i in range(0, len(tokens), 64)
        ]
        return float(
            (review.probabilities(np.concatenate(found), "both").argmax(axis=1) == labels).mean()
        )

    random = np.random.default_rng(0)
    shuffled = [right(random.permutation(len(posts))) for _ in range(SHUFFLES)]
    whole = right(np.arange(len(posts)))
    return {
        "n": len(posts),
        "photo_share": float(np.mean(photo)),
        "accuracy": whole,
        "accuracy_shuffled": float(np.mean(shuffled)),
        "lost": whole - float(np.mean(shuffled)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with review")
    parser.add_argument("--part", choices=("val", "test"), default="val")
    parser.add_argument("--rows", type=int, help="of the maps, at most")
    parser.add_argument(
        "--rows-file", type=Path, help="keeps each row, so that a run that was stopped goes on"
    )
    parser.add_argument("--out", type=Path, help="a JSON file for the figures")
    args = parser.parse_args()
    torch.set_num_threads(1)
    runtime.THREADS = 1  # it runs beside other work
    review = mmsent.load("review", device="cpu")
    pairs = read_pairs(args.data, "posts", args.part)
    chosen = np.random.default_rng(0).permutation(len(pairs))[: args.rows]
    rows = read_rows(args.rows_file, "photos")
    for number, i in enumerate(tqdm(chosen, mininterval=10)):
        if number >= len(rows):
            post = Post(review, pairs.texts[i], pairs.pictures[i])
            rows.append(drops(post, np.random.default_rng(number)) | {"title": "photos"})
            add_row(args.rows_file, rows[-1])
    print(f"maps of {len(rows)} photos")
    table = report(rows)
    posts = [Post(review, pairs.texts[i], pairs.pictures[i]) for i in tqdm(chosen, mininterval=10)]
    worth = sides(review, posts, [pairs.texts[i] for i in chosen], pairs.labels[chosen])
    print(worth)
    if args.out:
        args.out.write_text(json.dumps({"sides": worth, "maps": table}, indent=1))


if __name__ == "__main__":
    main()
