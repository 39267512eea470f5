import {
  caption,
  drawBars,
  drawOverlay,
  drawTimeline,
  percent,
  placeBoxes,
  placePlate,
} from "/common/live_draw.js";
import { canvasOf, equal, near, pixel, test } from "./check.js";

const NAMES = { emotions: ["happy", "sad"], colours: { happy: "#ff0000", sad: "#0000ff" } };
const sides = ({ x, y, w, h }) => [x, y, w, h];

test("boxes lie on the letterboxed video", () => {
  // 320 x 240 in 800 x 480: twice as large, with 80 pixels on either side
  const [box] = placeBoxes({ w: 320, h: 240, faces: [{ box: [10, 20, 60, 80] }] }, 800, 480, false);
  near(sides(box), [100, 40, 100, 120]);
});

test("a video in a tall place has its bars above and below", () => {
  // 320 x 240 in 320 x 480: as it is, 120 pixels down
  const [box] = placeBoxes({ w: 320, h: 240, faces: [{ box: [10, 20, 60, 80] }] }, 320, 480, false);
  near(sides(box), [10, 140, 50, 60]);
});

test("a mirrored video has mirrored boxes of the same size", () => {
  const [box] = placeBoxes({ w: 320, h: 240, faces: [{ box: [10, 20, 60, 80] }] }, 800, 480, true);
  near(sides(box), [80 + 2 * (320 - 60), 40, 100, 120]);
});

for (const boxes of [
  [
    [40, 80, 60],
    [90, 85, 60],
    [60, 75, 60],
  ], // two side by side begin at the same height
  [
    [0, 0, 90],
    [30, 4, 80],
  ], // in the corner
  [
    [300, 170, 60],
    [300, 170, 60],
    [300, 170, 60],
  ],
]) {
  test(`no name hides another, and none is outside: ${JSON.stringify(boxes)}`, () => {
    const plates = [];
    const w = 400;
    const h = 260;
    for (const [x, y, side] of boxes)
      plates.push(placePlate({ x, y, w: side, h: side }, 120, w, h, plates));
    equal(
      plates.every(({ x, y }) => x >= 0 && x <= w - 120 && y >= 0 && y <= h - 26),
      true,
    );
    plates.forEach((a, i) =>
      plates.slice(i + 1).forEach((b) => {
        equal(Math.abs(a.x - b.x) >= 120 || Math.abs(a.y - b.y) >= 26, true);
      }),
    );
  });
}

test("a name stands above its box, or below it at the upper edge", () => {
  equal(placePlate({ x: 50, y: 100, w: 40, h: 40 }, 80, 400, 300, []).y, 72);
  equal(placePlate({ x: 50, y: 5, w: 40, h: 40 }, 80, 400, 300, []).y, 47);
});

test("a label is told with its probability where it is an emotion", () => {
  equal(caption({ label: "sad", probs: [0.2, 0.8] }, NAMES), "sad 80 %");
  equal(caption({ label: "not sure", probs: [0.4, 0.6] }, NAMES), "not sure");
  equal(percent(0.005), "1 %");
});

test("the frame of a face has the colour of its label", () => {
  const canvas = canvasOf(320, 240);
  const face = { track: 1, label: "sad", probs: [0.1, 0.9], box: [100, 100, 200, 200] };
  drawOverlay(canvas, { w: 320, h: 240, faces: [face] }, 1, false, NAMES);
  equal(pixel(canvas, 150, 200), [0, 0, 255, 255]);
  equal(pixel(canvas, 150, 150)[3], 0);
  drawOverlay(canvas, null, 1, false, NAMES);
  equal(pixel(canvas, 150, 200)[3], 0);
});

test("bars are made once, the highest is marked, and no face empties them", () => {
  const list = document.createElement("ul");
  drawBars(list, { probs: [0.25, 0.75] }, NAMES);
  const rows = [...list.children];
  const told = () =>
    rows.map((row) =>
      [...row.querySelectorAll("span")].map((one) => one.textContent).filter(Boolean),
    );
  equal(told(), [
    ["happy", "25 %"],
    ["sad", "75 %"],
  ]);
  equal(
    rows.map((row) => row.className),
    ["", "top"],
  );
  drawBars(list, undefined, NAMES);
  equal(
    [...list.children].every((row, i) => row === rows[i]),
    true,
  );
  equal(told(), [
    ["happy", "–"],
    ["sad", "–"],
  ]);
  equal(
    rows.map((row) => row.className),
    ["", ""],
  );
});

// Of the line of "happy", always 1: whether anything red is near its height at this time.
function red(canvas, now, t) {
  const edge = 600 - 66;
  const x = Math.round(edge - ((edge - 40) * (now - t)) / 30000);
  const { data } = canvas.getContext("2d").getImageData(x, 6, 1, 4);
  return [...Array(4).keys()].some(
    (i) => data[4 * i] > 200 && data[4 * i + 1] < 60 && data[4 * i + 3] > 100,
  );
}

test("the timeline has no line where nobody was there", () => {
  const canvas = canvasOf(600, 160);
  const now = 60000;
  const at = (t) => ({ t, probs: [1, 0], label: "happy" });
  const seen = [];
  for (let t = 40000; t <= 60000; t += 500) if (t <= 46000 || t >= 54000) seen.push(at(t));
  drawTimeline(canvas, seen, now, NAMES);
  equal(
    [42000, 50000, 58000].map((t) => red(canvas, now, t)),
    [true, false, true],
  );
});
