// What Gradio's status over an answer says of its job, in words: while it is worked on, and while
// others are before it.

const LINE = /queue: (\d+)\/(\d+)/;

export function told(status) {
  const [, place, of] = LINE.exec(status) ?? [];
  return place ? `Waiting for the model: number ${place} of ${of} in line` : "Analysing …";
}

// waiting.css shows data-told of the status in place of Gradio's own words, which change while the
// job goes on.
export function tellWaiting(element) {
  const block = element.closest(".block");
  if (!block) return;
  new MutationObserver(() => {
    const status = block.querySelector(".progress-text");
    const words = status && told(status.textContent);
    if (status && status.dataset.told !== words) status.dataset.told = words;
  }).observe(block, { childList: true, subtree: true, characterData: true });
}
