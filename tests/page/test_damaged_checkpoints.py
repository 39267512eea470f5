"""A checkpoint that is missing, damaged or too large closes its own tab with a sentence, and the others work."""

import errno
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
import torch

import mmsent
from mmsent.hub import CheckpointError
from mmsent.ui.demo import build_demo
from mmsent.ui.server.health import Health
from mmsent.ui.server.paths import without_paths
from tests.meme_fake import FakeMeme
from tests.review_fake import FakeReview


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
