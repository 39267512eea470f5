"""What tests of the command line share."""

import csv
import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

Run = Callable[..., tuple[int, str, str]]
REVIEWS = """text,image_path
The strap is broken.,
"Great bag,
really so good!",photo.png
=HYPERLINK("http://a.b"),
,
I love it.,gone.png
one,two,three
\u200b,
Not good.,
"""


def table(path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(Path(path).read_text(encoding="utf-8"))))


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=300)
