import { clock } from "/video/clock.js";
import { captionOf, paintMoment, signed, tracksOf, wordsOf } from "/video/moment.js";
import { faceAt } from "/video/sightings.js";
import { momentAt } from "/video/video.js";
import { equal, near, test } from "./check.js";

test("a clock tells minutes, and hours where there are some", () => {
  equal([0, 59.9, 65.4, 600, 3725].map(clock), ["0:00", "0:59", "1:05", "10:00", "1:02:05"]);
});

test("the moment is the last that has begun, and never none", () => {
  const moments = [{ start: 0.4 }, { start: 2.4 }, { start: 4.5 }];
  equal(
    [0, 0.4, 2.3, 2.4, 4, 99].map((time) => momentAt(moments, time)),
    [0, 0, 0, 1, 1, 2],
  );
});

const at = (time, left) => ({ time, track: 1, box: [left, 0, left + 10, 10] });
const rule = { sameShot: 0.5, linger: 0.15 };
const left = (sightings, time) => faceAt(sightings, time, rule)?.box[0] ?? null;

test("between two sightings of a shot a face moves evenly", () => {
  near([left([at(1, 0), at(1.5, 50)], 1.2)], [20]);
  near(faceAt([at(1, 0), at(1.5, 50)], 1.2, rule).box, [20, 0, 30, 10]);
});

test("a face that is away for longer does not glide through the picture", () => {
  const gone = [at(1, 0), at(4, 90)];
  equal(
    [1.1, 2.5, 4].map((time) => left(gone, time)),
    [0, null, 90],
  );
});

test("a face comes a moment early and stays a moment longer", () => {
  const once = [at(1, 0), at(1.2, 7)];
  equal(
    [0.8, 0.9, 1.3, 1.4].map((time) => left(once, time)),
    [null, 0, 7, null],
  );
});

test("faces have the words that came with the result, in the order of the clip", () => {
  const face = (track, probs) => ({ time: 1, box: [0, 0, 1, 1], track, emotions: { probs } });
  const config = { emotions: ["anger", "joy", "other"], same: { happy: "joy", angry: "anger" } };
  const probs = { happy: 0.7, angry: 0.3 };
  const tracks = tracksOf(
    [face(2, probs), face(1, probs), face(2, probs)],
    ["joy", "anger", "not sure"],
    config,
  );
  equal(
    tracks.map((one) => one.map(({ label }) => label)),
    [["joy", "not sure"], ["anger"]],
  );
  equal(tracks[0][0].probs, [0.3, 0.7, 0]);
});

test("an answer is told with its confidence where it is sure", () => {
  equal(captionOf({ unsure: false, top: "joy", confidence: 0.871 }), "joy 87 %");
  equal(captionOf({ unsure: true, top: "joy", confidence: 0.3 }), "not sure");
});

const config = {
  emotions: ["joy"],
  colours: { joy: "#00ff00" },
  modalities: { text: "Words", face: "Face" },
  small: 0.2,
  full: 1,
};
const said = { text: "not so bad", tokens: ["not", "so", "bad"], attributions: [2, 0.1, -0.5] };

test("words are underlined by what they move, weak ones not", () => {
  const [, first, , second, , third] = wordsOf(said, config);
  equal(
    [first, second, third].map((word) => word.className),
    ["word toward", "", "word away"],
  );
  equal(
    [first, third].map((word) => word.style.getPropertyValue("--pull")),
    ["1.00", "0.25"],
  );
  equal(
    [first, third].map((word) => word.title),
    ["+2.0", "−0.5"],
  );
  equal(
    wordsOf(said, config)
      .map((part) => part.textContent ?? part)
      .join(""),
    "“not so bad”",
  );
});

test("words that were not measured are plain, and none are said to be so", () => {
  equal(wordsOf({ ...said, tokens: [], attributions: [] }, config), ["“not so bad”"]);
  equal(wordsOf({ text: " ", tokens: [], attributions: [] }, config), ["No words here."]);
});

test("a word never becomes markup", () => {
  const [, word] = wordsOf({ text: "<b>x", tokens: ["<b>x"], attributions: [1] }, config);
  equal([word.textContent, word.children.length], ["<b>x", 0]);
});

test("the panel tells of each side what it says and moves, and the strongest words", () => {
  const panel = document.createElement("section");
  panel.innerHTML =
    '<h3></h3><p class="quote"></p><p class="feeling"></p><p class="reasons"></p><ul class="bars"></ul>' +
    '<ul class="alone"></ul><p class="flag" hidden></p>';
  const scores = { unsure: false, top: "joy", confidence: 0.9, probs: { joy: 0.9 } };
  const moment = {
    start: 0,
    end: 2,
    ...said,
    emotion: scores,
    sentiment: scores,
    by_modality: { text: scores, face: scores },
    shares: { text: 1.24, face: -0.3 },
    conflict: false,
  };
  paintMoment(panel, moment, "“not” speaks for joy.", config);
  equal(
    [...panel.querySelectorAll(".alone li")].map((one) => one.textContent),
    ["Wordsjoy 90 %, +1.2 for joy", "Facejoy 90 %, −0.3 for joy"],
  );
  equal(panel.querySelector(".reasons").textContent, "“not” speaks for joy.");
  equal(signed(0), "+0.0");
});
