// The live tab: camera or shared window -> small pictures -> the live core (../live/core.js, in a worker) -> boxes, bars and a
// timeline. One picture is on its way at a time, so nothing can queue up. The core reads faces on this device, or asks the server to.

import {exports, saveText} from "../common/export.js";
import {openEngine} from "../live/engine.js";
import {sleep, within} from "../live/time.js";
import {Board} from "./board.js";
import {cameraProblem} from "./camera.js";
import {listen, whenTakenBack} from "./controls.js";
import {measure, ratesOn} from "./meter.js";
import {DEVICE_ONLY, Pictures, sharing} from "./pictures.js";
import {stageOf} from "./stage.js";
import {GAVE_UP, NO_WORKER, ON_TRIAL, failed, slow, tooSlow, whereSwitch} from "./where.js";

const MIN_PERIOD = 40;        // ms between pictures: about 25 readings a second are enough, the rest is heat
const STALE = 700;            // ms after which old boxes are taken off the picture
const HANGING = 3000;         // ms after which they are, where nothing is answered at all
const TIMEOUT = 15000;        // ms that a reading may take
const MAX_FAILURES = 5;       // readings on the device that fail in a row
const NARROW = 760;           // pixels, as in live.css
const NO_FACE = "No face found. More light, a step closer and looking towards the camera help.";

// `settings` are mmsent/ui/face/live_settings.py's. `server` is null where only the device can read, which then counts as chosen.
export function mount({element, props, server, watch}, settings) {
  const $ = name => element.querySelector(name);
  const root = () => $(".live");
  const consent = document.querySelector("#consent input");
  const board = new Board(element, settings), hasDevice = !!settings.device;
  const where = whereSwitch(element, {device: hasDevice, server: !!server}), share = sharing(element, hasDevice);
  // `kind` may read, `loaded` is ready to; `engine` is a promise. Each start or stop is a run, each change of the source a turn.
  const view = {engine: null, kind: settings.device ? settings.default : "server", loaded: null, isChosen: !server, isOn: false,
    isWaiting: false, run: 0, turn: 0, isMirror: true, repliedAt: 0, failures: 0, updates: 0, trips: [], trial: []};
  const camera = new Pictures($("video"), {
    lost: () => stop("The camera was disconnected. It starts again when it is back.", "failed", true),
    back: () => { view.isWaiting = true; },
    ended: () => stop(),
  });
  const stage = stageOf($, camera, view);
  const hasConsent = () => (!consent || consent.checked) && !(view.isOn && camera.isShared && !share.isAgreed());
  const isFixed = () => view.isChosen || camera.isShared;  // the server may not take over
  const say = text => { if ($(".message").textContent !== text) $(".message").textContent = text; };

  async function start(isShared = false) {
    if (view.isOn) return;
    const missing = hasConsent() ? isShared && share.missing(view.kind) : "Tick the box of consent first.";
    if (missing) return say(missing);
    const run = ++view.run;
    Object.assign(view, {isOn: true, isWaiting: false});
    $(".start").disabled = true;
    try {
      if (!await camera.start(isShared) || view.run !== run) return;
    } catch (error) {
      if (view.run === run) stop(camera.problem(error), "failed", !isShared);
      return;
    }
    root().dataset.state = "on";
    if (innerWidth <= NARROW) $(".stage").scrollIntoView({block: "start"});  // the bars are below it
    $(".start").hidden = true;
    $(".stop").hidden = false;
    $(".stop").focus();
    stage.show();
    share.show(isShared);
    let problem = null;
    await read(view.kind).catch(error => { problem = error.message; });
    if (view.run !== run) return;
    if (problem) return stop(problem, "failed");
    $(".baseline").disabled = false;
    say("Looking for a face …");
    measure($("video"), () => view.run === run && element.isConnected, () => view, ratesOn($(".meter"), root().dataset));
    loop(run);
  }

  // With `isWanted` the camera starts again by itself when it can.
  function stop(reason = camera.off, state = "off", isWanted = false) {
    if (isWanted) camera.release();
    else camera.close();
    view.run += 1;
    Object.assign(view, {isOn: false, isWaiting: false, repliedAt: 0});
    if (!root()) return;
    const hadFocus = document.activeElement === $(".stop");
    root().dataset.state = state;
    $(".start").hidden = $(".start").disabled = false;
    $(".stop").hidden = $(".baseline").disabled = $(".turn").hidden = true;
    if (hadFocus) $(".start").focus();
    $(".meter").textContent = "";
    say(reason);
    board.clear();
  }

  // From now on faces are read by `kind`, or, unless the visitor chose the device, by the server where that can't. Raises a
  // sentence where nothing can. Nothing is read meanwhile, and of several calls the last one counts.
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
        if (root() && turn === view.turn) $(".loading").hidden = true;
      }
      if (turn !== view.turn) return;
      Object.assign(view, {loaded: kind, trips: [], trial: [], failures: 0});
    }
    if (!root()) return;
    root().dataset.source = kind;
    where.show(kind, word);
  }

  async function load(kind) {
    const engine = await (view.engine ??= openEngine({ask, progress}));
    if (kind === "device" && !engine.inWorker) throw new Error(NO_WORKER);  // in the page it would block every click
    if (kind === "device" && root() && view.isOn) say("The model is on its way to this device. Only the first time takes long.");
    await engine.call("start", {kind, config: kind === "device" ? settings.device : null, constants: settings.core});
  }

  const wordOn = kind => kind === "device" && !isFixed() ? ON_TRIAL : undefined;

  // The one way to the server: what was still under way for it when the visitor chose the device is not sent.
  async function ask(payload) {
    if (view.kind !== "server" || camera.isShared || !hasConsent()) return {error: "Nothing is sent any more."};
    const {token, full} = props.value ?? {};
    return full ? {error: full, ended: true} : server.detect({token, ...payload});
  }

  function progress({loaded, total}) {
    if (!root()) return;
    $(".loading").hidden = false;
    $(".loading").value = loaded / total;
  }

  async function turn() {
    const {run} = view;
    $(".turn").disabled = true;
    try {
      if (await camera.turn() && view.run === run) stage.show();
    } catch (error) {
      if (view.run === run) stop(cameraProblem(error), "failed", true);
    }
    $(".turn").disabled = false;
  }
  const inView = () => !document.hidden && element.getClientRects().length > 0;

  async function loop(run) {
    while (view.run === run && element.isConnected) {
      if (!inView() || view.loaded !== view.kind) {  // in the background it waits, and while the source changes
        await sleep(100);
        continue;
      }
      const sent = performance.now(), kind = view.kind, engine = await view.engine;
      try {
        const bitmap = await createImageBitmap($("video"));
        const wishes = {smoothing: +$(".smoothing").value, sensitivity: +$(".sensitivity").value};
        const reply = await within(engine.call("read", {bitmap, now: sent / 1000, settings: wishes}, [bitmap]), TIMEOUT, GAVE_UP);
        if (view.run !== run) return;
        view.failures = 0;
        take(reply, performance.now(), performance.now() - sent);
        if (kind === "device" && kind === view.kind && reply.faces.length) await judge();
      } catch (error) {
        if (view.run !== run) return;
        if (kind === view.kind) await fail(error, kind);
      }
      await sleep(MIN_PERIOD - (performance.now() - sent));
    }
  }

  async function fail(error, kind) {
    if (performance.now() - view.repliedAt > STALE) { board.clear(); say(kind === "server" ? error.message : GAVE_UP); }
    if (error.ended) return stop(error.message, "failed");
    if (error.isLate) close();  // it hangs
    view.failures += 1;
    if (kind === "server" && !error.isLate) return sleep(error.busy ? 60 : 500);
    if (view.failures < MAX_FAILURES && !error.isLate) return sleep(200);
    if (kind === "device" && isFixed()) return stop(GAVE_UP, "failed");
    await read("server", kind === "device" ? failed(GAVE_UP) : undefined).catch(problem => stop(problem.message, "failed"));
  }

  // What must not wait for a reading: a page that is left, a consent that is taken back, boxes that are old, a camera that is back.
  function watch() {
    if (!element.isConnected) {
      clearInterval(watching);
      stop();
      return close();
    }
    const isLeft = !document.hidden && !inView();
    if (!hasConsent() && (view.isOn || camera.isWanted)) stop();
    else if (isLeft && view.isOn) stop(camera.left);
    else if (isLeft && camera.isWanted) camera.close();
    else if (view.isWaiting && inView()) start();
    if (view.repliedAt && performance.now() - view.repliedAt > HANGING) board.clear();
  }

  // A device that is too slow leaves the work to the server, unless the visitor chose it.
  async function judge() {
    if (isFixed() || view.trial.length === settings.trial.readings) return;
    view.trial.push(view.trips.at(-1));
    if (view.trial.length < settings.trial.readings) return;
    const took = tooSlow(view.trial, settings.trial);
    if (took) await read("server", slow(took)).catch(error => stop(error.message, "failed"));
    else where.show("device");
  }

  function close() {
    view.engine?.then(engine => engine.close());
    Object.assign(view, {engine: null, loaded: null});
    if (root()) board.canExport(false);  // the numbers are gone with it
  }

  function take(reply, now, trip) {
    Object.assign(view, {repliedAt: now, updates: view.updates + 1, trips: [...view.trips.slice(-19), trip]});
    say(reply.faces.length ? "" : NO_FACE);
    board.show(reply, now);
    board.canExport(true);
    Object.assign(root().dataset, {updates: view.updates, faces: reply.faces.length, label: board.chosen?.label ?? ""});
  }

  async function setBaseline() {
    (await view.engine).call(board.toggleBaseline(), performance.now() / 1000);
  }

  async function choose(kind) {
    if (kind === "server" && camera.isShared) close();  // nothing of the window that is still being read may go there
    if (kind === "server" && camera.isShared && view.isOn) stop(DEVICE_ONLY, "failed");
    Object.assign(view, {isChosen: true, kind});
    where.show(kind);
    const {run} = view;
    if (view.isOn) await read(kind).catch(error => { if (view.run === run) stop(error.message, "failed"); });
  }

  exports({element, watch}, {csv: async () => saveText(await (await view.engine).call("csv"), "face-session.csv")}, () => board.text());
  listen(element, board, {start, stop, turn, setBaseline, choose});
  $(".start").disabled = $(".where").disabled = false;  // until here nobody would have heard
  whenTakenBack(consent, element, () => { stop(); close(); });  // at once, also where the server does not answer any more
  const watching = setInterval(watch, 250);
  $("video").addEventListener("resize", stage.fit);
  $("video").classList.add("mirrored");
  root().dataset.source = view.kind;
  where.show(view.kind, wordOn(view.kind));
  // Canvases have no size while another tab is shown, and another one when the window changes.
  new ResizeObserver(() => {
    if (element.isConnected) board.repaint();
  }).observe($(".timeline"));
  if (!window.isSecureContext || !navigator.mediaDevices) stop(cameraProblem(), "failed");
  board.paint();
}
