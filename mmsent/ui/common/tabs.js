// Links to tabs and examples: the entries of the first screen and addresses such as ?tab=clip or
// ?tab=review&example=coffee. The address follows what is chosen. Inside of somebody's page, as
// <gradio-app src="...">, the address is not ours.

const PATIENCE = 20000; // ms for a button to appear
const QUIET = 120; // ms without a change in a tab: its parts, which come one by one, are there

// What an address asks for; "" for what it does not name.
export function wanted(search) {
  const asked = new URLSearchParams(search);
  return { tab: asked.get("tab") ?? "", example: asked.get("example") ?? "" };
}

// The address with these in it, without those that are "", and with everything else that it had.
export function addressOf(href, tab, example = "") {
  const address = new URL(href);
  for (const [name, value] of Object.entries({ tab, example })) {
    if (value) address.searchParams.set(name, value);
    else address.searchParams.delete(name);
  }
  return address.href;
}

// The tab's id and the key of an example, of the id of its button, such as "review-example-coffee";
// null for any other.
export function exampleOf(id) {
  const found = /^([a-z]+)-example-([a-z]+)$/.exec(id ?? "");
  return found && { id: found[1], key: found[2] };
}

// Calls `then` with what `find` gives as soon as that is there.
function whenThere(find, then) {
  const now = find();
  if (now) return then(now);
  const looking = new MutationObserver(() => {
    const found = find();
    if (!found) return;
    looking.disconnect();
    then(found);
  });
  looking.observe(document.body, { childList: true, subtree: true });
  setTimeout(() => looking.disconnect(), PATIENCE);
}

// Calls `then` once nothing in the page has changed for QUIET.
function whenSettled(then) {
  let timer = 0;
  const looking = new MutationObserver(wait);
  const done = () => {
    looking.disconnect();
    then();
  };
  function wait() {
    clearTimeout(timer);
    timer = setTimeout(done, QUIET);
  }
  looking.observe(document.body, { childList: true, subtree: true });
  wait();
}

// `aliases`: names in the address that differ from the id of the tab.
export function mount({ element }, aliases) {
  // data-entered: a tab was chosen, so the entries make room; data-opened: it stands
  const state = document.documentElement.dataset;
  const ours = !element.closest("gradio-app[src]");
  const nameOf = (id) =>
    Object.keys(aliases).find((name) => aliases[name] === id && name !== "face") ?? id;
  const visited = new Set(); // names of tabs
  const show = (tab, example) => {
    visited.add(tab);
    if (ours) history.replaceState(history.state, "", addressOf(location.href, tab, example));
  };

  function tabOf(name) {
    const id = aliases[name] ?? name;
    return (
      document.querySelector(`[role="tab"][data-tab-id="${CSS.escape(id)}"]`) ??
      document.querySelector(`[role="tab"][data-tab-id="${CSS.escape(name)}"]`)
    );
  }
  function open(name) {
    const tab = tabOf(name);
    tab?.click();
    return tab;
  }
  function pressExample(tab, example) {
    whenThere(
      () => document.getElementById(`${aliases[tab] ?? tab}-example-${example}`),
      (button) => button.click(),
    );
  }

  element.addEventListener("click", (event) => {
    const link = event.target.closest("[data-tab]");
    // these open a window of its own
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const { tab: name, example } = link.dataset;
    if (name) {
      // what the visitor has in a tab stays
      const first = !visited.has(name);
      open(name)?.focus();
      if (first && example) pressExample(name, example);
      return;
    }
    delete state.entered;
    show("");
  });
  document.addEventListener("click", (event) => {
    if (!element.isConnected) return;
    const tab = event.target.closest?.('[role="tab"][data-tab-id]');
    const example = exampleOf(event.target.closest?.("button.example")?.id);
    if (event.isTrusted) state.opened = "";
    if (tab) {
      state.entered = "";
      show(nameOf(tab.dataset.tabId));
    } else if (example) {
      state.entered = "";
      show(nameOf(example.id), example.key);
    }
  });
  document.addEventListener("example", ({ detail }) => {
    // one that this device reads: nobody else hears the click
    const { id, key } = exampleOf(detail);
    if (!element.isConnected) return;
    state.entered = "";
    show(nameOf(id), key);
  });
  // What a visitor changes is no example any more.
  const own = (event) => {
    const input =
      event.type === "own-input" ||
      (event.target.closest?.('[role="tabpanel"]') &&
        event.target.matches("textarea, input[type=file]"));
    if (input && wanted(location.search).example) show(wanted(location.search).tab);
  };
  for (const kind of ["input", "change", "own-input"]) document.addEventListener(kind, own);

  const { tab, example } = wanted(location.search);
  if (!ours || !tab) return;
  const isChosen = () => "opened" in state; // by the visitor, meanwhile
  // This module may be here before the tabs are.
  whenThere(
    () => tabOf(tab),
    () => {
      if (!isChosen()) open(tab);
      whenSettled(() => {
        if (!isChosen() && tabOf(tab)?.ariaSelected === "false") open(tab);
        // until then head.css holds the tab back, so that its parts don't move each other
        state.opened = "";
      });
    },
  );
  if (example) pressExample(tab, example);
}
