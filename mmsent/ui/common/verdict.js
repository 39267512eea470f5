// Ctrl + Enter in the text (a selector) presses the button (likewise), and on a small screen the
// verdict comes into view.

import { tellWaiting } from "./waiting.js";

export function mount({ element, watch }, { text, run }) {
  // The panel outlives this script when the visitor changes tabs.
  const panel = element.closest('[role="tabpanel"]');
  const press = (event) => {
    if (!element.isConnected) return panel.removeEventListener("keydown", press);
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !event.target.closest(text))
      return;
    event.preventDefault();
    document.querySelector(run).click();
  };
  panel.addEventListener("keydown", press);

  tellWaiting(element);
  element.style.scrollMarginTop = "1rem"; // a heading at the very edge looks cut off
  watch("value", () => {
    if (element.getBoundingClientRect().top > 0.7 * window.innerHeight)
      element.scrollIntoView({ block: "start" });
  });
}
