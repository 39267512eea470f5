// What the tests of this folder stand on. tests/test_js_units.py serves and runs them.

const tests = [];

export const test = (name, run) => tests.push([name, run]);

// A list of [name, what went wrong or null].
export async function results() {
  const told = [];
  for (const [name, run] of tests) {
    try {
      await run();
      told.push([name, null]);
    } catch (error) {
      told.push([name, String(error?.stack ?? error)]);
    }
  }
  return told;
}

export function equal(found, expected) {
  const [a, b] = [found, expected].map((value) => JSON.stringify(value));
  if (a !== b) throw new Error(`${a} is not ${b}`);
}

// For numbers, alone or in lists.
export function near(found, expected, within = 1e-6) {
  const a = [found].flat();
  const b = [expected].flat();
  if (a.length !== b.length || a.some((value, i) => !(Math.abs(value - b[i]) <= within))) {
    throw new Error(`${JSON.stringify(found)} is not near ${JSON.stringify(expected)}`);
  }
}

// A canvas in the page, so many CSS pixels large.
export function canvasOf(width, height) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas.style, { width: `${width}px`, height: `${height}px`, color: "#000" });
  document.body.append(canvas);
  return canvas;
}

export const pixel = (canvas, x, y) => [...canvas.getContext("2d").getImageData(x, y, 1, 1).data];
