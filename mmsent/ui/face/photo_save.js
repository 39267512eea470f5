// The downloads of a photo's answer, made in the browser.

import {saveJson, savePng} from "../common/save.js";

function savePicture(element) {
  const image = element.querySelector("img"), canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  canvas.getContext("2d").drawImage(image, 0, 0);
  savePng(canvas, "faces.png");
}

export function mount({element}) {
  element.addEventListener("click", event => {
    const kind = event.target.closest("[data-save]")?.dataset.save;
    if (kind === "png") savePicture(element);
    if (kind === "json") saveJson(element.querySelector("[data-json]").dataset.json, "faces.json");
  });
}
