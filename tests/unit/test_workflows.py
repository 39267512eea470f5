"""What GitHub runs and shows is well-formed, and its steps are targets that exist."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def _problems(schema: str, files: list[Path]) -> str:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *map(str, files)]
    done = subprocess.run(check, capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_workflows_are_ones_that_github_reads() -> None:
    assert WORKFLOWS
    assert _problems("vendor.github-workflows", WORKFLOWS) == ""


def test_a_workflow_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "broken.yml").write_text("on: push\njobs: {test: {steps: 3}}\n", encoding="utf-8")
    assert "broken.yml" in _problems("vendor.github-workflows", [tmp_path / "broken.yml"])


def test_every_target_that_a_workflow_makes_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    text = "".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)
    targets = set(re.findall(r"run: make ([\w-]+)", text))
    assert targets
    assert [target for target in targets if f"\n{target}:" not in makefile] == []
