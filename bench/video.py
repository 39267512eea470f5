"""Speed and memory of the clip pipeline, with a given transcript and with speech recognition.

    python -m bench.video             # about two minutes on two cores

The clip is made here: 30 seconds of 1280x720 at 25 frames a second, H.264, in which a public-domain
portrait drifts over noise, with sentences that espeak-ng says. The long one is the same clip ten
times over. Each is read in a process of its own with a transcript given, after a first short clip
that loads everything; the short one also without, so that speech is recognised. Peak memory
is that of the process and of the decoder it starts.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import torch
from skimage import data

import mmsent
from bench.example_clip import say
from bench.targets import report
from mmsent.console import manual_parser

SIZE, RATE, SOUND_RATE = (1280, 720), 25, 16_000
SECONDS, REPEATS = 30, 10  # of the clip, and how often the long one repeats it
MIN_SPEED, MIN_SPEED_TRANSCRIBING, MAX_MEMORY_GROWTH = (
    5.0,
    2.5,
    15.0,
)  # times real time at least; per cent of memory at most
TEXT = "Good morning. I am so glad that you could come today. Nobody told me about the rain! What shall we do now?"


def make_clip(path: Path, seconds: float) -> None:
    """A portrait that drifts over noise, and TEXT, again and again with a pause."""
    random = np.random.default_rng(0)
    grounds = [
        random.normal(96, 6, (SIZE[1], SIZE[0], 1)).repeat(3, axis=2).clip(0, 255).astype(np.uint8)
        for _ in range(4)
    ]
    # Eileen Collins, NASA
    face = cv2.resize(data.astronaut()[30:230, 140:300], (320, 400), interpolation=cv2.INTER_CUBIC)
    sound = np.resize(
        np.concatenate([say(TEXT), np.zeros(SOUND_RATE, np.float32)]), round(seconds * SOUND_RATE)
    )[None]
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", RATE, options={"preset": "veryfast"})
        video.width, video.height, video.pix_fmt = *SIZE, "yuv420p"
        audio = container.add_stream("aac", SOUND_RATE, layout="mono")
        for i in range(round(seconds * RATE)):
            picture = grounds[i % len(grounds)].copy()
            left, top = int(480 + 200 * np.sin(i / RATE)), int(150 + 60 * np.sin(i / RATE * 1.3))
            picture[top : top + face.shape[0], left : left + face.shape[1]] = face
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        frame = av.AudioFrame.from_ndarray(sound, "fltp", "mono")
        frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, 0, Fraction(1, SOUND_RATE)
        container.mux([*audio.encode(frame), *audio.encode(None), *video.encode(None)])


def repeat_clip(source: Path, seconds: float, path: Path, times: int) -> None:
    """The packets of a clip of so many ``seconds``, ``times`` over, without encoding them again."""
    with av.open(str(path), "w") as container:
        with av.open(str(source)) as clip:
            streams = [container.add_stream_from_template(stream) for stream in clip.streams]
        for number in range(times):
            with av.open(str(source)) as clip:
                for packet in clip.demux():
                    if packet.dts is None or packet.pts is None:
                        continue
                    # the last packets reach beyond the end
                    later = round(number * (seconds + 0.2) / packet.time_base)
                    packet.pts, packet.dts = packet.pts + later, packet.dts + later
                    packet.stream = streams[packet.stream.index]
                    container.mux(packet)


def measure(
    checkpoint: str | None, warm_up: Path, clip: Path, words: str | None
) -> dict[str, float]:
    """Seconds of reading one clip, elapsed and of all cores together, and megabytes at most;
    ``words`` None: recognised."""
    torch.set_num_threads(2)
    video = mmsent.load("video", checkpoint, device="cpu")
    video.predict(warm_up, words)
    decoder = 0.0

    def look(stage: str, done: float) -> None:
        nonlocal decoder
        decoder = max(
            [
                decoder,
                *map(_peak_mb, Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()),
            ]
        )

    start, busy = time.perf_counter(), _cpu_seconds()
    result = video.judge(video.watch(clip, look, recognise=words is None), words)
    return {
        "duration": result.duration,
        "seconds": time.perf_counter() - start,
        "busy": _cpu_seconds() - busy,
        "peak": _peak_mb("self") + decoder,
    }


def _cpu_seconds() -> float:
    """Seconds of processor time of this process and the decoders it had."""
    return sum(
        sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )


def _peak_mb(process: str) -> float:
    """Megabytes. Not by getrusage, whose figure a process takes over from the one that started
    it."""
    status = Path(f"/proc/{process}/status").read_text()
    return next(
        (int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")),
        0.0,
    )


def measure_in_process(
    checkpoint: str | None, warm_up: Path, clip: Path, transcribe: bool = False
) -> dict[str, float]:
    named = [
        *(["--checkpoint", checkpoint] if checkpoint else []),
        *(["--transcribe"] if transcribe else []),
    ]
    command = [sys.executable, "-m", "bench.video", *named, "--measure", str(warm_up), str(clip)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def main() -> None:
    parser = manual_parser("python -m bench.video", __doc__)
    parser.add_argument("--checkpoint", help="folder or owner/name; the shipped one by default")
    parser.add_argument("--seconds", type=int, default=SECONDS, help="of the clip")
    parser.add_argument(
        "--measure", nargs=2, type=Path, metavar=("WARM_UP", "CLIP"), help=argparse.SUPPRESS
    )
    parser.add_argument("--transcribe", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        warm_up, clip = args.measure
        print(
            json.dumps(measure(args.checkpoint, warm_up, clip, None if args.transcribe else TEXT))
        )
        return
    with tempfile.TemporaryDirectory() as folder:
        warm_up, short, long = (
            Path(folder) / f"{name}.mp4" for name in ("warm_up", "short", "long")
        )
        make_clip(warm_up, 2)
        make_clip(short, args.seconds)
        repeat_clip(short, args.seconds, long, REPEATS)
        one, ten = (measure_in_process(args.checkpoint, warm_up, clip) for clip in (short, long))
        transcribed = measure_in_process(args.checkpoint, warm_up, short, transcribe=True)
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}; 1280x720, "
        f"{RATE} frames a second"
    )
    faster, more = one["duration"] / one["seconds"], 100 * (ten["peak"] / one["peak"] - 1)
    with_words = transcribed["duration"] / transcribed["seconds"]
    rows = [
        (f"{one['duration']:.0f} s clip: seconds", one["seconds"], "", True),
        (
            f"{one['duration']:.0f} s clip: times faster than real time",
            faster,
            f">= {MIN_SPEED:.0f}",
            faster >= MIN_SPEED,
        ),
        (f"{one['duration']:.0f} s clip: seconds of processor time", one["busy"], "", True),
        (
            "the same, with speech recognition: times faster",
            with_words,
            f">= {MIN_SPEED_TRANSCRIBING}",
            with_words >= MIN_SPEED_TRANSCRIBING,
        ),
        ("the same, with speech recognition: peak memory, MB", transcribed["peak"], "", True),
        (
            f"{ten['duration']:.0f} s clip: times faster than real time",
            ten["duration"] / ten["seconds"],
            "",
            True,
        ),
        (f"{one['duration']:.0f} s clip: peak memory, MB", one["peak"], "", True),
        (f"{ten['duration']:.0f} s clip: peak memory, MB", ten["peak"], "", True),
        (
            "more memory for the long one, %",
            more,
            f"<= {MAX_MEMORY_GROWTH:.0f}",
            more <= MAX_MEMORY_GROWTH,
        ),
    ]
    report(rows)


if __name__ == "__main__":
    main()
