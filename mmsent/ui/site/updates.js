// Has the site's service worker keep the page, so that it opens without a connection, and brings in a newer version.

const KEPT = "This page is kept on your device: it opens and works without a connection.";
const NEWER = "A newer version of this page has arrived. Load the page again when you are done.";

// `place` tells the visitor. A page that was touched is never taken away under the hands of its visitor.
export async function keepPage(place, workers = navigator.serviceWorker) {
  if (!workers) return;  // where the page is not secure
  const isNew = !workers.controller;
  let isTouched = false;
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => { isTouched = true; }, {capture: true, once: true});
  const takeOver = worker => { if (worker?.state === "installed" && !isNew && !isTouched) worker.postMessage("take over"); };
  const watch = worker => worker?.addEventListener("statechange", () => takeOver(worker));
  workers.addEventListener("message", ({data}) => { if (data === "kept") place.textContent = KEPT; });
  workers.addEventListener("controllerchange", () => {
    if (isNew) return;
    if (isTouched) place.textContent = NEWER;
    else location.reload();
  });
  const registration = await workers.register("sw.js", {updateViaCache: "none"});
  registration.addEventListener("updatefound", () => watch(registration.installing));
  watch(registration.installing);  // the browser looks for a newer one by itself, and may have been faster
  takeOver(registration.waiting);
  (await workers.ready).active.postMessage("keep");
}
