// Geometry of boxes [x0, y0, x1, y1] and of the five points of a face, as in mmsent/face_boxes.py,
// face_rotation.py and face_tracker.py.

export const area = ([x0, y0, x1, y1]) => (x1 - x0) * (y1 - y0);

// Intersection over union, 0..1.
export function overlap(a, b) {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / (area(a) + area(b) - width * height);
}

// The box in whole pixels inside a picture of `width` x `height`.
export function clipBox([x0, y0, x1, y1], width, height) {
  return [
    Math.max(Math.round(x0), 0),
    Math.max(Math.round(y0), 0),
    Math.min(Math.round(x1), width),
    Math.min(Math.round(y1), height),
  ];
}

// Degrees (-180..180] by which the points [left eye, right eye, nose, left and right corner of the
// mouth] are turned clockwise.
export function rollOf(points) {
  const [x, y] = [0, 1].map((k) => points[1][k] - points[0][k] + points[4][k] - points[3][k]);
  return (Math.atan2(y, x) * 180) / Math.PI;
}

// Pairs [index in `old`, index in `found`] of the same box, in the order of `old`: the pairing with
// the largest overlap in total, without pairs that overlap by less than `least`.
export function matchBoxes(old, found, least) {
  if (!old.length || !found.length) return [];
  const turned = old.length > found.length; // assign() wants no more rows than columns
  const [rows, columns] = turned ? [found, old] : [old, found];
  return assign(rows.map((a) => columns.map((b) => -overlap(a, b))))
    .map((column, row) => (turned ? [column, row] : [row, column]))
    .filter(([i, j]) => overlap(old[i], found[j]) >= least)
    .sort(([a], [b]) => a - b);
}

// The column of each row for which the sum of the costs is the least, each column once (Kuhn 1955,
// with potentials).
function assign(costs) {
  // rows and columns count from 1 below; column 0 holds the row to be placed
  const n = costs.length;
  const m = costs[0].length;
  const ofRow = Array(n + 1).fill(0);
  const ofColumn = Array(m + 1).fill(0);
  const rowOf = Array(m + 1).fill(0);
  const cameFrom = Array(m + 1).fill(0);
  for (let i = 1; i <= n; i++) {
    const least = Array(m + 1).fill(Infinity);
    const seen = Array(m + 1).fill(false);
    let column = 0;
    rowOf[0] = i;
    do {
      seen[column] = true;
      const row = rowOf[column];
      let step = Infinity;
      let next = 0;
      for (let j = 1; j <= m; j++) {
        if (seen[j]) continue;
        const cost = costs[row - 1][j - 1] - ofRow[row] - ofColumn[j];
        if (cost < least[j]) [least[j], cameFrom[j]] = [cost, column];
        if (least[j] < step) [step, next] = [least[j], j];
      }
      for (let j = 0; j <= m; j++) {
        if (!seen[j]) {
          least[j] -= step;
          continue;
        }
        ofRow[rowOf[j]] += step;
        ofColumn[j] -= step;
      }
      column = next;
    } while (rowOf[column]);
    for (; column; column = cameFrom[column]) rowOf[column] = rowOf[cameFrom[column]];
  }
  const columns = [];
  rowOf.forEach((row, j) => {
    if (j && row) columns[row - 1] = j - 1;
  });
  return columns;
}
