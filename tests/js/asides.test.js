import { mountAsides } from "/common/asides.js";
import { equal, test } from "./check.js";

// The fold of a tab that is not open, that of the open one, as Gradio makes them, and the
// browser's.
function page() {
  document.body.innerHTML = `<div id="top"><button data-opens="about" disabled>Good?</button>
    <button data-opens="privacy" disabled>Privacy</button></div>
    <div hidden><div class="about-fold"><button class="label-wrap">A</button></div></div>
    <div class="about-fold"><button class="label-wrap">B</button></div>
    <div class="closing"><details class="fold"><summary>C</summary>more</details></div>`;
  const pressed = [];
  for (const button of document.querySelectorAll(".label-wrap"))
    button.addEventListener("click", () => {
      button.classList.toggle("open");
      pressed.push(button.textContent);
    });
  mountAsides({ element: document.getElementById("top") });
  return pressed;
}

const press = (name) => document.querySelector(`[data-opens=${name}]`).click();

test("the fold of the open tab is opened, and not closed again", () => {
  const pressed = page();
  press("about");
  press("about");
  equal([pressed, document.activeElement.textContent], [["B"], "B"]);
});

test("privacy opens the fold beside the button that deletes", () => {
  page();
  press("privacy");
  equal(document.querySelector("details").open, true);
  equal(document.activeElement.textContent, "C");
});

test("where the open tab has no model, a press leaves the page as it is", () => {
  const pressed = page();
  document.querySelectorAll(".about-fold").forEach((fold) => fold.remove());
  press("about");
  equal([pressed, document.activeElement], [[], document.body]);
});
