import { drawAnswer, linesOf, piecesOf } from "/common/answer_picture.js";
import { equal, pixel, test } from "./check.js";

const ten = (text) => 10 * [...text].length; // every letter is ten pixels wide
const broken = (parts, most) =>
  linesOf(
    parts.map((text) => ({ text, look: null })),
    most,
    ten,
  ).map((line) => line.map((piece) => piece.text).join(""));

function page(html) {
  const element = document.createElement("div");
  element.style = "background:#fff;color:#000;font:16px sans-serif";
  element.innerHTML = `<style>.toward { background: rgb(0, 200, 0); border-bottom: 3px solid rgb(0, 100, 0) }
    .away { background: rgb(200, 0, 200); border-bottom: 3px dashed rgb(100, 0, 100) }</style>${html}`;
  document.body.append(element);
  return element;
}
const count = (canvas, like) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let found = 0;
  for (let i = 0; i < data.length; i += 4) found += like(data[i], data[i + 1], data[i + 2]);
  return found;
};

test("words break where the line is full, and blanks begin no line", () => {
  equal(broken(["one", " ", "two", " ", "three"], 80), ["one two ", "three"]);
  equal(broken(["one", "\n", "\n", "two"], 80), ["one", "", "two"]);
});

test("a word wider than the line is broken between its letters, and none is lost", () => {
  equal(broken(["a", " ", "abcdefgh😀"], 40), ["a ", "abcd", "efgh", "😀"]);
  equal(broken(["ab"], 5), ["a", "b"]);
});

test("the words of the page have their looks, what is between them none", () => {
  const element = page(
    '<p class="words">so <span class="word toward">good</span>,\n<span class="word">yes</span></p>',
  );
  const pieces = piecesOf(element.querySelector(".words"));
  equal(
    pieces.map((piece) => piece.text),
    ["so", " ", "good", ",", "\n", "yes"],
  );
  equal(
    pieces.map((piece) => piece.look?.line ?? null),
    [null, null, "rgb(0, 100, 0)", null, null, ""],
  );
});

test("an answer is drawn with its words in colour and its picture under the map", () => {
  const element = page(
    '<p class="words">so <span class="word toward">good</span> <span class="word away">bad</span></p>',
  );
  const photo = document.createElement("canvas");
  const heat = document.createElement("canvas");
  const canvas = document.createElement("canvas");
  for (const [one, colour] of [
    [photo, "#00f"],
    [heat, "#f00"],
  ]) {
    Object.assign(one, { width: 60, height: 20, naturalWidth: 60, naturalHeight: 20 });
    one.getContext("2d").fillStyle = colour;
    one.getContext("2d").fillRect(0, 0, 60, 20);
  }
  drawAnswer(canvas, element, {
    headline: "Good",
    lines: ["a", ""],
    words: element.querySelector(".words"),
    photo,
    caption: "b",
    heat,
    strength: 60,
  });
  equal(canvas.width, 1200);
  equal(pixel(canvas, 600, canvas.height - 200), [153, 0, 102, 255]);
  equal(pixel(canvas, 2, 2), [255, 255, 255, 255]);
  equal(count(canvas, (r, g, b) => r === 0 && g === 200 && b === 0) > 500, true);
  equal(count(canvas, (r, g, b) => r === 200 && g === 0 && b === 200) > 500, true);
});

test("words alone make a picture, and what is too long is told", () => {
  const element = page('<p class="words"></p>');
  const canvas = document.createElement("canvas");
  element.querySelector(".words").textContent = "x\n".repeat(400);
  drawAnswer(canvas, element, {
    headline: "Good",
    lines: [],
    words: element.querySelector(".words"),
    photo: null,
    heat: null,
    strength: 60,
  });
  equal(canvas.height < 16000 && canvas.height > 8000, true);
});
