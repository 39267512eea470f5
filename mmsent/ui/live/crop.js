// The crop of a face that the net sees, framed like its training pictures, and whether it can be
// read at all: mmsent/faces.py and mmsent/face_quality.py.

import { greyOf, resizeGrey, warp } from "./raster.js";

const middleOf = (points) =>
  [0, 1].map((k) => points.reduce((sum, point) => sum + point[k] / points.length, 0));

const between = ([x0, y0], [x1, y1]) => Math.hypot(x1 - x0, y1 - y0);

// How large a face is: the hypotenuse of eye to eye and eyes to mouth.
const spanOf = (points) =>
  Math.hypot(
    between(points[0], points[1]),
    between(middleOf(points.slice(0, 2)), middleOf(points.slice(3))),
  );

// [[a, b, x], [c, d, y]], which maps the picture onto a crop of `size` pixels a side with the face
// upright in it.
export function mapTo(points, size, { centre_x: centreX, centre_y: centreY, span }) {
  const [across, along] = [0, 1].map(
    (k) => points[1][k] - points[0][k] + points[4][k] - points[3][k],
  );
  const scale = (span * size) / Math.max(spanOf(points), 1e-6);
  const angle = Math.atan2(along, across);
  const cos = scale * Math.cos(angle);
  const sin = scale * Math.sin(angle);
  const eyes = middleOf(points.slice(0, 2));
  const mouth = middleOf(points.slice(3));
  const [x, y] = [0, 1].map((k) => (eyes[k] + mouth[k]) / 2);
  return [
    [cos, sin, centreX * size - (cos * x + sin * y)],
    [-sin, cos, centreY * size - (cos * y - sin * x)],
  ];
}

// Grey values (source, source), and from these (size, size), of a face {points}.
export function cropFace(picture, points, { source, size, frame }) {
  const [[a, b]] = mapTo(points, source, frame);
  const finer = Math.min(Math.max(Math.ceil(1 / Math.hypot(a, b)), 1), 32);
  const full = source * finer;
  const crop = greyOf(warp(picture, mapTo(points, full, frame), full, full, true));
  return resizeGrey(resizeGrey(crop, full, source), source, size);
}

// Why a face can't be read with confidence, null where it can. `crop` is its picture of `size`
// pixels a side; `limits` come from Python.
export function poorQuality(picture, { points, score }, crop, { size, frame }, limits) {
  const span = spanOf(points);
  if (span > 1 && span < limits.minSpan) return limits.tooSmall;
  if (span > 1 && shareInside(picture, size, mapTo(points, size, frame)) < limits.minShareInside)
    return limits.cutOff;
  const deviation = deviationOf(crop);
  if (deviation > 1 && deviationOf(laplacian(crop, size)) < limits.minDetail * deviation)
    return limits.blurred;
  return score < limits.minFaceProbability ? limits.unclear : null;
}

// By every fourth point of the crop.
function shareInside({ width, height }, size, [[a, b, shiftX], [c, d, shiftY]]) {
  const det = a * d - b * c;
  let inside = 0;
  let all = 0;
  for (let row = 0; row < size; row += 4) {
    for (let column = 0; column < size; column += 4, all++) {
      const x = (d * (column - shiftX) - b * (row - shiftY)) / det;
      const y = (a * (row - shiftY) - c * (column - shiftX)) / det;
      inside += x >= 0 && x < width && y >= 0 && y < height;
    }
  }
  return inside / all;
}

function deviationOf(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

function laplacian(grey, size) {
  const mirrored = (i) => (i < 0 ? -i : i >= size ? 2 * size - 2 - i : i);
  const at = (x, y) => grey[mirrored(y) * size + mirrored(x)];
  return Float32Array.from(grey, (value, i) => {
    const x = i % size;
    const y = Math.floor(i / size);
    return at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1) - 4 * value;
  });
}
