// The clip plays along: timeline, moment, utterances and boxes follow the player, and everything
// that can be pressed moves it.

import { exports, saveText } from "../common/export.js";
import { caption, drawOverlay } from "../common/live_draw.js";
import { clock } from "./clock.js";
import { tilePainter } from "./faces.js";
import { captionOf, paintMoment, tracksOf } from "./moment.js";
import { faceAt } from "./sightings.js";

const NO_PREVIEW = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 225"><rect width="400" height="225" fill="#0b1220"/>
  <text x="200" y="115" text-anchor="middle" fill="#fff" font-family="system-ui, sans-serif" font-size="16">This browser can’t show
  this kind of file.</text></svg>`;

// The moment at a time: the last that has begun, so that the panel is never empty.
export function momentAt(moments, time) {
  const next = moments.findIndex((moment) => moment.start > time + 0.01);
  return Math.max((next < 0 ? moments.length : next) - 1, 0);
}

// `config`: {emotions, colours, same, modalities, small, full}, as moment.js takes them.
export function mount({ element, watch }, config) {
  const drawTiles = tilePainter(element);
  const $ = (name) => element.querySelector(name);
  // Some files begin late by their own clock, and browsers go by it: "began" is what it says at
  // second 0.
  const view = {
    result: null,
    reasons: [],
    drawing: null,
    url: "",
    time: 0,
    boxes: [],
    began: 0,
    moved: false,
  };

  const player = () => $(".player");
  const length = () => +$(".plot").ariaValueMax;

  function seek(seconds) {
    view.time = Math.min(Math.max(seconds, 0), length());
    view.moved = true;
    player().currentTime = view.began + view.time;
    paint();
  }

  function paint() {
    if (!$(".plot")) return;
    const at = momentAt(view.result.moments, view.time);
    const moment = view.result.moments[at];
    const plot = $(".plot");
    $(".head").style.left = `${(100 * view.time) / length()}%`;
    plot.ariaValueNow = view.time.toFixed(1);
    plot.ariaValueText = `${clock(view.time)}, ${captionOf(moment.emotion)}`;
    paintBoxes();
    if ($(".clip").dataset.moment === String(at)) return;
    $(".clip").dataset.moment = at;
    paintMoment($(".moment"), moment, view.reasons[at], config);
    for (const one of element.querySelectorAll("[data-moment]")) {
      if (one === $(".clip")) continue;
      const here = +one.dataset.moment === at;
      one.tabIndex = here ? 0 : -1;
      one.toggleAttribute("data-here", here);
      if (here) one.setAttribute("aria-current", "true");
      else one.removeAttribute("aria-current");
      if (here) reveal(one);
    }
  }

  // Scrolls the list, never the page.
  function reveal(one) {
    const list = $(".moments");
    const { top, bottom } = one.getBoundingClientRect();
    const frame = list.getBoundingClientRect();
    if (top < frame.top) list.scrollTop -= frame.top - top;
    else if (bottom > frame.bottom) list.scrollTop += bottom - frame.bottom;
  }

  function paintBoxes() {
    const canvas = $(".boxes");
    const [w, h] = view.result.size;
    if (!canvas) return;
    const playable = player().readyState > 0;
    const faces = playable
      ? view.boxes.map((one) => faceAt(one, view.time, view.drawing)).filter(Boolean)
      : [];
    drawOverlay(canvas, { w, h, faces }, view.result.lead, false, config);
    canvas.setAttribute(
      "aria-label",
      faces.map((face) => `Face ${face.track}: ${caption(face, config)}`).join(", ") || "No face",
    );
  }

  function begin(event) {
    if (event.target === player() && !view.moved) view.began = player().currentTime;
  }
  function follow() {
    if (!player() || player().readyState === 0) return;
    view.time = Math.max(player().currentTime - view.began, 0);
    paint();
  }
  // Media events do not bubble, but they can be caught on the way down.
  for (const kind of ["loadedmetadata", "loadeddata"]) element.addEventListener(kind, begin, true);
  for (const kind of ["timeupdate", "seeking", "seeked", "pause", "loadeddata"])
    element.addEventListener(kind, follow, true);
  element.addEventListener(
    "play",
    () => {
      const each = () => {
        follow();
        if (element.isConnected && player() && !player().paused) requestAnimationFrame(each);
      };
      each();
    },
    true,
  );
  element.addEventListener(
    "error",
    (event) => {
      if (event.target.classList.contains("player")) $(".unplayable").hidden = false;
    },
    true,
  );
  // Gradio would call a clip that the browser can't show an error, though most can be read. The
  // panel outlives this script.
  const panel = element.closest('[role="tabpanel"]');
  const blank = (event) => {
    if (!element.isConnected) return panel.removeEventListener("error", blank, true);
    if (!event.target.matches("#video-clip video")) return;
    event.stopPropagation();
    event.target.poster = `data:image/svg+xml,${encodeURIComponent(NO_PREVIEW)}`;
  };
  panel.addEventListener("error", blank, true);

  const secondsAt = (event) => {
    const plot = $(".plot").getBoundingClientRect();
    return (length() * (event.clientX - plot.left)) / plot.width;
  };
  element.addEventListener("pointerdown", (event) => {
    if (!event.target.closest(".plot")) return;
    event.target.closest(".plot").setPointerCapture(event.pointerId);
    seek(secondsAt(event));
  });
  element.addEventListener("pointermove", (event) => {
    if (event.buttons && event.target.closest(".plot")) seek(secondsAt(event));
  });
  element.addEventListener("click", (event) => {
    const target = event.target.closest("[data-seek]");
    if (target) seek(+target.dataset.seek);
  });
  const saved = (format) => () => saveText($(".numbers").dataset[format], `clip.${format}`);
  // The server makes the film, once for each answer (video_tab.py).
  const film = () =>
    (document.querySelector("#video-ready") ?? document.querySelector("#video-make")).click();
  exports(
    { element, watch },
    { csv: saved("csv"), json: saved("json"), srt: saved("srt"), mp4: film },
  );

  function steps(key) {
    const { moments } = view.result;
    const at = momentAt(moments, view.time);
    const before = moments[Math.max(at - 1, 0)];
    const after = moments[at + 1];
    return {
      ArrowRight: view.time + 1,
      ArrowUp: view.time + 1,
      ArrowLeft: view.time - 1,
      ArrowDown: view.time - 1,
      Home: 0,
      End: length(),
      PageUp: before.start,
      PageDown: (after ?? moments[at]).start,
    }[key];
  }
  element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const item = event.target.closest(".moments button");
    if (event.target.closest(".plot") && steps(event.key) !== undefined) seek(steps(event.key));
    else if (item && ["ArrowUp", "ArrowDown", "Home", "End"].includes(event.key))
      move(item, event.key);
    else return;
    event.preventDefault();
  });

  function move(item, key) {
    const all = [...element.querySelectorAll(".moments button")];
    const at = all.indexOf(item);
    const last = all.length - 1;
    const next =
      all[
        { ArrowUp: Math.max(at - 1, 0), ArrowDown: Math.min(at + 1, last), Home: 0, End: last }[key]
      ];
    seek(+next.dataset.seek);
    next.focus();
  }

  // A new answer replaces the markup where it differs and strips what was set here, so all of it is
  // set again. The player goes on where it is as long as the clip stays the same.
  function show() {
    const told = $(".numbers")?.dataset.json ?? "";
    if (!told) {
      view.url = "";
      return;
    }
    view.result = JSON.parse(told);
    for (const part of ["drawing", "reasons"]) view[part] = JSON.parse($(".numbers").dataset[part]);
    view.boxes = tracksOf(view.result.faces, view.drawing.words, config);
    delete $(".clip").dataset.moment;
    const { url } = $(".clip").dataset;
    const fresh = view.url !== url;
    if (fresh) Object.assign(view, { url, time: 0, began: 0, moved: false });
    // An answer that comes right after another strips the source before the player has looked at
    // it.
    if (fresh || !player().currentSrc) player().src = url;
    $(".unplayable").hidden = !player().error;
    drawTiles(url, fresh, view.result.size[0]);
    paint();
    if (fresh) showVerdict();
  }
  // The verdict came first, when the page was too short for it to stand at the top.
  function showVerdict() {
    const verdict = document.querySelector("#video-verdict");
    if (verdict?.getBoundingClientRect().top > 0.3 * window.innerHeight)
      verdict.scrollIntoView({ block: "start" });
  }
  watch("value", show);
  addEventListener("resize", paintIfThere);
  function paintIfThere() {
    if (!element.isConnected) return removeEventListener("resize", paintIfThere);
    if ($(".plot")) paint();
  }
  show();
}
