// The downloads of a photo's answer, made in the browser.

import {exports, saveText} from "../common/export.js";
import {save} from "../common/save.js";

function savePicture(element) {
  const image = element.querySelector("img"), canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  canvas.getContext("2d").drawImage(image, 0, 0);
  canvas.toBlob(blob => save(blob, "faces.png"), "image/png");
}

export function mount(page) {
  const {element} = page;
  exports(page, {
    png: () => savePicture(element),
    json: () => saveText(element.querySelector("[data-json]").dataset.json, "faces.json"),
  });
}
