import { cut, greyOf, pool, resizeArea, resizeGrey, turnQuarters, warp } from "/live/raster.js";
import { equal, near, test } from "./check.js";

// A picture of grey values, row by row.
function picture(rows) {
  const values = rows.flat();
  const data = new Uint8ClampedArray(values.flatMap((value) => [value, value, value, 255]));
  return { data, width: rows[0].length, height: rows.length };
}

const reds = ({ data, width }) => {
  const red = [...data].filter((_, i) => i % 4 === 0);
  const rows = [];
  for (let i = 0; i < red.length; i += width) rows.push(red.slice(i, i + width));
  return rows;
};

const RAMP = picture([
  [0, 10, 20, 30],
  [40, 50, 60, 70],
  [80, 90, 100, 110],
  [120, 130, 140, 150],
]);

// The numbers of the next five tests are those of OpenCV and PyTorch.
test("a picture is made smaller by the mean of what each pixel covers", () => {
  equal(reds(resizeArea(RAMP, 2, 2)), [
    [25, 45],
    [105, 125],
  ]);
  const steep = picture([
    [0, 16, 32, 48],
    [48, 64, 80, 96],
    [96, 112, 128, 144],
    [144, 160, 176, 192],
  ]);
  equal(reds(resizeArea(steep, 3, 3)), [
    [16, 36, 56],
    [76, 96, 116],
    [136, 156, 176],
  ]);
  equal(
    reds(
      resizeArea(
        picture([
          [0, 1],
          [0, 1],
        ]),
        1,
        1,
      ),
    ),
    [[1]],
  ); // halves go up where the sides are halved
});

test("a picture is made larger between its pixels", () => {
  equal(
    reds(
      resizeArea(
        picture([
          [0, 90],
          [90, 180],
        ]),
        3,
        3,
      ),
    ),
    [
      [0, 45, 90],
      [45, 90, 135],
      [90, 135, 180],
    ],
  );
  equal(
    [...resizeGrey([0, 100, 100, 200], 2, 4)],
    [0, 25, 75, 100, 25, 50, 100, 125, 75, 100, 150, 175, 100, 125, 175, 200],
  );
});

test("grey is weighted by the eye", () => {
  equal(
    [...greyOf({ data: [255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255], width: 3, height: 1 })],
    [76, 150, 29],
  );
});

test("the nets see the means of overlapping parts, from -1 to 1", () => {
  const out = new Float32Array(1 + 3 * 4);
  pool(RAMP, [0, 0, 3, 3], 2, 2, out, 1);
  near(
    [...out],
    [
      0,
      ...Array(3)
        .fill([25, 35, 65, 75].map((value) => (value - 127.5) / 128))
        .flat(),
    ],
  );
});

test("a picture is moved by parts of a pixel, and goes on at its edge only where that is wanted", () => {
  equal(
    reds(
      warp(
        RAMP,
        [
          [1, 0, 0.5],
          [0, 1, 0],
        ],
        4,
        1,
      ),
    ),
    [[0, 5, 15, 25]],
  );
  equal(
    reds(
      warp(
        RAMP,
        [
          [1, 0, 2],
          [0, 1, 1],
        ],
        3,
        2,
      ),
    ),
    [
      [0, 0, 0],
      [0, 0, 0],
    ],
  );
  equal(
    reds(
      warp(
        RAMP,
        [
          [1, 0, 2],
          [0, 1, 1],
        ],
        3,
        3,
        true,
      ),
    ),
    [
      [0, 0, 0],
      [0, 0, 0],
      [40, 40, 40],
    ],
  );
});

test("what is cut out beyond the edge is black", () => {
  equal(reds(cut(RAMP, 3, 2, 6, 5)), [
    [110, 0, 0],
    [150, 0, 0],
    [0, 0, 0],
  ]);
  equal(reds(cut(RAMP, -1, -1, 1, 1)), [
    [0, 0],
    [0, 0],
  ]);
  equal(reds(cut(RAMP, 9, 0, 10, 1)), [[0]]);
});

test("quarters are turned counter-clockwise", () => {
  const wide = picture([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  equal(reds(turnQuarters(wide, 1)), [
    [3, 6],
    [2, 5],
    [1, 4],
  ]);
  equal(reds(turnQuarters(wide, 2)), [
    [6, 5, 4],
    [3, 2, 1],
  ]);
  equal(turnQuarters(wide, 0).data === wide.data, true);
});
