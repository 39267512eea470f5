"""The graph of a net as SVG: one box a module call, with the shapes that go in and come out.

A net is run once on an empty input, and each tensor is followed from call to call, so the arrows
are what really happens. Blocks in a row (a BasicBlock, a layer of BERT) are one box each; sums,
masks and other plain functions are part of the arrows.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any
from xml.sax.saxutils import escape

import torch
from fast_sugiyama import from_edges
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

Inputs = Mapping[str, Tensor]  # argument of forward -> tensor
Point = tuple[float, float]

HEIGHT, GAP_X, GAP_Y, MARGIN, TITLE = 54, 24, 30, 16, 34  # px
LETTER, DIGIT = 6.3, 7.3  # px that a character may be wide in a name, and in bold or in shapes
LONG = 28  # characters from which a name loses its middle
# inside and border of an input, of a module with weights, and of one without
COLOURS = {
    "input": ("#fdeadb", "#d55e00"),
    "weights": ("#e2f0f9", "#0072b2"),
    "plain": ("#f1f3f4", "#8a929c"),
}
INK = "#5b6570"


@dataclass(frozen=True)
class Box:
    """An input of the net, or one call of a module: its class, its name in the net, what goes in
    and comes out."""

    kind: str
    name: str
    shapes: str
    colour: str  # a key of COLOURS


class Trace(TorchFunctionMode):
    """Knows of each tensor which boxes it was made from. ``edges`` are pairs of indices into
    ``boxes``."""

    def __init__(self, inputs: Inputs) -> None:
        super().__init__()
        self.boxes: list[Box] = []
        self.edges: list[tuple[int, int]] = []
        self._before: list[frozenset[int]] = []  # of each box all that come before it
        # the tensor is kept, or its id would be used again
        self._made_from: dict[int, tuple[Tensor, frozenset[int]]] = {}
        for name, tensor in inputs.items():
            self._add(Box("input", name, _shapes(tensor), "input"), frozenset(), tensor)

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        output = function(*args, **(kwargs or {}))
        self._mark(output, self._sources((args, kwargs)))
        return output

    def called(self, name: str, module: nn.Module, args: Any, kwargs: Any, output: Any) -> None:
        """A forward hook, with the name of the module before it."""
        colour = "weights" if list(module.parameters()) else "plain"
        if len(name) >= LONG:
            # its first part and the last two say enough
            name = re.sub(r"\..*\.(?=.*\.)", " … ", name)
        box = Box(
            type(module).__name__, name, f"{_shapes((args, kwargs))} → {_shapes(output)}", colour
        )
        self._add(box, self._sources((args, kwargs)), output)

    def _add(self, box: Box, sources: frozenset[int], output: Any) -> None:
        # a mask made of the input goes to every layer: an arrow for each would only repeat the way
        # through the layers
        ancestors = frozenset().union(*(self._before[source] for source in sources))
        direct = {
            source
            for source in sources
            if source not in ancestors or self.boxes[source].kind != "input"
        }
        self.edges += [(source, len(self.boxes)) for source in sorted(direct)]
        self._mark(output, frozenset({len(self.boxes)}))
        self._before.append(ancestors | sources)
        self.boxes.append(box)

    def _mark(self, values: Any, sources: frozenset[int]) -> None:
        self._made_from.update({id(tensor): (tensor, sources) for tensor in _tensors(values)})

    def _sources(self, values: Any) -> frozenset[int]:
        sources = (
            self._made_from[id(tensor)][1]
            for tensor in _tensors(values)
            if id(tensor) in self._made_from
        )
        return frozenset().union(*sources)


def trace(net: nn.Module, inputs: Inputs) -> Trace:
    """Runs ``net``, in evaluation mode, once."""
    traced = Trace(inputs)
    drawn = _drawn(net.eval())
    hooks = [
        module.register_forward_hook(partial(traced.called, name), with_kwargs=True)
        for name, module in drawn
    ]
    with torch.inference_mode(), traced:
        net(**inputs)
    for hook in hooks:
        hook.remove()
    return traced


def draw(net: nn.Module, inputs: Inputs, title: str) -> str:
    """The graph of ``net`` as an SVG file; ``inputs`` are what its ``forward`` takes, by name."""
    traced = trace(net, inputs)
    return _svg(
        traced.boxes,
        traced.edges,
        f"{title}, {sum(p.numel() for p in net.parameters()) / 1e6:.1f} M weights",
    )


def _drawn(module: nn.Module, prefix: str = "") -> Iterator[tuple[str, nn.Module]]:
    """What gets a box: modules without parts, and whole blocks where a list holds them; not those
    that do nothing."""
    for name, child in module.named_children():
        if list(child.children()) and not isinstance(module, nn.Sequential | nn.ModuleList):
            yield from _drawn(child, f"{prefix}{name}.")
        elif not isinstance(child, nn.Identity):
            yield prefix + name, child


def _tensors(values: Any) -> Iterator[Tensor]:
    if isinstance(values, Tensor):
        yield values
    elif isinstance(values, Mapping):
        yield from _tensors(list(values.values()))
    elif isinstance(values, list | tuple):
        for value in values:
            yield from _tensors(value)


def _shapes(values: Any) -> str:
    return ", ".join("×".join(map(str, tensor.shape)) for tensor in _tensors(values))


def _svg(boxes: Sequence[Box], edges: Sequence[tuple[int, int]], title: str) -> str:
    width = 16 + max(
        max(LETTER * len(box.name), DIGIT * len(box.kind), DIGIT * len(box.shapes)) for box in boxes
    )
    places, ways = layout(edges, width)
    right = max(max(x for x, _ in places.values()) + width / 2, 10 * len(title)) + MARGIN
    bottom = max(y for _, y in places.values()) + HEIGHT / 2 + MARGIN
    size = f"viewBox='0 0 {right:.0f} {bottom:.0f}' width='{right:.0f}'"
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' {size} font-family='DejaVu Sans, Verdana, "
        "sans-serif' role='img'>",
        f"<title>{escape(title)}</title><rect width='100%' height='100%' fill='white'/>",
        "<marker id='tip' viewBox='0 0 8 8' refX='7' refY='4' markerWidth='8' markerHeight='8' "
        "orient='auto'>"
        f"<path d='M0 0 8 4 0 8z' fill='{INK}'/></marker>",
        f"<text x='{MARGIN}' y='24' font-size='15' font-weight='bold'>{escape(title)}</text>",
        *(
            f"<path fill='none' stroke='{INK}' marker-end='url(#tip)' d='{_curve(way)}'/>"
            for way in ways
        ),
        "<g text-anchor='middle' font-size='10.5'>",
        *(_box(boxes[index], point, width) for index, point in sorted(places.items())),
        "</g></svg>",
    ]
    return "\n".join(parts) + "\n"


def layout(
    edges: Sequence[tuple[int, int]], width: float
) -> tuple[dict[int, Point], list[list[Point]]]:
    """The middle of each box, and the points each edge goes through: long ones pass between boxes
    (Sugiyama et al. 1981)."""
    places: dict[int, Point] = {}
    ways, left = [], MARGIN + width / 2
    # boxes get numbers below zero, since the places where an edge passes between boxes get some
    # from zero on
    numbered = [(-1 - start, -1 - end) for start, end in edges]
    drawn: Any = from_edges(
        numbered, minimum_length=1, vertex_spacing=1, dummy_vertices=True, ranking_type="minimize"
    )
    step_x, step_y = width + GAP_X, HEIGHT + GAP_Y
    for positions, _, down, links in drawn:
        # mirrored, since the first boxes come out on the right
        across = max(x for _, (x, _) in positions)
        at = {
            node: (left + (across - x) * step_x, TITLE + HEIGHT / 2 + (down - y) * step_y)
            for node, (x, y) in positions
        }
        left += (across + 1) * step_x
        following = dict(link for link in links if link[0] >= 0)
        for start, end in sorted(links):
            if start < 0:
                way = [start, end]
                while way[-1] >= 0:
                    way.append(following[way[-1]])
                ways.append([at[node] for node in way])
        places |= {-1 - node: point for node, point in at.items() if node < 0}
    return places, ways


def _curve(way: Sequence[Point]) -> str:
    """From the lower edge of a box to the upper edge of another, upright beside the boxes in
    between."""
    half = HEIGHT / 2
    path = f"M{way[0][0]:.0f} {way[0][1] + half:.0f}"
    for (x, y), (x1, y1) in pairwise(way):
        path += f"V{y + half:.0f}C{x:.0f} {(y + y1) / 2:.0f} {x1:.0f} {(y + y1) / 2:.0f} {x1:.0f} {y1 - half:.0f}"
    return path


def _box(box: Box, middle: Point, width: float) -> str:
    x, top = middle[0], middle[1] - HEIGHT / 2
    inside, border = COLOURS[box.colour]
    return (
        f"<rect x='{x - width / 2:.0f}' y='{top:.0f}' width='{width:.0f}' height='{HEIGHT}' rx='6' "
        f"fill='{inside}' "
        f"stroke='{border}'/><text x='{x:.0f}' y='{top + 17:.0f}' font-size='12' "
        f"font-weight='bold'>{escape(box.kind)}</text>"
        f"<text x='{x:.0f}' y='{top + 32:.0f}' fill='{INK}'>{escape(box.name)}</text>"
        f"<text x='{x:.0f}' y='{top + 46:.0f}'>{escape(box.shapes)}</text>"
    )
