"""A large table on a Ray cluster of two nodes, one of which is killed half-way: no row is lost,
none doubled."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import mmsent
from mmsent.__main__ import main
from mmsent.batch import BATCH_SIZE
from mmsent.labels import SENTIMENTS

if TYPE_CHECKING:
    from ray.cluster_utils import Cluster

ROWS = 16 * BATCH_SIZE
BAD = 100  # this row names a photo that is not there


@pytest.fixture
def cluster() -> Iterator["Cluster"]:
    """A head with one processor."""
    ray = pytest.importorskip("ray", reason="Ray is not installed; make test-scale installs it")
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        cluster = Cluster(
            initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False}
        )
        yield cluster
        ray.shutdown()
        cluster.shutdown()


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Reviews with one large photo, so that each takes a while."""
    random = np.random.default_rng(0)
    Image.fromarray(random.integers(0, 256, (900, 1200, 3), dtype=np.uint8)).save(
        tmp_path / "photo.png"
    )
    rows = [{"text": f"Bag {number} is good.", "image_path": "photo.png"} for number in range(ROWS)]
    rows[BAD]["image_path"] = "gone.png"
    pd.DataFrame(rows).to_parquet(tmp_path / "reviews.parquet")
    return tmp_path / "reviews.parquet"


def until(what: Callable[[], bool], seconds: float = 600) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.1)


def lines(path: Path) -> int:
    return len(path.read_bytes().splitlines()) if path.exists() else 0


def workers(node: str) -> int:
    """How many actors live on a node."""
    import ray

    table = ray._private.state.actors().values()  # the public way needs the dashboard
    return sum(actor["State"] == "ALIVE" and actor["Address"]["NodeID"] == node for actor in table)


def start(cluster: "Cluster", table: Path, out: Path, checkpoint: Path) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "mmsent",
        "review",
        str(table),
        "--out",
        str(out),
        "--engine",
        "ray",
    ]
    environment = os.environ | {"RAY_ADDRESS": cluster.address, "MMSENT_REVIEW": str(checkpoint)}
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


@pytest.mark.scale
@pytest.mark.timeout(1800)
def test_a_lost_machine_loses_and_doubles_no_row(
    cluster, table, review_checkpoint, tmp_path
) -> None:
    import ray

    doomed = cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()
    ray.init(cluster.address, log_to_driver=False)
    out = tmp_path / "scored.csv"
    run = start(cluster, table, out, review_checkpoint)
    until(lambda: workers(doomed.node_id) == 1 and lines(out) > BATCH_SIZE)
    assert lines(out) < ROWS - BATCH_SIZE, "nothing is left to lose"
    cluster.remove_node(doomed, allow_graceful=False)
    _, err = run.communicate(timeout=600)
    assert run.returncode == 1, err  # for the bad row alone
    assert "1 with an error" in err

    scored = pd.read_csv(out)
    assert scored["input"].tolist() == [f"{table}, row {number}" for number in range(1, ROWS + 1)]
    assert scored["error"].notna().to_numpy().nonzero()[0].tolist() == [BAD]
    some = range(0, ROWS, BATCH_SIZE + 1)
    photo = str(tmp_path / "photo.png")
    here = mmsent.load("review", review_checkpoint).classify(
        [f"Bag {number} is good." for number in some], [photo] * len(some)
    )
    there = scored.loc[list(some), [f"sentiment_{label}" for label in SENTIMENTS]]
    np.testing.assert_allclose(there, [scores.probs for scores in here], atol=1e-4)

    done = out.read_bytes()
    again = start(cluster, table, out, review_checkpoint)
    assert f"{ROWS} of {ROWS} inputs are in {out} already." in again.communicate(timeout=300)[1]
    assert out.read_bytes() == done


def test_without_ray_its_engine_is_one_sentence(
    review_checkpoint, tmp_path, monkeypatch, capsys
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setenv("MMSENT_REVIEW", str(review_checkpoint))
    with pytest.raises(SystemExit) as end:
        main(
            ["review", "--text", "Good.", "--out", str(tmp_path / "scored.csv"), "--engine", "ray"]
        )
    assert end.value.code == 2
    assert capsys.readouterr().err.endswith(
        "error: --engine ray needs Ray: “pip install 'ray[data]'”.\n"
    )
