// The faces of a stream with stable numbers: a full search now and then, in between each known face
// is followed. It is mmsent/face_tracker.py, which follows faces in clips; here the answers of the
// nets are handed in. `constants` come from there.

import { matchBoxes, overlap, rollOf } from "./boxes.js";

// A track is {number, face: {box, points, score, …}, lastSeen: seconds, misses}.
export class Tracks {
  constructor(constants) {
    this.constants = constants;
    this.present = []; // the oldest first
    this.lost = [];
    this.lastSearch = -Infinity;
    this.searchTook = 0; // seconds
    this.framesSinceSearch = 0;
    this.count = 0;
  }

  // To be called once a picture, before the rest; `now` is in seconds and never goes back.
  begin(now) {
    this.lost = this.lost.filter(
      (track) => now - track.lastSeen <= this.constants.lostTrackSeconds,
    );
    this.framesSinceSearch += 1;
  }

  isSearchDue(now) {
    const waited = now - this.lastSearch;
    const { searchSeconds, minSearchFrames, searchSecondsWhileLost, searchRest } = this.constants;
    if (this.lost.length) return waited >= searchSecondsWhileLost;
    if (!this.present.length) {
      const rest = (1 + searchRest) * this.searchTook; // since a search began
      return waited >= Math.min(Math.max(searchSecondsWhileLost, rest), searchSeconds);
    }
    return waited >= searchSeconds && this.framesSinceSearch >= minSearchFrames;
  }

  // Degrees by which the face of a track is turned; 0 where the nets see it as upright.
  roll(track) {
    const roll = rollOf(track.face.points);
    return Math.abs(roll) > this.constants.maxUprightRoll ? roll : 0;
  }

  // `faces` answers each of `tracks`, null where the face is there no more. Faces less probable
  // than `least` are dropped.
  follow(tracks, faces, now, least = 0) {
    const dropped = [];
    tracks.forEach((track, i) => {
      const face = faces[i];
      if (!face || overlap(face.box, track.face.box) < this.constants.minFollowOverlap)
        this.lost.push(track);
      else if (face.score < least) dropped.push(track);
      else Object.assign(track, { face, lastSeen: now });
    });
    this.present = this.present.filter(
      (track) => !this.lost.includes(track) && !dropped.includes(track),
    );
    this.merge();
  }

  // `found` is all that a full search found, the largest first. Returns the tracks that it missed
  // and that are kept for now: they are to be followed, with minKeepProbability as the least.
  search(found, now) {
    const { minMatchOverlap, maxMisses, maxFaces } = this.constants;
    this.lastSearch = now;
    this.framesSinceSearch = 0;
    const tracks = [...this.present, ...this.lost];
    const pairs = matchBoxes(
      tracks.map((track) => track.face.box),
      found.map((face) => face.box),
      minMatchOverlap,
    );
    const seen = pairs.map(([i, j]) =>
      Object.assign(tracks[i], { face: found[j], lastSeen: now, misses: 0 }),
    );
    const missed = this.present.filter((track) => !seen.includes(track));
    for (const track of missed) track.misses += 1;
    const doubtful = missed.filter((track) => track.misses <= maxMisses);
    const taken = new Set(pairs.map(([, j]) => j));
    const fresh = found
      .filter((_, j) => !taken.has(j))
      .map((face) => ({ number: ++this.count, face, lastSeen: now, misses: 0 }));
    this.lost = this.lost.filter((track) => !seen.includes(track));
    this.present = [...seen, ...doubtful, ...fresh].slice(0, maxFaces);
    this.merge();
    return this.present.filter((track) => doubtful.includes(track));
  }

  // Of two tracks on one face the older one stays.
  merge() {
    const kept = [];
    for (const track of this.present.sort((a, b) => a.number - b.number)) {
      if (
        kept.every(
          (other) => overlap(track.face.box, other.face.box) < this.constants.duplicateOverlap,
        )
      )
        kept.push(track);
    }
    this.present = kept;
  }

  // The picture has another size or shape: no box fits any more. Numbers are not given twice.
  forget() {
    this.present = [];
    this.lost = [];
    this.lastSearch = -Infinity;
  }
}
