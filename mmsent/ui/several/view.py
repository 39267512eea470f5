"""What is shown of a table: how it went, its first rows, what was left out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from mmsent.read_cells import printable
from mmsent.results import Scores
from mmsent.table import Record
from mmsent.ui.common import render
from mmsent.ui.common.html import NOTHING, joined
from mmsent.ui.several.work import Scored

TEXT_SHOWN: Final = 80  # characters
MOST_ANSWERS: Final = 6  # of a record; the file has all
_TOLD: Final = Markup('<p class="told" role="status">{}</p>')
_CELL: Final = Markup("<td>{}</td>")
_ROW: Final = Markup('<tr><th scope="row">{}</th>{}</tr>')
_TABLE: Final = Markup(
    '<div class="wide" role="group" tabindex="0" aria-label="Table: the first rows"><table>'
    '<thead><tr><th scope="col">Input</th>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    '<p class="hint">{more}</p>'
)
_LEFT_OUT: Final = Markup("<details open><summary>Left out: {}</summary><ul>{}</ul></details>")


def progress_told(scored: Scored) -> str:
    """As "12 of 200, 3 with notes"."""
    return f"{scored.begun} of {scored.total}{_with_notes(scored)}"


def scored_told(scored: Scored) -> str:
    """How a table went, in one or two sentences."""
    count = (
        f"{scored.done} of {_rows(scored.total)} are in the table"
        if scored.done < scored.total
        else f"All {scored.total} rows are in the table"
        if scored.total > 1
        else "The row is in the table"
    )
    failed = f", {scored.failed} that could not be read" if scored.failed else ""
    return f"{scored.end} {count}{_with_notes(scored)}{failed}.".strip()


def scored_html(scored: Scored, left_out: Sequence[str]) -> Markup:
    """The same with the first records as a table, and what was left out."""
    told = _TOLD.format(scored_told(scored))
    items = joined(map(Markup("<li>{}</li>").format, left_out))
    skipped = _LEFT_OUT.format(len(left_out), items) if left_out else NOTHING
    return told + skipped + (_table(scored) if scored.shown else NOTHING)


def _table(scored: Scored) -> Markup:
    with_text = any(record.get("text") for record in scored.shown)
    names = ["Text"] * with_text + ["Answer", "Notes"]
    more = (
        f"These are the first {len(scored.shown)} of {scored.records} rows; the file has all of "
        "them, with every probability."
        if scored.records > len(scored.shown)
        else "The file has every probability."
    )
    return _TABLE.format(
        head=joined(map(Markup('<th scope="col">{}</th>').format, names)),
        rows=joined(_row(record, with_text) for record in scored.shown),
        more=more,
    )


def _row(record: Record, with_text: bool) -> Markup:
    notes = record.get("error") or record.get("notes") or ""
    cells = [
        *([printable(record.get("text") or "", TEXT_SHOWN)] if with_text else []),
        "" if "error" in record else _answers(record),
        notes if isinstance(notes, str) else " ".join(notes),
    ]
    return _ROW.format(record["input"], joined(map(_CELL.format, cells)))


def _answers(record: Record) -> str:
    """As "happy 87 %", with their names where there are several."""
    found = list(_scores(record))
    if not found:
        return "no face"
    parts = [
        f"{render.spoken(name)}: {render.caption(one)}" if len(found) > 1 else render.caption(one)
        for name, one in found[:MOST_ANSWERS]
    ]
    return ", ".join(parts).replace(" %", "\N{NO-BREAK SPACE}%") + (
        f" and {len(found) - MOST_ANSWERS} more" * (len(found) > len(parts))
    )


def _scores(record: Mapping[str, Any]) -> Iterator[tuple[str, Scores]]:
    """The verdicts of a record, which in JSON lines are plain data; of a photo there, those of its
    faces."""
    found = [
        (name, one) for name, value in record.items() if (one := _as_scores(value)) is not None
    ]
    yield from found
    if not found:
        faces: Iterable[Any] = record["faces"] if isinstance(record.get("faces"), list) else ()
        for number, face in enumerate(faces, 1):
            if (one := _as_scores(face.get("emotions"))) is not None:
                yield f"face {number}", one


def _as_scores(value: Any) -> Scores | None:
    if isinstance(value, Scores):
        return value
    if isinstance(value, dict) and {"probs", "unsure"} <= value.keys():
        return Scores(tuple(value["probs"]), tuple(value["probs"].values()), value["unsure"])
    return None


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _with_notes(scored: Scored) -> str:
    return f", {scored.noted} with notes" if scored.noted else ""
