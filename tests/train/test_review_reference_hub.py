"""A preset of the reference from its command to the page: trained, pushed in one commit with its
encoders, loaded by other processes, and answering as the net that was trained does."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import yaml
from gradio_client import Client, handle_file
from matplotlib.figure import Figure

import mmsent
from mmsent import hub
from mmsent.calibrate import probabilities
from mmsent.deploy import ROOT
from tests.chromium import running_app
from tests.conftest import forget_accelerator
from tests.fake_hub import serving, use
from tests.page.test_api_examples import mcp
from tests.train.test_review_reference import TOKENS, TOY, write_reviews
from tests.train.test_review_reference import encoders as encoders  # a fixture
from train.review import __main__ as script
from train.review import reference as review_reference
from train.review.reference import PRESETS

ANSWERS = """
import json, sys, mmsent
review = mmsent.load("review", "me/review@v1", "cpu")
rows = [(text, photo) for text, photo in json.load(sys.stdin)]
print(json.dumps([review.predict(*row).to_dict() for row in rows]))
"""


@pytest.fixture(scope="module", params=PRESETS)
def trained(request, encoders, tmp_path_factory):
    """A preset trained and pushed by its command; ``net`` and ``rows`` are what the training held,
    ``files`` what the Hub holds."""
    folder = tmp_path_factory.mktemp(request.param)
    data = write_reviews(folder / "data", 80)
    held = SimpleNamespace(preset=request.param, folder=folder)

    def keep(work, net, preset, rows, learnt, figures):
        held.net, held.rows = net, rows
        return Figure()

    argv = [
        "train.review",
        "--preset",
        request.param,
        "--data",
        str(data),
        "--push-to",
        "me/review",
    ]
    argv += ["--text-model", encoders[0], "--image-model", encoders[1], "--epochs", "16"]
    argv += ["--runs", str(folder / "runs"), "--out", str(folder / "out")]
    with serving() as fake, pytest.MonkeyPatch.context() as patch:
        use(fake, patch, folder / "home")
        patch.setenv("MMSENT_CACHE", str(folder / "cache"))
        patch.setenv("HF_HUB_DISABLE_PROGRESS_BARS", "1")
        patch.setattr(review_reference, "MAX_LENGTH", TOKENS)
        patch.setattr(review_reference, "draw_attention", keep)
        patch.setattr(script, "REFERENCE_PLAN", TOY)
        patch.setattr(sys, "argv", argv)
        forget_accelerator()
        script.main()
        forget_accelerator()
        held.repository = fake.repositories["me/review"]
        held.repositories = list(fake.repositories)
        yield held


def expected(trained, row: int) -> np.ndarray:
    """(3,) what the net that was trained says of a validation row, calibrated."""
    sample = trained.rows[row]
    with torch.inference_mode():
        logits, _ = trained.net(*(sample[name][None] for name in ("ids", "read", "pixels")))
    steps = hub.read_config(trained.folder / "out", "review")["calibration"]["both"]
    return probabilities(logits.numpy(), steps["temperature"], steps["bias"])[0]


def given(trained, row: int) -> tuple[str, str]:
    review, _ = trained.rows.rows[row]
    return review.text, str(review.image)


@pytest.mark.slow
def test_head_and_encoders_are_one_commit_of_one_repository(trained):
    assert trained.repositories == ["me/review"]
    files = trained.repository.files
    assert len(trained.repository.commits) == 2, "that of the new repository, and ours"
    needed = {
        f"encoders/{name}/{file}" for name in ("text", "image") for file in hub.REQUIRED_FILES
    }
    plots = {f"plots/{name}_own.png" for name in ("confusion", "reliability", "class_distribution")}
    assert {*needed, *plots, "encoders/text/tokenizer.json", "metrics.json"} <= set(files)
    card = files["README.md"].decode()
    result = yaml.safe_load(card.split("---\n")[1])["model-index"][0]["results"][0]
    assert result["dataset"]["name"] == "Own reviews"
    assert result["dataset"]["split"] == "validation"
    assert "public corpora" not in card
    assert 'mmsent.load("review", "me/review")' in card
    assert "pip install" in card
    config = json.loads(files["config.json"])
    assert config["task"] == "review"
    assert config["calibration"]["both"]["temperature"] != 1.0


@pytest.mark.slow
def test_another_process_answers_as_the_net_that_was_trained(trained):
    rows = range(4)
    command = [sys.executable, "-c", ANSWERS]
    done = subprocess.run(
        command,
        input=json.dumps([given(trained, row) for row in rows]),
        cwd=trained.folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    for row, answer in zip(rows, json.loads(done.stdout), strict=True):
        probs = [answer["sentiment"]["probs"][label] for label in mmsent.labels.SENTIMENTS]
        assert np.allclose(probs, expected(trained, row), atol=1e-3)
        grid = [4, 4] if trained.preset == "reference-patches" else [1, 1]
        assert answer["grid"] == grid
        assert len(answer["attention"]) == 3, "a row for each word"


@pytest.mark.slow
def test_page_mcp_and_command_line_answer_alike(trained, tmp_path):
    text, photo = given(trained, 0)
    with pytest.MonkeyPatch.context() as patch:
        for task in ("face", "meme", "video"):  # quickly not there
            patch.setenv(f"MMSENT_{task.upper()}", str(tmp_path / "nowhere"))
        patch.setenv("MMSENT_REVIEW", "me/review@v1")
        with running_app(tmp_path) as (address, _):
            client = Client(address, verbose=False)
            page = client.predict(text, handle_file(photo), api_name="/review")
            data_url = (
                f"data:image/png;base64,{base64.b64encode(Path(photo).read_bytes()).decode()}"
            )
            arguments = {"text": text, "image": data_url}
            _, (tool,) = mcp(SimpleNamespace(address=address), ("review", arguments))
            client.close()
    probs = list(page["sentiment"]["probs"].values())
    assert np.allclose(probs, expected(trained, 0), atol=1e-3)
    assert json.loads(tool.content[0].text)["sentiment"] == page["sentiment"]
    table = tmp_path / "rows.csv"
    table.write_text(f"text,image_path\n{text},{photo}\n")
    command = [sys.executable, "-m", "mmsent", "review", str(table), "--json"]
    done = subprocess.run(
        [*command, "--source", "me/review@v1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["sentiment"]["top"] == page["sentiment"]["top"]
