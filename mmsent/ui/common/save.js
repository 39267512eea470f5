// Gives the visitor a file that was made in the browser.

export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

export const savePng = (canvas, name) => canvas.toBlob((blob) => save(blob, name), "image/png");

export const saveJson = (text, name) => save(new Blob([text], { type: "application/json" }), name);
