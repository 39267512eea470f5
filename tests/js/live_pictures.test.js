import { DEVICE_ONLY, NOT_AGREED, Pictures, SHARE_ENDED, sharing } from "/face/pictures.js";
import { equal, test } from "./check.js";

const view = () => {
  const element = document.createElement("div");
  element.innerHTML = `<button class="window" hidden disabled></button><label class="share" hidden><input type="checkbox"></label>
    <button class="stop"></button>`;
  return element;
};

test("a window is offered where the browser can share and the device can read", () => {
  const without = view();
  sharing(without, false);
  equal(without.querySelector(".window").hidden, true);
});

test("what is missing before a window is shared is one sentence", () => {
  const element = view();
  const share = sharing(element, true);
  equal(share.missing("server"), DEVICE_ONLY);
  equal(share.missing("device"), NOT_AGREED);
  element.querySelector("input").checked = true;
  equal(share.missing("device"), "");
  equal(share.missing("server"), DEVICE_ONLY);
});

test("the camera is what is there until a window is shared", () => {
  const pictures = new Pictures(document.createElement("video"), {
    lost() {},
    back() {},
    ended() {},
  });
  equal(pictures.isShared, false);
  equal(pictures.off, "The camera is off.");
  equal(pictures.problem({ name: "NotAllowedError" }).includes("camera"), true);
  pictures.now = pictures.shared;
  equal(pictures.isMirror, false);
  equal(pictures.off, SHARE_ENDED);
  equal(pictures.problem({ name: "NotAllowedError" }).includes("No window was shared"), true);
});
