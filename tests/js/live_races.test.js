// The live tab while the browser is still opening a camera: what comes late is let go of, and no
// camera stays on that nobody sees.

import { mount } from "/face/live.js";
import { equal, test } from "./check.js";
import { html, settings } from "./live_page.js";

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const canvas = document.createElement("canvas");
const g = canvas.getContext("2d");
Object.assign(canvas, { width: 320, height: 240 });
setInterval(() => {
  g.fillStyle = `rgb(90, ${Math.random() * 255}, 90)`;
  g.fillRect(0, 0, 320, 240);
}, 40);

// The browser's cameras: `asked` are the calls that it has not answered yet.
const browser = { asked: [], cameras: ["user", "environment"] };
navigator.mediaDevices.getUserMedia = ({ video }) =>
  new Promise((resolve, reject) => {
    browser.asked.push({
      open(isUnplugged = false) {
        const stream = canvas.captureStream(20);
        const [track] = stream.getTracks();
        const { facingMode } = video;
        track.getSettings = () => ({ facingMode, deviceId: facingMode });
        if (isUnplugged) track.stop();
        resolve(stream);
        return track;
      },
      fail: (name) => reject(new DOMException("no", name)),
    });
  });
navigator.mediaDevices.enumerateDevices = async () =>
  browser.cameras.map((deviceId) => ({ kind: "videoinput", deviceId }));

async function until(isSo, what) {
  for (const end = performance.now() + 10000; performance.now() < end; await sleep(20))
    if (isSo()) return;
  throw new Error(`it never was so: ${what ?? isSo}`);
}

// Answers the oldest call: the track of a camera that opens, or nothing where it fails with a name.
async function next(name) {
  await until(() => browser.asked.length, "a camera was asked for");
  const call = browser.asked.shift();
  return name ? call.fail(name) : call.open();
}

// A fresh tab whose consent is given.
function fresh() {
  Object.assign(browser, { asked: [], cameras: ["user", "environment"] });
  document.body.innerHTML = `<label id="consent"><input type="checkbox" checked></label><div id="view">${html}</div>`;
  const element = document.querySelector("#view");
  const $ = (name) => element.querySelector(name);
  const server = { detect: async () => ({ faces: [], searched: true }) };
  mount({ element, props: { value: { token: "t" } }, server, watch() {} }, settings);
  const consent = document.querySelector("#consent input");
  return {
    $,
    agree(isSo) {
      consent.checked = isSo;
      consent.dispatchEvent(new Event("change"));
    },
    state: () => $(".live").dataset.state,
    async on() {
      $(".start").click();
      const track = await next();
      await until(() => $(".live").dataset.state === "on" && !$(".turn").hidden, "it is on");
      return track;
    },
  };
}

test("a camera that comes after the consent was taken back is let go of", async () => {
  const { $, agree, state } = fresh();
  $(".start").click();
  await until(() => browser.asked.length);
  agree(false);
  const late = await next();
  await until(() => late.readyState === "ended", "it is let go of");
  equal([state(), $("video").srcObject, $(".start").disabled], ["off", null, false]);
});

test("who starts anew while the first camera is on its way has one, and none after the stop", async () => {
  const { $, agree, state } = fresh();
  $(".start").click();
  await until(() => browser.asked.length);
  agree(false);
  agree(true);
  $(".start").click();
  await until(() => browser.asked.length === 2);
  const first = await next();
  const second = await next();
  await until(() => state() === "on" && first.readyState === "ended", "the first is let go of");
  equal($("video").srcObject.getTracks()[0] === second, true);
  $(".stop").click();
  equal([first.readyState, second.readyState, state()], ["ended", "ended", "off"]);
});

test("the same where the second camera comes before the first", async () => {
  const { $, agree, state } = fresh();
  $(".start").click();
  await until(() => browser.asked.length);
  agree(false);
  agree(true);
  $(".start").click();
  await until(() => browser.asked.length === 2);
  browser.asked.reverse();
  const second = await next();
  await until(() => state() === "on");
  const first = await next();
  await until(() => first.readyState === "ended", "the first is let go of");
  equal([second.readyState, $("video").srcObject.getTracks()[0] === second], ["live", true]);
  $(".stop").click();
});

for (const [name, end] of [
  ["stops", (tab) => tab.$(".stop").click()],
  ["takes the consent back", (tab) => tab.agree(false)],
]) {
  test(`who ${name} while the camera is switched has none`, async () => {
    const tab = fresh();
    const before = await tab.on();
    tab.$(".turn").click();
    await until(() => browser.asked.length);
    equal(before.readyState, "ended");
    end(tab);
    const late = await next();
    await until(() => late.readyState === "ended", "it is let go of");
    await sleep(100);
    equal([tab.state(), tab.$("video").srcObject, browser.asked.length], ["off", null, 0]);
  });
}

test("a camera that is unplugged while it is switched is told, and starts when it is back", async () => {
  const tab = fresh();
  await tab.on();
  tab.$(".turn").click();
  browser.cameras = [];
  await next("NotFoundError");
  await next("NotFoundError"); // the one before is gone, too
  await until(() => tab.state() === "failed");
  equal(tab.$(".message").textContent.startsWith("No camera was found."), true);
  browser.cameras = ["user"];
  navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
  const back = await next();
  await until(() => tab.state() === "on");
  equal([back.readyState, tab.$(".turn").disabled], ["live", false]);
  tab.$(".stop").click();
});

test("a camera that is lost just as it is shown leaves none on", async () => {
  const tab = fresh();
  await tab.on();
  const video = tab.$("video");
  video.play = () =>
    new Promise((_, reject) => {
      video.abort = () => reject(new DOMException("gone", "AbortError"));
    });
  tab.$(".turn").click();
  const lost = await next();
  await until(() => video.abort, "it is about to be shown");
  delete video.play;
  lost.stop();
  lost.onended();
  video.abort();
  await sleep(300);
  equal([tab.state(), browser.asked.length, video.srcObject], ["failed", 0, null]);
  equal(
    tab.$(".message").textContent,
    "The camera was disconnected. It starts again when it is back.",
  );
});

test("a camera that was unplugged before it came is not called on", async () => {
  const { $, state } = fresh();
  $(".start").click();
  await until(() => browser.asked.length);
  browser.asked.shift().open(true);
  await until(() => state() === "failed");
  equal([$("video").srcObject, $(".start").disabled], [null, false]);
});
