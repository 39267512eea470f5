// The fold about a model: figures as the visitor writes them, and diagrams, which are asked for
// once the fold is opened.

import { mount as mountNumbers } from "./numbers.js";

export function mount(context) {
  mountNumbers(context);
  for (const image of context.element.querySelectorAll("img[data-src]")) {
    image.src = new URL(image.dataset.src, import.meta.url).href;
  }
}
