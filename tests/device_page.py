"""An empty page in which the live view's source of readings runs on the device, without a server:
what it fetches is answered from this process."""

import base64
import io
import mimetypes
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from PIL import Image
from playwright.sync_api import Page, Route

from mmsent.media import Picture
from mmsent.pipelines.face import FacePipeline
from mmsent.pipelines.live import MAX_CLASSIFIED_PER_FRAME
from mmsent.ui.common import assets, downloads
from mmsent.ui.face import device

ADDRESS = "http://127.0.0.1/"  # nobody listens
START = """async ([module, config]) => {
  window.source = (await import(module)).makeSource(config);
  const told = [];
  await window.source.start(progress => told.push(progress));
  return told.at(-1);
}"""
READ = """async ([frames, following, rolls]) => {
  const read = [];
  for (const frame of frames) {
    const bitmap = await createImageBitmap(await (await fetch(frame)).blob()), {width, height} = bitmap;
    const g = new OffscreenCanvas(width, height).getContext("2d");
    g.drawImage(bitmap, 0, 0);
    const begin = performance.now(), picture = g.getImageData(0, 0, width, height);
    const {faces} = await window.source.read(picture, following, {rolls});
    const told = faces.map(face => face && {...face, logits: face.logits && [...face.logits]});
    read.push({took: performance.now() - begin, faces: told});
  }
  return read;
}"""


def answer(route: Route) -> None:
    path = route.request.url.removeprefix(ADDRESS)
    modules = f"{assets.ADDRESS}/{assets.VERSION}/"
    body: str | bytes | None = "<!doctype html><body></body>"
    if path.startswith(modules):
        body = assets.MODULES.get(path.removeprefix(modules))
    elif path:
        body = downloads.content(path.removeprefix(f"{downloads.ADDRESS}/"))
    kind = "text/javascript" if path.endswith("js") else mimetypes.guess_type(path or "a.html")[0]
    if body is None:
        route.fulfill(status=404)
    else:
        route.fulfill(body=body, content_type=kind or "application/octet-stream")


def address_of(module: str) -> str:
    return f"/{assets.ADDRESS}/{assets.VERSION}/{module}"


def open_device(page: Page, face: FacePipeline) -> dict[str, int]:
    """Starts the source for the nets of ``face``; returns the last progress told."""
    page.route(f"{ADDRESS}**", answer)
    page.goto(ADDRESS)
    config = device.device_config(face) or {}
    # as many as the server, so that both can be compared
    return page.evaluate(
        START, [address_of("live/device.js"), config | {"maxRead": MAX_CLASSIFIED_PER_FRAME}]
    )


def read_on_device(
    page: Page,
    frames: Sequence[Picture],
    following: Sequence[Sequence[float]] | None = None,
    rolls: Sequence[float] | None = None,
) -> list[dict[str, Any]]:
    """Of each frame {"took": milliseconds, "faces": what the source read}."""
    return page.evaluate(READ, [[_png(frame) for frame in frames], following, rolls])


def _png(frame: Picture) -> str:
    held = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(frame)).save(held, "PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(held.getvalue()).decode()


def moved(picture: Picture, roll: float = 0.0, zoom: float = 1.0, right: float = 0.0) -> Picture:
    """The picture turned by ``roll`` degrees and moved, (240, 320, 3)."""
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -roll, zoom * 240 / height)
    matrix[:, 2] += (160 - width / 2 + right, 120 - height / 2)
    return cv2.warpAffine(picture, matrix, (320, 240), flags=cv2.INTER_AREA)
