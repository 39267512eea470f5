// The live tab: camera -> small pictures -> the live core (../live/core.js, in a worker) -> boxes, bars and a timeline. One picture
// is on its way at a time, so nothing can queue up. The core reads faces on this device, or asks the server to.

import {TIMELINE_SECONDS, caption, drawBars, drawOverlay, drawTimeline, percent, placeBoxes} from "../common/live_draw.js";
import {save} from "../common/save.js";
import {openEngine} from "../live/engine.js";
import {Timeline} from "../live/recording.js";
import {Camera, cameraProblem} from "./camera.js";
import {NO_WORKER, failed, slow, tooSlow, whereSwitch} from "./where.js";

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
  const names = settings, timeline = new Timeline(TIMELINE_SECONDS), where = whereSwitch(element, !!settings.device);
  const view = {engine: null, kind: settings.device ? settings.default : "server", isChosen: false, isOn: false, run: 0,
    reply: null, repliedAt: 0, selected: null, baseline: null, isCleared: false, frames: 0, updates: 0, trips: [], trial: [], paintedAt: 0};
  const camera = new Camera($("video"), {
    lost: () => stop("The camera was disconnected. It starts again when it is back.", "failed", true),
    back: start,
  });

  const say = text => { if ($(".message").textContent !== text) $(".message").textContent = text; };
  const mirrored = () => $(".mirror").checked;

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
    try {
      await read(view.kind);
    } catch (error) {
      return stop(error.message, "failed");
    }
    if (view.run !== run || !view.isOn) return;
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
    Object.assign(view, {isOn: false, reply: null, repliedAt: 0});
    if (!root()) return;
    const hadFocus = document.activeElement === $(".stop");
    root().dataset.state = state;
    $(".start").hidden = $(".start").disabled = false;
    $(".stop").hidden = $(".baseline").disabled = $(".turn").hidden = true;
    if (hadFocus) $(".start").focus();
    $(".meter").textContent = "";
    say(reason);
    paint();
  }

  // From now on faces are read by `kind`, or by the server where the device can't. Raises a sentence where that can't either.
  async function read(kind, word) {
    view.engine ??= await openEngine({ask, progress});
    if (kind === "device" && !view.engine.inWorker) {
      where.forbidDevice();
      return read("server", NO_WORKER);
    }
    try {
      await view.engine.call("start", {kind, config: kind === "device" ? settings.device : null, constants: settings.core});
    } catch (error) {
      if (kind === "server") throw error;
      return read("server", failed(error.message));
    }
    Object.assign(view, {kind, trips: [], trial: []});
    if (!root()) return;
    root().dataset.source = kind;
    where.show(kind, word);
  }

  async function ask(payload) {
    const {token, full} = props.value ?? {};
    return full ? {error: full, ended: true} : server.detect({token, ...payload});
  }

  function progress({loaded, total}) {
    say(`Getting the model ready … ${total ? percent(loaded / total) : ""}`);
  }

  function showCamera() {
    const video = $("video");
    $(".turn").hidden = camera.count < 2;
    $(".mirror").checked = camera.isMirror;
    video.classList.toggle("mirrored", camera.isMirror);
    fitStage();
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
        if (kind === "device" && kind === view.kind) await judge();
      } catch (error) {
        if (view.run !== run) return;
        if (performance.now() - view.repliedAt > STALE) { view.reply = null; say(error.message); paint(); }
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
    if (view.isChosen || view.trial.length > settings.trial.readings) return;
    view.trial.push(view.trips.at(-1));
    const took = view.trial.length === settings.trial.readings && tooSlow(view.trial, settings.trial);
    if (took) await read("server", slow(took));
  }

  function close() {
    view.engine?.close();
    view.engine = null;
  }

  function take(reply, now, trip) {
    Object.assign(view, {reply, repliedAt: now, updates: view.updates + 1, trips: [...view.trips.slice(-19), trip]});
    if (!reply.faces.some(face => face.track === view.selected)) select(reply.faces[0]?.track ?? null);
    timeline.add(reply.faces, now);
    say(reply.faces.length ? "" : NO_FACE);
    showBaseline(reply.baseline);
    paint();
    Object.assign(root().dataset, {updates: view.updates, faces: reply.faces.length, label: chosenFace()?.label ?? ""});
  }

  const chosenFace = () => view.reply?.faces.find(face => face.track === view.selected);

  function select(track) {
    view.selected = track;
    paint();
  }

  function paint() {
    const face = chosenFace(), now = performance.now();
    drawOverlay($(".overlay"), view.reply, view.selected, mirrored(), names);
    const told = one => `Face ${one.track}: ${caption(one, names)}${one.reason ? ` (${one.reason})` : ""}`;
    $(".overlay").setAttribute("aria-label", view.reply?.faces.map(told).join(", ") || "No face");
    const headline = face ? told(face) : "No face";
    if ($(".headline").textContent !== headline) $(".headline").textContent = headline;
    drawBars($(".bars"), face?.probs ? face : undefined, names);
    paintFaceButtons();
    if (now - view.paintedAt < 150) return;  // the timeline is costlier and slower to read
    view.paintedAt = now;
    drawTimeline($(".timeline"), timeline.of(view.selected), now, names);
    $(".timeline").setAttribute("aria-label", `Timeline of the last 30 seconds. Now: ${headline}`);
    $(".download").disabled = !view.updates;
  }

  function paintFaceButtons() {
    const faces = view.reply && view.reply.faces.length > 1 ? view.reply.faces : [];
    const tracks = faces.map(face => face.track).join();
    const box = $(".faces");
    if (box.dataset.tracks !== tracks) {
      box.dataset.tracks = tracks;
      box.replaceChildren(...faces.map(face => {
        const button = document.createElement("button");
        Object.assign(button, {type: "button", textContent: `Face ${face.track}`});
        button.dataset.track = face.track;
        return button;
      }));
    }
    for (const button of box.children) button.setAttribute("aria-pressed", String(+button.dataset.track === view.selected));
  }

  function showBaseline(state) {
    if (state === view.baseline) return;
    const before = view.baseline;
    view.baseline = state;
    $(".baseline").textContent = state ? "Clear neutral baseline" : "Set neutral baseline";
    $(".hint").textContent = {
      collecting: "Hold a neutral face for three seconds …",
      set: "Baseline set: predictions are now compared with your neutral face.",
    }[state] || {
      collecting: "No face was seen meanwhile. Please try again.",
      set: "The face left, and its baseline with it.",
    }[view.isCleared ? null : before] || "Baseline: hold a neutral face for three seconds; later predictions are compared with it.";
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
    view.isCleared = !!view.baseline;
    view.engine.call(view.baseline ? "clearBaseline" : "startBaseline", performance.now() / 1000);
  }

  async function choose(kind) {
    view.isChosen = true;
    view.kind = kind;
    where.show(kind);
    if (view.isOn) await read(kind).catch(error => stop(error.message, "failed"));
  }

  function pick(event) {
    const rect = $(".overlay").getBoundingClientRect(), x = event.clientX - rect.left, y = event.clientY - rect.top;
    const boxes = view.reply ? placeBoxes(view.reply, rect.width, rect.height, mirrored()) : [];
    const hit = boxes.findIndex(box => x >= box.x && x <= box.x + box.w && y >= box.y && y <= box.y + box.h);
    if (hit >= 0) select(view.reply.faces[hit].track);
  }

  element.addEventListener("click", event => {
    const target = event.target;
    if (target.closest(".start")) start();
    else if (target.closest(".stop")) stop();
    else if (target.closest(".turn")) turn();
    else if (target.closest(".download")) download();
    else if (target.closest(".baseline")) setBaseline();
    else if (target.closest("[data-track]")) select(+target.closest("[data-track]").dataset.track);
    else if (target.closest(".overlay")) pick(event);
  });
  element.addEventListener("change", event => { if (event.target.closest(".where")) choose(event.target.value); });
  element.addEventListener("input", () => {
    $("video").classList.toggle("mirrored", mirrored());
    for (const [name, words] of [["smoothing", value => `${value.toFixed(1)} s`], ["sensitivity", percent]]) {
      $(`.${name}`).ariaValueText = $(`.${name}-value`).textContent = words(+$(`.${name}`).value);
    }
    paint();
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
  where.show(view.kind);
  // Canvases have no size while another tab is shown, and another one when the window changes.
  new ResizeObserver(() => {
    if (!element.isConnected) return;
    view.paintedAt = 0;
    paint();
  }).observe($(".timeline"));
  if (!window.isSecureContext || !navigator.mediaDevices) stop(cameraProblem(), "failed");
  paint();
}
