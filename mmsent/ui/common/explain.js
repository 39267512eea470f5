// The buttons that ask for reasons and cancel them take each other's place: the keyboard goes with
// them, and at last to what was asked for, which `reasons` selects. Whoever went elsewhere
// meanwhile, as to another tab, is left there.

const isShown = (one) => one.getClientRects().length > 0;

export function mount({ element }, { reasons }) {
  const row = element.closest(".explain");
  const panel = element.closest('[role="tabpanel"]');
  let isHere = false;
  const look = (event) => {
    if (!row.isConnected) return document.removeEventListener("focusin", look);
    isHere = row.contains(event.target);
  };
  document.addEventListener("focusin", look);

  function follow() {
    const at = document.activeElement;
    if (!isHere || (at && at !== document.body && isShown(at))) return;
    const next = [...row.querySelectorAll("button"), ...panel.querySelectorAll(reasons)].find(
      isShown,
    );
    if (!next) return;
    if (!next.matches("button, [tabindex]")) next.tabIndex = -1; // once: this is seen below as well
    next.focus();
  }
  const watching = new MutationObserver(() => (row.isConnected ? follow() : watching.disconnect()));
  watching.observe(panel, { attributes: true, childList: true, subtree: true });
}
