"""The examples of docs/api.md, run as they stand against the app, and the same endpoints as MCP tools."""

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
from conftest import encode
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

import mmsent

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "docs" / "examples"
TEXT = "The strap broke after a day."


@pytest.fixture(scope="module")
def photo(two_faces, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("photo") / "photo.jpg"
    path.write_bytes(encode(two_faces))
    return path


@pytest.fixture(scope="module")
def expected(review_checkpoint, photo) -> dict[str, Any]:
    return as_json(mmsent.load("review", review_checkpoint, "cpu").predict(TEXT, photo).to_dict())


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


def run(*command: str) -> Any:
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_python(app, photo, expected, face_checkpoint, meme_checkpoint):
    found = run(sys.executable, str(EXAMPLES / "api.py"), app.address.rstrip("/"), str(photo))
    assert_close(found["review"], expected)
    assert_close(found["face"], as_json(mmsent.load("face", face_checkpoint, "cpu").predict(photo).to_dict()))
    meme = mmsent.load("meme", meme_checkpoint, "cpu").predict(photo, "when it is monday again")
    assert_close(found["meme"], as_json(meme.to_dict()))


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
def test_curl(app, photo, expected):
    assert_close(run("sh", str(EXAMPLES / "api.sh"), app.address.rstrip("/"), str(photo)), [expected])


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node here")
def test_javascript(app, photo, expected):
    assert_close(run("node", str(EXAMPLES / "api.mjs"), app.address.rstrip("/"), str(photo)), expected)


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
    assert {path for path in app.temporary.rglob("*") if path.is_file()} == before  # the photo is not written down
    upload = f"{app.address}gradio_api/upload"
    with photo.open("rb") as file:
        (path,) = httpx.post(upload, files={"files": ("photo.jpg", file)}).json()
    _, (answer,) = mcp(app, ("review", {"text": TEXT, "image": f"{app.address}gradio_api/file={path}"}))
    assert not answer.isError, answer
    assert_close(json.loads(answer.content[0].text), expected)


def test_mcp_fetches_no_address_and_no_file_of_the_server(app, photo):
    disguised = f"{app.address}gradio_api/file={photo}"
    sources = ("http://127.0.0.1:9/a.jpg", str(photo), photo.as_uri(), disguised)
    _, answers = mcp(app, *(("review", {"text": TEXT, "image": source}) for source in sources))
    for source, answer in zip(sources, answers, strict=True):
        assert answer.isError, source
        assert "upload" in answer.content[0].text, source
