// The words of a review and where they looked. One answer of the server holds everything; choosing a word only redraws.

let result = null;

const sum = values => values.reduce((total, value) => total + value, 0);

// The map to draw, and the value in it that gets the full colour.
function mapOf(word) {
  const rows = result.attention;
  if (word !== "all") return [rows[word], Math.max(...rows.map(row => Math.max(...row)))];
  const whole = rows[0].map((_, patch) => sum(rows.map(row => row[patch])) / rows.length);
  return [whole, Math.max(...whole)];
}

function choose(word) {
  const chosen = $(`[data-word="${word}"]`), canvas = $(".heat");
  press(word);
  $(".evidence").dataset.chosen = word;
  $(".chosen").textContent = chosen?.dataset.hint ?? $(".chosen").dataset.all;
  if (!canvas) return;
  canvas.setAttribute("aria-label", `Heat map over the photo: ${word === "all" ? "all words" : chosen.textContent}`);
  paint(canvas, ...mapOf(word), result.grid);
}

element.addEventListener("click", event => {
  const kind = event.target.closest("[data-save]")?.dataset.save;
  if (kind === "png") savePicture("review.png");
  if (kind === "json") save(new Blob([$(".evidence").dataset.result], {type: "application/json"}), "review.json");
});

function show() {
  const told = $(".evidence")?.dataset.result;
  result = told ? JSON.parse(told) : null;
  if (result) choose("all");
}
watch("value", show);
show();
showStrength();
