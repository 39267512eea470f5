"""The app deletes what dead runs of it have left, at once, and nothing else: not a running one's,
not through a link."""

import os
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mmsent.ui.server.own_folder import OwnFolder

LONG_AGO = time.time() - 10 * 24 * 3600


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that everybody may write to."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(folder))
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Somebody's, with a file that is long untouched."""
    return old(tmp_path / "home" / "thesis.txt").parent


def old(path: Path) -> Path:
    """A file made long ago, as its folder was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("three years of work")
    for one in (path, path.parent):
        os.utime(one, (LONG_AGO, LONG_AGO))
    return path


def in_child(act: Callable[[], object]) -> int:
    """Runs ``act`` in a process of its own, which is killed afterwards if it has not ended by
    itself; returns how it ended."""
    child = os.fork()
    if not child:
        try:
            act()
            os.kill(os.getpid(), signal.SIGKILL)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def start(parent: Path) -> OwnFolder:
    os.environ["GRADIO_TEMP_DIR"] = str(parent)
    return OwnFolder()


def killed_run(parent: Path) -> None:
    """One that had time for an upload, a link in it, and no more."""

    def run() -> None:
        made = start(parent).path
        old(made / "upload" / "diary.png")
        (made / "link").symlink_to(parent.parent / "home")

    assert in_child(run) == -signal.SIGKILL


def base(temporary: Path) -> Path:
    return temporary / f"mmsent-{os.geteuid()}"


def test_it_is_this_user_s_alone_and_gradio_s_files_go_there(temporary: Path) -> None:
    made = OwnFolder()
    assert made.path.parent == base(temporary)
    assert os.environ["GRADIO_TEMP_DIR"] == str(made.path)
    assert [folder.stat().st_mode & 0o777 for folder in (made.path, made.path.parent)] == [
        0o700,
        0o700,
    ]
    made.remove()
    assert list(base(temporary).iterdir()) == []


def test_without_the_variable_it_lies_in_the_system_s_folder(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GRADIO_TEMP_DIR")
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    assert OwnFolder().path.parent == base(temporary)


def test_what_a_killed_run_left_goes_at_the_next_start(temporary: Path, home: Path) -> None:
    killed_run(temporary)
    assert len(list(base(temporary).glob("run-*/upload/diary.png"))) == 1
    made = start(temporary)
    assert list(base(temporary).iterdir()) == [made.path]
    assert (home / "thesis.txt").exists()


def test_what_one_left_that_was_killed_later_goes_while_another_runs(temporary: Path) -> None:
    made = start(temporary)
    killed_run(temporary)
    made.remove_dead()
    assert list(base(temporary).iterdir()) == [made.path]


def test_a_running_one_keeps_its_files_however_old(temporary: Path) -> None:
    file = old(start(temporary).path / "upload" / "clip.mp4")

    def another() -> None:
        start(temporary).remove_dead()

    assert in_child(another) == -signal.SIGKILL
    assert file.exists()


@pytest.mark.slow
def test_many_that_start_at_once_leave_each_other_alone(temporary: Path) -> None:
    def run() -> None:
        made = start(temporary)
        time.sleep(0.3)
        os._exit(0 if made.path.is_dir() else 3)

    children = [child for _ in range(20) if (child := os.fork()) or run()]
    assert {os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children} == {0}


@pytest.mark.parametrize(
    "name", ["mmsent-mine/thesis.txt", "mmsent-{}/thesis.txt", "mmsent-{}/run-away/thesis.txt"]
)
def test_what_is_only_named_alike_stays(temporary: Path, name: str) -> None:
    thesis = old(temporary / name.format(os.geteuid()))
    base(temporary).mkdir(exist_ok=True)
    base(temporary).chmod(0o700)
    start(temporary)
    assert thesis.exists()


@pytest.mark.parametrize("name", ["mmsent-x", "mmsent-{}", "mmsent-{}/run-0123456789abcdef"])
def test_no_link_is_followed(temporary: Path, home: Path, name: str) -> None:
    link = temporary / name.format(os.geteuid())
    link.parent.mkdir(0o700, exist_ok=True)
    link.symlink_to(home)
    made = start(temporary)
    made.remove_dead()
    assert [path.name for path in home.iterdir()] == ["thesis.txt"]
    assert made.path.resolve().is_relative_to(temporary)


def test_a_folder_that_others_may_enter_is_not_used(
    temporary: Path, caplog: pytest.LogCaptureFixture
) -> None:
    base(temporary).mkdir()
    base(temporary).chmod(0o755)
    made = start(temporary)
    assert made.path.parent == temporary
    assert made.path.stat().st_mode & 0o777 == 0o700
    assert "not this user's alone" in caplog.text
    made.remove_dead()
    made.remove()
    assert list(temporary.iterdir()) == [base(temporary)]
