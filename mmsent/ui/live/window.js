// The part of a picture that MTCNN's last net sees of a known face, upright, and the way back.

import { cut, resizeArea, warp } from "./raster.js";

export const ONET_SIDE = 48; // pixels that the last net takes

// Numpy's and Python's rounding.
export function roundEven(value) {
  const low = Math.floor(value);
  const rest = value - low;
  return rest === 0.5 ? low + Math.abs(low % 2) : Math.round(value);
}

// The square around a box that the last net was trained to see.
export function squareAround([x0, y0, x1, y1]) {
  const side = Math.max(x1 - x0, y1 - y0, 1);
  const x = (x0 + x1 - side) / 2;
  const y = (y0 + y1 - side) / 2;
  return [x, y, x + side, y + side];
}

// The cosine and sine of a roll in degrees.
const turn = (roll) => [Math.cos((roll * Math.PI) / 180), Math.sin((roll * Math.PI) / 180)];

// The square as it stands; black where it lies beside the picture.
export function straightWindow(picture, square) {
  const [x0, y0, x1, y1] = square.map(roundEven);
  if (x1 <= 0 || y1 <= 0 || x0 >= picture.width || y0 >= picture.height)
    return cut(picture, -ONET_SIDE, -ONET_SIDE, 0, 0);
  return resizeArea(cut(picture, x0, y0, x1, y1), ONET_SIDE, ONET_SIDE);
}

// The square with the face in it upright.
export function uprightWindow(picture, [x0, y0, x1, y1], roll) {
  const side = x1 - x0;
  const finer = Math.min(Math.max(Math.ceil(side / ONET_SIDE), 1), 8);
  const full = ONET_SIDE * finer;
  const [cos, sin] = turn(-roll).map((value) => (value * full) / side);
  const x = (x0 + x1) / 2;
  const y = (y0 + y1) / 2;
  const matrix = [
    [cos, -sin, full / 2 - (cos * x - sin * y)],
    [sin, cos, full / 2 - (sin * x + cos * y)],
  ];
  return resizeArea(warp(picture, matrix, full, full), ONET_SIDE, ONET_SIDE);
}

// A face of a window turned by `roll` around `centre`, in the picture.
export function turnedBack({ box: [x0, y0, x1, y1], points, score }, [centreX, centreY], roll) {
  const [cos, sin] = turn(roll);
  const back = ([x, y]) => [
    cos * (x - centreX) - sin * (y - centreY) + centreX,
    sin * (x - centreX) + cos * (y - centreY) + centreY,
  ];
  const [x, y] = back([(x0 + x1) / 2, (y0 + y1) / 2]);
  const upright = cos ** 2;
  const w = (upright * (x1 - x0) + (1 - upright) * (y1 - y0)) / 2;
  const h = (upright * (y1 - y0) + (1 - upright) * (x1 - x0)) / 2;
  return { box: [x - w, y - h, x + w, y + h], points: points.map(back), score };
}
