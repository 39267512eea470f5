// The live tab: camera -> small pictures -> the live core (../live/core.js, in a worker) -> boxes, bars and a timeline. One picture
// is on its way at a time, so nothing can queue up. The core reads faces on this device, or asks the server to.

import {percent} from "../common/live_draw.js";
import {save} from "../common/save.js";
import {openEngine} from "../live/engine.js";
import {Board} from "./board.js";
import {Camera, cameraProblem} from "./camera.js";
import {NO_WORKER, ON_TRIAL, failed, slow, tooSlow, whereSwitch} from "./where.js";

const MIN_PERIOD = 40;        // ms between pictures: about 25 readings a second are enough, the rest is heat
const STALE = 700;            // ms after which old boxes are taken off the picture
const NARROW = 760;           // pixels, as in live.css
const NO_FACE = "No face found. More light, a step closer and looking towards the camera help.";

const sleep = ms => new Promise(done => setTimeout(done, ms));

// `settings` as mmsent/ui/face/live_settings.py has them: emotions, colours, core, device, trial.
export function mount({element, props, server}, settings) {
  const $ = name => element.querySelector(name);
  const root = () => $(".live");
  const consent = document.querySelector("#consent input");
  const board = new Board(element, settings), where = whereSwitch(element, !!settings.device);
  const view = {engine: null, kind: settings.device ? settings.default : "server", isChosen: false, isOn: false, run: 0,
    isMirror: true, repliedAt: 0, frames: 0, updates: 0, trips: [], trial: []};
  const camera = new Camera($("video"), {
    lost: () => stop("The camera was disconnected. It starts again when it is back.", "failed", true),
    back: start,
  });

  const say = text => { if ($(".message").textContent !== text) $(".message").textContent = text; };

  async function start() {
    if (view.isOn) return;
    if (consent && !consent.checked) return say("Tick the box of consent first.");
    view.isOn = true;
    $(".start").disabled = true;
    try {
      if (!await camera.open()) return;
    } catch (error) {
      stop(cameraProblem(error), "failed", true);
      return;
    }
    root().dataset.state = "on";
    if (innerWidth <= NARROW) $(".stage").scrollIntoView({block: "start"});  // the bars are below it
    $(".start").hidden = true;
    $(".stop").hidden = false;
    $(".stop").focus();
    showCamera();
    const run = ++view.run;
    let problem = null;
    await read(view.kind).catch(error => { problem = error.message; });
    if (view.run !== run) return;
    if (problem) return stop(problem, "failed");
    $(".baseline").disabled = false;
    say("Looking for a face …");
    countFrames(run);
    measure(run);
    loop(run);
  }

  // With `isWanted` the camera starts again by itself when it can.
  function stop(reason = "The camera is off.", state = "off", isWanted = false) {
    if (isWanted) camera.release();
    else camera.close();
    view.run += 1;
    Object.assign(view, {isOn: false, repliedAt: 0});
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
  // sentence where nothing can.
  async function read(kind, word = wordOn(kind)) {
    view.engine ??= await openEngine({ask, progress});
    if (kind === "device") say("The model is on its way to this device. Only the first time takes long.");
    try {
      if (kind === "device" && !view.engine.inWorker) throw new Error(NO_WORKER);  // in the page it would block every click
      await view.engine.call("start", {kind, config: kind === "device" ? settings.device : null, constants: settings.core});
    } catch (error) {
      if (kind === "server" || view.isChosen) throw error;
      return read("server", failed(error.message));
    } finally {
      if (root()) $(".loading").hidden = true;
    }
    Object.assign(view, {kind, trips: [], trial: []});
    if (!root()) return;
    root().dataset.source = kind;
    where.show(kind, word);
  }

  const wordOn = kind => kind === "device" && !view.isChosen ? ON_TRIAL : undefined;

  async function ask(payload) {
    const {token, full} = props.value ?? {};
    return full ? {error: full, ended: true} : server.detect({token, ...payload});
  }

  function progress({loaded, total}) {
    if (!root()) return;
    $(".loading").hidden = false;
    $(".loading").value = loaded / total;
  }

  function showCamera() {
    $(".turn").hidden = camera.count < 2;
    fitStage();
    if (camera.isMirror === view.isMirror) return;  // the visitor's own choice stays
    $(".mirror").checked = view.isMirror = camera.isMirror;
    $("video").classList.toggle("mirrored", camera.isMirror);
  }

  // A phone that is turned films the other way round.
  function fitStage() {
    const {videoWidth, videoHeight} = $("video");
    if (videoWidth) $(".stage").style.setProperty("--shape", `${videoWidth} / ${videoHeight}`);
  }

  async function turn() {
    $(".turn").disabled = true;
    try {
      if (await camera.turn()) showCamera();
    } catch (error) {
      stop(cameraProblem(error), "failed", true);
    }
    $(".turn").disabled = false;
  }

  const inView = () => !document.hidden && element.getClientRects().length > 0;

  async function loop(run) {
    while (view.run === run && document.contains(element)) {
      if (!inView()) {  // on another tab of the page nobody watches, so the camera goes off; in the background it waits
        if (!document.hidden) return stop("The camera was switched off when you left this tab.");
        await sleep(300);
        continue;
      }
      const sent = performance.now(), kind = view.kind;
      try {
        const bitmap = await createImageBitmap($("video"));
        const wishes = {smoothing: +$(".smoothing").value, sensitivity: +$(".sensitivity").value};
        const reply = await view.engine.call("read", {bitmap, now: sent / 1000, settings: wishes}, [bitmap]);
        if (view.run !== run) return;
        take(reply, performance.now(), performance.now() - sent);
        if (kind === "device" && kind === view.kind && reply.faces.length) await judge();
      } catch (error) {
        if (view.run !== run) return;
        if (performance.now() - view.repliedAt > STALE) { board.clear(); say(error.message); }
        if (error.ended) return stop(error.message, "failed");
        await sleep(error.busy ? 60 : 500);
      }
      await sleep(MIN_PERIOD - (performance.now() - sent));
    }
    if (view.run === run) stop();
    if (!element.isConnected) close();
  }

  // A device that is too slow leaves the work to the server, unless the visitor chose it.
  async function judge() {
    if (view.isChosen || view.trial.length === settings.trial.readings) return;
    view.trial.push(view.trips.at(-1));
    if (view.trial.length < settings.trial.readings) return;
    const took = tooSlow(view.trial, settings.trial);
    if (took) await read("server", slow(took));
    else where.show("device");
  }

  function close() {
    view.engine?.close();
    view.engine = null;
  }

  function take(reply, now, trip) {
    Object.assign(view, {repliedAt: now, updates: view.updates + 1, trips: [...view.trips.slice(-19), trip]});
    say(reply.faces.length ? "" : NO_FACE);
    board.show(reply, now);
    $(".download").disabled = false;
    Object.assign(root().dataset, {updates: view.updates, faces: reply.faces.length, label: board.chosen?.label ?? ""});
  }

  function countFrames(run) {
    const video = $("video");
    const tick = () => { view.frames += 1; if (view.run === run) video.requestVideoFrameCallback(tick); };
    video.requestVideoFrameCallback?.(tick);
  }

  async function measure(run) {
    let before = {frames: view.frames, updates: view.updates, at: performance.now()};
    while (view.run === run && document.contains(element)) {
      await sleep(1000);
      if (view.run !== run) return;
      const now = performance.now(), seconds = (now - before.at) / 1000;
      const fps = (view.frames - before.frames) / seconds, rate = (view.updates - before.updates) / seconds;
      const trip = [...view.trips].sort((a, b) => a - b)[view.trips.length >> 1] || 0;
      $(".meter").textContent = `Camera ${fps.toFixed(0)} fps · ${rate.toFixed(0)} predictions/s · ${trip.toFixed(0)} ms latency`;
      Object.assign(root().dataset, {fps: fps.toFixed(1), rate: rate.toFixed(1), trip: trip.toFixed(0)});
      before = {frames: view.frames, updates: view.updates, at: now};
    }
  }

  async function download() {
    save(new Blob([await view.engine.call("csv")], {type: "text/csv"}), "face-session.csv");
  }

  function setBaseline() {
    view.engine.call(board.toggleBaseline(), performance.now() / 1000);
  }

  async function choose(kind) {
    const isOther = kind !== view.kind;
    Object.assign(view, {isChosen: true, kind});
    where.show(kind);
    if (view.isOn && isOther) await read(kind).catch(error => stop(error.message, "failed"));
  }

  element.addEventListener("click", event => {
    const target = event.target;
    if (target.closest(".start")) start();
    else if (target.closest(".stop")) stop();
    else if (target.closest(".turn")) turn();
    else if (target.closest(".download")) download();
    else if (target.closest(".baseline")) setBaseline();
    else if (target.closest("[data-track]")) board.select(+target.closest("[data-track]").dataset.track);
    else if (target.closest(".where input")) choose(target.value);  // also one that is on already: then it is chosen
    else if (target.closest(".overlay")) board.pick(event);
  });
  element.addEventListener("input", () => {
    $("video").classList.toggle("mirrored", $(".mirror").checked);
    for (const [name, words] of [["smoothing", value => `${value.toFixed(1)} s`], ["sensitivity", percent]]) {
      $(`.${name}`).ariaValueText = $(`.${name}-value`).textContent = words(+$(`.${name}`).value);
    }
    board.paint();
  });
  // at once, also where the server does not answer any more
  consent?.addEventListener("change", function taken() {
    if (consent.checked) return;
    consent.removeEventListener("change", taken);
    stop();
    close();
  });
  $("video").addEventListener("resize", fitStage);
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
