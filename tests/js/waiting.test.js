import { tellWaiting, told } from "/common/waiting.js";
import { equal, test } from "./check.js";

const WORKING = "Analysing …";
const THIRD = "Waiting for the model: number 3 of 8 in line";

test("a job says what is done for it, or how many are before it", () => {
  equal(["processing | 0.2/1.3s", "1.2s", "", "queue: 3/8 | 0.4s"].map(told), [
    WORKING,
    WORKING,
    WORKING,
    THIRD,
  ]);
});

test("what is shown over an answer follows its job", async () => {
  document.body.innerHTML = '<div class="block"><div class="view"></div></div>';
  const block = document.querySelector(".block");
  const status = Object.assign(document.createElement("div"), { className: "progress-text" });
  const shown = async (text) => {
    status.textContent = text;
    await new Promise((done) => setTimeout(done));
    return status.dataset.told;
  };
  tellWaiting(document.querySelector(".view"));
  block.append(status);
  equal(await shown("queue: 3/8 | 0.4s"), THIRD);
  equal(await shown("processing | 0.4s"), WORKING);
});
