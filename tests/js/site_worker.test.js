// The static site's service worker, with caches, connection and pages of the test's own.

import { keepPage } from "/site/updates.js";
import { equal, test } from "./check.js";

const SCOPE = "http://site/";
const code = await (await fetch("/site/sw.js")).text();
const hexOf = (bytes) =>
  [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const sha256 = async (text) =>
  hexOf(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));

function cachesOf(kept) {
  const open = async (name) => {
    const files = (kept[name] ??= {});
    return {
      match: async (address) => files[address]?.clone(),
      put: async (address, response) => {
        files[address] = response;
      },
    };
  };
  return { open, keys: async () => Object.keys(kept), delete: async (name) => delete kept[name] };
}

// The worker of a site of these files (path -> text), whose server answers with `answer(path,
// options)`. What it did is in `told`.
async function worker(files, answer, pages = [SCOPE]) {
  const told = [];
  const kept = { "of another app": {} };
  const on = {};
  const digests = {};
  for (const [path, text] of Object.entries(files)) digests[path] = await sha256(text);
  const self = {
    SITE: { version: "2", files: digests },
    registration: { scope: SCOPE, active: null, unregister: async () => told.push("unregistered") },
    clients: {
      get: async () => null,
      matchAll: async () => pages.map((url) => ({ url, postMessage: (text) => told.push(text) })),
    },
    skipWaiting: () => told.push("took over"),
    addEventListener: (kind, act) => {
      on[kind] = act;
    },
  };
  const ask = async (address, options) =>
    answer((address.url ?? address).replace(SCOPE, ""), options);
  new Function("self", "caches", "fetch", code)(self, cachesOf(kept), ask);
  const send = async (kind, event) => {
    let given;
    const all = [];
    on[kind]({
      ...event,
      waitUntil: (work) => all.push(work),
      respondWith: (response) => {
        given = response;
      },
    });
    await Promise.all(all);
    return given;
  };
  const visit = () =>
    send("fetch", {
      request: { method: "GET", mode: "navigate", url: SCOPE },
      resultingClientId: "1",
    });
  return { told, kept, send, visit, own: () => kept[`mmsent ${SCOPE} 2`], digests };
}

for (const [what, answer, isGone] of [
  ["is missing", async () => new Response("", { status: 404 }), true],
  ["was taken away", async () => new Response("", { status: 410 }), true],
  ["is another app's page", async () => new Response("<!doctype html>"), true],
  ["is there", async () => new Response("self.SITE = {};"), false],
  [
    "can't be asked for: no connection",
    async () => {
      throw new TypeError("offline");
    },
    false,
  ],
  ["can't be asked for: the server fails", async () => new Response("", { status: 503 }), false],
]) {
  test(`a visit, and the site's own worker ${what}`, async () => {
    const asked = [];
    const { told, kept, visit } = await worker({ "./": "page" }, (path, options) => {
      if (path === "sw.js") asked.push(options.cache);
      return answer();
    });
    await visit().catch(() => {});
    equal(asked, ["no-store"]);
    equal(
      [told, Object.keys(kept)],
      isGone
        ? [["unregistered", "gone"], ["of another app"]]
        : [[], ["of another app", `mmsent ${SCOPE} 2`]],
    );
  });
}

test("a newer version takes over where one page of the site is open, whatever else is", async () => {
  for (const [pages, expected] of [
    [[SCOPE, "http://elsewhere/"], ["took over"]],
    [[SCOPE, `${SCOPE}?tab=photo`], ["waits"]],
  ]) {
    const { told, send } = await worker({}, null, pages);
    await send("message", {
      data: "take over",
      source: { postMessage: (text) => told.push(text) },
    });
    equal(told, expected);
  }
});

test("what is kept has the server's headers but those of the way, and its true length", async () => {
  const page = "page";
  const sent = {
    "Content-Type": "text/html",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Permissions-Policy": "camera=(self)",
    "Content-Encoding": "gzip",
    "Content-Length": "3",
  };
  const site = await worker({ "a.js": page }, async () => new Response(page, { headers: sent }));
  const mine = (response) => [...response.headers].map(([name, value]) => `${name}: ${value}`);
  const rules = [
    "content-security-policy: frame-ancestors 'none'",
    "content-type: text/html",
    "permissions-policy: camera=(self)",
    "x-frame-options: DENY",
  ];
  const given = await site.send("fetch", {
    request: { method: "GET", mode: "cors", url: `${SCOPE}a.js` },
  });
  equal([await given.text(), mine(given)], [page, rules]);
  await site.send("install", {});
  equal(mine(site.own()[`${SCOPE}a.js`]), ["content-length: 4", ...rules]);
});

test("the page is kept with what a server adds, but no other page, and no other file", async () => {
  const keeps = async (files) => {
    const site = await worker(
      { "./": "page", "a.js": "a" },
      async (path) => new Response(files(site.digests)[path || "./"]),
    );
    return site.send("install", {}).then(
      () => true,
      () => false,
    );
  };
  const marked = (digest) => `<!-- mmsent ${digest} -->`;
  equal(await keeps((all) => ({ "./": `page${marked(all["./"])}`, "a.js": "a" })), true);
  equal(
    await keeps((all) => ({ "./": `<script></script>page${marked(all["./"])}`, "a.js": "a" })),
    true,
  );
  equal(await keeps(() => ({ "./": "page", "a.js": "a" })), false);
  equal(await keeps((all) => ({ "./": `page${marked(all["a.js"])}`, "a.js": "a" })), false);
  equal(
    await keeps((all) => ({ "./": `page${marked(all["./"])}`, "a.js": `a${marked(all["a.js"])}` })),
    false,
  );
});

test("what the worker tells is said, the newest last, and a page in use is not loaded again", async () => {
  document.body.innerHTML = "<p></p>";
  const words = () => document.querySelector("p").textContent;
  const nobody = { postMessage() {} };
  const workers = Object.assign(new EventTarget(), {
    controller: {},
    ready: Promise.resolve({ active: nobody }),
    register: async () => ({ waiting: null, installing: null, addEventListener() {} }),
  });
  await keepPage(document.querySelector("p"), workers);
  const say = (data) => workers.dispatchEvent(new MessageEvent("message", { data }));
  say("waits");
  equal(
    words(),
    "A newer version of this page has arrived. Close its other tabs, then load this one again.",
  );
  say("kept");
  equal(words().startsWith("A newer version"), true);
  dispatchEvent(new KeyboardEvent("keydown"));
  say("gone");
  equal(
    words(),
    "This page is gone from its server. What you see stays until you close it or load it again.",
  );
});
