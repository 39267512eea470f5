// Where faces are read, on the visitor's device or on the server: the switch, what it means for
// privacy, and when the device is too slow.

export const PRIVACY = {
  device: "On this device: no picture and no number leaves your browser.",
  server:
    "On the server: small pictures are sent to it one at a time, read in memory and dropped; it keeps none of them.",
};
export const ON_TRIAL =
  "Should it be too slow, the server takes over, and it is said here; press “On this device” to rule that out.";
export const NO_NET = "This model does not run in browsers, so the server reads faces.";
export const NO_WORKER = "This browser gives pages no worker to compute in.";
export const GAVE_UP = "This device could not go on reading faces.";
export const failed = (sentence) => `${sentence} For now the server reads faces.`;
export const slow = (ms) =>
  `This device took ${Math.round(ms)} ms for a picture, so the server reads faces; you can switch back.`;

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

// The median ms of the first `readings` where it shows that the device is too slow, else null.
export function tooSlow(times, { readings, slowest }) {
  const took = times.length < readings ? 0 : median(times.slice(0, readings));
  return took > slowest ? took : null;
}

// The switch inside `element`: show(kind, word) marks what reads now, with a word on why, or on
// what may follow. `can` says which of both can read; where there is no server nothing is left to
// choose, and the words stand alone. `privacy`: words that differ from PRIVACY.
export function whereSwitch(element, can, privacy = {}) {
  const radio = (kind) => element.querySelector(`.where [value=${kind}]`);
  const means = { ...PRIVACY, ...privacy };
  radio("device").disabled = !can.device;
  for (const one of element.querySelectorAll(".where :is(legend, .tick)")) one.hidden = !can.server;
  return {
    show(kind, word = can.device ? "" : NO_NET) {
      radio(kind).checked = true;
      const text = (kind === "server" ? [word, means.server] : [means.device, word])
          .filter(Boolean)
          .join(" "),
        told = element.querySelector(".where-told");
      if (told.textContent !== text) told.textContent = text;
    },
  };
}
