// Where the keyboard goes when the buttons that ask for reasons and cancel them give way.

import { mount } from "/common/explain.js";
import { equal, test } from "./check.js";

const settled = () => new Promise((done) => setTimeout(done, 50));

// A tab's panel with the button in focus, and another one beside it; `told` counts how often the
// reasons are given the focus.
function fresh() {
  document.body.innerHTML = `<div role="tabpanel"><div class="explain"><div id="note"></div><button id="cancel">Cancel</button></div>
    <div class="reasons" hidden>Reasons.</div></div><button id="elsewhere">Elsewhere</button>`;
  const $ = (name) => document.querySelector(name);
  const told = { focused: 0 };
  const { focus } = HTMLElement.prototype;
  $(".reasons").focus = function () {
    told.focused += 1;
    if (told.focused > 20) return $(".explain").remove(); // or this test would never end
    focus.call(this);
  };
  mount({ element: $("#note") }, { reasons: ".reasons" });
  $("#cancel").focus();
  return { $, told };
}

test("from the button that is gone to the reasons that are there", async () => {
  const { $, told } = fresh();
  $(".reasons").hidden = false;
  $("#cancel").hidden = true;
  await settled();
  equal([document.activeElement === $(".reasons"), told.focused], [true, 1]);
});

test("to reasons that nobody can see it does not go, once and again", async () => {
  const { $, told } = fresh();
  $('[role="tabpanel"]').hidden = true; // another tab is shown
  $("#cancel").hidden = true;
  $(".reasons").hidden = false;
  await settled();
  equal([document.activeElement === document.body, told.focused], [true, 0]);
});

test("nor to reasons that are there and can't be focused, more than a few times", async () => {
  const { $, told } = fresh();
  Object.assign($(".reasons").style, { visibility: "hidden" });
  $(".reasons").hidden = false;
  $("#cancel").hidden = true;
  await settled();
  equal(told.focused <= 5, true);
});

test("whoever went elsewhere is left there, also once that is gone", async () => {
  const { $, told } = fresh();
  $("#elsewhere").focus();
  $("#elsewhere").hidden = true;
  $(".reasons").hidden = false;
  $("#cancel").hidden = true;
  await settled();
  equal(told.focused, 0);
});
