// Faces at any rotation, and those that the edge of the picture cuts: mmsent/faces.py's detector.

import { area, rollOf } from "./boxes.js";
import { turnQuarters } from "./raster.js";

const QUARTERS = [0, 90, 180, 270];

const angleBetween = (a, b) => Math.abs(((((a - b + 180) % 360) + 360) % 360) - 180);

// The share of the smaller of two boxes that lies in the other, 0..1.
function sharedArea(a, b) {
  const width = Math.max(Math.min(a[2], b[2]) - Math.max(a[0], b[0]), 0);
  const height = Math.max(Math.min(a[3], b[3]) - Math.max(a[1], b[1]), 0);
  return (width * height) / Math.max(Math.min(area(a), area(b)), 1e-6);
}

const byArea = (a, b) => area(b.box) - area(a.box);

export class Detector {
  constructor(nets, settings) {
    this.nets = nets;
    this.settings = settings;
  }

  // All faces of a picture from `smallest` pixels up, the largest first. Those that stand upright
  // are searched for first, turned ones where there is none, or if `thorough`.
  async detect(picture, { smallest = this.smallestInStreams(picture), thorough = false } = {}) {
    const { minCutShare, minCutShareThorough, minTurnedShare } = this.settings;
    const short = Math.min(picture.width, picture.height);
    const cut = Math.max(
      smallest,
      Math.trunc(short * (thorough ? minCutShareThorough : minCutShare)),
    );
    const upright = await this.findUpright(picture, smallest, cut);
    const sure = upright.filter((face) => this.isUpright(face));
    if (sure.length && sure.length === upright.length && !thorough) return upright;
    const doubtful = upright.filter((face) => !this.isUpright(face));
    const least = sure.length ? Math.max(smallest, Math.trunc(short * minTurnedShare)) : smallest;
    const turned = thorough || !sure.length ? await this.findTurned(picture, least, cut) : [];
    const others = this.dropDuplicates(sure, turned).slice(sure.length);
    const straight = await this.straightenAll(picture, [...doubtful, ...others]);
    // what turns out to be upright, or nothing better, stays as it was found
    const found = doubtful.map((face, i) =>
      !straight[i] || !(this.roll(face) || this.roll(straight[i])) ? face : straight[i],
    );
    found.push(...straight.slice(doubtful.length).filter(Boolean));
    return this.dropDuplicates(sure, found).sort(byArea);
  }

  smallestInStreams({ width, height }) {
    return Math.trunc(Math.min(width, height) * this.settings.minFaceShare);
  }

  roll(face) {
    const roll = rollOf(face.points);
    return Math.abs(roll) > this.settings.maxUprightRoll ? roll : 0;
  }

  isUpright(face) {
    return face.score >= this.settings.minUprightProbability && !this.roll(face);
  }

  // The `sure` faces, and each of the `others` once: of duplicates the most probable.
  dropDuplicates(sure, others) {
    const kept = [...sure];
    for (const face of [...others].sort((a, b) => b.score - a.score)) {
      if (kept.every((other) => sharedArea(face.box, other.box) < this.settings.minSameFaceShare))
        kept.push(face);
    }
    return kept;
  }

  async findUpright(picture, smallest, cut) {
    const whole = await this.nets.search(picture, smallest);
    const { searchMargin, minCutProbability } = this.settings;
    const beyond = (await this.nets.search(picture, cut, searchMargin)).filter(
      (face) => face.score >= minCutProbability && this.isCutByEdge(face, picture),
    );
    return this.dropDuplicates(whole, beyond).sort(byArea);
  }

  isCutByEdge({ box, points }, { width, height }) {
    const near = this.settings.edgeTolerance * (box[2] - box[0]);
    const [x, y] = [0, 1].map((k) =>
      points.reduce((sum, point) => sum + point[k] / points.length, 0),
    );
    const low = Math.min(box[0], box[1]);
    const high = Math.max(box[2] - width, box[3] - height);
    return (low < near || high > -near) && x >= 0 && x < width && y >= 0 && y < height;
  }

  // Faces of the picture turned by quarters, in coordinates of the picture itself.
  async findTurned(picture, smallest, cut) {
    const found = [];
    const size = [picture.width, picture.height];
    for (const quarters of [1, 2, 3]) {
      const back = ([x, y]) => {
        for (let done = quarters; done > 0; done--) [x, y] = [size[(done - 1) % 2] - y, x];
        return [x, y];
      };
      for (const { box, points, score } of await this.findUpright(
        turnQuarters(picture, quarters),
        smallest,
        cut,
      )) {
        const [[x0, y0], [x1, y1]] = [back(box.slice(0, 2)), back(box.slice(2))];
        const turned = [Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)];
        found.push({ box: turned, points: points.map(back), score });
      }
    }
    return found;
  }

  // Each face as the last net sees it when it stands upright; null for those that are not clearly a
  // face then.
  async straightenAll(picture, faces) {
    const boxes = faces.flatMap((face) => QUARTERS.map(() => face.box));
    const rolls = faces.flatMap((face) => QUARTERS.map((quarter) => this.roll(face) + quarter));
    const seen = await this.nets.relocate(picture, boxes, rolls);
    const straight = [];
    for (let i = 0; i < faces.length; i++) {
      const sides = seen.slice(QUARTERS.length * i, QUARTERS.length * (i + 1)).filter(Boolean);
      straight.push(await this.straighten(picture, sides));
    }
    return straight;
  }

  async straighten(picture, sides) {
    const { maxRollSteps, minTurnedProbability, maxUprightRoll } = this.settings;
    let best = sides.reduce((most, face) => (most && most.score >= face.score ? most : face), null);
    let before = null;
    for (let step = 0; step < maxRollSteps && best; step++) {
      before = rollOf(best.points);
      [best] = await this.nets.relocate(picture, [best.box], [before]);
    }
    if (!best || before === null || best.score < minTurnedProbability) return null;
    return angleBetween(rollOf(best.points), before) < maxUprightRoll ? best : null;
  }
}
