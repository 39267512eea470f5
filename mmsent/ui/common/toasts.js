// Gradio's own notices over the page, in the page's words.

const LOST = /^Connection to the server was lost/;
const REFUSED = /^Invalid file types?: (.+)\. Only (.+) allowed\.$/s;
const NOUNS = { video: "a video", image: "a picture", audio: "a sound file" };

// What is told in place of a notice; null where its words are ours already.
export function sentenceOf(notice) {
  const [, name, kinds] = REFUSED.exec(notice) ?? [];
  if (!name) return null;
  const noun =
    NOUNS[/(video|image|audio)\/\*/.exec(kinds)?.[1]] ?? "a kind of file that is read here";
  return `“${name}” is not ${noun}. Please choose another file.`;
}

// `lost` is called in place of the notice that the server can't be reached.
export function mountToasts({ lost }) {
  const tell = (place) => {
    const toast = place.closest(".toast-item");
    // once, since telling of it changes the page again
    if (LOST.test(place.textContent) && toast.style.display !== "none") {
      toast.style.display = "none";
      lost();
    }
    const sentence = sentenceOf(place.textContent);
    if (sentence) place.textContent = sentence;
  };
  new MutationObserver(() => {
    document.querySelectorAll(".toast-message-text").forEach(tell);
  }).observe(document.body, { childList: true, subtree: true });
}
