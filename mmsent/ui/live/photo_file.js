// A photo's file as pixels, as mmsent/media.py opens it: upright by its EXIF orientation, colours
// as they are written, the first frame of an animation, no file and no picture larger than the
// server takes. `limits` come from mmsent/ui/face/photo_settings.py.

import { flatten } from "./background.js";
import { imageKind } from "./image_kind.js";
import { canvasOf } from "./pixels.js";

const STRIP = 512; // rows copied at once: a canvas of a whole photo is more than some phones allow

// What is wrong with the file itself is wrong on every device.
const problem = (message, isOfFile = true) =>
  Object.assign(new Error(message), { isSentence: true, isOfFile });

// {data, width, height, notes} of a Blob, or of an ImageBitmap, which is used up. Rejects with a
// sentence.
export async function openPhoto(source, limits) {
  const { sentences, maxPixels } = limits;
  const { bitmap, more } =
    source instanceof Blob ? await decode(source, limits) : { bitmap: source };
  if (bitmap.width * bitmap.height > maxPixels) throw problem(sentences.tooManyPixels);
  const picture = flatten(pixelsOf(bitmap, sentences), limits);
  return { ...picture, notes: more ? [sentences[more]] : [] };
}

async function decode(blob, { sentences, maxBytes, maxPixels }) {
  if (!blob.size) throw problem(sentences.empty);
  if (blob.size > maxBytes) throw problem(sentences.tooLarge);
  const { kind, width, height, isWhole, more } = imageKind(
    new Uint8Array(await blob.arrayBuffer()),
  );
  if (!kind) throw problem(sentences.noPicture);
  if (width * height === 0) throw problem(sentences.noPixels);
  if (width * height > maxPixels) throw problem(sentences.tooManyPixels);
  if (!isWhole) throw problem(sentences.damaged);
  const how = {
    imageOrientation: "from-image",
    colorSpaceConversion: "none",
    premultiplyAlpha: "none",
  };
  const bitmap = await createImageBitmap(blob, how).catch(() => null);
  if (!bitmap)
    throw NOT_EVERYWHERE.includes(kind)
      ? problem(sentences.unknownHere.replace("{}", kind), false)
      : problem(sentences.damaged);
  return { bitmap, more };
}

const NOT_EVERYWHERE = ["AVIF", "HEIC", "TIFF"]; // kinds that not every browser opens

function pixelsOf(bitmap, sentences) {
  const { width, height } = bitmap;
  try {
    const data = new Uint8ClampedArray(4 * width * height);
    for (let y = 0; y < height; y += STRIP) {
      const rows = Math.min(STRIP, height - y);
      const g = canvasOf(width, rows).getContext("2d", { willReadFrequently: true });
      g.drawImage(bitmap, 0, y, width, rows, 0, 0, width, rows);
      data.set(g.getImageData(0, 0, width, rows).data, 4 * width * y);
    }
    return { data, width, height };
  } catch {
    throw problem(sentences.noMemory, false);
  } finally {
    bitmap.close();
  }
}
