// Pictures made of a photo's pixels: itself smaller, the surroundings of a face, and the heat map
// that lies over these.

import { heatColour } from "../common/heat.js";
import { canvasOf, fit } from "./pixels.js";
import { cut } from "./raster.js";

const MARGIN = 0.6; // of a face's width and height, on each side of it
const JPEG = { type: "image/jpeg", quality: 0.92 };

// The surroundings of a box, {part: pixels, left, top}; what is far away does not matter.
export function windowOf(picture, [x0, y0, x1, y1]) {
  const [across, down] = [(x1 - x0) * MARGIN, (y1 - y0) * MARGIN].map(Math.round);
  const left = Math.max(x0 - across, 0);
  const top = Math.max(y0 - down, 0);
  const right = Math.min(Math.max(x1 + across, left + 1), picture.width);
  const bottom = Math.min(Math.max(y1 + down, top + 1), picture.height);
  return { part: cut(picture, left, top, right, bottom), left, top };
}

// Heat (size, size) of a crop over the picture `part` that `matrix` maps onto the crop, in the size
// in which the part is shown.
export function heatLayer(heat, size, [[a, b, shiftX], [c, d, shiftY]], part, side, colours) {
  const [width, height] = fit(part.width, part.height, side);
  const data = new Uint8ClampedArray(4 * width * height);
  const at = (x, y) => (x < 0 || y < 0 || x >= size || y >= size ? 0 : heat[y * size + x]);
  for (let i = 0; i < width * height; i++) {
    const x = (((i % width) + 0.5) * part.width) / width - 0.5;
    const y = ((Math.floor(i / width) + 0.5) * part.height) / height - 0.5;
    const u = a * x + b * y + shiftX;
    const v = c * x + d * y + shiftY;
    const left = Math.floor(u);
    const top = Math.floor(v);
    const right = u - left;
    const down = v - top;
    const value =
      (1 - down) * ((1 - right) * at(left, top) + right * at(left + 1, top)) +
      down * ((1 - right) * at(left, top + 1) + right * at(left + 1, top + 1));
    data.set([...heatColour(Math.min(value, 1), colours), 255 * Math.min(1, 1.6 * value)], 4 * i);
  }
  return { data, width, height };
}

function canvasWith({ data, width, height }) {
  const canvas = canvasOf(width, height);
  canvas.getContext("2d").putImageData(new ImageData(data, width, height), 0, 0);
  return canvas;
}

export const pngBlob = (picture) => canvasWith(picture).convertToBlob({ type: "image/png" });

// Its longer side at most `side`.
export async function jpegBlob({ data, width, height }, side) {
  const bitmap = await createImageBitmap(new ImageData(data, width, height));
  const [wide, high] = fit(width, height, side);
  const canvas = canvasOf(wide, high);
  const g = canvas.getContext("2d");
  g.imageSmoothingQuality = "high";
  g.drawImage(bitmap, 0, 0, wide, high);
  bitmap.close();
  return canvas.convertToBlob(JPEG);
}
