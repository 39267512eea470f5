import { mountConsent } from "/site/consent.js";
import { mountTabList } from "/site/tab_list.js";
import { keepPage } from "/site/updates.js";
import { equal, test } from "./check.js";

function page(html) {
  document.body.innerHTML = html;
  return (name) => document.querySelector(name);
}

test("a click or an arrow key shows the panel of a tab", () => {
  const $ = page(
    '<div id="l"><button role="tab" aria-controls="a" aria-selected="true">A</button><button role="tab" aria-controls="b">B</button>' +
      '</div><p id="a"></p><p id="b" hidden></p>',
  );
  const press = (key) =>
    document.activeElement.dispatchEvent(
      new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }),
    );
  const shown = () => [
    $("#a").hidden,
    $("#b").hidden,
    ...[...document.querySelectorAll("[role=tab]")].map((tab) => tab.getAttribute("aria-selected")),
  ];
  mountTabList($("#l"));
  $("[aria-controls=b]").click();
  equal(shown(), [true, false, "false", "true"]);
  $("[aria-controls=b]").focus();
  press("ArrowRight");
  equal([document.activeElement.textContent, ...shown()], ["A", false, true, "true", "false"]);
  press("End");
  press("a");
  equal([document.activeElement.textContent, ...shown()], ["B", true, false, "false", "true"]);
});

test("the view is in the page while the box is ticked", async () => {
  const $ = page(
      '<input type="checkbox" disabled><p id="aside"></p><div id="room"></div><template><b></b></template>',
    ),
    opened = [];
  mountConsent(
    { box: $("input"), room: $("#room"), template: $("template"), asides: [$("#aside")] },
    (element) => opened.push(element.tagName),
  );
  equal([$("input").disabled, $("#room").childElementCount], [false, 0]);
  $("input").click();
  equal([opened, $("#aside").hidden, $("#room").childElementCount], [["B"], true, 1]);
  $("input").click();
  equal($("#aside").hidden, false);
  await new Promise((done) => setTimeout(done));
  equal($("#room").childElementCount, 0);
});

// What is posted to a newer worker that waits, and what the page tells once that has taken over.
async function posted(touch) {
  const $ = page("<p></p>");
  const told = [];
  const worker = {
    state: "installed",
    postMessage: (message) => told.push(message),
    addEventListener() {},
  };
  const registration = { waiting: worker, installing: null, addEventListener() {} };
  const workers = Object.assign(new EventTarget(), {
    controller: {},
    ready: Promise.resolve({ active: { postMessage: (message) => told.push(message) } }),
    register: async () => {
      touch();
      return registration;
    },
  });
  await keepPage($("p"), workers);
  return { told, workers, words: () => $("p").textContent };
}

test("a newer version takes over a page that nobody has touched", async () => {
  const { told, workers, words } = await posted(() => {});
  equal(told, ["take over", "keep"]);
  workers.dispatchEvent(new MessageEvent("message", { data: "kept" }));
  equal(words(), "This page is kept on your device: it opens and works without a connection.");
});

test("a page in use is not taken away, and is told of a newer version", async () => {
  const { told, workers, words } = await posted(() => dispatchEvent(new KeyboardEvent("keydown")));
  equal(told, ["keep"]);
  workers.dispatchEvent(new Event("controllerchange"));
  equal(
    words(),
    "A newer version of this page has arrived. Load the page again when you are done.",
  );
});
