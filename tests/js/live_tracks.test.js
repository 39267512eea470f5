// Tracks of the live core against those of Python on the same streams; tests/live_scenarios.py makes both in the same run.

import {Core} from "/live/core.js";
import {equal, test} from "./check.js";
import {follows, scenarios, settings} from "./live_expected.js";
import {ScriptedSource} from "./live_source.js";

for (const [name, {frames, rate, expected}] of Object.entries(scenarios)) {
  test(`as Python: ${name}`, async () => {
    const source = new ScriptedSource([], {follows}), core = new Core(source, settings);
    for (const [i, frame] of frames.entries()) {
      source.frame = frame;
      await core.read({data: null, width: 320, height: 240}, i / rate, {smoothing: .5, sensitivity: .5});
      const found = core.tracks.present.map(({number, face}) => [number, face.box[0]]);
      equal([i, found], [i, expected[i]]);
    }
  });
}
