"""The layers of docs/architecture.md, held against the imports in the source, which nothing here
executes."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

import mmsent

ROOT = Path(mmsent.__file__).parent.parent
DRAWING = (ROOT / "docs/architecture.md").read_text(encoding="utf-8").partition("\n## ")[0]
COMMAND_LINE = (
    "mmsent.command",
    "mmsent.inputs",
    "mmsent.batch",
    "mmsent.rows",
    "mmsent.ray_scoring",
)
PAGE = "mmsent.ui"
# What stands below the drawing, beside the layers: its directions
BESIDE = {
    "mmsent.hub": ("mmsent.pipelines", PAGE, *COMMAND_LINE),
    "mmsent.results": ("mmsent.models", "mmsent.pipelines", PAGE, *COMMAND_LINE),
    "mmsent.models": ("mmsent.media", "mmsent.faces"),  # no files, no pictures
    "mmsent.pipelines": COMMAND_LINE,
    "mmsent.command": ("mmsent.pipelines", PAGE),
    # a table in a tab is the command line's, cell by cell: what reads and scores rows is shared
    PAGE: ("mmsent.command", "mmsent.ray_scoring"),
    "mmsent": ("train", "bench", "tests", "app"),
    "train": (PAGE,),
}


def drawn_layers() -> list[list[str]]:
    """The modules of each layer, from the top of the drawing in docs/architecture.md down."""
    layers = []
    for part in DRAWING.partition("\n\n    mmsent/__main__.py")[0].split("▼")[1:]:
        columns = [line.split("   ")[1] for line in part.splitlines() if line.startswith("    mms")]
        paths = re.findall(r"[\w/]+\.py|mmsent/\w+/", "\n".join(columns))
        layers.append(
            ["mmsent." + re.sub(r"^mmsent/|\.py$|/$", "", path).replace("/", ".") for path in paths]
        )
    return layers


def forbidden() -> list[tuple[str, tuple[str, ...]]]:
    """Each package or module, and what it may not import: all that is drawn below it."""
    layers = drawn_layers()
    below = [
        (module, tuple(other for lower in layers[i + 1 :] for other in lower))
        for i, layer in enumerate(layers)
        for module in layer
    ]
    return [*below, *BESIDE.items()]


def inside(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def modules(*packages: str) -> dict[str, Path]:
    """Name -> file of each module of the packages."""
    files = [path for package in packages for path in (ROOT / package).rglob("*.py")]
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in files
    }


def statements(
    node: ast.AST, taken: Callable[[ast.AST], bool] = lambda statement: True
) -> Iterator[ast.AST]:
    """All statements inside ``node`` that are ``taken``, and those inside them. Expressions, most of
    a tree, are not looked at: they import nothing."""
    for block in ("body", "orelse", "finalbody", "handlers", "cases"):
        for statement in getattr(node, block, ()):
            if taken(statement):
                yield statement
                yield from statements(statement, taken)


def imports(found: Iterable[ast.AST]) -> Iterator[str]:
    """The modules that statements name in their imports."""
    for node in found:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield name if name in KNOWN else node.module


@cache
def parsed(source: str) -> ast.Module:
    """A source is parsed once for all tests here, which leave its tree as it is."""
    return ast.parse(source)


@cache
def imported(source: str) -> tuple[str, ...]:
    """What a source imports, for type checkers and inside functions too."""
    return tuple(imports(statements(parsed(source))))


def runs_at_start(statement: ast.AST) -> bool:
    """Neither a function nor what is for type checkers."""
    if isinstance(statement, ast.If):
        return ast.unparse(statement.test) != "TYPE_CHECKING"
    return not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef)


KNOWN = modules("mmsent", "train", "bench", "tests")
SOURCES = {name: path.read_text(encoding="utf-8") for name, path in KNOWN.items()}
RULES = forbidden()


def arrows_upwards(sources: dict[str, str]) -> list[str]:
    return sorted(
        f"{name} imports {target}"
        for name, source in sources.items()
        for layer, below in RULES
        if inside(name, layer)
        for target in imported(source)
        if any(inside(target, package) for package in below)
    )


def circle(sources: dict[str, str]) -> list[str]:
    """The modules of one circle of imports at start, in its order; none: []."""
    graph = {
        name: sorted(
            set(imports(statements(parsed(source), runs_at_start))) & set(sources) - {name}
        )
        for name, source in sources.items()
    }
    done: set[str] = set()

    def walk(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        for target in graph[name]:
            if found := walk(target, [*path, name]):
                return found
        done.add(name)
        return []

    return next((found for name in graph if (found := walk(name, []))), [])


def test_no_layer_imports_from_one_below_it() -> None:
    assert arrows_upwards(SOURCES) == []


def test_no_circle_of_imports() -> None:
    assert circle(SOURCES) == []


def test_every_layer_of_the_rule_exists() -> None:
    assert len(drawn_layers()) == 5
    for layer in [name for name, _ in RULES] + list(COMMAND_LINE):
        assert layer in KNOWN, layer


def test_every_module_that_is_imported_exists() -> None:
    own = ("mmsent", "train", "bench", "tests")
    missing = {
        f"{name} imports {node.module}"
        for name, source in SOURCES.items()
        for node in statements(parsed(source))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in own
        if node.module not in KNOWN and not (ROOT / node.module.replace(".", "/")).is_dir()
    }
    assert missing == set()


def test_only_the_page_imports_gradio() -> None:
    found = {
        name
        for name, source in SOURCES.items()
        if inside(name, "mmsent") or inside(name, "train")
        if any(inside(target, "gradio") for target in imported(source))
    }
    assert {name for name in found if not inside(name, PAGE)} == set()


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("mmsent.media", "from mmsent.pipelines.face import FacePipeline"),
        ("mmsent.pipelines.live", "import mmsent.ui.page"),
        ("mmsent.models.face", "from mmsent import media"),
        ("train.face.data", "from mmsent.ui import tabs"),
    ],
)
def test_an_arrow_upwards_is_seen(name: str, line: str) -> None:
    assert len(arrows_upwards({name: line})) == 1


def test_a_circle_is_seen() -> None:
    batch, inputs = "mmsent.batch", "mmsent.inputs"
    both = {batch: "from mmsent import inputs", inputs: "from mmsent.batch import columns"}
    assert circle(both) == [batch, inputs, batch]
    both[inputs] = "def late():\n    from mmsent.batch import columns"
    assert circle(both) == []
