"""Small clips made with PyAV and numpy: ordinary ones, and all that can be wrong with one."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import OutputContainer
from av.stream import Disposition, Stream
from av.subtitles.subtitle import SubtitleSet
from numpy.typing import NDArray

from mmsent.media import Picture

SIZE = (96, 64)  # width, height
RATE = 16_000  # samples a second of the sound
SHADES = 8.0  # by how much the grey of a frame grows in a second
ASS = (
    b"[Script Info]\nScriptType: v4.00+\n\n[Events]\n"
    b"Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
)
Sound = NDArray[np.float32]


def voice(
    seconds: float, pauses: Iterable[tuple[float, float]] = (), loudness: float = 0.2
) -> Sound:
    """Something like a voice: a buzz of 140 Hz with three formants that come and go four times a
    second, and silence in the pauses. Mono, RATE, -1..1."""
    t = np.arange(round(seconds * RATE)) / RATE
    pitch = 140 + 15 * np.sin(2 * np.pi * 0.7 * t)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    weights = [
        1 / n * sum(np.exp(-(((n * 140 - formant) / 150) ** 2)) for formant in (500, 1500, 2500))
        for n in range(1, 24)
    ]
    buzz = sum(weight * np.sin(n * phase) for n, weight in enumerate(weights, 1))
    sound = buzz / np.abs(buzz).max() * (0.55 + 0.45 * np.sin(2 * np.pi * 4 * t))
    for start, end in pauses:
        sound[(t >= start) & (t < end)] = 0
    noise = np.random.default_rng(0).normal(0, 0.002, len(t))
    return (loudness * sound + noise).astype(np.float32)


def talk(seconds: float, seed: int = 0, loudness: float = 0.2) -> Sound:
    """What Silero takes for speech all the time: a voice that glides from vowel to vowel, 4.5
    syllables a second, with a hiss before each. Mono, RATE, -1..1."""
    random = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE)) / RATE
    number, along = np.divmod(t * 4.5, 1)
    vowels = np.array(
        [
            (730, 1090, 2440),
            (270, 2290, 3010),
            (300, 870, 2240),
            (530, 1840, 2480),
            (570, 840, 2410),
        ]
    )
    spoken = vowels[random.integers(len(vowels), size=int(number[-1]) + 2)]
    formants = (
        spoken[number.astype(int)] * (1 - along[:, None])
        + spoken[number.astype(int) + 1] * along[:, None]
    )
    pitch = (130 + 40 * np.sin(2 * np.pi * 0.4 * t)) * (1 + 0.01 * random.normal(size=len(t)))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    sound = np.zeros(len(t))
    for n in range(1, 30):
        away = (n * pitch[:, None] - formants) / (60 + 0.06 * formants)
        sound += (np.exp(-(away**2)) @ (1.0, 0.6, 0.3) + 0.01) / n**0.3 * np.sin(n * phase)
    sound *= np.sin(np.pi * np.clip(along * 1.25 - 0.125, 0, 1)) ** 0.6 / np.abs(sound).max()
    sound += np.diff(random.normal(size=len(t)) * (along < 0.15) * 0.15, prepend=0)
    return (loudness * sound / np.abs(sound).max()).astype(np.float32)


def hum(seconds: float, loudness: float = 0.1) -> Sound:
    """What nobody takes for speech."""
    return (loudness * np.sin(2 * np.pi * 100 * np.arange(round(seconds * RATE)) / RATE)).astype(
        np.float32
    )


def shade(seconds: float) -> int:
    """The grey of a frame at this time."""
    return int(40 + SHADES * seconds)


def write_clip(
    path: Path,
    seconds: float = 2.0,
    fps: int = 25,
    size: tuple[int, int] = SIZE,
    times: Iterable[float] | None = None,
    sound: Sound | None = None,
    picture: bool = True,
    codecs: tuple[str, str] = ("libx264", "aac"),
    turned: int = 0,
    late: float = 0.0,
    options: dict[str, str] | None = None,
    paint: Callable[[float], Picture] | None = None,
) -> Path:
    """A clip with sound (``voice`` by default, none where it is empty) and a picture whose grey
    tells the time.

    ``times``: seconds at which frames are shown, in place of ``fps`` a second. ``turned``: degrees,
    counterclockwise, in the metadata. ``late``: seconds before the sound begins. ``options``: the
    container's. ``paint``: what shows at a second, in place of ``grey``. The kind of file is told
    by the ending of ``path``.
    """
    sound = voice(seconds) if sound is None else sound
    base = Fraction(1, fps) if times is None else Fraction(1, 1000)
    times = np.arange(max(round(seconds * fps), 1)) / fps if times is None else times
    with av.open(str(path), "w", options=options or {}) as container:
        video = container.add_stream(codecs[0], rate=fps) if picture else None
        audio = container.add_stream(codecs[1], rate=RATE, layout="mono") if len(sound) else None
        if video:
            video.width, video.height = size
            video.pix_fmt = "yuvj420p" if codecs[0] == "mjpeg" else "yuv420p"
            video.codec_context.time_base = base
            if turned:
                video.set_display_rotation(turned)
            for time in times:
                frame = av.VideoFrame.from_ndarray(
                    paint(time) if paint else grey(time, size), format="rgb24"
                )
                frame.pts, frame.time_base = round(time / base), base
                container.mux(video.encode(frame))
            container.mux(video.encode(None))
        if audio:
            frame = av.AudioFrame.from_ndarray(
                sound[None].astype(np.float32), format="fltp", layout="mono"
            )
            frame.rate, frame.pts, frame.time_base = RATE, round(late * RATE), Fraction(1, RATE)
            for part in av.AudioResampler(
                audio.format, "mono", RATE, audio.frame_size or None
            ).resample(frame):
                container.mux(audio.encode(part))
            container.mux(audio.encode(None))
    return path


@dataclass(frozen=True)
class Made:
    """A track to be written: ``content`` is sound (n,) or (channels, n), a grey (0..255) that a
    picture shows all the time or None for ``grey``, or the (start, end, text) of subtitles."""

    content: Any
    title: str = ""
    language: str = ""
    flags: int = 0  # of Disposition
    layout: str = "mono"
    codec: str = ""


def write_tracks(
    path: Path, tracks: Sequence[Made], seconds: float = 2.0, late: float = 0.0, **settings: Any
) -> Path:
    """A file with these tracks, in which all time stamps are ``late`` seconds later."""
    with av.open(str(path), "w", **settings) as container:
        streams = [(_stream(container, made), made) for made in tracks]
        packets = [
            packet for stream, made in streams for packet in _packets(stream, made, seconds, late)
        ]
        for packet in sorted(packets, key=lambda packet: float(packet.dts * packet.time_base)):
            container.mux(packet)
    return path


def _stream(container: OutputContainer, made: Made) -> Stream:
    if isinstance(made.content, np.ndarray):
        stream: Stream = container.add_stream(made.codec or "aac", rate=RATE, layout=made.layout)
    elif isinstance(made.content, list):
        stream = container.add_stream(made.codec or "srt")
        stream.codec_context.time_base = Fraction(1, 1000)
        stream.codec_context.subtitle_header = ASS
    else:
        stream = container.add_stream(made.codec or "libx264", rate=25)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuvj420p" if made.codec == "mjpeg" else "yuv420p"
    if made.title:
        stream.metadata["handler_name" if container.format.name == "mp4" else "title"] = made.title
    if made.language:
        stream.metadata["language"] = made.language
    stream.disposition = Disposition(made.flags)
    return stream


def _packets(stream: Stream, made: Made, seconds: float, late: float) -> list[av.Packet]:
    packets = []
    if isinstance(made.content, np.ndarray):
        frame = av.AudioFrame.from_ndarray(
            np.atleast_2d(made.content).astype(np.float32), "fltp", made.layout
        )
        frame.rate, frame.pts, frame.time_base = RATE, round(late * RATE), Fraction(1, RATE)
        resampler = av.AudioResampler(stream.format, made.layout, RATE, stream.frame_size or None)
        packets = [
            packet for part in resampler.resample(frame) for packet in stream.encode(part)
        ] + stream.encode(None)
    elif isinstance(made.content, list):
        for start, end, text in made.content:
            line = SubtitleSet.create(
                f"0,0,Default,,0,0,0,,{text}".encode(), 0, round(1000 * (end - start))
            )
            packet = stream.codec_context.encode_subtitle(line)
            packet.stream, packet.time_base = stream, Fraction(1, 1000)
            packet.pts = packet.dts = round(1000 * (start + late))
            packet.duration = round(1000 * (end - start))
            packets.append(packet)
    else:
        for number in range(round(25 * seconds)):
            shown = (
                grey(number / 25)
                if made.content is None
                else np.full((*SIZE[::-1], 3), made.content, np.uint8)
            )
            frame = av.VideoFrame.from_ndarray(shown, "rgb24")
            frame.pts, frame.time_base = number + round(25 * late), Fraction(1, 25)
            packets += stream.encode(frame)
        packets += stream.encode(None)
    return [packet for packet in packets if packet.dts is not None]


def grey(time: float, size: tuple[int, int] = SIZE) -> Picture:
    """One grey, ``shade(time)``, and a white quarter at the top left: shows when a frame is from,
    and which way is up."""
    picture = np.full((size[1], size[0], 3), shade(time), np.uint8)
    picture[: size[1] // 2, : size[0] // 2] = 255
    return picture


def silent(path: Path, **changes: Any) -> Path:
    """A clip without a sound track."""
    return write_clip(path, sound=np.zeros(0, np.float32), **changes)
