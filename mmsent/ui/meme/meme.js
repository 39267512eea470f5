// What drove each aspect of a meme. One answer of the server holds everything; choosing an aspect
// or a word only redraws.

import { saveAnswer } from "../common/answer_picture.js";
import { exports } from "../common/export.js";
import { paint } from "../common/heat.js";
import { saveJson } from "../common/save.js";
import { strengthOf } from "../common/strength.js";
import { choosesWords, press } from "../common/words.js";

// `heat`: the colours of the map; places that pull less than `hardly` stay clear.
export function mount(page, { heat, hardly }) {
  const { element, watch } = page;
  const { strength, showStrength } = strengthOf(page);
  const $ = (name) => element.querySelector(name);
  let result = null,
    aspect = null; // the aspect stays chosen when the meme changes

  function choose(word) {
    press(element, word);
    const hint = element.querySelector(`[data-aspect="${aspect}"] [data-word="${word}"]`)?.dataset
      .hint;
    $(".why").dataset.chosen = word;
    $(".chosen").textContent = hint ?? $(".chosen").dataset.all;
  }

  function showAspect() {
    if (!(aspect in result.aspects)) aspect = Object.keys(result.aspects)[0];
    for (const part of element.querySelectorAll("[data-aspect]"))
      part.hidden = part.dataset.aspect !== aspect;
    const input = $(`.card input[value="${aspect}"]`);
    const fold = input.closest("details");
    input.checked = true;
    if (fold) fold.open = true;
    if ($(".chosen")) choose($(".why").dataset.chosen);
    const canvas = $(".heat");
    if (!canvas) return;
    const seen = $(`.seen [data-aspect="${aspect}"]`);
    const words = $(`.reading [data-aspect="${aspect}"] .reasons`)?.textContent ?? "";
    canvas.setAttribute(
      "aria-label",
      `Heat map over the picture. ${seen.textContent} ${words}`.trimEnd(),
    );
    paint(
      canvas,
      result.picture_pull[aspect].map((pull) => (pull < hardly ? 0 : pull)),
      +seen.dataset.full,
      result.grid,
      heat,
    );
  }

  // What the page shows just now, of the chosen aspect, for a picture of it.
  function answer() {
    const of = (name) => $(`.reading [data-aspect="${aspect}"] ${name}`);
    const told = [".reasons", ".shares", ".legend"].map((name) => of(name)?.textContent);
    return {
      headline: $(".why").dataset.headline,
      lines: [$(`.card input[value="${aspect}"]`).dataset.told, ...told],
      words: of(".words"),
      photo: $(".photo"),
      caption: $(`.seen [data-aspect="${aspect}"]`)?.textContent,
      heat: $(".heat"),
      strength: strength(),
    };
  }

  // A line and its box light up together: where the pointer is, else where the keyboard is.
  function light(event) {
    const line = (event.target.closest("[data-line]") ?? $(".line:focus"))?.dataset.line;
    for (const one of element.querySelectorAll("[data-line]"))
      one.classList.toggle("lit", one.dataset.line === line);
  }
  for (const kind of ["pointerover", "focusin", "focusout"]) element.addEventListener(kind, light);
  element.addEventListener("pointerleave", light);

  element.addEventListener("change", (event) => {
    if (event.target.name !== "meme-aspect") return;
    aspect = event.target.value;
    showAspect();
  });
  element.addEventListener("click", (event) => {
    const card = event.target.closest(".card");
    // the whole card chooses
    if (card && !event.target.closest("label")) card.querySelector("input")?.click();
  });
  exports(page, {
    png: () => saveAnswer(element, answer(), "meme.png"),
    json: () => saveJson($(".why").dataset.result, "meme.json"),
  });

  function show() {
    const told = $(".why")?.dataset.result;
    result = told ? JSON.parse(told) : null;
    if (result) showAspect();
  }
  choosesWords(element, choose);
  watch("value", show);
  show();
  showStrength();
}
