"""Training on made-up faces: it learns, survives a kill, and leaves everything a checkpoint
needs."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from torch import nn
from torch.utils.data import TensorDataset

import mmsent
from mmsent import hub
from mmsent.labels import FACE_EMOTIONS
from mmsent.models.backbone import blocks
from mmsent.models.face import FaceNet
from train.common.augment import Augment
from train.common.loop import Plan, accelerator, fit
from train.face import __main__ as face
from train.face.data import VOTES
from train.face.student import distillation_loss, prune

PLOTS = {"class_distribution.png", "training_curves.png", "confusion_matrix.png", "reliability.png"}

pytestmark = pytest.mark.usefixtures("alone")


def toy_faces(rows: int, seed: int, usage: str) -> pd.DataFrame:
    """Noise with a bright square; where it lies is the label."""
    random = np.random.default_rng(seed)
    labels = np.arange(rows) % len(FACE_EMOTIONS)
    pixels = random.integers(0, 90, (rows, 48, 48), dtype=np.uint8)
    for picture, label in zip(pixels, labels, strict=True):
        top, left = 16 * (label // 3), 16 * (label % 3)
        picture[top : top + 16, left : left + 16] += 150
    table = pd.DataFrame(
        {"pixels": list(pixels.reshape(rows, -1)), "emotion": labels, "usage": usage}
    )
    votes = pd.DataFrame(
        np.eye(len(VOTES), dtype=int)[labels] * 10, columns=[f"votes_{name}" for name in VOTES]
    )
    return table.assign(dup_group=1000 * seed + np.arange(rows)).join(votes)


@pytest.fixture
def data(tmp_path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    toy_faces(224, 1, "Training").to_parquet(folder / "df_train.parquet.gzip")
    held_out = [toy_faces(42, 2, "PublicTest"), toy_faces(42, 3, "PrivateTest")]
    pd.concat(held_out, ignore_index=True).to_parquet(folder / "df_test.parquet.gzip")
    return folder


def tiny(monkeypatch, name: str, **plan) -> None:
    """The preset ``name`` small enough for seconds, and without its download."""
    preset = face.PRESETS[name]
    small = replace(
        preset,
        weights=None,
        sizes=((1.0, 24),) if len(preset.sizes) == 1 else ((0.5, 16), (1.0, 24)),
        augment=Augment(rotate=5, translate=0.02, contrast=0.1, erase=0.1),
        plan=replace(preset.plan, batch_size=32, **plan),
    )
    monkeypatch.setitem(face.PRESETS, name, small)


@pytest.fixture
def nets() -> tuple[FaceNet, FaceNet, torch.Tensor]:
    """A teacher of which half of the channels inside the blocks do nothing, a student with room for
    the others, and pictures."""
    torch.manual_seed(0)
    teacher = FaceNet("3x3/2").eval()
    for block in blocks(teacher):
        torch.nn.init.uniform_(block.bn1.bias)
        block.conv2.weight.data[:, ::2] = 0
    inner = [block.conv1.out_channels // 2 for block in blocks(teacher)]
    return teacher, FaceNet("3x3/2", inner=inner).eval(), torch.randint(256, (8, 1, 24, 24))


def test_a_pruned_net_keeps_the_channels_that_count(nets):
    teacher, student, pixels = nets
    prune(teacher, student, pixels)
    with torch.inference_mode():
        expected, found = teacher(pixels), student(pixels)
    assert torch.allclose(found, expected, atol=1e-4)
    assert expected.std() > 1e-3
    halves = [sum(value.numel() for value in net.parameters()) for net in (student, teacher)]
    assert halves[0] < 0.6 * halves[1]


def test_a_student_that_answers_as_its_teacher_has_only_the_loss_of_the_labels():
    recipe = face.PRESETS["student"].distillation
    embedding = torch.randn(4, 519)
    view = {
        "features": embedding[:, :512],
        "logits": embedding[:, 512:],
        "targets": torch.eye(7)[:4],
    }
    least = recipe.label_weight * torch.nn.functional.cross_entropy(view["logits"], view["targets"])
    assert torch.isclose(distillation_loss(embedding, view, recipe), least)
    for wrong in (embedding[:, :512] + 1, embedding[:, :512] * 2):
        other = torch.cat([wrong, embedding[:, 512:]], dim=1)
        assert distillation_loss(other, view, recipe) > least + 0.1


def run(monkeypatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", ["train.face", *map(str, arguments)])
    face.main()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("preset", "plan"),
    [
        ("compact", {"epochs": 3, "learning_rate": 0.05, "ema": 0.7}),
        ("reference", {"epochs": 2, "learning_rate": 1e-3}),
    ],
)
def test_both_presets_learn_and_leave_a_checkpoint(preset, plan, data, tmp_path, monkeypatch):
    tiny(monkeypatch, preset, **plan)
    runs, out = tmp_path / "runs", tmp_path / "face"
    run(monkeypatch, "--data", data, "--preset", preset, "--runs", runs, "--out", out)

    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["test"]["n"] == metrics["validation"]["n"] == 42
    assert metrics["test"]["accuracy"] > 0.6, "chance is 0.14"
    assert metrics["test"]["without_twins"]["n"] == metrics["test"]["ferplus_majority"]["n"] == 42
    assert {path.name for path in (out / "plots").iterdir()} == PLOTS
    assert (runs / "plots" / "predictions.png").stat().st_size > 0
    assert f"{metrics['test']['accuracy']:.4f}" in (out / "README.md").read_text()
    assert list((runs / "logs").glob("events*"))

    config = json.loads((out / "config.json").read_text())
    assert config["training"]["preset"] == preset
    assert config["calibration"]["temperature"] != 1
    right = toy_faces(42, 3, "PrivateTest")
    scores = mmsent.load("face", out).classify(
        [np.array(row, np.uint8).reshape(48, 48) for row in right["pixels"]]
    )
    accuracy = np.mean(
        [
            score.top == FACE_EMOTIONS[label]
            for score, label in zip(scores, right["emotion"], strict=True)
        ]
    )
    assert accuracy == pytest.approx(metrics["test"]["accuracy"], abs=1e-4)

    unlabelled = tmp_path / "faces.parquet"
    right[["pixels"]].to_parquet(unlabelled)
    run(monkeypatch, "--predict", unlabelled, "--out", out)
    table = pd.read_csv(tmp_path / "faces.csv")
    assert list(table.columns) == ["row", "label", "emotion", "confidence"]
    assert table["row"].tolist() == list(range(42))
    assert (
        table["emotion"].tolist()
        == [score.top for score in scores]
        == [FACE_EMOTIONS[i] for i in table["label"]]
    )
    assert table["confidence"].between(1 / 7, 1).all()
    if preset == "compact":
        check_student(out, data, tmp_path / "small", monkeypatch)


def check_student(teacher: Path, data: Path, runs: Path, monkeypatch) -> None:
    """Trains a student of the checkpoint ``teacher``, beside it."""
    out = teacher / hub.STUDENT
    tiny(monkeypatch, "student", epochs=2, learning_rate=0.02, ema=0.5)
    inner = (32, 32, 64, 64, 128, 128, 256, 256)
    half = replace(face.PRESETS["student"].distillation, inner=inner, views=1)
    student = replace(face.PRESETS["student"], distillation=half, sizes=((1.0, 24),))
    monkeypatch.setitem(face.PRESETS, "student", student)
    options = ("--preset", "student", "--start", teacher, "--runs", runs, "--out", out)
    run(monkeypatch, "--data", data, *options)
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["test"]["accuracy"] > 0.5, "chance is 0.14"
    assert hub.student(teacher, "face") == out
    assert hub.read_config(out, "face")["architecture"]["inner"] == list(inner)
    assert (out / hub.WEIGHTS).stat().st_size < 0.6 * (teacher / hub.WEIGHTS).stat().st_size
    assert len(list((runs / "views").iterdir())) == 1  # the teacher was asked once


def test_a_student_needs_a_teacher(data, tmp_path, monkeypatch, capsys):
    with pytest.raises(SystemExit):
        run(monkeypatch, "--data", data, "--preset", "student", "--runs", tmp_path)
    assert "name it with --start" in capsys.readouterr().err


def test_the_reference_preset_is_the_published_recipe():
    preset = face.PRESETS["reference"]
    plan = Plan(
        epochs=30, batch_size=128, learning_rate=1e-4, optimizer="adam", schedule="constant"
    )
    assert preset.plan == plan
    assert (preset.weights, preset.size, preset.augment) == (
        "IMAGENET1K_V1",
        224,
        Augment(rotate=30),
    )
    assert (preset.dropout, preset.label_smoothing, preset.vote_weight) == (0, 0, 0)


def test_nothing_to_do_is_a_usage_error(monkeypatch, capsys):
    with pytest.raises(SystemExit):
        run(monkeypatch)
    assert "--data" in capsys.readouterr().err


TOY_PLAN = Plan(
    epochs=3,
    batch_size=8,
    learning_rate=0.1,
    optimizer="sgd",
    schedule="onecycle",
    weight_decay=1e-3,
    ema=0.9,
)


def toy_fit(folder: Path, kill_at_step: int | None = None) -> dict[str, torch.Tensor]:
    """Fits a net of a few weights with everything random there is: order, dropout, noise. May kill
    its own process."""
    torch.manual_seed(0)
    inputs = torch.randn(64, 4)
    net = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.3), nn.Linear(8, 2))
    steps = 0

    def loss_of(net: nn.Module, batch: list[torch.Tensor], progress: float) -> torch.Tensor:
        nonlocal steps
        steps += 1
        if steps == kill_at_step:
            signal.raise_signal(signal.SIGKILL)
        pictures, labels = batch
        return nn.functional.cross_entropy(net(pictures + 0.1 * torch.randn_like(pictures)), labels)

    data = TensorDataset(inputs, (inputs.sum(dim=1) > 0).long())
    kept, history = fit(
        accelerator(folder, "no"),
        net,
        data,
        loss_of,
        lambda net, epoch: {},
        TOY_PLAN,
        folder,
        {"faces": "toy"},
    )
    assert len(history) == TOY_PLAN.epochs
    return kept.state_dict()


def killed(folder: Path, step: int) -> None:
    """Runs ``toy_fit`` in a process of its own until SIGKILL; as many threads as here, for sums
    that end on the same bit."""
    code = f"from pathlib import Path; from tests.train.test_train_face import toy_fit; toy_fit(Path({str(folder)!r}), {step})"
    root = Path(__file__).resolve().parents[2]
    one_thread = os.environ | {"OMP_NUM_THREADS": "1"}
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=one_thread, capture_output=True, check=False
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()


def assert_same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> None:
    for name, value in one.items():
        assert torch.equal(value, other[name]), name


@pytest.mark.slow
def test_a_killed_run_ends_as_if_it_had_not_been_killed(tmp_path):
    whole = toy_fit(tmp_path / "whole")
    killed(tmp_path / "cut", step=13)  # in the middle of the second of three epochs of eight steps
    assert (
        len(json.loads((tmp_path / "cut" / "state" / "history.json").read_text())["history"]) == 1
    )
    assert_same(toy_fit(tmp_path / "cut"), whole)
    # killed between the two renames that put a new state in place: the one before is still there
    (tmp_path / "cut" / "state").rename(tmp_path / "cut" / "state.old")
    assert_same(toy_fit(tmp_path / "cut"), whole)


@pytest.mark.parametrize(("part", "key"), [("plan", "epochs"), ("recipe", "faces")])
def test_a_run_with_other_settings_is_refused(tmp_path, part, key):
    toy_fit(tmp_path)
    saved = json.loads((tmp_path / "state" / "history.json").read_text())
    saved["identity"][part][key] = 99
    (tmp_path / "state" / "history.json").write_text(json.dumps(saved))
    with pytest.raises(ValueError, match="other settings"):
        toy_fit(tmp_path)


@pytest.mark.parametrize("name", ["state", "state.new", "state.old"])
def test_folders_that_no_training_wrote_are_left_alone(tmp_path, name):
    thesis = tmp_path / name / "thesis.txt"
    thesis.parent.mkdir()
    thesis.write_text("three years of work")
    with pytest.raises(
        ValueError, match=f"{name} was not written by a training; pass another --runs"
    ):
        toy_fit(tmp_path)
    assert thesis.exists()


def test_what_is_in_the_way_is_said_before_any_work(tmp_path, monkeypatch, capsys):
    mine, table = tmp_path / "bert" / "config.json", tmp_path / "faces.csv"
    mine.parent.mkdir()
    for file, content in ((mine, '{"model_type": "bert"}'), (table, "mine")):
        file.write_text(content)
    for arguments, told in (
        (["--data", tmp_path, "--out", mine.parent], "is not a checkpoint of mmsent"),
        (
            ["--predict", tmp_path / "faces.parquet"],
            "faces.csv is there already; name another file with --predictions",
        ),
    ):
        with pytest.raises(SystemExit):
            run(monkeypatch, *arguments)
        assert told in capsys.readouterr().err
    assert (mine.read_text(), table.read_text()) == ('{"model_type": "bert"}', "mine")


@pytest.mark.slow
def test_an_unlabelled_test_file_is_predicted_and_never_evaluated(tmp_path, monkeypatch):
    """The files of the reference project: df_train with labels, df_test with pictures alone."""
    folder = tmp_path / "data"
    folder.mkdir()
    toy_faces(280, 1, "").assign(dup_group=np.arange(280) // 2).drop(columns="usage").to_parquet(
        folder / "df_train.parquet.gzip"
    )
    toy_faces(21, 2, "")[["pixels"]].to_parquet(folder / "df_test.parquet.gzip")
    tiny(monkeypatch, "reference", epochs=2, learning_rate=1e-3)
    parts = face.read_parts(folder)
    assert [len(part) for part in parts.values()] == [224, 28, 28]
    assert not set(parts["Training"].twins.tolist()) & set(parts["PrivateTest"].twins.tolist())
    out, runs = tmp_path / "face", tmp_path / "runs"
    run(monkeypatch, "--data", folder, "--preset", "reference", "--runs", runs, "--out", out)
    assert json.loads((out / "metrics.json").read_text())["test"]["n"] == 28
    card = (out / "README.md").read_text()
    assert "tenths of df_train" in card
    # what was not measured on FER2013's parts does not go by their names
    assert not any(name in card for name in ("PrivateTest", "PublicTest", "FER2013 Training"))
    result = yaml.safe_load(card.split("---\n")[1])["model-index"][0]["results"][0]
    assert result["dataset"]["name"] == "df_train"
    assert json.loads((out / "config.json").read_text())["preprocessing"]["source"] == 48
    assert len(pd.read_csv(runs / "test_prediction.csv")) == 21
