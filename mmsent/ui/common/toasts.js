// Gradio's own notices over the page, in the page's words.

const LOST = /^Connection to the server was lost/;
const REFUSED = /^Invalid file type(s?): (.+)\. Only (.+) allowed\.$/s;
const NOUNS = {
  video: ["a video", "videos"],
  image: ["a picture", "pictures"],
  audio: ["a sound file", "sound files"],
};
const OTHER = ["of a kind that is read here", "of a kind that is read here"];

// What is told in place of a notice; null where its words are ours already.
export function sentenceOf(notice) {
  const [, several, names, kinds] = REFUSED.exec(notice) ?? [];
  if (!names) return null;
  const [one, many] = NOUNS[/(video|image|audio)\/\*/.exec(kinds)?.[1]] ?? OTHER;
  if (several) return `These files are not ${many}: ${names}. Please choose others.`;
  return `“${names}” is not ${one}. Please choose another file.`;
}

// `lost` is called in place of the notice that the server can't be reached.
export function mountToasts({ lost }) {
  const tell = (toast) => {
    const places = [...toast.querySelectorAll(".toast-message-text")];
    const isLost = (place) => LOST.test(place.textContent);
    // Gradio puts what comes later into the same toast
    toast.style.display = places.length && places.every(isLost) ? "none" : "";
    // once, since telling of it changes the page again
    if (places.some(isLost) && !toast.dataset.lost) {
      toast.dataset.lost = "told";
      lost();
    }
    for (const place of places) {
      const sentence = sentenceOf(place.textContent);
      if (sentence) place.textContent = sentence;
    }
  };
  new MutationObserver(() => {
    document.querySelectorAll(".toast-item").forEach(tell);
  }).observe(document.body, { childList: true, subtree: true });
}
