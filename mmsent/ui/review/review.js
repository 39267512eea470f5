// The words of a review and where they looked. One answer of the server holds everything; choosing
// a word only redraws.

import { saveAnswer } from "../common/answer_picture.js";
import { exports } from "../common/export.js";
import { paint } from "../common/heat.js";
import { saveJson } from "../common/save.js";
import { strengthOf } from "../common/strength.js";
import { choosesWords, press } from "../common/words.js";

const sum = (values) => values.reduce((total, value) => total + value, 0);

// Of the attention of each word, rows of places: the map to draw, and the value in it that gets the
// full colour.
export function mapOf(word, rows) {
  if (word !== "all") return [rows[word], Math.max(...rows.map((row) => Math.max(...row)))];
  const whole = rows[0].map((_, patch) => sum(rows.map((row) => row[patch])) / rows.length);
  return [whole, Math.max(...whole)];
}

// `heat`: the colours of the map.
export function mount(page, { heat }) {
  const { element, watch } = page;
  const { strength, showStrength } = strengthOf(page);
  const $ = (name) => element.querySelector(name);
  let result = null;

  function choose(word) {
    const chosen = $(`[data-word="${word}"]`);
    const canvas = $(".heat");
    press(element, word);
    $(".evidence").dataset.chosen = word;
    $(".chosen").textContent = chosen?.dataset.hint ?? $(".chosen").dataset.all;
    if (!canvas) return;
    canvas.setAttribute(
      "aria-label",
      `Heat map over the photo: ${word === "all" ? "all words" : chosen.textContent}`,
    );
    paint(canvas, ...mapOf(word, result.attention), result.grid, heat);
  }

  const textOf = (name) => $(name)?.textContent;

  // What the page shows just now, for a picture of it.
  const answer = () => ({
    headline: $(".evidence").dataset.headline,
    lines: [".reasons", ".shares", ".legend"].map(textOf),
    words: $(".words"),
    photo: $(".photo"),
    caption: textOf(".looking .hint"),
    heat: $(".heat"),
    strength: strength(),
  });

  exports(page, {
    png: () => saveAnswer(element, answer(), "review.png"),
    json: () => saveJson($(".evidence").dataset.result, "review.json"),
  });

  function show() {
    const told = $(".evidence")?.dataset.result;
    result = told ? JSON.parse(told) : null;
    if (result) choose("all");
  }
  choosesWords(element, choose);
  watch("value", show);
  show();
  showStrength();
}
