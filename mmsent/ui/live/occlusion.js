// Where in the crop of a face its label comes from: mmsent/explain.py's occlusion map.

import { enlarge } from "./raster.js";
import { softmax } from "./smoothing.js";

// A grey square softened as by cv2.GaussianBlur.
export function blur(grey, size, deviation) {
  const reach = Math.trunc((Math.round(6 * deviation + 1) | 1) / 2);
  const weights = [];
  for (let k = -reach; k <= reach; k++) weights.push(Math.exp(-(k ** 2) / (2 * deviation ** 2)));
  const sum = weights.reduce((a, b) => a + b, 0);
  const inside = (i) => (i < 0 ? -i : i >= size ? 2 * size - 2 - i : i);
  const along = (values, place) =>
    Float64Array.from(values, (_, i) =>
      weights.reduce(
        (total, weight, k) =>
          total + (weight / sum) * values[place(i % size, Math.floor(i / size), k - reach)],
        0,
      ),
    );
  const rows = along(grey, (x, y, k) => y * size + inside(x + k));
  return Uint8ClampedArray.from(along(rows, (x, y, k) => inside(y + k) * size + x));
}

// The crop, and a copy for each place, row by row, in which that place is blurred away.
export function occluded(crop, size, { places: [rows, columns], blurShare }) {
  const soft = blur(crop, size, size / blurShare);
  const copies = [crop];
  const edge = (i, count) => Math.floor((i * size) / count);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const copy = Uint8ClampedArray.from(crop);
      const left = edge(column, columns);
      const right = edge(column + 1, columns);
      for (let y = edge(row, rows); y < edge(row + 1, rows); y++) {
        copy.set(soft.subarray(y * size + left, y * size + right), y * size + left);
      }
      copies.push(copy);
    }
  }
  return copies;
}

// (size, size) values 0..1, all 0 where no place speaks for the label at `index`. `logits` are of
// the pictures of `occluded`.
export function heatOf(logits, index, size, { places: [rows], epsilon }) {
  const [whole, ...left] = logits.map((row) => {
    const p = Math.min(Math.max(softmax(row)[index], epsilon), 1 - epsilon);
    return Math.log(p / (1 - p));
  });
  const heat = enlarge(
      left.map((odds) => Math.max(whole - odds, 0)),
      rows,
      size,
    ),
    most = Math.max(
      heat.reduce((a, b) => Math.max(a, b)),
      1e-8,
    );
  return heat.map((value) => Math.max(value, 0) / most);
}
