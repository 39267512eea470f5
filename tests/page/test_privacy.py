"""Nothing that a visitor sent stays on the disk: not after an answer, an error, a broken
connection, a closed page."""

import json
import logging
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mmsent.ui.server import uploads
from mmsent.ui.server.logs import JsonLines
from mmsent.ui.server.uploads import Uploads
from tests.review_fake import FakeReview
from tests.served import serving
from tests.visitor import RefusedError, Visitor

NAME = "my diary.png"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address, and the folder where uploads lie."""
    folder = tmp_path_factory.mktemp("gradio")
    with serving("review", FakeReview(), folder) as address:
        yield address, folder


@pytest.fixture
def visitor(page: tuple[str, Path]) -> Iterator[Visitor]:
    with Visitor(page[0]) as one:
        yield one


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def soon(condition: Callable[[], bool], seconds: float = 30.0) -> bool:
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.05)
    return condition()


def test_a_request_s_file_goes_with_its_answer(
    page: tuple[str, Path], visitor: Visitor, grey_photo: Path
) -> None:
    sent = visitor.upload(grey_photo.read_bytes(), NAME)
    assert [path.name for path in files(page[1])] == [NAME]
    assert visitor.ask("review", "awful", sent)["grid"] == [2, 3]
    assert list(page[1].iterdir()) == []
    with pytest.raises(RefusedError, match="no readable file"):
        visitor.ask("review", "awful", sent)


def test_a_request_s_file_goes_with_an_error(page: tuple[str, Path], visitor: Visitor) -> None:
    with pytest.raises(RefusedError, match="not a picture"):
        visitor.ask("review", "awful", visitor.upload(b"this is no picture", NAME))
    assert list(page[1].iterdir()) == []


def test_a_page_s_files_go_when_it_is_closed(
    page: tuple[str, Path], visitor: Visitor, grey_photo: Path
) -> None:
    with visitor.present():
        used, unused = (visitor.upload(grey_photo.read_bytes(), NAME) for _ in range(2))
        visitor.press("review-run", "click", "awful", used)
        visitor.press("review-photo", "change", unused)
        assert len(files(page[1])) == 2  # the page needs them: words may change
        assert "not a picture" not in visitor.press("review-run", "click", "cold", used)[0]
    assert soon(lambda: list(page[1].iterdir()) == [])


def test_a_button_deletes_at_once(
    page: tuple[str, Path], visitor: Visitor, grey_photo: Path
) -> None:
    with visitor.present(), Visitor(page[0]) as other, other.present():
        mine, theirs = (one.upload(grey_photo.read_bytes(), NAME) for one in (visitor, other))
        visitor.press("review-run", "click", "awful", mine)
        other.press("review-run", "click", "awful", theirs)
        visitor.press("delete-now", "click", mine, None)
        assert [str(path) for path in files(page[1])] == [theirs["path"]]
        assert "grid" in other.ask("review", "awful", theirs)


def test_an_upload_that_breaks_off_leaves_nothing(page: tuple[str, Path]) -> None:
    address, folder = page
    host, port = address.removeprefix("http://").rstrip("/").split(":")
    kind = "Content-Type: multipart/form-data; boundary=b"
    head = f"POST /gradio_api/upload HTTP/1.1\r\nHost: x\r\n{kind}\r\nContent-Length: 99999999\r\n"
    part = f'--b\r\nContent-Disposition: form-data; name="files"; filename="{NAME}"\r\n\r\n'
    with socket.create_connection((host, int(port))) as line:
        line.sendall(f"{head}\r\n{part}".encode() + b"dear diary" * 100_000)
        assert soon(lambda: bool(files(folder)))
    assert soon(lambda: list(folder.iterdir()) == [])


def test_no_other_route_takes_files(visitor: Visitor, page: tuple[str, Path]) -> None:
    for route in ("process_recording", "component_server"):
        reply = visitor.http.post(f"gradio_api/{route}", files={"video": (NAME, b"dear diary")})
        assert reply.status_code == 400, route
    reply = visitor.http.post("gradio_api/upload", files=[("files", (NAME, b"dear"))] * 102)
    assert reply.status_code == 400
    assert soon(lambda: list(page[1].iterdir()) == [])


def test_too_many_bytes_at_once_are_refused_and_leave_nothing(
    visitor: Visitor, page: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [("files", (NAME, b"dear diary" * 100))] * 3
    assert visitor.http.post("gradio_api/upload", files=files[:1]).status_code == 200
    before = len(list(page[1].iterdir()))
    monkeypatch.setattr(uploads, "BYTES_AT_ONCE", 2500)
    reply = visitor.http.post("gradio_api/upload", files=files)
    assert (reply.status_code, "in parts" in reply.text) == (400, True)
    assert soon(lambda: len(list(page[1].iterdir())) == before)


def test_nothing_but_uploads_can_be_claimed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = tmp_path / "gradio"
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(base))
    inside, shared, outside = (
        base / "mine" / "a.png",
        base / ("0" * 64) / "example.png",
        tmp_path / "other" / "a.png",
    )
    for path in (inside, shared, outside):
        path.parent.mkdir(parents=True)
        path.touch()
    named = [
        str(inside),
        str(shared),
        str(outside),
        f"{base}/mine/../../other/a.png",
        str(base),
        "a\0b",
        "",
        "/",
        "x" * 5000,
    ]
    owner = Uploads()
    owner.listed = [{str(inside), str(shared)}]
    owner.claim("page", [{"path": name} for name in named] + [{"a": [{"path": 7}]}, None, 3])
    owner.drop("page")
    assert [path.exists() for path in (inside, shared, outside)] == [False, True, True]
    assert owner.listed == [{str(shared)}]


def test_files_of_a_page_that_left_during_its_job_go_when_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    made, owner = tmp_path / "made" / "annotated.mp4", Uploads()
    with owner.job("page", False, []):
        owner.drop("page")
        made.parent.mkdir()
        made.touch()
        owner.claim("page", {"data": [{"path": str(made)}]})
        assert made.exists()
    assert not made.parent.exists()


def test_a_job_that_can_t_begin_is_not_left_running() -> None:
    owner, nested = Uploads(), []
    for _ in range(sys.getrecursionlimit()):
        nested = [nested]
    with pytest.raises(RecursionError), owner.job("page", False, nested):
        pass
    assert not owner._running


def test_what_nobody_used_goes_by_its_age_whatever_vanishes_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new, link, gone = (tmp_path / name for name in ("old", "new", "link", "gone"))
    for folder in (old, new):
        folder.mkdir()
        (folder / NAME).touch()
    link.symlink_to(new)
    long_ago = time.time() - uploads.OLD_SECONDS - 1
    for path in (old, link):
        os.utime(path, (long_ago, long_ago), follow_symlinks=False)
    # "gone" was there when it looked
    monkeypatch.setattr(Path, "iterdir", lambda _: iter([gone, link, old, new]))
    Uploads().sweep(tmp_path)
    assert sorted(os.listdir(tmp_path)) == ["new"]
    assert (new / NAME).exists()


def test_logs_tell_no_content() -> None:
    try:
        raise ValueError(f"can't open {NAME}")
    except ValueError as problem:
        record = logging.LogRecord(
            "uvicorn.error",
            logging.ERROR,
            "",
            1,
            "failed on %s",
            (NAME,),
            (ValueError, problem, None),
        )
    line = json.loads(JsonLines().format(record))
    assert (line["event"], line["error"], line["level"]) == (
        "uvicorn.error: failed on %s",
        "ValueError",
        "error",
    )
    assert line["at"][0].startswith("test_privacy.py:")
    assert NAME not in json.dumps(line)
