// The reader of photos behind a port.

import { link } from "./link.js";
import { GAVE_UP, NOT_STARTED } from "./sentences.js";

// What went wrong is told where it is a sentence; else it is for the console, and the reader is not
// to be trusted any more.
function asSentence(error, sentence) {
  if (error.isSentence) return error;
  console.warn(error);
  return new Error(sentence);
}

export function hostPhotos(port) {
  let starting = null;
  let last = Promise.resolve();
  const call = link(port, {
    // Once; it may be called again after a failure.
    start(config) {
      starting ??= makeReader(config, (told) => call("progress", told)).catch((error) => {
        starting = null;
        throw asSentence(error, NOT_STARTED);
      });
      return starting.then(() => true);
    },
    readPhoto: (source) => inTurn((reader) => reader.readPhoto(source)),
    picture: (side) => inTurn((reader) => reader.picture(side)),
    explain: ({ index, side }) => inTurn((reader) => reader.explain(index, side)),
  });

  // One after the other, since the nets do one thing at a time.
  function inTurn(act) {
    last = last
      .catch(() => {})
      .then(() => starting)
      .then(act)
      .catch((error) => {
        throw asSentence(error, GAVE_UP);
      });
    return last;
  }
}

async function makeReader(config, progress) {
  const reader = (await import("./photo_reader.js")).makeReader(config);
  try {
    await reader.start(progress);
  } catch (error) {
    reader.stop();
    throw error;
  }
  return reader;
}
