// The live core: raw readings of a source in, steady numbers, probabilities and labels out. It asks
// the source for one picture after the other and holds all there is to remember of a visitor; it
// runs in a worker (worker.js), or in the page.
//
// A source is {read(picture, following, {rolls}), stop?()}; that of the device has start(progress),
// too. `read` answers {faces, searched}. Each face is {box, points, score, logits, reason}: logits
// null with a reason where it can't be read, without one where it was not its turn. With
// `following` (boxes, those first that have waited longest) each is answered, null where it was
// lost; null asks for a full search. `rolls` are the degrees by which the followed faces are
// turned.

import { clipBox } from "./boxes.js";
import { Recording } from "./recording.js";
import { Person } from "./smoothing.js";
import { Tracks } from "./tracks.js";

export class Core {
  constructor(source, constants) {
    this.constants = constants;
    this.source = source;
    this.tracks = new Tracks(constants.tracks);
    this.people = new Map(); // by the numbers of their tracks
    this.recording = new Recording(constants);
    this.size = "";
    this.baselineUntil = null;
  }

  // From the next picture on, with the constants of the net that reads then. What is known of the
  // faces stays.
  use(source, constants) {
    this.source.stop?.();
    Object.assign(this, { source, constants });
    for (const person of this.people.values()) person.constants = constants;
  }

  // The faces in a picture {data, width, height}: {w, h, faces: [{track, box, label, probs,
  // reason}], baseline}. `now` is in seconds and never goes back; `smoothing` 0..2 and
  // `sensitivity` 0..1 may change at any time.
  async read(picture, now, { smoothing, sensitivity }) {
    const size = `${picture.width}x${picture.height}`;
    if (size !== this.size) this.tracks.forget();
    this.size = size;
    this.tracks.begin(now);
    if (!this.tracks.isSearchDue(now)) await this.follow(picture, now, smoothing);
    // at once where somebody was lost
    if (this.tracks.isSearchDue(now)) await this.search(picture, now, smoothing);
    this.finishBaseline(now);
    const faces = this.tracks.present
      .filter((track) => this.people.has(track.number))
      .map((track) => {
        const person = this.people.get(track.number);
        const label = person.show(sensitivity);
        person.seenAt = now;
        const box = clipBox(track.face.box, picture.width, picture.height);
        return { track: track.number, box, label, probs: person.probs, reason: person.reason };
      });
    for (const [number, person] of this.people) {
      if (now - person.seenAt > this.constants.tracks.lostTrackSeconds) this.people.delete(number);
    }
    const reply = { w: picture.width, h: picture.height, faces, baseline: this.baseline };
    this.recording.add(reply, now);
    return reply;
  }

  async follow(picture, now, smoothing) {
    const waited = (track) => this.people.get(track.number)?.readAt ?? -Infinity;
    const tracks = [...this.tracks.present].sort(
      (a, b) => waited(a) - waited(b) || a.number - b.number,
    );
    if (!tracks.length) return; // nobody is there: the source is asked for the next search only
    const { faces, searched } = await this.ask(picture, tracks);
    if (searched) this.tracks.search(faces, now);
    else this.tracks.follow(tracks, faces, now);
    this.takeReadings(faces, now, smoothing);
  }

  async search(picture, now, smoothing) {
    const begun = performance.now();
    const { faces } = await this.source.read(picture, null);
    this.tracks.searchTook = (performance.now() - begun) / 1000;
    const missed = this.tracks.search(faces, now);
    this.takeReadings(faces, now, smoothing);
    if (!missed.length) return;
    const again = await this.ask(picture, missed);
    const kept = again.searched ? [] : again.faces;
    this.tracks.follow(missed, kept, now, this.constants.tracks.minKeepProbability);
    this.takeReadings(kept, now, smoothing);
  }

  ask(picture, tracks) {
    const boxes = tracks.map((track) => track.face.box);
    const rolls = tracks.map((track) => this.tracks.roll(track));
    return this.source.read(picture, boxes, { rolls });
  }

  takeReadings(faces, now, smoothing) {
    for (const { number, face } of this.tracks.present) {
      if (!faces.includes(face) || !(face.logits || face.reason)) continue;
      if (!this.people.has(number)) this.people.set(number, new Person(this.constants));
      const person = this.people.get(number);
      person.seenAt = now;
      person.take(face, now, smoothing, this.baselineUntil !== null);
    }
  }

  // "collecting" while neutral faces are recorded, "set" while somebody is there who has one, else
  // null.
  get baseline() {
    if (this.baselineUntil !== null) return "collecting";
    return [...this.people.values()].some((person) => person.excess) ? "set" : null;
  }

  // The mean of each face over the next seconds becomes its neutral expression.
  startBaseline(now) {
    this.clearBaseline();
    this.baselineUntil = now + this.constants.baselineSeconds;
  }

  clearBaseline() {
    this.baselineUntil = null;
    for (const person of this.people.values()) person.clearBaseline();
  }

  finishBaseline(now) {
    if (this.baselineUntil === null || now < this.baselineUntil) return;
    for (const person of this.people.values()) person.setBaseline();
    this.baselineUntil = null;
  }
}
