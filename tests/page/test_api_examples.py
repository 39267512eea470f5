"""The examples of docs/api.md, run as they stand against the app, and the same endpoints as MCP
tools."""

import asyncio
import base64
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

import mmsent
from tests.clip_media import write_clip
from tests.conftest import encode

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"
TEXT, SAID = "The strap broke after a day.", "You did it! I knew you would."


@pytest.fixture(scope="module")
def photo(two_faces, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("photo") / "photo.jpg"
    path.write_bytes(encode(two_faces))
    return path


@pytest.fixture(scope="module")
def expected(review_checkpoint, photo) -> dict[str, Any]:
    return as_json(mmsent.load("review", review_checkpoint, "cpu").predict(TEXT, photo).to_dict())


@pytest.fixture(scope="module")
def clip(two_faces, tmp_path_factory) -> Path:
    """Two seconds with a face and a voice, five frames a second."""
    portrait = two_faces[:, :640]
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    return write_clip(path, fps=5, size=(640, 480), paint=lambda _: portrait)


@pytest.fixture(scope="module")
def read_clip(video_checkpoint, clip) -> dict[str, Any]:
    """What the pipeline itself says of it."""
    result = as_json(mmsent.load("video", video_checkpoint, "cpu").predict(clip, SAID).to_dict())
    assert result["moments"]
    assert result["faces"]
    return result


def as_json(result: object) -> Any:
    return json.loads(json.dumps(result))


def assert_close(found: Any, wanted: Any) -> None:
    """The same JSON, but for the last digits of floats, which differ from process to process."""
    if isinstance(wanted, dict):
        assert found.keys() == wanted.keys()
        for key, value in wanted.items():
            assert_close(found[key], value)
    elif isinstance(wanted, list):
        assert len(found) == len(wanted)
        for one, other in zip(found, wanted, strict=True):
            assert_close(one, other)
    else:
        assert found == (pytest.approx(wanted, abs=1e-4) if isinstance(wanted, float) else wanted)


def upload(app, path: Path) -> str:
    """The file's name on the server."""
    with path.open("rb") as file:
        (name,) = httpx.post(
            f"{app.address}gradio_api/upload", files={"files": (path.name, file)}
        ).json()
    return name


def run(program: str, example: str, *arguments: object) -> list[Any]:
    """What an example prints, a JSON value a line."""
    command = (program, str(EXAMPLES / example), *map(str, arguments))
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_python(app, photo, clip, expected, read_clip, face_checkpoint, meme_checkpoint):
    (found,) = run(sys.executable, "api.py", app.address.rstrip("/"), photo, clip)
    assert_close(found["review"], expected)
    assert_close(
        found["face"], as_json(mmsent.load("face", face_checkpoint, "cpu").predict(photo).to_dict())
    )
    meme = mmsent.load("meme", meme_checkpoint, "cpu").predict(photo, "when it is monday again")
    assert_close(found["meme"], as_json(meme.to_dict()))
    assert_close(found["video"], read_clip)


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
def test_curl(app, photo, clip, expected, read_clip):
    assert_close(
        run("sh", "api.sh", app.address.rstrip("/"), photo, clip), [[expected], [read_clip]]
    )


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node here")
def test_javascript(app, photo, clip, expected, read_clip):
    (found,) = run("node", "api.mjs", app.address.rstrip("/"), photo, clip)
    assert_close(found, {"review": expected, "video": read_clip})


def mcp(app, *calls: tuple[str, dict[str, Any]]) -> tuple[dict[str, Any], list[Any]]:
    """The tools by name, and what each call answers."""

    async def talk() -> tuple[dict[str, Any], list[Any]]:
        async with (
            streamablehttp_client(f"{app.address}gradio_api/mcp/http") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            tools = {tool.name: tool for tool in (await session.list_tools()).tools}
            return tools, [await session.call_tool(name, arguments) for name, arguments in calls]

    return asyncio.run(talk())


def test_mcp_lists_one_tool_a_task_with_every_input_described(app):
    tools, _ = mcp(app)
    assert set(tools) == {"face", "review", "meme", "video"}
    for name, tool in tools.items():
        assert len(tool.description) > 50, name
        for argument, schema in tool.inputSchema["properties"].items():
            assert schema.get("description"), (name, argument)


def test_mcp_answers_what_the_api_answers(app, photo, expected):
    data_url = "data:image/jpeg;base64," + base64.b64encode(photo.read_bytes()).decode()
    before = {path for path in app.temporary.rglob("*") if path.is_file()}
    _, (answer,) = mcp(app, ("review", {"text": TEXT, "image": data_url}))
    assert not answer.isError, answer
    assert_close(json.loads(answer.content[0].text), expected)
    # the photo is not written down
    assert {path for path in app.temporary.rglob("*") if path.is_file()} == before
    _, (answer,) = mcp(
        app,
        ("review", {"text": TEXT, "image": f"{app.address}gradio_api/file={upload(app, photo)}"}),
    )
    assert not answer.isError, answer
    assert_close(json.loads(answer.content[0].text), expected)


def test_mcp_reads_an_uploaded_clip(app, clip, read_clip):
    there = f"{app.address}gradio_api/file={upload(app, clip)}"
    data_url = "data:video/mp4;base64," + base64.b64encode(clip.read_bytes()).decode()
    inside = {"clip": data_url, "transcript": SAID}
    _, (answer, refused) = mcp(
        app, ("video", {"clip": there, "transcript": SAID}), ("video", inside)
    )
    assert not answer.isError, answer
    assert_close(json.loads(answer.content[0].text), read_clip)
    assert refused.isError
    assert "upload" in refused.content[0].text


def test_mcp_fetches_no_address_and_no_file_of_the_server(app, photo):
    disguised = f"{app.address}gradio_api/file={photo}"
    sources = ("http://127.0.0.1:9/a.jpg", str(photo), photo.as_uri(), disguised)
    _, answers = mcp(app, *(("review", {"text": TEXT, "image": source}) for source in sources))
    for source, answer in zip(sources, answers, strict=True):
        assert answer.isError, source
        assert "upload" in answer.content[0].text, source
