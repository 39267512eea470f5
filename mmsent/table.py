"""Tables of results that a killed run resumes."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

from mmsent.atomic import atomic_write

Record = dict[str, Any]

KINDS = (".csv", ".jsonl", ".parquet")
JSON_PREFIX = b'{"input": '  # of each JSON line
PARQUET_GROUP_ROWS = 10_000  # rows of a Parquet file that are written at once
# spreadsheets run what begins so (OWASP, CSV injection)
FORMULA_PREFIXES = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


class TableError(ValueError):
    """A file of results can't be used; its text is one sentence."""


class Table:
    """Rows of results in a file, added one input at a time; rows of an earlier run are kept, and
    their inputs are not scored again.

    CSV and JSONL grow line by line. Parquet can't, so its rows wait in a file of JSON lines beside
    it until ``finish``.
    """

    def __init__(self, path: Path, columns: Mapping[str, type], counter: str | None = None) -> None:
        """``columns`` are names and types (str, int, float, bool) of a CSV or Parquet file,
        ``input`` first and ``error`` last; JSONL takes any record that has an ``input``.
        ``counter`` is the column that says how many rows its input has, None where each has one.
        Raises TableError where the file can't be written or holds something else.
        """
        kind = path.suffix.lower()
        if kind not in KINDS:
            raise TableError(f"{path} must end with {', '.join(KINDS[:-1])} or {KINDS[-1]}.")
        self.path = path
        self.done: set[str] = set()  # names of the inputs in the file, as the file has them
        self.failed = 0  # how many of them have an error
        self._columns = columns
        self._counter = counter if kind != ".jsonl" else None
        self._csv, self._parquet = kind == ".csv", _import_parquet() if kind == ".parquet" else None
        self._lines = path.with_name(f"{path.name}.rows.jsonl") if self._parquet else path
        try:
            self._lines_from_parquet()
            self._file = self._lines.open("a+b")
            self._resume()
        except OSError as error:
            raise TableError(f"{path} can't be written: {error.strerror}.") from None

    def __contains__(self, name: str) -> bool:
        """Whether the input of that name is in the file, with a result or an error."""
        return (_escape_cell(name) if self._csv else name) in self.done

    def add(self, records: Sequence[Record]) -> None:
        """Writes all rows of one input."""
        self._file.write("".join(map(self._line, records)).encode())
        self._file.flush()
        self._mark_done(records[0])

    def finish(self) -> None:
        """Closes the file; Parquet is written now, by an atomic write."""
        self._file.close()
        if self._parquet:
            self._write_parquet(self._parquet)
            self._lines.unlink()

    def _mark_done(self, record: Record) -> None:
        name = record["input"]
        self.done.add(_escape_cell(name) if self._csv else name)
        self.failed += bool(record.get("error"))

    def _line(self, record: Record) -> str:
        return (
            _csv_line(record.get(name) for name in self._columns)
            if self._csv
            else f"{json_line(record)}\n"
        )

    def _resume(self) -> None:
        """Resumes an earlier run: indexes the finished rows and truncates a partial record, which
        is a line without its end, or the first rows of an input that has more."""
        self._file.seek(0)
        end = start = rows = 0  # bytes that stay, where the last input begins in them, and its rows
        last: Record = {}
        if self._csv:
            end = self._check_header()
        for line in self._file:
            is_complete = line.endswith(b"\n")
            if not is_complete and (self._csv or self._is_truncated(line)):
                break
            row = self._read(line)
            if not is_complete:  # but a whole row, of which nothing is cut off, whoever wrote it
                self._file.write(b"\n")
                line += b"\n"
            if row["input"] != last.get("input"):
                start, rows = end, 0
                self._mark_done(row)
            end, rows, last = end + len(line), rows + 1, row
        if self._counter and last and rows < int(last[self._counter] or 1):
            self.done.discard(last["input"])
            end = start
        self._file.truncate(end)

    def _is_truncated(self, line: bytes) -> bool:
        """Whether this last JSON line is what a kill left of one of ours. Raises TableError where
        it is something else."""
        try:
            json.loads(line)
        except ValueError:
            if line[: len(JSON_PREFIX)] != JSON_PREFIX[: len(line)]:
                raise _foreign_file_error(self._lines) from None
            return True
        return False

    def _check_header(self) -> int:
        """Writes the first line of a CSV file where it is missing or a part of it is; returns its
        length in bytes."""
        header, line = _csv_line(self._columns).encode(), self._file.readline()
        if line.endswith(b"\n"):
            self._read(line, list(self._columns))
            return len(line)
        if not header.startswith(line):
            raise _foreign_file_error(self._lines)
        self._file.truncate(0)
        self._file.write(header)
        self._file.flush()
        return len(header)

    def _read(self, line: bytes, header: list[str] | None = None) -> Record:
        """A line as it was written; ``header`` is what it must be, if given."""
        try:
            if self._csv:
                fields = next(csv.reader([line.decode()], strict=True))
                row = dict(zip(self._columns, fields, strict=True))
            else:
                row = json.loads(line)
        except (ValueError, csv.Error):
            raise _foreign_file_error(self._lines) from None
        if (header and fields != header) or not isinstance(row, dict) or "input" not in row:
            raise _foreign_file_error(self._lines)
        if self._parquet and not row.keys() <= self._columns.keys():
            raise _foreign_file_error(self._lines)
        return row

    def _lines_from_parquet(self) -> None:
        """Writes the rows of a finished Parquet file as JSON lines, to resume from."""
        if not self._parquet or not self.path.exists():
            return
        self._check_parquet(self._parquet)
        if self._lines.exists():
            return
        with (
            self._parquet.ParquetFile(self.path) as table,
            atomic_write(self._lines) as new,
            new.open("w", encoding="utf-8") as lines,
        ):
            for batch in table.iter_batches():
                lines.writelines(map(self._line, batch.to_pylist()))

    def _check_parquet(self, parquet: ModuleType) -> None:
        """Raises TableError where the file that is about to be replaced is not such a table."""
        try:
            ours = parquet.read_schema(self.path).names == list(self._columns)
        except ValueError:  # that of pyarrow, too
            ours = False
        if not ours:
            raise _foreign_file_error(self.path)

    def _write_parquet(self, parquet: ModuleType) -> None:
        import pyarrow

        types = {
            str: pyarrow.string(),
            int: pyarrow.int64(),
            float: pyarrow.float64(),
            bool: pyarrow.bool_(),
        }
        schema = pyarrow.schema([(name, types[kind]) for name, kind in self._columns.items()])
        if self.path.exists():  # it may have come while this ran
            self._check_parquet(parquet)
        with (
            atomic_write(self.path) as new,
            self._lines.open(encoding="utf-8") as lines,
            parquet.ParquetWriter(new, schema) as writer,
        ):
            while rows := [json.loads(line) for line in islice(lines, PARQUET_GROUP_ROWS)]:
                writer.write_table(pyarrow.Table.from_pylist(rows, schema=schema))


def _foreign_file_error(path: Path) -> TableError:
    return TableError(f"{path} exists and holds something else; please name another file.")


def _import_parquet() -> ModuleType:
    try:
        import pyarrow.parquet
    except ImportError:
        raise TableError(
            "Parquet needs pyarrow: “pip install pyarrow”, or name a file that ends with .csv or "
            ".jsonl."
        ) from None
    return pyarrow.parquet


def json_line(record: Record) -> str:
    """The record as JSON in ASCII, so that no encoding of a terminal or a file can damage it."""
    return json.dumps(record)


def _csv_line(cells: Iterable[Any]) -> str:
    """A CSV line whose texts are always quoted, so that a spreadsheet with another separator does
    not split them."""
    line = io.StringIO()
    safe = [_escape_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    csv.writer(line, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n").writerow(safe)
    return line.getvalue()


def _escape_cell(text: str) -> str:
    """``text`` on one line, so that each row is one, and never a formula: an apostrophe stands
    before what might be."""
    line = " ".join(text.splitlines())
    return f"'{line}" if is_formula(text) else line


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet might run the cell as a formula. Callers that write numbers as text
    must exclude negative ones themselves."""
    return cell.lstrip().startswith(FORMULA_PREFIXES) or cell.startswith(("\t", "\r", "\n"))
