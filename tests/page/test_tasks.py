"""Each task in one place: both halves know the same ones, and nothing heavy is imported to ask."""

import subprocess
import sys
from pathlib import Path
from pkgutil import resolve_name
from typing import get_args, get_overloads, get_type_hints

import pytest

import mmsent
from mmsent import tasks
from mmsent.tasks import TASKS
from mmsent.ui.tabs import TABS

ROOT = Path(mmsent.__file__).parent.parent
HEAVY = ("torch", "gradio", "huggingface_hub", "numpy", "cv2", "PIL", "av", "tokenizers", "emoji")


def imported(*command: str) -> set[str]:
    """Which of HEAVY a module has imported when it ends, run with arguments."""
    code = (
        "import runpy, sys\n"
        "sys.argv = sys.argv[1:]\n"
        "try: runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)\n"
        "except SystemExit: pass\n"
        f"print('HEAVY', *sorted(set(sys.modules) & set({HEAVY})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *command], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    last = done.stdout.splitlines()[-1].split()
    assert last[:1] == ["HEAVY"], done.stderr
    return set(last[1:])


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("app", "--help"), ("dance",)])
def test_what_needs_no_model_imports_nothing_heavy(arguments: tuple[str, ...]) -> None:
    assert imported("mmsent", *arguments) == set()


def test_the_decoder_of_clips_imports_av_and_numpy_alone() -> None:
    assert imported("mmsent.clip_decoder") == {"av", "numpy"}


def test_the_page_and_the_command_line_know_the_same_tasks() -> None:
    assert set(TABS) == set(TASKS)


@pytest.mark.parametrize("name", TASKS)
def test_what_a_task_names_is_there(name: str) -> None:
    task = TASKS[name]
    assert callable(resolve_name(task.pipeline))
    assert callable(TABS[name].add)
    assert all(callable(getattr(task.rows, part)) for part in ("predict", "records"))
    assert task.count_column is None or task.count_column in task.details


def test_type_checkers_know_the_class_of_each_task() -> None:
    known = {}
    classes = {path.rpartition(":")[2]: resolve_name(path) for path in paths()}
    for overload in get_overloads(tasks.load):
        hints = get_type_hints(overload, localns=classes | {"Device": str})
        if hints["task"] is not str:
            (name,) = get_args(hints["task"])
            known[name] = hints["return"]
    assert known == {name: resolve_name(task.pipeline) for name, task in TASKS.items()}


def paths() -> list[str]:
    return [task.pipeline for task in TASKS.values()]


def test_the_package_offers_its_names_and_no_others() -> None:
    assert {"load", "CheckpointError", "MediaError"} <= set(dir(mmsent))
    assert mmsent.load is tasks.load
    with pytest.raises(AttributeError, match="no attribute 'lod'"):
        mmsent.lod  # type: ignore[attr-defined]  # noqa: B018
