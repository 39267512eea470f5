import {addressOf, mount, wanted} from "/common/tabs.js";
import {equal, test} from "./check.js";

test("the address names the tab and keeps what else it has", () => {
  equal(addressOf("http://a.b/c?__theme=dark#d", "clip"), "http://a.b/c?__theme=dark&tab=clip#d");
  equal(addressOf("http://a.b/c?tab=clip&x=1", ""), "http://a.b/c?x=1");
  equal(wanted("?x=1&tab=meme"), "meme");
  equal(wanted("?x=1"), "");
});

function page() {
  document.body.innerHTML = `<div id="top"><h1><a href="?" data-tab="">Home</a></h1><a href="?tab=clip" data-tab="clip">Clip</a></div>
    <button role="tab" data-tab-id="live"></button><button role="tab" data-tab-id="video"></button>`;
  const opened = [];
  document.querySelectorAll("[role=tab]").forEach(tab => tab.addEventListener("click", () => opened.push(tab.dataset.tabId)));
  mount({element: document.getElementById("top")}, {clip: "video", face: "live"});
  return opened;
}

test("an entry opens its tab, and the title leads back to all entries", () => {
  const opened = page(), state = document.documentElement.dataset;
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
