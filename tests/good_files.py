"""Small good files of every kind that people bring, for hostile.py to damage."""

import io
import json
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from PIL import Image
from safetensors.torch import save

from mmsent.models.face import FaceNet
from tests.heic import write_heic

SUBTITLES: Final = [
    b"1\n00:00:00,400 --> 00:00:02,000\n<i>I got</i> the job!\n\n2\n00:00:02,500 --> 00:00:03,000\n- Really?\n",
    b"WEBVTT\n\nNOTE hello\n\n00:01.500 --> 00:02.000 align:start\n<v Roger>Hi &amp; bye\n",
    b"Just words. And more of them!",
    b"0:00:00.400,0:00:02.000\nI got the job!\n\n0:00:02.500,0:00:03.000\nReally?\n",
    b"[Events]\nFormat: Layer, Start, End, Text\nDialogue: 0,0:00:00.40,0:00:02.00,{\\i1}I got\\Nthe job!\n",
    b'{"segments": [{"start": 0.4, "end": 2.0, "text": " I got the job!"}, {"start": 2.5, "end": 3, "text": "Really?"}]}',
    b"start\tend\ttext\n400\t2000\tI got the job!\n2500\t3000\tReally?\n",
    b"[00:00.40]I got the job!\n[00:02.50][00:04.00]Really?\n0:05 Yes\n0:06\nOh\n",
    b'<tt><body><p begin="0.4s" end="00:00:02.000">I got<br/>the job!</p><p begin="2500ms">Really?</p></body></tt>',
    b"{0}{40}I got|the job!\n{40}{95}Really?\n",
]
TEXTS: Final = [
    "The strap broke after a day 😀, @anna! 很难吃 رائع https://example.org =1+1".encode(),
    SUBTITLES[0],
]
CSV: Final = [
    encoded
    for table in ['text,image_path\n"It broke, ""twice"".",bag.jpg\n=1+1,\n"two\nlines",a.png\n']
    for encoded in (table.encode(), table.encode("utf-16"))
]
JSON_LINES: Final = [
    b'{"text": "It broke.", "image_path": "bag.jpg"}\n{"text": null, "image_path": 3}\n'
]
JSON: Final = [
    b'[{"text": "It broke.", "image_path": "bag.jpg"}, {"text": NaN, "image_path": 3}]',
    b'{"text": {"0": "It broke."}, "image_path": {"0": null}}',
    b'{"columns": ["text"], "data": [["It broke."]]}',
]
CONFIGS: Final = [
    json.dumps(
        {"format": 1, "task": "face", "labels": ["a"], "calibration": {"temperature": 1.0}}
    ).encode()
]
CONTAINERS: Final = {
    "mp4": ("libx264", "aac"),
    "webm": ("libvpx", "libopus"),
    "mkv": ("libx264", "libmp3lame"),
    "avi": ("mjpeg", "pcm_s16le"),
    "mp3": ("", "libmp3lame"),
    "wav": ("", "pcm_s16le"),
    "ogg": ("", "libopus"),
    "flac": ("", "flac"),
    "mts": ("libx264", "aac"),
    "3gp": ("libx264", "aac"),
}


def pictures() -> list[bytes]:
    """Small ones of every format and of unusual kinds."""
    rows = np.random.default_rng(0).integers(0, 256, (40, 60, 4), np.uint8)
    colour, grey = Image.fromarray(rows[..., :3]), Image.fromarray(rows[..., 0])
    deep = Image.fromarray(rows[..., 0].astype(np.uint16) * 256)
    exif = Image.Exif()
    exif[0x0112] = 6
    kinds: list[tuple[Image.Image, str, dict[str, Any]]] = [
        (colour, "JPEG", {"exif": exif}),
        (colour, "JPEG", {"progressive": True}),
        (colour.convert("CMYK"), "JPEG", {}),
        (Image.fromarray(rows), "PNG", {}),
        (colour.convert("P"), "PNG", {"transparency": 3}),
        (deep, "PNG", {}),
        (colour, "WEBP", {}),
        (
            colour,
            "WEBP",
            {"save_all": True, "append_images": [grey.convert("RGB")], "lossless": True},
        ),
        (colour, "GIF", {"save_all": True, "append_images": [grey, colour], "duration": 40}),
        (colour, "BMP", {}),
        (colour, "TIFF", {"compression": "tiff_lzw"}),
        (colour, "TIFF", {"save_all": True, "append_images": [grey]}),
        (colour, "AVIF", {}),
        (colour, "AVIF", {"save_all": True, "append_images": [colour]}),
        (colour, "MPO", {"save_all": True, "append_images": [colour]}),
        (deep, "TIFF", {}),
    ]
    return [
        *(_encoded(*kind) for kind in kinds),
        write_heic([rows[..., :3]]),
        write_heic([rows[..., :3]] * 2),
    ]


def _encoded(image: Image.Image, format: str, settings: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **settings)
    return buffer.getvalue()


def clips() -> list[bytes]:
    """Half a second of picture and sound, or of sound, in every container."""
    with tempfile.TemporaryDirectory() as name:
        return [_clip(Path(name) / f"clip.{kind}", *codecs) for kind, codecs in CONTAINERS.items()]


def _clip(path: Path, picture: str, sound: str) -> bytes:
    noise = np.random.default_rng(0)
    with av.open(str(path), "w") as file:  # every stream is there before the first packet
        film: Any = file.add_stream(picture, 20) if picture else None
        voice: Any = file.add_stream(sound, 16_000, layout="mono")
        if film:
            film.width, film.height, film.pix_fmt = (
                96,
                64,
                "yuvj420p" if picture == "mjpeg" else "yuv420p",
            )
            for _ in range(10):
                file.mux(
                    film.encode(
                        av.VideoFrame.from_ndarray(
                            noise.integers(0, 256, (64, 96, 3), np.uint8), "rgb24"
                        )
                    )
                )
            file.mux(film.encode(None))
        wave = av.AudioFrame.from_ndarray(
            noise.normal(0, 0.1, (1, 8000)).astype(np.float32), "fltp", "mono"
        )
        wave.sample_rate, wave.pts, wave.time_base = 16_000, 0, Fraction(1, 16_000)
        for part in av.AudioResampler(
            voice.format, "mono", 16_000, voice.frame_size or None
        ).resample(wave):
            file.mux(voice.encode(part))
        file.mux(voice.encode(None))
    return path.read_bytes()


def weights() -> bytes:
    """The weights of a face model of which only the last layer is there: loading whole ones takes
    seconds."""
    net = FaceNet(stem="7x7/4")
    return save(
        {
            name: value.half().contiguous()
            for name, value in net.state_dict().items()
            if value.numel() < 4000
        }
    )
