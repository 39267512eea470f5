"""What the README and the docs point at is there."""

import re
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    missing = [
        target for target in targets if "://" not in target and not (page.parent / target).exists()
    ]
    assert missing == []


def test_the_makefile_has_the_commands_of_the_readme():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = re.findall(
        r"(?:^    |`)make (\w+)", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert {"app", "test"} <= set(commands)
    assert [command for command in commands if f"\n{command}:" not in makefile] == []


def test_the_tour_moves_and_is_small():
    tour = ROOT / "docs" / "tour.webp"
    assert "](docs/tour.webp)" in PAGES[0].read_text(encoding="utf-8")
    assert tour.stat().st_size <= 600_000
    with Image.open(tour) as picture:
        assert picture.n_frames >= 6
