"""The command line teaches its use, and wrong usage is one sentence and status two."""

from pathlib import Path

import pytest
import torch

from tests.command_line import Run, python


def test_help_teaches_and_needs_no_pytorch() -> None:
    code = (
        "import runpy, sys\ntry: runpy.run_module('mmsent', run_name='__main__', alter_sys=True)\n"
    )
    code += "except SystemExit: print('torch' in sys.modules)"
    done = python("-c", code, "--help")
    assert "python -m mmsent review reviews.csv --out scored.csv" in done.stdout
    assert done.stdout.endswith("False\n")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "required: TASK"),
        (["poem", "x.jpg"], "invalid choice: 'poem'"),
        (["face"], "nothing to score"),
        (
            ["video", "a.mp4", "--text", "names.txt"],
            "--text names.txt names a file: to have it read, write --transcript names.txt",
        ),
        (["meme", "a.png", "--text", "names.txt"], 'write --text "$(cat names.txt)"'),
        (["meme", "a.png", "--transcript", "names.txt"], "--transcript goes with a clip"),
        (
            ["video", "a.mp4", "--text", "Oh", "--transcript", "names.txt"],
            "--transcript goes with a clip",
        ),
        (["video", "a.csv", "--transcript", "names.txt"], "--transcript goes with a clip"),
        (
            ["video", "a.mp4", "b.mp4", "--transcript", "names.txt"],
            "goes with one clip, not with 2",
        ),
        (["video", "a.mp4", "--transcript", "gone.srt"], "There is no readable file “gone.srt”"),
        (["face", "x.jpg", "--text", "good"], "reads no text"),
        (["review", "x.csv", "--text", "good"], "bring their own"),
        (["review", "x.PARQUET", "--text", "good"], "bring their own"),
        (["face", "x.jpg", "--json", "--out", "x.csv"], "not allowed with"),
        (["face", "x.jpg", "--device", "cuda"], "there is no CUDA device “cuda” here"),
        (["face", "x.jpg", "--engine", "ray"], "writes a table; name one with --out"),
        (["face", "x.jpg", "--out", "x.xlsx"], "x.xlsx must end with .csv, .jsonl or .parquet."),
        (
            ["face", "x.jpg", "--out", "no/x.csv"],
            "no/x.csv can't be written: No such file or directory.",
        ),
        (["face", "x.jpg", "--source", "."], "holds no config.json"),
    ],
)
def test_wrong_usage_is_one_sentence_and_status_two(
    run: Run, arguments: list[str], complaint: str, monkeypatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    Path("names.txt").write_text("Oh no.", encoding="utf-8")
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert complaint in err.splitlines()[-1]


def test_as_a_program(tmp_path: Path) -> None:
    done = python("-m", "mmsent", "face", str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    # no bar where nobody looks
    assert done.stderr == f"{tmp_path}: There is nothing to score in this folder.\n"
