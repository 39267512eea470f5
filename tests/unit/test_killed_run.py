"""The command line, killed for real in the middle of a table: the same command goes on, and the
table ends as if nothing had happened."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mmsent.__main__ import main

ROWS = 90  # more than one batch
BAD = (3, 70)
DYING = """
import signal, sys
from mmsent.__main__ import main
from mmsent.table import Table


def dies(name, call):
    real, calls = getattr(Table, name), 0
    def method(*arguments):
        nonlocal calls
        result, calls = real(*arguments), calls + 1
        if calls == call:
            signal.raise_signal(signal.SIGKILL)
        return result
    setattr(Table, name, method)

dies(sys.argv[1], int(sys.argv[2]))
main(sys.argv[3:])
"""


def read(path: Path) -> pd.DataFrame:
    if path.suffix == ".jsonl":
        return pd.read_json(path, lines=True)
    return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "method", "call"),
    [("csv", "add", 70), ("jsonl", "add", 5), ("parquet", "_write_parquet", 1)],
)
def test_a_killed_run_goes_on(kind, method, call, review_checkpoint, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MMSENT_REVIEW", str(review_checkpoint))
    texts = [" " if number in BAD else f"The strap {number} is good." for number in range(ROWS)]
    pd.DataFrame({"text": texts}).to_csv(tmp_path / "reviews.csv", index=False)
    arguments = ["review", str(tmp_path / "reviews.csv"), "--out"]
    cut, whole = tmp_path / f"cut.{kind}", tmp_path / f"whole.{kind}"
    command = [sys.executable, "-c", DYING, method, str(call), *arguments, str(cut)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    died = subprocess.run(command, env=environment, capture_output=True, timeout=300, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()

    assert main([*arguments, str(cut)]) == 1
    there = ROWS if method == "_write_parquet" else call
    assert f"{there} of {ROWS} inputs are in {cut} already.\n" in capsys.readouterr().err
    assert main([*arguments, str(whole)]) == 1
    one, other = read(cut), read(whole)
    assert (
        one["input"].tolist()
        == other["input"].tolist()
        == [f"{arguments[1]}, line {row + 2}" for row in range(ROWS)]
    )
    assert one["error"].notna().to_numpy().nonzero()[0].tolist() == list(BAD)
    if kind != "jsonl":
        numbers = [
            name
            for name in one.columns
            if name.startswith("sentiment_") and name != "sentiment_unsure"
        ]
        np.testing.assert_allclose(one[numbers], other[numbers], atol=1e-4)
    assert not list(tmp_path.glob(f"cut.{kind}.*"))
