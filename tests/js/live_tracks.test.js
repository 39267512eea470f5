// Tracks of the live core against those of Python on the same streams; tests/live_scenarios.py
// makes both in the same run.

import { Core } from "/live/core.js";
import { Tracks } from "/live/tracks.js";
import { equal, test } from "./check.js";
import { follows, scenarios, settings } from "./live_expected.js";
import { ScriptedSource } from "./live_source.js";

for (const [name, { frames, rate, expected }] of Object.entries(scenarios)) {
  test(`as Python: ${name}`, async () => {
    const source = new ScriptedSource([], { follows });
    const core = new Core(source, settings);
    for (const [i, frame] of frames.entries()) {
      source.frame = frame;
      await core.read({ data: null, width: 320, height: 240 }, i / rate, {
        smoothing: 0.5,
        sensitivity: 0.5,
      });
      const found = core.tracks.present.map(({ number, face }) => [number, face.box[0]]);
      equal([i, found], [i, expected[i]]);
    }
  });
}

test("an empty room is searched the less often the longer a search takes", () => {
  const due = (took, waited) => {
    const tracks = new Tracks(settings.tracks);
    tracks.search([], 10);
    tracks.searchTook = took;
    tracks.begin(10 + waited);
    return tracks.isSearchDue(10 + waited);
  };
  const { searchSeconds, searchSecondsWhileLost, searchRest } = settings.tracks;
  equal(
    [due(0.001, searchSecondsWhileLost - 0.01), due(0.001, searchSecondsWhileLost + 0.01)],
    [false, true],
  );
  equal(
    [due(0.2, 0.2 * (1 + searchRest) - 0.01), due(0.2, 0.2 * (1 + searchRest) + 0.01)],
    [false, true],
  );
  // a newcomer does not wait longer
  equal([due(5, searchSeconds - 0.01), due(5, searchSeconds + 0.01)], [false, true]);
});
