// A source for the live core that sees what a test says: `frame` is the list of faces {box,
// logits?, found?, score?, reason?} that are there now. It reads the first `atOnce` faces of a
// picture.

import { overlap } from "/live/boxes.js";

export const pointsOf = ([x, y]) => [
  [x + 10, y],
  [x + 40, y],
  [x + 25, y],
  [x + 10, y],
  [x + 40, y],
];
export const faceAt = (x, y, more = {}) => ({ box: [x, y, x + 50, y + 60], ...more });

export class ScriptedSource {
  constructor(frame = [], { follows = 0.3, atOnce = Infinity } = {}) {
    Object.assign(this, { frame, follows, atOnce, asked: 0, searches: 0, wasRead: [] });
  }

  async read(picture, following) {
    this.asked += 1;
    this.searches += !following;
    const seen = this.frame.map((face) => ({
      points: pointsOf(face.box),
      score: 0.99,
      logits: null,
      reason: null,
      ...face,
    }));
    const faces =
      following?.map((box) => this.nearest(seen, box)) ??
      seen.filter((face) => face.found !== false);
    faces.filter(Boolean).forEach((face, i) => {
      if (i < this.atOnce) this.wasRead.push(face.box[0]);
      else face.logits = null;
    });
    return { faces, searched: !following };
  }

  nearest(seen, box) {
    const [best] = [...seen].sort((a, b) => overlap(b.box, box) - overlap(a.box, box));
    return best && overlap(best.box, box) >= this.follows ? best : null;
  }
}
