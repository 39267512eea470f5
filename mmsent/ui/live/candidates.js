// What MTCNN's nets propose, [x0, y0, x1, y1, score, …], moved and thinned out as facenet-pytorch
// does.

export const CELL = 12; // pixels of a side that the first net sees at once
const STRIDE = 2; // pixels between two such places

// What the first net found in one size of the picture: [x0, y0, x1, y1, score, four shifts].
export function cells(shifts, scores, scale, least) {
  const [, , rows, columns] = scores.dims;
  const plane = rows * columns;
  const found = [];
  const place = (value) => Math.floor(Math.fround(value / Math.fround(scale)));
  for (let i = 0; i < plane; i++) {
    const score = scores.data[plane + i];
    const x = STRIDE * (i % columns);
    const y = STRIDE * Math.floor(i / columns);
    if (score < Math.fround(least)) continue;
    found.push([
      place(x + 1),
      place(y + 1),
      place(x + CELL),
      place(y + CELL),
      score,
      ...[0, 1, 2, 3].map((k) => shifts.data[k * plane + i]),
    ]);
  }
  return found;
}

// The candidates without those that overlap a more probable one by more than `most`. `extra` is
// what facenet-pytorch adds to each side, `ofSmaller` measures the overlap by the smaller of both,
// not by their union.
export function suppress(candidates, most, { extra = 0, ofSmaller = false } = {}) {
  const kept = [];
  const size = (box) => (box[2] - box[0] + extra) * (box[3] - box[1] + extra);
  for (const one of [...candidates].sort((a, b) => b[4] - a[4])) {
    const free = kept.every((other) => {
      const width = Math.min(one[2], other[2]) - Math.max(one[0], other[0]) + extra;
      const height = Math.min(one[3], other[3]) - Math.max(one[1], other[1]) + extra;
      const inner = Math.max(0, width) * Math.max(0, height);
      return !(
        inner / (ofSmaller ? Math.min(size(one), size(other)) : size(one) + size(other) - inner) >
        most
      );
    });
    if (free) kept.push(one);
  }
  return kept;
}

// The square around the middle of a candidate, with its longer side.
export function squared([x0, y0, x1, y1, ...rest]) {
  const side = Math.max(x1 - x0, y1 - y0);
  const x = (x0 + x1 - side) / 2;
  const y = (y0 + y1 - side) / 2;
  return [x, y, x + side, y + side, ...rest];
}

// A candidate moved by the shifts of a net, which are shares of its sides.
export const regressed = ([x0, y0, x1, y1, score], [a, b, c, d], extra) => {
  const width = x1 - x0 + extra;
  const height = y1 - y0 + extra;
  return [x0 + a * width, y0 + b * height, x1 + c * width, y1 + d * height, score];
};
