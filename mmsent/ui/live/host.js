// The core and its source behind a port: in a worker (worker.js), or in the page (engine.js).

import { Core } from "./core.js";
import { link } from "./link.js";
import { pixelsOf } from "./pixels.js";
import { NOT_STARTED } from "./sentences.js";
import { makeSource as makeServer } from "./server.js";

// What went wrong is told where it is a sentence; else it is for the console.
function asSentence(error) {
  if (error.isSentence) return error;
  console.warn(error);
  return new Error(NOT_STARTED);
}

async function makeDevice(config, progress) {
  const source = (await import("./device.js")).makeSource(config);
  try {
    await source.start(progress);
  } catch (error) {
    source.stop?.();
    throw error;
  }
  return source;
}

export function host(port) {
  let core = null;
  let side = 0;
  let starts = 0;
  const call = link(port, {
    hello: () => typeof OffscreenCanvas === "function",

    // `kind` is "device" or "server"; what is known of the faces survives a change of source. Of
    // several calls the last one counts. Raises a sentence.
    async start({ kind, config, constants }) {
      const number = ++starts;
      const source =
        kind === "server"
          ? makeServer(config, (payload) => call("ask", payload))
          : await makeDevice(config, (told) => call("progress", told)).catch((error) => {
              throw asSentence(error);
            });
      if (number !== starts) return source.stop?.();
      side = config?.side ?? constants.side;
      const own = { ...constants, ...config?.core }; // a net of its own has a threshold of its own
      if (core) core.use(source, own);
      else core = new Core(source, own);
    },

    read: ({ bitmap, now, settings }) => core.read(pixelsOf(bitmap, side), now, settings),
    startBaseline: (now) => core.startBaseline(now),
    clearBaseline: () => core.clearBaseline(),
    csv: () => core.recording.csv(),
  });
}
