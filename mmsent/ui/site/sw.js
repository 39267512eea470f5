// The service worker of the static site: keeps the files of one version of it, so that the page
// opens without a connection, and gives out none but those. In front of it stands self.SITE =
// {version, files: address -> sha256 in hexadecimal} (build.py), so another site is another worker.
// Where the site is gone, or another one stands in its place, this goes, too.

const { version, files } = self.SITE;
const SCOPE = self.registration.scope;
const OURS = `mmsent ${SCOPE} `;
const CACHE = OURS + version;
const opened = caches.open(CACHE); // once: pages that are open go on with it after it was deleted
const BEGINNING = "self.SITE ="; // of every version of this file
// headers; what is kept is decoded
const OF_THE_WAY = ["content-encoding", "content-length", "set-cookie", "transfer-encoding"];
const LARGE = "files/"; // what a page can open without
const DIGESTS = new Map(
  Object.entries(files).map(([path, digest]) => [new URL(path, SCOPE).href, digest]),
);
const isLarge = (address) => address.startsWith(SCOPE + LARGE);
const underWay = new Map(); // address -> Download

// A server may add to the page, as a static Space does with its variables: it is the right one
// where it has its mark, which says what it held when it was made and stands at its end, so it is
// whole, and of this version. Any other file is the same to the byte.
async function isRight(address, bytes) {
  if (address === SCOPE)
    return new TextDecoder().decode(bytes).includes(`<!-- mmsent ${DIGESTS.get(address)} -->`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return (
    [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("") === DIGESTS.get(address)
  );
}

// A file on its way, for any number of readers, each of whom gets it from the start as it arrives.
// It is kept if it is the right one; for its readers another one fails, while one that finds no
// room to be kept does not.
class Download {
  constructor(address) {
    Object.assign(this, { address, parts: [], isOver: false, error: null });
    this.head = fetch(address, { cache: "no-cache" });
    this.arrival();
    this.kept = this.keep();
    this.kept.catch(() => {}); // told to whoever waits for it
  }

  async keep() {
    try {
      const bytes = await this.read();
      const { headers } = await this.head;
      const cache = await opened;
      await cache.put(
        this.address,
        new Response(bytes, { headers: headersOf(headers, bytes.byteLength) }),
      );
    } finally {
      underWay.delete(this.address);
    }
  }

  async read() {
    try {
      const { ok, status, body } = await this.head;
      if (!ok) throw new Error(`${this.address}: ${status}`);
      const reader = body.getReader();
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        this.parts.push(part.value);
        this.arrival();
      }
      const bytes = await new Blob(this.parts).arrayBuffer();
      if (!(await isRight(this.address, bytes))) throw new Error(`${this.address} is another file`);
      return bytes;
    } catch (error) {
      this.error = error;
      throw error;
    } finally {
      this.isOver = true;
      this.arrival();
    }
  }

  // Lets those go on who wait for more.
  arrival() {
    this.arrived?.();
    this.more = new Promise((done) => {
      this.arrived = done;
    });
  }

  async answer() {
    const { ok, status, headers } = await this.head;
    let next = 0;
    const pull = async (controller) => {
      while (next === this.parts.length && !this.isOver) await this.more;
      if (next < this.parts.length) controller.enqueue(this.parts[next++]);
      else if (this.error) controller.error(this.error);
      else controller.close();
    };
    const length = headers.has("content-encoding") ? null : headers.get("content-length");
    return new Response(ok ? new ReadableStream({ pull }) : null, {
      status,
      headers: headersOf(headers, length),
    });
  }
}

// What the server says of a file, such as who may frame the page; `length` in bytes, or null where
// nobody knows.
function headersOf(sent, length) {
  const headers = new Headers(sent);
  for (const name of OF_THE_WAY) headers.delete(name);
  if (length !== null) headers.set("Content-Length", length);
  return headers;
}

function download(address) {
  if (!underWay.has(address)) underWay.set(address, new Download(address));
  return underWay.get(address);
}

// A page that is not kept comes as the server has it now, which may be a newer one.
async function serve(address, request) {
  return (
    (await (await opened).match(address)) ??
    (address === SCOPE ? fetch(request) : download(address).answer())
  );
}

// Takes it over from an earlier version, where it has not changed; else fetches it.
async function keep(address) {
  const cache = await opened;
  if (await cache.match(address)) return;
  for (const name of (await caches.keys()).filter((name) => name.startsWith(OURS))) {
    const before = await (await caches.open(name)).match(address);
    if (before && (await isRight(address, await before.clone().arrayBuffer())))
      return cache.put(address, before);
  }
  await download(address).kept;
}

const keepAll = (addresses) => Promise.all([...addresses].map(keep));

// Without a connection, or while the server fails, nobody knows.
async function isGone() {
  try {
    const answer = await fetch(`${SCOPE}sw.js`, { cache: "no-store" });
    return (
      [404, 410].includes(answer.status) ||
      (answer.ok && !(await answer.text()).startsWith(BEGINNING))
    );
  } catch {
    return false;
  }
}

// The browser itself keeps a worker whose file is missing, and so the page of a site that was taken
// down, for ever.
async function leaveIfGone(arriving) {
  if (!(await isGone())) return;
  await self.registration.unregister();
  const names = (await caches.keys()).filter((name) => name.startsWith(OURS));
  await Promise.all(names.map((name) => caches.delete(name)));
  await self.clients.get(arriving); // waits until it can be told
  for (const client of await self.clients.matchAll()) client.postMessage("gone");
}

// Only for the one page that is open: this deletes what another one may still need of the former
// version.
async function takeOver(page) {
  const pages = (await self.clients.matchAll({ includeUncontrolled: true })).filter(({ url }) =>
    url.startsWith(SCOPE),
  );
  if (pages.length === 1) self.skipWaiting();
  else page.postMessage("waits");
}

// A new version takes over complete; until then the former one, which is, goes on.
self.addEventListener("install", (event) => {
  const isUpdate = self.registration.active;
  event.waitUntil(keepAll([...DIGESTS.keys()].filter((address) => isUpdate || !isLarge(address))));
});

self.addEventListener("activate", (event) =>
  event.waitUntil(
    (async () => {
      const former = (await caches.keys()).filter(
        (name) => name.startsWith(OURS) && name !== CACHE,
      );
      await Promise.all(former.map((name) => caches.delete(name)));
      await self.clients.claim();
    })(),
  ),
);

self.addEventListener("message", (event) => {
  if (event.data === "take over") event.waitUntil(takeOver(event.source));
  if (event.data === "keep")
    event.waitUntil(
      keepAll(DIGESTS.keys()).then(
        () => event.source.postMessage("kept"),
        () => {},
      ),
    );
});

self.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const address = new URL(url);
  address.search = address.hash = "";
  if (mode === "navigate") event.waitUntil(leaveIfGone(event.resultingClientId));
  if (mode === "navigate" && address.href === `${SCOPE}index.html`) address.href = SCOPE;
  if (method === "GET" && DIGESTS.has(address.href))
    event.respondWith(serve(address.href, event.request));
});
