// Photos that are read on the visitor's own device: where that is chosen, the file goes to a worker
// of this page and nowhere else.

import { canReadPhotos, openPhotoReader } from "../live/photo_engine.js";
import { GAVE_UP } from "../live/sentences.js";
import { NO_WORKER, failed, whereSwitch } from "./where.js";

const PRIVACY = {
  server: "On the server: the photo is sent to it, and deleted there within the hour.",
};
const TO_SERVER = "Press “On the server” and choose the photo again to have it read there.";
const SHOWN_SIDE = 1600; // pixels of the longer side of the picture in the page
const PART_SIDE = 480; // and of a face in detail
const WAITING =
  "The photo is being read on this device. The first one waits for the model, which comes only once.";
const READING = "The photo is being read on this device …";

const emit = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

// `settings` as mmsent/ui/face/photo_settings.py has them. `server` is null where only the device
// can read.
export function mount({ element, server }, { device, examples, ...settings }) {
  const $ = (name) => element.querySelector(name);
  const file = $(".drop input");
  const hasServer = server !== null;
  const can = { device: !!device && canReadPhotos(), server: hasServer };
  const where = whereSwitch(element, can, PRIVACY);
  const state = {
    kind: can.device ? settings.default : "server",
    run: 0,
    reader: null,
    isReady: false,
    faces: [],
    picture: null,
    parts: [],
  };

  function choose(kind, word) {
    state.kind = kind;
    where.show(kind, word);
    $(".drop").hidden = kind !== "device";
    // page.css: of both inputs the other is not there
    document.documentElement.dataset.photos = kind;
    emit("photo-place");
  }

  function progress({ loaded, total }) {
    $(".loading").hidden = loaded >= total;
    $(".loading").value = loaded / total;
  }

  // Reads a file, and shows its first face in detail. Of several the last one counts.
  async function read(blob) {
    const run = ++state.run;
    forget();
    $(".chosen").textContent = blob.name || "Your photo";
    emit("photo-answer", { told: state.isReady ? READING : WAITING });
    try {
      state.reader ??= openPhotoReader(device, progress);
      state.isReady = await state.reader.start();
      if (run !== state.run) return;
      emit("photo-answer", { told: READING });
      const result = await state.reader.readPhoto(blob);
      if (run !== state.run) return;
      const picture = URL.createObjectURL(await state.reader.picture(SHOWN_SIDE));
      if (run !== state.run) return URL.revokeObjectURL(picture);
      Object.assign(state, { faces: result.faces, picture });
      emit("photo-answer", { result, picture });
      await explain(0);
    } catch (error) {
      if (run === state.run) emit("photo-answer", { problem: sentenceOf(error) });
    } finally {
      if (run === state.run) $(".loading").hidden = true;
    }
  }

  async function explain(index) {
    const { run } = state;
    const face = state.faces[index];
    const number = index + 1;
    if (!face) return;
    const isShown = () => run === state.run && state.shown === index;
    state.shown = index;
    if (state.parts[index]) return emit("photo-detail", { number, face, ...state.parts[index] });
    emit("photo-detail", { number, face });
    try {
      if (!state.reader) throw new Error(GAVE_UP); // closed, and the photo is gone with it
      const { part, heat } = await state.reader.explain(index, PART_SIDE);
      if (run !== state.run) return;
      state.parts[index] = { part: URL.createObjectURL(part), heat: URL.createObjectURL(heat) };
      if (isShown()) emit("photo-detail", { number, face, ...state.parts[index] });
    } catch (error) {
      if (isShown()) emit("photo-detail", { number, face, problem: sentenceOf(error) });
    }
  }

  // Of the photo before.
  function forget() {
    for (const address of [
      state.picture,
      ...state.parts.flatMap((one) => (one ? [one.part, one.heat] : [])),
    ])
      if (address) URL.revokeObjectURL(address);
    Object.assign(state, { faces: [], picture: null, parts: [], shown: null });
    emit("photo-detail", {});
  }

  // What is wrong with the file is wrong everywhere; what this device can't do the server may.
  function sentenceOf(error) {
    if (!error.isSentence) close();
    return error.isOfFile || !hasServer ? error.message : `${error.message} ${TO_SERVER}`;
  }

  function close() {
    state.reader?.close();
    Object.assign(state, { reader: null, isReady: false });
  }

  function take(files) {
    const [blob] = files ?? [];
    if (!blob) return;
    document.dispatchEvent(new Event("own-input"));
    read(blob);
  }

  async function readExample({ address, name }) {
    const run = ++state.run;
    const answer = await fetch(new URL(address, import.meta.url)).catch(() => null);
    if (run !== state.run) return;
    if (answer?.ok) read(new File([await answer.blob()], name));
    else emit("photo-answer", { problem: "The example could not be loaded." });
  }

  // Whatever belongs to the document is heard before Gradio, and only where this device reads.
  function listen(name, act) {
    document.addEventListener(
      name,
      function heard(event) {
        if (!element.isConnected) return document.removeEventListener(name, heard, true);
        if (state.kind === "device" && element.getClientRects().length && act(event)) {
          event.preventDefault();
          event.stopImmediatePropagation();
        }
      },
      true,
    );
  }

  listen("paste", ({ clipboardData, target }) => {
    const files = target.matches?.("input:not([type=file]), textarea")
      ? []
      : (clipboardData?.files ?? []);
    take(files);
    return files.length > 0;
  });
  for (const [id, example] of Object.entries(examples)) {
    listen("click", (event) => {
      if (!event.target.closest?.(`#${id}`)) return false;
      emit("example", id);
      readExample(example);
      return true;
    });
  }
  element.addEventListener("dragover", (event) => {
    event.preventDefault();
    $(".drop").classList.add("over");
  });
  for (const name of ["dragleave", "drop"])
    element.addEventListener(name, () => $(".drop").classList.remove("over"));
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer.files);
  });
  element.addEventListener("change", (event) => {
    if (event.target !== file) return choose(event.target.value);
    take(file.files);
  });
  file.addEventListener("click", () => {
    file.value = "";
  }); // the same file once more is a change, too
  document.addEventListener("photo-face", function chosen({ detail }) {
    if (element.isConnected) explain(detail);
    else document.removeEventListener("photo-face", chosen);
  });
  choose(state.kind, device && !can.device ? failed(NO_WORKER) : undefined);
  $(".where").disabled = false; // until here nobody would have heard
}
