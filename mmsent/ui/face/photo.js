// The answer on a photo, from the server (the value of the view) or from this device (the event "photo-answer"), and the choice of a face in
// it. On a small screen the answer, and then the bars of the chosen face, come into view.

import {tellWaiting} from "../common/waiting.js";
import {drawAnswer} from "./photo_draw.js";

// `names` as photo_draw.js takes them. The events "photo-shown" and "photo-face", of the document, tell of an answer and of a choice in one
// that this device gave.
export function mount({element, props, trigger, watch}, names) {
  const place = element.querySelector(".photo");
  let answer = null;

  function show(given) {
    answer = given;
    drawAnswer(place, given, names);
    document.dispatchEvent(new CustomEvent("photo-shown", {detail: given}));
    const isAnswered = given?.result || given?.problem;
    if (isAnswered && element.getBoundingClientRect().top > .7 * innerHeight) element.scrollIntoView({block: "start"});
  }

  element.addEventListener("click", event => {
    const face = event.target.closest("[data-face]");
    if (!face) return;
    for (const other of element.querySelectorAll("[data-face]")) {
      other.setAttribute("aria-pressed", String(other.dataset.face === face.dataset.face));
    }
    document.querySelector("#photo-detail .bars")?.scrollIntoView({block: "nearest"});
    const index = +face.dataset.face;
    if (answer.isOwn) document.dispatchEvent(new CustomEvent("photo-face", {detail: index}));
    else trigger("select", {index});
  });

  document.addEventListener("photo-answer", function answered({detail}) {
    if (element.isConnected) show({...detail, isOwn: true});
    else document.removeEventListener("photo-answer", answered);
  });
  tellWaiting(element);
  element.style.scrollMarginTop = "1rem";
  watch("value", () => show(props.value));
  show(props.value);
}
