// Photos read on this device; no picture leaves it. The answer is that of
// mmsent.results.FaceResult.to_dict: {size: [width, height], faces, notes}, the largest face first,
// each {box, detection, track: null, emotions: {top, confidence, unsure, probs}, landmarks,
// quality}. Nothing here knows the page: photo_worker.js runs it in a worker, photo_engine.js
// speaks with that.

import { clipBox } from "./boxes.js";
import { mapTo } from "./crop.js";
import { Nets } from "./nets.js";
import { heatOf, occluded } from "./occlusion.js";
import { openPhoto } from "./photo_file.js";
import { heatLayer, jpegBlob, pngBlob, windowOf } from "./photo_parts.js";
import { softmax } from "./smoothing.js";

const named = (sentence, parts) => (parts.length ? [sentence.replace("{}", parts.join(", "))] : []);

// `config` is mmsent/ui/face/photo_settings.py's; addresses in it are relative to this module.
export function makeReader(config) {
  const nets = new Nets(config);
  const {
    photo: settings,
    face,
    core: { threshold },
  } = config;
  let picture = null;
  let crops = [];
  let result = null;

  // As large as its own pixels allow; in large photos small faces don't matter.
  function findFaces() {
    const longest = Math.max(picture.width, picture.height);
    const { minFaceSize } = nets.detector.settings;
    const { maxSearchSide } = settings;
    const smallest =
      longest <= maxSearchSide ? minFaceSize : Math.floor((minFaceSize * longest) / maxSearchSide);
    return nets.detector.detect(picture, { smallest, thorough: true });
  }

  function answer(found, crop, logits) {
    const probabilities = softmax(logits);
    const confidence = Math.max(...probabilities);
    const quality = nets.reason(picture, found, crop);
    const emotions = {
      top: settings.emotions[probabilities.indexOf(confidence)],
      confidence,
      unsure: quality !== null || confidence < threshold,
      probs: Object.fromEntries(settings.emotions.map((name, i) => [name, probabilities[i]])),
    };
    const box = clipBox(found.box, picture.width, picture.height);
    return { box, detection: found.score, track: null, emotions, landmarks: found.points, quality };
  }

  return {
    // Fetches and starts the nets; `progress({loaded, total})` counts bytes. Rejects with a
    // sentence.
    start: (progress) => nets.start(progress),

    // The faces of a Blob (a file of any kind that the browser opens) or an ImageBitmap, which is
    // used up. Rejects with a sentence.
    async readPhoto(source) {
      const { notes, ...pixels } = await openPhoto(source, settings);
      picture = pixels;
      const found = await findFaces();
      crops = found.map((one) => nets.crop(picture, one));
      const logits = await nets.read(crops);
      const faces = found.map((one, i) => answer(one, crops[i], logits[i]));
      const turned = found.flatMap((one, i) => (nets.detector.roll(one) ? [i + 1] : []));
      const poor = faces.flatMap(({ quality }, i) =>
        quality ? [`face ${i + 1} (${quality})`] : [],
      );
      result = {
        size: [picture.width, picture.height],
        faces,
        notes: [
          ...notes,
          ...named(settings.sentences.turned, turned),
          ...named(settings.sentences.poor, poor),
        ],
      };
      return result;
    },

    // The last photo as a JPEG Blob, its longer side at most `side` pixels.
    picture: (side) => jpegBlob(picture, side),

    // (size, size) values 0..1 over the crop of face `index` of the last photo: where its top label
    // comes from.
    async heat(index) {
      const { size } = face;
      const { top } = result.faces[index].emotions;
      const logits = await nets.read(occluded(crops[index], size, settings));
      return heatOf(logits, settings.emotions.indexOf(top), size, settings);
    },

    // The surroundings of face `index`, a JPEG Blob, and its heat map as large as these, a PNG
    // Blob; their longer side is `side` at most.
    async explain(index, side) {
      const { part, left, top } = windowOf(picture, result.faces[index].box);
      const heat = await this.heat(index);
      const points = result.faces[index].landmarks.map(([x, y]) => [x - left, y - top]);
      const layer = heatLayer(
        heat,
        face.size,
        mapTo(points, face.size, face.frame),
        part,
        side,
        settings.heatColours,
      );
      return { part: await jpegBlob(part, side), heat: await pngBlob(layer) };
    },

    stop: () => nets.stop(),
  };
}
