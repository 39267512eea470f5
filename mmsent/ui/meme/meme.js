// What drove each aspect of a meme. One answer of the server holds everything; choosing an aspect or a word only redraws.

import {exports, saveText} from "../common/export.js";
import {paint, savePicture} from "../common/heat.js";
import {strengthOf} from "../common/strength.js";
import {choosesWords, press} from "../common/words.js";

// `heat`: the colours of the map; places that pull less than `hardly` stay clear.
export function mount(page, {heat, hardly}) {
  const {element, watch} = page, {strength, showStrength} = strengthOf(page);
  const $ = name => element.querySelector(name);
  let result = null, aspect = null;  // the aspect stays chosen when the meme changes

  function choose(word) {
    press(element, word);
    const hint = element.querySelector(`[data-aspect="${aspect}"] [data-word="${word}"]`)?.dataset.hint;
    $(".why").dataset.chosen = word;
    $(".chosen").textContent = hint ?? $(".chosen").dataset.all;
  }

  function showAspect() {
    if (!(aspect in result.aspects)) aspect = Object.keys(result.aspects)[0];
    for (const part of element.querySelectorAll("[data-aspect]")) part.hidden = part.dataset.aspect !== aspect;
    const input = $(`.card input[value="${aspect}"]`), fold = input.closest("details");
    input.checked = true;
    if (fold) fold.open = true;
    if ($(".chosen")) choose($(".why").dataset.chosen);
    const canvas = $(".heat");
    if (!canvas) return;
    const seen = $(`.seen [data-aspect="${aspect}"]`);
    canvas.setAttribute("aria-label", `Heat map over the picture. ${seen.textContent}`);
    paint(canvas, result.picture_pull[aspect].map(pull => pull < hardly ? 0 : pull), +seen.dataset.full, result.grid, heat);
  }

  // A line and its box light up together: where the pointer is, else where the keyboard is.
  function light(event) {
    const line = (event.target.closest("[data-line]") ?? $(".line:focus"))?.dataset.line;
    for (const one of element.querySelectorAll("[data-line]")) one.classList.toggle("lit", one.dataset.line === line);
  }
  for (const kind of ["pointerover", "focusin", "focusout"]) element.addEventListener(kind, light);
  element.addEventListener("pointerleave", light);

  element.addEventListener("change", event => {
    if (event.target.name !== "meme-aspect") return;
    aspect = event.target.value;
    showAspect();
  });
  element.addEventListener("click", event => {
    const card = event.target.closest(".card");
    if (card && !event.target.closest("label")) card.querySelector("input")?.click();  // the whole card chooses
  });
  exports(page, {
    png: () => savePicture(element, strength(), "meme.png"),
    json: () => saveText($(".why").dataset.result, "meme.json"),
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
