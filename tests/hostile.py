"""Hostile input: files with changed bytes, against everything that opens what visitors and owners
bring.

Good is an answer or the one sentence that is meant for it (MediaError, CheckpointError). Another
exception is a failure, and so is an input that takes longer than SLOW; a crash of the process would
end the run. Every input can be made again: it follows from its kind, the seed and its number, which
are printed for each failure.
"""

import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import mmsent
from mmsent import hub
from mmsent.captions import clean_caption
from mmsent.clips import open_clip
from mmsent.hub import CheckpointError
from mmsent.media import MediaError, image_notes, open_image
from mmsent.models.face import FaceNet
from mmsent.read_table import read_table
from mmsent.text import replace_lone_surrogates, split_words
from mmsent.transcripts import parse_transcript, spread_over_speech, write_srt
from tests import good_files
from tests.hostile_changes import change, change_config

SLOW: Final = 10.0  # seconds
CONFIG: Final = " config"
LOADED_BY: Final = {
    "face": "face",
    "text": "review",
    "image": "review",
    "review": "review",
    "meme": "meme",
    "video": "video",
}
HANG: Final = 120  # seconds after which an input is given up


class HangError(Exception):
    """An input took longer than HANG seconds."""


class Kind(NamedTuple):
    name: str
    seeds: list[bytes]  # good files
    read: Callable[[bytes, Path], None]  # with a folder of its own
    change: Callable[[list[bytes], int, int], bytes] = change


def _read_picture(content: bytes, _: Path) -> None:
    open_image(content)
    image_notes(content)


def _read_clip(content: bytes, folder: Path) -> None:
    path = folder / "clip"
    path.write_bytes(content)
    with open_clip(path) as clip:
        for _part in clip:
            pass


def _read_subtitles(content: bytes, _: Path) -> None:
    read = parse_transcript(replace_lone_surrogates(content.decode("utf-8", "replace")))
    parse_transcript(
        write_srt(read if isinstance(read, list) else spread_over_speech(read, [(0.0, 2.0)]))
    )


def _read_text(content: bytes, _: Path) -> None:
    text = replace_lone_surrogates(content.decode("utf-8", "surrogateescape"))
    words, spans = split_words(text)
    if [text[start:end] for start, end in spans] and len(words) != len(spans):
        raise AssertionError("words were lost")
    clean_caption(text)


def _read_table(kind: str) -> Callable[[bytes, Path], None]:
    def read(content: bytes, folder: Path) -> None:
        path = folder / f"table.{kind}"
        path.write_bytes(content)
        for _row in read_table(path, ("text",), ("image_path",)):
            pass

    return read


def _read_config(content: bytes, folder: Path) -> None:
    (folder / "config.json").write_bytes(content)
    hub.read_config(folder, "face")


def _read_weights(content: bytes, folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(content)
    hub.load_weights(FaceNet(stem="7x7/4"), folder)


def load_config(content: bytes, folder: Path, root: Path, changed: str, task: str) -> None:
    """``mmsent.load(task)`` of the checkpoints below ``root``, the one of ``changed`` with another
    config.json."""
    for source in root.iterdir():
        if source.name not in (changed, task):  # one and the same for all, so loaded once
            (folder / source.name).symlink_to(source)
            continue
        (folder / source.name).mkdir()
        for file in source.iterdir():
            if (source.name, file.name) != (changed, "config.json"):
                (folder / source.name / file.name).symlink_to(file)
    (folder / changed / "config.json").write_bytes(content)
    mmsent.load(task, folder / task, "cpu")


def checkpoints(root: Path = hub.ROOT) -> Iterator[Kind]:
    """The configs of the checkpoints below ``root``, each through ``mmsent.load``."""
    for changed, task in LOADED_BY.items():
        good = [(root / changed / "config.json").read_bytes()]
        yield Kind(
            f"{changed}{CONFIG}",
            good,
            partial(load_config, root=root, changed=changed, task=task),
            change_config,
        )


def kinds() -> Iterator[Kind]:
    """All of them; what is slow comes last."""
    yield Kind("picture", good_files.pictures(), _read_picture)
    yield Kind("subtitles", good_files.SUBTITLES, _read_subtitles)
    yield Kind("text", good_files.TEXTS, _read_text)
    yield Kind("CSV", good_files.CSV, _read_table("csv"))
    yield Kind("JSON lines", good_files.JSON_LINES, _read_table("jsonl"))
    yield Kind("JSON", good_files.JSON, _read_table("json"))
    yield Kind("config", good_files.CONFIGS, _read_config)
    yield Kind("weights", [good_files.weights()], _read_weights)
    yield Kind("clip", good_files.clips(), _read_clip)
    yield from checkpoints()


def _give_up(*_: object) -> None:
    raise HangError


def attack(kind: Kind, inputs: int, seed: int) -> Counter[str]:
    """How many were "read", "refused" and "failed", and prints each failure."""
    counts: Counter[str] = Counter()
    signal.signal(signal.SIGALRM, _give_up)
    for number in range(inputs):
        content = kind.change(kind.seeds, number, seed)
        begun = time.perf_counter()
        signal.alarm(HANG)
        try:
            with tempfile.TemporaryDirectory() as folder:
                kind.read(content, Path(folder))
                outcome = "read"
        except (MediaError, CheckpointError):
            outcome = "refused"
        except Exception as problem:
            outcome = "failed"
            print(
                f"{kind.name} {number}, seed {seed}: {type(problem).__name__}: {str(problem)[:120]}"
            )
        signal.alarm(0)
        seconds = time.perf_counter() - begun
        if seconds > SLOW:
            outcome = "failed"
            print(f"{kind.name} {number}, seed {seed}: took {seconds:.1f} s")
        counts[outcome] += 1
    return counts
