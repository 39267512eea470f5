"""The process that decodes a clip: it ends with the clip, and its faults are told as what they are."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from mmsent import clips
from mmsent.clips import Clip, MediaError, open_clip
from tests.clip_media import write_clip


def decoder(clip: Clip) -> int:
    return clip._decoder.pid


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """More than fits between the decoder and its reader."""
    return write_clip(tmp_path_factory.mktemp("clip") / "long.mp4", seconds=8, size=(640, 480))


def test_the_decoder_ends_with_the_clip(long_clip: Path) -> None:
    with open_clip(long_clip) as clip:
        next(iter(clip))
        assert is_running(decoder(clip))
    assert not is_running(decoder(clip))


def test_another_thread_may_close_it(long_clip: Path) -> None:
    with open_clip(long_clip) as clip:
        os.kill(decoder(clip), signal.SIGSTOP)
        threading.Timer(0.5, clip.close).start()
        began = time.monotonic()
        assert len(list(clip)) < 50
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGSTOP])
def test_a_decoder_that_dies_or_hangs_gives_a_sentence(
    long_clip: Path, monkeypatch: pytest.MonkeyPatch, sent: int
) -> None:
    with open_clip(long_clip) as clip:
        monkeypatch.setattr(clips, "MAX_WAIT", 0.2)
        os.kill(decoder(clip), sent)
        with pytest.raises(MediaError, match="could not be decoded"):
            list(clip)
    assert not is_running(decoder(clip))


# what could go wrong with ourselves, done before the decoder begins; and what the log then tells
OURS = {
    "another PyAV": (
        "import av; opened = av.open; av.open = lambda file, container_options: opened(file)",
        "TypeError at clip_de",
    ),
    "PyAV is gone": ("sys.modules['av'] = None", "ModuleNotFoundError at clip_decoder.py"),
    "half-way": (
        "from mmsent.clip_tracks import PictureTrack as p; p.take = lambda *_: 1 // 0",
        "ZeroDivisionError at <string>",
    ),
    "no word": ("sys.exit(3)", "status 3"),
}


@pytest.mark.parametrize("name", OURS)
def test_a_fault_of_ours_is_not_told_as_the_visitor_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    path = write_clip(tmp_path / "private.mp4", seconds=0.4)
    done, logged = OURS[name]
    begin = f"import sys; {done}; from mmsent.clip_process import main; main(*sys.argv[1:])"
    monkeypatch.setattr(clips, "START", ("-P", "-c", begin))
    with pytest.raises(clips.DecoderError) as problem, open_clip(path) as clip:
        list(clip)
    assert str(problem.value) == clips.INTERNAL_FAULT
    assert "damaged" not in str(problem.value)
    (record,) = caplog.records
    assert logged in record.getMessage()
    assert "private" not in caplog.text


def test_the_clip_modules_can_be_imported_without_what_windows_lacks() -> None:
    code = "import sys; sys.modules['resource'] = sys.modules['fcntl'] = None; import mmsent.clips, mmsent.clip_decoder"
    subprocess.run(
        [sys.executable, "-c", code], cwd=clips.__file__.rsplit("/", 2)[0], check=True, timeout=100
    )
