// What one person's readings come to over time: smoothed probabilities, a label that does not
// flicker, a neutral baseline. `constants` come from mmsent/pipelines/live.py. Logits are divided
// by the checkpoint's temperature.

const between = (share, [low, high]) => low + share * (high - low);
const best = (values) => values.indexOf(Math.max(...values));

// Logits to probabilities.
export function softmax(logits) {
  const highest = Math.max(...logits);
  const powers = Array.from(logits, (value) => Math.exp(value - highest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((value) => value / sum);
}

// What a resting face adds to its logits: of each emotion as much as keeps it from being ahead of
// neutral. Emotions that the resting face does not lean to keep their logits.
export function excessOf(samples, { emotions, baselineMargin }) {
  const neutral = emotions.indexOf("neutral");
  const resting = emotions.map(
    (_, i) => samples.reduce((sum, logits) => sum + logits[i], 0) / samples.length,
  );
  return resting.map((value, i) =>
    i === neutral ? 0 : Math.max(value - resting[neutral] + baselineMargin, 0),
  );
}

// The label to show next, with hysteresis: the present one stays until another is clearly ahead, or
// it falls clearly below the threshold.
export function steadyLabel(shown, probs, sensitivity, constants) {
  const { emotions, notSure, hysteresis } = constants;
  const threshold = constants.threshold * between(sensitivity, constants.thresholdFactors);
  const top = best(probs);
  const confidence = probs[top];
  if (shown === notSure) return confidence >= threshold + hysteresis ? emotions[top] : notSure;
  const held = probs[emotions.indexOf(shown)];
  if (confidence >= Math.max(held + between(sensitivity, constants.labelMargins), threshold))
    return emotions[top];
  return held >= threshold - hysteresis ? shown : notSure;
}

export class Person {
  constructor(constants) {
    this.constants = constants;
    this.probs = null; // until the first reading
    this.readAt = -Infinity; // seconds; when it was last read or found unreadable
    this.seenAt = -Infinity;
    this.smoothedAt = -Infinity;
    this.reason = null; // why the face can't be read now
    this.label = constants.notSure;
    this.excess = null;
    this.samples = [];
  }

  // A reading: logits, or null and the reason why the face can't be read. `smoothing` is the time
  // in seconds after which a change shows to two thirds, the same at 5 and at 30 readings a second;
  // with `isResting` it is one of the resting face.
  take({ logits, reason = null }, now, smoothing, isResting) {
    this.readAt = now;
    this.reason = reason;
    if (!logits) return;
    const own = this.excess ? logits.map((value, i) => value - this.excess[i]) : logits;
    const fresh = softmax(own);
    const keep = this.probs && smoothing > 0 ? Math.exp((this.smoothedAt - now) / smoothing) : 0;
    if (isResting && this.probs) this.samples.push(logits);
    this.probs = fresh.map((value, i) => keep * (this.probs?.[i] ?? 0) + (1 - keep) * value);
    this.smoothedAt = now;
  }

  // The label to show, "not sure" while the face can't be read.
  show(sensitivity) {
    if (this.probs) this.label = steadyLabel(this.label, this.probs, sensitivity, this.constants);
    return this.reason ? this.constants.notSure : this.label;
  }

  setBaseline() {
    if (this.samples.length) this.excess = excessOf(this.samples, this.constants);
    this.samples = [];
  }

  clearBaseline() {
    this.excess = null;
    this.samples = [];
  }
}
