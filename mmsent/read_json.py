"""Reads JSON as tables come in it: an object a line, an array of objects, or an object of
columns."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mmsent.read_cells import (
    DUPLICATE_COLUMN,
    EMPTY,
    NO_ROWS,
    TableRow,
    decode,
    failed_row,
    is_broken,
    make_row,
    missing_column,
)

LINE_NOT_OBJECT = "The line is not one JSON object in UTF-8."
ROW_NOT_OBJECT = "The row is not an object with names and values."
BACKSLASH = "The line is not JSON: each backslash must be written twice."
DAMAGED = "Here the file is not JSON, or it is damaged, so nothing of it was read."
UNEQUAL_COLUMNS = "The columns are not of equal length."
LINE_END = re.compile(r"\r\n|\n|\r")
MISSING_NAME = "The {} says nothing of “{}”."


class Object(dict[str, Any]):
    """A JSON object; ``doubled`` are its names that occur more than once."""

    doubled: frozenset[str] = frozenset()


def read_json(content: bytes, needs: Sequence[str], also: Sequence[str] = ()) -> Iterator[TableRow]:
    """Each row: of the columns ``needs`` and ``also`` alone. Numbers stay as they are written."""
    written, guessed = decode(content)
    text = written.strip().removeprefix("\ufeff")
    if not text:
        yield failed_row("line 1", EMPTY)
        return
    try:
        rows = None if _is_lines(text, needs, also) else _rows(_parse(text), needs, also)
    except (ValueError, RecursionError) as error:
        if not text.startswith("["):
            rows = None  # each line is told what is wrong with it
        else:
            yield failed_row(f"line {getattr(error, 'lineno', 1)}", DAMAGED)
            return
    if isinstance(rows, str):
        yield failed_row("row 1", rows)
    elif rows is None:
        for number, line in enumerate(LINE_END.split(written), 1):
            if line.strip():
                yield _read_line(f"line {number}", line, needs, also, guessed)
    else:
        for number, cells in enumerate(rows, 1):
            yield _to_table_row(f"row {number}", cells, needs, also, guessed)
        if not rows:
            yield failed_row("row 1", NO_ROWS)


def _is_lines(text: str, needs: Sequence[str], also: Sequence[str]) -> bool:
    """Whether each line is a row: the first one is an object, and others follow, or it is itself a
    row."""
    first, _, rest = text.partition("\n")
    try:
        cells = _parse(first)
    except (ValueError, RecursionError):
        return False
    return isinstance(cells, Object) and (bool(rest) or _rows(cells, needs, also) == [cells])


def _read_line(
    place: str, line: str, needs: Sequence[str], also: Sequence[str], guessed: str | None
) -> TableRow:
    try:
        cells = _parse(line.strip().removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        return failed_row(place, BACKSLASH if "escape" in error.msg else LINE_NOT_OBJECT)
    except RecursionError:
        return failed_row(place, LINE_NOT_OBJECT)
    if not isinstance(cells, Object):
        return failed_row(place, LINE_NOT_OBJECT)
    return _to_table_row(place, cells, needs, also, guessed)


def _to_table_row(
    place: str, cells: Any, needs: Sequence[str], also: Sequence[str], guessed: str | None
) -> TableRow:
    if not isinstance(cells, Mapping):
        return failed_row(place, ROW_NOT_OBJECT)
    wanted = (*needs, *also)
    if lacking := [name for name in needs if name not in cells]:
        return failed_row(place, MISSING_NAME.format(place.split()[0], lacking[0]))
    if twice := [name for name in wanted if name in getattr(cells, "doubled", ())]:
        return failed_row(place, DUPLICATE_COLUMN.format(twice[0]))
    values = {name: cells[name] for name in wanted if name in cells}
    plain = all(str(value).isascii() for value in values.values())
    return make_row(place, values, wanted, (guessed,) if guessed and not plain else ())


def _rows(table: Any, needs: Sequence[str], also: Sequence[str]) -> Sequence[Any] | str:
    """The rows in one JSON value, or the sentence that says why there are none: a list of objects,
    also as the one list inside an object; columns by name, of lists or of values by row (as pandas
    writes them); objects by row; names and rows apart ("columns" and "data"); one row alone."""
    if isinstance(table, list):
        return table
    if not isinstance(table, Object):
        return ROW_NOT_OBJECT
    names, data = table.get("columns"), table.get("data")
    if isinstance(names, list) and isinstance(data, list):
        return _by_name(names, data)
    if wanted := [name for name in (*needs, *also) if name in table]:
        return _by_column(table, wanted)
    lists = [value for value in table.values() if isinstance(value, list)]
    if len(lists) == 1 and all(isinstance(value, Mapping) for value in lists[0]):
        return lists[0]
    if table and all(isinstance(value, Mapping) for value in table.values()):
        return list(table.values())
    return missing_column((*needs, *also)[0], list(table), "each row must name its columns")


def _by_name(names: list[Any], data: list[Any]) -> Sequence[Any] | str:
    if not all(isinstance(cells, list) and len(cells) == len(names) for cells in data):
        return UNEQUAL_COLUMNS
    return [_make_object(list(zip(map(str, names), cells, strict=True))) for cells in data]


def _by_column(table: Object, wanted: Sequence[str]) -> Sequence[Any] | str:
    if twice := [name for name in wanted if name in table.doubled]:
        return DUPLICATE_COLUMN.format(twice[0])
    columns = {name: table[name] for name in wanted}
    if not any(isinstance(column, list | Mapping) for column in columns.values()):
        return [table]
    if all(isinstance(column, Mapping) for column in columns.values()):
        numbers = list(columns[wanted[0]])
        if any(column.keys() != set(numbers) for column in columns.values()):
            return UNEQUAL_COLUMNS
        return [{name: column[number] for name, column in columns.items()} for number in numbers]
    if (
        not all(isinstance(column, list) for column in columns.values())
        or len(set(map(len, columns.values()))) > 1
    ):
        return UNEQUAL_COLUMNS
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def _parse(text: str) -> Any:
    if is_broken(text):
        raise json.JSONDecodeError("not UTF-8", text, 0)
    return json.loads(
        text,
        parse_int=str,
        parse_float=str,
        parse_constant=_parse_constant,
        object_pairs_hook=_make_object,
    )


def _parse_constant(name: str) -> float | None:
    return None if name == "NaN" else float(name)


def _make_object(pairs: list[tuple[str, Any]]) -> Object:
    record = Object(pairs)
    if len(record) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        record.doubled = frozenset(name for name, count in counts.items() if count > 1)
    return record
