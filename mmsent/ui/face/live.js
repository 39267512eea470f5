// The live loop: camera -> small JPEG -> server -> boxes. One call is in flight at a time, so nothing can queue up.

import {TIMELINE_SECONDS, caption, drawBars, drawOverlay, drawTimeline, percent, placeBoxes} from "../common/live_draw.js";
import {save} from "../common/save.js";

const SEND_WIDTH = 320, JPEG_QUALITY = 0.8;
const MIN_PERIOD = 45;        // ms between calls: about 20 updates a second are enough, the rest is heat
const STALE = 700;            // ms after which old boxes are taken off the picture
const NARROW = 760;           // pixels, as in live.css
const NO_FACE = "No face found. More light, a step closer and looking towards the camera help.";

const sleep = ms => new Promise(done => setTimeout(done, ms));

function cameraProblem(error) {
  if (!window.isSecureContext) return "The camera needs a secure page: open this address with https, or on this computer as localhost.";
  if (!navigator.mediaDevices?.getUserMedia) return "This browser gives pages no camera. Try a current Firefox, Chrome, Edge or Safari.";
  return {
    NotAllowedError: "The browser did not allow the camera. Allow it for this page in the address bar, then press Start again.",
    NotFoundError: "No camera was found. Connect one and press Start again, or use a photo instead.",
    NotReadableError: "Another program is using the camera. Close it and press Start again.",
  }[error?.name] || "The camera could not be started. Press Start again, or use a photo instead.";
}

// `names`: the emotions and their colours, as live_draw.js takes them.
export function mount({element, props, server}, names) {
  const $ = name => element.querySelector(name);
  const root = () => $(".live");
  const frameCanvas = document.createElement("canvas");
  const view = {stream: null, reply: null, repliedAt: 0, selected: null, history: [], baseline: null, baselineOrder: null,
    frames: 0, updates: 0, trips: [], said: "", paintedAt: 0};

  const say = text => { if ($(".message").textContent !== text) $(".message").textContent = text; };
  const mirrored = () => $(".mirror").checked;

  async function start() {
    if (view.stream) return;
    $(".start").disabled = true;
    try {
      const wish = {video: {width: {ideal: 640}, height: {ideal: 480}, facingMode: "user"}, audio: false};
      const stream = await navigator.mediaDevices.getUserMedia(wish);
      if (!document.contains(element)) { stream.getTracks().forEach(track => track.stop()); return; }
      view.stream = stream;
      stream.getVideoTracks()[0].onended = () => stop("The camera was disconnected.");
      const video = $("video");
      video.srcObject = stream;
      await video.play();
    } catch (error) {
      stop(cameraProblem(error), "failed");
      return;
    }
    root().dataset.state = "on";
    if (innerWidth <= NARROW) $(".stage").scrollIntoView({block: "start"});  // the bars are below it
    $(".start").hidden = true;
    $(".stop").hidden = $(".baseline").disabled = false;
    $(".stop").focus();
    $(".stage").style.aspectRatio = `${$("video").videoWidth} / ${$("video").videoHeight}`;
    say("Looking for a face …");
    countFrames();
    measure();
    loop(view.stream);
  }

  function stop(reason = "The camera is off.", state = "off") {
    view.stream?.getTracks().forEach(track => track.stop());
    Object.assign(view, {stream: null, reply: null, repliedAt: 0, baselineOrder: null});
    if (!root()) return;
    const hadFocus = document.activeElement === $(".stop");
    $("video").srcObject = null;
    root().dataset.state = state;
    $(".start").hidden = $(".start").disabled = false;
    $(".stop").hidden = $(".baseline").disabled = true;
    if (hadFocus) $(".start").focus();
    $(".meter").textContent = "";
    say(reason);
    paint();
  }

  function grabFrame() {
    const video = $("video");
    frameCanvas.width = SEND_WIDTH;
    frameCanvas.height = Math.round(SEND_WIDTH * video.videoHeight / video.videoWidth);
    frameCanvas.getContext("2d", {willReadFrequently: true}).drawImage(video, 0, 0, frameCanvas.width, frameCanvas.height);
    return frameCanvas.toDataURL("image/jpeg", JPEG_QUALITY);
  }

  const inView = () => !document.hidden && element.getClientRects().length > 0;

  async function loop(stream) {
    while (view.stream === stream && document.contains(element)) {
      if (!inView()) {  // on another tab of the page nobody watches, so the camera goes off; in the background it waits
        if (!document.hidden) return stop("The camera was switched off when you left this tab.");
        await sleep(300);
        continue;
      }
      const sent = performance.now();
      const order = view.baselineOrder;
      view.baselineOrder = null;
      const reply = await server.detect({
        token: props.value?.token, jpg: grabFrame(), smoothing: +$(".smoothing").value,
        sensitivity: +$(".sensitivity").value, baseline: order,
      }).catch(() => undefined);
      if (view.stream !== stream) return;
      const now = performance.now();
      if (reply?.faces) {
        take(reply, now, now - sent, order);
      } else {
        view.baselineOrder ??= order;
        if (now - view.repliedAt > STALE) { view.reply = null; say(reply?.error || "The server did not answer. Trying again …"); paint(); }
        if (reply?.ended) return stop(reply.error, "failed");
        await sleep(reply?.busy ? 60 : 500);
      }
      await sleep(MIN_PERIOD - (performance.now() - sent));
    }
    stop();
  }

  function take(reply, now, trip, order) {
    view.reply = reply;
    view.repliedAt = now;
    view.updates += 1;
    view.trips = [...view.trips.slice(-19), trip];
    if (!reply.faces.some(face => face.track === view.selected)) select(reply.faces[0]?.track ?? null);
    for (const {track, probs, label} of reply.faces) view.history.push({t: now, track, probs, label});
    while (view.history.length && now - view.history[0].t > TIMELINE_SECONDS * 1000) view.history.shift();
    say(reply.faces.length ? "" : NO_FACE);
    showBaseline(reply.baseline, order);
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
    const summary = view.reply?.faces.map(one => `Face ${one.track}: ${caption(one, names)}`).join(", ") || "No face";
    $(".overlay").setAttribute("aria-label", summary);
    const headline = face ? `Face ${face.track}: ${caption(face, names)}` : "No face";
    if ($(".headline").textContent !== headline) $(".headline").textContent = headline;
    drawBars($(".bars"), face, names);
    paintFaceButtons();
    if (now - view.paintedAt < 150) return;  // the timeline is costlier and slower to read
    view.paintedAt = now;
    drawTimeline($(".timeline"), view.history.filter(point => point.track === view.selected), now, names);
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

  function showBaseline(state, order) {
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
    }[order === "clear" ? null : before] || "Baseline: hold a neutral face for three seconds; later predictions are compared with it.";
  }

  function countFrames() {
    const video = $("video"), stream = view.stream;
    const tick = () => { view.frames += 1; if (view.stream === stream) video.requestVideoFrameCallback(tick); };
    video.requestVideoFrameCallback?.(tick);
  }

  async function measure() {
    const stream = view.stream;
    let before = {frames: view.frames, updates: view.updates, at: performance.now()};
    while (view.stream === stream && document.contains(element)) {
      await sleep(1000);
      if (view.stream !== stream) return;
      const now = performance.now(), seconds = (now - before.at) / 1000;
      const fps = (view.frames - before.frames) / seconds, rate = (view.updates - before.updates) / seconds;
      const trip = [...view.trips].sort((a, b) => a - b)[view.trips.length >> 1] || 0;
      $(".meter").textContent = `Camera ${fps.toFixed(0)} fps · ${rate.toFixed(0)} predictions/s · ${trip.toFixed(0)} ms latency`;
      Object.assign(root().dataset, {fps: fps.toFixed(1), rate: rate.toFixed(1), trip: trip.toFixed(0)});
      before = {frames: view.frames, updates: view.updates, at: now};
    }
  }

  async function download() {
    const reply = await server.session_csv({token: props.value?.token}).catch(() => undefined);
    if (!reply?.csv) { $(".hint").textContent = reply?.error || "The server did not answer. Please try again."; return; }
    save(new Blob([reply.csv], {type: "text/csv"}), "face-session.csv");
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
    else if (target.closest(".download")) download();
    else if (target.closest(".baseline")) view.baselineOrder = view.baseline ? "clear" : "start";
    else if (target.closest("[data-track]")) select(+target.closest("[data-track]").dataset.track);
    else if (target.closest(".overlay")) pick(event);
  });
  element.addEventListener("input", () => {
    $("video").classList.toggle("mirrored", mirrored());
    for (const [name, words] of [["smoothing", value => `${value.toFixed(1)} s`], ["sensitivity", percent]]) {
      $(`.${name}`).ariaValueText = $(`.${name}-value`).textContent = words(+$(`.${name}`).value);
    }
    paint();
  });
  $("video").classList.add("mirrored");
  // Canvases have no size while another tab is shown, and another one when the window changes.
  new ResizeObserver(() => {
    if (!element.isConnected) return;
    view.paintedAt = 0;
    paint();
  }).observe($(".timeline"));
  if (!window.isSecureContext || !navigator.mediaDevices) stop(cameraProblem(), "failed");
  paint();
}
