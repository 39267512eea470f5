"""``mmsent export``: files that answer as mmsent does, say all that is needed, and replace nothing
but files of their kind."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from PIL import Image

import mmsent
from bench.export import SENTENCES, TARGET, differences, photos
from bench.exported import Exported, fitted
from mmsent import hub
from mmsent.__main__ import main
from mmsent.deploy import ROOT
from mmsent.export import graph, heads, video
from mmsent.export import meme as meme_graph
from mmsent.export.command import EXPORTS
from mmsent.labels import MEME_ASPECTS
from mmsent.models import build_head
from mmsent.models.meme import MemeNets
from mmsent.models.reference_video import ReferenceVideoNet
from tests.small_models import IMAGE_WIDTH

EXAMPLES = ROOT / "docs/examples"
NAMES = [name for name in EXPORTS if name != "motion"]  # its smallest net has 33 million parameters


@pytest.fixture(scope="module")
def sources(
    face_checkpoint: Path,
    review_checkpoint: Path,
    meme_checkpoint: Path,
    video_checkpoint: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, str]:
    """All encoders are the same, since they are made from the same seed; that of the reviews has a
    calibration that changes something."""
    models = tmp_path_factory.mktemp("uneven") / "models"
    review = Path(shutil.copytree(review_checkpoint.parent, models)) / "review"
    uneven = {"temperature": 0.5, "threshold": 0.4, "bias": [0.5, 0.0, -0.5]}
    config = json.loads((review / "config.json").read_text())
    config["calibration"] = dict.fromkeys(config["calibration"], uneven)
    (review / "config.json").write_text(json.dumps(config))
    folders = {"face": face_checkpoint, "review": review, "meme": meme_checkpoint}
    beside = {name: video_checkpoint.parent / name for name in ("text", "image", "speech")}
    found = folders | beside | {"video": video_checkpoint}
    return {name: str(folder) for name, folder in found.items()}


@pytest.fixture(scope="module")
def files(sources: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported")
    for name in NAMES:
        assert main(["export", name, str(folder / f"{name}.onnx"), "--source", sources[name]]) == 0
    return folder


def run_example(name: str, *arguments: str | Path) -> dict:
    """What an example prints, run where mmsent can't be imported."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, EXAMPLES / name, *map(str, arguments)],
        cwd=EXAMPLES,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_same_calibrated_probabilities_of_every_task(sources, files):
    found = differences(sources, 4, Exported(files))
    assert {name: len(gaps) for name, gaps in found.items()} == dict.fromkeys(found, 4)
    assert {name: max(gaps) for name, gaps in found.items() if not np.max(gaps) <= TARGET} == {}


def test_a_side_that_is_missing_is_left_out(sources, files):
    exported, (photo,) = Exported(files), photos(1)
    review = mmsent.load("review", sources["review"], "cpu")
    outputs = exported.file("review")(
        tokens=np.zeros((1, 1, 16), np.float32),
        token_mask=np.zeros((1, 1), bool),
        patches=exported.patches(photo)[None],
        patch_mask=np.ones((1, 9), bool),
        ids=np.zeros((1, 1), np.int64),
    )
    (scores,) = review.classify([""], [photo])
    told = exported.file("review").probabilities(outputs, "image")["sentiment"]
    assert np.abs(told - scores.probs).max() <= TARGET
    meme = mmsent.load("meme", sources["meme"], "cpu")
    states, ids = exported.tokens("a bag so good")
    nothing = np.zeros((1, 1, IMAGE_WIDTH), np.float32)
    outputs = exported.file("meme")(
        tokens=states[None],
        token_mask=np.ones((1, len(ids)), bool),
        parts_harmeme=exported.parts(ids),
        words=states.mean(axis=0, keepdims=True),
        has_image=np.array([False]),
        patches_harmeme=nothing,
        patches_memotion=nothing,
    )
    (aspects,) = meme.classify([None], ["a bag so good"])
    for name, scores in aspects.items():
        assert (
            np.abs(exported.file("meme").probabilities(outputs)[name] - scores.probs).max() < TARGET
        )


@pytest.mark.parametrize("name", NAMES)
def test_the_file_tells_what_it_takes_and_gives(name, files, sources):
    session = onnxruntime.InferenceSession(str(files / f"{name}.onnx"))
    about = {k: json.loads(v) for k, v in session.get_modelmeta().custom_metadata_map.items()}
    assert list(about["inputs"]) == [one.name for one in session.get_inputs()]
    assert list(about["outputs"]) == [one.name for one in session.get_outputs()]
    for one in session.get_inputs():
        assert about["inputs"][one.name]["shape"] == one.shape
    assert about["task"] == name
    assert about["checkpoint"]["sha256"] == hub.sha256(Path(sources[name], hub.WEIGHTS))
    model = onnx.load(str(files / f"{name}.onnx"))
    assert about["opset"] == model.opset_import[0].version
    for output, labels in about.get("labels", {}).items():
        assert about["outputs"][output]["shape"] == ["N", len(labels)]
        for steps in about["calibration"][output].values():
            assert set(steps) == {"temperature", "threshold", "bias"}
            assert len(steps["bias"]) == len(labels)
    for encoder, named in about.get("encoders", {}).items():
        assert Exported(files).file(encoder).about["checkpoint"]["sha256"] == named["sha256"]


def test_distances_tell_memes_unlike_those_of_the_training(files, sources):
    meme = mmsent.load("meme", sources["meme"], "cpu")
    about = Exported(files).file("meme").about
    assert about["limits"] == {"harmeme_distance": 100.0}
    (photo,) = photos(1)
    exported = Exported(files)
    states, ids = exported.tokens("a bag")
    name = "harmeme"
    patches = {f"patches_{group}": exported.patches(photo)[None] for group in meme.nets.groups}
    outputs = exported.file("meme")(
        tokens=states[None],
        token_mask=np.ones((1, len(ids)), bool),
        parts_harmeme=exported.parts(ids),
        words=states.mean(axis=0, keepdims=True),
        has_image=np.array([True]),
        **patches,
    )
    far = meme.nets.net[f"{name}_familiar"]
    picture = torch.from_numpy(patches[f"patches_{name}"]).mean(dim=1)
    text = torch.from_numpy(states.mean(axis=0, keepdims=True))
    expected = (far["text"](text) + far["image"](picture)) / 2
    assert outputs["harmeme_distance"] == pytest.approx(expected.numpy(), rel=1e-4)


def copied(source: str, folder: Path, **changes: object) -> tuple[Path, dict]:
    """The checkpoint ``source`` and the encoders beside it, copied, and its config with
    ``changes``."""
    copy = Path(shutil.copytree(Path(source).parent, folder / "models")) / Path(source).name
    return copy, json.loads((copy / "config.json").read_text()) | changes


def shapes(file: Path) -> list[tuple[str, list]]:
    """The inputs of a file, each with its shape but for the rows."""
    found = onnxruntime.InferenceSession(str(file)).get_inputs()
    return [(one.name, one.shape[1:]) for one in found]


def test_a_review_net_that_gets_one_vector_of_each_side(sources, tmp_path):
    shape = {"net": "pooled", "text_width": 16, "image_width": IMAGE_WIDTH, "width": 8}
    folder, config = copied(sources["review"], tmp_path, architecture=shape)
    hub.save_checkpoint(folder, build_head("review", shape, classes=3), config)
    out = tmp_path / "review.onnx"
    assert graph.write(heads.review(folder), out).difference <= TARGET
    sides = [
        ("tokens", [1, 16]),
        ("token_mask", [1]),
        ("patches", [1, IMAGE_WIDTH]),
        ("patch_mask", [1]),
    ]
    assert shapes(out) == sides


def test_a_meme_net_that_gets_one_vector_of_each_side(sources, files, tmp_path):
    shape = {"text_width": 16, "image_width": IMAGE_WIDTH}
    aspects = list(MEME_ASPECTS)
    group = {"net": "pooled", "aspects": aspects, "architecture": {}}
    groups = {"memotion": {**group, "preprocessing": {"size": 64, "fit": "squash"}}}
    changes = {"architecture": shape, "groups": groups, "words": {}}
    folder, config = copied(sources["meme"], tmp_path, **changes)
    nets = MemeNets(**shape, groups=groups, labels=MEME_ASPECTS)
    hub.save_checkpoint(folder, nets, config)
    out = tmp_path / "meme.onnx"
    graph.write(meme_graph.meme(folder), out)
    sides = [("tokens", [1, 16]), ("token_mask", [1]), ("has_image", [])]
    assert shapes(out) == [*sides, ("patches_memotion", [1, IMAGE_WIDTH])]
    exported, (photo,), text = Exported(files), photos(1), "a bag so good"
    ids = exported._tokenizer.encode(text.split(), is_pretokenized=True).ids
    pixels = fitted(fitted(photo, 64, "squash"), 96, "squash").transpose(2, 0, 1)
    file = Exported(tmp_path).file("meme")
    outputs = file(
        tokens=exported.file("text")(ids=np.array([ids]))["vector"][None],
        token_mask=np.ones((1, 1), bool),
        has_image=np.array([True]),
        patches_memotion=exported.file("image")(pixels=pixels[None])["pooled"][None],
    )
    (told,) = mmsent.load("meme", folder, "cpu").classify([photo], [text])
    for name, scores in told.items():
        assert np.abs(file.probabilities(outputs)[name] - scores.probs).max() <= TARGET


def test_a_video_net_that_gets_the_whole_picture(tmp_path):
    torch.manual_seed(0)
    net = ReferenceVideoNet(text_width=16, picture_width=12, mels=8, mel_rows=60)
    net.set_means(torch.randn(3, 16), torch.randn(3, 12))
    labels = {"emotion": range(7), "sentiment": range(3)}
    made = graph.Graph(net, video._scene_inputs(net), heads.logits(labels), {graph.MARK: "0"})
    assert graph.write(made, tmp_path / "video.onnx").difference <= TARGET
    assert dict(shapes(tmp_path / "video.onnx"))["voice"] == [480]


def test_the_examples_answer_as_mmsent_does(sources, files, tmp_path):
    crop = np.random.default_rng(0).integers(0, 256, (48, 48), dtype=np.uint8)
    Image.fromarray(crop).save(tmp_path / "crop.png")
    told = run_example("onnx_face.py", files / "face.onnx", tmp_path / "crop.png")
    (scores,) = mmsent.load("face", sources["face"], "cpu").classify([crop])
    assert told["probabilities"] == pytest.approx(scores.as_dict(), abs=TARGET)
    assert told["unsure"] == scores.unsure
    text = " ".join(SENTENCES[:4])  # more than one window of the small encoder
    told = run_example("onnx_review.py", files / "text.onnx", files / "review.onnx", text)
    (scores,) = mmsent.load("review", sources["review"], "cpu").classify([text], [None])
    assert told["probabilities"] == pytest.approx(scores.as_dict(), abs=TARGET)
