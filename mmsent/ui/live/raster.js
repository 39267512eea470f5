// Pictures {data: Uint8ClampedArray RGBA, width, height} cut, scaled and turned with the arithmetic
// of OpenCV and PyTorch, so that the nets see here what they see in Python. Assigning to a
// Uint8ClampedArray rounds halves to even, as both do.

export const blank = (width, height) => ({
  data: new Uint8ClampedArray(4 * width * height),
  width,
  height,
});

// Of each of `to` places along a side of `from` pixels: the first pixel that counts, and how much
// it and the following ones do.
function areaWeights(from, to) {
  const step = from / to;
  return Array.from({ length: to }, (_, i) => {
    const start = i * step;
    const end = Math.min(start + step, from);
    const first = Math.floor(start);
    const weights = [];
    for (let k = first; k < end - 1e-6; k++)
      weights.push((Math.min(end, k + 1) - Math.max(start, k)) / (end - start));
    return { first, weights };
  });
}

// `blocky`: how cv2.INTER_AREA enlarges.
function linearWeights(from, to, blocky) {
  const step = from / to;
  return Array.from({ length: to }, (_, i) => {
    const at = blocky ? Math.floor(i * step) : (i + 0.5) * step - 0.5;
    const share = blocky ? Math.max(0, i + 1 - (at + 1) / step) % 1 : at - Math.floor(at);
    const first = Math.floor(at);
    if (first < 0) return { first: 0, weights: [1] };
    return first >= from - 1
      ? { first: from - 1, weights: [1] }
      : { first, weights: [1 - share, share] };
  });
}

// Any number of channels between each other; `out` takes the values.
function resample(data, width, channels, rows, columns, out, bias = 0) {
  const line = new Float64Array(width * channels);
  rows.forEach(({ first, weights }, y) => {
    line.fill(0);
    weights.forEach((weight, k) => {
      const start = (first + k) * width * channels;
      for (let i = 0; i < line.length; i++) line[i] += weight * data[start + i];
    });
    columns.forEach((column, x) => {
      for (let c = 0; c < channels; c++) {
        let sum = bias;
        for (let k = 0; k < column.weights.length; k++)
          sum += column.weights[k] * line[(column.first + k) * channels + c];
        out[(y * columns.length + x) * channels + c] = sum;
      }
    });
  });
}

// cv2.resize with INTER_AREA.
export function resizeArea({ data, width, height }, toWidth, toHeight) {
  if (width === toWidth && height === toHeight) return { data, width, height };
  const shrinks = width >= toWidth && height >= toHeight;
  const weights = shrinks ? areaWeights : (from, to) => linearWeights(from, to, true);
  const small = blank(toWidth, toHeight);
  const halves = width === 2 * toWidth && height === 2 * toHeight; // OpenCV rounds up here
  resample(
    data,
    width,
    4,
    weights(height, toHeight),
    weights(width, toWidth),
    small.data,
    halves ? 1e-4 : 0,
  );
  return small;
}

// A grey square of `from` pixels a side as one of `to`: cv2.resize with INTER_AREA where it
// shrinks, else INTER_LINEAR.
export function resizeGrey(grey, from, to) {
  if (from === to) return grey;
  const weights = from > to ? areaWeights(from, to) : linearWeights(from, to, false);
  const out = new Uint8ClampedArray(to * to);
  resample(grey, from, 1, weights, weights, out, from === 2 * to ? 1e-4 : 0);
  return out;
}

// Values on a square of `from` places a side as one of `to`: cv2.resize with INTER_LINEAR of
// floats.
export function enlarge(values, from, to) {
  const weights = linearWeights(from, to, false);
  const out = new Float32Array(to * to);
  resample(values, from, 1, weights, weights, out);
  return out;
}

// cv2.cvtColor to grey.
export function greyOf({ data, width, height }) {
  const grey = new Uint8ClampedArray(width * height);
  for (let i = 0, k = 0; i < grey.length; i++, k += 4)
    grey[i] = (9798 * data[k] + 19235 * data[k + 1] + 3735 * data[k + 2] + 16384) >> 15;
  return grey;
}

// The pixels from x0 to x1 and y0 to y1; what lies outside is black.
export function cut(picture, x0, y0, x1, y1) {
  const part = blank(Math.max(0, x1 - x0), Math.max(0, y1 - y0));
  const left = Math.max(x0, 0);
  const right = Math.min(x1, picture.width);
  if (right <= left) return part;
  for (let y = Math.max(y0, 0); y < Math.min(y1, picture.height); y++) {
    const row = 4 * y * picture.width;
    part.data.set(
      picture.data.subarray(row + 4 * left, row + 4 * right),
      4 * ((y - y0) * part.width + left - x0),
    );
  }
  return part;
}

// cv2.warpAffine: `matrix` [[a, b, x], [c, d, y]] maps the picture to the (width, height) result.
// Beyond the edge lies black, or with `replicate` the edge itself.
export function warp(picture, matrix, width, height, replicate = false) {
  const [[a, b, shiftX], [c, d, shiftY]] = matrix;
  const det = a * d - b * c;
  const out = blank(width, height);
  const { data, width: w, height: h } = picture;
  // -4 is a place before the first pixel: what is read there counts for nothing
  const at = (x, y) =>
    replicate
      ? 4 * (Math.min(Math.max(y, 0), h - 1) * w + Math.min(Math.max(x, 0), w - 1))
      : x < 0 || y < 0 || x >= w || y >= h
        ? -4
        : 4 * (y * w + x);
  for (let y = 0, k = 0; y < height; y++) {
    for (let x = 0; x < width; x++, k += 4) {
      const fromX = (d * (x - shiftX) - b * (y - shiftY)) / det;
      const fromY = (a * (y - shiftY) - c * (x - shiftX)) / det;
      const x0 = Math.floor(fromX);
      const y0 = Math.floor(fromY);
      const right = fromX - x0;
      const down = fromY - y0;
      const place = at(x0, y0);
      const beside = at(x0 + 1, y0);
      const below = at(x0, y0 + 1);
      const across = at(x0 + 1, y0 + 1);
      for (let channel = 0; channel < 3; channel++) {
        out.data[k + channel] =
          (1 - down) *
            ((1 - right) * (data[place + channel] ?? 0) + right * (data[beside + channel] ?? 0)) +
          down *
            ((1 - right) * (data[below + channel] ?? 0) + right * (data[across + channel] ?? 0));
      }
    }
  }
  return out;
}

// The picture turned counter-clockwise by quarters, as numpy.rot90 does.
export function turnQuarters(picture, quarters) {
  let { data, width, height } = picture;
  for (let turn = 0; turn < quarters; turn++) {
    const from = new Uint32Array(data.buffer, data.byteOffset, width * height);
    const to = new Uint32Array(width * height);
    for (let y = 0; y < width; y++)
      for (let x = 0; x < height; x++) to[y * height + x] = from[x * width + width - 1 - y];
    [data, width, height] = [new Uint8ClampedArray(to.buffer), height, width];
  }
  return { data, width, height };
}

// The pixels from x0 to x1 and y0 to y1 (inside the picture) as (3, height, width) values in about
// -1..1 for MTCNN, each the mean of its part: torch's interpolate with mode="area". They go to
// `out` from `offset`.
export function pool({ data, width: stride }, [x0, y0, x1, y1], width, height, out, offset = 0) {
  const columns = parts(x0, x1, width);
  const rows = parts(y0, y1, height);
  const plane = width * height;
  for (let y = 0, place = offset; y < height; y++) {
    const top = rows[2 * y];
    const bottom = rows[2 * y + 1];
    for (let x = 0; x < width; x++, place++) {
      const left = columns[2 * x];
      const right = columns[2 * x + 1];
      const count = (bottom - top) * (right - left);
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let row = top; row < bottom; row++) {
        for (let k = 4 * (row * stride + left), end = 4 * (row * stride + right); k < end; k += 4) {
          red += data[k];
          green += data[k + 1];
          blue += data[k + 2];
        }
      }
      out[place] = (red / count - 127.5) / 128;
      out[place + plane] = (green / count - 127.5) / 128;
      out[place + 2 * plane] = (blue / count - 127.5) / 128;
    }
  }
}

// Where each of so many overlapping parts of a side begins and ends.
function parts(from, to, count) {
  const ends = new Int32Array(2 * count);
  for (let i = 0; i < count; i++) {
    ends[2 * i] = from + Math.floor((i * (to - from)) / count);
    ends[2 * i + 1] = from + Math.ceil(((i + 1) * (to - from)) / count);
  }
  return ends;
}
