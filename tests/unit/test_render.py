"""What visitors see, as pure functions."""

import base64
import csv
import io
import json
import re

import numpy as np
import pytest
from PIL import Image

from mmsent.labels import FACE_EMOTIONS
from mmsent.results import Face, FaceResult, Scores
from mmsent.ui.common import assets, render
from mmsent.ui.common.csv_text import csv_text
from mmsent.ui.face import photo_view
from mmsent.ui.face import tab as face_tab
from mmsent.ui.face.about import about_html


def scores(top: str = "happy", p: float = 0.7, unsure: bool = False) -> Scores:
    rest = (1 - p) / (len(FACE_EMOTIONS) - 1)
    return Scores(
        FACE_EMOTIONS, tuple(p if name == top else rest for name in FACE_EMOTIONS), unsure
    )


def face(box=(20, 30, 60, 80), **kind) -> Face:
    return Face(
        box,
        0.99,
        None,
        scores(**kind),
        landmarks=((30.0, 45.0), (50.0, 45.0), (40.0, 55.0), (32.0, 68.0), (48.0, 68.0)),
    )


@pytest.fixture
def picture():
    return np.full((120, 200, 3), 127, np.uint8)


def test_caption_names_the_emotion_only_when_sure():
    assert render.caption(scores()) == "happy 70 %"
    assert render.caption(scores(unsure=True)) == "not sure"


def test_bars_have_a_number_for_every_emotion():
    html = render.bars(scores())
    assert all(f"<span>{name}</span>" in html for name in FACE_EMOTIONS)
    assert html.count(" %</span>") == len(FACE_EMOTIONS)
    assert html.count("class=top") == 1


def test_window_keeps_pixels_and_coordinates_together():
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 255, (120, 200, 3), dtype=np.uint8)
    part, moved = render.window(noise, face())
    (x0, y0, x1, y1), (a0, b0, a1, b1) = face().box, moved.box
    assert (part[b0:b1, a0:a1] == noise[y0:y1, x0:x1]).all()
    x, y = (round(v) for v in moved.landmarks[0])
    assert (part[y, x] == noise[45, 30]).all()


def test_heat_is_opaque_where_it_is_hot():
    layer = np.asarray(render.heat_layer(np.array([[0, 0.5, 1, np.nan]], np.float32)))
    assert layer.shape == (1, 4, 4)
    assert layer[0, :, 3].tolist() == [0, 204, 255, 0]


def test_data_url_opens_again(picture):
    url = render.data_url(Image.fromarray(picture), "PNG")
    kind, content = url.split(",")
    assert kind == "data:image/png;base64"
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(base64.b64decode(content)))), picture)


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+1", "@SUM(A1)", "-2+3", "\tx", "\r=1", " =1", "\n=1", " @SUM(1)", "＝1", "-1\n"],
)
def test_csv_never_becomes_a_formula(cell):
    (row,) = list(csv.reader(io.StringIO(csv_text(["a"], [[cell]]), newline="")))[1:]
    assert row[0] == "'" + cell


def test_csv_keeps_negative_numbers():
    assert "\r\n-12.5\r\n" in csv_text(["a"], [["-12.5"]])


def test_what_the_server_sends_of_a_photo_is_json(picture):
    result = FaceResult((face(), face(unsure=True)), (200, 120), ("It moves <here>.",))
    answer = photo_view.answer_value(picture, result)
    assert json.loads(json.dumps(answer))["result"] == json.loads(json.dumps(result.to_dict()))
    assert answer["picture"].startswith("data:image/jpeg;base64,")
    detail = photo_view.detail_value(3, result.faces[1], picture, np.zeros((120, 200), np.float32))
    assert detail["number"] == 3
    assert detail["face"]["emotions"]["unsure"]
    kind, content = detail["heat"].split(",")
    assert kind == "data:image/png;base64"
    assert Image.open(io.BytesIO(base64.b64decode(content))).size == (200, 120)


def test_the_example_is_small_and_free():
    assert (assets.EXAMPLES / face_tab.EXAMPLE).stat().st_size <= 40_000
    licences = (assets.EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"`{face_tab.EXAMPLE}`.*public domain", licences)


def test_about_works_without_figures():
    html = about_html(None, None)
    assert "There are no test figures of this very model" in html
    assert "Article 5(1)(f)" in html


def test_about_puts_the_floor_beside_the_figures(tmp_path):
    per_class = {
        name: {"precision": 0.5, "recall": 0.6, "f1": 0.55, "n": 10} for name in FACE_EMOTIONS
    }
    test = {
        "n": 3589,
        "accuracy": 0.71,
        "macro_f1": 0.69,
        "ece": 0.02,
        "floor_accuracy": 0.245,
        "per_class": per_class,
    }
    (tmp_path / "plots").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "plots" / "reliability.png")
    html = about_html({"test": test | {"without_twins": {"n": 3300, "accuracy": 0.7}}}, tmp_path)
    for told in ("71.0 %", "24.5 %", "3,589", "0.69", "3,300", "60.0 %", "/reliability.png"):
        assert told in html
