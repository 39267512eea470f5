import { Core } from "/live/core.js";
import { excessOf, softmax } from "/live/smoothing.js";
import { equal, near, test } from "./check.js";
import { settings } from "./live_expected.js";
import { ScriptedSource, faceAt } from "./live_source.js";

const PICTURE = { data: null, width: 320, height: 240 };
const { emotions, notSure, baselineSeconds } = settings;
const logits = (values) => emotions.map((name) => values[name] ?? 0);
const at = (name) => emotions.indexOf(name);

// A stream of one face, or of those in `frame`: play(values, seconds) feeds the same logits and
// returns the labels shown.
function stream({
  rate = 10,
  smoothing = 0.5,
  sensitivity = 0.5,
  frame = [faceAt(100, 80)],
  ...more
} = {}) {
  const source = new ScriptedSource(frame, more);
  const core = new Core(source, settings);
  const one = {
    source,
    core,
    now: 0,
    last: null,
    async play(values, seconds) {
      const labels = [];
      source.frame = source.frame.map((face) => ({ ...face, logits: values && logits(values) }));
      for (let i = 0; i < Math.round(seconds * rate); i++, one.now += 1 / rate) {
        one.last = await core.read(PICTURE, one.now, { smoothing, sensitivity });
        labels.push(one.last.faces[0]?.label);
      }
      return labels;
    },
  };
  return one;
}

for (const rate of [5, 30]) {
  test(`smoothing is in seconds, not pictures: ${rate} a second`, async () => {
    const live = stream({ rate });
    await live.play({ sad: 9 }, 1);
    await live.play({ happy: 9 }, 0.5);
    const {
      faces: [face],
    } = await live.core.read(PICTURE, 1.5, { smoothing: 0.5, sensitivity: 0.5 });
    near(face.probs[at("happy")], 1 - Math.exp(-(0.5 + 1 / rate) / 0.5), 0.01);
  });
}

test("a flickering face does not change its label", async () => {
  const live = stream({ rate: 15 });
  const shown = new Set();
  await live.play({ happy: 3, sad: 2.6 }, 1);
  let changes = 0;
  for (let i = 0; i < 200; i++) {
    const sad = 2.9 + Math.sin(i * 12.9898) * 0.6; // ahead about every other time
    changes += sad > 3;
    for (const label of await live.play({ happy: 3, sad }, 1 / 15)) shown.add(label);
  }
  equal(changes > 50, true);
  equal([...shown], ["happy"]);
});

test("a clear change shows within a second, and more readily when sensitive", async () => {
  const delays = [];
  for (const sensitivity of [0, 0.5, 1]) {
    const live = stream({ sensitivity });
    await live.play({ neutral: 4 }, 1);
    delays.push((await live.play({ surprise: 4 }, 3)).indexOf("surprise") / 10);
  }
  equal(delays[2] < delays[0] && delays[1] >= 0 && delays[1] <= 0.7, true);
});

test("a weak expression is not sure, and keeps its probabilities", async () => {
  const live = stream();
  equal([...new Set(await live.play({ happy: 0.4 }, 1))], [notSure]);
  near(live.last.faces[0].probs, softmax(logits({ happy: 0.4 })));
});

test("the neutral baseline takes off a resting lean", async () => {
  const live = stream();
  const resting = { sad: 2, neutral: 1 };
  equal((await live.play(resting, 1)).at(-1), "sad");
  live.core.startBaseline(live.now);
  await live.play(resting, baselineSeconds - 0.1);
  equal(live.last.baseline, "collecting");
  equal((await live.play(resting, 3)).at(-1), "neutral");
  equal(live.last.baseline, "set");
  equal((await live.play({ ...resting, happy: 5 }, 3)).at(-1), "happy");
  live.core.clearBaseline();
  equal((await live.play(resting, 3)).at(-1), "sad");
  equal(live.last.baseline, null);
});

test("the excess of a resting face leaves alone what it does not lean to", () => {
  const excess = excessOf([logits({ sad: 1 }), logits({ sad: 3, happy: -9 })], settings);
  const margin = settings.baselineMargin;
  near(
    [excess[at("sad")], excess[at("neutral")], excess[at("happy")]],
    [2 + margin, 0, Math.max(0, margin - 4.5)],
  );
});

test("a baseline goes with its face", async () => {
  const live = stream();
  await live.play({ sad: 2 }, 1);
  live.core.startBaseline(live.now);
  await live.play({ sad: 2 }, baselineSeconds + 0.2);
  equal(live.last.baseline, "set");
  live.source.frame = [];
  await live.play({}, 1.5);
  equal([live.last.faces, live.last.baseline], [[], null]);
});

test("while nobody is there the source is asked five times a second", async () => {
  const live = stream({ rate: 30, frame: [] });
  await live.play({}, 2);
  equal(
    [live.source.asked === live.source.searches, Math.abs(live.source.asked - 10) <= 2],
    [true, true],
  );
});

test("many faces take turns, and all are named", async () => {
  const live = stream({
    rate: 15,
    atOnce: 3,
    frame: [0, 1, 2, 3, 4].map((i) => faceAt(60 * i, 10)),
  });
  await live.play({ happy: 4 }, 2);
  equal(
    live.last.faces.map((face) => face.label),
    Array(5).fill("happy"),
  );
  const counts = [0, 1, 2, 3, 4].map((i) => live.source.wasRead.filter((x) => x === 60 * i).length);
  equal(Math.min(...counts) >= 10, true); // each at least five times a second
});

test("a face that can't be read is not sure, says why, and is read again when it can be", async () => {
  const live = stream({ frame: [faceAt(100, 80, { reason: "blurred" })] });
  equal([...new Set(await live.play(null, 0.5))], [notSure]);
  equal(
    live.last.faces.map(({ probs, reason }) => [probs, reason]),
    [[null, "blurred"]],
  );
  live.source.frame = [faceAt(100, 80)];
  equal((await live.play({ happy: 4 }, 0.5)).at(-1), "happy");
  live.source.frame = [faceAt(100, 80, { reason: "too small" })];
  equal((await live.play(null, 0.3)).at(-1), notSure);
  equal(live.last.faces[0].reason, "too small");
});

test("a source may search by itself while it should follow", async () => {
  const live = stream();
  await live.play({ happy: 4 }, 0.5);
  const read = live.source.read.bind(live.source);
  live.source.read = async (picture) => read(picture, null);
  live.source.frame.push(faceAt(220, 20));
  await live.play({ happy: 4 }, 0.2);
  equal(
    live.last.faces.map((face) => face.track),
    [1, 2],
  );
});

test("another source goes on with the same faces, a turned camera begins anew", async () => {
  const live = stream();
  await live.play({ happy: 4 }, 1);
  let stopped = 0;
  live.source.stop = () => {
    stopped += 1;
  };
  live.core.use(live.source, { ...settings, threshold: 0.99 }); // that of another net
  await live.play({ happy: 4 }, 0.3);
  equal([stopped, live.last.faces[0].track, live.last.faces[0].label], [1, 1, notSure]);
  const { faces, w, h } = await live.core.read({ ...PICTURE, width: 240, height: 320 }, live.now, {
    smoothing: 0.5,
    sensitivity: 0.5,
  });
  equal([faces.map((face) => face.track), w, h], [[2], 240, 320]);
});

test("a source that fails costs a picture, not the faces", async () => {
  const live = stream();
  const { source } = live;
  await live.play({ happy: 4 }, 1);
  live.core.source = {
    read: async () => {
      throw new Error("gone");
    },
  };
  let told = null;
  await live.play({ happy: 4 }, 0.1).catch((error) => {
    told = error.message;
  });
  live.core.source = source;
  await live.play({ happy: 4 }, 0.2);
  equal([told, live.last.faces[0].track], ["gone", 1]);
});

test("boxes lie in whole pixels inside the picture", async () => {
  const live = stream({ frame: [{ box: [-7.4, 10.6, 60, 300] }] });
  await live.play({ happy: 4 }, 0.1);
  equal(live.last.faces[0].box, [0, 11, 60, 240]);
});
