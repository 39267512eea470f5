"""What a visitor's own device is sent: the nets, what runs them, and the constants."""

import gzip
import hashlib
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from onnxruntime import InferenceSession

from mmsent import hub
from mmsent.device_nets import device_nets, device_reader, load_device_nets
from mmsent.models.face import FaceNet
from mmsent.pipelines.face import FacePipeline
from mmsent.pipelines.live import MAX_CLASSIFIED_PER_FRAME
from mmsent.ui.common import assets, downloads
from mmsent.ui.face import device
from mmsent.ui.face.about import student_html

RUNTIME = assets.UI / "live/runtime"
INNER = [2, 2, 3, 3, 4, 4, 5, 5]


@pytest.fixture(scope="module")
def checkpoint(face_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A face checkpoint with a student, narrower and with a calibration of its own."""
    folder = tmp_path_factory.mktemp("with") / "face"
    shutil.copytree(face_checkpoint, folder)
    config = hub.read_config(folder, "face")
    config["architecture"] = {"stem": "3x3/2", "inner": INNER}
    config["calibration"] = {"temperature": 2.0, "threshold": 0.3}
    config["teacher"] = hub.sha256(folder / hub.WEIGHTS)
    torch.manual_seed(1)
    hub.save_checkpoint(folder / hub.STUDENT, FaceNet("3x3/2", inner=INNER), config)
    return folder


@pytest.fixture(scope="module")
def face(checkpoint: Path) -> FacePipeline:
    return FacePipeline(checkpoint, "cpu")


def test_the_device_gets_the_student_and_its_calibration(face: FacePipeline):
    config = device.device_config(face)
    assert config is not None
    assert config == json.loads(json.dumps(config))  # with nothing that JSON changes
    assert config["face"]["temperature"] == 2.0
    assert config["core"]["threshold"] == 0.3
    assert config["maxRead"] == MAX_CLASSIFIED_PER_FRAME
    assert face.threshold != 0.3


def test_without_a_student_it_gets_the_checkpoints_own_net(face_checkpoint: Path):
    face = FacePipeline(face_checkpoint, "cpu")
    assert device_reader(face) is face
    config = device.device_config(face)
    assert config is not None
    assert config["core"]["threshold"] == face.threshold
    assert config["maxRead"] == 1


def test_a_student_of_another_net_is_not_used(
    checkpoint: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    folder = tmp_path / "face"
    shutil.copytree(checkpoint, folder)
    config = hub.read_config(folder / hub.STUDENT, "face") | {"teacher": "0" * 64}
    (folder / hub.STUDENT / "config.json").write_text(json.dumps(config))
    face = FacePipeline(folder, "cpu")
    assert device_reader(face) is face
    assert "from another net" in caplog.text


def test_a_damaged_student_leaves_the_reading_to_the_server(
    checkpoint: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    folder = tmp_path / "face"
    shutil.copytree(checkpoint, folder)
    (folder / hub.STUDENT / hub.WEIGHTS).write_bytes(b"damaged")
    assert device.device_config(FacePipeline(folder, "cpu")) is None
    assert "read on the server alone" in caplog.text


def test_the_page_says_what_the_net_on_the_device_is_worth(checkpoint: Path, face_checkpoint: Path):
    test = {"accuracy": 0.612, "macro_f1": 0.57, "ece": 0.03}
    student = checkpoint / hub.STUDENT
    try:
        hub.save_metrics(student, {"test": test})
        assert "right on 61.2 % of the same faces" in student_html(checkpoint)
    finally:
        (student / hub.METRICS).unlink()
    assert student_html(checkpoint) == student_html(face_checkpoint) == student_html(None) == ""


def test_the_file_of_the_net_answers_as_the_pipeline(face: FacePipeline):
    reader = device_reader(face)
    crops = np.random.default_rng(0).integers(256, size=(3, 1, 48, 48), dtype=np.uint8)
    content = device_nets(reader)["face"].file()
    session = InferenceSession(content, providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {session.get_inputs()[0].name: crops})
    expected = reader.embeddings(list(crops[:, 0]))
    assert np.ptp(expected[:, -7:]) > 0.1
    np.testing.assert_allclose(found, expected, rtol=0.01, atol=0.01)
    with_all_digits = sum(value.nbytes for value in reader.net.state_dict().values())
    assert len(content) < 0.6 * with_all_digits


def test_each_address_leads_from_the_module_to_a_file(face: FacePipeline):
    load_device_nets(face)
    config = device.device_config(face)
    assert config is not None
    assert set(config["files"]) == {"runtime", "pnet", "rnet", "onet", "face"}
    for name, address in config["files"].items():
        below = address.removeprefix("../" * 4 + downloads.ADDRESS + "/")
        content = downloads.content(below)
        assert content is not None
        assert len(content) > 1000, name
    assert downloads.content("0/face.onnx") is None


def test_two_checkpoints_have_two_addresses(face: FacePipeline, face_checkpoint: Path):
    one, other = (
        device.device_config(each)["files"]["face"]  # type: ignore[index]
        for each in (face, FacePipeline(face_checkpoint, "cpu"))
    )
    assert one != other


def test_each_constant_that_the_modules_ask_for_is_sent(face: FacePipeline):
    config = device.device_config(face)
    assert config is not None
    texts = {
        name: (assets.UI / f"live/{name}.js").read_text(encoding="utf-8")
        for name in ("mtcnn", "detector", "crop")
    }
    code = texts["mtcnn"] + texts["detector"]
    asked = set(re.findall(r"this\.settings\.(\w+)", code))
    for names in re.findall(r"const \{([^}]+)\} = this\.settings", code):
        asked |= {name.strip() for name in names.split(",")}
    assert asked <= set(config["detector"])
    assert set(re.findall(r"limits\.(\w+)", texts["crop"])) == set(config["quality"])


def test_the_runtime_is_what_its_readme_says():
    told = (RUNTIME / "README.md").read_text(encoding="utf-8")
    for path in sorted(RUNTIME.iterdir()):
        if path.suffix != ".md":
            assert f"`{hashlib.sha256(path.read_bytes()).hexdigest()}`" in told, path.name
    content = gzip.decompress(device.RUNTIME.read_bytes())
    assert content.startswith(b"\0asm")
    assert hashlib.sha256(content).hexdigest() in told
    assert "Permission is hereby granted, free of charge" in told
