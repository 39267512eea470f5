"""Many visitors at once against one process: nobody gets an error or another's answer, and nothing
piles up.

    python -m bench.load                                10 live streams and 10 uploads for five minutes
    python -m bench.load --live 2 --uploads 2 --seconds 20

The app runs as its own process; visitors speak raw HTTP (tests/visitor.py). Each live visitor films
a portrait at a place of its own, each upload is a picture of a size of its own, so an answer that
was meant for another is seen. Everything shares the machine: pin it to two cores with ``taskset -c
0,1`` to compare with the targets of docs/robustness.md.
"""

import io
import os
import secrets
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from PIL import Image

from mmsent.console import manual_parser
from mmsent.face_tracker import MIN_SEARCH_FRAMES, SEARCH_SECONDS
from mmsent.ui.server.health import TOKEN, resident_mb
from tests.chromium import portrait, running_app
from tests.visitor import BusyError, RefusedError, Visitor, wait_until_ready

FRAMES_A_SECOND: Final = 20  # that the page sends at most
PAUSE: Final = 0.5  # seconds between two uploads of one visitor, and after "busy"
SETTLE_SECONDS: Final = (
    60.0  # seconds after which memory is compared, and again so long after the load
)
BOX_TOLERANCE: Final = 12  # pixels that a box may be off
TEXT: Final = "The coffee came hot, and they remembered my name."


@dataclass
class VisitorCounts:
    """Outcomes, response times and rates of one kind of visitor."""

    # "done", "busy", "swapped", or what went wrong
    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)  # round trips of the answers
    rates: list[float] = field(default_factory=list)  # answers a second, one number a visitor


def camera_frame(number: int) -> tuple[bytes, tuple[int, int]]:
    """A camera frame of a visitor, 320 x 240, and where the middle of the face is in it: somewhere
    else for each of 16."""
    frame = Image.new("RGB", (320, 240), (90, 90, 90))
    x, y = 26 * (number % 8), 70 * (number // 8 % 2)
    face = Image.fromarray(portrait()).crop((170, 60, 450, 420)).resize((124, 160))
    frame.paste(face, (x, y))
    return _jpeg(frame), (x + 71, y + 67)


def picture(number: int) -> tuple[bytes, list[int]]:
    """A photo with two faces, and its size: another for each visitor."""
    size = [900 + 8 * number, 420 + 4 * number]
    photo = Image.new("RGB", (size[0], size[1]), (120, 120, 120))
    for x in (20, 460):
        photo.paste(Image.fromarray(portrait()).resize((420, 315)), (x, 40))
    return _jpeg(photo), size


def _jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def stream(visitor: Visitor, number: int, seen: VisitorCounts, until: float) -> None:
    """One frame at a time, as the page does it: faces are followed, and searched for once a second
    or where there is none."""
    jpeg, (x, y) = camera_frame(number)
    token, answers, begun = visitor.consent(), 0, time.monotonic()
    boxes: list[list[float]] = []
    searched, since = begun, 0
    with visitor.present():
        while (start := time.monotonic()) < until:
            due = start - searched >= SEARCH_SECONDS and since >= MIN_SEARCH_FRAMES
            if due or not boxes:
                searched, since = start, 0
                answer = visitor.detect(token, jpeg)
            else:
                since += 1
                answer = visitor.detect(token, jpeg, boxes)
            took = time.monotonic() - start
            if "error" in answer:
                _note(seen, "busy" if answer.get("busy") else answer["error"])
                time.sleep(PAUSE)
                continue
            faces = [face for face in answer["faces"] if face]
            boxes = [face["box"] for face in faces]
            _note(seen, _whose(faces, x, y), took)
            answers += 1
            time.sleep(max(0.0, 1 / FRAMES_A_SECOND - took))
    seen.rates.append(answers / (time.monotonic() - begun))


def _whose(faces: list[dict[str, Any]], x: int, y: int) -> str:
    """ "done" where a face is where this visitor has it, "empty" where none was found, "swapped"
    where all are elsewhere."""
    centres = (((x0 + x1) / 2, (y0 + y1) / 2) for x0, y0, x1, y1 in (face["box"] for face in faces))
    if any(abs(a - x) < BOX_TOLERANCE and abs(b - y) < BOX_TOLERANCE for a, b in centres):
        return "done"
    return "swapped" if faces else "empty"


def upload(visitor: Visitor, number: int, seen: VisitorCounts, until: float) -> None:
    """Faces in a photo and a review in turn, each uploaded anew."""
    content, size = picture(number)
    words, answers, begun = f"{TEXT} Visitor {number}.", 0, time.monotonic()
    while (start := time.monotonic()) < until:
        if answers % 2:
            answer = visitor.ask("review", words, visitor.upload(content))
            mine = answer["text"] == words
        else:
            answer = visitor.ask("face", visitor.upload(content))
            mine = answer["size"] == size and len(answer["faces"]) == 2
        _note(seen, "done" if mine else "swapped", time.monotonic() - start)
        answers += 1
        time.sleep(PAUSE)
    seen.rates.append(answers / (time.monotonic() - begun))


def _note(seen: VisitorCounts, outcome: str, seconds: float | None = None) -> None:
    seen.outcomes[outcome] += 1
    if seconds is not None:
        seen.seconds.append(seconds)


def visit(
    act: Callable[..., None], address: str, number: int, seen: VisitorCounts, until: float
) -> None:
    """Repeats ``act`` until the time is over; every failure is counted."""
    while time.monotonic() < until:
        try:
            with Visitor(address) as visitor:
                act(visitor, number, seen, until)
        except BusyError:
            _note(seen, "busy")
            time.sleep(PAUSE)
        except (RefusedError, RuntimeError, httpx.HTTPError, KeyError, ValueError) as problem:
            _note(seen, f"{type(problem).__name__}: {str(problem)[:80]}")
            time.sleep(PAUSE)


def load(
    address: str, process: int, live: int, uploads: int, seconds: float
) -> tuple[VisitorCounts, VisitorCounts, list[float]]:
    """What both kinds of visitors met, and the process's memory in MB after SETTLED seconds (or
    half of ``seconds``), at the end, and SETTLED seconds later."""
    streams, sent, begun = VisitorCounts(), VisitorCounts(), time.monotonic()
    until = begun + seconds
    jobs: list[tuple[Any, ...]] = [
        (stream, address, number, streams, until) for number in range(live)
    ]
    jobs += [(upload, address, number, sent, until) for number in range(uploads)]
    threads = [threading.Thread(target=visit, args=job) for job in jobs]
    for thread in threads:
        thread.start()
    time.sleep(min(SETTLE_SECONDS, seconds / 2))
    memory = [resident_mb(process)]
    for thread in threads:
        thread.join()
    memory.append(resident_mb(process))
    time.sleep(min(SETTLE_SECONDS, seconds))
    return streams, sent, [*memory, resident_mb(process)]


def report(name: str, seen: VisitorCounts) -> bool:
    """Prints the figures of one kind of visitor; True where nothing but answers and "busy" came."""
    done, busy, empty = (seen.outcomes.pop(outcome, 0) for outcome in ("done", "busy", "empty"))
    trips = sorted(seen.seconds) or [float("nan")]
    rates = seen.rates or [float("nan")]
    middle, late, worst = (1000 * trips[int(share * (len(trips) - 1))] for share in (0.5, 0.95, 1))
    print(
        f"{name:<10}{done} answers, {empty} without a face, {busy} busy, {sum(seen.outcomes.values())} wrong"
    )
    print(f"{'':<10}round trip {middle:.0f} ms, 95 % {late:.0f} ms, longest {worst:.0f} ms")
    print(f"{'':<10}answers a second and visitor {min(rates):.1f} to {max(rates):.1f}")
    for outcome, times in seen.outcomes.most_common(10):
        print(f"{'':<10}{times} x {outcome}")
    return done > empty and not seen.outcomes


def main(arguments: Sequence[str] | None = None) -> None:
    parser = manual_parser("python -m bench.load", __doc__)
    parser.add_argument("--live", type=int, default=10)
    parser.add_argument("--uploads", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=300)
    args = parser.parse_args(arguments)
    os.environ[TOKEN] = secret = secrets.token_hex(8)
    with tempfile.TemporaryDirectory() as name, running_app(Path(name)) as (address, log):
        process = int(log.with_suffix(".pid").read_text())
        wait_until_ready(address)
        idle, before = resident_mb(process), set((Path(name) / "tmp").rglob("*"))
        streams, sent, memory = load(address, process, args.live, args.uploads, args.seconds)
        fine = [report("live", streams), report("uploads", sent)]
        owner = httpx.get(
            f"{address}metrics", headers={"Authorization": f"Bearer {secret}"}, timeout=60
        ).json()
        left = [path for path in set((Path(name) / "tmp").rglob("*")) - before if path.is_file()]
        raised = log.read_text().count('"failed"')
    early, end, later = memory
    change = later / early - 1
    print(
        f"memory    {idle:.0f} MB idle, {early:.0f} early, {end:.0f} at the end, {later:.0f} later ({change:+.1%})"
    )
    for task in ("detect", "photo", "review"):
        times = owner["jobs"].get(task, {"seconds": {}, "waited": {}})
        print(f"{task:<10}at work {times['seconds']}, in the queue {times['waited']}")
    print(*left, sep="\n", end="\n" if left else "")
    print(f"files left {len(left)}, failed jobs {raised}")
    if not (all(fine) and not left and not raised and abs(change) <= 0.15):
        sys.exit(1)


if __name__ == "__main__":
    main()
