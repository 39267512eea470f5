"""Whatever breaks while it runs, the rest goes on: memory, disk, GPU, and the process itself."""

import errno
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

import mmsent
from mmsent.ocr import detect
from mmsent.pipelines.face import FacePipeline
from mmsent.ui.server import guard, uploads
from mmsent.ui.server.cpu_fallback import GPU_LOST_NOTE, CpuFallback, is_gpu_lost
from mmsent.ui.server.health import EXHAUSTED, FAILED, Health
from tests.review_fake import FakeReview
from tests.served import serving
from tests.visitor import RefusedError, Visitor

SECRET = "my secret diary"
PROBLEMS: dict[str, BaseException] = {
    "memory": MemoryError(SECRET),
    "gpu memory": torch.OutOfMemoryError(f"CUDA out of memory. {SECRET}"),
    "onnx memory": RuntimeError(f"bad allocation {SECRET}"),
    "opencv": cv2.error(f"Failed to allocate memory {SECRET}"),
    "disk": OSError(errno.ENOSPC, SECRET),
    "bug": ValueError(SECRET),
}


class Failing(FakeReview):
    """Fails as the text says."""

    def predict(self, text: str, image: Any = None) -> Any:
        if text in PROBLEMS:
            raise PROBLEMS[text]
        return super().predict(text, image)


def test_memes_are_read_without_a_text_reader(
    meme_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise FileNotFoundError(name)

    monkeypatch.setattr(detect, "load_net", missing)
    meme = mmsent.load("meme", meme_checkpoint, "cpu")
    grey = np.full((60, 90, 3), 128, np.uint8)
    assert any("can't be read" in note for note in meme.predict(grey).notes)
    assert meme.predict(grey, "a good day").text == "a good day"
    assert not any("can't be read" in note for note in meme.predict(grey, "a good day").notes)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Visitor, Path]]:
    folder = tmp_path_factory.mktemp("gradio")
    with serving("review", Failing(), folder) as address, Visitor(address) as visitor:
        yield visitor, folder


@pytest.mark.slow
@pytest.mark.parametrize("kind", PROBLEMS)
def test_a_job_that_fails_gives_a_sentence_and_the_next_one_works(
    page: tuple[Visitor, Path],
    kind: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture,
) -> None:
    visitor, _ = page
    with pytest.raises(RefusedError) as public:
        visitor.ask("review", kind, None)
    with pytest.raises(RefusedError) as private:
        visitor.press("review-run", "click", kind, None)
    for told in (str(public.value), str(private.value)):
        assert told.endswith(".")
        assert SECRET not in told
    assert visitor.ask("review", "an awful soup", None)["sentiment"]["top"] == "negative"
    assert "went wrong" in caplog.text
    assert SECRET not in "".join(capfd.readouterr())


def test_a_full_disk_gives_a_sentence_and_leaves_nothing(
    page: tuple[Visitor, Path], grey_photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, folder = page

    async def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    for patched, name, new in (
        (uploads.Upload, "write", full),
        (uploads.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 0)),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(patched, name, new)
            with pytest.raises(RefusedError, match="no room"):
                visitor.upload(grey_photo.read_bytes())
    assert not [path for path in folder.rglob("*") if path.is_file()]
    assert visitor.ask("review", "", visitor.upload(grey_photo.read_bytes()))["grid"] == [2, 3]


def test_a_server_function_that_fails_gives_a_sentence() -> None:
    def detect(payload: Any) -> dict[str, Any]:
        raise PROBLEMS[payload]

    health = Health()
    counted = guard._counted(detect, health)
    assert counted("memory") == {"error": guard.MEMORY}
    assert SECRET not in counted("bug")["error"]
    assert health.summary()["detect"]["outcomes"] == {EXHAUSTED: 1, FAILED: 1}


@pytest.mark.slow
def test_the_cpu_takes_over_from_a_lost_gpu(face_checkpoint: Path, two_faces: np.ndarray) -> None:
    lost, health, loaded = mmsent.load("face", face_checkpoint, "cpu"), Health(), []

    def dead(_: np.ndarray) -> None:
        raise RuntimeError("CUDA error: unspecified launch failure")

    def load_on_cpu() -> FacePipeline:
        loaded.append(mmsent.load("face", face_checkpoint, "cpu"))
        return loaded[-1]

    lost._run = dead
    lost.detector.detect = dead
    spare: Any = CpuFallback(lost, load_on_cpu, health)
    detector = spare.detector  # as a live stream keeps it
    assert len(detector.detect(two_faces)) == 2
    assert spare.predict(two_faces) == loaded[0].predict(two_faces)
    assert len(loaded) == 1
    assert health.notes == {GPU_LOST_NOTE}
    assert spare.labels == lost.labels


def test_only_a_gpu_that_is_gone_is_replaced() -> None:
    assert is_gpu_lost(RuntimeError("CUDA error: an illegal memory access was encountered"))
    assert not is_gpu_lost(torch.OutOfMemoryError("CUDA out of memory."))
    assert not is_gpu_lost(RuntimeError("shapes do not match"))
    assert not is_gpu_lost(ValueError("CUDA error"))
