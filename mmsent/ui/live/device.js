// The source of raw readings that runs the nets itself (nets.js): no picture leaves the device.

import { Nets } from "./nets.js";

// `config` is mmsent/ui/face/device.py's.
export function makeSource(config) {
  const nets = new Nets(config);

  return {
    start: (progress) => nets.start(progress),

    async read(picture, following, { rolls } = {}) {
      const found = following
        ? await nets.mtcnn.relocate(picture, following, rolls)
        : await nets.detector.detect(picture);
      const first = found.filter(Boolean).slice(0, config.maxRead);
      const crops = first.map((one) => nets.crop(picture, one));
      const logits = await nets.read(crops);
      first.forEach((one, i) => {
        one.reason = nets.reason(picture, one, crops[i]);
        if (!one.reason) one.logits = logits[i];
      });
      const faces = found.map((one) => one && { logits: null, reason: null, ...one });
      return { faces, searched: !following };
    },

    stop: () => nets.stop(),
  };
}
