// The answer on a photo, from the server (the value of the view) or from this device (the event
// "photo-answer"), and the choice of a face in it. On a small screen the answer, and then the bars
// of the chosen face, come into view.

import { tellWaiting } from "../common/waiting.js";
import { drawAnswer } from "./photo_draw.js";
import { followPlace } from "./photo_place.js";

// `names` as photo_draw.js takes them. The events "photo-shown" and "photo-face", of the document,
// tell of an answer and of a choice in one that this device gave.
export function mount({ element, props, trigger, watch }, names) {
  const place = element.querySelector(".photo");

  function show(given) {
    drawAnswer(place, given, names);
    document.dispatchEvent(new CustomEvent("photo-shown", { detail: given }));
    const isAnswered = given?.result || given?.problem;
    if (isAnswered && element.getBoundingClientRect().top > 0.7 * innerHeight)
      element.scrollIntoView({ block: "start" });
  }

  element.addEventListener("click", (event) => {
    const face = event.target.closest("[data-face]");
    if (!face) return;
    for (const other of element.querySelectorAll("[data-face]")) {
      other.setAttribute("aria-pressed", String(other.dataset.face === face.dataset.face));
    }
    document.querySelector("#photo-detail .bars")?.scrollIntoView({ block: "nearest" });
    const index = +face.dataset.face;
    if (document.documentElement.dataset.photos === "device")
      document.dispatchEvent(new CustomEvent("photo-face", { detail: index }));
    else trigger("select", { index });
  });

  tellWaiting(element);
  element.style.scrollMarginTop = "1rem";
  followPlace({ element, props, watch }, "photo-answer", show);
}
