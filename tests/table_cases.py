"""All tables; here those whose cells, pictures or names of columns are odd."""

from datetime import date

import pandas as pd

from tests.table_case import (
    L2,
    L3,
    L4,
    LONG,
    PHOTO,
    R1,
    R2,
    R3,
    Case,
    Want,
    as_json,
    case,
    good,
    parquet,
)
from tests.table_files import FILES
from tests.table_rows import ROWS

CASES: list[Case] = [
    *ROWS,
    *FILES,
    # cells
    case("a long cell", "a.csv", f"text\n{LONG}\nI love it\n", good(L2, LONG.strip()), good(L3)),
    case(
        "a long quoted cell",
        "a.csv",
        f'text\n"{LONG}"\nI love it\n',
        good(L2, LONG.strip()),
        good(L3),
    ),
    case("a long cell of no interest", "a.csv", f"page,text\n{LONG},I love it\n", good(L2)),
    case(
        "numbers stay",
        "a.jsonl",
        '{"text": 1e3}\n{"text": 1.50}\n{"text": "007"}\n{"text": 12345678901234567890}\n',
        *(
            good(f"line {n}", t)
            for n, t in enumerate(("1e3", "1.50", "007", "12345678901234567890"), 1)
        ),
    ),
    case(
        "zeros stay",
        "a.csv",
        "text\n007\n1.50\n2024-01-05\n",
        good(L2, "007"),
        good(L3, "1.50"),
        good(L4, "2024-01-05"),
    ),
    case(
        "zeros that a spreadsheet was made to keep",
        "a.csv",
        'text\n="007"\n"=""a """"b"""""""\n=1+1\n',
        good(L2, "007"),
        good(L3, 'a "b"'),
        good(L4, "=1+1"),
    ),
    case(
        "dates in Parquet",
        "a.parquet",
        parquet(pd.DataFrame({"text": [date(2024, 1, 5)]})),
        good(R1, "2024-01-05"),
    ),
    case("true", "a.json", '[{"text": true}]', good(R1, "true")),
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
        parquet(pd.DataFrame({"text": ["a"], "image_path": ["gone.png"]})),
        Want(R1, told="“gone.png”"),
    ),
    case(
        "a path of Windows",
        "a.csv",
        "text,image_path\nI love it,photos\\bag.png\n",
        good(L2, path=PHOTO),
    ),
    case(
        "a path of Windows in JSON",
        "a.jsonl",
        as_json({"text": "I love it", "image_path": "photos\\bag.png"}),
        good("line 1", path=PHOTO),
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
        good(L2),
    ),
    case(
        "a backslash that is no escape",
        "a.jsonl",
        '{"text": "I love it"}\n{"text": "a", "image_path": "C:\\pictures"}\n',
        good("line 1"),
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
        parquet(pd.DataFrame({"text": ["a"], "image_path": [7]})),
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
        parquet(pd.DataFrame({"review": ["a"]})),
        Want(R1, told="it names “review”"),
    ),
    case(
        "no names at all",
        "a.csv",
        "I love it\nIt broke\n",
        Want("line 1", told="names “I love it”"),
    ),
]
