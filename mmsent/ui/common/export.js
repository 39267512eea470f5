// The one place of a tab where its answer is taken away (export.py).

import { save } from "./save.js";

const TYPES = { csv: "text/csv", json: "application/json", srt: "application/x-subrip" };

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // where the page is not secure, or the browser says no
    const area = document.createElement("textarea");
    const before = document.activeElement;
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    before?.focus();
    return done;
  }
  return true;
}

// Gives the visitor a file of text.
export const saveText = (text, name) =>
  save(new Blob([text], { type: TYPES[name.split(".").pop()] }), name);

// `savers`: what saves each format, by its name; `textOf` gives the text to copy of the place's
// element. Returns {showLink}, for a view whose answer is not its value.
export function exports({ element, watch }, savers, textOf = (place) => place.dataset.text) {
  element.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-save], [data-copy]");
    const { save: format, copy: what } = button?.dataset ?? {};
    if (format) savers[format]();
    if (!what) return;
    const place = button.closest(".export");
    const text = what === "link" ? location.href : textOf(place);
    place.querySelector(".copied").textContent = (await copy(text))
      ? "Copied."
      : "This browser does not let a page copy.";
  });
  // An answer to anything but an example has no address.
  const show = () => {
    const link = element.querySelector("[data-copy=link]");
    if (link) link.hidden = !new URLSearchParams(location.search).has("example");
  };
  watch("value", show);
  show();
  return { showLink: show };
}
