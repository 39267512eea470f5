// A map of places over the whole of a picture, drawn into the canvas that lies on it.

const CELL = 16;  // canvas pixels a place; the browser smooths the rest of the way
const $ = name => element.querySelector(name);

function colour(heat) {
  const at = heat * (HEAT.length - 1), low = Math.min(Math.floor(at), HEAT.length - 2);
  return HEAT[low].map((from, channel) => from + (at - low) * (HEAT[low + 1][channel] - from));
}

// `map` holds the grid row by row, 0 and more; `full` gets the full colour. Each place is centred on its own part of the
// picture; between the centres values run straight.
function paint(canvas, map, full, [high, wide]) {
  const g = canvas.getContext("2d");
  canvas.width = wide * CELL;
  canvas.height = high * CELL;
  const pixels = g.createImageData(canvas.width, canvas.height);
  const split = (pixel, count) => {
    const at = Math.min(Math.max((pixel + .5) / CELL - .5, 0), count - 1), low = Math.min(Math.floor(at), Math.max(count - 2, 0));
    return [low, Math.min(low + 1, count - 1), at - low];
  };
  for (let y = 0, i = 0; y < canvas.height; y++) {
    const [top, bottom, down] = split(y, high);
    for (let x = 0; x < canvas.width; x++, i += 4) {
      const [left, right, across] = split(x, wide);
      const along = row => map[row * wide + left] * (1 - across) + map[row * wide + right] * across;
      const heat = full > 0 ? Math.min((along(top) * (1 - down) + along(bottom) * down) / full, 1) : 0;
      pixels.data.set([...colour(heat), 255 * Math.min(1, 1.6 * heat)], i);
    }
  }
  g.putImageData(pixels, 0, 0);
}

function savePicture(name) {
  const photo = $(".photo"), canvas = document.createElement("canvas"), g = canvas.getContext("2d");
  canvas.width = photo.naturalWidth;
  canvas.height = photo.naturalHeight;
  g.drawImage(photo, 0, 0);
  g.globalAlpha = strength / 100;
  g.imageSmoothingQuality = "high";
  g.drawImage($(".heat"), 0, 0, canvas.width, canvas.height);
  canvas.toBlob(blob => save(blob, name), "image/png");
}
