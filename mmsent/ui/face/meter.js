// How fast the camera and its readings are.

import { sleep } from "../live/time.js";

const middle = (values) => [...values].sort((a, b) => a - b)[values.length >> 1] || 0;

// Calls show({fps, rate, trip}) once a second while isOn(): frames of the `video` and readings a
// second, and the median ms of one. counts() tells {updates, trips}: readings so far, and ms of the
// latest.
export async function measure(video, isOn, counts, show) {
  let frames = 0;
  const tick = () => {
    frames += 1;
    if (isOn()) video.requestVideoFrameCallback(tick);
  };
  video.requestVideoFrameCallback?.(tick);
  let before = { frames, updates: counts().updates, at: performance.now() };
  for (;;) {
    await sleep(1000);
    if (!isOn()) return;
    const now = performance.now();
    const seconds = (now - before.at) / 1000;
    const { updates, trips } = counts();
    show({
      fps: (frames - before.frames) / seconds,
      rate: (updates - before.updates) / seconds,
      trip: middle(trips),
    });
    before = { frames, updates, at: now };
  }
}

// Tells what `measure` finds in words, and in the `dataset` for whoever measures.
export const ratesOn =
  (meter, dataset) =>
  ({ fps, rate, trip }) => {
    meter.textContent = `Camera ${fps.toFixed(0)} fps · ${rate.toFixed(0)} predictions/s · ${trip.toFixed(0)} ms latency`;
    Object.assign(dataset, { fps: fps.toFixed(1), rate: rate.toFixed(1), trip: trip.toFixed(0) });
  };
