// Where a face is at a time, by the rule of mmsent/sightings.py, which draws the MP4 and sends its
// constants along; null where it is not there. "sightings" are in the order of time.
export function faceAt(sightings, time, { sameShot, linger }) {
  const next = sightings.findIndex((face) => face.time > time);
  const at = next < 0 ? sightings.length : next;
  const before = sightings[at - 1];
  const after = sightings[at];
  if (before && after && after.time - before.time <= sameShot) {
    const share = (time - before.time) / (after.time - before.time);
    return {
      ...before,
      box: before.box.map((side, i) => (1 - share) * side + share * after.box[i]),
    };
  }
  if (before && time - before.time <= linger) return before;
  if (after && after.time - time <= linger) return after;
  return null;
}
