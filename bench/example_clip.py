"""Makes the clip that the page offers to try: mmsent/ui/examples/made_clip.mp4. Needs espeak-ng.

    python -m bench.example_clip

A public-domain portrait (Eileen Collins, photographed by NASA) that drifts, over sentences of ours
that espeak-ng says.
"""

import io
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image
from skimage.data import astronaut

from mmsent.media import Picture

OUT = Path("mmsent/ui/examples/made_clip.mp4")
SIDE, FRAMES, RATE = 320, 12, 16_000  # pixels, frames and samples a second
TEXT = "I am so happy that you came to see me today. This is the best day of my life!"
VOICE = ("-v", "en-us", "-s", "150")


def say(text: str, *options: str) -> np.ndarray:
    """(T,) float32, RATE a second, -1..1: ``text`` as espeak-ng says it."""
    wave = subprocess.run(
        ["espeak-ng", *(options or VOICE), "--stdout", text], check=True, capture_output=True
    ).stdout
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    with av.open(io.BytesIO(wave), "r") as file:
        frames = [part for frame in file.decode(audio=0) for part in resampler.resample(frame)]
    return np.concatenate([part.to_ndarray()[0] for part in [*frames, *resampler.resample(None)]])


def picture(time: float) -> Picture:
    """(SIDE, SIDE, 3): the portrait, moved a little."""
    left, top = 125 + 25 * np.sin(1.3 * time), 15 + 10 * np.sin(0.9 * time)
    return np.asarray(
        Image.fromarray(astronaut()).crop((left, top, left + 220, top + 220)).resize((SIDE, SIDE))
    )


def make(path: Path) -> None:
    quiet = np.zeros(RATE // 2, np.float32)
    sound = np.concatenate([quiet, say(TEXT), quiet]).astype(np.float32)
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as file:
        file.metadata["comment"] = "Made: a NASA portrait, moved, with a voice of espeak-ng"
        video = file.add_stream("libx264", FRAMES, options={"crf": "28", "preset": "slow"})
        video.width, video.height, video.pix_fmt = SIDE, SIDE, "yuv420p"
        voice = file.add_stream("aac", RATE, layout="mono")
        voice.bit_rate = 48_000
        for i in range(round(FRAMES * len(sound) / RATE)):
            file.mux(video.encode(av.VideoFrame.from_ndarray(picture(i / FRAMES), "rgb24")))
        frame = av.AudioFrame.from_ndarray(sound[None], "fltp", "mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
        file.mux([*voice.encode(frame), *voice.encode(None), *video.encode(None)])


if __name__ == "__main__":
    make(OUT)
