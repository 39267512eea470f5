// Words that are buttons: a click chooses one, arrow keys go from word to word.

// Marks the word of this number, or "all", as chosen.
export function press(element, word) {
  for (const one of element.querySelectorAll("[data-word]")) {
    one.setAttribute("aria-pressed", String(one.dataset.word === word));
    // One stop for the tab key: the word chosen last.
    if (word !== "all" && one.classList.contains("word"))
      one.tabIndex = one.dataset.word === word ? 0 : -1;
  }
}

// The number of the word that a key leads to from number `at`, or undefined for a key that leads
// nowhere.
export function wordAfter(key, at, last, toTheLeft) {
  const forth = toTheLeft ? -1 : 1;
  const to = {
    ArrowRight: at + forth,
    ArrowLeft: at - forth,
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    Home: 0,
    End: last,
  }[key];
  return to === undefined ? to : Math.min(Math.max(to, 0), last);
}

function move(key, word, choose) {
  const row = word.closest(".words");
  const words = [...row.querySelectorAll(".word")];
  const to = wordAfter(
    key,
    words.indexOf(word),
    words.length - 1,
    getComputedStyle(row).direction === "rtl",
  );
  if (to === undefined) return false;
  const next = words[to];
  choose(next.dataset.word);
  next.focus();
  return true;
}

function toggle(chosen, choose) {
  choose(chosen.getAttribute("aria-pressed") === "true" ? "all" : chosen.dataset.word);
}

// choose(word) gets the number of a word, or "all".
export function choosesWords(element, choose) {
  element.addEventListener("click", (event) => {
    const word = event.target.closest("[data-word]");
    if (word) toggle(word, choose);
  });
  element.addEventListener("keydown", (event) => {
    const word = event.target.closest(".word");
    if (!word || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" || event.key === " ") toggle(word, choose);
    else if (event.key === "Escape") choose("all");
    else if (!move(event.key, word, choose)) return;
    event.preventDefault();
  });
}
