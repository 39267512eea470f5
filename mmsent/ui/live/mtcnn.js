// MTCNN (Zhang et al. 2016) as facenet-pytorch runs it: upright faces of a whole picture, and the
// way of known ones with its last net alone. It is what mmsent/face_nets.py does on the server.
// Candidates are [x0, y0, x1, y1, score, …]; faces are {box, points, score}.

import { area } from "./boxes.js";
import { CELL, cells, regressed, squared, suppress } from "./candidates.js";
import { cut, pool, resizeArea } from "./raster.js";
import {
  ONET_SIDE,
  roundEven,
  squareAround,
  straightWindow,
  turnedBack,
  uprightWindow,
} from "./window.js";

const RNET_SIDE = 24;

export class Mtcnn {
  // `run(name, values, dims)` gives the outputs of a net, [{data, dims}, …]; `settings` come from
  // mmsent/ui/face/device.py.
  constructor(run, settings) {
    this.run = run;
    this.settings = settings;
  }

  // Upright faces from `smallest` pixels up, the largest first, in the picture with a black margin
  // around it (a share of its short side).
  async search(picture, smallest, margin = 0) {
    const { minFaceSize } = this.settings;
    if (smallest <= minFaceSize && !margin) return this.find(picture);
    const scale = Math.min(1, minFaceSize / smallest);
    const even = (value) => Math.max(1, roundEven(value * scale));
    const small = resizeArea(picture, even(picture.width), even(picture.height));
    const pad = roundEven(margin * Math.min(small.width, small.height));
    const framed = pad ? cut(small, -pad, -pad, small.width + pad, small.height + pad) : small;
    const back = (value) => (value - pad) / scale;
    const coarse = (await this.find(framed)).map((face) => ({
      ...face,
      box: face.box.map(back),
      points: face.points.map((point) => point.map(back)),
    }));
    const fine = await this.relocate(
      picture,
      coarse.map((face) => face.box),
    );
    return fine.map((face, i) => face ?? coarse[i]);
  }

  async find(picture) {
    const { minFaceSize, minProbability } = this.settings;
    if (Math.min(picture.width, picture.height) < minFaceSize) return [];
    const faces = await this.refine(
      picture,
      await this.filter(picture, await this.propose(picture)),
    );
    return faces
      .filter((face) => face.score >= minProbability)
      .sort((a, b) => area(b.box) - area(a.box));
  }

  // The first net, on the picture in all sizes.
  async propose({ width, height, ...picture }) {
    const { minFaceSize, factor, thresholds } = this.settings;
    const all = [];
    let scale = CELL / minFaceSize;
    for (
      let side = Math.min(width, height) * scale;
      side >= CELL;
      side *= factor, scale *= factor
    ) {
      const w = Math.trunc(width * scale + 1);
      const h = Math.trunc(height * scale + 1);
      const values = new Float32Array(3 * w * h);
      pool({ width, height, ...picture }, [0, 0, width, height], w, h, values);
      const [shifts, scores] = await this.run("pnet", values, [1, 3, h, w]);
      all.push(...suppress(cells(shifts, scores, scale, thresholds[0]), 0.5));
    }
    return suppress(all, 0.7).map((found) => squared(regressed(found, found.slice(5), 0)));
  }

  // The second net, on each candidate.
  async filter(picture, candidates) {
    const [found, [shifts, scores]] = await this.look("rnet", RNET_SIDE, picture, candidates);
    const passed = found.flatMap((box, i) =>
      scores.data[2 * i + 1] > this.settings.thresholds[1]
        ? [[...box.slice(0, 4), scores.data[2 * i + 1], ...shifts.data.subarray(4 * i, 4 * i + 4)]]
        : [],
    );
    return suppress(passed, 0.7).map((box) => squared(regressed(box, box.slice(5), 1)));
  }

  // The last net, on what is left: {box, points, score}.
  async refine(picture, candidates) {
    const [found, [shifts, points, scores]] = await this.look(
      "onet",
      ONET_SIDE,
      picture,
      candidates,
    );
    const passed = found.flatMap((box, i) => {
      const score = scores.data[2 * i + 1];
      const width = box[2] - box[0] + 1;
      const height = box[3] - box[1] + 1;
      if (!(score > this.settings.thresholds[2])) return [];
      const places = Array.from({ length: 5 }, (_, k) => [
        width * points.data[10 * i + k] + box[0] - 1,
        height * points.data[10 * i + 5 + k] + box[1] - 1,
      ]);
      const moved = regressed(
        [...box.slice(0, 4), score],
        shifts.data.subarray(4 * i, 4 * i + 4),
        1,
      );
      return [Object.assign(moved, { places })];
    });
    return suppress(passed, 0.7, { extra: 1, ofSmaller: true }).map((found) => ({
      box: found.slice(0, 4),
      points: found.places,
      score: found[4],
    }));
  }

  // Asks a net about the candidates that lie in the picture: [these, its outputs].
  async look(net, side, picture, candidates) {
    const found = [];
    const places = [];
    for (const box of candidates) {
      const [x0, y0, x1, y1] = box.slice(0, 4).map(Math.trunc);
      const place = [
        Math.max(x0, 1) - 1,
        Math.max(y0, 1) - 1,
        Math.min(x1, picture.width),
        Math.min(y1, picture.height),
      ];
      if (place[2] > place[0] && place[3] > place[1]) {
        found.push(box);
        places.push(place);
      }
    }
    if (!found.length) return [[], []];
    const values = new Float32Array(found.length * 3 * side * side);
    places.forEach((place, i) => pool(picture, place, side, side, values, i * 3 * side * side));
    return [found, await this.run(net, values, [found.length, 3, side, side])];
  }

  // Each box moved onto the face that it covers now, null where there is none any more. `rolls` are
  // the degrees by which they are turned.
  async relocate(picture, boxes, rolls = []) {
    if (!boxes.length) return [];
    const squares = boxes.map(squareAround);
    const plane = 3 * ONET_SIDE * ONET_SIDE;
    const values = new Float32Array(boxes.length * plane);
    squares.forEach((square, i) => {
      const window = rolls[i]
        ? uprightWindow(picture, square, rolls[i])
        : straightWindow(picture, square);
      pool(window, [0, 0, ONET_SIDE, ONET_SIDE], ONET_SIDE, ONET_SIDE, values, i * plane);
    });
    const [shifts, points, scores] = await this.run("onet", values, [
      boxes.length,
      3,
      ONET_SIDE,
      ONET_SIDE,
    ]);
    return squares.map(([x0, y0, x1, y1], i) => {
      const score = scores.data[2 * i + 1];
      const side = x1 - x0;
      if (!(score >= this.settings.thresholds[2])) return null;
      const box = [x0, y0, x1, y1].map((value, k) => value + side * shifts.data[4 * i + k]);
      const places = Array.from({ length: 5 }, (_, k) => [
        x0 + side * points.data[10 * i + k],
        y0 + side * points.data[10 * i + 5 + k],
      ]);
      return rolls[i]
        ? turnedBack({ box, points: places, score }, [(x0 + x1) / 2, (y0 + y1) / 2], rolls[i])
        : { box, points: places, score };
    });
  }
}
