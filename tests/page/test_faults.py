"""Whatever breaks, the rest goes on: checkpoints, memory, disk, GPU, and the process itself."""

import errno
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import gradio as gr
import numpy as np
import pytest
import torch

import mmsent
from mmsent.hub import CheckpointError
from mmsent.ocr import detect
from mmsent.pipelines.face import FacePipeline
from mmsent.ui.demo import build_demo
from mmsent.ui.server import guard, uploads
from mmsent.ui.server.cpu_fallback import GPU_LOST_NOTE, CpuFallback, is_gpu_lost
from mmsent.ui.server.health import EXHAUSTED, FAILED, Health
from mmsent.ui.server.paths import without_paths
from tests.meme_fake import FakeMeme
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


def damage(name: str, content: bytes | None) -> Callable[[Path], None]:
    """Writes ``content`` over a file of the checkpoint; None: half of its own."""

    def apply(folder: Path) -> None:
        whole = (folder / name).read_bytes()
        (folder / name).write_bytes(whole[: len(whole) // 2] if content is None else content)

    return apply


def without(key: str) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        config = json.loads((folder / "review" / "config.json").read_text())
        del config[key]
        (folder / "review" / "config.json").write_text(json.dumps(config))

    return apply


def problem_told(demo: gr.Blocks) -> str:
    """What the review tab says in place of the model."""
    told = [
        block.value
        for block in demo.blocks.values()
        if isinstance(block, gr.HTML) and "alert" in str(block.value)
    ]
    return next(
        (text for text in told if "review" in text or "text" in text or "image" in text), ""
    )


@pytest.mark.parametrize(
    "spoil",
    [
        damage("review/model.safetensors", None),
        damage("review/model.safetensors", b""),
        damage("review/model.safetensors", b"\xff" * 5000),
        damage("text/model.safetensors", None),
        damage("text/tokenizer.json", b"{}"),
        damage("image/config.json", b"[]"),
        damage("review/config.json", b"\xff\xfe"),
        damage("review/config.json", b'{"task": "review", "format": 99}'),
        damage("review/metrics.json", b"[1, 2"),
        damage("review/metrics.json", b'"nonsense"'),
        *map(without, ("architecture", "encoders", "calibration", "labels")),
    ],
)
def test_a_damaged_checkpoint_closes_its_own_tab_alone(
    review_checkpoint: Path, tmp_path: Path, spoil: Callable
) -> None:
    folder = shutil.copytree(review_checkpoint.parent, tmp_path / "checkpoints")
    (folder / "review" / "metrics.json").write_text("{}")
    spoil(folder)

    def load(task: str) -> Any:
        if task == "review":
            return mmsent.load("review", folder / "review", "cpu")
        raise CheckpointError(f"There is no {task} here.")

    health = Health()
    demo = build_demo(load, health)
    told = problem_told(demo)
    assert told.count(".") >= 1
    assert "Traceback" not in told
    assert str(tmp_path) not in told
    assert "/checkpoints/" not in told
    assert health.models["review"] == "failed"
    assert not health.ready


@pytest.mark.parametrize(
    "problem",
    [
        MemoryError(),
        RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
    ],
)
def test_too_little_memory_for_a_checkpoint_is_one_sentence(
    problem: Exception, review_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load_file(path: Path) -> Any:
        raise problem

    monkeypatch.setattr("safetensors.torch.load_file", load_file)

    def load(task: str) -> Any:
        if task == "review":
            return mmsent.load("review", review_checkpoint, "cpu")
        return {"meme": FakeMeme()}[task]

    health = Health()
    demo = build_demo(load, health)
    told = problem_told(demo)
    assert "not enough memory to load the model" in told
    assert "damaged" not in told
    assert health.models["review"] == "failed"
    assert any(getattr(block, "elem_id", "") == "meme-run" for block in demo.blocks.values())


SENTENCES = {
    "/srv/my models/face/config.json is wrong at labels: it is short.": "face/config.json is wrong at",
    "/srv/checkpoints/text holds no config.json.": "text holds no config.json.",
    "There is no folder “/srv/a b/c d”; please check the path.": "There is no folder “c d”; please",
    "~/models/text is damaged; fetch it.": "text is damaged; fetch it.",
    "/root/.cache/huggingface/hub/models--me--x/snapshots/0123456789ab/config.json is wrong": (
        "me/x/config.json is wrong"
    ),
    "accept its terms on https://huggingface.co/me/x first": "on https://huggingface.co/me/x first",
    "“me/x” is not in the cache; 1/2 of it is.": "“me/x” is not in the cache; 1/2 of it is.",
}


@pytest.mark.parametrize("told", SENTENCES)
def test_visitors_see_names_where_the_owner_sees_paths(
    told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MMSENT_FACE", "/srv/my models/face")
    shown = without_paths(told, "face")
    assert SENTENCES[told] in shown
    assert "srv" not in shown
    assert "root" not in shown


def test_a_tab_that_fails_half_way_leaves_nothing_behind() -> None:
    broken = FakeReview()
    broken.metrics = "nonsense"  # type: ignore[assignment]
    demo = build_demo(lambda task: broken)
    assert "damaged" in problem_told(demo)
    assert not any(
        block.elem_id == "review-text"
        for block in demo.blocks.values()
        if hasattr(block, "elem_id")
    )


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
