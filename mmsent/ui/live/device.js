// The source of raw readings that runs the nets itself, in ONNX Runtime as WebAssembly (runtime/): no picture leaves the device. All that it
// needs is fetched at the start, from the app; after that it asks for nothing.

import {cropFace, poorQuality} from "./crop.js";
import {Detector} from "./detector.js";
import {fetchAll, unzip} from "./downloads.js";
import {Mtcnn} from "./mtcnn.js";
import {blank} from "./raster.js";
import * as ort from "./runtime/ort.wasm.bundle.min.mjs";

const NETS = ["pnet", "rnet", "onet", "face"];

// `config` is mmsent/ui/face/device.py's; addresses in it are relative to this module.
export function makeSource({files, detector, face, quality, maxRead}) {
  const sessions = {};
  const nets = new Mtcnn(run, detector), search = new Detector(nets, detector);

  async function run(name, values, dims) {
    const session = sessions[name], tensor = new ort.Tensor(values instanceof Uint8ClampedArray ? new Uint8Array(values.buffer) : values, dims);
    const outputs = await session.run({[session.inputNames[0]]: tensor});
    return session.outputNames.map(output => ({data: outputs[output].data, dims: outputs[output].dims}));
  }

  // (N, features and logits) -> the logits of each crop by the temperature.
  async function read(crops) {
    const pixels = new Uint8ClampedArray(crops.length * face.size ** 2);
    crops.forEach((crop, i) => pixels.set(crop, i * face.size ** 2));
    const [{data, dims: [, width]}] = await run("face", pixels, [crops.length, 1, face.size, face.size]);
    return crops.map((_, i) => data.slice((i + 1) * width - face.labels, (i + 1) * width).map(logit => logit / face.temperature));
  }

  return {
    // `progress({loaded, total})` counts bytes. Rejects with a sentence.
    async start(progress) {
      const addresses = Object.fromEntries(Object.entries(files).map(([name, address]) => [name, new URL(address, import.meta.url)]));
      const got = await fetchAll(addresses, progress);
      Object.assign(ort.env.wasm, {numThreads: 1, proxy: false, wasmBinary: await unzip(got.runtime)});
      ort.env.logLevel = "error";
      for (const name of NETS) sessions[name] = await ort.InferenceSession.create(got[name], {executionProviders: ["wasm"]});
      const side = 4 * detector.minFaceSize;  // the first run of a net takes longer than the rest
      await nets.find(blank(side, side));
      await nets.relocate(blank(side, side), [[0, 0, side, side]]);
      await read([new Uint8ClampedArray(face.size ** 2)]);
    },

    async read(picture, following, {rolls} = {}) {
      const found = following ? await nets.relocate(picture, following, rolls) : await search.detect(picture);
      const first = found.filter(Boolean).slice(0, maxRead), crops = first.map(one => cropFace(picture, one.points, face));
      const logits = crops.length ? await read(crops) : [];
      first.forEach((one, i) => {
        one.reason = poorQuality(picture, one, crops[i], face, quality);
        if (!one.reason) one.logits = logits[i];
      });
      const faces = found.map(one => one && {logits: null, reason: null, ...one});
      return {faces, searched: !following};
    },

    stop() {
      for (const session of Object.values(sessions)) session.release();
    },
  };
}
