import { mountToasts, sentenceOf } from "/common/toasts.js";
import { equal, test } from "./check.js";

test("a file that Gradio refuses is told of in plain words", () => {
  equal(
    [
      "Invalid file type: bad.png. Only video/x-m4v,video/* allowed.",
      "Invalid file types: a.b.txt, c. Only image/* allowed.",
      "Invalid file type: x.exe. Only .csv, .jpg allowed.",
      "The clip is too long.",
    ].map(sentenceOf),
    [
      "“bad.png” is not a video. Please choose another file.",
      "These files are not pictures: a.b.txt, c. Please choose others.",
      "“x.exe” is not of a kind that is read here. Please choose another file.",
      null,
    ],
  );
});

test("a lost server is told of by the page, not by the notice", async () => {
  document.body.innerHTML = "";
  let lost = 0;
  mountToasts({
    lost() {
      lost += 1;
      if (lost < 9) document.body.append("told");
    },
  });
  document.body.innerHTML = `<div class="toast-item"><div class="toast-message-text"></div></div>`;
  document.querySelector(".toast-message-text").textContent =
    "Connection to the server was lost. Attempting reconnection...";
  await new Promise((done) => setTimeout(done, 50));
  equal([lost, document.querySelector(".toast-item").style.display], [1, "none"]);
  document
    .querySelector(".toast-item")
    .insertAdjacentHTML("beforeend", `<div class="toast-message-text">No disk space.</div>`);
  await new Promise((done) => setTimeout(done, 50));
  equal([lost, document.querySelector(".toast-item").style.display], [1, ""]);
});
