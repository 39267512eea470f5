// Ctrl + Enter in the text (TEXT) presses the button (RUN), and on a small screen the verdict comes into view.

// The panel outlives this script when the visitor changes tabs.
const panel = element.closest('[role="tabpanel"]');
const run = event => {
  if (!element.isConnected) return panel.removeEventListener("keydown", run);
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !event.target.closest(TEXT)) return;
  event.preventDefault();
  document.querySelector(RUN).click();
};
panel.addEventListener("keydown", run);

element.style.scrollMarginTop = "1rem";  // a heading at the very edge looks cut off
watch("value", () => {
  if (element.getBoundingClientRect().top > .7 * window.innerHeight) element.scrollIntoView({block: "start"});
});
