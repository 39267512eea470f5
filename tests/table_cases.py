"""Tables as people bring them, made in code, with what must be read of each or told of it."""

import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow
import pyarrow.parquet

PHOTO = "photos/bag.png"  # is there, below the table's folder
LONG = "good " * 30_000


class Want(NamedTuple):
    """What a row must be: its place, its text and picture, or words of the sentence on it, and of
    its notes."""

    place: str
    text: str | None = None
    path: str | None = None
    told: str = ""
    noted: str = ""


class Case(NamedTuple):
    name: str
    file: str
    content: bytes
    rows: list[Want]


def _utf8(text: str) -> bytes:
    return text.encode()


def _parquet(table: pd.DataFrame | pyarrow.Table) -> bytes:
    buffer = io.BytesIO()
    if isinstance(table, pd.DataFrame):
        table.to_parquet(buffer)
    else:
        pyarrow.parquet.write_table(table, buffer)
    return buffer.getvalue()


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _good(place: str, text: str = "I love it", path: str | None = None, noted: str = "") -> Want:
    return Want(place, text, path, noted=noted)


L2, L3, L4, L5, R1, R2, R3 = "line 2", "line 3", "line 4", "line 5", "row 1", "row 2", "row 3"
FRAME = {"text": ["I love it", "It broke"], "image_path": [None, PHOTO]}
BOTH = [_good(R1), _good(R2, "It broke", PHOTO)]
LINES = [_good(L2), _good(L3, "It broke", PHOTO)]
COMMA = f"text,image_path\nI love it,\nIt broke,{PHOTO}\n"


def _cases() -> list[Case]:
    def case(name: str, file: str, content: bytes | str, *rows: Want) -> Case:
        return Case(
            name, file, content if isinstance(content, bytes) else _utf8(content), list(rows)
        )

    semicolons = COMMA.replace(",", ";")
    tabs = COMMA.replace(",", "\t")
    lines = "".join(
        json.dumps(dict(zip(FRAME, cells, strict=True))) + "\n"
        for cells in zip(*FRAME.values(), strict=True)
    )
    return [
        # equal columns
        case(
            "equal columns",
            "a.csv",
            "text,text\nI love it,It broke\n",
            Want("line 1", told="“text” occurs more than once"),
        ),
        case(
            "equal but for spaces",
            "a.csv",
            "text, text \na,b\n",
            Want("line 1", told="“text” occurs more than once"),
        ),
        case(
            "equal pictures",
            "a.csv",
            "text,image_path,image_path\na,,x.png\n",
            Want("line 1", told="“image_path” occurs"),
        ),
        case("equal columns of no interest", "a.csv", "id,id,text\n1,2,I love it\n", _good(L2)),
        case(
            "equal in TSV",
            "a.tsv",
            "text\ttext\na\tb\n",
            Want("line 1", told="“text” occurs more than once"),
        ),
        case(
            "equal in JSON lines",
            "a.jsonl",
            '{"text": "a", "text": "b"}\n{"text": "I love it"}\n',
            Want("line 1", told="“text” occurs more than once"),
            _good(L2),
        ),
        case(
            "equal in a JSON array",
            "a.json",
            '[{"text": "a", "text": "b"}, {"text": "I love it"}]',
            Want(R1, told="“text” occurs more than once"),
            _good(R2),
        ),
        case(
            "equal JSON columns",
            "a.json",
            '{"text": ["a"], "text": ["b"]}',
            Want(R1, told="“text” occurs more than once"),
        ),
        case(
            "equal in Parquet",
            "a.parquet",
            _parquet(pyarrow.Table.from_arrays([["a"], ["b"]], names=["text", "text"])),
            Want(R1, told="“text” occurs more"),
        ),
        # missing values
        case(
            "NaN in JSON lines",
            "a.jsonl",
            '{"text": "I love it", "image_path": NaN}\n{"text": NaN, "image_path": null}\n',
            _good("line 1"),
            Want(L2),
        ),
        case(
            "NaN in a JSON array",
            "a.json",
            '[{"text": NaN}, {"text": "I love it", "image_path": NaN}]',
            Want(R1),
            _good(R2),
        ),
        case(
            "NaN in Parquet",
            "a.parquet",
            _parquet(pd.DataFrame({"text": ["I love it"], "image_path": [float("nan")]})),
            _good(R1),
        ),
        case(
            "the word nan in CSV",
            "a.csv",
            "text,image_path\nnan,\nI love it,nan\n",
            Want(L2, told="“nan” in the column “text” marks a missing value"),
            _good(L3, noted="“nan” in the column “image_path”"),
        ),
        case(
            "astype(str)",
            "a.parquet",
            _parquet(pd.DataFrame({"text": ["nan", "<NA>"]})),
            Want(R1, told="marks a missing value"),
            Want(R2, told="marks a missing value"),
        ),
        case(
            "the word None",
            "a.csv",
            "text\nNone\n",
            _good(L2, "None", noted="“None” in the column “text” was read as a word"),
        ),
        case("nan in another column", "a.csv", "id,text\nnan,I love it\n", _good(L2)),
        case("empty cells", "a.csv", 'text,image_path\n"",\n  ,\n', Want(L2), Want(L3)),
        # no rows
        case("names alone", "a.csv", "text,image_path\n", Want("line 1", told="no rows")),
        case("names alone in TSV", "a.tsv", "text\timage_path", Want("line 1", told="no rows")),
        case("an empty array", "a.json", "[]", Want(R1, told="no rows")),
        case("empty columns", "a.json", '{"text": []}', Want(R1, told="no rows")),
        case(
            "Parquet without rows",
            "a.parquet",
            _parquet(pd.DataFrame({"text": pd.Series([], dtype=str)})),
            Want(R1, told="no rows"),
        ),
        case("an empty file", "a.json", "", Want("line 1", told="empty")),
        case("white space alone", "a.csv", "\n \n", Want("line 1", told="empty")),
        # open quotes
        case(
            "open quote, two columns",
            "a.csv",
            'text,image_path\nI love it,\n"Awful,\nIt broke,\nSo happy,\n',
            _good(L2),
            Want(L3, told="A quotation mark opens"),
            _good(L4, "It broke"),
            _good(L5, "So happy"),
        ),
        case(
            "open quote, one column",
            "a.csv",
            'text\n"Awful\nIt broke\n',
            Want(L2, told="A quotation mark opens"),
            _good(L3, "It broke"),
        ),
        case(
            "open quote, last row",
            "a.csv",
            'text\nI love it\n"Awful\n',
            _good(L2),
            Want(L3, told="A quotation mark opens"),
        ),
        case(
            "open quote, closed by the next one",
            "a.csv",
            'text,image_path\n"Awful,\nIt broke,\n"So, happy",\n',
            Want(L2, told="A quotation mark opens"),
            _good(L3, "It broke"),
            _good(L4, "So, happy"),
        ),
        case(
            "open quote in the header",
            "a.csv",
            '"text,image_path\nI love it,\n',
            Want("line 1", told="quotation mark"),
        ),
        case(
            "open quote in TSV",
            "a.tsv",
            'text\timage_path\n"Awful\t\nIt broke\t\n',
            Want(L2, told="A quotation mark opens"),
            _good(L3, "It broke"),
        ),
        case(
            "rows that one text swallows",
            "a.csv",
            'text,image_path\n"Awful,\nIt broke",\nI love it,\n',
            _good(L2, "Awful,\nIt broke", noted="Lines 2 to 3 were read as one row"),
            _good(L4),
        ),
        case(
            "two open quotes",
            "a.csv",
            'text,image_path\n"Awful,\n"It broke,\nI love it,\n',
            Want(L2, told="A quotation mark opens"),
            Want(L3, told="A quotation mark opens"),
            _good(L4),
        ),
        case(
            "a column too many below an open quote",
            "a.csv",
            'text,image_path\nx,"Good\nbag",y\nI love it,\n',
            Want(L2, told="3 columns instead of 2"),
            Want(L3, told="quotation mark"),
            _good(L4),
        ),
        case(
            "a text of several lines",
            "a.csv",
            'text,image_path\n"So\n\n""good""",\nIt broke,\n',
            _good(L2, 'So\n\n"good"'),
            _good(L5, "It broke"),
        ),
        case(
            "a quote inside",
            "a.csv",
            'text\n5" wide\n"5" wide\nI love it\n',
            _good(L2, '5" wide'),
            Want(L3, told="quotation mark"),
            _good(L4),
        ),
        case(
            "a comma too many",
            "a.csv",
            "text,image_path\nGood, really,\nI love it,\n",
            Want(L2, told="3 columns instead of 2"),
            _good(L3),
        ),
        # encodings
        case("UTF-16 of a spreadsheet", "a.csv", COMMA.encode("utf-16"), *LINES),
        case(
            "UTF-16, big end first, no mark",
            "a.csv",
            COMMA.replace("love", "lové").encode("utf-16-be"),
            _good(L2, "I lové it"),
            LINES[1],
        ),
        case(
            "UTF-16 that is cut",
            "a.csv",
            COMMA.encode("utf-16")[:-3],
            _good(L2),
            Want(L3, told="not UTF-8"),
        ),
        case("UTF-32", "a.csv", COMMA.encode("utf-32"), *LINES),
        case(
            "a quotation mark behind a backslash",
            "a.csv",
            'text\n"He \\"said\\" so"\nI love it\n',
            Want(L2, told="write it twice"),
            _good(L3),
        ),
        case(
            "open quote in the last cell",
            "a.csv",
            'text,image_path\nAwful,"\nIt broke,\n',
            Want(L2, told="A quotation mark opens"),
            _good(L3, "It broke"),
        ),
        case(
            "a folder as a picture",
            "a.csv",
            "text,image_path\na,photos\n",
            Want(L2, told="“photos”"),
        ),
        case(
            "rows without names",
            "a.json",
            '[["I love it"], ["It broke"]]',
            Want(R1, told="not an object"),
            Want(R2, told="not an object"),
        ),
        case("an empty object", "a.json", "{}", Want(R1, told="no column “text”")),
        case(
            "times in Parquet",
            "a.parquet",
            _parquet(pd.DataFrame({"text": pd.to_datetime(["2024-01-05 10:30", None])})),
            _good(R1, "2024-01-05 10:30:00"),
            Want(R2),
        ),
        case(
            "categories in Parquet",
            "a.parquet",
            _parquet(pd.DataFrame(FRAME | {"text": pd.Categorical(FRAME["text"])})),
            *BOTH,
        ),
        case(
            "UTF-16 in JSON lines",
            "a.jsonl",
            lines.encode("utf-16"),
            _good("line 1"),
            _good(L2, "It broke", PHOTO),
        ),
        case("UTF-16 in TSV", "a.tsv", tabs.encode("utf-16"), *LINES),
        case("UTF-8 with its mark", "a.csv", COMMA.encode("utf-8-sig"), *LINES),
        case("two marks", "a.csv", "\ufefftext\nI love it\n".encode("utf-8-sig"), _good(L2)),
        case(
            "Windows-1252",
            "a.csv",
            "text,image_path\nSchön – “gut”,\nI love it,\n".encode("cp1252"),
            _good(L2, "Schön – “gut”", noted="not UTF-8"),
            _good(L3),
        ),
        case(
            "Windows-1252 in JSON lines",
            "a.jsonl",
            '{"text": "Schön"}\n'.encode("cp1252"),
            _good("line 1", "Schön", noted="not UTF-8"),
        ),
        case(
            "one row is not UTF-8",
            "a.csv",
            "text\nSchön\n".encode() + b"Sch\xf6n\nI love it\n",
            _good(L2, "Schön"),
            Want(L3, told="not UTF-8"),
            _good(L4),
        ),
        case(
            "another script",
            "a.csv",
            "text\nОчень хорошо\n".encode("cp1251"),
            Want(L2, told="not UTF-8"),
        ),
        # kinds and separators
        case("TSV", "a.tsv", tabs, *LINES),
        case("TSV named CSV", "a.csv", tabs, *LINES),
        case("CSV named TSV", "a.tsv", COMMA, *LINES),
        case("semicolons", "a.csv", semicolons, *LINES),
        case(
            "semicolons, commas in the text",
            "a.csv",
            "text;image_path\nGood, cheap, fast;\n",
            _good(L2, "Good, cheap, fast"),
        ),
        case(
            "told to a spreadsheet",
            "a.csv",
            "sep=;\r\ntext;image_path\r\nI love it;\r\n",
            _good(L3),
        ),
        case(
            "spaces after commas",
            "a.csv",
            'id, text, image_path\n1, "Good, cheap", photos/bag.png\n',
            _good(L2, "Good, cheap", PHOTO),
        ),
        case("old line ends", "a.csv", "text\rI love it\r", _good(L2)),
        case(
            "JSON array",
            "a.json",
            _json([{"text": "I love it"}, {"text": "It broke", "image_path": PHOTO}]),
            *BOTH,
        ),
        case(
            "JSON array named JSON lines",
            "a.jsonl",
            json.dumps([{"text": "I love it"}], indent=1),
            _good(R1),
        ),
        case(
            "JSON lines named JSON", "a.json", lines, _good("line 1"), _good(L2, "It broke", PHOTO)
        ),
        case("JSON columns", "a.json", _json(FRAME), *BOTH),
        *(
            case(f"to_json {orient}", "a.json", pd.DataFrame(FRAME).to_json(orient=orient), *BOTH)
            for orient in ("columns", "index", "records", "split", "table")
        ),
        case("one JSON object", "a.json", _json({"text": "I love it"}), _good("line 1")),
        case(
            "JSON in a JSON object",
            "a.json",
            _json({"n": 1, "reviews": [{"text": "I love it"}]}),
            _good(R1),
        ),
        case(
            "columns of unequal length",
            "a.json",
            _json({"text": ["a"], "image_path": []}),
            Want(R1, told="equal length"),
        ),
        case(
            "half a JSON array", "a.json", '[{"text": "a"},\n{"text": ', Want(L2, told="not JSON")
        ),
        case(
            "a spreadsheet's own file",
            "a.xlsx",
            b"PK\x03\x04",
            Want("", told="save the table as CSV"),
        ),
        # cells
        case(
            "a long cell", "a.csv", f"text\n{LONG}\nI love it\n", _good(L2, LONG.strip()), _good(L3)
        ),
        case(
            "a long quoted cell",
            "a.csv",
            f'text\n"{LONG}"\nI love it\n',
            _good(L2, LONG.strip()),
            _good(L3),
        ),
        case("a long cell of no interest", "a.csv", f"page,text\n{LONG},I love it\n", _good(L2)),
        case(
            "numbers stay",
            "a.jsonl",
            '{"text": 1e3}\n{"text": 1.50}\n{"text": "007"}\n{"text": 12345678901234567890}\n',
            *(
                _good(f"line {n}", t)
                for n, t in enumerate(("1e3", "1.50", "007", "12345678901234567890"), 1)
            ),
        ),
        case(
            "zeros stay",
            "a.csv",
            "text\n007\n1.50\n2024-01-05\n",
            _good(L2, "007"),
            _good(L3, "1.50"),
            _good(L4, "2024-01-05"),
        ),
        case(
            "dates in Parquet",
            "a.parquet",
            _parquet(pd.DataFrame({"text": [date(2024, 1, 5)]})),
            _good(R1, "2024-01-05"),
        ),
        case("true", "a.json", '[{"text": true}]', _good(R1, "true")),
        case(
            "no text",
            "a.json",
            '[{"text": ["a"]}, {"text": Infinity}, 5]',
            Want(R1, told="not text"),
            Want(R2, told="not text"),
            Want(R3, told="object"),
        ),
        # pictures
        case(
            "a missing picture",
            "a.csv",
            "text,image_path\na,gone.png\n",
            Want(L2, told="“gone.png”"),
        ),
        case(
            "a missing picture in JSON",
            "a.json",
            '[{"text": "a", "image_path": "gone.png"}]',
            Want(R1, told="“gone.png”"),
        ),
        case(
            "a missing picture in Parquet",
            "a.parquet",
            _parquet(pd.DataFrame({"text": ["a"], "image_path": ["gone.png"]})),
            Want(R1, told="“gone.png”"),
        ),
        case(
            "a path of Windows",
            "a.csv",
            "text,image_path\nI love it,photos\\bag.png\n",
            _good(L2, path=PHOTO),
        ),
        case(
            "a path of Windows in JSON",
            "a.jsonl",
            _json({"text": "I love it", "image_path": "photos\\bag.png"}),
            _good("line 1", path=PHOTO),
        ),
        case(
            "a drive of Windows",
            "a.csv",
            "text,image_path\na,C:\\new\\bag.png\n",
            Want(L2, told="“C:\\new\\bag.png”"),
        ),
        case(
            "a single backslash in JSON",
            "a.jsonl",
            '{"text": "a", "image_path": "photos\\bag.png"}\n{"text": "I love it"}\n',
            Want("line 1", told="backslash"),
            _good(L2),
        ),
        case(
            "a backslash that is no escape",
            "a.jsonl",
            '{"text": "I love it"}\n{"text": "a", "image_path": "C:\\pictures"}\n',
            _good("line 1"),
            Want(L2, told="backslash"),
        ),
        case(
            "an address",
            "a.csv",
            "text,image_path\na,https://a.b/c.png\n",
            Want(L2, told="address"),
        ),
        case(
            "a number as a picture",
            "a.parquet",
            _parquet(pd.DataFrame({"text": ["a"], "image_path": [7]})),
            Want(R1, told="“7”"),
        ),
        # columns
        case(
            "no such column",
            "a.csv",
            "review,stars\nFine.,5\n",
            Want("line 1", told="it names “review”, “stars”"),
        ),
        case(
            "no such column in Parquet",
            "a.parquet",
            _parquet(pd.DataFrame({"review": ["a"]})),
            Want(R1, told="it names “review”"),
        ),
        case(
            "no names at all",
            "a.csv",
            "I love it\nIt broke\n",
            Want("line 1", told="names “I love it”"),
        ),
    ]


CASES = _cases()


def as_wanted(want: Want, file: Path, row: Any) -> bool:
    """Whether a row of the command line is what it must be."""
    if row.name != (f"{file}, {want.place}" if want.place else str(file)):
        return False
    if want.told:
        return bool(row.problem) and want.told in row.problem
    path = file.parent / want.path if want.path else None
    notes = " ".join(getattr(row, "notes", ()))
    return (row.problem, row.text, row.path) == (None, want.text, path) and (
        want.noted in notes if want.noted else not notes
    )


def read(case: Case, folder: Path, collect: Callable[[Path], list[Any]]) -> bool:
    """Whether everything in a table is read right or told, and nothing else."""
    (folder / "photos").mkdir(exist_ok=True)
    (folder / PHOTO).touch()
    file = folder / case.file
    file.write_bytes(case.content)
    rows = collect(file)
    return len(rows) == len(case.rows) and all(
        as_wanted(*pair) for pair in zip(case.rows, [file] * len(rows), rows, strict=True)
    )
