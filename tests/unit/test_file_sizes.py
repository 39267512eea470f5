"""A file is short enough to be read at one go."""

from mmsent.deploy import ROOT
from tests.tracked import tracked

MOST = 250  # lines
SOURCE = (".py", ".js", ".css")


def test_no_source_file_is_long() -> None:
    names = [name for name in tracked("mmsent", "train", "tests") if name.endswith(SOURCE)]
    assert {name.rpartition(".")[2] for name in names} == {"py", "js", "css"}
    lines = {name: len((ROOT / name).read_text(encoding="utf-8").splitlines()) for name in names}
    assert {name: count for name, count in lines.items() if count > MOST} == {}
