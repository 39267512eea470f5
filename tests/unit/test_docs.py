"""The commands and examples of the docs are what the code offers."""

import contextlib
import io
import re
import runpy
import shlex
import sys
from functools import cache

import pytest
import yaml

from mmsent import hub
from tests import docs_commands
from tests.docs_commands import PAGES, ROOT

MODULE = re.compile(r"(?:python3?|\S+/python) -m (?P<module>(?:mmsent|train|bench)\S*)(?P<rest>.*)")
OTHERS = {"bench"}  # measure as soon as they are started


def commands() -> list[tuple[str, str, str]]:
    """(page, module, arguments) of each command for one of our modules, in blocks, tables and
    sentences alike."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8").replace("\\\n", " ")
        for line in text.splitlines():
            for piece in re.findall(r"`([^`]+)`", line) if "`" in line else [line]:
                if command := MODULE.search(piece):
                    found.append(
                        (
                            page.name,
                            command["module"],
                            command["rest"].split("#")[0].split(" | ")[0],
                        )
                    )
    return found


@cache
def manual(module: str, subcommand: str = "") -> str:
    """What ``python -m module subcommand --help`` prints."""
    out = io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.suppress(SystemExit),
    ):
        patch.setattr(sys, "argv", [module, *([subcommand] if subcommand else []), "--help"])
        runpy.run_module(module, run_name="__main__")
    return out.getvalue()


@pytest.mark.parametrize(("page", "module", "arguments"), sorted(set(commands())))
def test_a_command_names_a_module_and_options_that_exist(page, module, arguments):
    place = ROOT / module.replace(".", "/")
    assert place.with_suffix(".py").is_file() or (place / "__main__.py").is_file(), module
    if module.split(".")[0] in OTHERS:
        return
    words = shlex.split(arguments.replace("…", ""))
    subcommand = (
        words[0] if module == "mmsent" and words[:1] in (["deploy"], ["export"], ["site"]) else ""
    )
    offered = manual(module, subcommand)
    for option in (word.split("=")[0] for word in words if word.startswith("--")):
        assert re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", offered), option


def test_commands_are_found():
    found = {(page, module) for page, module, _ in commands()}
    assert {
        ("deploying.md", "train.publish"),
        ("deploying.md", "mmsent"),
        ("training.md", "train.face"),
    } <= found


def test_of_every_command_is_known_how_it_is_run_or_why_not():
    shown = [command for _, command in docs_commands.commands()]
    assert [command for command in shown if docs_commands.rule(command) is None] == []
    assert {docs_commands.rule(command) for command in shown} == set(docs_commands.RULES), (
        "a rule for no command"
    )
    assert len(shown) > 40


def test_examples_stand_in_the_docs_as_they_are_run():
    for example in (ROOT / "docs" / "examples").iterdir():
        page = "export.md" if example.name.startswith("onnx_") else "api.md"
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        assert f"\n{example.read_text(encoding='utf-8')}```" in text, example.name


def test_the_space_is_set_up_as_the_tests_are_run():
    settings = yaml.safe_load((ROOT / "README.md").read_text(encoding="utf-8").split("---\n")[1])
    pinned = dict(
        line.split("==")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line
    )
    assert settings["sdk"] == "gradio"
    assert settings["sdk_version"] == pinned["gradio"]
    assert settings["python_version"] == "3.12"
    assert (ROOT / settings["app_file"]).is_file()
    assert settings["license"] == "apache-2.0"
    assert len(settings["short_description"]) <= 60  # more is refused by the Hub


def test_what_the_app_falls_back_to_is_pinned_by_commit():
    def movable(sources):
        pinned = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}")
        return [source for source in sources if not pinned.fullmatch(source)]

    # there may be none yet
    assert movable(["me/face", "me/face@v1", f"me/face@{'0' * 40}"]) == ["me/face", "me/face@v1"]
    assert movable(hub.PINNED.values()) == []


def test_the_workflow_runs_the_command_of_the_docs():
    workflow = yaml.safe_load(
        (ROOT / ".github" / "workflows" / "space.yml").read_text(encoding="utf-8")
    )
    # YAML reads "on" as true
    assert workflow[True] == {"release": {"types": ["published"]}, "workflow_dispatch": None}
    last = workflow["jobs"]["deploy"]["steps"][-1]
    assert last["run"] == 'python -m mmsent deploy "$SPACE"'
    assert set(last["env"]) == {"SPACE", "HF_TOKEN"}
