"""Each sentence that people read stands in one place, so that it can't say two things."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LONG = 30  # letters, without markup
TAGS = re.compile(r"<[^>]*>")
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')  # of JavaScript
COMMENT = re.compile(r"(?m)^\s*//.*$|\s//\s.*$")


def python_strings(source: str) -> Iterator[str]:
    """All but the docstrings, and what an f-string holds between its values."""
    tree = ast.parse(source)
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and isinstance(node.body[0] if node.body else None, ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value


def sentences(root: Path) -> dict[str, list[str]]:
    """Each string of LONG letters and some words, to the files that it stands in."""
    found: dict[str, list[str]] = defaultdict(list)
    for package in ("mmsent", "train"):
        for file in sorted((root / package).rglob("*")):
            if file.suffix not in (".py", ".js"):
                continue
            source = file.read_text(encoding="utf-8")
            strings = (
                python_strings(source)
                if file.suffix == ".py"
                else LITERAL.findall(COMMENT.sub("", source))
            )
            for string in strings:
                text = " ".join(TAGS.sub(" ", string).split())
                if len(text) >= LONG and text.count(" ") > 3:
                    found[text].append(str(file.relative_to(root)))
    return found


def test_each_sentence_stands_once() -> None:
    found = sentences(ROOT)
    assert len(found) > 200  # that the sentences were found at all
    assert {text: files for text, files in found.items() if len(files) > 1} == {}


def test_a_sentence_that_stands_twice_is_found(tmp_path: Path) -> None:
    said = "There is no readable file of that name."
    for name in ("mmsent/a.py", "mmsent/ui/b.js", "train/c.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        quoted = f'"<p>{said}</p>"' if name.endswith("js") else f'"{said}"'
        (tmp_path / name).write_text(f"x = {quoted}\n")
    assert sentences(tmp_path) == {said: ["mmsent/a.py", "mmsent/ui/b.js", "train/c.py"]}
