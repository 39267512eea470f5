"""The page with everything that keeps it up, launched."""

from mmsent.clips import MAX_BYTES
from mmsent.lasting import lasting
from mmsent.ui.common.theme import CSS, theme
from mmsent.ui.demo import build_demo
from mmsent.ui.server import gpu
from mmsent.ui.server.cpu_fallback import with_cpu_fallback
from mmsent.ui.server.guard import refuse_crowds
from mmsent.ui.server.health import Health
from mmsent.ui.server.mcp_server import adapt_mcp_server
from mmsent.ui.server.own_folder import OwnFolder
from mmsent.ui.server.serve import serve
from mmsent.ui.server.uploads import Uploads


def run() -> None:
    """Builds the page and serves it until the process is told to stop."""
    folder = OwnFolder()
    adapt_mcp_server()
    health, uploads = Health(), Uploads()
    with lasting():
        demo = build_demo(with_cpu_fallback(gpu.load, health), health, uploads)
        demo.queue(max_size=40, default_concurrency_limit=4)
    refuse_crowds(demo)
    serve(
        demo,
        health,
        uploads,
        folder,
        theme=theme(),
        css=CSS,
        ssr_mode=False,  # Gradio's server for Node would fill in a document that is not ours
        max_file_size=MAX_BYTES,  # of a clip; pictures have a lower limit of their own
        # every live camera may wait for the model in one, and other jobs must not wait for them
        max_threads=64,
        state_session_capacity=500,  # visitors; of each, Gradio keeps a copy of the page's settings
        run_history=False,  # by default the browser would keep inputs and outputs, faces included
        footer_links=["api"],
        mcp_server=True,  # the same endpoints as tools for language models, at /gradio_api/mcp/
    )
