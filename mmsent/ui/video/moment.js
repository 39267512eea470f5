// The panel beside the player: what one moment shows, fused and by modality. Text from outside is
// only ever set as text.

import { drawBars, percent } from "../common/live_draw.js";
import { clock } from "./clock.js";

export const captionOf = (scores) =>
  scores.unsure ? "not sure" : `${scores.top} ${percent(scores.confidence)}`;

function row(name, told, colour) {
  const item = document.createElement("li");
  const dot = document.createElement("span");
  const what = document.createElement("b");
  dot.className = "dot";
  dot.style.background = colour;
  what.textContent = name;
  item.append(what, dot, told);
  return item;
}

// Log-odds as a number with its sign, "−0.6".
export const signed = (pull) => `${pull < 0 ? "−" : "+"}${Math.abs(pull).toFixed(1)}`;

// The words of a moment, each underlined by what it moves, as those of reviews are; plain where
// that was not measured. Words that move less than `small` stay plain, and `full` has the full
// colour where none moves more.
export function wordsOf({ text, tokens, attributions }, { small, full }) {
  if (!text.trim()) return ["No words here."];
  if (!tokens.length) return [`“${text.trim()}”`];
  const most = Math.max(full, ...attributions.map(Math.abs));
  return [
    "“",
    ...tokens.flatMap((token, i) => {
      const word = document.createElement("span");
      const pull = attributions[i];
      word.textContent = token;
      word.title = signed(pull);
      if (Math.abs(pull) >= small) word.className = `word ${pull > 0 ? "toward" : "away"}`;
      word.style.setProperty("--pull", (Math.abs(pull) / most).toFixed(2));
      return i ? [" ", word] : [word];
    }),
    "”",
  ];
}

// Into the panel; `modalities` are the names that people read, by ours, `reasons` the sentence on
// the strongest words.
export function paintMoment(panel, moment, reasons, config) {
  const { emotion, sentiment, by_modality: sides, shares } = moment;
  const { emotions, colours, modalities } = config;
  const colour = (scores) => (scores.unsure ? "transparent" : colours[scores.top]);
  panel.querySelector("h3").textContent = `${clock(moment.start)} to ${clock(moment.end)}`;
  panel.style.setProperty("--verdict", colours[emotion.top]);
  panel.querySelector(".quote").replaceChildren(...wordsOf(moment, config));
  panel.querySelector(".reasons").textContent = reasons;
  panel.querySelector(".feeling").textContent = `${captionOf(emotion)} · ${captionOf(sentiment)}`;
  drawBars(
    panel.querySelector(".bars"),
    { probs: emotions.map((name) => emotion.probs[name]) },
    { emotions, colours },
  );
  panel.querySelector(".alone").replaceChildren(
    ...Object.keys(modalities)
      .filter((name) => sides[name])
      .map((name) => {
        const share = shares[name];
        const moved = share === undefined ? "" : `, ${signed(share)} for ${emotion.top}`;
        return row(modalities[name], `${captionOf(sides[name])}${moved}`, colour(sides[name]));
      }),
  );
  panel.querySelector(".flag").hidden = !moment.conflict;
}

// Faces by track, each in the order of time, with the labels (`words`, one a face) and
// probabilities that the overlay draws. `same` has the clip's words for those of the face model.
export function tracksOf(faces, words, { emotions: order, same }) {
  const tracks = new Map();
  for (const [at, { time, box, track, emotions }] of faces.entries()) {
    const probs = Object.fromEntries(
      Object.entries(emotions.probs).map(([name, p]) => [same[name] ?? name, p]),
    );
    if (!tracks.has(track)) tracks.set(track, []);
    tracks
      .get(track)
      .push({ time, box, track, label: words[at], probs: order.map((name) => probs[name] ?? 0) });
  }
  return [...tracks.values()];
}
