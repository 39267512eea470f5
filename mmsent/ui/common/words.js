// Words that are buttons: a click chooses one, arrow keys go from word to word. choose(word) is in the script after this one;
// it gets the number of a word, or "all".

function press(word) {
  for (const one of element.querySelectorAll("[data-word]")) {
    one.setAttribute("aria-pressed", String(one.dataset.word === word));
    // One stop for the tab key: the word chosen last.
    if (word !== "all" && one.classList.contains("word")) one.tabIndex = one.dataset.word === word ? 0 : -1;
  }
}

function move(event, word) {
  const row = word.closest(".words"), words = [...row.querySelectorAll(".word")], at = words.indexOf(word), last = words.length - 1;
  const forth = getComputedStyle(row).direction === "rtl" ? -1 : 1;
  const to = {ArrowRight: at + forth, ArrowLeft: at - forth, ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: last}[event.key];
  if (to === undefined) return false;
  const next = words[Math.min(Math.max(to, 0), last)];
  choose(next.dataset.word);
  next.focus();
  return true;
}

function toggle(chosen) {
  choose(chosen.getAttribute("aria-pressed") === "true" ? "all" : chosen.dataset.word);
}

element.addEventListener("click", event => {
  const word = event.target.closest("[data-word]");
  if (word) toggle(word);
});
element.addEventListener("keydown", event => {
  const word = event.target.closest(".word");
  if (!word || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Enter" || event.key === " ") toggle(word);
  else if (event.key === "Escape") choose("all");
  else if (!move(event, word)) return;
  event.preventDefault();
});
