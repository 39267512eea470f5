"""A limit for requests that carry no file: Gradio reads their whole body into memory, however long
it is."""

from typing import Final

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mmsent.ui.common.picture_input import MAX_DATA_URL

# the longest that is meant: a picture inside the request, with a text
MAX_BODY: Final = MAX_DATA_URL + 2**20
TOO_LONG: Final = (
    f"The request is longer than {MAX_BODY // 2**20} MB. Please upload files, or send less text."
)
UPLOAD: Final = "/gradio_api/upload"  # goes to the disk piece by piece, and has limits of its own


class TooLongError(Exception):
    """A body without a declared length turned out to be too long."""


class BodyLimit:
    """Middleware: answers 413 where a body is longer than MAX_BODY bytes, before more than that was
    read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] != "http"
            or scope["path"].removeprefix(scope.get("root_path", "")) == UPLOAD
        ):
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > MAX_BODY:
            await PlainTextResponse(TOO_LONG, 413)(scope, receive, send)
            return
        received, answered = 0, False

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > MAX_BODY:
                raise TooLongError
            return message

        async def noted(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            await self._app(scope, counted, noted)
        except TooLongError:
            if not answered:
                await PlainTextResponse(TOO_LONG, 413)(scope, receive, send)
