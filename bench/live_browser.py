"""The live tab in a real browser, faces read on the device and by the server: how fast, how steady,
how clean, and how silent.

    python -m bench.live_browser                 measures and prints each figure beside its target
    python -m bench.live_browser --faces DIR     films the pictures in DIR one after the other and prints what the page says

The app runs as its own process, headless Chromium plays a film as its camera (a public-domain
portrait, made here). Browser and server share the machine, so pin both to two cores with ``taskset
-c 0,1`` to compare with the targets.
"""

import sys
import tempfile
import time
from itertools import groupby
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from playwright.sync_api import Browser

from bench.live import camera_frames
from bench.live_probes import FIRST_READING, delays, processor_seconds, rates, record
from bench.targets import Row, report
from mmsent.console import manual_parser
from mmsent.media import Picture, open_image
from tests.chromium import (
    BITS,
    CHROMIUM,
    agree,
    no_face,
    portrait,
    running_app,
    visit,
    with_camera,
    write_film,
)
from tests.visitor import wait_until_ready

PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")


def ready(browser: Browser, address: str, errors: list[str]) -> float:
    """Seconds from Start to the first reading on the device, with everything in the cache."""
    context = browser.new_context(permissions=["camera"])
    took = 0.0
    for _ in range(2):
        page = agree(context, address, errors, "device")
        took = page.evaluate(FIRST_READING) / 1000
        page.close()
    context.close()
    return took


def silence(
    browser: Browser, address: str, errors: list[str], process: int, visitors: int, seconds: float
) -> tuple[int, float]:
    """How many requests so many pages in device mode send in so many seconds, and the seconds of
    processor time that the server's process spends meanwhile."""
    print("listening for requests …", file=sys.stderr, flush=True)
    pages = [visit(browser, address, errors, "device") for _ in range(visitors)]
    for page in pages:
        page.wait_for_function(
            "+document.querySelector('#live-view .live').dataset.updates > 5", timeout=120_000
        )
    sent: list[str] = []
    for page in pages:
        page.on("request", lambda request: sent.append(request.url))
    time.sleep(2)
    before = processor_seconds(process)
    pages[0].wait_for_timeout(1000 * seconds)  # which hears of requests, too
    spent = processor_seconds(process) - before
    for page in pages:
        page.context.close()
    return len(sent), spent


def measure_source(
    source: str, films: dict[str, Path], address: str, errors: list[str]
) -> list[Row]:
    """The figures of one source of readings."""
    print(f"measuring the {source} …", file=sys.stderr, flush=True)
    least, least_five = (20, 10) if source == "device" else (12, 7)
    with with_camera(films["still"], CHROMIUM) as browser:
        page = visit(browser, address, errors, source)
        one = rates([page])[0]
        changes = [entry["label"] for entry in record(page, 10) if "label" in entry][1:]
        both = min(rate.readings for rate in rates([page, visit(browser, address, errors, source)]))
    with with_camera(films["five"], CHROMIUM) as browser:
        five = rates([visit(browser, address, errors, source)])[0]
    with with_camera(films["coming"], CHROMIUM) as browser:
        follow = delays(record(visit(browser, address, errors, source), 20))
    appears, leaves = follow.get(1, float("inf")), follow.get(0, float("inf"))
    rows = [
        ("video, frames a second", one.fps, ">= 25", one.fps >= 25),
        ("readings a second, one face", one.readings, f">= {least}", one.readings >= least),
        (
            "readings a second, five faces",
            five.readings,
            f">= {least_five}",
            five.readings >= least_five,
        ),
        ("readings a second, slower of two visitors", both, ">= 7", both >= 7),
        ("median round trip, ms", one.trip, "<= 90", one.trip <= 90),
        ("longest task of the page, ms (0: none > 50)", one.longest, "<= 50", one.longest <= 50),
        ("label changes, still face, 10 s", len(changes), "0", not changes),
        ("face appears or returns, seconds", appears, "<= 0.7", appears <= 0.7),
        ("face leaves, seconds", leaves, "<= 0.7", leaves <= 0.7),
    ]
    return [(f"{source}: {what}", *rest) for what, *rest in rows]  # type: ignore[misc]


def measure(visitors: int, seconds: float) -> None:
    """Prints the table. Ends the process with status 1 where a target is missed."""
    errors: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        five = next(camera_frames(5, 1))
        films = {
            "still": write_film(folder / "still.mjpeg", [portrait()], seconds=4),
            "coming": write_film(folder / "coming.mjpeg", [no_face(), portrait()], seconds=3),
            "five": write_film(folder / "five.mjpeg", [five], seconds=2),
        }
        with running_app(folder) as (address, log):
            process = int(log.with_suffix(".pid").read_text())
            wait_until_ready(address)
            before = set((folder / "tmp").rglob("*"))
            idle = processor_seconds(process)
            time.sleep(seconds)
            idle = processor_seconds(process) - idle
            rows = [
                row
                for source in ("device", "server")
                for row in measure_source(source, films, address, errors)
            ]
            with with_camera(films["still"], CHROMIUM) as browser:
                took = ready(browser, address, errors)
                sent, spent = silence(browser, address, errors, process, visitors, seconds)
            left = [path for path in set((folder / "tmp").rglob("*")) - before if path.is_file()]
            raised = log.read_text().count("Traceback")
    many = f"{visitors} pages for {seconds:.0f} s"
    report(
        [
            *rows,
            ("device: first reading, seconds, warm cache", took, "<= 4", took <= 4),
            (f"device: requests of {many}", sent, "0", not sent),
            (f"device: server's processor s, {many}", spent, f"~{idle:.2f}", spent <= idle + 0.2),
            ("files left on disk", len(left), "0", not left),
            ("exceptions, page and server", len(errors) + raised, "0", not errors and not raised),
        ],
        digits=2,
    )


def camera_picture(path: Path) -> Picture:
    """Any picture inside a 640x480 frame, with a grey margin so that a tight crop is still a face
    in a room."""
    image = ImageOps.contain(Image.fromarray(open_image(path)), (560, 400))
    frame = Image.new("RGB", (640, 480), (128, 128, 128))
    frame.paste(image, ((640 - image.width) // 2, (480 - image.height) // 2))
    return np.asarray(frame)


def name_faces(folder: Path, seconds: float = 3.0) -> None:
    """Prints for every picture in ``folder`` the labels the page showed while the camera filmed
    it."""
    pictures = sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES)[
        : 2**BITS
    ]
    if not pictures:
        sys.exit(f"{folder} holds no pictures ({', '.join(PICTURES)}).")
    with tempfile.TemporaryDirectory() as name:
        film = write_film(
            Path(name) / "faces.mjpeg", [camera_picture(path) for path in pictures], seconds
        )
        with running_app(Path(name)) as (address, _), with_camera(film, CHROMIUM) as browser:
            log = record(visit(browser, address, []), seconds * (len(pictures) + 1) + 1)
    shown: dict[int, list[str]] = {}
    scene = -1
    for entry in log:
        scene = entry.get("scene", scene)
        if "label" in entry and scene >= 0:
            shown.setdefault(scene, []).append(entry["label"] or "no face")
    for number, path in enumerate(pictures):
        # the film may show a scene twice
        labels = [label for label, _ in groupby(shown.get(number, ["(as before)"]))]
        print(f"{path.name:<40} {' > '.join(labels)}")


def main() -> None:
    parser = manual_parser("python -m bench.live_browser", __doc__)
    parser.add_argument(
        "--faces", type=Path, metavar="DIR", help="film the pictures in DIR and print the labels"
    )
    parser.add_argument("--visitors", type=int, default=10, help="pages of the test of silence")
    parser.add_argument("--seconds", type=float, default=20, help="for which they are silent")
    args = parser.parse_args()
    if not CHROMIUM.exists():
        sys.exit(f"This measurement needs Chromium at {CHROMIUM}.")
    if args.faces:
        name_faces(args.faces)
    else:
        measure(args.visitors, args.seconds)


if __name__ == "__main__":
    main()
