"""Tables in odd encodings, of odd kinds, with odd separators."""

import json

import pandas as pd

from tests.table_case import (
    BOTH,
    COMMA,
    FRAME,
    JSON_LINES,
    L2,
    L3,
    L4,
    LINES,
    PHOTO,
    R1,
    R2,
    SEMICOLONS,
    TABS,
    Case,
    Want,
    as_json,
    case,
    good,
    parquet,
)

FILES: list[Case] = [
    # encodings
    case("UTF-16 of a spreadsheet", "a.csv", COMMA.encode("utf-16"), *LINES),
    case(
        "UTF-16, big end first, no mark",
        "a.csv",
        COMMA.replace("love", "lové").encode("utf-16-be"),
        good(L2, "I lové it"),
        LINES[1],
    ),
    case(
        "UTF-16 that is cut",
        "a.csv",
        COMMA.encode("utf-16")[:-3],
        good(L2),
        Want(L3, told="not UTF-8"),
    ),
    case("UTF-32", "a.csv", COMMA.encode("utf-32"), *LINES),
    case(
        "a quotation mark behind a backslash",
        "a.csv",
        'text\n"He \\"said\\" so"\nI love it\n',
        Want(L2, told="write it twice"),
        good(L3),
    ),
    case(
        "open quote in the last cell",
        "a.csv",
        'text,image_path\nAwful,"\nIt broke,\n',
        Want(L2, told="A quotation mark opens"),
        good(L3, "It broke"),
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
        parquet(pd.DataFrame({"text": pd.to_datetime(["2024-01-05 10:30", None])})),
        good(R1, "2024-01-05 10:30:00"),
        Want(R2),
    ),
    case(
        "categories in Parquet",
        "a.parquet",
        parquet(pd.DataFrame(FRAME | {"text": pd.Categorical(FRAME["text"])})),
        *BOTH,
    ),
    case(
        "UTF-16 in JSON lines",
        "a.jsonl",
        JSON_LINES.encode("utf-16"),
        good("line 1"),
        good(L2, "It broke", PHOTO),
    ),
    case("UTF-16 in TSV", "a.tsv", TABS.encode("utf-16"), *LINES),
    case("UTF-8 with its mark", "a.csv", COMMA.encode("utf-8-sig"), *LINES),
    case("two marks", "a.csv", "\ufefftext\nI love it\n".encode("utf-8-sig"), good(L2)),
    case(
        "Windows-1252",
        "a.csv",
        "text,image_path\nSchön – “gut”,\nI love it,\n".encode("cp1252"),
        good(L2, "Schön – “gut”", noted="not UTF-8"),
        good(L3),
    ),
    case(
        "Windows-1252 in JSON lines",
        "a.jsonl",
        '{"text": "Schön"}\n'.encode("cp1252"),
        good("line 1", "Schön", noted="not UTF-8"),
    ),
    case(
        "one row is not UTF-8",
        "a.csv",
        "text\nSchön\n".encode() + b"Sch\xf6n\nI love it\n",
        good(L2, "Schön"),
        Want(L3, told="not UTF-8"),
        good(L4),
    ),
    case(
        "another script",
        "a.csv",
        "text\nОчень хорошо\n".encode("cp1251"),
        Want(L2, told="not UTF-8"),
    ),
    # kinds and separators
    case("TSV", "a.tsv", TABS, *LINES),
    case("TSV named CSV", "a.csv", TABS, *LINES),
    case("CSV named TSV", "a.tsv", COMMA, *LINES),
    case("semicolons", "a.csv", SEMICOLONS, *LINES),
    case(
        "semicolons, commas in the text",
        "a.csv",
        "text;image_path\nGood, cheap, fast;\n",
        good(L2, "Good, cheap, fast"),
    ),
    case(
        "told to a spreadsheet",
        "a.csv",
        "sep=;\r\ntext;image_path\r\nI love it;\r\n",
        good(L3),
    ),
    case(
        "spaces after commas",
        "a.csv",
        'id, text, image_path\n1, "Good, cheap", photos/bag.png\n',
        good(L2, "Good, cheap", PHOTO),
    ),
    case("old line ends", "a.csv", "text\rI love it\r", good(L2)),
    case(
        "JSON array",
        "a.json",
        as_json([{"text": "I love it"}, {"text": "It broke", "image_path": PHOTO}]),
        *BOTH,
    ),
    case(
        "JSON array named JSON lines",
        "a.jsonl",
        json.dumps([{"text": "I love it"}], indent=1),
        good(R1),
    ),
    case(
        "JSON lines named JSON", "a.json", JSON_LINES, good("line 1"), good(L2, "It broke", PHOTO)
    ),
    case("JSON columns", "a.json", as_json(FRAME), *BOTH),
    *(
        case(f"to_json {orient}", "a.json", pd.DataFrame(FRAME).to_json(orient=orient), *BOTH)
        for orient in ("columns", "index", "records", "split", "table")
    ),
    case("one JSON object", "a.json", as_json({"text": "I love it"}), good("line 1")),
    case(
        "JSON in a JSON object",
        "a.json",
        as_json({"n": 1, "reviews": [{"text": "I love it"}]}),
        good(R1),
    ),
    case(
        "columns of unequal length",
        "a.json",
        as_json({"text": ["a"], "image_path": []}),
        Want(R1, told="equal length"),
    ),
    case("half a JSON array", "a.json", '[{"text": "a"},\n{"text": ', Want(L2, told="not JSON")),
    case(
        "a spreadsheet's own file",
        "a.xlsx",
        b"PK\x03\x04",
        Want("", told="save the table as CSV"),
    ),
]
