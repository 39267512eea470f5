// What the visitor presses and moves in the live tab.

import { percent } from "../common/live_draw.js";

// `actions` are start(isShared), stop(), turn(), setBaseline() and choose(kind); `board` shows the
// faces.
export function listen(element, board, actions) {
  const $ = (name) => element.querySelector(name);

  element.addEventListener("click", (event) => {
    const target = event.target;
    if (target.closest(".start")) actions.start(false);
    else if (target.closest(".window")) actions.start(true);
    else if (target.closest(".stop")) actions.stop();
    else if (target.closest(".turn")) actions.turn();
    else if (target.closest(".baseline")) actions.setBaseline();
    else if (target.closest("[data-track]"))
      board.select(+target.closest("[data-track]").dataset.track);
    // also one that is on already: then it is chosen
    else if (target.closest(".where input")) actions.choose(target.value);
    else if (target.closest(".overlay")) board.pick(event);
  });
  element.addEventListener("input", () => {
    $("video").classList.toggle("mirrored", $(".mirror").checked);
    for (const [name, words] of [
      ["smoothing", (value) => `${value.toFixed(1)} s`],
      ["sensitivity", percent],
    ]) {
      $(`.${name}`).ariaValueText = $(`.${name}-value`).textContent = words(+$(`.${name}`).value);
    }
    board.paint();
  });
}

// Calls `ended` once the box of `consent` is unticked, as long as the view is in the page; it may
// be none.
export function whenTakenBack(consent, element, ended) {
  consent?.addEventListener("change", function changed() {
    if (!element.isConnected) consent.removeEventListener("change", changed);
    else if (!consent.checked) ended();
  });
}
