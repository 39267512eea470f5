// Who reads the faces, this device or the server: what the visitor chose, and how the device fares.

import { openEngine } from "../live/engine.js";
import { DEVICE_ONLY } from "./pictures.js";
import { NO_WORKER, ON_TRIAL, failed, slow, tooSlow } from "./where.js";

// `view` is the state of the live view (live.js), of which this keeps `engine`, `kind`, `loaded`,
// `isChosen`, `turn`, `trips`, `trial` and `failures`. `server` is null where only the device can
// read. stop(reason, state) ends the view, closed() is called once its numbers are gone.
export function readerOf(
  view,
  { element, settings, props, server, where, camera, hasConsent, say, stop, closed },
) {
  const root = () => element.querySelector(".live");
  const loading = () => element.querySelector(".loading");
  const isFixed = () => view.isChosen || camera.isShared; // the server may not take over
  const wordOn = (kind) => (kind === "device" && !isFixed() ? ON_TRIAL : undefined);

  // From now on faces are read by `kind`, or, unless the visitor chose the device, by the server
  // where that can't. Raises a sentence where nothing can. Nothing is read meanwhile, and of
  // several calls the last one counts.
  async function read(kind, word = wordOn(kind)) {
    const turn = ++view.turn;
    view.kind = kind;
    if (view.loaded !== kind) {
      view.loaded = null;
      try {
        await load(kind);
      } catch (error) {
        if (turn !== view.turn) return;
        if (kind === "server" || isFixed()) throw error;
        return read("server", failed(error.message));
      } finally {
        if (root() && turn === view.turn) loading().hidden = true;
      }
      if (turn !== view.turn) return;
      Object.assign(view, { loaded: kind, trips: [], trial: [], failures: 0 });
    }
    if (!root()) return;
    root().dataset.source = kind;
    where.show(kind, word);
  }

  async function load(kind) {
    const engine = await (view.engine ??= openEngine({ ask, progress }));
    // in the page it would block every click
    if (kind === "device" && !engine.inWorker) throw new Error(NO_WORKER);
    if (kind === "device" && root() && view.isOn)
      say("The model is on its way to this device. Only the first time takes long.");
    await engine.call("start", {
      kind,
      config: kind === "device" ? settings.device : null,
      constants: settings.core,
    });
  }

  // The one way to the server: what was still under way for it when the visitor chose the device is
  // not sent.
  async function ask(payload) {
    if (view.kind !== "server" || camera.isShared || !hasConsent())
      return { error: "Nothing is sent any more." };
    const { token, full } = props.value ?? {};
    return full ? { error: full, ended: true } : server.detect({ token, ...payload });
  }

  function progress({ loaded, total }) {
    if (root()) Object.assign(loading(), { hidden: false, value: loaded / total });
  }

  // A device that is too slow leaves the work to the server, unless the visitor chose it.
  async function judge() {
    if (isFixed() || view.trial.length === settings.trial.readings) return;
    view.trial.push(view.trips.at(-1));
    if (view.trial.length < settings.trial.readings) return;
    const took = tooSlow(view.trial, settings.trial);
    if (took) await read("server", slow(took)).catch((error) => stop(error.message, "failed"));
    else where.show("device");
  }

  async function choose(kind) {
    // nothing of the window that is still being read may go there
    if (kind === "server" && camera.isShared) close();
    if (kind === "server" && camera.isShared && view.isOn) stop(DEVICE_ONLY, "failed");
    Object.assign(view, { isChosen: true, kind });
    where.show(kind);
    const { run } = view;
    if (view.isOn)
      await read(kind).catch((error) => {
        if (view.run === run) stop(error.message, "failed");
      });
  }

  function close() {
    view.engine?.then((engine) => engine.close());
    Object.assign(view, { engine: null, loaded: null });
    if (root()) closed();
  }

  return { isFixed, wordOn, read, judge, choose, close };
}
