"""A file is short enough to be read at one go, and a line at one glance."""

import pytest

from mmsent.deploy import ROOT
from tests.tracked import tracked

MOST = 250  # lines of a file
WIDE = 100  # columns of a line
WIDE_SHARE = 0.01  # of the lines: sentences, addresses and markup that can't be broken
SOURCE = (".py", ".js", ".css", ".html")


def lines_of(ending: str) -> dict[str, list[str]]:
    """The lines of each source file with that ending, by its name."""
    names = [name for name in tracked("mmsent", "train", "tests", "bench") if name.endswith(ending)]
    return {name: (ROOT / name).read_text(encoding="utf-8").splitlines() for name in names}


@pytest.mark.parametrize("ending", SOURCE)
def test_no_source_file_is_long(ending: str) -> None:
    files = lines_of(ending)
    assert files
    assert {name: len(lines) for name, lines in files.items() if len(lines) > MOST} == {}


@pytest.mark.parametrize("ending", SOURCE)
def test_hardly_a_line_is_wide(ending: str) -> None:
    lines = [line for file in lines_of(ending).values() for line in file]
    wide = [line for line in lines if len(line) > WIDE]
    assert len(wide) <= max(WIDE_SHARE * len(lines), 5), wide
