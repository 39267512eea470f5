// The tabs of the static site, as Gradio's are in the app: a click shows a panel, arrow keys go
// from tab to tab, and each is a stop.

const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

export function mountTabList(list) {
  const tabs = [...list.querySelectorAll("[role=tab]")];
  const panelOf = (tab) => document.getElementById(tab.getAttribute("aria-controls"));

  list.addEventListener("click", (event) => {
    const chosen = event.target.closest("[role=tab]");
    if (!chosen) return;
    for (const tab of tabs) {
      tab.setAttribute("aria-selected", String(tab === chosen));
      panelOf(tab).hidden = tab !== chosen;
    }
  });
  list.addEventListener("keydown", (event) => {
    const at = tabs.indexOf(event.target.closest("[role=tab]"));
    const { length } = tabs;
    const to =
      { Home: 0, End: length - 1 }[event.key] ??
      (event.key in STEPS ? (at + STEPS[event.key] + length) % length : null);
    if (to === null || at < 0) return;
    event.preventDefault();
    tabs[to].focus();
    tabs[to].click();
  });
}
