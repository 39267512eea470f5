// Pictures between a video, a canvas and JPEG; in a worker as well as in a page.

export const canvasOf = (width, height) =>
  typeof OffscreenCanvas === "undefined"
    ? Object.assign(document.createElement("canvas"), { width, height })
    : new OffscreenCanvas(width, height);

// The size of a picture of `width` x `height` whose longer side is `side`; smaller ones stay as
// they are.
export function fit(width, height, side) {
  const scale = Math.min(1, side / Math.max(width, height));
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
}

// RGBA pixels {data, width, height} of an ImageBitmap, its longer side at most `side`. The bitmap
// is used up.
export function pixelsOf(bitmap, side) {
  const [width, height] = fit(bitmap.width, bitmap.height, side);
  const g = canvasOf(width, height).getContext("2d", { willReadFrequently: true });
  g.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return g.getImageData(0, 0, width, height);
}

// {data, width, height} as a data URL of a JPEG.
export async function jpegOf({ data, width, height }, quality) {
  const canvas = canvasOf(width, height);
  canvas.getContext("2d").putImageData(new ImageData(data, width, height), 0, 0);
  const blob = canvas.convertToBlob
    ? await canvas.convertToBlob({ type: "image/jpeg", quality })
    : await new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
  return new Promise((done, fail) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.onerror = () => fail(reader.error);
    reader.readAsDataURL(blob);
  });
}
