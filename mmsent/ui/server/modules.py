"""Serves the page's modules of JavaScript, and what it downloads, beside Gradio's own addresses,
however the page is launched: by itself, mounted in another app, or behind a server that gives it a
path."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from gradio import routes
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mmsent.ui.common import assets, downloads
from mmsent.ui.server.gradio_patches import replace

FOR_GOOD: Final = "public, max-age=31536000, immutable"
KINDS: Final = {
    ".jpg": "image/jpeg",
    ".png": "image/png",
}  # of downloads that others than our own modules ask for
AGAIN: Final = "no-cache"  # asked for anew each time


def serve_modules() -> None:
    """For every page that is launched or mounted from now on."""
    replace(routes.App, "create_app", staticmethod(_create_app))


async def module(request: Request) -> Response:
    """A module of any version is today's: a page that was opened before a restart goes on. Only
    what lies in ``assets.MODULES`` can be had."""
    text = assets.MODULES.get(request.path_params["name"])
    if text is None:
        return Response("There is no such module.", 404, media_type="text/plain")
    current = request.path_params["version"] == assets.VERSION
    headers = {
        "Cache-Control": FOR_GOOD if current else AGAIN,
        "X-Content-Type-Options": "nosniff",
    }
    return Response(text, media_type="text/javascript", headers=headers)


async def download(request: Request) -> Response:
    """A file that was offered; the first who asks waits until it is made."""
    content = await run_in_threadpool(downloads.content, request.path_params["path"])
    if content is None:
        return Response("There is no such file.", 404, media_type="text/plain")
    headers = {"Cache-Control": FOR_GOOD, "X-Content-Type-Options": "nosniff"}
    suffix = Path(request.path_params["path"]).suffix
    kind = KINDS.get(suffix, "application/octet-stream")
    return Response(content, media_type=kind, headers=headers)


_create: Final[Callable[..., routes.App]] = routes.App.create_app


def _create_app(*args: Any, **settings: Any) -> routes.App:
    app = _create(*args, **settings)
    # before Gradio's own, which take every address
    app.router.routes[:0] = [
        Route(f"/{assets.ADDRESS}/{{version}}/{{name:path}}", module),
        Route(f"/{downloads.ADDRESS}/{{path:path}}", download),
    ]
    return app
