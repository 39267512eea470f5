"""An empty page in which photos are read on the device, without a server: what it fetches is
answered from this process."""

import base64
from typing import Any

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
  const alpha = async blob => {
    const bitmap = await createImageBitmap(blob), g = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    g.drawImage(bitmap, 0, 0);
    return [bitmap.width, bitmap.height, [...g.getImageData(0, 0, bitmap.width, bitmap.height).data.filter((_, i) => i % 4 === 3)]];
  };
  return {part: (await alpha(part)).slice(0, 2), heat: await alpha(heat)};
}"""


def open_reader(page: Page, face: FacePipeline) -> dict[str, int]:
    """Starts the reader for the net of ``face``; returns the last progress told."""
    page.route(f"{ADDRESS}**", answer)
    page.goto(ADDRESS)
    return page.evaluate(START, [address_of("live/photo_engine.js"), photo_config(face)])


def read_photo(page: Page, content: bytes) -> dict[str, Any]:
    """What the device reads in a file, or {"problem": sentence}."""
    return page.evaluate(READ, [base64.b64encode(content).decode()])


def explain_face(page: Page, index: int, side: int) -> dict[str, Any]:
    """Of a face of the last photo the size of "part" and of "heat" (width, height, opacities)."""
    return page.evaluate(EXPLAIN, [index, side])
