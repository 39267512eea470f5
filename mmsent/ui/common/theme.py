"""How the page looks: calm, wide enough to read, the same in light and dark.

Every text colour here has a contrast of at least 4.5 to 1 on the ground it stands on, and the edge
of every field and box to tick at least 3 to 1 (WCAG 2.2, level AA). Fonts are the system's own, so
nothing is fetched from elsewhere.
"""

import re
from collections.abc import Mapping
from typing import Final

import gradio as gr

from mmsent.ui.common import assets
from mmsent.ui.common.thumbnails import thumbnails_css

SANS: Final = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
MONO: Final = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")
TEAL: Final = "#0f766e"  # 5.5 : 1 under white
TEAL_DARK: Final = "#115e59"
EDGE: Final = "#71809a"  # 4.0 : 1 on white
EDGE_DARK: Final = "#8696ae"  # 5.6 : 1 on the dark ground of a block

REFERENCE: Final = re.compile(r"\*(\w+)")  # to another value, in a value of a theme
# Styles of the whole page; those that belong to one view stand beside it.
STYLES: Final = tuple(
    f"common/{name}.css"
    for name in ("masthead", "page", "uploads", "waiting", "answers", "about", "closing")
)
CSS: Final = "\n".join((assets.read(*STYLES), thumbnails_css()))


def theme() -> gr.themes.Base:
    """The theme for ``launch(theme=...)``."""
    return gr.themes.Base(
        primary_hue="teal",
        neutral_hue="slate",
        radius_size="md",
        font=list(SANS),
        font_mono=list(MONO),
    ).set(
        body_background_fill="#f8fafc",
        body_background_fill_dark="#0b1220",
        body_text_color="#0f172a",
        body_text_color_dark="#e2e8f0",
        body_text_color_subdued="#475569",
        body_text_color_subdued_dark="#a3b1c6",
        block_background_fill="#ffffff",
        block_background_fill_dark="#131c2e",
        background_fill_secondary="#f1f5f9",
        background_fill_secondary_dark="#1a2438",
        border_color_primary="#cbd5e1",
        border_color_primary_dark="#334155",
        input_border_width="1px",
        input_background_fill="#ffffff",
        input_background_fill_dark="#0b1220",
        input_border_color=EDGE,
        input_border_color_dark=EDGE_DARK,
        input_placeholder_color="*body_text_color_subdued",
        input_placeholder_color_dark="*body_text_color_subdued",
        checkbox_border_color=EDGE,
        checkbox_border_color_dark=EDGE_DARK,
        checkbox_border_color_hover="*body_text_color",
        checkbox_border_color_hover_dark="*body_text_color",
        button_primary_background_fill=TEAL,
        button_primary_background_fill_dark=TEAL,
        button_primary_background_fill_hover=TEAL_DARK,
        button_primary_background_fill_hover_dark=TEAL_DARK,
        button_primary_text_color="#ffffff",
        button_primary_text_color_dark="#ffffff",
        link_text_color=TEAL,
        link_text_color_dark="#5eead4",
    )


def variables_css(css: str) -> str:
    """The rules that define the variables of ``theme`` that ``css`` uses, light and dark, for pages
    that Gradio has no part in."""
    known, names = vars(theme()), set(re.findall(r"var\(--([a-z0-9-]+)", css))
    light: dict[str, str] = {}
    dark: dict[str, str] = {}
    while names:
        name = names.pop()
        at = name.replace("-", "_")
        if name in light or at not in known:
            continue
        light[name], dark[name] = known[at], known.get(f"{at}_dark") or known[at]
        for value in (light[name], dark[name]):
            names |= {other.replace("_", "-") for other in REFERENCE.findall(value)}
    return "\n".join(_rule(where, of) for where, of in ((":root", light), (".dark", dark)))


def _rule(where: str, values: Mapping[str, str]) -> str:
    """With the theme's references to its other values, such as "*body_text_color", as CSS has them."""
    lines = (f"  --{name}: {REFERENCE.sub(_variable, value)};" for name, value in values.items())
    return "\n".join((f"{where} {{", *sorted(lines), "}"))


def _variable(reference: re.Match[str]) -> str:
    return f"var(--{reference[1].replace('_', '-')})"
