"""The example of docs/export.md for pages: the file of ``mmsent export face`` by onnxruntime-web,
everything from one origin."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page

import mmsent
from mmsent.__main__ import main
from mmsent.deploy import ROOT

EXAMPLES, RUNTIME = ROOT / "docs/examples", ROOT / "mmsent/ui/live/runtime"
MODULE = next((path.name for path in sorted(RUNTIME.glob("ort*.min.mjs"))), None)
RUN = """async ([module, grey]) => {
  const ort = await import(`/runtime/${module}`);
  ort.env.wasm.wasmPaths = `${location.origin}/runtime/`;
  ort.env.wasm.numThreads = 1;
  const {load} = await import("/examples/onnx_face.js");
  const read = await load(ort, "/face.onnx");
  return read(new Uint8Array(grey));
}"""


@pytest.mark.skipif(MODULE is None, reason="this version ships no onnxruntime-web")
def test_the_example_answers_as_mmsent_does(
    visitor: Page, face_checkpoint: Path, tmp_path: Path
) -> None:
    file = tmp_path / "face.onnx"
    assert main(["export", "face", str(file), "--source", str(face_checkpoint)]) == 0
    for name, folder in {"examples": EXAMPLES, "runtime": RUNTIME}.items():
        (tmp_path / name).symlink_to(folder)
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    crop = np.random.default_rng(0).integers(0, 256, (48, 48), dtype=np.uint8)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        visitor.goto(f"http://127.0.0.1:{server.server_port}/examples/")
        told = visitor.evaluate(RUN, [MODULE, crop.ravel().tolist()])
        server.shutdown()
    (scores,) = mmsent.load("face", face_checkpoint, "cpu").classify([crop])
    assert told["probabilities"] == pytest.approx(scores.as_dict(), abs=1e-3)
    assert told["unsure"] == scores.unsure
