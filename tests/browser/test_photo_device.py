"""The photo tab that reads photos on the visitor's own device: nothing is sent, and what the device
can't do is said. What reads is made up; where it runs, and what opens files, is not."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from playwright.sync_api import Page, Request, Route, expect

import mmsent
from mmsent.labels import FACE_EMOTIONS
from mmsent.media import DAMAGED, Picture
from mmsent.ui.common import assets
from mmsent.ui.face import live_settings, photo_settings
from tests.conftest import encode
from tests.device_demo import window as window  # a fixture
from tests.served import launched, visit

SOON: Final = 60_000  # ms
MODULE: Final = "live/photo_reader.js"
READER: Final = """
import {openPhoto} from "./photo_file.js";
import {jpegBlob} from "./photo_parts.js";
export function makeReader({photo}) {
  let picture = null;
  return {
    async start(progress) { progress({loaded: 1, total: 2}); %s },
    async readPhoto(source) {
      picture = await openPhoto(source, photo);
      %s
      return {...RESULT, size: [picture.width, picture.height]};
    },
    picture: side => jpegBlob(picture, side),
    async explain(index, side) {
      const part = await jpegBlob(picture, side);
      return {part, heat: part};
    },
    stop() {},
  };
}
const RESULT = %s;
"""
TO_SERVER: Final = "Press “On the server” and choose the photo again to have it read there."
DROP: Final = """([content, kind]) => {
  const bytes = Uint8Array.from(atob(content), sign => sign.charCodeAt(0)), data = new DataTransfer();
  data.items.add(new File([bytes], "given.jpg", {type: "image/jpeg"}));
  const how = {bubbles: true, cancelable: true, dataTransfer: data, clipboardData: data};
  const place = kind === "drop" ? document.querySelector("#photo-own .drop") : document.body;
  place.dispatchEvent(kind === "drop" ? new DragEvent(kind, how) : new ClipboardEvent(kind, how));
}"""


def face(x: int, top: str) -> dict[str, Any]:
    probs = {name: 0.7 if name == top else 0.05 for name in FACE_EMOTIONS}
    emotions = {"top": top, "confidence": 0.7, "unsure": False, "probs": probs}
    box = [x, 60, x + 120, 220]
    return {"box": box, "detection": 0.999, "track": None, "emotions": emotions} | {
        "landmarks": [[x, 90]] * 5,
        "quality": None,
    }


RESULT: Final = {"faces": [face(200, "happy"), face(800, "sad")], "notes": ["A note."]}


def reader(start: str = "", read: str = "") -> str:
    """``start`` and ``read`` are what else these do first."""
    return READER % (start, read, json.dumps(RESULT))


@pytest.fixture(scope="module")
def address(face_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(live_settings, "device_config", lambda face, place: None)
        patch.setattr(photo_settings, "nets_config", lambda face, place: {})
        patch.setitem(assets.MODULES, MODULE, reader())
        pipeline = mmsent.load("face", face_checkpoint)
        with launched("face", pipeline, tmp_path_factory.mktemp("gradio")) as one:
            yield one.local_url


def enter(page: Page, address: str) -> list[Request]:
    """The photo tab; the requests from then on are added to what is returned."""
    visit(page, address, "Face in a photo")
    expect(page.locator("#photo-own [value=server]")).to_be_enabled(timeout=SOON)
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request))
    return sent


def choose(page: Page, content: bytes, name: str = "two.jpg") -> None:
    file = {"name": name, "mimeType": "image/jpeg", "buffer": content}
    page.set_input_files("#photo-own input[type=file]", file)  # type: ignore[arg-type]


def expect_answer(page: Page) -> None:
    expect(page.locator("#photo-view .spot")).to_have_count(2, timeout=SOON)
    expect(page.locator("#photo-detail h3")).to_have_text("Face 1 Happy (70 %)")
    expect(page.locator("#photo-detail .heat")).to_be_visible(timeout=SOON)


def saved(page: Page, kind: str) -> bytes:
    with page.expect_download() as download:
        page.locator(f"#photo-save [data-save={kind}]").click()
    return Path(download.value.path()).read_bytes()


def test_a_photo_is_never_sent(visitor: Page, address: str, two_faces: Picture) -> None:
    sent, photo = enter(visitor, address), encode(two_faces)
    expect(visitor.locator("#photo-input")).to_be_hidden()
    expect(visitor.locator("#photo-own .where-told")).to_have_text(
        "On this device: no picture and no number leaves your browser."
    )
    choose(visitor, photo)
    expect_answer(visitor)
    visitor.locator("#photo-view .spot[data-face='1']").click()
    expect(visitor.locator("#photo-detail h3")).to_have_text("Face 2 Sad (70 %)")
    expect(visitor.locator("#photo-view .names [aria-pressed=true]")).to_have_text("2 · sad 70 %")
    told = json.loads(saved(visitor, "json"))
    assert told == RESULT | {"size": [1280, 480]}
    assert saved(visitor, "png").startswith(b"\x89PNG")
    visitor.get_by_role("button", name="Astronaut").click()
    expect(visitor.locator("#photo-own .chosen")).to_have_text("astronaut.jpg")
    expect_answer(visitor)
    visitor.wait_for_url("**/?tab=photo&example=astronaut")
    for kind in ("drop", "paste"):
        visitor.evaluate(DROP, [base64.b64encode(photo).decode(), kind])
        expect(visitor.locator("#photo-own .chosen")).to_have_text("given.jpg")
        expect_answer(visitor)
        visitor.locator("#photo-own .chosen").evaluate("e => { e.textContent = ''; }")
    assert visitor.url.endswith("?tab=photo")  # what is one's own is no example
    asked = {one.url.removeprefix(address) for one in sent if not one.url.startswith("blob:")}
    assert {one.method for one in sent} == {"GET"}
    assert all(url.startswith("gradio_api/mmsent-") for url in asked), asked
    assert any(url.endswith("astronaut.jpg") for url in asked)

    visitor.context.set_offline(True)
    del sent[:]
    choose(visitor, photo, "offline.jpg")
    expect(visitor.locator("#photo-own .chosen")).to_have_text("offline.jpg")
    expect_answer(visitor)
    assert [one.url for one in sent if not one.url.startswith("blob:")] == []
    visitor.set_viewport_size({"width": 390, "height": 844})
    assert visitor.evaluate("document.documentElement.scrollWidth") <= 390
    visitor.context.set_offline(False)


def test_a_photo_is_not_sent_where_no_nets_come(
    visitor: Page, address: str, two_faces: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail = "throw Object.assign(new Error('No nets came.'), {isSentence: true});"
    monkeypatch.setitem(assets.MODULES, MODULE, reader(start=fail))
    sent, alert = enter(visitor, address), visitor.locator("#photo-view [role=alert]")
    choose(visitor, encode(two_faces))
    expect(alert).to_have_text(f"No nets came. {TO_SERVER}", timeout=SOON)
    assert {one.method for one in sent} == {"GET"}


def test_what_the_device_cannot_do_is_said_and_not_sent(
    visitor: Page, address: str, two_faces: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaks = "self.isBroken ||= picture.width < 1000; if (self.isBroken) throw new Error('bounds');"
    monkeypatch.setitem(assets.MODULES, MODULE, reader(read=breaks))
    sent, alert = enter(visitor, address), visitor.locator("#photo-view [role=alert]")
    choose(visitor, encode(two_faces)[:2000])
    expect(alert).to_have_text(DAMAGED, timeout=SOON)
    choose(visitor, encode(two_faces[:, :640]))
    expect(alert).to_have_text(f"This device could not read the photo. {TO_SERVER}", timeout=SOON)
    choose(visitor, encode(two_faces))  # by a reader made anew
    expect_answer(visitor)
    assert {one.method for one in sent} == {"GET"}

    visitor.locator("#photo-own [value=server]").check()
    expect(visitor.locator("#photo-own .where-told")).to_have_text(
        "On the server: the photo is sent to it, and deleted there within the hour."
    )
    expect(visitor.locator("#photo-own .drop")).to_be_hidden()
    grey = encode(np.full((90, 120, 3), 90, np.uint8))
    file = {"name": "grey.jpg", "mimeType": "image/jpeg", "buffer": grey}
    visitor.set_input_files("#photo-input input[type=file]", file)  # type: ignore[arg-type]
    expect(visitor.locator("#photo-view .message")).to_contain_text("No face found", timeout=SOON)


def test_of_several_photos_the_last_one_counts(
    visitor: Page, address: str, two_faces: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = "if (picture.width < 1000) await new Promise(done => setTimeout(done, 800));"
    monkeypatch.setitem(assets.MODULES, MODULE, reader(read=late))
    enter(visitor, address)
    choose(visitor, encode(two_faces[:, :640]), "first.jpg")
    expect(visitor.locator("#photo-view .message")).to_contain_text("is being read on this device")
    choose(visitor, encode(two_faces), "second.jpg")
    expect_answer(visitor)
    assert json.loads(saved(visitor, "json"))["size"] == [1280, 480]
    assert visitor.locator("#photo-view img").evaluate("image => image.naturalWidth") == 1280


def test_nothing_can_be_pressed_before_its_module_listens_and_without_a_worker_the_server_reads(
    visitor: Page, address: str
) -> None:
    visitor.add_init_script("delete window.Worker")
    held: list[Route] = []
    visitor.route("**/face/photo_own.js", lambda route: held.append(route))
    visitor.goto(address)
    visitor.get_by_role("tab", name="Face in a photo").click(timeout=SOON)
    expect(visitor.locator("#photo-own [value=server]")).to_be_disabled(timeout=SOON)
    expect(visitor.locator("#photo-own .drop")).to_be_hidden()
    visitor.wait_for_timeout(300)
    for route in held:
        route.continue_()
    told = visitor.locator("#photo-own .where-told")
    expect(told).to_contain_text("no worker to compute in. For now the server reads faces. On the")
    expect(visitor.locator("#photo-own [value=device]")).to_be_disabled()
    expect(visitor.locator("#photo-input")).to_be_visible()


def test_nothing_can_be_sent_before_the_device_is_asked(visitor: Page, address: str) -> None:
    held: list[Route] = []
    visitor.route("**/face/photo_own.js", lambda route: held.append(route))
    visitor.goto(address)
    visitor.get_by_role("tab", name="Face in a photo").click(timeout=SOON)
    expect(visitor.locator("#photo-own [value=server]")).to_be_disabled(timeout=SOON)
    expect(visitor.locator(":is(#photo-example-astronaut, #photo-input):visible")).to_have_count(0)
    for route in held:
        route.continue_()
    for late in ("#photo-example-astronaut", "#photo-own .drop"):
        expect(visitor.locator(late)).to_be_visible(timeout=SOON)
    expect(visitor.locator("#photo-input")).to_be_hidden()


def test_an_example_that_comes_late_does_not_replace_a_photo(
    visitor: Page, address: str, two_faces: Picture
) -> None:
    held: list[Route] = []
    enter(visitor, address)
    visitor.route("**/astronaut.jpg*", lambda route: held.append(route))
    visitor.get_by_role("button", name="Astronaut").click()
    visitor.wait_for_timeout(300)
    choose(visitor, encode(two_faces))
    expect_answer(visitor)
    (late,) = held
    with visitor.expect_response("**/astronaut.jpg*"):
        late.continue_()
    visitor.wait_for_timeout(500)
    expect(visitor.locator("#photo-own .chosen")).to_have_text("two.jpg")
