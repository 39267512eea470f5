// The live core against Python on the same raw readings; tests/live_scenarios.py makes both in the same run.

import {Core} from "/live/core.js";
import {equal, near, test} from "./check.js";
import {follows, scenarios, settings} from "./live_expected.js";
import {ScriptedSource} from "./live_source.js";

const PICTURE = {data: null, width: 320, height: 240};

for (const [name, {frames, rate, smoothing, sensitivity, orders, expected}] of Object.entries(scenarios)) {
  test(`as Python: ${name}`, async () => {
    const source = new ScriptedSource([], {follows}), core = new Core(source, settings);
    for (const [i, frame] of frames.entries()) {
      const now = i / rate;
      source.frame = frame;
      if (orders[i] === "start") core.startBaseline(now);
      if (orders[i] === "clear") core.clearBaseline();
      const {faces} = await core.read(PICTURE, now, {smoothing, sensitivity});
      equal([i, faces.map(({track, label}) => [track, label])], [i, expected[i].map(([track, label]) => [track, label])]);
      near(faces.flatMap(face => face.probs), expected[i].flatMap(([, , probs]) => probs), 1e-5);
    }
  });
}
