"""What the page is started with."""

import os

import pytest

from mmsent import launch
from mmsent.__main__ import main
from mmsent.version import __version__


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """The variables that each page was started with."""
    from mmsent.ui import page

    environments: list[dict[str, str]] = []
    monkeypatch.setattr(
        os, "environ", {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    )
    monkeypatch.setattr(page, "run", lambda: environments.append(dict(os.environ)))
    return environments


def test_options_name_the_checkpoints_and_the_device(started: list[dict[str, str]]) -> None:
    options = ["--face", "me/face@v1", "--review", "runs/review", "--device", "cpu"]
    assert main(["app", *options, "--live", "server"]) == 0
    (seen,) = started
    named = {name: value for name, value in seen.items() if name.startswith("MMSENT_")}
    assert named == {
        "MMSENT_FACE": "me/face@v1",
        "MMSENT_REVIEW": "runs/review",
        "MMSENT_DEVICE": "cpu",
        "MMSENT_LIVE": "server",
    }


def test_without_options_the_environment_holds(started: list[dict[str, str]]) -> None:
    os.environ["MMSENT_MEME"] = "mine"
    assert launch.main([]) == 0
    assert started[0]["MMSENT_MEME"] == "mine"
    assert "MMSENT_FACE" not in started[0]


def test_an_unknown_place_for_live_faces_is_refused(
    started: list[dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    os.environ["MMSENT_LIVE"] = "gpu"
    with pytest.raises(SystemExit):
        launch.main([])
    assert "MMSENT_LIVE is 'gpu'; it can be device or server" in capsys.readouterr().err
    assert started == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--fcae", "x"], "unrecognized arguments: --fcae x"),
        (["--device", "banana"], "unknown device 'banana'"),
        (["--device", "cuda:99"], "there is no CUDA device “cuda:99” here"),
    ],
)
def test_what_can_t_be_had_is_refused_before_the_start(
    started: list[dict[str, str]],
    arguments: list[str],
    sentence: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        launch.main(arguments)
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err
    assert started == []


def test_the_command_tells_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"mmsent {__version__}\n"
