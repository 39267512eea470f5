// An answer as one picture: its headline and sentences, the words as they are coloured on the page,
// the picture under its map.

import { savePng } from "./save.js";

const WIDE = 1200; // pixels, as EDGE and GAP are
const EDGE = 48;
const GAP = 28;
const SIZES = { headline: 40, line: 24, words: 28 };
const LEADING = 1.4;
const AROUND_WORDS = 2; // of a line of words its letters are half
const MOST_LINES = 150; // of words: what is longer makes a picture that nothing can show
const MOST_HIGH = 900; // pixels of the picture

const font = (size, family, weight = 400) => `${weight} ${size}px ${family}`;

// The text of the page's words as pieces: {text, look}, `look` being null between words, else how
// the word is coloured.
export function piecesOf(words) {
  return [...words.childNodes].flatMap((node) => {
    if (node.nodeType === Node.TEXT_NODE)
      return (
        node.textContent.match(/\n|[^\S\n]+|\S+/g)?.map((text) => ({ text, look: null })) ?? []
      );
    const style = getComputedStyle(node);
    const lined = node.matches(".toward, .away");
    const look = {
      behind: style.backgroundColor,
      line: lined ? style.borderBottomColor : "",
      dashed: node.matches(".away"),
    };
    return [{ text: node.textContent, look }];
  });
}

// The pieces in lines not wider than `most`, which `widthOf` tells; one that is wider is broken
// between its letters.
export function linesOf(pieces, most, widthOf) {
  const lines = [[]];
  let left = most;
  const put = (piece, width) => {
    lines.at(-1).push({ ...piece, width });
    left -= width;
  };
  const next = () => {
    lines.push([]);
    left = most;
  };
  for (const piece of pieces) {
    if (piece.text === "\n") {
      next();
      continue;
    }
    const blank = !piece.text.trim();
    let width = widthOf(piece.text);
    if (width > left && lines.at(-1).length) next();
    if (blank && !lines.at(-1).length) continue;
    let rest = [...piece.text];
    while (width > most && rest.length > 1) {
      let fits = rest.length - 1;
      while (fits > 1 && widthOf(rest.slice(0, fits).join("")) > most) fits--;
      const text = rest.slice(0, fits).join("");
      put({ ...piece, text }, widthOf(text));
      next();
      rest = rest.slice(fits);
      width = widthOf(rest.join(""));
    }
    put({ ...piece, text: rest.join("") }, width);
  }
  return lines;
}

// One line of pieces at (x, y), its upper left; from the right where `toTheLeft`.
function drawLine(g, pieces, x, y, size, wide, toTheLeft, ink) {
  let at = 0;
  for (const { text, look, width } of pieces) {
    const left = toTheLeft ? x + wide - at - width : x + at;
    if (look?.line) {
      g.fillStyle = look.behind;
      g.fillRect(left, y - size * 0.15, width, size * 1.45);
      g.strokeStyle = look.line;
      g.lineWidth = 4;
      g.setLineDash(look.dashed ? [8, 5] : []);
      g.beginPath();
      g.moveTo(left, y + size * 1.35);
      g.lineTo(left + width, y + size * 1.35);
      g.stroke();
    }
    g.fillStyle = ink;
    g.fillText(text, left, y);
    at += width;
  }
}

const whole = (text) =>
  text
    .split(/(\s+)/)
    .filter(Boolean)
    .map((part) => ({ text: part, look: null }));

// `answer`: {headline, lines: sentences, words: the element of words or null, photo: an image or
// null, caption: a sentence on it, heat: the canvas on it or null, strength: 0 to 100}; colours and
// letters are those of `element`.
export function drawAnswer(
  canvas,
  element,
  { headline, lines, words, photo, caption, heat, strength },
) {
  const style = getComputedStyle(element);
  const family = style.fontFamily;
  const ink = style.color;
  const wide = WIDE - 2 * EDGE;
  const g = canvas.getContext("2d");
  const blocks = [];
  const toTheLeft = words ? getComputedStyle(words).direction === "rtl" : false;

  function text(pieces, size, weight, leading, of = false) {
    g.font = font(size, family, weight);
    const broken = linesOf(pieces, wide, (part) => g.measureText(part).width);
    const shown = broken.slice(0, MOST_LINES);
    blocks.push({
      size,
      weight,
      step: size * leading,
      lines: shown,
      high: shown.length * size * leading,
      toTheLeft: of && toTheLeft,
    });
    return broken.length - shown.length;
  }
  text(whole(headline), SIZES.headline, 700, LEADING);
  for (const line of lines.filter(Boolean)) text(whole(line), SIZES.line, 400, LEADING);
  const cut = words ? text(piecesOf(words), SIZES.words, 400, AROUND_WORDS, true) : 0;
  if (cut)
    text(whole(`And ${cut} more lines, which the numbers (JSON) have.`), SIZES.line, 400, LEADING);
  if (photo && caption) text(whole(caption), SIZES.line, 400, LEADING);
  const scale = photo ? Math.min(wide / photo.naturalWidth, MOST_HIGH / photo.naturalHeight) : 0;
  const [across, down] = photo ? [photo.naturalWidth * scale, photo.naturalHeight * scale] : [0, 0];

  canvas.width = WIDE;
  canvas.height = Math.ceil(
    2 * EDGE + blocks.reduce((sum, block) => sum + block.high + GAP, 0) + down,
  );
  g.fillStyle = groundOf(element);
  g.fillRect(0, 0, canvas.width, canvas.height);
  g.textBaseline = "top";
  let y = EDGE;
  for (const { size, weight, step, lines: broken, high, toTheLeft: mirrored } of blocks) {
    g.font = font(size, family, weight);
    g.direction = mirrored ? "rtl" : "ltr";
    g.textAlign = "left";
    broken.forEach((line, i) => drawLine(g, line, EDGE, y + i * step, size, wide, mirrored, ink));
    y += high + GAP;
  }
  if (!photo) return;
  g.imageSmoothingQuality = "high";
  g.drawImage(photo, EDGE, y, across, down);
  g.globalAlpha = strength / 100;
  if (heat) g.drawImage(heat, EDGE, y, across, down);
  g.globalAlpha = 1;
}

// What is behind the element: the colour of the first of it and those around it that has one.
function groundOf(element) {
  for (let at = element; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (!/^(transparent|rgba\(.*, 0\))$/.test(colour)) return colour;
  }
  return "#fff";
}

export function saveAnswer(element, answer, name) {
  const canvas = document.createElement("canvas");
  drawAnswer(canvas, element, answer);
  savePng(canvas, name);
}
