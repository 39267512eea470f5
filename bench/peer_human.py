"""Another tool that reads emotions in the browser, on the same film in the same Chromium: the
package ``@vladmandic/human`` (MIT) of npm, face detector and emotion net, each frame read anew.

    npm pack @vladmandic/human @tensorflow/tfjs-backend-wasm    # and unpack both
    python -m bench.peer_human HUMAN/package WASM/package       # right after bench.live_browser

Prints readings a second with one and with five faces, the seconds to the first reading (files from
the same machine), and the longest task of the page's main thread. The two folders are read, nothing
of them is kept. Emotions of its own set of seven; how often they are right is not asked here.
"""

import tempfile
from argparse import ArgumentParser
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from playwright.sync_api import Page, Route

from bench.live import camera_frames
from bench.live_probes import LONG_TASKS
from bench.targets import report
from tests.chromium import CHROMIUM, portrait, with_camera, write_film

PAGE = "<!doctype html><title>peer</title><video autoplay muted playsinline></video>"
# Starts the camera and the tool, and reads frame after frame; resolves at the first reading.
READ = """
async address => {
  const {Human} = await import(`${address}/human/dist/human.esm.js`);
  const off = {enabled: false};
  const human = new Human({
    backend: "wasm",
    wasmPath: `${address}/wasm/wasm-out/`,
    modelBasePath: `${address}/human/models/`,
    cacheSensitivity: 0,
    filter: off, gesture: off, body: off, hand: off, object: off, segmentation: off,
    face: {
      enabled: true, mesh: off, iris: off, description: off, antispoof: off, liveness: off,
      detector: {maxDetected: 10, skipFrames: 0, skipTime: 0},
      emotion: {enabled: true, skipFrames: 0, skipTime: 0},
    },
  });
  const video = document.querySelector("video");
  video.srcObject = await navigator.mediaDevices.getUserMedia({video: {width: 640, height: 480}});
  await video.play();
  const begin = performance.now();
  window.readings = 0;
  const read = async () => {
    const {face} = await human.detect(video);
    window.faces = face.filter(one => one.emotion?.length).length;
    window.readings += window.faces > 0;
  };
  while (!window.readings) await read();
  (async () => { for (;;) { await read(); await new Promise(requestAnimationFrame); } })();
  return (performance.now() - begin) / 1000;
}
"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


def serve(folder: Path) -> ThreadingHTTPServer:
    """A server of a folder on a free port, on a thread of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    return server


def measure(page: Page, address: str, seconds: float) -> tuple[float, float, float, int]:
    """Readings a second, seconds to the first, the longest task in ms and the faces seen last."""
    page.route(f"{address}/", answer_page)
    page.goto(f"{address}/")
    first = page.evaluate(READ, address)
    page.wait_for_timeout(2000)
    page.evaluate(LONG_TASKS)
    before = page.evaluate("window.readings")
    page.wait_for_timeout(1000 * seconds)
    made = page.evaluate("window.readings") - before
    longest = page.evaluate("Math.max(0, ...window.benchTasks)")
    return made / seconds, first, longest, page.evaluate("window.faces")


def answer_page(route: Route) -> None:
    route.fulfill(body=PAGE, content_type="text/html")


def main() -> None:
    parser = ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("human", type=Path, help="the unpacked package @vladmandic/human")
    parser.add_argument("wasm", type=Path, help="the unpacked @tensorflow/tfjs-backend-wasm")
    parser.add_argument("--seconds", type=float, default=8)
    args = parser.parse_args()
    films: dict[str, Callable[[], Any]] = {
        "one face": portrait,
        "five faces": lambda: next(camera_frames(5, 1)),
    }
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "human").symlink_to(args.human.resolve())
        (folder / "wasm").symlink_to(args.wasm.resolve())
        server = serve(folder)
        address = f"http://127.0.0.1:{server.server_port}"
        for what, picture in films.items():
            with with_camera(write_film(folder / "film.mjpeg", [picture()]), CHROMIUM) as browser:
                page = browser.new_context(permissions=["camera"]).new_page()
                readings, first, longest, faces = measure(page, address, args.seconds)
            rows += [
                (f"readings a second, {what} ({faces} seen)", readings, "", True),
                (f"first reading, seconds, {what}", first, "", True),
                (f"longest task of the page, ms, {what}", longest, "", True),
            ]
        server.shutdown()
    report(rows, digits=2)


if __name__ == "__main__":
    main()
