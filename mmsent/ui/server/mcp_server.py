"""The page's endpoints as MCP tools: Gradio's server, but for files and results.

A file is uploaded to the page before, or is a data URL if it is a picture; a result is JSON. Left
to itself Gradio writes data URLs to files that it never deletes, fetches other addresses, and
answers with Python's way of writing a dict.
"""

import json
from typing import Any, Final
from urllib.parse import unquote

from gradio.mcp import GradioMCPServer
from gradio.utils import get_upload_folder, is_in_or_equal

from mmsent.ui.server.gradio_patches import replace

UPLOADED: Final = "/gradio_api/file="  # in the address that the page gives an upload
TABLE: Final = "_table"  # how the names of endpoints end that make a table
_EVERY_TOOL: Final = GradioMCPServer.get_tool_to_endpoint
HOW: Final = "Please upload the file to /gradio_api/upload first; a picture may be a data URL (data:image/jpeg;base64,...)."


def adapt_mcp_server() -> None:
    """For every server that is launched from now on."""
    replace(GradioMCPServer, "convert_strings_to_filedata", _convert)
    replace(GradioMCPServer, "postprocess_output_data", _as_json)
    replace(GradioMCPServer, "get_tool_to_endpoint", _tools)


def _tools(server: GradioMCPServer) -> dict[str, str]:
    """Without the endpoints that take a list of files: Gradio describes that as something else."""
    every = _EVERY_TOOL(server)
    return {tool: path for tool, path in every.items() if not path.endswith(TABLE)}


def _convert(server: GradioMCPServer, value: Any, positions: list[list[str | int]]) -> Any:
    """``value`` with a file in place of each string at one of ``positions``, as the page's own
    requests name files."""

    def at(node: Any, place: list[str | int]) -> Any:
        if isinstance(node, dict):
            return {key: at(inner, [*place, key]) for key, inner in node.items()}
        if isinstance(node, list):
            return [at(inner, [*place, index]) for index, inner in enumerate(node)]
        return _file(node) if isinstance(node, str) and place in positions else node

    return at(value, [])


def _file(source: str) -> dict[str, Any]:
    """A data URL goes without Gradio's own mark, so that it is not written down on the way; an
    upload needs it to be a clip."""
    if source.startswith("data:") and not source.startswith(("data:video/", "data:audio/")):
        return {"url": source}
    _, mark, path = source.partition(UPLOADED)
    if not mark or not is_in_or_equal(unquote(path), get_upload_folder()):
        raise ValueError(HOW)
    return {"path": unquote(path), "meta": {"_type": "gradio.FileData"}}


def _as_json(server: GradioMCPServer, data: list[Any], root_url: str) -> list[Any]:
    return [server.types.TextContent(type="text", text=json.dumps(output)) for output in data]
