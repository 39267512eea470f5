// The source of raw readings that asks the server. It sends small pictures, one at a time, and the
// server keeps nothing of them. `ask(payload)` is answered by the page, which knows the visitor's
// token.

import { jpegOf } from "./pixels.js";

const JPEG_QUALITY = 0.8;
const SILENT = "The server did not answer. Trying again …";

const rounded = (values) => values.map((value) => Math.round(value * 100) / 100);

export const makeSource = (config, ask) => ({
  // Raises an Error with the server's sentence; `ended` and `busy` of it say what to do next.
  async read(picture, following, { rolls = [] } = {}) {
    const jpg = await jpegOf(picture, JPEG_QUALITY);
    const places = following && { following: following.map(rounded), rolls: rounded(rolls) };
    const reply = await ask({ jpg, ...places }).catch(() => undefined);
    if (reply?.faces) return reply;
    throw Object.assign(new Error(reply?.error ?? SILENT), {
      ended: !!reply?.ended,
      busy: !!reply?.busy,
    });
  },
});
