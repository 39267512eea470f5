// The panel beside the player: what one moment shows, fused and by modality. Text from outside is only ever set as text.

import {drawBars, percent} from "../common/live_draw.js";
import {clock} from "./clock.js";

export const captionOf = scores => scores.unsure ? "not sure" : `${scores.top} ${percent(scores.confidence)}`;

function row(name, told, colour) {
  const item = document.createElement("li"), dot = document.createElement("span"), what = document.createElement("b");
  dot.className = "dot";
  dot.style.background = colour;
  what.textContent = name;
  item.append(what, dot, told);
  return item;
}

// Into the panel; `modalities` are the names that people read, by ours.
export function paintMoment(panel, moment, {emotions, colours, modalities}) {
  const {emotion, sentiment, by_modality: sides, weights} = moment;
  const colour = scores => scores.unsure ? "transparent" : colours[scores.top];
  panel.querySelector("h3").textContent = `${clock(moment.start)} to ${clock(moment.end)}`;
  panel.querySelector(".quote").textContent = moment.text.trim() ? `“${moment.text.trim()}”` : "No words here.";
  panel.querySelector(".feeling").textContent = `${captionOf(emotion)} · ${captionOf(sentiment)}`;
  drawBars(panel.querySelector(".bars"), {probs: emotions.map(name => emotion.probs[name])}, {emotions, colours});
  panel.querySelector(".alone").replaceChildren(...Object.keys(modalities).filter(name => sides[name]).map(name => {
    const weighed = weights[name] === undefined ? "" : `, weighs ${percent(weights[name])}`;
    return row(modalities[name], `${captionOf(sides[name])}${weighed}`, colour(sides[name]));
  }));
  panel.querySelector(".flag").hidden = !moment.conflict;
}

// Faces by track, each in the order of time, with the labels (`words`, one a face) and probabilities that the overlay draws.
// `same` has the clip's words for those of the face model.
export function tracksOf(faces, words, {emotions: order, same}) {
  const tracks = new Map();
  for (const [at, {time, box, track, emotions}] of faces.entries()) {
    const probs = Object.fromEntries(Object.entries(emotions.probs).map(([name, p]) => [same[name] ?? name, p]));
    if (!tracks.has(track)) tracks.set(track, []);
    tracks.get(track).push({time, box, track, label: words[at], probs: order.map(name => probs[name] ?? 0)});
  }
  return [...tracks.values()];
}
