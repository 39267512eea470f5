// A photo with a numbered box and caption for every face, drawn into a canvas, to be saved.

import { caption, colourOf } from "./photo_draw.js";

const INK = "#020617";

// `image` is the photo as it is shown, of any size; `names` as photo_draw.js takes them.
export function annotate(image, { faces, size }, names) {
  const canvas = document.createElement("canvas");
  const g = canvas.getContext("2d");
  const [width, height] = ([canvas.width, canvas.height] = [
    image.naturalWidth,
    image.naturalHeight,
  ]);
  const scale = width / size[0];
  const line = Math.max(2, Math.round(Math.max(width, height) / 400));
  const letters = Math.max(12, Math.round(Math.max(width, height) / 48));
  g.drawImage(image, 0, 0);
  g.font = `${letters}px system-ui, sans-serif`;
  g.textBaseline = "middle";
  for (const [i, face] of [...faces.entries()].reverse()) {
    // the largest face is drawn last, on top
    const [x0, y0, x1, y1] = face.box.map((value) => value * scale);
    const colour = colourOf(face, names);
    for (const [style, wide] of [
      [INK, 3 * line],
      [colour, line],
    ]) {
      Object.assign(g, { strokeStyle: style, lineWidth: wide });
      g.strokeRect(x0, y0, x1 - x0, y1 - y0);
    }
    const text = `${i + 1} · ${caption(face, names)}`;
    // in a crowd the words would hide the neighbours
    tag(
      g,
      x0,
      y0,
      g.measureText(text).width > 2.5 * (x1 - x0) ? String(i + 1) : text,
      colour,
      letters,
      [width, height],
    );
  }
  return canvas;
}

// White words on a dark plate above the box, moved inside where the picture ends.
function tag(g, left, bottom, text, colour, letters, [width, height]) {
  const pad = letters / 2;
  const wide = g.measureText(text).width + 3 * pad;
  const high = 1.6 * letters;
  const x = Math.min(Math.max(left, 0), Math.max(width - wide, 0));
  const y = Math.min(Math.max(bottom - high, 0), Math.max(height - high, 0));
  g.fillStyle = INK;
  g.fillRect(x, y, wide, high);
  g.fillStyle = colour;
  g.fillRect(x, y, pad / 2, high);
  g.fillStyle = "#ffffff";
  g.fillText(text, x + 1.5 * pad, y + high / 2);
}
