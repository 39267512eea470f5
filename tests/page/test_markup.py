"""No value comes into HTML unescaped: markup with a placeholder is a template of MarkupSafe."""

import ast
import re
from pathlib import Path

import pytest
from markupsafe import Markup

import mmsent.ui
from mmsent.ui.common.html import joined, notes_html
from mmsent.ui.common.render import message

UI = Path(mmsent.ui.__file__).parent
TAG = re.compile(r"</?[a-z][a-z0-9]*[\s>/]|<[a-z]+$|\s(?:style|class|data-\w+|aria-\w+|title)=\"?$")
FILES = sorted(UI.rglob("*.py"))


def unescaped(source: str) -> list[int]:
    """The lines of ``source`` that put a value into markup without escaping it."""
    tree = ast.parse(source)
    safe = {
        argument
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "Markup"
        for argument in call.args
    }
    return sorted(
        node.lineno
        for node in ast.walk(tree)
        if _is_filled(node, safe)
        or (isinstance(node, ast.ImportFrom | ast.Import) and "escape" in ast.unparse(node))
    )


def _is_filled(node: ast.AST, safe: set[ast.expr]) -> bool:
    """An f-string, the template of ``format`` or of %, or one side of a sum, with a tag in it. An
    f-string isn't safe inside Markup(...) either: it is filled before that sees it."""
    if isinstance(node, ast.JoinedStr):
        return _has_tag(node)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in ("format", "join") and _is_plain(node.func.value, safe)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
        return _is_plain(node.left, safe) or _is_plain(node.right, safe)
    return False


def _is_plain(node: ast.expr, safe: set[ast.expr]) -> bool:
    return isinstance(node, ast.Constant) and node not in safe and _has_tag(node)


def _has_tag(node: ast.expr) -> bool:
    texts = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
    return any(isinstance(text, str) and TAG.search(text) for text in texts)


@pytest.mark.parametrize(
    "source",
    [
        "f'<p>{note}</p>'",
        "Markup(f'<p>{note}</p>')",
        "f'<p class=\"{kind}\">'",
        "'<p>{}</p>'.format(note)",
        "'<p>%s</p>' % note",
        "'<p>' + note",
        "note + '</p>'",
        "'<br>'.join(notes)",
        "from html import escape",
    ],
)
def test_what_would_be_unescaped_is_noticed(source):
    assert unescaped(source) == [1]


@pytest.mark.parametrize("source", ["Markup('<p>{}</p>').format(note)", "f'{a} < {b}'", "'<p>'"])
def test_what_is_escaped_or_no_markup_is_not(source):
    assert unescaped(source) == []


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(UI)) for path in FILES])
def test_every_value_in_markup_is_escaped(path):
    assert unescaped(path.read_text(encoding="utf-8")) == []


def test_plain_text_is_escaped_where_it_is_put_together():
    assert joined(["<b>", Markup("<i>")]) == "&lt;b&gt;<i>"
    assert notes_html(["a < b"]) == '<p class="note">a &lt; b</p>'
    assert message("<b>no</b>") == '<p class="message" role="status">&lt;b&gt;no&lt;/b&gt;</p>'
    assert "<b>no</b>" in message(Markup("<b>no</b>"))
