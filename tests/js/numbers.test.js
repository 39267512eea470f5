import { localised, mount } from "/common/numbers.js";
import { equal, test } from "./check.js";

test("a figure is written as in the visitor's country", () => {
  equal(
    ["3,589", "69.7 %", "0.68", "-1.5"].map((text) => localised(text, "de")),
    ["3.589", "69,7 %", "0,68", "-1,5"],
  );
  equal(
    ["3,589", "69.7 %", "0.683"].map((text) => localised(text, "en-US")),
    ["3,589", "69.7 %", "0.683"],
  );
});

test("what is more than a number stays as it is", () => {
  const texts = ["–", "", "70.8 % (69.3 to 72.3)", "FER2013", "v1.2", "happy"];
  equal(
    texts.map((text) => localised(text, "de")),
    texts,
  );
});

test("only cells are touched", () => {
  document.body.innerHTML =
    "<p>1,000</p><table><tr><th>2,000</th><td>x</td><td>3,000</td></tr></table>";
  mount({ element: document.body });
  equal(
    [...document.querySelectorAll("p, th, td")].map((one) => one.textContent),
    ["1,000", "2,000", "x", localised("3,000")],
  );
});
