// The nets of a face checkpoint on this device, in ONNX Runtime as WebAssembly (runtime/): faces
// found, cut out and read. All that they need is fetched at the start, from the app; after that
// they ask for nothing.

import { cropFace, poorQuality } from "./crop.js";
import { Detector } from "./detector.js";
import { fetchAll, unzip } from "./downloads.js";
import { Mtcnn } from "./mtcnn.js";
import { blank } from "./raster.js";
import * as ort from "./runtime/ort.wasm.bundle.min.mjs";

const NAMES = ["pnet", "rnet", "onet", "face"];
const BATCH = 16; // crops read at once: more take more memory, and no less time

export class Nets {
  // `config` is mmsent/ui/face/device.py's; addresses in it are relative to this module.
  constructor({ files, detector, face, quality }) {
    Object.assign(this, { files, face, limits: quality, sessions: {} });
    this.mtcnn = new Mtcnn((name, values, dims) => this.run(name, values, dims), detector);
    this.detector = new Detector(this.mtcnn, detector);
  }

  // `progress({loaded, total})` counts bytes. Rejects with a sentence.
  async start(progress) {
    const addresses = Object.fromEntries(
      Object.entries(this.files).map(([name, address]) => [
        name,
        new URL(address, import.meta.url),
      ]),
    );
    const got = await fetchAll(addresses, progress);
    Object.assign(ort.env.wasm, {
      numThreads: 1,
      proxy: false,
      wasmBinary: await unzip(got.runtime),
    });
    ort.env.logLevel = "error";
    for (const name of NAMES)
      this.sessions[name] = await ort.InferenceSession.create(got[name], {
        executionProviders: ["wasm"],
      });
    // the first run of a net takes longer than the rest
    const side = 4 * this.detector.settings.minFaceSize;
    await this.mtcnn.find(blank(side, side));
    await this.mtcnn.relocate(blank(side, side), [[0, 0, side, side]]);
    await this.read([new Uint8ClampedArray(this.face.size ** 2)]);
  }

  async run(name, values, dims) {
    const session = this.sessions[name];
    const tensor = new ort.Tensor(
      values instanceof Uint8ClampedArray ? new Uint8Array(values.buffer) : values,
      dims,
    );
    const outputs = await session.run({ [session.inputNames[0]]: tensor });
    return session.outputNames.map((output) => ({
      data: outputs[output].data,
      dims: outputs[output].dims,
    }));
  }

  // The grey picture that the net sees of a face {points}.
  crop(picture, { points }) {
    return cropFace(picture, points, this.face);
  }

  // Why a face can't be read with confidence, null where it can.
  reason(picture, face, crop) {
    return poorQuality(picture, face, crop, this.face, this.limits);
  }

  // The logits of each crop, divided by the temperature.
  async read(crops) {
    const logits = [];
    for (let i = 0; i < crops.length; i += BATCH)
      logits.push(...(await this.readBatch(crops.slice(i, i + BATCH))));
    return logits;
  }

  async readBatch(crops) {
    const { size, labels, temperature } = this.face;
    const pixels = new Uint8ClampedArray(crops.length * size ** 2);
    crops.forEach((crop, i) => pixels.set(crop, i * size ** 2));
    // (N, features and logits)
    const [
      {
        data,
        dims: [, width],
      },
    ] = await this.run("face", pixels, [crops.length, 1, size, size]);
    return crops.map((_, i) =>
      data.slice((i + 1) * width - labels, (i + 1) * width).map((logit) => logit / temperature),
    );
  }

  stop() {
    for (const session of Object.values(this.sessions)) session.release();
  }
}
