// The buttons that ask for reasons and cancel them take each other's place: the keyboard goes with them, and at last to what was
// asked for, which `reasons` selects.

export function mount({element}, {reasons}) {
  const row = element.closest(".explain"), panel = element.closest('[role="tabpanel"]');
  let isHere = false;
  const look = event => {
    if (!row.isConnected) return panel.removeEventListener("focusin", look);
    isHere = row.contains(event.target);
  };
  panel.addEventListener("focusin", look);

  function follow() {
    const lost = document.activeElement === document.body || !document.activeElement?.getClientRects().length;
    if (!isHere || !lost) return;
    const next = [...row.querySelectorAll("button")].find(button => button.getClientRects().length);
    const there = panel.querySelector(reasons);
    if (!next && !there) return;
    if (!next) there.tabIndex = -1;
    (next ?? there).focus();
  }
  const watching = new MutationObserver(() => row.isConnected ? follow() : watching.disconnect());
  watching.observe(panel, {attributes: true, childList: true, subtree: true});
}
