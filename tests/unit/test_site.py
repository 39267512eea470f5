"""The files of the static site: complete, small, and called by what they hold."""

import hashlib
import json
import re
from pathlib import Path, PurePosixPath

import pytest
import yaml

from mmsent import hub, site
from mmsent.checkpoint import CheckpointError
from mmsent.pipelines.face import FacePipeline
from mmsent.ui.common.theme import variables_css
from mmsent.ui.site import build
from tests.site_case import checkpoint_with_student
from tests.site_case import site as built

pytestmark = pytest.mark.slow  # exports nets
# whatever looks like the name of another module
NAMED = re.compile(r'"(\.[\w./]+\.m?js)"')
ASKED_FOR = re.compile(r'(?:src|href)="([^"]*)"')


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def settings() -> dict:
    page = built()["index.html"].decode()
    found = re.search(r'<script type="application/json" id="settings">(.*?)</script>', page)
    assert found
    return json.loads(found[1])


def kept_by(worker: bytes) -> tuple[str, dict[str, str]]:
    """Its version and its files."""
    found = re.match(r"self\.SITE = (.*?);\n", worker.decode(), re.DOTALL)
    assert found
    told = json.loads(found[1])
    return told["version"], told["files"]


def test_whatever_a_module_names_is_there() -> None:
    modules = {name: text for name, text in built().items() if name.endswith((".js", ".mjs"))}
    named = {
        (PurePosixPath(name).parent / path).as_posix()
        for name, text in modules.items()
        if "/runtime/" not in name
        for path in NAMED.findall(text.decode())
    }
    there = {str(Path("/", name).resolve()) for name in modules}
    assert len(named) > 20
    assert {str(Path("/", name).resolve()) for name in named} <= there


def test_nets_are_called_by_their_sha256_and_lie_where_the_modules_look() -> None:
    large = {name: content for name, content in built().items() if name.startswith("files/")}
    assert [name for name, content in large.items() if name != f"files/{sha256(content)}.bin"] == []
    module = next(name for name in built() if name.endswith("live/nets.js"))
    live, photos = settings()["live"]["device"], settings()["photos"]
    assert photos["device"]["files"] == live["files"]  # the same net
    example = photos["examples"]["photo-example-astronaut"]["address"]
    named = [*live["files"].values(), example]
    places = {str(Path("/", module, "..", address).resolve()) for address in named}
    assert places == {f"/{name}" for name in large}
    assert len(large) == 6


def test_every_address_in_the_page_is_relative() -> None:
    asked = set(ASKED_FOR.findall(built()["index.html"].decode()))
    assert {one for one in asked if not one.startswith(("data:", "?", "modules/"))} == set()


def test_the_first_load_is_small() -> None:
    assert sum(map(len, built().values())) <= site.MANY == 12_000_000


def test_the_service_worker_keeps_all_that_the_page_asks_for() -> None:
    version, kept = kept_by(built()["sw.js"])
    page, _, mark = built()["index.html"].rpartition(b"<!-- mmsent ")
    assert mark == f"{kept.pop('./')} -->\n".encode() == f"{sha256(page)} -->\n".encode()
    told = {"README.md", "sw.js", "index.html"}
    asked = {
        name for name in built() if name not in told and not name.endswith("runtime/README.md")
    }
    assert kept == {name: sha256(built()[name]) for name in asked}
    assert len(version) == 12


def test_another_file_is_another_version() -> None:
    files = {"./": b"page", "files/a.bin": b"a"}
    (one, _), (other, kept) = (
        kept_by(build._worker(each).encode()) for each in (files, files | {"./": b"new"})
    )
    assert one != other
    assert kept["./"] == sha256(b"new")


def test_the_same_checkpoint_makes_the_same_site_and_one_that_no_browser_gets_none() -> None:
    with checkpoint_with_student() as face:
        pipeline = FacePipeline(face, "cpu")
        assert build.site_files(pipeline) == built()
        (face / hub.STUDENT / hub.WEIGHTS).write_bytes(b"damaged")
        with pytest.raises(CheckpointError, match="damaged"):
            build.site_files(pipeline)


def test_the_page_is_that_of_the_loaded_checkpoint() -> None:
    live = settings()["live"]
    assert live["default"] == "device"
    assert live["device"]["core"]["threshold"] == 0.1
    page = built()["index.html"].decode()
    assert "Model: face, " in page
    assert "on your own device." in page
    assert "analysed by the model of this page" in page  # the example is answered
    assert "Nothing leaves this page" in page
    hidden = (
        r"<fieldset.*?</fieldset>|<template.*?</template>|<script.*?</script>|<style.*?</style>"
    )
    assert "server" not in re.sub(hidden, "", page, flags=re.DOTALL)


def test_the_readme_sets_up_a_static_space() -> None:
    _, front, body = built()["README.md"].decode().split("---\n", 2)
    space = yaml.safe_load(front)
    assert space["sdk"] == "static"
    assert space["app_file"] in built()
    assert len(space["short_description"]) <= 60  # more is refused by the Hub
    assert {space["colorFrom"], space["colorTo"]} <= {"green", "blue"}
    assert "No model card says" in body


def test_the_theme_has_no_variable_without_a_value() -> None:
    css = variables_css(
        "a { color: var(--body-text-color); border: var(--input-placeholder-color) var(--mark) }"
    )
    light, dark = css.split("\n.dark {")
    assert "--body-text-color: #0f172a;" in light
    assert "--body-text-color: #e2e8f0;" in dark
    assert "--input-placeholder-color: var(--body-text-color-subdued);" in dark
    assert set(re.findall(r"var\(--([\w-]+)", css)) <= set(re.findall(r"--([\w-]+):", dark))
