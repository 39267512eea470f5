// Links to tabs: the entries of the first screen and addresses such as ?tab=clip. The address follows the chosen tab. Inside
// of somebody's page, as <gradio-app src="...">, the address is not ours.

export const wanted = search => new URLSearchParams(search).get("tab") ?? "";

// The address with `tab` in it, or without one, and with everything else that it had.
export function addressOf(href, tab) {
  const address = new URL(href);
  if (tab) address.searchParams.set("tab", tab); else address.searchParams.delete("tab");
  return address.href;
}

// `aliases`: names in the address that differ from the id of the tab.
export function mount({element}, aliases) {
  const state = document.documentElement.dataset;  // data-entered: a tab was chosen, so the entries make room
  const ours = !element.closest("gradio-app[src]");
  const nameOf = id => Object.keys(aliases).find(name => aliases[name] === id && name !== "face") ?? id;
  const show = tab => { if (ours) history.replaceState(history.state, "", addressOf(location.href, tab)); };

  function open(name) {
    const id = aliases[name] ?? name;
    const tab = document.querySelector(`[role="tab"][data-tab-id="${CSS.escape(id)}"]`) ??
      document.querySelector(`[role="tab"][data-tab-id="${CSS.escape(name)}"]`);
    tab?.click();
    return tab;
  }

  element.addEventListener("click", event => {
    const link = event.target.closest("[data-tab]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;  // these open a window of its own
    event.preventDefault();
    if (link.dataset.tab) return open(link.dataset.tab)?.focus();
    delete state.entered;
    show("");
  });
  document.addEventListener("click", event => {
    const tab = event.target.closest?.('[role="tab"][data-tab-id]');
    if (!tab || !element.isConnected) return;
    state.entered = "";
    show(nameOf(tab.dataset.tabId));
  });
  if (ours && wanted(location.search)) open(wanted(location.search));
}
