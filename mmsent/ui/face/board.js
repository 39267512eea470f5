// What the live tab shows of a reading: boxes over the video, bars, the last half minute, a button
// for each face, the baseline.

import {
  TIMELINE_SECONDS,
  caption,
  drawBars,
  drawOverlay,
  drawTimeline,
  percent,
  placeBoxes,
} from "../common/live_draw.js";
import { Timeline } from "../live/recording.js";

const TIMELINE_PERIOD = 150; // ms; it is costlier than the rest, and slower to read
const HINT =
  "Baseline: hold a neutral face for three seconds; later predictions are compared with it.";
const BASELINE = {
  collecting: "Hold a neutral face for three seconds …",
  set: "Baseline set: predictions are now compared with your neutral face.",
};
const WITHOUT_BASELINE = {
  // by what it was before
  collecting: "No face was seen meanwhile. Please try again.",
  set: "The face left, and its baseline with it.",
};

// `names`: the emotions and their colours, as live_draw.js takes them.
export class Board {
  constructor(element, names) {
    Object.assign(this, {
      names,
      reply: null,
      faces: [],
      selected: null,
      timeline: new Timeline(TIMELINE_SECONDS),
      paintedAt: 0,
      baseline: null,
      isCleared: false,
    });
    this.find = (name) => element.querySelector(name);
  }

  // `now` is in ms.
  show(reply, now) {
    this.reply = reply;
    if (reply.faces.length) this.faces = reply.faces;
    if (!this.chosen) this.selected = reply.faces[0]?.track ?? null;
    this.timeline.add(reply.faces, now);
    this.showBaseline(reply.baseline);
    this.paint();
  }

  clear() {
    this.reply = null;
    this.paint();
  }

  get chosen() {
    return this.reply?.faces.find((face) => face.track === this.selected);
  }

  select(track) {
    this.selected = track;
    this.paint();
  }

  get isMirrored() {
    return this.find(".mirror").checked;
  }

  pick(event) {
    const rect = this.find(".overlay").getBoundingClientRect();
    const x = event.clientX - rect.left;
    const y = event.clientY - rect.top;
    const boxes = this.reply
      ? placeBoxes(this.reply, rect.width, rect.height, this.isMirrored)
      : [];
    const hit = boxes.findIndex(
      (box) => x >= box.x && x <= box.x + box.w && y >= box.y && y <= box.y + box.h,
    );
    if (hit >= 0) this.select(this.reply.faces[hit].track);
  }

  // Where nothing was read yet, nobody knows whether there is a face.
  get headline() {
    if (this.chosen) return this.say(this.chosen);
    return this.reply ? "No face" : "No prediction";
  }

  say(face) {
    return `Face ${face.track}: ${caption(face, this.names)}${face.reason ? ` (${face.reason})` : ""}`;
  }

  // The faces that were seen last with all their probabilities, to copy.
  text() {
    const { emotions } = this.names;
    return this.faces
      .map((face) =>
        [
          this.say(face),
          ...(face.probs ?? []).map((p, i) => `  ${emotions[i]} ${percent(p)}`),
        ].join("\n"),
      )
      .join("\n");
  }

  canExport(can) {
    this.find(".download").disabled = !can;
    this.find("[data-copy=text]").disabled = !(can && this.faces.length);
  }

  paint() {
    const face = this.chosen;
    const now = performance.now();
    const { find, names, headline } = this;
    drawOverlay(find(".overlay"), this.reply, this.selected, this.isMirrored, names);
    find(".overlay").setAttribute(
      "aria-label",
      this.reply?.faces.map((one) => this.say(one)).join(", ") || headline,
    );
    if (find(".headline").textContent !== headline) find(".headline").textContent = headline;
    drawBars(find(".bars"), face?.probs ? face : undefined, names);
    this.paintButtons();
    if (now - this.paintedAt < TIMELINE_PERIOD) return;
    this.paintedAt = now;
    drawTimeline(find(".timeline"), this.timeline.of(this.selected), now, names);
    find(".timeline").setAttribute(
      "aria-label",
      `Timeline of the last 30 seconds. Now: ${headline}`,
    );
  }

  repaint() {
    this.paintedAt = 0;
    this.paint();
  }

  paintButtons() {
    const faces = this.reply && this.reply.faces.length > 1 ? this.reply.faces : [];
    const tracks = faces.map((face) => face.track).join();
    const box = this.find(".faces");
    if (box.dataset.tracks !== tracks) {
      box.dataset.tracks = tracks;
      box.replaceChildren(
        ...faces.map((face) => {
          const button = document.createElement("button");
          Object.assign(button, { type: "button", textContent: `Face ${face.track}` });
          button.dataset.track = face.track;
          return button;
        }),
      );
    }
    for (const button of box.children)
      button.setAttribute("aria-pressed", String(+button.dataset.track === this.selected));
  }

  // What the core is to do now that the button was pressed: the name of a method of host.js.
  toggleBaseline() {
    this.isCleared = !!this.baseline;
    return this.baseline ? "clearBaseline" : "startBaseline";
  }

  showBaseline(state) {
    if (state === this.baseline) return;
    const before = this.isCleared ? null : this.baseline;
    this.baseline = state;
    this.find(".baseline").textContent = state ? "Clear neutral baseline" : "Set neutral baseline";
    this.find(".hint").textContent = BASELINE[state] ?? WITHOUT_BASELINE[before] ?? HINT;
  }
}
