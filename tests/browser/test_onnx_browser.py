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
RUN = """async grey => {
  const ort = await import("/runtime/ort.wasm.bundle.min.mjs");
  const packed = await fetch("/runtime/ort-wasm-simd-threaded.wasm.gz");
  const unpacked = packed.body.pipeThrough(new DecompressionStream("gzip"));
  ort.env.wasm.wasmBinary = await new Response(unpacked).arrayBuffer();
  ort.env.wasm.numThreads = 1;
  const {load} = await import("/examples/onnx_face.js");
  const read = await load(ort, "/face.onnx");
  return read(new Uint8Array(grey));
}"""


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
        told = visitor.evaluate(RUN, crop.ravel().tolist())
        server.shutdown()
    (scores,) = mmsent.load("face", face_checkpoint, "cpu").classify([crop])
    assert told["probabilities"] == pytest.approx(scores.as_dict(), abs=1e-3)
    assert told["unsure"] == scores.unsure
