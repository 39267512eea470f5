import { mountAsides } from "/common/asides.js";
import { equal, test } from "./check.js";

// The fold of a tab that is not open, that of the open one, as Gradio makes them, and the browser's.
function page() {
  document.body.innerHTML = `<div id="top"><a href="#about" data-opens="about">Good?</a>
    <a href="#privacy" data-opens="privacy">Privacy</a></div>
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
  equal(location.hash, "");
});

test("privacy opens the fold beside the button that deletes", () => {
  page();
  press("privacy");
  equal(document.querySelector("details").open, true);
  equal(document.activeElement.textContent, "C");
});

test("what was pressed before the module listened is done then", () => {
  history.replaceState(null, "", "?tab=clip#about");
  equal(page(), ["B"]);
  equal([location.search, location.hash], ["?tab=clip", ""]);
  history.replaceState(null, "", "?");
});
