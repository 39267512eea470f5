// Uploads that a browser can't show: no picture at all, or of a kind that only the server reads.
// Their preview says so (uploads.css), in place of the browser's sign of a broken picture.

const previewOf = (target) => (target.matches?.("img") ? target.closest(".image-frame") : null);

export function mountPreviews() {
  // neither event bubbles
  for (const kind of ["error", "load"])
    document.addEventListener(
      kind,
      ({ target }) => previewOf(target)?.toggleAttribute("data-unshown", kind === "error"),
      true,
    );
}
