// The downloads of a photo's answer, made in the browser.

import { exports } from "../common/export.js";
import { saveJson, savePng } from "../common/save.js";
import { textOf } from "./photo_draw.js";
import { annotate } from "./photo_png.js";

async function savePicture({ result, picture }, names) {
  const image = new Image();
  image.src = picture;
  await image.decode();
  savePng(annotate(image, result, names), "faces.png");
}

// `names` as photo_draw.js takes them.
export function mount(page, names) {
  const { element } = page;
  let answer = null;
  const { showLink } = exports(page, {
    png: () => savePicture(answer, names),
    json: () => saveJson(JSON.stringify(answer.result, null, 2), "faces.json"),
  });
  document.addEventListener("photo-shown", function shown({ detail }) {
    if (!element.isConnected) return document.removeEventListener("photo-shown", shown);
    answer = detail;
    const hasFaces = !!detail?.result?.faces.length;
    element.querySelector(".saves").hidden = !hasFaces;
    element.querySelector(".copied").textContent = "";
    if (hasFaces) element.querySelector(".export").dataset.text = textOf(detail.result, names);
    showLink();
  });
}
