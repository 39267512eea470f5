"""A table of memes: scored in batches, each row as if it were alone, and gone on with after a
kill."""

import csv
from pathlib import Path
from unittest.mock import Mock

import pytest
from PIL import Image

import mmsent
from mmsent.__main__ import main
from mmsent.batch import BATCH_SIZE, score_rows
from mmsent.inputs import Row
from mmsent.pipelines.meme import MemePipeline
from mmsent.table import Table
from mmsent.tasks import TASKS


def test_a_bad_row_spoils_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, meme_checkpoint: Path
) -> None:
    monkeypatch.setenv("MMSENT_MEME", str(meme_checkpoint))
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (60, 40), "red").save(tmp_path / "a.png")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG and no more")
    long, handles = "so good " * 3000, "so good" + " @anna" * 3000
    lines = (
        "a.png,so good",
        "broken.png,so bad",
        "gone.png,",
        f"a.png,{long}",
        f"a.png,{handles}",
        ",alone",
        "a.png,",
        f"a.png,{'a ' * 6000}",
    )
    (tmp_path / "memes.csv").write_text("\n".join(("image_path,text", *lines)))
    assert main(["meme", "memes.csv", "--out", "scored.csv"]) == 1
    rows = list(csv.DictReader(Path("scored.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["input"] for row in rows] == [f"memes.csv, line {line}" for line in range(2, 10)]
    told = (
        "",
        "not a picture we can read",
        "no readable file",
        "23,999 characters",
        "",
        "is empty",
        "",
        "6,000 words",
    )
    for row, complaint in zip(rows, told, strict=True):
        assert complaint in row["error"]
        assert bool(complaint) == bool(row["error"])
    pipeline = mmsent.load("meme")
    for row, text in ((rows[0], "so good"), (rows[4], handles), (rows[6], None)):
        alone = pipeline.predict("a.png", text)
        assert row["text"] == alone.text.replace("\n", " ")
        for aspect, scores in alone.aspects.items():
            assert row[aspect] == scores.top
            assert [float(row[f"{aspect}_{label}"]) for label in scores.labels] == pytest.approx(
                scores.probs, abs=1e-3
            )


def test_a_killed_table_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, meme_checkpoint: Path
) -> None:
    monkeypatch.setenv("MMSENT_MEME", str(meme_checkpoint))
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (60, 40), "red").save("a.png")
    count, written = BATCH_SIZE + 6, BATCH_SIZE + 2
    Path("memes.csv").write_text(
        "image_path,text\n" + "".join(f"a.png,the bag {i} is good\n" for i in range(count))
    )
    add, calls = Table.add, iter(range(count))

    def dying(table: Table, records: list) -> None:
        if next(calls) == written:
            raise KeyboardInterrupt
        add(table, records)

    with monkeypatch.context() as patch:
        patch.setattr(Table, "add", dying)
        assert main(["meme", "memes.csv", "--out", "scored.csv"]) == 130
    before = Path("scored.csv").read_text()
    assert before.count("\n") == 1 + written
    assert main(["meme", "memes.csv", "--out", "scored.csv"]) == 0
    assert Path("scored.csv").read_text().startswith(before)
    lines = [
        row["input"]
        for row in csv.DictReader(Path("scored.csv").read_text(encoding="utf-8").splitlines())
    ]
    assert lines == [f"memes.csv, line {number}" for number in range(2, count + 2)]


def test_the_nets_see_a_batch_at_once(
    tmp_path: Path, meme_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("RGB", (60, 40), "red").save(tmp_path / "a.png")
    pipeline = MemePipeline(meme_checkpoint, "cpu")
    seen = Mock(wraps=pipeline.image, size=pipeline.image.size, width=pipeline.image.width)
    monkeypatch.setattr(pipeline, "image", seen)
    rows = [Row(str(number), tmp_path / "a.png", "so good") for number in range(BATCH_SIZE + 3)]
    assert [
        row for row, _ in score_rows(TASKS["meme"], pipeline, rows, whole_results=False)
    ] == rows
    # once for each group of aspects, as each has its pictures
    lengths = [len(call.args[0]) for call in seen.rows.call_args_list]
    assert lengths == [BATCH_SIZE, BATCH_SIZE, 3, 3]
