"""Every requirement ends where the tests ended, and what is tested lies within it."""

from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from mmsent.deploy import ROOT

FILES = sorted(path.name for path in ROOT.glob("requirements*.txt"))


def requirements(file: Path) -> list[Requirement]:
    lines = (line.strip() for line in file.read_text().splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]


@pytest.fixture(scope="module")
def tested() -> dict[str, str]:
    pins = requirements(ROOT / "constraints.txt")
    return {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in pins}


@pytest.mark.parametrize("file", FILES)
def test_every_range_has_two_ends_with_the_tested_version_between(
    file: str, tested: dict[str, str]
) -> None:
    found = requirements(ROOT / file)
    assert found
    for wanted in found:
        operators = {part.operator for part in wanted.specifier}
        assert operators == {"=="} or operators == {">=", "<"}, wanted
        assert tested[canonicalize_name(wanted.name)] in wanted.specifier, wanted


def test_both_ends_are_tried_every_night() -> None:
    night = yaml.safe_load((ROOT / ".github/workflows/nightly.yml").read_text())
    assert "schedule" in night[True]  # YAML 1.1 takes the key "on" for yes
    commands = [step.get("run", "") for job in night["jobs"].values() for step in job["steps"]]
    assert any(command.startswith("make test-ranges") for command in commands)
    assert "make test PYTHON=python" in commands, "the whole suite, too"
    assert "test-ranges:" in (ROOT / "Makefile").read_text()
