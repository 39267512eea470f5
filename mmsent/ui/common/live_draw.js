// Drawing for the live view and for clips: boxes over the video, bars, the timeline. No state is
// kept here. `names` are the {emotions, colours} of the answer: a list, in the order of its
// probabilities, and their colours by name.

export const TIMELINE_SECONDS = 30;

export const percent = (p) => `${Math.round(p * 100)} %`;

// The label a person reads: the steady label, with its probability when it names an emotion.
export function caption(face, { emotions }) {
  const at = emotions.indexOf(face.label);
  return at < 0 ? face.label : `${face.label} ${percent(face.probs[at])}`;
}

function sharpContext(canvas) {
  const scale = window.devicePixelRatio || 1;
  const { clientWidth: w, clientHeight: h } = canvas;
  if (canvas.width !== Math.round(w * scale) || canvas.height !== Math.round(h * scale)) {
    canvas.width = Math.round(w * scale);
    canvas.height = Math.round(h * scale);
  }
  const g = canvas.getContext("2d");
  g.setTransform(scale, 0, 0, scale, 0, 0);
  g.clearRect(0, 0, w, h);
  return [g, w, h];
}

// Boxes of the server's frame on the page: the video is letterboxed into the stage and may be
// mirrored.
export function placeBoxes(reply, w, h, mirrored) {
  const scale = Math.min(w / reply.w, h / reply.h);
  const left = (w - reply.w * scale) / 2;
  const top = (h - reply.h * scale) / 2;
  return reply.faces.map(({ box: [x0, y0, x1, y1] }) => {
    const [a, b] = mirrored ? [reply.w - x1, reply.w - x0] : [x0, x1];
    return { x: left + a * scale, y: top + y0 * scale, w: (b - a) * scale, h: (y1 - y0) * scale };
  });
}

// Where the name of a face goes in a picture of w x h: above its box, or below it where the picture
// ends or another name is, or else right beside that name.
export function placePlate(box, width, w, h, others) {
  const x = Math.max(2, Math.min(box.x, w - width - 2));
  const above = box.y - 28;
  const below = box.y + box.h + 2;
  const free = (y) =>
    y >= 2 &&
    y <= h - 28 &&
    !others.some(
      (one) => x < one.x + one.width && one.x < x + width && y < one.y + 26 && one.y < y + 26,
    );
  const places = [above, below, ...others.flatMap((one) => [one.y + 28, one.y - 28])];
  return { x, y: places.find(free) ?? Math.min(above < 2 ? below : above, h - 28), width };
}

export function drawOverlay(canvas, reply, selected, mirrored, names) {
  const [g, w, h] = sharpContext(canvas);
  if (!reply) return;
  const boxes = placeBoxes(reply, w, h, mirrored);
  g.font = "600 15px system-ui, sans-serif";
  g.textBaseline = "middle";
  // The selected face takes its place first, its box is drawn last, and all names lie on top.
  const order = reply.faces
    .map((face, i) => ({ face, box: boxes[i], text: `${face.track} · ${caption(face, names)}` }))
    .sort((a, b) => (b.face.track === selected) - (a.face.track === selected));
  const plates = [];
  for (const { box, text } of order)
    plates.push(placePlate(box, g.measureText(text).width + 24, w, h, plates));
  [...order].reverse().forEach(({ face, box }) => {
    const chosen = face.track === selected;
    g.lineWidth = chosen ? 6 : 4;
    g.strokeStyle = "rgba(2, 6, 23, .75)";
    g.strokeRect(box.x, box.y, box.w, box.h);
    g.lineWidth = chosen ? 3.5 : 2;
    g.strokeStyle = names.colours[face.label] || "#ffffff";
    g.setLineDash(face.label in names.colours ? [] : [6, 4]);
    g.strokeRect(box.x, box.y, box.w, box.h);
    g.setLineDash([]);
  });
  order.forEach(({ face, text }, i) => {
    const { x, y, width } = plates[i];
    g.fillStyle = "rgba(2, 6, 23, .85)";
    g.fillRect(x, y, width, 26);
    g.fillStyle = names.colours[face.label] || "#ffffff";
    g.fillRect(x, y, 5, 26);
    g.fillStyle = "#ffffff";
    g.fillText(text, x + 14, y + 13.5);
  });
}

// The bars are made once and then only moved, so a screen reader's place in them survives.
export function drawBars(list, face, { emotions, colours }) {
  if (list.children.length !== emotions.length) {
    list.replaceChildren(
      ...emotions.map((name) => {
        const row = document.createElement("li");
        row.innerHTML =
          '<span></span><span class="track"><span class="fill"></span></span><span class="value"></span>';
        row.firstChild.textContent = name;
        row.querySelector(".fill").style.background = colours[name];
        return row;
      }),
    );
  }
  const best = face ? Math.max(...face.probs) : 0;
  emotions.forEach((_, i) => {
    const row = list.children[i];
    const p = face ? face.probs[i] : 0;
    row.classList.toggle("top", !!face && p === best);
    row.querySelector(".fill").style.width = `${p * 100}%`;
    row.querySelector(".value").textContent = face ? percent(p) : "–";
  });
}

// One line an emotion, the two highest now with their names; below, in words, what was shown when.
export function drawTimeline(canvas, points, now, { emotions, colours }) {
  const [g, w, h] = sharpContext(canvas);
  const ink = getComputedStyle(canvas).color;
  const left = 48;
  const right = 66;
  const strip = 20;
  const foot = strip + 18;
  const edge = w - right;
  const x = (t) => Math.max(left, edge - ((edge - left) * (now - t)) / (TIMELINE_SECONDS * 1000));
  const y = (p) => 8 + (h - foot - 10) * (1 - p);
  const gap = (k) => k === 0 || points[k].t - points[k - 1].t > 1500; // nobody there: no line
  g.font = "11px system-ui, sans-serif";
  g.fillStyle = g.strokeStyle = ink;
  g.globalAlpha = 0.25;
  for (const p of [0, 0.5, 1]) {
    g.beginPath();
    g.moveTo(left, y(p));
    g.lineTo(edge, y(p));
    g.stroke();
  }
  g.globalAlpha = 0.85;
  g.fillText("30 s ago", left, h - 5);
  g.textAlign = "right";
  g.fillText("now", edge, h - 5);
  for (const p of [0, 0.5, 1]) g.fillText(percent(p), left - 5, y(p) + 4);
  g.textAlign = "left";
  g.globalAlpha = 1;
  g.lineWidth = 2;
  emotions.forEach((name, i) => {
    g.strokeStyle = colours[name];
    g.beginPath();
    points.forEach((point, k) => g[gap(k) ? "moveTo" : "lineTo"](x(point.t), y(point.probs[i])));
    g.stroke();
  });
  for (let from = 0, k = 1; k <= points.length; k++) {
    if (k < points.length && !gap(k) && points[k].label === points[from].label) continue;
    const begin = x(points[from].t);
    const end = k < points.length && !gap(k) ? x(points[k].t) : x(points[k - 1].t);
    drawWord(
      g,
      points[from].label,
      begin,
      h - foot + 2,
      end - begin,
      strip - 4,
      colours[points[from].label],
      ink,
    );
    from = k;
  }
  nameHighest(g, points.at(-1), now, edge + 6, y, h - foot, emotions);
}

function drawWord(g, label, x, y, width, height, colour, ink) {
  g.fillStyle = colour || ink;
  g.globalAlpha = colour ? 1 : 0.35;
  g.fillRect(x, y + height - 3, Math.max(1, width - 1), 3);
  g.globalAlpha = 1;
  g.fillStyle = ink;
  if (g.measureText(label).width + 4 < width) g.fillText(label, x + 2, y + height - 6);
}

function nameHighest(g, last, now, x, y, bottom, emotions) {
  if (!last || now - last.t > 1500) return;
  const order = emotions
    .map((name, i) => [last.probs[i], name])
    .sort((a, b) => b[0] - a[0])
    .slice(0, 2);
  const first = Math.min(y(order[0][0]) + 4, bottom - 13);
  const second = Math.max(y(order[1][0]) + 4, first + 13);
  g.fillText(order[0][1], x, first);
  g.fillText(order[1][1], x, Math.min(second, bottom));
}
