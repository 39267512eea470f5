// The live tab: camera or shared window -> small pictures -> the live core (../live/core.js, in a
// worker) -> boxes, bars and a timeline. One picture is on its way at a time, so nothing can queue
// up. The core reads faces on this device, or asks the server to.

import { exports, saveText } from "../common/export.js";
import { sleep, within } from "../live/time.js";
import { Board } from "./board.js";
import { cameraProblem } from "./camera.js";
import { listen, whenTakenBack } from "./controls.js";
import { measure, ratesOn } from "./meter.js";
import { Pictures, sharing } from "./pictures.js";
import { readerOf } from "./reader.js";
import { stageOf } from "./stage.js";
import { GAVE_UP, failed, whereSwitch } from "./where.js";

// ms between pictures: about 25 readings a second are enough, the rest is heat
const MIN_PERIOD = 40;
const STALE = 700; // ms after which old boxes are taken off the picture
const HANGING = 3000; // ms after which they are, where nothing is answered at all
const TIMEOUT = 15000; // ms that a reading may take
const MAX_FAILURES = 5; // readings on the device that fail in a row
const NARROW = 760; // pixels, as in live.css
const NO_FACE = "No face found. More light, a step closer and looking towards the camera help.";

// `settings` are mmsent/ui/face/live_settings.py's. `server` is null where only the device can
// read, which then counts as chosen.
export function mount({ element, props, server, watch }, settings) {
  const $ = (name) => element.querySelector(name);
  const root = () => $(".live");
  const consent = document.querySelector("#consent input");
  const board = new Board(element, settings);
  const where = whereSwitch(element, { device: !!settings.device, server: !!server });
  const share = sharing(element, !!settings.device);
  // `kind` may read, `loaded` is ready to; `engine` is a promise. Each start or stop is a run, each
  // change of the source a turn.
  const view = {
    engine: null,
    kind: settings.device ? settings.default : "server",
    loaded: null,
    isChosen: !server,
    isOn: false,
    isWaiting: false,
    run: 0,
    turn: 0,
    isMirror: true,
    repliedAt: 0,
    failures: 0,
    updates: 0,
    trips: [],
    trial: [],
  };
  const camera = new Pictures($("video"), {
    lost: () =>
      stop("The camera was disconnected. It starts again when it is back.", "failed", true),
    back: () => Object.assign(view, { isWaiting: true }),
    ended: () => stop(),
  });
  const stage = stageOf($, camera, view);
  const hasConsent = () =>
    (!consent || consent.checked) && !(view.isOn && camera.isShared && !share.isAgreed());
  const say = (text) => {
    if ($(".message").textContent !== text) $(".message").textContent = text;
  };
  const { isFixed, wordOn, read, judge, choose, close } = readerOf(view, {
    element,
    settings,
    props,
    server,
    where,
    camera,
    hasConsent,
    say,
    stop,
    closed: () => board.canExport(false),
  });

  async function start(isShared = false) {
    if (view.isOn) return;
    const missing = hasConsent()
      ? isShared && share.missing(view.kind)
      : "Tick the box of consent first.";
    if (missing) return say(missing);
    const run = ++view.run;
    Object.assign(view, { isOn: true, isWaiting: false });
    $(".start").disabled = true;
    try {
      if (!(await camera.start(isShared)) || view.run !== run) return;
    } catch (error) {
      if (view.run === run) stop(camera.problem(error), "failed", !isShared);
      return;
    }
    root().dataset.state = "on";
    // the bars are below it
    if (innerWidth <= NARROW) $(".stage").scrollIntoView({ block: "start" });
    $(".start").hidden = true;
    $(".stop").hidden = false;
    $(".stop").focus();
    stage.show();
    share.show(isShared);
    let problem = null;
    await read(view.kind).catch((error) => {
      problem = error.message;
    });
    if (view.run !== run) return;
    if (problem) return stop(problem, "failed");
    $(".baseline").disabled = false;
    say("Looking for a face …");
    measure(
      $("video"),
      () => view.run === run && element.isConnected,
      () => view,
      ratesOn($(".meter"), root().dataset),
    );
    loop(run);
  }

  // With `isWanted` the camera starts again by itself when it can.
  function stop(reason = camera.off, state = "off", isWanted = false) {
    if (isWanted) camera.release();
    else camera.close();
    view.run += 1;
    Object.assign(view, { isOn: false, isWaiting: false, repliedAt: 0 });
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

  async function turn() {
    const { run } = view;
    $(".turn").disabled = true;
    try {
      if ((await camera.turn()) && view.run === run) stage.show();
    } catch (error) {
      if (view.run === run) stop(cameraProblem(error), "failed", true);
    }
    $(".turn").disabled = false;
  }
  const inView = () => !document.hidden && element.getClientRects().length > 0;

  async function loop(run) {
    while (view.run === run && element.isConnected) {
      if (!inView() || view.loaded !== view.kind) {
        // in the background it waits, and while the source changes
        await sleep(100);
        continue;
      }
      const sent = performance.now();
      const kind = view.kind;
      const engine = await view.engine;
      try {
        const bitmap = await createImageBitmap($("video"));
        const wishes = { smoothing: +$(".smoothing").value, sensitivity: +$(".sensitivity").value };
        const reply = await within(
          engine.call("read", { bitmap, now: sent / 1000, settings: wishes }, [bitmap]),
          TIMEOUT,
          GAVE_UP,
        );
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
    if (performance.now() - view.repliedAt > STALE) {
      board.clear();
      say(kind === "server" ? error.message : GAVE_UP);
    }
    if (error.ended) return stop(error.message, "failed");
    if (error.isLate) close(); // it hangs
    view.failures += 1;
    if (kind === "server" && !error.isLate) return sleep(error.busy ? 60 : 500);
    if (view.failures < MAX_FAILURES && !error.isLate) return sleep(200);
    if (kind === "device" && isFixed()) return stop(GAVE_UP, "failed");
    await read("server", kind === "device" ? failed(GAVE_UP) : undefined).catch((problem) =>
      stop(problem.message, "failed"),
    );
  }

  // What must not wait for a reading: a page that is left, a consent that is taken back, boxes that
  // are old, a camera that is back.
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

  function take(reply, now, trip) {
    Object.assign(view, {
      repliedAt: now,
      updates: view.updates + 1,
      trips: [...view.trips.slice(-19), trip],
    });
    say(reply.faces.length ? "" : NO_FACE);
    board.show(reply, now);
    board.canExport(true);
    Object.assign(root().dataset, {
      updates: view.updates,
      faces: reply.faces.length,
      label: board.chosen?.label ?? "",
    });
  }

  async function setBaseline() {
    (await view.engine).call(board.toggleBaseline(), performance.now() / 1000);
  }

  exports(
    { element, watch },
    { csv: async () => saveText(await (await view.engine).call("csv"), "face-session.csv") },
    () => board.text(),
  );
  listen(element, board, { start, stop, turn, setBaseline, choose });
  $(".start").disabled = $(".where").disabled = false; // until here nobody would have heard
  whenTakenBack(consent, element, () => {
    stop();
    close();
  }); // at once, also where the server does not answer any more
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
