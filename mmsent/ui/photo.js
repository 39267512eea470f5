// The annotated picture: choosing a face, and the two downloads, which are made in the browser.

function savePicture() {
  const image = element.querySelector(".frame img"), canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  canvas.getContext("2d").drawImage(image, 0, 0);
  canvas.toBlob(blob => save(blob, "faces.png"), "image/png");
}

element.addEventListener("click", event => {
  const face = event.target.closest("[data-face]"), kind = event.target.closest("[data-save]")?.dataset.save;
  if (kind === "png") savePicture();
  if (kind === "json") {
    save(new Blob([element.querySelector("[data-json]").dataset.json], {type: "application/json"}), "faces.json");
  }
  if (!face) return;
  for (const other of element.querySelectorAll("[data-face]")) {
    other.setAttribute("aria-pressed", String(other.dataset.face === face.dataset.face));
  }
  trigger("select", {index: +face.dataset.face});
});
