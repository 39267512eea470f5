"""Time of one review with a photo, against the same nets in eager PyTorch.

    python -m bench.review            # half a minute on two cores

The review is ours, the photo comes inside scikit-image (640x480). Both ways read the same input in
the same run; the ratio is what counts, milliseconds depend on the machine.
"""

import os
import platform
import sys
import time
from collections.abc import Callable

import numpy as np
import torch
from PIL import Image
from skimage import data

import mmsent
from mmsent import hub
from mmsent.console import manual_parser
from mmsent.models.image import ImageEncoder
from mmsent.models.text import TextNet
from mmsent.pipelines.review import ReviewPipeline

TEXT = (
    "The coffee came hot, the foam was perfect and they remembered my name. The cake was dry, "
    "though, and we waited twenty "
    "minutes for the bill. I would still go back for the terrace and the friendly people."
)
TARGET = 120.0  # milliseconds
WARM_UP = 5


def run_eagerly(folder: str | None, review: ReviewPipeline) -> None:
    """Replaces the runtime by eager PyTorch, with the same weights."""
    text_folder, image_folder = (
        hub.find("text", folder and f"{folder}/text"),
        hub.find("image", folder and f"{folder}/image"),
    )
    text = hub.read_config(text_folder, "text")
    words = TextNet(text["architecture"]["encoder"], text["labels"])
    hub.load_weights(words, text_folder)
    image = hub.read_config(image_folder, "image")
    pixels = ImageEncoder(
        image["architecture"], image["preprocessing"]["mean"], image["preprocessing"]["std"]
    )
    hub.load_weights(pixels, image_folder)
    for features, net in ((review.text, words.encoder.eval()), (review.image, pixels.eval())):

        def run(batch: np.ndarray, net: torch.nn.Module = net) -> tuple[np.ndarray, ...]:
            with torch.inference_mode():
                return tuple(output.numpy() for output in net(torch.from_numpy(batch)))

        features._run = run


def median_ms(call: Callable[[], object], rounds: int) -> float:
    """Median milliseconds of ``rounds`` calls."""
    times = []
    for i in range(rounds + WARM_UP):
        start = time.perf_counter()
        call()
        if i >= WARM_UP:
            times.append(time.perf_counter() - start)
    return 1000 * float(np.median(times))


def main() -> None:
    parser = manual_parser("python -m bench.review", __doc__)
    parser.add_argument(
        "--checkpoints",
        help="folder that holds review, text and image; the shipped ones by default",
    )
    parser.add_argument("--rounds", type=int, default=30)
    args = parser.parse_args()
    torch.set_num_threads(2)
    photo = np.asarray(Image.fromarray(data.coffee()).resize((640, 480)))
    review = mmsent.load("review", args.checkpoints and f"{args.checkpoints}/review", device="cpu")
    shipped = median_ms(lambda: review.predict(TEXT, photo), args.rounds)
    before = review.predict(TEXT, photo).sentiment
    run_eagerly(args.checkpoints, review)
    plain = median_ms(lambda: review.predict(TEXT, photo), args.rounds)
    gap = max(
        abs(a - b)
        for a, b in zip(before.probs, review.predict(TEXT, photo).sentiment.probs, strict=True)
    )
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}; "
        f"{len(TEXT.split())} words, photo 640x480"
    )
    print(
        f"{'one review with photo, median ms':<40}{shipped:>8.1f}   <= {TARGET:.0f}   "
        f"{'ok' if shipped <= TARGET else 'MISSED'}"
    )
    print(f"{'the same in eager PyTorch, median ms':<40}{plain:>8.1f}")
    print(f"{'times faster':<40}{plain / shipped:>8.2f}")
    print(f"{'largest difference of a probability':<40}{gap:>8.5f}")
    sys.exit(shipped > TARGET)


if __name__ == "__main__":
    main()
