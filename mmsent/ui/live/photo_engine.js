// The page's way to the reader of photos, which runs in a worker.

import { link } from "./link.js";
import { GAVE_UP } from "./sentences.js";

export const canReadPhotos = () =>
  typeof Worker === "function" &&
  typeof OffscreenCanvas === "function" &&
  typeof WebAssembly === "object";

// Returns {start, readPhoto, picture, explain, close}; promises that reject with a sentence, which
// has no `isSentence` where the reader is to be closed. `start` may be called before each photo: it
// fetches the nets once, and `progress({loaded, total})` tells of the bytes. `config` is
// mmsent/ui/face/photo_settings.py's.
export function openPhotoReader(config, progress, worker = newWorker()) {
  const call = link(worker, { progress });
  worker.onerror = (event) => {
    console.warn(event.message);
    call.abort(new Error(GAVE_UP));
  };
  return {
    start: () => call("start", config),
    readPhoto: (source) => call("readPhoto", source, source instanceof Blob ? [] : [source]),
    picture: (side) => call("picture", side),
    explain: (index, side) => call("explain", { index, side }),
    close() {
      worker.terminate();
      call.abort(new Error("closed"));
    },
  };
}

const newWorker = () =>
  new Worker(new URL("./photo_worker.js", import.meta.url), { type: "module" });
