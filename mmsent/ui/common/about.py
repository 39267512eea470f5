"""What the page says about a model is made of: tables, percentages and the reliability diagram."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import gradio as gr
from markupsafe import Markup
from PIL import Image

from mmsent.identity import identify
from mmsent.tasks import Pipeline
from mmsent.ui.common import assets, downloads
from mmsent.ui.common.claim import UNCHECKED
from mmsent.ui.common.html import NOTHING, joined


def held_out(metrics: Mapping[str, Any]) -> Mapping[str, Any]:
    """The figures of the test rows, those of the validation rows where there are no others."""
    return metrics.get("test") or metrics.get("validation") or {}


def tested_on(metrics: Mapping[str, Any], what: str) -> str:
    """A sentence on the rows that ``held_out`` is of; ``what`` they are."""
    if metrics.get("test"):
        return f"Tested on {what} that the model never saw in training."
    return (
        f"Tested on {what} that the model never saw in training; its temperature was chosen on them, "
        "too."
    )


MODULE: Final = "common/about.js"
ABOUT: Final = "About this model: how good it is, and what it can’t do"


def about_fold(html: Markup) -> None:
    """The fold at the end of a tab with ``html`` in it, which tables of figures may be part of."""
    with gr.Accordion(ABOUT, open=False, elem_classes="about-fold"):
        gr.HTML(html, js_on_load=assets.mount_script(MODULE))


def identity_html(task: str, pipeline: Pipeline, device: str | None = None) -> Markup:
    """Which model answers, in one line; ``device`` where it is not the pipeline's own."""
    told = identify(task, pipeline)
    if told and device:
        told = replace(told, device=device)
    return Markup("<p>Model: {}.</p>").format(told) if told else NOTHING


def card_html(folder: Path | None) -> Markup:
    """What the checkpoint's own model card says of its data and of what it can't do."""
    card = _card(folder)
    data, limits = _section(card, "Data and terms"), _section(card, "Limits")
    bullets = [line.removeprefix("* ") for line in re.split(r"\n(?=\* )", limits) if line]
    if not data and not bullets:
        return Markup("<p>No model card says what this model learned from or can't do.</p>")
    learned = Markup("<h3>What it learned from</h3><p>{}</p>").format(_plain(data))
    items = joined(Markup("<li>{}</li>").format(_plain(line)) for line in bullets)
    cannot = Markup("<h3>What it can't do</h3><ul>{}</ul>").format(items)
    return (learned if data else NOTHING) + (cannot if bullets else NOTHING)


def _card(folder: Path | None) -> str:
    try:
        return (folder / "README.md").read_text(encoding="utf-8") if folder else ""
    except (OSError, ValueError):
        return ""


def _section(card: str, title: str) -> str:
    """The text under a heading of a model card, "" where there is none."""
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", card, re.DOTALL | re.MULTILINE)
    return found[1].strip() if found else ""


def _plain(markdown: str) -> str:
    """Without the marks of emphasis, code and links."""
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", markdown).replace("**", "").replace("`", "")


def no_figures(limits: Markup) -> Markup:
    """The fold of a model without test figures."""
    return Markup(
        '<div class="about"><p>There are no test figures of this very model. {}</p>{}</div>'
    ).format(UNCHECKED, limits)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    """A table of plain text cells, which scrolls by itself, by keyboard too, where the page
    is too narrow for it. The first cell of each row names it."""
    title, cell = Markup('<th scope="col">{}</th>'), Markup("<td>{}</td>")
    body = joined(
        Markup('<tr><th scope="row">{}</th>{}</tr>').format(name, joined(map(cell.format, cells)))
        for name, *cells in rows
    )
    return Markup(
        '<div class="wide" role="group" tabindex="0" aria-label="Table: {}">'
        "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>"
    ).format(", ".join(head), joined(map(title.format, head)), body)


def percent(value: float | None) -> str:
    """0.697 -> "69.7 %"; a figure that is missing is a dash."""
    return "–" if value is None else f"{100 * value:.1f} %"


def reliability(folder: Path | None, name: str = "reliability") -> Markup:
    """The diagram of that name, which the browser asks for when it is to be seen; nothing when the
    checkpoint has none."""
    path = folder / "plots" / f"{name}.png" if folder else None
    if path is None or not path.is_file():
        return NOTHING
    content = path.read_bytes()
    with Image.open(path) as picture:
        wide, high = picture.size
    version = hashlib.sha256(content).hexdigest()[:12]
    file = downloads.offer(f"{name}.png", version, lambda: content)
    return Markup(
        '<figure><img data-src="{}" width="{}" height="{}" loading="lazy" alt="Reliability diagram: how often the '
        'model was right at each level of confidence"><figcaption>On the diagonal, “80 %” means right in 80 of 100 cases.'
        "</figcaption></figure>"
    ).format(downloads.from_module(file, MODULE), wide, high)
