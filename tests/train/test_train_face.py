"""Training on made-up faces: it learns, and leaves everything a checkpoint needs."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

import mmsent
from mmsent import hub
from mmsent.labels import FACE_EMOTIONS
from tests.toy_faces import toy_faces
from train.common.augment import Augment
from train.common.loop import Plan
from train.face import __main__ as face

pytestmark = pytest.mark.usefixtures("alone")
PLOTS = {"class_distribution.png", "training_curves.png", "confusion_matrix.png", "reliability.png"}


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
    further = ("--student", out, "--runs", runs / "further", "--out", runs / "out", "--epochs", 1)
    run(monkeypatch, "--data", data, *options[:4], *further)
    recipe = hub.read_config(runs / "out", "face")["training"]["recipe"]
    assert recipe["student"].startswith("a net of preset student (from a net of preset")


def test_the_weights_of_a_student_belong_to_the_presets_of_students(
    data, tmp_path, monkeypatch, capsys
):
    with pytest.raises(SystemExit):
        run(monkeypatch, "--data", data, "--student", tmp_path, "--runs", tmp_path)
    assert "--student goes with --preset student" in capsys.readouterr().err


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
