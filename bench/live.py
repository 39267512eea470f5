"""Server time of one live frame, against the plain chain that searches every frame from 20 px up
and runs the net eagerly.

    python -m bench.live              # about two minutes on two cores

The frames are made here: one or five copies of a public-domain portrait drift, grow and shrink over
640x480 with sensor noise, at 15 frames a second. Both chains see the same frames in the same run;
the ratio is what counts, milliseconds depend on the machine.
"""

import os
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from facenet_pytorch import MTCNN
from numpy.typing import NDArray
from skimage import data

import mmsent
from bench.targets import report
from mmsent.console import manual_parser
from mmsent.face_tracker import FaceTracker
from mmsent.faces import MIN_PROBABILITY, Detection, overlap
from mmsent.media import Picture
from mmsent.pipelines.face import FacePipeline
from mmsent.pipelines.live import MAX_CLASSIFIED_PER_FRAME

WIDTH, HEIGHT, RATE = 640, 480, 15
SAME_FACE_OVERLAP = 0.5  # overlap from which both chains found the same face
WARM_UP = 15
MAX_MEMORY_CHANGE = 20.0  # megabytes that the allocator may move within


@dataclass(frozen=True)
class Row:
    """Milliseconds a frame of both chains, and the share of frames in which the live chain has
    every face of the plain one."""

    live: NDArray[np.float64]
    plain: NDArray[np.float64]
    agreement: float


def camera_frames(faces: int, frames: int, seed: int = 0) -> Iterator[Picture]:
    """RGB frames with moving portraits, each about 105 to 150 px high from brow to chin."""
    random = np.random.default_rng(seed)
    portrait = data.astronaut()[30:230, 140:300]  # Eileen Collins, NASA
    homes = (
        [(320, 230)]
        if faces == 1
        else [(90, 110), (540, 110), (320, 230), (90, 360), (540, 360)][:faces]
    )
    for i in range(frames):
        frame = np.full((HEIGHT, WIDTH, 3), 96, np.uint8)
        for number, (x, y) in enumerate(homes):
            phase = i / RATE + number
            height = int((215 if faces > 1 else 300) * (1 + 0.12 * np.sin(phase * 0.7)))
            small = cv2.resize(portrait, (height * 4 // 5, height), interpolation=cv2.INTER_AREA)
            top = int(
                np.clip(y + 12 * np.sin(phase * 1.3) - height / 2, 0, HEIGHT - small.shape[0])
            )
            left = int(
                np.clip(x + 25 * np.sin(phase) - small.shape[1] / 2, 0, WIDTH - small.shape[1])
            )
            frame[top : top + small.shape[0], left : left + small.shape[1]] = small
        noise = random.normal(scale=4, size=frame.shape)
        yield np.clip(frame + noise, 0, 255).astype(np.uint8)


def plain_chain(face: FacePipeline) -> Callable[[Picture], list[NDArray]]:
    """MTCNN with its own defaults on every frame and the net in eager PyTorch: the boxes it
    finds."""
    mtcnn = MTCNN(keep_all=True, min_face_size=20)
    net = face.net  # the same weights, without the runtime that is being measured

    def run(frame: Picture) -> list[NDArray]:
        boxes, probabilities, landmarks = mtcnn.detect(frame, landmarks=True)
        if boxes is None:
            return []
        found = [
            Detection(box.astype(np.float32), float(p), points.astype(np.float32))
            for box, p, points in zip(boxes, probabilities, landmarks, strict=True)
            if p >= MIN_PROBABILITY
        ]
        if found:
            crops = np.stack([face.crop(frame, one) for one in found])[:, None]
            with torch.inference_mode():
                net(torch.from_numpy(crops)).softmax(dim=1)
        return [one.box for one in found]

    return run


class LiveChain:
    """What the server does for a stream: faces are followed, searched for now and then, and at most
    three of a frame are read."""

    def __init__(self, face: FacePipeline) -> None:
        self._face, self._tracker = face, FaceTracker(face.detector)

    def update(self, frame: Picture, now: float) -> list[NDArray]:
        """The boxes of the faces in a frame; ``now`` is in seconds."""
        tracks = self._tracker.update(frame, now)
        found = [track.face for track in tracks[:MAX_CLASSIFIED_PER_FRAME]]
        crops, _ = self._face.read(frame, found)
        for one, crop in zip(found, crops, strict=True):
            self._face.quality(frame, one, crop)
        return [track.face.box for track in tracks]


def compare(face: FacePipeline, faces: int, frames: int) -> Row:
    live, plain = LiveChain(face), plain_chain(face)
    times: list[tuple[float, float]] = []
    agreed = 0
    for i, frame in enumerate(camera_frames(faces, frames + WARM_UP)):
        start = time.perf_counter()
        ours = live.update(frame, i / RATE)
        middle = time.perf_counter()
        boxes = plain(frame)
        end = time.perf_counter()
        if i >= WARM_UP:
            times.append((middle - start, end - middle))
            agreed += all(
                any(overlap(box, mine) >= SAME_FACE_OVERLAP for mine in ours) for box in boxes
            )
    milliseconds = np.array(times).T * 1000
    return Row(milliseconds[0], milliseconds[1], agreed / frames)


def memory_growth(face: FacePipeline, frames: int) -> tuple[float, float]:
    """Resident megabytes after a tenth of the frames, and after all of them."""
    live = LiveChain(face)
    early = 0.0
    for i, frame in enumerate(camera_frames(1, frames)):
        live.update(frame, i / RATE)
        if i == frames // 10:
            early = _resident()
    return early, _resident()


def _resident() -> float:
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    parser = manual_parser("python -m bench.live", __doc__)
    parser.add_argument("--checkpoint", help="folder or owner/name; the shipped one by default")
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--memory-frames", type=int, default=5000)
    args = parser.parse_args()
    torch.set_num_threads(2)
    face = mmsent.load("face", args.checkpoint, device="cpu")
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}; {args.frames} "
        "frames of 640x480 each"
    )
    rows = []
    for faces, slowest, slowest_p95 in ((1, 15.0, 45.0), (5, 40.0, None)):
        row = compare(face, faces, args.frames)
        live, plain, name = (
            float(np.median(row.live)),
            float(np.median(row.plain)),
            f"{faces} face{'s' * (faces > 1)}",
        )
        p95 = float(np.percentile(row.live, 95))
        rows += [
            (f"{name}: live frame, median ms", live, f"<= {slowest:.0f}", live <= slowest),
            (
                f"{name}: live frame, 95th percentile ms",
                p95,
                "<= 45" if slowest_p95 else "",
                not slowest_p95 or p95 <= 45,
            ),
            (f"{name}: plain chain, median ms", plain, "", True),
            (
                f"{name}: times faster, of the medians",
                plain / live,
                ">= 4, aim 6",
                plain / live >= 4,
            ),
            (
                f"{name}: frames with the same faces, %",
                100 * row.agreement,
                ">= 95",
                row.agreement >= 0.95,
            ),
        ]
    early, late = memory_growth(face, args.memory_frames)
    what = f"memory, MB from frame {args.memory_frames // 10:,} to {args.memory_frames:,}"
    rows.append(
        (what, late - early, f"<= {MAX_MEMORY_CHANGE:.0f}", late - early <= MAX_MEMORY_CHANGE)
    )
    report(rows)


if __name__ == "__main__":
    main()
