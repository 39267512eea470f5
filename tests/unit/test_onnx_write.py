"""What ``mmsent export`` writes, replaces and refuses to."""

import re
import shutil
from pathlib import Path

import onnx
import pytest
import torch

from bench.exported import Exported
from mmsent.__main__ import main
from mmsent.export import graph


def small_graph() -> graph.Graph:
    net = torch.nn.Sequential(torch.nn.Linear(4, 64), torch.nn.GELU(), torch.nn.Linear(64, 7))
    inputs = (graph.Input("pixels", torch.float32, ("N", 4), "any"),)
    return graph.Graph(net, inputs, (graph.Output("out", ("N", 7), "any"),), {graph.MARK: "0"})


def test_terms_of_the_weights_go_with_them(face_checkpoint, tmp_path):
    folder = Path(shutil.copytree(face_checkpoint, tmp_path / "face"))
    (folder / "README.md").write_text("# Card\n\n## Data and terms\n\nToys, CC0.\n\n## More\n")
    assert main(["export", "face", str(tmp_path / "a.onnx"), "--source", str(folder)]) == 0
    assert Exported(tmp_path).file("a").about["terms"] == "Toys, CC0."


def test_only_an_export_is_replaced(face_checkpoint, tmp_path, capsys):
    own, source = tmp_path / "own.onnx", str(face_checkpoint)
    graph.write(small_graph(), own)
    before = own.stat().st_ino
    assert main(["export", "face", str(own), "--source", source]) == 0
    assert own.stat().st_ino != before
    out = capsys.readouterr().out
    assert re.search(r"own\.onnx: [1-9]", out)
    assert "in  pixels (N, 1, 48, 48): grey 0..255" in out
    theirs = tmp_path / "theirs.onnx"
    model = onnx.load(str(own))
    del model.metadata_props[:]
    onnx.save(model, str(theirs))
    (tmp_path / "words.onnx").write_text("three years of work")
    (tmp_path / "folder.onnx").mkdir()
    (tmp_path / "link.onnx").symlink_to(tmp_path / "nowhere")
    kept = {path.name: path.stat(follow_symlinks=False).st_mtime for path in tmp_path.iterdir()}
    for name, told in (
        ("theirs.onnx", "exists and is not an export of mmsent"),
        ("words.onnx", "exists and is not an export of mmsent"),
        ("folder.onnx", "exists and is not an export of mmsent"),
        ("link.onnx", "exists and is not an export of mmsent"),
        ("face.txt", r"must end with .onnx"),
        ("none/face.onnx", "There is no folder"),
    ):
        with pytest.raises(SystemExit) as stopped:
            main(["export", "face", str(tmp_path / name), "--source", source])
        assert stopped.value.code == 2
        assert told in capsys.readouterr().err
    now = {path.name: path.stat(follow_symlinks=False).st_mtime for path in tmp_path.iterdir()}
    assert now == kept


def test_what_differs_from_pytorch_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(graph, "TOLERANCE", -1.0)
    with pytest.raises(graph.ExportError, match="its outputs would differ from PyTorch's by"):
        graph.write(small_graph(), tmp_path / "x.onnx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("gaps", [[float("nan"), 0.0], [0.0, float("nan")]])
def test_a_difference_that_is_no_number_is_one(gaps, tmp_path, monkeypatch):
    monkeypatch.setattr(graph, "largest_difference", lambda found, expected: gaps.pop())
    with pytest.raises(graph.ExportError, match="would differ from PyTorch's by nan"):
        graph.write(small_graph(), tmp_path / "x.onnx")
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_that_is_none_is_one_sentence(face_checkpoint, tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["export", "image", str(tmp_path / "x.onnx"), "--source", str(face_checkpoint)])
    assert stopped.value.code == 2
    assert "is a checkpoint for “face”, not for “image”" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
