import { Detector } from "/live/detector.js";
import { suppress } from "/live/candidates.js";
import { Mtcnn } from "/live/mtcnn.js";
import { roundEven } from "/live/window.js";
import { blank } from "/live/raster.js";
import { equal, near, test } from "./check.js";

test("of boxes on one face the most probable stays", () => {
  const boxes = [
    [0, 0, 10, 10, 0.8],
    [1, 0, 11, 10, 0.9],
    [30, 0, 40, 10, 0.7],
  ];
  equal(suppress(boxes, 0.5), [boxes[1], boxes[2]]);
  equal(suppress(boxes, 0.9), [boxes[1], boxes[0], boxes[2]]);
});

test("a small box inside of a large one overlaps it by the smaller of both", () => {
  const boxes = [
    [0, 0, 99, 99, 0.9],
    [10, 10, 29, 29, 0.8],
  ];
  equal(suppress(boxes, 0.7).length, 2);
  equal(suppress(boxes, 0.7, { extra: 1, ofSmaller: true }), [boxes[0]]);
});

test("boxes without area are no trouble", () =>
  equal(
    suppress(
      [
        [5, 5, 5, 5, 0.9],
        [5, 5, 5, 5, 0.8],
      ],
      0.5,
    ).length,
    2,
  ));

test("halves are rounded as in Python", () =>
  equal(
    [0.5, 1.5, 2.5, 2.51, -0.5].map((value) => roundEven(value) + 0),
    [0, 2, 2, 3, 0],
  ));

const SETTINGS = {
  thresholds: [0.6, 0.7, 0.7],
  factor: 0.709,
  minFaceSize: 20,
  minProbability: 0.9,
};

// Nets that always answer the same of each window.
const nets = (answers) =>
  new Mtcnn(
    async (name, values, [n]) =>
      answers[name].map((row) => ({ data: Float32Array.from(Array(n).fill(row).flat()) })),
    SETTINGS,
  );

const POINTS = [0.3, 0.7, 0.5, 0.35, 0.65, 0.4, 0.4, 0.6, 0.8, 0.8];

test("a known face is moved as the last net says", async () => {
  const source = nets({ onet: [[0.1, 0, 0.1, 0], POINTS, [0.05, 0.95]] });
  // its square is 50 pixels wide, from 45 on
  const [face] = await source.relocate(blank(200, 200), [[50, 50, 90, 100]]);
  near(face.box, [50, 50, 100, 100]);
  near(face.points.flat(), [60, 70, 80, 70, 70, 80, 62.5, 90, 77.5, 90], 1e-5);
  near(face.score, 0.95, 1e-6);
});

test("a turned face comes back turned", async () => {
  const source = nets({ onet: [[0, 0, 0, 0], POINTS, [0.05, 0.95]] });
  const [face] = await source.relocate(blank(200, 200), [[50, 50, 100, 100]], [90]);
  near(face.box, [50, 50, 100, 100]);
  // the left eye, above and left of the middle, now right of it and above
  near(face.points[0], [80, 65], 1e-5);
});

test("a face that is there no more is null, and no box asks no net", async () => {
  equal(
    await nets({ onet: [[0, 0, 0, 0], POINTS, [0.5, 0.5]] }).relocate(blank(99, 99), [
      [0, 0, 20, 20],
      [-90, -90, -60, -60],
    ]),
    [null, null],
  );
  equal(await nets({}).relocate(blank(99, 99), []), []);
});

test("what is too small to hold a face is not searched", async () =>
  equal(await nets({}).search(blank(19, 99), 20), []));

// A detector before nets that find `upright` in the picture as it stands.
const detector = (upright) =>
  new Detector(
    {
      search: async (_, smallest, margin) => (margin ? [] : upright),
      relocate: async (_, boxes) => boxes.map(() => null),
    },
    {
      minFaceShare: 1 / 12,
      minCutShare: 1 / 6,
      minUprightProbability: 0.995,
      maxUprightRoll: 30,
      minSameFaceShare: 0.5,
      searchMargin: 0.3,
      minCutProbability: 0.95,
      edgeTolerance: 0.05,
      minTurnedProbability: 0.99,
      maxRollSteps: 2,
    },
  );
const at = (x, side, score) => ({
  box: [x, 50, x + side, 50 + side],
  score,
  points: POINTS.slice(0, 5).map((across, k) => [x + side * across, 50 + side * POINTS[5 + k]]),
});

test("sure faces are told as they are, the largest first", async () => {
  equal(
    (await detector([at(10, 20, 0.999), at(60, 40, 0.999)]).detect(blank(200, 150))).map(
      (face) => face.box[0],
    ),
    [60, 10],
  );
});

test("a doubtful face that is nothing better from any side stays", async () => {
  equal(
    (await detector([at(10, 20, 0.96)]).detect(blank(200, 150))).filter(
      (face) => face.box[0] === 10,
    ).length,
    1,
  );
});
