// The visitor's camera: front or rear, started again where it was unplugged or not allowed, with
// the screen kept awake.

const WISH = { width: { ideal: 640 }, height: { ideal: 480 } };

// The sentence for what the browser says of a camera that does not start.
export function cameraProblem(error) {
  if (!window.isSecureContext)
    return "The camera needs a secure page: open this address with https, or on this computer as localhost.";
  if (!navigator.mediaDevices?.getUserMedia)
    return "This browser gives pages no camera. Try a current Firefox, Chrome, Edge or Safari.";
  return (
    {
      NotAllowedError:
        "The browser did not allow the camera. Allow it for this page in the address bar, then press Start again.",
      NotFoundError:
        "No camera was found. Connect one and press Start again, or use a photo instead.",
      NotReadableError: "Another program is using the camera. Close it and press Start again.",
    }[error?.name] || "The camera could not be started. Press Start again, or use a photo instead."
  );
}

// `video` shows it, and of several cameras that are asked for the last. `lost()` is called when it
// was unplugged, `back()` when a camera that failed or was lost can be started; until close() it is
// wanted.
export class Camera {
  constructor(video, { lost, back }) {
    Object.assign(this, {
      video,
      lost,
      back,
      stream: null,
      facing: "user",
      device: null,
      count: 0,
      attempt: 0,
      lock: null,
      isWanted: false,
    });
    document.addEventListener("visibilitychange", () => this.stayAwake());
    this.lookOut();
  }

  // For a camera that comes, or is allowed.
  lookOut() {
    navigator.mediaDevices?.addEventListener?.("devicechange", () => this.lookAgain());
    navigator.permissions?.query?.({ name: "camera" }).then(
      (status) => {
        status.onchange = () => {
          if (status.state === "granted") this.lookAgain();
        };
      },
      () => {},
    ); // browsers that can't be asked
  }

  // Whether it is on now; false where close() was called meanwhile. Raises what the browser says
  // where it does not start.
  start() {
    this.isWanted = true;
    return this.open();
  }

  async open() {
    if (!this.isWanted) return false;
    const attempt = ++this.attempt;
    const stream = await this.media();
    if (attempt !== this.attempt || !this.video.isConnected) {
      // it comes too late
      for (const track of stream.getTracks()) track.stop();
      return false;
    }
    this.stream = stream;
    if (this.track.readyState === "ended")
      throw new DOMException("It is unplugged already.", "NotFoundError");
    this.track.onended = () => {
      this.release();
      this.lost();
    };
    this.video.srcObject = stream;
    await this.video.play();
    this.count = (await this.cameras()).length;
    this.stayAwake();
    return attempt === this.attempt;
  }

  media() {
    const which = this.device ? { deviceId: this.device } : { facingMode: this.facing };
    return navigator.mediaDevices.getUserMedia({ video: { ...WISH, ...which }, audio: false });
  }

  close() {
    this.isWanted = false;
    this.release();
  }

  release() {
    this.attempt += 1;
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.srcObject = null;
    this.lock?.release().catch(() => {});
    this.lock = null;
  }

  // The rear camera in place of the front one and back, or, where cameras have no sides, the next
  // one. Phones open one at a time.
  async turn() {
    const { facingMode, deviceId } = this.track.getSettings();
    const before = { facing: this.facing, device: this.device };
    if (facingMode) {
      Object.assign(this, {
        facing: facingMode === "environment" ? "user" : "environment",
        device: null,
      });
    } else {
      const ids = (await this.cameras()).map((camera) => camera.deviceId);
      this.device = ids[(ids.indexOf(deviceId) + 1) % ids.length];
    }
    this.release();
    const opening = this.attempt + 1;
    try {
      return await this.open();
    } catch {
      if (this.attempt !== opening) return false; // it was closed or lost meanwhile
      this.release();
      Object.assign(this, before);
      return this.open();
    }
  }

  get track() {
    return this.stream?.getVideoTracks()[0];
  }

  // People expect a mirror of themselves, not of what the rear camera films.
  get isMirror() {
    return this.track?.getSettings().facingMode !== "environment";
  }

  async cameras() {
    const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    return devices.filter((device) => device.kind === "videoinput");
  }

  async lookAgain() {
    if (this.isWanted && !this.stream && this.video.isConnected && (await this.cameras()).length)
      this.back();
  }

  // The browser lets go of the lock whenever the page is hidden.
  async stayAwake() {
    if (!this.stream || document.hidden) return;
    const { stream } = this;
    const lock = await navigator.wakeLock?.request("screen").catch(() => null);
    if (this.stream === stream) this.lock = lock;
    else lock?.release(); // it was stopped meanwhile
  }
}
