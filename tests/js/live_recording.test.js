import { matchBoxes, overlap, rollOf } from "/live/boxes.js";
import { Recording, Timeline } from "/live/recording.js";
import { equal, near, test } from "./check.js";
import { settings } from "./live_expected.js";
import { pointsOf } from "./live_source.js";

const { emotions } = settings;

test("the pairing of boxes has the largest overlap in total", () => {
  const box = (x) => [x, 0, x + 100, 60];
  equal(matchBoxes([box(0), box(40)], [box(30), box(70)], 0.1), [
    [0, 0],
    [1, 1],
  ]);
  equal(matchBoxes([box(0), box(40), box(300)], [box(300)], 0.1), [[2, 0]]);
  equal([matchBoxes([], [box(0)], 0.1), matchBoxes([box(0)], [box(300)], 0.1)], [[], []]);
  near(overlap(box(0), box(30)), 7 / 13);
});

test("a roll is told in degrees, clockwise", () => {
  near([rollOf(pointsOf([0, 0])), rollOf(pointsOf([0, 0]).map(([x, y]) => [-y, x]))], [0, 90]);
});

test("the table has a row a face and moment, five a second, and reads back", () => {
  const recording = new Recording(settings);
  const probs = emotions.map(() => 1 / 7);
  const faces = [
    { track: 1, box: [10, 20, 110, 140], probs },
    { track: 2, box: [0, 0, 9, 9], probs: null },
  ];
  // every fourth is due
  for (let i = 0; i < 100; i++) recording.add({ w: 320, h: 240, faces }, 50 + i / 16);
  const [header, first, ...rest] = recording.csv().split("\r\n");
  equal(header, `seconds,track,x0,y0,x1,y1,frame_width,frame_height,${emotions}`);
  equal(first, `0.00,1,10,20,110,140,320,240,${emotions.map(() => "0.1429")}`);
  equal(rest.filter(Boolean).length, 24);
  recording.add({ w: 320, h: 240, faces }, 150 + settings.recordSeconds);
  equal(recording.rows.length, 1);
  recording.constants = { ...settings, maxRows: 3 };
  for (let i = 1; i < 9; i++)
    recording.add({ w: 320, h: 240, faces }, 150 + settings.recordSeconds + i);
  equal(recording.rows.length, 3);
});

test("the timeline ends after its seconds, and has no points of faces that were not read", () => {
  const timeline = new Timeline(30);
  for (let t = 0; t <= 60; t++)
    timeline.add(
      [
        { track: t % 2, probs: t ? [1] : null, label: "happy" },
        { track: 7, probs: null },
      ],
      t * 1000,
    );
  equal([timeline.points.length, timeline.points[0].t, timeline.of(7).length], [31, 30000, 0]);
  equal(
    timeline.of(1).every((point) => point.track === 1),
    true,
  );
});
