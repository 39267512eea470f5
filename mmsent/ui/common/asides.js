// The buttons beside the title, for what stands at the end of a tab: how good the model of the open
// tab is, and privacy with the button that deletes. Each opens its fold and brings the visitor there.

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
  for (const button of element.querySelectorAll("[data-opens]")) {
    button.addEventListener("click", () => {
      const fold = PLACES[button.dataset.opens]();
      if (fold) open(fold); // a tab without a model has none
    });
    button.disabled = false;
  }
}
