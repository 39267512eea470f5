"""An empty page in which photos are read on the device, without a server: what it fetches is
answered from this process."""

import base64
import io
from typing import Any

from PIL import Image
from playwright.sync_api import Page

from mmsent.pipelines.face import FacePipeline
from mmsent.ui.face.photo_settings import photo_config
from tests.device_page import ADDRESS, address_of, answer

START = """async ([module, config]) => {
  const told = [], {openPhotoReader} = await import(module);
  window.reader = openPhotoReader(config, progress => told.push(progress));
  await window.reader.start();
  return told.at(-1);
}"""
READ = """async ([content]) => {
  const blob = new Blob([Uint8Array.from(atob(content), letter => letter.charCodeAt(0))]);
  try {
    return await window.reader.readPhoto(blob);
  } catch (error) {
    return {problem: error.message};
  }
}"""
EXPLAIN = """async ([index, side]) => {
  const {part, heat} = await window.reader.explain(index, side);
  const url = blob => new Promise(done => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.split(",")[1]);
    reader.readAsDataURL(blob);
  });
  return [await url(part), await url(heat)];
}"""


def open_reader(page: Page, face: FacePipeline) -> dict[str, int]:
    """Starts the reader for the net of ``face``; returns the last progress told."""
    page.route(f"{ADDRESS}**", answer)
    page.goto(ADDRESS)
    return page.evaluate(START, [address_of("live/photo_engine.js"), photo_config(face)])


def read_photo(page: Page, content: bytes) -> dict[str, Any]:
    """What the device reads in a file, or {"problem": sentence}."""
    return page.evaluate(READ, [base64.b64encode(content).decode()])


def explain_face(page: Page, index: int, side: int) -> tuple[Image.Image, Image.Image]:
    """Of a face of the last photo its surroundings, and the heat map that lies on them."""
    part, heat = page.evaluate(EXPLAIN, [index, side])
    return Image.open(io.BytesIO(base64.b64decode(part))), Image.open(
        io.BytesIO(base64.b64decode(heat))
    )
