// The links beside the title, to what stands at the end of a tab: how good the model of the open tab
// is, and privacy with the button that deletes. Each opens its fold and brings the visitor there.

import { whenThere } from "./tabs.js";

// A fold is the browser's own, or Gradio's, which has a button.
const PLACES = {
  about: () => [...document.querySelectorAll(".about-fold")].find((fold) => fold.checkVisibility()),
  privacy: () => document.querySelector(".closing .fold"),
};

function open(fold) {
  const handle = fold.querySelector("summary, .label-wrap");
  if (fold.tagName === "DETAILS") fold.open = true;
  else if (!handle.classList.contains("open")) handle.click();
  handle.focus({ preventScroll: true });
  // once what was folded stands there: before it the page may be too short to go so far
  requestAnimationFrame(() => requestAnimationFrame(() => fold.scrollIntoView()));
}

export function mountAsides({ element }) {
  const ours = !element.closest("gradio-app[src]");
  element.addEventListener("click", (event) => {
    const place = PLACES[event.target.closest("[data-opens]")?.dataset.opens]?.();
    if (!place || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(place);
  });
  // pressed before this module listened, or sent as an address
  const find = PLACES[location.hash.slice(1)];
  if (!ours || !find) return;
  whenThere(find, (place) => {
    history.replaceState(history.state, "", location.pathname + location.search);
    open(place);
  });
}
