"""Lines of text in reading order: block by block, from top to bottom in each.

A block is what stands close together, line under line: a caption, a column, a speech bubble. Blocks
side by side are read from left to right, others from top to bottom.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mmsent.results import Line

# all in heights of the lower of two lines, the room that the detector leaves around letters included
MIN_ROW_OVERLAP = (
    0.5  # two lines, or blocks, that have this much of their height in common are in a row
)
MAX_WORD_GAP = 0.8  # pieces of a row that are closer are one line
MAX_LINE_GAP = 0.6  # lines that are closer belong to one block ...
MAX_PARAGRAPH_GAP = 0.95  # ... or, if they begin at the same edge ...
EDGE_TOLERANCE = 0.5  # ... to within this, as paragraphs of a column do, these
MAX_LINE_OVERLAP = 0.5  # lines of one block may overlap by this, as slanted ones do
MAX_SIZE_RATIO = 1.8  # lines of which one is more times higher are of different blocks

Boxes = NDArray[np.float64]  # (N, 4): x0, y0, x1, y1 in a frame in which letters are upright
Members = list[int]  # numbers of lines


def reading_order(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Block by block, rows of a block from top to bottom, the lines of a row from left to right."""
    return tuple(lines[i] for row in _rows(_upright_boxes(lines)) for i in row)


def caption(lines: Sequence[Line]) -> str:
    """All lines as one text in reading order: a line break between rows, a space between lines of
    one row."""
    return "\n".join(" ".join(lines[i].text for i in row) for row in _rows(_upright_boxes(lines)))


def _upright_boxes(lines: Sequence[Line]) -> Boxes:
    """The boxes of lines once the picture is turned so that most letters are upright."""
    quads = np.array([line.corners or _corners_of(line.box) for line in lines], float)
    if not len(lines):
        return np.zeros((0, 4))
    along = quads[:, 1] - quads[:, 0]
    lengths, angles = np.linalg.norm(along, axis=1), np.arctan2(along[:, 1], along[:, 0])
    quarters = np.round(angles / (np.pi / 2)).astype(int) % 4
    main = int(np.argmax(np.bincount(quarters, lengths, 4)))
    slant = (angles[quarters == main] - main * np.pi / 2 + np.pi) % (2 * np.pi) - np.pi
    angle = -(main * np.pi / 2 + np.median(slant))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = quads @ turn.T
    return np.concatenate([turned.min(axis=1), turned.max(axis=1)], axis=1)


def _corners_of(box: tuple[int, int, int, int]) -> tuple[tuple[int, int], ...]:
    x0, y0, x1, y1 = box
    return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))


def _rows(boxes: Boxes) -> list[Members]:
    rows: list[Members] = []
    for block in _order_blocks(_blocks(_join_pieces(boxes), boxes), boxes):
        for row in block:
            if rows and _in_one_row(boxes[rows[-1][-1]], boxes[row[0]]):
                rows[-1].extend(row)
            else:
                rows.append(row)
    return rows


def _join_pieces(boxes: Boxes) -> list[Members]:
    """Lines, each of one piece or more from left to right, from top to bottom."""
    lines: list[Members] = []
    for i in np.argsort(boxes[:, 0], kind="stable"):
        for line in lines:
            last = boxes[line[-1]]
            gap = boxes[i, 0] - last[2]
            if _in_one_row(last, boxes[i]) and gap < MAX_WORD_GAP * min(
                _height(last), _height(boxes[i])
            ):
                line.append(int(i))
                break
        else:
            lines.append([int(i)])
    return sorted(lines, key=lambda line: boxes[line, 1].mean() + boxes[line, 3].mean())


def _blocks(lines: list[Members], boxes: Boxes) -> list[list[Members]]:
    """Lines of one block are linked each to the only one below: a headline above two columns has
    two, and is none of theirs."""
    frames = [_frame(boxes[line]) for line in lines]
    below = [_next_row(upper, frames) for upper in frames]
    above = [0] * len(lines)
    for followers in below:
        for j in followers:
            above[j] += 1
    blocks: list[list[Members]] = []
    block_of: dict[int, list[Members]] = {}
    for i, line in enumerate(lines):  # from top to bottom, so each is there before its followers
        block = block_of.get(i)
        if block is None:
            blocks.append(block := [])
        block.append(line)
        if len(below[i]) == 1 and above[below[i][0]] == 1:
            block_of[below[i][0]] = block
    return blocks


def _next_row(upper: NDArray[np.float64], frames: Sequence[NDArray[np.float64]]) -> Members:
    """The lines next below one, that are close enough to belong to its block; ``frames`` from top
    to bottom."""
    close = [j for j, lower in enumerate(frames) if _follows(upper, lower)]
    return [j for j in close if _in_one_row(frames[close[0]], frames[j])]


def _follows(upper: NDArray[np.float64], lower: NDArray[np.float64]) -> bool:
    heights = _height(upper), _height(lower)
    low, high = min(heights), max(heights)
    gap = lower[1] - upper[3]
    nearest = MAX_PARAGRAPH_GAP if abs(lower[0] - upper[0]) < EDGE_TOLERANCE * low else MAX_LINE_GAP
    return bool(
        min(upper[2], lower[2]) > max(upper[0], lower[0])
        and -MAX_LINE_OVERLAP * low < gap < nearest * low
        and high < MAX_SIZE_RATIO * low
    )


def _order_blocks(blocks: list[list[Members]], boxes: Boxes) -> list[list[Members]]:
    """One after the other the block that no other comes before; where each has one before it, the
    highest."""
    left = [(block, _frame(boxes[[i for line in block for i in line]])) for block in blocks]
    ordered: list[list[Members]] = []
    while left:
        first = next(
            (one for one in left if not any(_precedes(other[1], one[1]) for other in left)),
            min(left, key=lambda one: one[1][1]),
        )
        left = [one for one in left if one is not first]
        ordered.append(first[0])
    return ordered


def _precedes(a: NDArray[np.float64], b: NDArray[np.float64]) -> bool:
    side = 0 if _in_one_row(a, b) else 1
    return bool(a[side] + a[side + 2] < b[side] + b[side + 2])


def _in_one_row(a: NDArray[np.float64], b: NDArray[np.float64]) -> bool:
    return bool(min(a[3], b[3]) - max(a[1], b[1]) >= MIN_ROW_OVERLAP * min(_height(a), _height(b)))


def _frame(boxes: Boxes) -> NDArray[np.float64]:
    return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])


def _height(box: NDArray[np.float64]) -> float:
    return float(box[3] - box[1])
