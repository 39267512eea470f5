// An answer on a photo, drawn: the picture with a button on every face and the same faces as a
// list, one face in detail, and all of it as text. An `answer` is {result, picture: address} with
// the result as FaceResult.to_dict has it, {told: sentence} or {problem: sentence}. `names` are
// {emotions, colours, notSure}.

import { make } from "../common/dom.js";
import { caption as captionOf, drawBars, percent } from "../common/live_draw.js";

const EMPTY =
  "Add a photo or try the example. Your picture will appear here, with every face marked.";
const HELP =
  "What helps: more light, a closer or larger picture, and a face turned towards the camera that is not covered.";
const HIGH = 0.12; // of the picture's height: a box that begins above it has its number inside
// of the picture's width: a narrower box shows its number only while it is pointed at or chosen
const TINY = 0.05;
const MANY = 10; // faces that are told of in words

// A face as the live view draws one.
const drawn = ({ emotions: { top, unsure, probs } }, { emotions, notSure }) => ({
  label: unsure ? notSure : top,
  probs: emotions.map((name) => probs[name]),
});

// What to call a face: "happy 87 %", or "not sure".
export const caption = (face, names) => captionOf(drawn(face, names), names);

// White where the model is not sure.
export const colourOf = ({ emotions: { top, unsure } }, { colours }) =>
  unsure ? "#ffffff" : colours[top];

const headline = ({ emotions: { top, unsure, confidence } }, { notSure }) => {
  const told = unsure ? notSure : `${top} (${percent(confidence)})`;
  return told[0].toUpperCase() + told.slice(1);
};

const message = (role, ...told) => make("p", { class: "message", role }, ...told);

function altText({ faces }, names) {
  if (!faces.length) return "The picture. No face was found in it.";
  const told = faces
    .slice(0, MANY)
    .map((face, i) => `face ${i + 1} ${caption(face, names)}`)
    .join("; ");
  return `The picture with ${faces.length === 1 ? "one face" : `${faces.length} faces`} marked: ${told}${faces.length > MANY ? " and more" : ""}.`;
}

const percents = (share) => `${(100 * share).toFixed(2)}%`;

function spot(face, index, [width, height], names) {
  const [x0, y0, x1, y1] = face.box;
  const told = `Face ${index + 1}, ${caption(face, names)}`;
  const place = [y0 < HIGH * height ? "high" : "", x1 - x0 < TINY * width ? "tiny" : ""]
    .filter(Boolean)
    .join(" ");
  const button = make(
    "button",
    {
      type: "button",
      class: "spot",
      "data-face": index,
      "aria-label": told,
      title: told,
      "aria-pressed": index === 0,
    },
    make("span", { class: place }, index + 1),
  );
  Object.assign(button.style, {
    left: percents(x0 / width),
    top: percents(y0 / height),
    width: percents((x1 - x0) / width),
    height: percents((y1 - y0) / height),
  });
  button.style.setProperty("--face", colourOf(face, names));
  return button;
}

const areaOf = ({ box: [x0, y0, x1, y1] }) => (x1 - x0) * (y1 - y0);

// What stands in the place of an answer, in `element`. The first face is the chosen one.
export function drawAnswer(element, answer, names) {
  const { result, picture, told, problem } = answer ?? {};
  if (!result)
    return element.replaceChildren(
      problem ? message("alert", problem) : message("status", told ?? EMPTY),
    );
  const { faces, size, notes } = result;
  const image = make("img", { src: picture, alt: altText(result, names) });
  // small ones on top of large ones
  const order = faces.map((_, i) => i).sort((a, b) => areaOf(faces[b]) - areaOf(faces[a]));
  const list = faces.map((face, i) =>
    make(
      "button",
      { type: "button", "data-face": i, "aria-pressed": i === 0 },
      `${i + 1} · ${caption(face, names)}`,
    ),
  );
  element.replaceChildren(
    make("div", { class: "frame" }, image, ...order.map((i) => spot(faces[i], i, size, names))),
    faces.length
      ? make("div", { class: "buttons names", role: "group", "aria-label": "Faces found" }, ...list)
      : message("status", make("span", {}, make("strong", {}, "No face found."), ` ${HELP}`)),
    ...notes.map((note) => make("p", { class: "note" }, note)),
  );
}

// One face in `element`: {number, face, part, heat} with addresses of its picture and of the heat
// map that lies on it; without these they are on their way, or `problem` says why they don't come.
// Nothing without a face. `trusted` says how far the percentages can be.
export function drawDetail(
  element,
  { number, face, part, heat, problem } = {},
  { trusted, ...names },
) {
  if (!face) return element.replaceChildren();
  const bars = make("ul", { class: "bars", "aria-label": "Probabilities" });
  const { top, unsure } = face.emotions;
  drawBars(bars, drawn(face, names), names);
  const hint = `${unsure ? `Most likely ${top}, but not clearly enough to say so. ` : ""}Bright areas of the heat map spoke most for “${top}”. ${trusted}`;
  const map = part
    ? [
        make(
          "div",
          { class: "frame" },
          make("img", { src: part, alt: `Face ${number}, cut out` }),
          make("img", {
            class: "heat",
            src: heat,
            alt: `Heat map: bright where the picture spoke most for ${top}`,
          }),
        ),
        make(
          "label",
          { class: "strength" },
          "Heat map",
          make("input", {
            type: "range",
            min: 0,
            max: 100,
            value: 60,
            "aria-label": "Strength of the heat map",
          }),
        ),
      ]
    : [
        make(
          "p",
          { class: "message", role: problem ? "alert" : null },
          problem ?? "The heat map is on its way …",
        ),
      ];
  element.replaceChildren(
    make("h3", {}, make("small", {}, `Face ${number}`), ` ${headline(face, names)}`),
    make(
      "div",
      { class: "pair" },
      make("div", {}, bars, make("p", { class: "hint" }, hint)),
      make("div", {}, ...map),
    ),
  );
}

// The answer as plain text, to copy: a line for each face.
export const textOf = ({ faces, notes }, names) =>
  [...faces.map((face, i) => `Face ${i + 1}: ${caption(face, names)}`), ...notes].join("\n");
