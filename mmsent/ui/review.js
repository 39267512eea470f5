// The words of a review and where they looked. One answer of the server holds everything; choosing a word only redraws.

const CELL = 16;  // canvas pixels a patch; the browser smooths the rest of the way
const $ = name => element.querySelector(name);
let result = null;

const sum = values => values.reduce((total, value) => total + value, 0);

// The map to draw, and the value in it that gets the full colour.
function mapOf(word) {
  const rows = result.attention;
  if (word !== "all") return [rows[word], Math.max(...rows.map(row => Math.max(...row)))];
  const whole = rows[0].map((_, patch) => sum(rows.map(row => row[patch])) / rows.length);
  return [whole, Math.max(...whole)];
}

function colour(heat) {
  const at = heat * (HEAT.length - 1), low = Math.min(Math.floor(at), HEAT.length - 2);
  return HEAT[low].map((from, channel) => from + (at - low) * (HEAT[low + 1][channel] - from));
}

// Patch (row, column) is centred on its own place of the photo; between the centres values run straight.
function paint(canvas, map, full) {
  const [high, wide] = result.grid, g = canvas.getContext("2d");
  canvas.width = wide * CELL;
  canvas.height = high * CELL;
  const pixels = g.createImageData(canvas.width, canvas.height);
  const split = (pixel, count) => {
    const at = Math.min(Math.max((pixel + .5) / CELL - .5, 0), count - 1), low = Math.min(Math.floor(at), Math.max(count - 2, 0));
    return [low, Math.min(low + 1, count - 1), at - low];
  };
  for (let y = 0, i = 0; y < canvas.height; y++) {
    const [top, bottom, down] = split(y, high);
    for (let x = 0; x < canvas.width; x++, i += 4) {
      const [left, right, across] = split(x, wide);
      const along = row => map[row * wide + left] * (1 - across) + map[row * wide + right] * across;
      const heat = full > 0 ? Math.min((along(top) * (1 - down) + along(bottom) * down) / full, 1) : 0;
      pixels.data.set([...colour(heat), 255 * Math.min(1, 1.6 * heat)], i);
    }
  }
  g.putImageData(pixels, 0, 0);
}

function choose(word) {
  const chosen = $(`[data-word="${word}"]`), canvas = $(".heat");
  for (const one of element.querySelectorAll("[data-word]")) one.setAttribute("aria-pressed", String(one === chosen));
  $(".evidence").dataset.chosen = word;
  $(".chosen").textContent = chosen?.dataset.hint ?? $(".chosen").dataset.all;
  if (word !== "all") {
    for (const one of element.querySelectorAll('.word[tabindex="0"]')) one.tabIndex = -1;  // one stop for the tab key
    chosen.tabIndex = 0;
  }
  if (!canvas) return;
  canvas.setAttribute("aria-label", `Heat map over the photo: ${word === "all" ? "all words" : chosen.textContent}`);
  paint(canvas, ...mapOf(word));
}

function move(event, word) {
  const words = [...element.querySelectorAll(".word")], at = words.indexOf(word), last = words.length - 1;
  const forth = getComputedStyle($(".words")).direction === "rtl" ? -1 : 1;
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

function savePicture() {
  const photo = $(".photo"), canvas = document.createElement("canvas"), g = canvas.getContext("2d");
  canvas.width = photo.naturalWidth;
  canvas.height = photo.naturalHeight;
  g.drawImage(photo, 0, 0);
  g.globalAlpha = strength / 100;
  g.imageSmoothingQuality = "high";
  g.drawImage($(".heat"), 0, 0, canvas.width, canvas.height);
  canvas.toBlob(blob => save(blob, "review.png"), "image/png");
}

element.addEventListener("click", event => {
  const word = event.target.closest("[data-word]"), kind = event.target.closest("[data-save]")?.dataset.save;
  if (word) toggle(word);
  if (kind === "png") savePicture();
  if (kind === "json") save(new Blob([$(".evidence").dataset.result], {type: "application/json"}), "review.json");
});
element.addEventListener("keydown", event => {
  const word = event.target.closest(".word");
  if (!word || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Enter" || event.key === " ") toggle(word);
  else if (event.key === "Escape") choose("all");
  else if (!move(event, word)) return;
  event.preventDefault();
});

function show() {
  const told = $(".evidence")?.dataset.result;
  result = told ? JSON.parse(told) : null;
  if (result) choose("all");
}
watch("value", show);
show();
showStrength();
