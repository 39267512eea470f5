// A source for the live core that sees what a test says: `frame` is the list of faces {box, logits, found?, score?, reason?} that
// are there now.

import {overlap} from "/live/boxes.js";

export const pointsOf = ([x, y]) => [[x + 10, y], [x + 40, y], [x + 25, y], [x + 10, y], [x + 40, y]];
const asRead = face => ({points: pointsOf(face.box), score: .99, ...face});

export class ScriptedSource {
  constructor(frame = [], {follows = .3, atOnce = Infinity} = {}) {
    Object.assign(this, {frame, follows, atOnce, searches: 0, read_: []});
  }

  async start() {}

  async read(picture, following) {
    this.searches += !following;
    const faces = following?.map(box => this.nearest(box)) ?? this.frame.filter(face => face.found !== false).map(asRead);
    faces.slice(0, this.atOnce).forEach(face => face && this.read_.push(face.box[0]));
    faces.slice(this.atOnce).forEach(face => { if (face) face.logits = null; });
    return {faces, searched: !following};
  }

  nearest(box) {
    const faces = this.frame.map(asRead).sort((a, b) => overlap(b.box, box) - overlap(a.box, box));
    return faces.length && overlap(faces[0].box, box) >= this.follows ? faces[0] : null;
  }
}
