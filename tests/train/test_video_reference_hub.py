"""The preset ``reference`` of clips from its command to the page: trained on a tiny BERT and an R3D-18
of random weights, pushed in one commit with both, loaded by other processes, and answering as the
net that was trained does."""

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import yaml
from gradio_client import Client, handle_file

from mmsent import hub
from mmsent.calibrate import probabilities
from mmsent.deploy import ROOT
from tests.chromium import running_app
from tests.conftest import forget_accelerator
from tests.fake_hub import serving, use
from tests.page.test_api_examples import mcp, upload
from tests.train.test_video_reference import WORDS
from tests.train.test_video_reference import bert as bert  # a fixture
from tests.train.test_video_reference import meld as meld  # a fixture
from train.video import __main__ as script
from train.video import meld_raw, reference_export
from train.video import reference as video_reference

ALL, WORDLESS = "text+audio+picture", "audio+picture"
MODES = {ALL: (True, True, True), WORDLESS: (False, True, True)}
ANSWERS = """
import json, sys, mmsent
from mmsent.__main__ import main
rows, *more = json.load(sys.stdin)
video = mmsent.load("video", "me/video@v1", "cpu")
answer = lambda path, words: video.judge(video.watch(path), words)
print(json.dumps([answer(*row).to_dict() for row in rows]))
sys.argv = ["mmsent", "video", *more, "--json", "--source", "me/video@v1"]
main()
"""


@pytest.fixture(scope="module")
def trained(bert, meld, tmp_path_factory):
    """The preset trained and pushed by its command: ``logits`` are what its net says of the emotion of
    the test rows by what is given, ``said`` is what it printed, ``repository`` what the Hub holds."""
    folder = tmp_path_factory.mktemp("reference")
    held, said = SimpleNamespace(folder=folder, data=meld), io.StringIO()
    export = reference_export.export_reference

    def keep(trainer, parts, *rest):
        metrics = export(trainer, parts, *rest)
        held.metrics, held.logits = metrics, {}
        for mode, given in MODES.items():
            held.logits[mode] = trainer.predict(parts["test"], given)[1]["emotion"].numpy()
        return metrics

    argv = ["train.video", "--preset", "reference", "--data", str(meld), "--text-model", bert]
    argv += ["--push-to", "me/video", "--runs", str(folder / "runs"), "--out", str(folder / "out")]
    plan = replace(video_reference.PLAN, epochs=8, batch_size=7, learning_rate=3e-3)
    toy = {"WEIGHTS": None, "FRAMES": 2, "FRAME_SIDE": 16, "MAX_LENGTH": 8, "MEL_ROWS": 100}
    with serving() as fake, pytest.MonkeyPatch.context() as patch:
        use(fake, patch, folder / "home")
        patch.setenv("MMSENT_CACHE", str(folder / "cache"))
        patch.setenv("HF_HUB_DISABLE_PROGRESS_BARS", "1")
        for name, value in toy.items():
            patch.setattr(video_reference, name, value)
        patch.setattr(video_reference, "export_reference", keep)
        patch.setattr(script, "REFERENCE_PLAN", plan)
        patch.setattr(sys, "argv", argv)
        with redirect_stdout(said):
            forget_accelerator()
            script.main()
            patch.setattr(meld_raw, "watch_clip", None)  # what was encoded is not encoded again
            forget_accelerator()
            script.main()
        forget_accelerator()
        held.said, held.repository = said.getvalue(), fake.repositories["me/video"]
        held.repositories = list(fake.repositories)
        yield held


def expected(trained, row: int, mode: str = ALL) -> np.ndarray:
    """(7,) what the net that was trained says of a test row, calibrated."""
    steps = hub.read_config(trained.folder / "out", "video")["calibration"][mode]["emotion"]
    return probabilities(trained.logits[mode], steps["temperature"])[row]


def asked(trained, row: int, words: str | None = None) -> tuple[str, str]:
    """The clip of a test row, and its words from beginning to end."""
    clip = trained.data / "output_repeated_splits_test" / f"dia0_utt{row}.mp4"
    said = WORDS[row] if words is None else words
    return str(clip), f"1\n00:00:00,000 --> 00:00:09,000\n{said}\n" if said else ""


def probs(answer: dict) -> list[float]:
    return list(answer["emotion"]["probs"].values())


@pytest.mark.slow
def test_it_learns_and_head_and_encoders_are_one_commit(trained):
    assert "dia2_utt0.mp4: it can't be read" in trained.said
    assert "line 10: there is no dia2_utt1.mp4" in trained.said
    test = trained.metrics["test"]
    assert test["together"]["emotion"]["accuracy"] > 0.4, "chance is 0.14"
    assert set(test) == {"together", "text", "audio", "picture"}
    assert trained.repositories == ["me/video"]
    files = trained.repository.files
    assert len(trained.repository.commits) == 2, "that of the new repository, and ours, once"
    inside = {
        f"encoders/{name}/{file}" for name in ("text", "motion") for file in hub.REQUIRED_FILES
    }
    plots = {"plots/reliability_together.png", "plots/confusion_picture.png"}
    assert {*inside, *plots, "encoders/text/tokenizer.json", "metrics.json"} <= set(files)
    card = files["README.md"].decode()
    results = yaml.safe_load(card.split("---\n")[1])["model-index"][0]["results"]
    assert {result["dataset"]["split"] for result in results} == {"test"}
    assert 'mmsent.load("video", "me/video")' in card
    assert "FER2013" not in card
    config = json.loads(files["config.json"])
    assert config["calibration"][ALL]["emotion"]["temperature"] != 1.0


@pytest.mark.slow
def test_another_process_answers_as_the_net_that_was_trained(trained, tmp_path):
    """In Python and on the command line."""
    rows = [asked(trained, 0), asked(trained, 3), asked(trained, 5, words="")]
    subtitles = tmp_path / "words.srt"
    subtitles.write_text(rows[0][1])
    done = subprocess.run(
        [sys.executable, "-c", ANSWERS],
        input=json.dumps([rows, rows[0][0], "--transcript", str(subtitles)]),
        cwd=trained.folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    answers, command = done.stdout.splitlines()
    first, second, wordless = json.loads(answers)
    assert json.loads(command)["emotion"] == first["emotion"]
    assert np.allclose(probs(first), expected(trained, 0), atol=1e-3)
    assert np.allclose(probs(second), expected(trained, 3), atol=1e-3)
    (moment,) = first["moments"]
    assert set(moment["by_modality"]) == {"text", "audio", "picture"}
    assert first["faces"] == []
    assert not any("average" in note for note in first["notes"])
    without = expected(trained, 5, WORDLESS)
    assert np.allclose(probs(wordless), without, atol=1e-3)
    assert any("the average of its training stands in" in note for note in wordless["notes"])


@pytest.mark.slow
def test_page_and_mcp_answer_alike(trained, tmp_path):
    clip, words = asked(trained, 0)
    with pytest.MonkeyPatch.context() as patch:
        for task in ("face", "meme", "review"):  # quickly not there
            patch.setenv(f"MMSENT_{task.upper()}", str(tmp_path / "nowhere"))
        patch.setenv("MMSENT_VIDEO", "me/video@v1")
        with running_app(tmp_path) as (address, _):
            client = Client(address, verbose=False)
            page = client.predict(handle_file(clip), words, api_name="/video")
            tab = json.dumps(client.config["components"])
            client.close()
            app = SimpleNamespace(address=address)
            there = f"{address}gradio_api/file={upload(app, Path(clip))}"
            _, (tool,) = mcp(app, ("video", {"clip": there, "transcript": words}))
    assert np.allclose(probs(page), expected(trained, 0), atol=1e-3)
    assert json.loads(tool.content[0].text)["emotion"] == page["emotion"]
    assert '["Picture", "picture"]' in tab
    assert '["Face", "face"]' not in tab
    assert "me/video@v1" in tab
