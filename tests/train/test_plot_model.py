"""The graph of a model: the right boxes and arrows, and a picture in which nothing hides
anything."""

import re
import sys
import xml.etree.ElementTree as ElementTree
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from train.common.model_graph import Trace, draw, layout, trace
from train.plot_model import build, main

DOCS = Path(__file__).parents[2] / "docs"
SVG = "{http://www.w3.org/2000/svg}"
INPUTS = {"a": torch.zeros(1, 4, dtype=torch.uint8), "b": torch.zeros(1, 3)}


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(16, 16)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.inner(x)


class Toy(nn.Module):
    """Two branches that meet, blocks, a way past them, and a mask made of an input."""

    def __init__(self) -> None:
        super().__init__()
        self.left = nn.Sequential(nn.Linear(4, 8), nn.ReLU(inplace=True), nn.Identity())
        self.right = nn.Linear(3, 8)
        self.blocks = nn.Sequential(Block(), Block())
        self.act = nn.Tanh()
        self.head = nn.Linear(16, 2)
        self.unused = nn.Linear(2, 2)

    def forward(self, a: Tensor, b: Tensor) -> dict[str, list[Tensor]]:
        both = torch.cat([self.left(a.float() / 255), self.right(input=b)], dim=1)
        mask = (a.sum(dim=1, keepdim=True) > -1).float()
        return {"out": [self.act(self.head(self.act(self.blocks(both)) * mask + both))]}


def arrows(traced: Trace) -> list[str]:
    return [f"{traced.boxes[start].name} {traced.boxes[end].name}" for start, end in traced.edges]


def test_boxes_are_module_calls_and_arrows_follow_the_tensors():
    traced = trace(Toy(), INPUTS)
    assert [(box.kind, box.name, box.shapes) for box in traced.boxes] == [
        ("input", "a", "1×4"),
        ("input", "b", "1×3"),
        ("Linear", "left.0", "1×4 → 1×8"),
        ("ReLU", "left.1", "1×8 → 1×8"),
        ("Linear", "right", "1×3 → 1×8"),
        ("Block", "blocks.0", "1×16 → 1×16"),
        ("Block", "blocks.1", "1×16 → 1×16"),
        ("Tanh", "act", "1×16 → 1×16"),
        ("Linear", "head", "1×16 → 1×2"),
        ("Tanh", "act", "1×2 → 1×2"),
    ]
    assert arrows(traced) == [
        "a left.0",
        "left.0 left.1",
        "b right",
        "left.1 blocks.0",
        "right blocks.0",
        "blocks.0 blocks.1",
        "blocks.1 act",
        "left.1 head",  # past the blocks; but the mask, made of a, adds no arrow from a
        "right head",
        "act head",
        "head act",
    ]
    assert [box.colour for box in traced.boxes[1:4]] == ["input", "weights", "plain"]


def test_a_net_is_left_as_it_was():
    net = Toy()
    assert trace(net, INPUTS).edges == trace(net, INPUTS).edges
    assert not any(module._forward_hooks for module in net.modules())


def rectangles(svg: str) -> list[tuple[float, float, float, float]]:
    """(x, y, width, height) of the boxes."""
    found = ElementTree.fromstring(svg).iter(f"{SVG}rect")
    return [
        tuple(float(box.get(name)) for name in ("x", "y", "width", "height"))
        for box in found
        if box.get("x")
    ]


def test_in_the_picture_nothing_hides_anything():
    svg = draw(Toy(), INPUTS, "a < b & c")
    root = ElementTree.fromstring(svg)
    right, bottom = map(float, root.get("viewBox").split()[2:])
    boxes = rectangles(svg)
    assert len(boxes) == 10
    for i, (x, y, width, height) in enumerate(boxes):
        assert x >= 0
        assert y >= 30, "below the title"
        assert x + width <= right
        assert y + height <= bottom
        for x1, y1, *_ in boxes[:i]:
            assert abs(x - x1) >= width or abs(y - y1) >= height
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert texts[0] == "a < b & c, 0.0 M weights"
    assert {"blocks.1", "1×16 → 1×2"} <= set(texts)
    ways = [path.get("d") for path in root.iter(f"{SVG}path") if path.get("marker-end")]
    assert len(ways) == 11
    for way in ways:
        start = tuple(map(float, re.match(r"M(\d+) (\d+)", way).groups()))
        assert any(
            start == pytest.approx((x + width / 2, y + height), abs=1)
            for x, y, width, height in boxes
        )


def test_a_long_arrow_passes_between_the_boxes():
    edges, width = [(0, 1), (1, 2), (2, 3), (0, 3), (0, 4), (4, 3)], 100.0
    places, ways = layout(edges, width)
    assert len(ways) == len(edges)
    long = max(ways, key=len)
    assert (len(long), long[0], long[-1]) == (4, places[0], places[3])
    for x, y in long[1:-1]:
        assert all(
            abs(x - box_x) > width / 2 or abs(y - box_y) > 27 for box_x, box_y in places.values()
        )
    assert all(start[1] < end[1] for way in ways for start, end in pairwise(way)), "down the page"


def test_nets_that_do_not_meet_stand_side_by_side():
    places, _ = layout([(0, 1), (2, 3)], 100.0)
    assert abs(places[0][0] - places[2][0]) >= 100


def test_the_command_draws_checkpoints(
    face_checkpoint, review_checkpoint, meme_checkpoint, video_checkpoint, tmp_path, monkeypatch
):
    folders = {
        "face": face_checkpoint,
        "review": review_checkpoint,
        "meme": meme_checkpoint,
        "video": video_checkpoint,
    }
    for task in ("text", "image"):
        folders[task] = review_checkpoint.parent / task
    for task, folder in folders.items():
        monkeypatch.setenv(f"MMSENT_{task.upper()}", str(folder))
    models = {
        "face": ("backbone.layer4.1", "1×100 → 1×7"),
        "review": (
            "image.net.blocks.6",
            "text.net.encoder.layer.0",
            "head.attention.query",
            "1×40 → 1×3",
        ),
        "meme": (
            "image.net.conv_head",
            "text … embeddings.word_embeddings",
            "head.joined.1",
            "1×96 → 1×17",
        ),
        "video": ("face.encoder.projection.2", "voice.emotion", "1×8 → 1×7"),
        "meme-reference": (
            "head.picture.layers.1",
            "head.caption.layers.0",
            "head.heads.sarcasm",
            "1×128 → 1×4",
        ),
    }
    monkeypatch.setattr(sys, "argv", ["plot_model", *models, "--out", str(tmp_path)])
    main()
    for name, said in models.items():
        svg = (tmp_path / f"model-{name}.svg").read_text()
        assert all(f">{text}<" in svg for text in said), name


@pytest.mark.parametrize("name", ["face", "review", "meme", "video", "meme-reference"])
def test_the_pictures_of_the_documentation_are_up_to_date(name, monkeypatch):
    # the app of other tests has its own
    for task in ("face", "review", "meme", "video", "text", "image"):
        monkeypatch.delenv(f"MMSENT_{task.upper()}", raising=False)
    shown, now = (DOCS / f"model-{name}.svg").read_text(), draw(*build(name), name)
    assert re.findall(">(.*?)</text>", shown) == re.findall(">(.*?)</text>", now), (
        f"run: python -m train.plot_model {name}"
    )


@pytest.mark.parametrize("file", sorted(DOCS.glob("model-*.svg")), ids=lambda file: file.stem)
def test_the_pictures_of_the_documentation_are_small_and_whole(file):
    assert file.stat().st_size < 60_000
    assert len(rectangles(file.read_text())) > 5
