// Reads a face crop in a page with the file of "mmsent export face". `ort` is onnxruntime-web,
// imported from your own origin, its WebAssembly too.
import {metadata} from "./onnx_metadata.js";

export async function load(ort, address) {
  const bytes = new Uint8Array(await (await fetch(address)).arrayBuffer());
  const session = await ort.InferenceSession.create(bytes);
  return grey => read(ort, session, metadata(bytes), grey);
}

// `grey`: Uint8Array, size * size pixels of an upright crop, row by row.
async function read(ort, session, about, grey) {
  const {size} = about.preprocessing.pixels, {bias, temperature, threshold} = about.calibration.emotion["*"];
  const answer = await session.run({pixels: new ort.Tensor("uint8", grey, [1, 1, size, size])});
  const scaled = [...answer.emotion.data].map((logit, i) => Math.exp((logit + bias[i]) / temperature));
  const sum = scaled.reduce((a, b) => a + b);
  const probabilities = Object.fromEntries(about.labels.emotion.map((label, i) => [label, scaled[i] / sum]));
  return {probabilities, unsure: Math.max(...Object.values(probabilities)) < threshold};
}
