"""What replaces private parts of Gradio is in use, and its loss is noticed."""

import inspect

import gradio as gr
import pytest
from gradio import component_meta, processing_utils, route_utils, routes
from gradio.mcp import GradioMCPServer

from mmsent import gradio_stubs
from mmsent.ui.common import picture_input
from mmsent.ui.demo import build_demo
from mmsent.ui.server import mcp_server, modules, uploads
from mmsent.ui.server.gradio_patches import MissingPartError, replace
from mmsent.ui.server.guard import refuse_crowds
from mmsent.ui.server.mcp_server import adapt_mcp_server
from mmsent.ui.several import upload as several_input
from mmsent.ui.video import input as video_input

PARTS = (
    (processing_utils, "async_ssrf_protected_download", picture_input),
    (route_utils, "GradioUploadFile", uploads),
    (route_utils, "GradioMultiPartParser", uploads),
    (routes, "GradioMultiPartParser", uploads),
    (routes.App, "create_app", modules),
    (GradioMCPServer, "convert_strings_to_filedata", mcp_server),
    (GradioMCPServer, "postprocess_output_data", mcp_server),
    (GradioMCPServer, "get_tool_to_endpoint", mcp_server),
)


def _nothing(task: str) -> None:
    raise RuntimeError(task)


def _built() -> gr.Blocks:
    adapt_mcp_server()
    demo = build_demo(_nothing).queue()
    refuse_crowds(demo)
    return demo


@pytest.fixture(scope="module")
def demo() -> gr.Blocks:
    return _built()


@pytest.mark.parametrize(
    ("owner", "name", "ours"), PARTS, ids=lambda part: getattr(part, "__name__", part)
)
def test_each_replacement_is_the_one_in_use(
    demo: gr.Blocks, owner: object, name: str, ours: object
) -> None:
    assert inspect.getmodule(getattr(owner, name)) is ours


def test_importing_gradio_writes_no_stubs() -> None:
    assert component_meta.create_or_modify_pyi is gradio_stubs.write_no_stubs


def test_each_job_goes_through_the_guard(demo: gr.Blocks) -> None:
    for method in (demo.process_api, demo.preprocess_data, demo._queue.push):
        assert method.__module__ == "mmsent.ui.server.guard"


def test_inputs_leave_files_untouched() -> None:
    with gr.Blocks():
        blocks = (
            picture_input.picture_input(),
            video_input.video_input(),
            video_input.sound_button(),
            several_input.files_input(),
        )
    assert {block.preprocess.__name__ for block in blocks} == {"_untouched"}


@pytest.mark.parametrize(
    ("owner", "name", "ours"), PARTS, ids=lambda part: getattr(part, "__name__", part)
)
def test_no_page_is_built_without_one_of_them(
    monkeypatch: pytest.MonkeyPatch, owner: object, name: str, ours: object
) -> None:
    monkeypatch.delattr(owner, name)
    with pytest.raises(MissingPartError, match=name):
        _built()


def test_a_renamed_part_is_named() -> None:
    with pytest.raises(MissingPartError, match=r"no Blocks\.renamed any more"):
        replace(gr.Blocks, "renamed", None)
