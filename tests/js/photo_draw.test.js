import { drawAnswer, drawDetail, textOf } from "/face/photo_draw.js";
import { annotate } from "/face/photo_png.js";
import { equal, test } from "./check.js";

const EMOTIONS = ["happy", "sad", "neutral"];
const NAMES = {
  emotions: EMOTIONS,
  colours: { happy: "#f0b400", sad: "#0072b2", neutral: "#8a929c" },
  notSure: "not sure",
  trusted: "As <far> as known.",
};
const SIZE = [200, 120];

const face = ({ box = [20, 30, 60, 80], unsure = false } = {}) => ({
  box,
  detection: 0.99,
  track: null,
  landmarks: [],
  quality: null,
  emotions: {
    top: "happy",
    confidence: 0.7,
    unsure,
    probs: { happy: 0.7, sad: 0.2, neutral: 0.1 },
  },
});

function drawn(result, picture = "data:,") {
  const element = document.createElement("div");
  drawAnswer(element, { result: { size: SIZE, notes: [], ...result }, picture }, NAMES);
  return element;
}

const texts = (element, selector) =>
  [...element.querySelectorAll(selector)].map((one) => one.textContent);

test("every face has a button in the picture and in the list, and the first is chosen", () => {
  const element = drawn({ faces: [face(), face({ box: [100, 20, 140, 60], unsure: true })] });
  equal(texts(element, ".names button"), ["1 · happy 70 %", "2 · not sure"]);
  equal(
    [...element.querySelectorAll("[aria-pressed=true]")].map((one) => one.dataset.face),
    ["0", "0"],
  );
  const [spot] = element.querySelectorAll(".spot");
  equal(
    [spot.style.left, spot.style.top, spot.style.width, spot.style.height],
    ["10%", "25%", "20%", "41.67%"],
  );
  equal(
    [spot.title, spot.getAttribute("aria-label")],
    ["Face 1, happy 70 %", "Face 1, happy 70 %"],
  );
  equal(spot.style.getPropertyValue("--face"), "#f0b400");
});

test("numbers stay inside the picture, and those of tiny faces wait", () => {
  for (const [box, place] of [
    [[20, 30, 60, 80], ""],
    [[20, 2, 60, 50], "high"],
    [[20, 30, 26, 40], "tiny"],
  ]) {
    equal(drawn({ faces: [face({ box })] }).querySelector(".spot span").className, place);
  }
});

test("small faces lie on top of large ones", () => {
  const order = drawn({ faces: [face({ box: [0, 0, 9, 9] }), face()] }).querySelectorAll(".spot");
  equal(
    [...order].map((spot) => spot.dataset.face),
    ["1", "0"],
  );
});

test("without a face it is said what helps, and notes are plain text", () => {
  const element = drawn({ faces: [], notes: ["It moves <here>."] });
  equal(texts(element, ".note"), ["It moves <here>."]);
  equal(
    element
      .querySelector(".message")
      .textContent.startsWith("No face found. What helps: more light"),
    true,
  );
  equal(element.querySelector("img").alt, "The picture. No face was found in it.");
});

test("the picture in words counts, and tells of ten", () => {
  equal(
    drawn({ faces: [face()] }).querySelector("img").alt,
    "The picture with one face marked: face 1 happy 70 %.",
  );
  const { alt } = drawn({ faces: Array(30).fill(face()) }).querySelector("img");
  equal(
    [
      alt.match(/happy/g).length,
      alt.startsWith("The picture with 30 faces marked"),
      alt.endsWith(" and more."),
    ],
    [10, true, true],
  );
});

test("in the place of an answer stands a sentence, a problem aloud", () => {
  const element = document.createElement("div");
  for (const [answer, role, text] of [
    [
      undefined,
      "status",
      "Add a photo or try the example. Your picture will appear here, with every face marked.",
    ],
    [{ told: "Wait." }, "status", "Wait."],
    [{ problem: "No <way>." }, "alert", "No <way>."],
  ]) {
    drawAnswer(element, answer, NAMES);
    equal([element.firstChild.getAttribute("role"), element.textContent], [role, text]);
  }
});

test("an unsure face in detail tells what the model leans to", () => {
  const element = document.createElement("div");
  drawDetail(
    element,
    { number: 3, face: face({ unsure: true }), part: "data:,", heat: "data:," },
    NAMES,
  );
  equal(element.querySelector("h3").textContent, "Face 3 Not sure");
  equal(
    element.querySelector(".hint").textContent,
    "Most likely happy, but not clearly enough to say so. Bright areas of the heat map spoke most for “happy”. As <far> as known.",
  );
  equal(texts(element, ".bars .value"), ["70 %", "20 %", "10 %"]);
  equal(element.querySelectorAll(".heat, .strength input").length, 2);
});

test("a heat map that is not there yet, or never, is said", () => {
  const element = document.createElement("div");
  drawDetail(element, { number: 1, face: face() }, NAMES);
  equal(
    [texts(element, ".message"), element.querySelector("h3").textContent],
    [["The heat map is on its way …"], "Face 1 Happy (70 %)"],
  );
  drawDetail(element, { number: 1, face: face(), problem: "No." }, NAMES);
  equal(texts(element, "[role=alert]"), ["No."]);
  drawDetail(element, {}, NAMES);
  equal(element.children.length, 0);
});

test("as text it has a line a face", () => {
  equal(
    textOf(
      { faces: [face(), face({ unsure: true })], notes: ["This picture is animated."] },
      NAMES,
    ),
    "Face 1: happy 70 %\nFace 2: not sure\nThis picture is animated.",
  );
});

// A grey picture of so many pixels.
async function grey(width, height) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const g = canvas.getContext("2d");
  g.fillStyle = "#7f7f7f";
  g.fillRect(0, 0, width, height);
  const image = new Image();
  image.src = canvas.toDataURL();
  await image.decode();
  return image;
}

const at = (canvas, x, y) =>
  Array.from(canvas.getContext("2d").getImageData(x, y, 1, 1).data.subarray(0, 3));

test("the picture to save has the box and leaves the rest", async () => {
  // shown twice as large as it is
  const canvas = annotate(await grey(400, 240), { faces: [face()], size: SIZE }, NAMES);
  equal([canvas.width, canvas.height], [400, 240]);
  equal(
    [at(canvas, 40, 110), at(canvas, 120, 110)],
    [
      [240, 180, 0],
      [240, 180, 0],
    ],
  );
  equal(
    [at(canvas, 80, 110), at(canvas, 300, 200)],
    [
      [127, 127, 127],
      [127, 127, 127],
    ],
  );
});

for (const box of [
  [0, 0, 1, 1],
  [0, 0, 200, 120],
  [190, 110, 200, 120],
  [5, 5, 5, 5],
]) {
  test(`the picture to save takes the box ${box}`, async () => {
    equal(annotate(await grey(200, 120), { faces: [face({ box })], size: SIZE }, NAMES).width, 200);
  });
}
