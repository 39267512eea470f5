"""What the page's reader of photos is told."""

import json
import re
from pathlib import Path

import pytest

from mmsent import media
from mmsent.pipelines.face import FacePipeline
from mmsent.ui.common import assets, downloads
from mmsent.ui.face import photo_settings
from mmsent.ui.face.photo_view import OWN


@pytest.fixture(scope="module")
def face(face_checkpoint: Path) -> FacePipeline:
    return FacePipeline(face_checkpoint, "cpu")


def code(*names: str) -> str:
    return "".join(assets.MODULES[f"live/{name}.js"] for name in names)


def test_what_the_page_is_told_is_json_and_the_owner_says_what_reads_by_default(
    face: FacePipeline, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("MMSENT_LIVE", raising=False)
    settings = photo_settings.photo_settings(face)
    assert json.loads(json.dumps(settings))["default"] == "device"
    assert settings["device"]["core"]["threshold"] == face.threshold
    assert settings["device"]["face"]["temperature"] == face.temperature
    (example,) = settings["examples"].values()
    path = example["address"].partition(f"{downloads.ADDRESS}/")[2]
    assert downloads.content(path) == (assets.EXAMPLES / example["name"]).read_bytes()
    monkeypatch.setenv("MMSENT_LIVE", "server")
    assert photo_settings.photo_settings(face)["default"] == "server"


def test_each_sentence_and_constant_that_the_modules_ask_for_is_sent(face: FacePipeline):
    told = photo_settings.photo_config(face)["photo"]
    asked = set(re.findall(r"sentences\.(\w+)", code("photo_file", "photo_reader")))
    noted = set(re.findall(r'more[:=] ?"(\w+)"|"(animation|images)"', code("image_kind")))
    assert asked | {name for pair in noted for name in pair if name} == set(told["sentences"])
    named = re.findall(
        r"\b(?:limits|settings)\.(\w+)|\{([\w, :\[\]]+)\} = settings|\{([\w, :\[\]]+)\}, index",
        code("photo_file", "photo_reader", "background"),
    )
    names = {name for groups in named for part in groups for name in re.findall(r"\w+", part)}
    assert {"emotions", "maxSearchSide", "heatColours", "sampleSide"} <= names & set(told)
    assert names - set(told) <= {"sentences"}


def test_the_limits_are_those_of_the_server(face: FacePipeline):
    told = photo_settings.photo_config(face)["photo"]
    assert (told["maxBytes"], told["maxPixels"]) == (media.MAX_BYTES, media.MAX_PIXELS)
    assert f"{media.MAX_PIXELS // 1_000_000} megapixels" in told["sentences"]["tooManyPixels"]


def test_the_switch_is_that_of_the_live_tab():
    """The same words in the same order; names and ids differ, since both are in one page."""
    live, photo = (
        re.search(r'<fieldset class="where".*?</fieldset>', assets.read(name), re.DOTALL)
        for name in ("face/live.html", OWN)
    )
    assert live
    assert photo
    same = re.sub(r"photo-(told|where)", lambda found: f"live-{found[1]}", photo[0])
    plain = live[0].replace('"where-told"', '"live-told"')
    assert re.sub(r"\s+", " ", same) == re.sub(r"\s+", " ", plain).replace(
        'class="live-told"', 'class="where-told"'
    )
