import { exports } from "/common/export.js";
import { Board } from "/face/board.js";
import { equal, test } from "./check.js";

const NAMES = { emotions: ["happy", "sad"], colours: { happy: "#fff", sad: "#000" } };
const FACES = [
  { track: 1, label: "happy", probs: [0.9, 0.1] },
  { track: 2, label: "not sure", reason: "small" },
];
const TEXT = "Face 1: happy 90 %\n  happy 90 %\n  sad 10 %\nFace 2: not sure (small)";

function boardOf() {
  document.body.innerHTML =
    '<section class="export"><button class="download" disabled></button>' +
    '<button data-copy="text" disabled></button><p class="copied"></p></section>';
  return new Board(document.body, NAMES);
}
const disabled = () => [...document.querySelectorAll("button")].map((button) => button.disabled);

test("the faces that were seen last are there to copy", async () => {
  const board = Object.assign(boardOf(), { faces: FACES });
  const copied = [];
  equal(board.text(), TEXT);
  board.canExport(true);
  Object.defineProperty(navigator, "clipboard", {
    value: {
      writeText: async (text) => {
        copied.push(text);
      },
    },
    configurable: true,
  });
  exports({ element: document.body, watch: () => {} }, {}, () => board.text());
  document.querySelector("[data-copy]").click();
  await new Promise((done) => setTimeout(done));
  equal(copied, [TEXT]);
  equal(document.querySelector(".copied").textContent, "Copied.");
});

test("without a face there is nothing to copy, and without readings no table", () => {
  const board = boardOf();
  board.canExport(true);
  equal(disabled(), [false, true]);
  board.faces = FACES;
  board.canExport(true);
  equal(disabled(), [false, false]);
  board.canExport(false);
  equal(disabled(), [true, true]);
});

test("before anything is read nobody claims that there is no face", () => {
  const board = boardOf();
  equal(board.headline, "No prediction");
  board.reply = { faces: [] };
  equal(board.headline, "No face");
  Object.assign(board, { reply: { faces: FACES }, selected: 1 });
  equal(board.headline, "Face 1: happy 90 %");
});
