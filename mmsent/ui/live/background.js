// Transparent pictures laid on a grey that what is opaque stands out from: mmsent/media.py.

const WEIGHTS = [0.299, 0.587, 0.114];

// A picture of RGBA pixels becomes opaque, in place; `limits` come from
// mmsent/ui/face/photo_settings.py.
export function flatten(picture, limits) {
  const { data } = picture;
  let isSeeThrough = false;
  for (let i = 3; i < data.length && !isSeeThrough; i += 4) isSeeThrough = data[i] < 255;
  if (!isSeeThrough) return picture;
  const ground = chooseGround(picture, limits);
  for (let i = 0; i < data.length; i += 4) {
    const share = data[i + 3] / 255;
    for (let k = 0; k < 3; k++) data[i + k] = ground + (data[i + k] - ground) * share;
    data[i + 3] = 255;
  }
  return picture;
}

// The first grey that contrasts enough with what borders on transparency, else the one that
// contrasts most.
export function chooseGround(
  picture,
  { backgrounds, lowContrastShare, enoughContrast, contrastStep, ...limits },
) {
  const grey = rimOf(sampleOf(picture, limits.sampleSide), limits);
  if (!grey.length) return backgrounds[0];
  const contrasts = backgrounds.map((ground) => {
    const contrast = quantile(
      grey.map((value) => Math.abs(value - ground)),
      lowContrastShare,
    );
    return Math.floor(Math.min(contrast, enoughContrast) / contrastStep);
  });
  return backgrounds[contrasts.indexOf(Math.max(...contrasts))];
}

// Every so many pixels, so that none of its sides is longer than `side`.
function sampleOf({ data, width, height }, side) {
  const step = Math.ceil(Math.max(width, height) / side);
  const [wide, high] = [Math.ceil(width / step), Math.ceil(height / step)];
  const grey = new Float32Array(wide * high);
  const alpha = new Uint8Array(wide * high);
  for (let i = 0; i < grey.length; i++) {
    const x = Math.floor((((i % wide) + 0.5) * width) / wide);
    const y = Math.floor(((Math.floor(i / wide) + 0.5) * height) / high);
    const from = 4 * (y * width + x);
    grey[i] = WEIGHTS.reduce((sum, weight, k) => sum + weight * data[from + k], 0);
    alpha[i] = data[from + 3];
  }
  return { grey, alpha, wide, high };
}

// The greys of what is solid and has a transparent neighbour.
function rimOf({ grey, alpha, wide, high }, { solidAlpha, rim }) {
  const least = Math.max(solidAlpha * alpha.reduce((a, b) => Math.max(a, b), 0), 1);
  const reach = (rim - 1) / 2;
  const isHole = (x, y) => x >= 0 && y >= 0 && x < wide && y < high && alpha[y * wide + x] < least;
  const around = Array.from({ length: rim ** 2 }, (_, i) => [
    (i % rim) - reach,
    Math.floor(i / rim) - reach,
  ]);
  return [...grey].filter(
    (_, i) =>
      alpha[i] >= least &&
      around.some(([x, y]) => isHole((i % wide) + x, Math.floor(i / wide) + y)),
  );
}

// Numpy's quantile.
function quantile(values, share) {
  const sorted = values.sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  return sorted[low] + (at - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
}
