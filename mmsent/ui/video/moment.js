// The panel beside the player: what one moment shows, fused and by modality. Text from outside is only ever set as text.

const captionOf = scores => scores.unsure ? "not sure" : `${scores.top} ${percent(scores.confidence)}`;

function row(name, told, colour) {
  const item = document.createElement("li"), dot = document.createElement("span"), what = document.createElement("b");
  dot.className = "dot";
  dot.style.background = colour;
  what.textContent = name;
  item.append(what, dot, told);
  return item;
}

function paintMoment(moment) {
  const {emotion, sentiment, by_modality: sides, weights} = moment, panel = element.querySelector(".moment");
  const colour = scores => scores.unsure ? "transparent" : COLOURS[scores.top];
  panel.querySelector("h3").textContent = `${clock(moment.start)} to ${clock(moment.end)}`;
  panel.querySelector(".quote").textContent = moment.text.trim() ? `“${moment.text.trim()}”` : "No words here.";
  panel.querySelector(".feeling").textContent = `${captionOf(emotion)} · ${captionOf(sentiment)}`;
  drawBars(panel.querySelector(".bars"), {probs: EMOTIONS.map(name => emotion.probs[name])});
  panel.querySelector(".alone").replaceChildren(...Object.keys(MODALITIES).filter(name => sides[name]).map(name => {
    const weighed = weights[name] === undefined ? "" : `, weighs ${percent(weights[name])}`;
    return row(MODALITIES[name], `${captionOf(sides[name])}${weighed}`, colour(sides[name]));
  }));
  panel.querySelector(".flag").hidden = !moment.conflict;
}

// Faces by track, each in the order of time, with the labels (words, one a face) and probabilities that the overlay draws.
function tracksOf(faces, words) {
  const tracks = new Map();
  for (const [at, {time, box, track, emotions}] of faces.entries()) {
    const probs = Object.fromEntries(Object.entries(emotions.probs).map(([name, p]) => [SAME[name] ?? name, p]));
    if (!tracks.has(track)) tracks.set(track, []);
    tracks.get(track).push({time, box, track, label: words[at], probs: EMOTIONS.map(name => probs[name] ?? 0)});
  }
  return [...tracks.values()];
}
