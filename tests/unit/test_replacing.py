"""Whatever is written to a place that somebody names costs nobody a file: neither what lies beside
it, nor what a link there points to, nor what was there before if the writing fails."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from mmsent import hub, runtime
from mmsent.annotate import SAME_FILE, annotate
from mmsent.atomic import atomic_write
from mmsent.media import MediaError
from mmsent.table import Table
from tests.clip_media import write_clip
from tests.unit.test_annotate import result
from train.video.data import cached_npz

WORK = "three years of work"


def checkpoint(folder: Path) -> None:
    hub.save_checkpoint(folder, torch.nn.Linear(2, 2), {"task": "face"})


def parquet(folder: Path) -> None:
    for name in "ab":  # made, and gone on with
        table = Table(folder / "scored.parquet", {"input": str, "error": str})
        table.add([{"input": name}])
        table.finish()


def film(folder: Path) -> None:
    annotate(write_clip(folder / "clip.mkv", seconds=0.4), result(0.4), folder / "drawn.mp4")


def net(folder: Path) -> None:
    runtime._write_cache(folder / "net.onnx", b"onnx")


def arrays(folder: Path) -> None:
    cached_npz(folder / "rows.npz", lambda: {"rows": np.zeros(2)})


# what writes, and names beside it that it might have taken for its own
WRITERS: dict[Callable[[Path], None], tuple[str, ...]] = {
    checkpoint: ("model.safetensors.new", "config.json.new"),
    parquet: ("scored.parquet.new", "scored.parquet.rows.new"),
    film: ("drawn.mp4.new",),
    net: (f"net.{os.getpid()}.new", "net.new"),
    arrays: ("new-rows.npz", "rows.npz.new"),
}


@pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__)
def test_what_lies_beside_stays_and_links_are_not_followed(
    tmp_path: Path, write: Callable[[Path], None]
) -> None:
    mine, folder = tmp_path / "thesis.txt", tmp_path / "out"
    mine.write_text(WORK)
    folder.mkdir()
    for name in WRITERS[write]:
        (folder / name).symlink_to(mine)
    write(folder)
    assert mine.read_text() == WORK
    assert all((folder / name).is_symlink() for name in WRITERS[write])
    assert not [path.name for path in folder.iterdir() if path.name.startswith(".")]


def test_it_is_there_whole_or_as_it_was(tmp_path: Path) -> None:
    mine, out = tmp_path / "thesis.txt", tmp_path / "out.txt"
    mine.write_text(WORK)
    out.symlink_to(mine)

    def stopped() -> None:
        with atomic_write(out) as fresh:
            fresh.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert sorted(os.listdir(tmp_path)) == ["out.txt", "thesis.txt"]
    assert out.read_text() == WORK
    with atomic_write(out) as fresh:
        fresh.write_text("whole")
    assert (out.read_text(), mine.read_text()) == ("whole", WORK)
    plain = tmp_path / "plain"
    plain.touch()
    assert out.stat().st_mode == plain.stat().st_mode


def test_a_clip_is_not_written_over_itself(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", seconds=0.4)
    before = clip.read_bytes()
    (tmp_path / "link.mp4").symlink_to(clip)
    for out in (clip, tmp_path / "link.mp4"):
        with pytest.raises(MediaError) as problem:
            annotate(clip, result(0.4), out)
        assert str(problem.value) == SAME_FILE
    assert clip.read_bytes() == before


@pytest.mark.parametrize("config", [None, "{", "[]", '{"model_type": "bert"}'])
def test_a_checkpoint_is_not_written_over_somebody_s_model(
    tmp_path: Path, config: str | None
) -> None:
    (tmp_path / "README.md").write_text(WORK)
    if config:
        (tmp_path / "config.json").write_text(config)
    with pytest.raises(
        hub.CheckpointError,
        match="exists and is not a checkpoint of mmsent; name another folder",
    ):
        hub.check_own(tmp_path)
    with pytest.raises(hub.CheckpointError, match="is not a checkpoint"):
        hub.check_own(tmp_path / "README.md")


def test_a_new_folder_an_empty_one_and_one_of_ours_are_fine(tmp_path: Path) -> None:
    hub.check_own(tmp_path / "new")
    (tmp_path / ".gitkeep").touch()
    hub.check_own(tmp_path)
    checkpoint(tmp_path)
    (tmp_path / "metrics.json").write_text(json.dumps({}))
    hub.check_own(tmp_path)
