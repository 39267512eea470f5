// A made-up phone for tests/browser/test_live_unwatched.py: two cameras, or what `window.phone`
// says of them.
(() => {
  const phone = (window.phone = {
    asked: [],
    cameras: ["user", "environment"],
    isAllowed: true,
    isHidden: false,
    awake: 0,
    width: 480,
    height: 640,
    status: new EventTarget(),
  });
  const canvas = document.createElement("canvas");
  const g = canvas.getContext("2d");
  let shade = 0;
  setInterval(() => {
    if (canvas.width !== phone.width)
      Object.assign(canvas, { width: phone.width, height: phone.height });
    g.fillStyle = `rgb(90, ${(shade = (shade + 40) % 256)}, 90)`;
    g.fillRect(0, 0, canvas.width, canvas.height);
  }, 50);
  const refuse = (name) => {
    throw new DOMException("no", name);
  };

  navigator.mediaDevices.getUserMedia = async ({ video }) => {
    phone.asked.push(video.facingMode ?? video.deviceId);
    if (!phone.isAllowed) refuse("NotAllowedError");
    if (!phone.cameras.length) refuse("NotFoundError");
    const stream = canvas.captureStream(20);
    const [track] = stream.getTracks();
    const facingMode = video.facingMode;
    track.getSettings = () => ({ facingMode, deviceId: facingMode });
    phone.track = track;
    return stream;
  };
  navigator.mediaDevices.enumerateDevices = async () =>
    phone.cameras.map((deviceId) => ({ kind: "videoinput", deviceId }));
  navigator.permissions.query = async () => phone.status;
  Object.defineProperty(navigator, "wakeLock", {
    value: {
      async request() {
        phone.awake += 1;
        return {
          async release() {
            phone.awake = 0;
          },
        };
      },
    },
  });
  Object.defineProperty(document, "hidden", { get: () => phone.isHidden });

  phone.hide = (isHidden) => {
    Object.assign(phone, { isHidden, awake: 0 }); // browsers let go of the lock
    document.dispatchEvent(new Event("visibilitychange"));
  };
  phone.unplug = () => {
    phone.cameras = [];
    phone.track.stop();
    phone.track.onended();
  };
  phone.plug = () => {
    phone.cameras = ["user"];
    navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
  };
  phone.allow = (isAllowed) => {
    Object.assign(phone, { isAllowed });
    Object.assign(phone.status, { state: isAllowed ? "granted" : "denied" }).onchange?.();
  };
})();
