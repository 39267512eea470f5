"""What is told of the page where its address is shared, and how it comes."""

import io
import json
import re
import urllib.request
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from jinja2 import DictLoader
from PIL import Image

from mmsent.ui.common import assets
from mmsent.ui.common.picture_input import page_script
from mmsent.ui.masthead import LINE, TITLE
from mmsent.ui.server import document
from mmsent.ui.server.gradio_patches import MissingPartError
from tests.review_fake import FakeReview
from tests.served import serving
from tests.served_modules import with_imports

HERE = {"X-Forwarded-Host": "people.example", "X-Forwarded-Proto": "https"}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving("review", FakeReview(), tmp_path_factory.mktemp("gradio")) as one:
        yield one


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    @property
    def metas(self) -> list[tuple[str, str]]:
        return [
            (one.get("property") or one["name"], one["content"])
            for tag, one in self.found
            if tag == "meta" and ("property" in one or "name" in one)
        ]


def get(address: str, headers: dict[str, str] | None = None) -> tuple[bytes, str]:
    request = urllib.request.Request(address, headers=headers or {})
    with urllib.request.urlopen(request) as reply:
        return reply.read(), reply.headers["content-type"]


def test_a_shared_address_tells_of_this_page_alone(address):
    metas = Tags(get(address)[0].decode()).metas
    told = dict(metas)
    assert max(Counter(name for name, _ in metas).values()) == 1
    assert TITLE[1:] in told["og:title"]
    assert told["og:description"] == told["description"] == LINE
    assert told["og:url"] == address
    assert told["twitter:card"] == "summary_large_image"
    assert not [
        value for _, value in metas if "gradio" in value.replace("/gradio_api/", "").lower()
    ]
    content, kind = get(told["og:image"])
    assert told["og:image"].startswith(address)
    assert kind == told["og:image:type"] == "image/jpeg"
    size = (int(told["og:image:width"]), int(told["og:image:height"]))
    with Image.open(io.BytesIO(content)) as card:
        assert card.size == size
    assert len(content) < 150_000


def test_its_addresses_are_those_by_which_visitors_come(address):
    told = dict(Tags(get(address, HERE)[0].decode()).metas)
    assert told["og:url"] == "https://people.example/"
    assert told["og:image"].startswith("https://people.example/gradio_api/")


def test_no_module_of_ours_stands_in_line_before_the_scripts_of_gradio(address):
    tags = Tags(get(address)[0].decode()).found
    found = [one.get("href") or one.get("src") or "" for tag, one in tags if tag != "a"]
    assert not [url for url in found if assets.ADDRESS in url]


def test_the_modules_are_asked_for_at_once():
    (ahead,) = re.findall(r"AHEAD = (\[.*?\])", page_script({}))
    names = {"common/page.js", *json.loads(ahead)}
    assert names == with_imports("common/page.js")
    assert {"face/live.js", "common/save.js", "live/time.js"} < names


def test_it_comes_compressed(address):
    plain, _ = get(address)
    for kind in ("gzip", "br"):
        assert len(get(address, {"Accept-Encoding": kind})[0]) < 0.4 * len(plain)


def test_a_document_that_has_changed_is_told_of(monkeypatch):
    monkeypatch.setattr(document, "_loader", DictLoader({document.NAME: "<head></head>"}))
    with pytest.raises(MissingPartError, match="is not what it was"):
        document.document()
