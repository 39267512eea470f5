"""The command line, killed for real in the middle of a table: the same command goes on, and the
table ends as if nothing had happened."""

import json
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
KINDS = {"csv": ("add", 70), "jsonl": ("add", 5), "parquet": ("_write_parquet", 1)}
# One process a kind of table, forked from one that has imported everything: each ends at the call
# of that number of a method of Table.
DYING = """
import json, os, signal, sys
from mmsent.__main__ import main
from mmsent.pipelines import review
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

for method, call, arguments in json.loads(sys.argv[1]):
    if child := os.fork():
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    else:
        dies(method, call)
        os._exit(main(arguments))
"""


@pytest.fixture(scope="module")
def killed(review_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with reviews.csv and, of each kind, the table of a run that was killed."""
    folder = tmp_path_factory.mktemp("killed")
    texts = [" " if number in BAD else f"The strap {number} is good." for number in range(ROWS)]
    pd.DataFrame({"text": texts}).to_csv(folder / "reviews.csv", index=False)
    runs = [
        (*death, ["review", str(folder / "reviews.csv"), "--out", str(folder / f"cut.{kind}")])
        for kind, death in KINDS.items()
    ]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "MMSENT_REVIEW": str(review_checkpoint)}
    died = subprocess.run(
        [sys.executable, "-u", "-c", DYING, json.dumps(runs)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=True,
    )
    assert died.stdout.split() == [str(-signal.SIGKILL)] * len(KINDS), died.stderr
    return folder


def read(path: Path) -> pd.DataFrame:
    if path.suffix == ".jsonl":
        return pd.read_json(path, lines=True)
    return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_killed_run_goes_on(kind, killed, review_checkpoint, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MMSENT_REVIEW", str(review_checkpoint))
    arguments = ["review", str(killed / "reviews.csv"), "--out"]
    cut, whole = killed / f"cut.{kind}", tmp_path / f"whole.{kind}"
    assert main([*arguments, str(cut)]) == 1
    method, call = KINDS[kind]
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
    assert not list(killed.glob(f"cut.{kind}.*"))
