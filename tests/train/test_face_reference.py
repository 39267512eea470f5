"""The face preset ``reference`` from its command to another process: trained, pushed in one commit,
and answering there as the net that was trained does."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from accelerate import Accelerator

from mmsent import hub
from mmsent.calibrate import probabilities
from mmsent.deploy import ROOT
from mmsent.labels import FACE_EMOTIONS
from mmsent.ui.common.assets import EXAMPLES
from tests.pushed import local_hub, run_script
from tests.toy_faces import toy_faces
from tests.train.reference_presets import write_names
from tests.train.test_train_face import tiny
from train.common import plots
from train.face import __main__ as script
from train.face.evaluate import labels_of

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("alone")]
SOURCE = "me/faces@v1"
SIZE = 64  # pixels, larger than the crops of 48, as the 224 of the preset are
# The probabilities of ready crops, and what a photo's faces are called by the pipeline and the command.
ASKED = """
import io, json, sys
from contextlib import redirect_stdout
import numpy as np
import mmsent
from mmsent.__main__ import main
source, crops, photo = sys.argv[1:]
face = mmsent.load("face", source, "cpu")
probs = [list(scores.probs) for scores in face.classify(list(np.load(crops)))]
tops = [one.emotions.top for one in face.predict(photo).faces]
with redirect_stdout(io.StringIO()) as out:
    status = main(["face", photo, "--json", "--source", source])
print(json.dumps({"probs": probs, "tops": tops, "command": json.loads(out.getvalue()), "status": status}))
"""


def _mislabelled(rows: int, seed: int, usage: str) -> pd.DataFrame:
    """Faces of which a fifth have another label, so that nothing can be sure of them."""
    table = toy_faces(rows, seed, usage)
    wrong = np.arange(rows) % 5 == seed
    return table.assign(emotion=(table["emotion"] + wrong) % len(FACE_EMOTIONS))


@pytest.fixture
def pushed(tmp_path, monkeypatch) -> Any:
    """The local Hub's repository, what was learnt, and the probabilities of the net that was trained
    for the test rows."""
    data = tmp_path / "data"
    data.mkdir()
    _mislabelled(140, 1, "Training").to_parquet(data / "df_train.parquet.gzip")
    held_out = [_mislabelled(42, 2, "PublicTest"), _mislabelled(42, 3, "PrivateTest")]
    pd.concat(held_out, ignore_index=True).to_parquet(data / "df_test.parquet.gzip")
    tiny(monkeypatch, "reference", epochs=2, learning_rate=1e-3)
    small = replace(script.PRESETS["reference"], sizes=((1.0, SIZE),))
    monkeypatch.setitem(script.PRESETS, "reference", small)
    held, export = SimpleNamespace(), script.export_face

    def keep(net, config, parts, *rest):
        held.net, held.rows = net, parts["PrivateTest"]
        return export(net, config, parts, *rest)

    with local_hub(tmp_path) as (fake, patch):
        patch.setattr(plots, "write_plots", write_names)
        patch.setattr(script, "export_face", keep)
        run_script(
            script.main, patch, "--preset", "reference", "--data", data, "--push-to", "me/faces",
            "--runs", tmp_path / "runs", "--out", tmp_path / "out",
        )  # fmt: skip
        # its figures are those of the weights as they are written, and so are these answers
        hub.load_weights(held.net, tmp_path / "out")
        logits = script.predict(Accelerator(cpu=True), held.net.eval(), held.rows, SIZE)
        steps = hub.read_config(tmp_path / "out", "face")["calibration"]
        held.expected = probabilities(logits.numpy(), steps["temperature"])
        held.repository = fake.repositories["me/faces"]
        yield held


def test_another_process_answers_as_the_net_that_was_trained(pushed, tmp_path):
    files = pushed.repository.files
    assert len(pushed.repository.commits) == 2, "that of the new repository, and ours"
    assert {*hub.REQUIRED_FILES, "metrics.json", "plots/reliability.png"} <= set(files)
    config = json.loads(files["config.json"])
    assert config["training"]["preset"] == "reference"
    assert config["preprocessing"]["source"] == 48
    card = files["README.md"].decode()
    assert yaml.safe_load(card.split("---\n")[1])["model-index"][0]["results"]
    assert 'mmsent.load("face", "me/faces' in card

    crops = tmp_path / "crops.npy"
    np.save(crops, pushed.rows.pixels.numpy().reshape(-1, 48, 48))
    photo: Path = EXAMPLES / "astronaut.jpg"
    done = subprocess.run(
        [sys.executable, "-c", ASKED, SOURCE, str(crops), str(photo)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert pushed.expected.max(axis=1).min() < 0.95, "too sure to tell"
    # a visitor's picture is enlarged to whole grey values, the training's to fractions of them
    assert np.abs(np.array(told["probs"]) - pushed.expected).max() < 2e-3
    right = pushed.expected.argmax(axis=1) == labels_of(pushed.rows).numpy()
    assert right.mean() > 0.5, "chance is 0.14"
    assert told["status"] == 0
    assert told["tops"]
    assert set(told["tops"]) <= set(FACE_EMOTIONS)
    assert [face["emotions"]["top"] for face in told["command"]["faces"]] == told["tops"]
