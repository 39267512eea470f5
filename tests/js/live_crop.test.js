import { cropFace, mapTo, poorQuality } from "/live/crop.js";
import { blank } from "/live/raster.js";
import { equal, near, test } from "./check.js";

const FRAME = { centre_x: 0.5, centre_y: 0.6, span: 0.5 };
const FACE = { size: 48, source: 48, frame: FRAME };
const LIMITS = {
  minSpan: 14,
  minShareInside: 0.75,
  minDetail: 0.25,
  minFaceProbability: 0.99,
  tooSmall: "small",
  cutOff: "cut",
  blurred: "blurred",
  unclear: "unclear",
};

// Eyes 30 apart, mouth 40 below: a span of 50, the middle at (x, y).
const points = (x, y) => [
  [x - 15, y - 20],
  [x + 15, y - 20],
  [x, y],
  [x - 10, y + 20],
  [x + 10, y + 20],
];

const noisy = (width, height) => {
  const picture = blank(width, height);
  for (let i = 0; i < picture.data.length; i++) picture.data[i] = (i * 7919) % 251;
  return picture;
};

const place = ([[a, b, x], [c, d, y]], point) => [
  a * point[0] + b * point[1] + x,
  c * point[0] + d * point[1] + y,
];

test("a face lies in its crop as in the training pictures", () => {
  const matrix = mapTo(points(100, 80), 48, FRAME);
  near(place(matrix, [100, 80]), [24, 28.8]);
  near([matrix[0][0], matrix[0][1]], [24 / 50, 0]);
});

test("a turned face stands upright in its crop", () => {
  // by 90 degrees, clockwise
  const turned = points(100, 80).map(([x, y]) => [100 - (y - 80), 80 + x - 100]);
  const matrix = mapTo(turned, 48, FRAME);
  near(
    place(matrix, turned[0]),
    place(mapTo(points(100, 80), 48, FRAME), points(100, 80)[0]),
    1e-6,
  );
});

test("points on one spot make no crop without end", () => {
  const spot = Array(5).fill([30, 30]);
  equal(cropFace(noisy(60, 60), spot, FACE).length, 48 * 48);
  equal(
    poorQuality(
      noisy(60, 60),
      { points: spot, score: 0.5 },
      new Uint8ClampedArray(48 * 48),
      FACE,
      LIMITS,
    ),
    "unclear",
  );
});

test("a large face is averaged, a crop is enlarged to what the net wants", () => {
  const grey = blank(400, 400);
  grey.data.fill(90);
  const large = points(0, 0).map(([x, y]) => [200 + 4 * x, 200 + 4 * y]);
  const crop = cropFace(grey, large, { size: 96, source: 48, frame: FRAME });
  equal([crop.length, Math.min(...crop), Math.max(...crop)], [96 * 96, 90, 90]);
});

for (const [reason, face, at] of [
  [null, { score: 1 }, points(100, 100)],
  ["unclear", { score: 0.98 }, points(100, 100)],
  ["cut", { score: 1 }, points(8, 100)],
  ["small", { score: 1 }, points(0, 0).map(([x, y]) => [100 + x / 4, 100 + y / 4])],
]) {
  test(`a face is told to be ${reason ?? "well to be seen"}`, () => {
    const picture = noisy(200, 200);
    equal(
      poorQuality(picture, { points: at, ...face }, cropFace(picture, at, FACE), FACE, LIMITS),
      reason,
    );
  });
}

test("a face without detail is blurred", () => {
  const soft = Uint8ClampedArray.from({ length: 48 * 48 }, (_, i) => 4 * (i % 48));
  equal(
    poorQuality(noisy(200, 200), { points: points(100, 100), score: 1 }, soft, FACE, LIMITS),
    "blurred",
  );
});
