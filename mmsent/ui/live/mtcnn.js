// MTCNN (Zhang et al. 2016) as facenet-pytorch runs it: upright faces of a whole picture, and the way of known ones with its last net alone.
// It is what mmsent/face_nets.py does on the server. Candidates are [x0, y0, x1, y1, score, …]; faces are {box, points, score}.

import {area} from "./boxes.js";
import {cut, pool, resizeArea, warp} from "./raster.js";

const STRIDE = 2, CELL = 12, RNET_SIDE = 24, ONET_SIDE = 48;

// The candidates without those that overlap a more probable one by more than `most`. `extra` is what facenet-pytorch adds to each side,
// `ofSmaller` measures the overlap by the smaller of both, not by their union.
export function suppress(candidates, most, {extra = 0, ofSmaller = false} = {}) {
  const kept = [], size = box => (box[2] - box[0] + extra) * (box[3] - box[1] + extra);
  for (const one of [...candidates].sort((a, b) => b[4] - a[4])) {
    const free = kept.every(other => {
      const width = Math.min(one[2], other[2]) - Math.max(one[0], other[0]) + extra;
      const height = Math.min(one[3], other[3]) - Math.max(one[1], other[1]) + extra;
      const inner = Math.max(0, width) * Math.max(0, height);
      return !(inner / (ofSmaller ? Math.min(size(one), size(other)) : size(one) + size(other) - inner) > most);
    });
    if (free) kept.push(one);
  }
  return kept;
}

// The square around the middle of a candidate, with its longer side.
function squared([x0, y0, x1, y1, ...rest]) {
  const side = Math.max(x1 - x0, y1 - y0), x = (x0 + x1 - side) / 2, y = (y0 + y1 - side) / 2;
  return [x, y, x + side, y + side, ...rest];
}

const regressed = ([x0, y0, x1, y1, score], [a, b, c, d], extra) => {
  const width = x1 - x0 + extra, height = y1 - y0 + extra;
  return [x0 + a * width, y0 + b * height, x1 + c * width, y1 + d * height, score];
};

// The square around a box that the last net was trained to see.
function squareAround([x0, y0, x1, y1]) {
  const side = Math.max(x1 - x0, y1 - y0, 1), x = (x0 + x1 - side) / 2, y = (y0 + y1 - side) / 2;
  return [x, y, x + side, y + side];
}

// The cosine and sine of a roll in degrees.
const turn = roll => [Math.cos(roll * Math.PI / 180), Math.sin(roll * Math.PI / 180)];

export class Mtcnn {
  // `run(name, values, dims)` gives the outputs of a net, [{data, dims}, …]; `settings` come from mmsent/ui/face/device.py.
  constructor(run, settings) {
    this.run = run;
    this.settings = settings;
  }

  // Upright faces from `smallest` pixels up, the largest first, in the picture with a black margin around it (a share of its short side).
  async search(picture, smallest, margin = 0) {
    const {minFaceSize} = this.settings;
    if (smallest <= minFaceSize && !margin) return this.find(picture);
    const scale = Math.min(1, minFaceSize / smallest), even = value => Math.max(1, roundEven(value * scale));
    const small = resizeArea(picture, even(picture.width), even(picture.height));
    const pad = roundEven(margin * Math.min(small.width, small.height));
    const framed = pad ? cut(small, -pad, -pad, small.width + pad, small.height + pad) : small;
    const back = value => (value - pad) / scale;
    const coarse = (await this.find(framed)).map(face => ({...face, box: face.box.map(back), points: face.points.map(point => point.map(back))}));
    const fine = await this.relocate(picture, coarse.map(face => face.box));
    return fine.map((face, i) => face ?? coarse[i]);
  }

  async find(picture) {
    const {minFaceSize, minProbability} = this.settings;
    if (Math.min(picture.width, picture.height) < minFaceSize) return [];
    const faces = await this.refine(picture, await this.filter(picture, await this.propose(picture)));
    return faces.filter(face => face.score >= minProbability).sort((a, b) => area(b.box) - area(a.box));
  }

  // The first net, on the picture in all sizes.
  async propose({width, height, ...picture}) {
    const {minFaceSize, factor, thresholds: [least]} = this.settings, all = [];
    let scale = CELL / minFaceSize;
    for (let side = Math.min(width, height) * scale; side >= CELL; side *= factor, scale *= factor) {
      const w = Math.trunc(width * scale + 1), h = Math.trunc(height * scale + 1), values = new Float32Array(3 * w * h);
      pool({width, height, ...picture}, [0, 0, width, height], w, h, values);
      const [shifts, scores] = await this.run("pnet", values, [1, 3, h, w]);
      all.push(...suppress(cells(shifts, scores, scale, least), .5));
    }
    return suppress(all, .7).map(found => squared(regressed(found, found.slice(5), 0)));
  }

  // The second net, on each candidate.
  async filter(picture, candidates) {
    const [found, [shifts, scores]] = await this.look("rnet", RNET_SIDE, picture, candidates);
    const passed = found.flatMap((box, i) => scores.data[2 * i + 1] > this.settings.thresholds[1]
      ? [[...box.slice(0, 4), scores.data[2 * i + 1], ...shifts.data.subarray(4 * i, 4 * i + 4)]] : []);
    return suppress(passed, .7).map(box => squared(regressed(box, box.slice(5), 1)));
  }

  // The last net, on what is left: {box, points, score}.
  async refine(picture, candidates) {
    const [found, [shifts, points, scores]] = await this.look("onet", ONET_SIDE, picture, candidates);
    const passed = found.flatMap((box, i) => {
      const score = scores.data[2 * i + 1], width = box[2] - box[0] + 1, height = box[3] - box[1] + 1;
      if (!(score > this.settings.thresholds[2])) return [];
      const places = Array.from({length: 5}, (_, k) =>
        [width * points.data[10 * i + k] + box[0] - 1, height * points.data[10 * i + 5 + k] + box[1] - 1]);
      const moved = regressed([...box.slice(0, 4), score], shifts.data.subarray(4 * i, 4 * i + 4), 1);
      return [Object.assign(moved, {places})];
    });
    return suppress(passed, .7, {extra: 1, ofSmaller: true})
      .map(found => ({box: found.slice(0, 4), points: found.places, score: found[4]}));
  }

  // Asks a net about the candidates that lie in the picture: [these, its outputs].
  async look(net, side, picture, candidates) {
    const found = [], places = [];
    for (const box of candidates) {
      const [x0, y0, x1, y1] = box.slice(0, 4).map(Math.trunc);
      const place = [Math.max(x0, 1) - 1, Math.max(y0, 1) - 1, Math.min(x1, picture.width), Math.min(y1, picture.height)];
      if (place[2] > place[0] && place[3] > place[1]) { found.push(box); places.push(place); }
    }
    if (!found.length) return [[], []];
    const values = new Float32Array(found.length * 3 * side * side);
    places.forEach((place, i) => pool(picture, place, side, side, values, i * 3 * side * side));
    return [found, await this.run(net, values, [found.length, 3, side, side])];
  }

  // Each box moved onto the face that it covers now, null where there is none any more. `rolls` are the degrees by which they are turned.
  async relocate(picture, boxes, rolls = []) {
    if (!boxes.length) return [];
    const squares = boxes.map(squareAround), plane = 3 * ONET_SIDE * ONET_SIDE, values = new Float32Array(boxes.length * plane);
    squares.forEach((square, i) => {
      const window = rolls[i] ? uprightWindow(picture, square, rolls[i]) : straightWindow(picture, square);
      pool(window, [0, 0, ONET_SIDE, ONET_SIDE], ONET_SIDE, ONET_SIDE, values, i * plane);
    });
    const [shifts, points, scores] = await this.run("onet", values, [boxes.length, 3, ONET_SIDE, ONET_SIDE]);
    return squares.map(([x0, y0, x1, y1], i) => {
      const score = scores.data[2 * i + 1], side = x1 - x0;
      if (!(score >= this.settings.thresholds[2])) return null;
      const box = [x0, y0, x1, y1].map((value, k) => value + side * shifts.data[4 * i + k]);
      const places = Array.from({length: 5}, (_, k) => [x0 + side * points.data[10 * i + k], y0 + side * points.data[10 * i + 5 + k]]);
      return rolls[i] ? turnedBack({box, points: places, score}, [(x0 + x1) / 2, (y0 + y1) / 2], rolls[i]) : {box, points: places, score};
    });
  }
}

// Numpy's and Python's rounding.
export function roundEven(value) {
  const low = Math.floor(value), rest = value - low;
  return rest === .5 ? low + Math.abs(low % 2) : Math.round(value);
}

// What the first net found in one size of the picture: [x0, y0, x1, y1, score, four shifts].
function cells(shifts, scores, scale, least) {
  const [, , rows, columns] = scores.dims, plane = rows * columns, found = [];
  const place = value => Math.floor(Math.fround(value / Math.fround(scale)));
  for (let i = 0; i < plane; i++) {
    const score = scores.data[plane + i], x = STRIDE * (i % columns), y = STRIDE * Math.floor(i / columns);
    if (score < Math.fround(least)) continue;
    found.push([place(x + 1), place(y + 1), place(x + CELL), place(y + CELL), score,
      ...[0, 1, 2, 3].map(k => shifts.data[k * plane + i])]);
  }
  return found;
}

function straightWindow(picture, square) {
  const [x0, y0, x1, y1] = square.map(roundEven);
  if (x1 <= 0 || y1 <= 0 || x0 >= picture.width || y0 >= picture.height) return cut(picture, -ONET_SIDE, -ONET_SIDE, 0, 0);
  return resizeArea(cut(picture, x0, y0, x1, y1), ONET_SIDE, ONET_SIDE);
}

// The square with the face in it upright.
function uprightWindow(picture, [x0, y0, x1, y1], roll) {
  const side = x1 - x0, finer = Math.min(Math.max(Math.ceil(side / ONET_SIDE), 1), 8), full = ONET_SIDE * finer;
  const [cos, sin] = turn(-roll).map(value => value * full / side), x = (x0 + x1) / 2, y = (y0 + y1) / 2;
  const matrix = [[cos, -sin, full / 2 - (cos * x - sin * y)], [sin, cos, full / 2 - (sin * x + cos * y)]];
  return resizeArea(warp(picture, matrix, full, full), ONET_SIDE, ONET_SIDE);
}

// A face of a window turned by `roll` around `centre`, in the picture.
function turnedBack({box: [x0, y0, x1, y1], points, score}, [centreX, centreY], roll) {
  const [cos, sin] = turn(roll), back = ([x, y]) => [
    cos * (x - centreX) - sin * (y - centreY) + centreX, sin * (x - centreX) + cos * (y - centreY) + centreY];
  const [x, y] = back([(x0 + x1) / 2, (y0 + y1) / 2]), upright = cos ** 2;
  const w = (upright * (x1 - x0) + (1 - upright) * (y1 - y0)) / 2, h = (upright * (y1 - y0) + (1 - upright) * (x1 - x0)) / 2;
  return {box: [x - w, y - h, x + w, y + h], points: points.map(back), score};
}
