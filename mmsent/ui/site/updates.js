// Has the site's service worker keep the page, so that it opens without a connection, and brings in a newer version.

const KEPT = "This page is kept on your device: it opens and works without a connection.";
const NEWER = "A newer version of this page has arrived. Load the page again when you are done.";

// `place` tells the visitor. A page that was touched is never taken away under the hands of its visitor.
export async function keepPage(place, workers = navigator.serviceWorker) {
  if (!workers) return;  // where the page is not secure
  const isNew = !workers.controller, isTouched = () => navigator.userActivation?.hasBeenActive ?? true;
  const takeOver = worker => { if (!isNew && !isTouched()) worker?.postMessage("take over"); };
  workers.addEventListener("message", ({data}) => { if (data === "kept") place.textContent = KEPT; });
  workers.addEventListener("controllerchange", () => {
    if (isNew) return;
    if (isTouched()) place.textContent = NEWER;
    else location.reload();
  });
  const registration = await workers.register("sw.js", {updateViaCache: "none"});
  takeOver(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const worker = registration.installing;
    worker.addEventListener("statechange", () => { if (worker.state === "installed") takeOver(worker); });
  });
  (await workers.ready).active.postMessage("keep");
}
