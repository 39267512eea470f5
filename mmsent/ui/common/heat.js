// A map of places over the whole of a picture, drawn into the canvas that lies on it.

const CELL = 16; // canvas pixels a place; the browser smooths the rest of the way

// Heat 0..1 as red, green and blue on the way from the first to the last of `colours`.
export function heatColour(heat, colours) {
  const at = heat * (colours.length - 1);
  const low = Math.min(Math.floor(at), colours.length - 2);
  return colours[low].map(
    (from, channel) => from + (at - low) * (colours[low + 1][channel] - from),
  );
}

// `map` holds the grid row by row, 0 and more; `full` gets the full colour. Each place is centred
// on its own part of the picture; between the centres values run straight.
export function paint(canvas, map, full, [high, wide], colours) {
  const g = canvas.getContext("2d");
  canvas.width = wide * CELL;
  canvas.height = high * CELL;
  const pixels = g.createImageData(canvas.width, canvas.height);
  const split = (pixel, count) => {
    const at = Math.min(Math.max((pixel + 0.5) / CELL - 0.5, 0), count - 1);
    const low = Math.min(Math.floor(at), Math.max(count - 2, 0));
    return [low, Math.min(low + 1, count - 1), at - low];
  };
  for (let y = 0, i = 0; y < canvas.height; y++) {
    const [top, bottom, down] = split(y, high);
    for (let x = 0; x < canvas.width; x++, i += 4) {
      const [left, right, across] = split(x, wide);
      const along = (row) =>
        map[row * wide + left] * (1 - across) + map[row * wide + right] * across;
      const heat =
        full > 0 ? Math.min((along(top) * (1 - down) + along(bottom) * down) / full, 1) : 0;
      pixels.data.set([...heatColour(heat, colours), 255 * Math.min(1, 1.6 * heat)], i);
    }
  }
  g.putImageData(pixels, 0, 0);
}
