"""What axe-core finds in every tab, empty and with an answer, light and dark, on a desktop and on a
phone.

Nothing may be found, whatever its impact, except what docs/accessibility.md lists: it is Gradio's,
and excused only there.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Page, expect

from mmsent.labels import EMOTION_COLOURS
from mmsent.ui.face.about import about_html
from mmsent.ui.meme.about import meme_about_html
from mmsent.ui.review.about import review_about_html
from mmsent.ui.video.about import video_about_html
from tests.chromium import ROOT, portrait, visiting, with_camera, write_film
from tests.conftest import App, encode
from tests.served import visit
from tests.video_fake import write_clip

SOON: Final = 60_000  # ms
ALL_RULES: Final = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
}
LOOKS: Final = (("light", 1180), ("dark", 390))  # theme and width of the window: each once
# rule -> where it is excused: the panel behind “Use via API or MCP”, all of which Gradio makes
GRADIO: Final = dict.fromkeys(
    ("button-name", "color-contrast", "label", "listitem", "scrollable-region-focusable"),
    ".api-docs",
)
RUN: Final = """([options, excused]) => axe.run(options).then(({violations}) => violations.flatMap(({id, nodes}) => nodes
  .filter(({element}) => !excused[id] || !element.closest(excused[id])).map(({target}) => `${id}: ${target.join(' ')}`)))"""
# no colour on its way
STILL: Final = "*, ::before, ::after { transition: none !important; animation: none !important; }"
# What lies over text and takes the pointer hides from axe the ground that the text stands on.
UNCOVERED: Final = ".plot, .overlay, .boxes { display: none !important; }"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with with_camera(
        write_film(tmp_path_factory.mktemp("film") / "camera.mjpeg", [portrait()], seconds=1)
    ) as one:
        yield one


@pytest.fixture
def page(window: BrowserContext) -> Iterator[Page]:
    with visiting(window, "camera") as page:
        page.set_default_timeout(SOON)
        yield page


def enter(page: Page, app: App, tab: str) -> None:
    visit(page, app.address, tab)
    page.add_style_tag(content=STILL)


def found(page: Page, rules: dict[str, Any]) -> list[str]:
    """Violations as "rule: selector"; what is excused is left out."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    options = {
        "runOnly": rules,
        "resultTypes": ["violations"],
        "elementRef": True,
        "preload": False,
    }
    return page.evaluate(RUN, [options, GRADIO])


def check(page: Page, rules: dict[str, Any] = ALL_RULES) -> None:
    """Nothing is found in any of LOOKS."""
    seen = {}
    for scheme, width in LOOKS:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.wait_for_function(
            "dark => document.body.classList.contains('dark') === dark", arg=scheme == "dark"
        )
        page.set_viewport_size({"width": width, "height": 900})
        if problems := found(page, rules):
            seen[scheme, width] = problems
    assert seen == {}


def check_covered(page: Page) -> None:
    """The contrast of words that something see-through lies on."""
    page.add_style_tag(content=UNCOVERED)
    check(page, {"type": "rule", "values": ["color-contrast"]})


def open_fold(page: Page, html: str) -> None:
    """Opens “About this model” with ``html`` in it: the random checkpoints have no figures, so
    those shipped stand in."""
    fold = (
        page.get_by_role("tabpanel")
        .locator("visible=true")
        .get_by_role("button", name="About this model")
    )
    fold.click()
    about = page.locator(".about:visible")
    about.evaluate("(about, html) => about.outerHTML = html", html)
    expect(about.locator("table").first).to_be_visible(timeout=SOON)


def metrics(task: str) -> dict[str, Any]:
    return json.loads((ROOT / "checkpoints" / task / "metrics.json").read_text())


def colour_words(page: Page) -> None:
    """Every word at its strongest pull, in all colours in turn, of which random weights would show
    hardly any."""
    page.locator(".word:visible").evaluate_all(
        """(words, colours) => words.forEach((word, i) => {
          word.classList.add(i % 2 ? 'away' : 'toward');
          word.style.cssText = `--pull: 1; --verdict: ${colours[i % colours.length]}`;
        })""",
        list(EMOTION_COLOURS.values()),
    )


def test_live(app: App, page: Page) -> None:
    enter(page, app, "Live face")
    check(page)
    page.locator("#consent input").check()
    page.locator("#live-view .start").click()
    expect(page.locator("#live-view .live[data-faces='1']")).to_be_attached(timeout=SOON)
    open_fold(page, about_html(metrics("face"), ROOT / "checkpoints" / "face"))
    check(page)
    page.locator("#live-view .stop").click()
    check_covered(page)


def test_photo(app: App, page: Page, two_faces: Any) -> None:
    enter(page, app, "Face in a photo")
    check(page)
    photo = {"name": "two.jpg", "mimeType": "image/jpeg", "buffer": encode(two_faces)}
    page.set_input_files("#photo-own input[type=file]", photo)  # type: ignore[arg-type]
    expect(page.locator("#photo-detail h3")).to_contain_text("Face 1", timeout=SOON)
    check(page)


def test_review(app: App, page: Page) -> None:
    enter(page, app, "Review")
    check(page)
    page.get_by_role("button", name="Coffee").click()
    page.locator("#review-evidence .word").nth(2).click()
    colour_words(page)
    open_fold(page, review_about_html(metrics("review"), None))
    check(page)


def test_meme(app: App, page: Page) -> None:
    enter(page, app, "Meme")
    check(page)
    page.get_by_role("button", name="Broccoli").click()
    page.get_by_text("as people rated memes").click()
    page.get_by_role("radio", name="Humour").check()
    colour_words(page)
    open_fold(page, meme_about_html(metrics("meme")))
    check(page)


def test_clip(app: App, page: Page, tmp_path: Path) -> None:
    enter(page, app, "Clip")
    check(page)
    page.set_input_files("#video-clip input[type=file]", write_clip(tmp_path / "clip.webm"))
    expect(page.locator("#video-clip video")).to_be_visible(timeout=SOON)
    page.locator("#video-transcript textarea").fill("I love it so much. And I hate to go.")
    page.locator("#video-run").click()
    expect(page.locator(".tile.drawn").last).to_be_visible(timeout=SOON)
    open_fold(page, video_about_html(metrics("video"), None))
    check(page)
    check_covered(page)


def test_a_refusal_and_the_panel_of_gradio(app: App, page: Page) -> None:
    enter(page, app, "Review")
    page.locator("#review-run").click()
    expect(page.locator("#review-verdict [role=alert]")).to_be_visible(timeout=SOON)
    check(page)
    page.set_viewport_size({"width": 1180, "height": 900})  # a phone does not get it
    page.get_by_role("button", name="Use via API").click()
    expect(page.locator(".api-docs")).to_be_visible(timeout=SOON)
    check(page)


def test_axe_sees_what_is_wrong(app: App, page: Page) -> None:
    """Neither the page nor what is excused keeps it from finding ours."""
    enter(page, app, "Review")
    page.locator(".masthead").evaluate(
        "e => e.insertAdjacentHTML('beforeend', '<button></button><p style=color:#bbb>pale</p>')"
    )
    assert {one.partition(":")[0] for one in found(page, ALL_RULES)} == {
        "button-name",
        "color-contrast",
    }
