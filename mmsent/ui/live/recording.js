// What was read so far: points for the timeline, and a table to download. Numbers only, never
// pictures.

export class Timeline {
  constructor(seconds) {
    this.seconds = seconds;
    this.points = [];
  }

  // `now` is in ms, as in the points {t, track, probs, label}. A face that has not been read yet
  // leaves none.
  add(faces, now) {
    for (const { track, probs, label } of faces)
      if (probs) this.points.push({ t: now, track, probs, label });
    const first = this.points.findIndex((point) => now - point.t <= this.seconds * 1000);
    this.points.splice(0, first < 0 ? this.points.length : first);
  }

  of(track) {
    return this.points.filter((point) => point.track === track);
  }
}

// `constants`: recordEvery and recordSeconds in seconds, maxRows, csvHeader (list of names).
export class Recording {
  constructor(constants) {
    this.constants = constants;
    this.rows = [];
    this.started = null;
    this.last = -Infinity;
  }

  // A row (seconds since the first, track, box, picture size, probabilities) for every face that
  // was read, at most every recordEvery seconds; rows that are too old or too many go.
  add({ w, h, faces }, now) {
    const { recordEvery, recordSeconds, maxRows } = this.constants;
    if (now - this.last < recordEvery) return;
    this.last = now;
    this.started ??= now;
    const seconds = now - this.started;
    for (const { track, box, probs } of faces)
      if (probs) this.rows.push([seconds, track, ...box, w, h, ...probs]);
    const first = this.rows.findIndex((row) => row[0] >= seconds - recordSeconds);
    this.rows.splice(0, Math.max(first < 0 ? this.rows.length : first, this.rows.length - maxRows));
  }

  // RFC 4180; all cells are numbers.
  csv() {
    const lines = this.rows.map((row) =>
      row.map((value, i) => value.toFixed(i === 0 ? 2 : i < 8 ? 0 : 4)),
    );
    return [this.constants.csvHeader, ...lines].map((cells) => `${cells.join(",")}\r\n`).join("");
  }
}
