// Choosing a face; on a small screen the answer, and then the bars of the chosen face, come into view.

import {tellWaiting} from "../common/waiting.js";

export function mount({element, trigger, watch}) {
  element.addEventListener("click", event => {
    const face = event.target.closest("[data-face]");
    if (!face) return;
    for (const other of element.querySelectorAll("[data-face]")) {
      other.setAttribute("aria-pressed", String(other.dataset.face === face.dataset.face));
    }
    document.querySelector("#photo-detail .bars")?.scrollIntoView({block: "nearest"});
    trigger("select", {index: +face.dataset.face});
  });

  tellWaiting(element);
  element.style.scrollMarginTop = "1rem";
  watch("value", () => {
    const answer = element.querySelector(".frame, [role=alert]");
    if (answer && element.getBoundingClientRect().top > .7 * window.innerHeight) element.scrollIntoView({block: "start"});
  });
}
