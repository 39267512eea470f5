// Where the live pictures come from: the visitor's camera, or a window or browser tab that they
// share, which never leaves this device: its faces are read here or not at all.

import { Camera, cameraProblem } from "./camera.js";

export const DEVICE_ONLY =
  "A shared window is read on this device only: choose “On this device”, then share it.";
export const NOT_AGREED = "Tick the box of consent for the window first.";
export const SHARE_ENDED = "The window is not shared any more.";
const SHARE_LEFT = "The sharing was ended when you left this tab.";
const NOT_SHARED = "No window was shared. Press “Share a window” and choose one.";
const SHARE_FAILED = "The window could not be shared. Press “Share a window” and choose another.";
const WISH = { width: { max: 1920 }, frameRate: { max: 30 } };

class SharedWindow extends Camera {
  media() {
    return navigator.mediaDevices.getDisplayMedia({ video: WISH, audio: false });
  }

  get isMirror() {
    return false;
  }

  async cameras() {
    return [];
  }

  lookOut() {} // it is shared by a click alone
}

// Has what Camera has, of the one that was started last. `ended()` is called when the browser's own
// button ends a sharing.
export class Pictures {
  constructor(video, { lost, back, ended }) {
    Object.assign(this, {
      video,
      camera: new Camera(video, { lost, back }),
      shared: new SharedWindow(video, { lost: ended }),
    });
    this.now = this.camera;
  }

  start(isShared) {
    this.now.close();
    this.now = isShared ? this.shared : this.camera;
    this.video.ariaLabel = isShared ? "The window that you share" : "Your camera";
    return this.now.start();
  }

  close() {
    this.now.close();
  }
  release() {
    this.now.release();
  }
  turn() {
    return this.now.turn();
  }
  get isShared() {
    return this.now === this.shared;
  }
  get isWanted() {
    return this.now.isWanted;
  }
  get isMirror() {
    return this.now.isMirror;
  }
  get count() {
    return this.now.count;
  }
  get off() {
    return this.isShared ? SHARE_ENDED : "The camera is off.";
  }
  get left() {
    return this.isShared ? SHARE_LEFT : "The camera was switched off when you left this tab.";
  }

  // The sentence for what the browser says where it does not start.
  problem(error) {
    if (!this.isShared) return cameraProblem(error);
    return error?.name === "NotAllowedError" ? NOT_SHARED : SHARE_FAILED;
  }
}

// The button that shares, and its box of consent, where the browser can share and the device can
// read.
export function sharing(element, hasDevice) {
  const $ = (name) => element.querySelector(name);
  const canShare = hasDevice && window.isSecureContext && !!navigator.mediaDevices?.getDisplayMedia;
  $(".window").hidden = $(".share").hidden = !canShare;
  $(".window").disabled = false;
  return {
    isAgreed: () => $(".share input").checked,
    // The sentence for what is missing before a window is shared, "" where nothing is.
    missing(kind) {
      if (kind === "server") return DEVICE_ONLY;
      return this.isAgreed() ? "" : NOT_AGREED;
    },
    show(isShared) {
      $(".stop").textContent = isShared ? "Stop sharing" : "Stop camera";
    },
  };
}
