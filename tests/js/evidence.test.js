import { heatColour, paint } from "/common/heat.js";
import { choosesWords, press, wordAfter } from "/common/words.js";
import { mapOf } from "/review/review.js";
import { equal, near, pixel, test } from "./check.js";

const COLOURS = [
  [0, 0, 0],
  [100, 0, 0],
  [100, 200, 0],
];

test("heat runs from the first colour to the last", () => {
  equal(
    [0, 0.5, 1].map((heat) => heatColour(heat, COLOURS)),
    COLOURS,
  );
  near(heatColour(0.75, COLOURS), [100, 100, 0]);
});

test("a map is clear where nothing is, and full in the middle of its hottest place", () => {
  const canvas = document.createElement("canvas");
  paint(canvas, [0, 0, 0, 2, 0, 0], 2, [2, 3], COLOURS);
  equal([canvas.width, canvas.height], [48, 32]);
  equal(pixel(canvas, 40, 8)[3], 0);
  const [red, green, , alpha] = pixel(canvas, 8, 24);
  near([red, green, alpha], [100, 188, 255], 12);
});

test("a map of nothing is clear", () => {
  const canvas = document.createElement("canvas");
  paint(canvas, [0, 0], 0, [1, 2], COLOURS);
  equal(
    canvas
      .getContext("2d")
      .getImageData(0, 0, 32, 16)
      .data.every((value) => value === 0),
    true,
  );
});

test("one word is drawn on the scale of all, all of them on their own", () => {
  const rows = [
    [0.1, 0.3],
    [0.5, 0.1],
  ];
  equal(mapOf("0", rows), [[0.1, 0.3], 0.5]);
  const [whole, full] = mapOf("all", rows);
  near([...whole, full], [0.3, 0.2, 0.3]);
});

test("arrow keys go the way the text runs, and no further than its ends", () => {
  equal(
    ["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp", "Home", "End"].map((key) =>
      wordAfter(key, 2, 4, false),
    ),
    [3, 1, 3, 1, 0, 4],
  );
  equal(
    ["ArrowRight", "ArrowLeft"].map((key) => wordAfter(key, 2, 4, true)),
    [1, 3],
  );
  equal([wordAfter("ArrowLeft", 0, 4, false), wordAfter("ArrowRight", 4, 4, false)], [0, 4]);
  equal(wordAfter("a", 2, 4, false) === undefined, true);
});

function words() {
  const element = document.createElement("div");
  element.innerHTML =
    '<div class="words">' +
    ["0", "1", "2"]
      .map(
        (i) =>
          `<span class="word" data-word="${i}" tabindex="${i === "0" ? 0 : -1}" aria-pressed="false">w</span>`,
      )
      .join("") +
    "</div>";
  document.body.append(element);
  const chosen = [];
  choosesWords(element, (word) => {
    chosen.push(word);
    press(element, word);
  });
  return [element, chosen, [...element.querySelectorAll(".word")]];
}
const key = (name, more) =>
  new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true, ...more });

test("a second click on a word, or Escape, chooses all", () => {
  const [, chosen, [first, second]] = words();
  second.click();
  second.click();
  first.click();
  first.dispatchEvent(key("Escape"));
  equal(chosen, ["1", "all", "0", "all"]);
});

test("the word chosen last is the one stop of the tab key", () => {
  const [element, , [first, second, third]] = words();
  first.dispatchEvent(key("End"));
  equal(
    [first, second, third].map((word) => word.tabIndex),
    [-1, -1, 0],
  );
  press(element, "all");
  equal(
    [first, second, third].map((word) => word.tabIndex),
    [-1, -1, 0],
  );
});

test("keys of the browser are left to it", () => {
  const [, chosen, [first]] = words();
  first.dispatchEvent(key("ArrowRight", { altKey: true }));
  equal(chosen, []);
});
