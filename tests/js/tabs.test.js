import { addressOf, exampleOf, mount, wanted } from "/common/tabs.js";
import { equal, test } from "./check.js";

test("the address names tab and example and keeps what else it has", () => {
  equal(addressOf("http://a.b/c?__theme=dark#d", "clip"), "http://a.b/c?__theme=dark&tab=clip#d");
  equal(addressOf("http://a.b/c?tab=clip", "meme", "cup"), "http://a.b/c?tab=meme&example=cup");
  equal(addressOf("http://a.b/c?tab=clip&example=cup&x=1", ""), "http://a.b/c?x=1");
  equal(wanted("?x=1&tab=meme"), { tab: "meme", example: "" });
  equal(wanted("?example=cup"), { tab: "", example: "cup" });
});

test("the button of an example tells its tab and its key", () => {
  equal(exampleOf("video-example-portrait"), { id: "video", key: "portrait" });
  equal([exampleOf("review-run"), exampleOf(undefined)], [null, null]);
});

function page() {
  document.body.innerHTML = `<div id="top"><h1><a href="?" data-tab="">Home</a></h1><a href="?tab=clip" data-tab="clip">Clip</a></div>
    <button role="tab" data-tab-id="live"></button><button role="tab" data-tab-id="video"></button>`;
  const opened = [];
  document
    .querySelectorAll("[role=tab]")
    .forEach((tab) => tab.addEventListener("click", () => opened.push(tab.dataset.tabId)));
  mount({ element: document.getElementById("top") }, { clip: "video", face: "live" });
  return opened;
}

test("an entry opens its tab, and the title leads back to all entries", () => {
  const opened = page();
  const state = document.documentElement.dataset;
  document.querySelector("[data-tab=clip]").click();
  equal(opened, ["video"]);
  equal([state.entered, location.search], ["", "?tab=clip"]);
  document.querySelector("h1 a").click();
  equal([state.entered, location.search], [undefined, ""]);
});

test("the tab that the address names is opened", () => {
  history.replaceState(null, "", "?tab=clip");
  equal(page(), ["video"]);
  history.replaceState(null, "", "?tab=../../<no such>");
  equal(page(), []);
  history.replaceState(null, "", "?");
});

test("an entry runs its example, unless the visitor was in that tab before", async () => {
  const opened = page();
  const pressed = panel();
  document.querySelector("[data-tab=clip]").dataset.example = "portrait";
  document.querySelector("[data-tab=clip]").click();
  await soon();
  equal([opened, pressed], [["video"], ["portrait"]]);
  document.querySelector("h1 a").click();
  document.querySelector("[data-tab=clip]").click();
  await soon();
  equal([opened, pressed], [["video", "video"], ["portrait"]]);
  history.replaceState(null, "", "?");
});

const soon = () => new Promise((done) => setTimeout(done, 20));

function panel() {
  document.body.insertAdjacentHTML(
    "beforeend",
    `<div role="tabpanel"><button class="example" id="video-example-portrait"></button>
    <textarea></textarea></div>`,
  );
  const pressed = [];
  document.querySelector(".example").addEventListener("click", () => pressed.push("portrait"));
  return pressed;
}

test("an example stands in the address until the visitor's own input takes its place", async () => {
  page();
  panel();
  document.querySelector(".example").click();
  equal(location.search, "?tab=clip&example=portrait");
  document.querySelector("textarea").dispatchEvent(new Event("input", { bubbles: true }));
  equal(location.search, "?tab=clip");
  document.querySelector(".example").click();
  document.dispatchEvent(new Event("own-input")); // dropped or pasted over it
  equal(location.search, "?tab=clip");
  history.replaceState(null, "", "?");
});

test("the example that the address names is run as soon as its button is there", async () => {
  history.replaceState(null, "", "?tab=clip&example=portrait");
  equal(page(), ["video"]);
  const pressed = panel();
  await soon();
  equal([pressed, location.search], [["portrait"], "?tab=clip&example=portrait"]);
  history.replaceState(null, "", "?");
});

test("an address opens its tab also where the tabs come after this module", async () => {
  const before = location.href;
  const state = document.documentElement.dataset;
  const opened = [];
  await new Promise((done) => setTimeout(done, 200)); // the pages of the tests before are settled
  delete state.opened;
  history.replaceState(null, "", "?tab=clip");
  try {
    document.body.innerHTML = '<div id="top"></div>';
    mount({ element: document.getElementById("top") }, { clip: "video" });
    await new Promise((done) => setTimeout(done, 200));
    equal("opened" in state, false);
    document.body.insertAdjacentHTML(
      "beforeend",
      '<button role="tab" data-tab-id="video" aria-selected="true"></button>',
    );
    document.querySelector("[role=tab]").addEventListener("click", () => opened.push("video"));
    await new Promise((done) => setTimeout(done, 200));
    equal([opened, "opened" in state], [["video"], true]);
  } finally {
    history.replaceState(null, "", before);
  }
});
