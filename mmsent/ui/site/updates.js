// Has the site's service worker keep the page, so that it opens without a connection, and brings in
// a newer version.

const KEPT = "This page is kept on your device: it opens and works without a connection.";
const NEWER = "A newer version of this page has arrived. Load the page again when you are done.";
const WAITS =
  "A newer version of this page has arrived. Close its other tabs, then load this one again.";
const GONE =
  "This page is gone from its server. What you see stays until you close it or load it again.";

// `place` tells the visitor. A page that was touched is never taken away under the hands of its
// visitor.
export async function keepPage(place, workers = navigator.serviceWorker) {
  if (!workers) return; // where the page is not secure
  let isNew = !workers.controller;
  let isTouched = false;
  for (const kind of ["pointerdown", "keydown"])
    addEventListener(
      kind,
      () => {
        isTouched = true;
      },
      { capture: true, once: true },
    );
  const tell = (words) => {
    place.textContent = words;
  };
  const reloadOr = (words) => (isTouched ? tell(words) : location.reload());
  const takeOver = (worker) => {
    if (worker?.state !== "installed" || isNew) return;
    if (isTouched) tell(NEWER);
    else worker.postMessage("take over");
  };
  const watch = (worker) => worker?.addEventListener("statechange", () => takeOver(worker));
  workers.addEventListener("message", ({ data }) => {
    if (data === "kept") place.textContent ||= KEPT; // news come first
    if (data === "waits") tell(WAITS);
    if (data === "gone") reloadOr(GONE);
  });
  workers.addEventListener("controllerchange", () => {
    if (!isNew) reloadOr(NEWER);
    isNew = false;
  });
  // To register a worker that has just unregistered itself, because its site is gone, would bring
  // it back.
  const isOwn = workers.controller?.scriptURL === new URL("sw.js", location).href;
  const registration = await (isOwn
    ? workers.getRegistration()
    : workers.register("sw.js", { updateViaCache: "none" }));
  if (!registration) return reloadOr(GONE);
  registration.addEventListener("updatefound", () => watch(registration.installing));
  // the browser looks for a newer one by itself, and may have been faster
  watch(registration.installing);
  takeOver(registration.waiting);
  (await workers.ready).active.postMessage("keep");
}
