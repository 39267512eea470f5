// The downloads of a photo's answer, made in the browser.

import {exports} from "../common/export.js";
import {saveJson, savePng} from "../common/save.js";

function savePicture(element) {
  const image = element.querySelector("img"), canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  canvas.getContext("2d").drawImage(image, 0, 0);
  savePng(canvas, "faces.png");
}

export function mount(page) {
  const {element} = page;
  exports(page, {
    png: () => savePicture(element),
    json: () => saveJson(element.querySelector("[data-json]").dataset.json, "faces.json"),
  });
}
