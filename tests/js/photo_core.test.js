import { chooseGround, flatten } from "/live/background.js";
import { imageKind } from "/live/image_kind.js";
import { blur, heatOf, occluded } from "/live/occlusion.js";
import { openPhoto } from "/live/photo_file.js";
import { windowOf } from "/live/photo_parts.js";
import { blank } from "/live/raster.js";
import { equal, near, test } from "./check.js";

const LIMITS = {
  backgrounds: [255, 0, 128, 192, 64],
  sampleSide: 1500,
  solidAlpha: 0.75,
  rim: 7,
  lowContrastShare: 0.02,
  enoughContrast: 64,
  contrastStep: 16,
};

// A square of a grey on nothing.
function sticker(grey) {
  const picture = blank(40, 40);
  for (let y = 10; y < 30; y++)
    for (let x = 10; x < 30; x++) picture.data.set([grey, grey, grey, 255], 4 * (40 * y + x));
  return picture;
}

test("what is transparent becomes a grey that the rest stands out from", () => {
  equal(
    [0, 250, 200].map((grey) => chooseGround(sticker(grey), LIMITS)),
    [255, 0, 0],
  );
  const { data } = flatten(sticker(250), LIMITS);
  equal(
    [0, 40 * 20 + 20].map((place) => Array.from(data.subarray(4 * place, 4 * place + 4))),
    [
      [0, 0, 0, 255],
      [250, 250, 250, 255],
    ],
  );
});

test("an opaque picture stays, and one of nothing is white", () => {
  const solid = blank(2, 2);
  solid.data.fill(255).set([1, 2, 3]);
  equal(Array.from(flatten(solid, LIMITS).data.subarray(0, 4)), [1, 2, 3, 255]);
  equal(Array.from(flatten(blank(2, 2), LIMITS).data.subarray(0, 4)), [255, 255, 255, 255]);
});

test("half of a colour is mixed with the ground", () => {
  const picture = sticker(0);
  picture.data.set([100, 100, 100, 51], 0);
  equal(flatten(picture, LIMITS).data[0], 255 - 31);
});

const bytes = (...parts) =>
  Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === "string" ? [...part].map((sign) => sign.charCodeAt(0)) : part,
    ),
  );

async function encoded(type) {
  const canvas = new OffscreenCanvas(30, 20);
  const g = canvas.getContext("2d");
  g.fillRect(3, 3, 9, 9);
  return new Uint8Array(
    await (await canvas.convertToBlob({ type: `image/${type}` })).arrayBuffer(),
  );
}

for (const [type, kind] of [
  ["png", "PNG"],
  ["jpeg", "JPEG"],
  ["webp", "WebP"],
]) {
  test(`${kind} is known by its first bytes, and its end is missed`, async () => {
    const whole = await encoded(type);
    const { isWhole, width, height, more, ...told } = imageKind(whole);
    equal([told.kind, width, height, isWhole, more], [kind, 30, 20, true, null]);
    for (const length of [16, 40, whole.length - 20, whole.length - 5]) {
      const cut = imageKind(whole.slice(0, length));
      equal([cut.kind, cut.isWhole], [kind, false]);
    }
  });
}

test("what is no picture has no kind", () => {
  for (const one of [
    bytes(""),
    bytes("this is no picture"),
    bytes("RIFF....WAVE"),
    bytes("....ftypisom...."),
  ])
    equal(imageKind(one).kind, null);
});

test("kinds that few browsers open are known", () => {
  const box = (name) =>
    bytes(
      [0, 0, 0, 24],
      "ftyp",
      name,
      [0, 0, 0, 0],
      [0, 0, 0, 20],
      "ispe",
      [0, 0, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 200],
    );
  equal(
    ["heic", "mif1", "avif", "avis"].map((name) => {
      const { kind, width, height, more } = imageKind(box(name));
      return [kind, width, height, more];
    }),
    [
      ["HEIC", 256, 200, null],
      ["HEIC", 256, 200, null],
      ["AVIF", 256, 200, null],
      ["AVIF", 256, 200, "animation"],
    ],
  );
  equal(imageKind(bytes("II*\0", [8, 0, 0, 0])).kind, "TIFF");
});

test("a file and a picture may be too large", async () => {
  const limits = {
      maxBytes: 5000,
      maxPixels: 599,
      sentences: { tooLarge: "bytes", tooManyPixels: "pixels" },
    },
    small = new Blob([await encoded("png")]);
  const told = (source) =>
    openPhoto(source, limits).catch((error) => [error.message, error.isSentence, error.isOfFile]);
  equal(await told(new Blob([new Uint8Array(5001)])), ["bytes", true, true]);
  equal(await told(small), ["pixels", true, true]);
  equal(await told(await createImageBitmap(small)), ["pixels", true, true]);
});

test("a softened square keeps its sum, and an even one its value", () => {
  const even = new Uint8ClampedArray(48 * 48).fill(90);
  const spot = new Uint8ClampedArray(48 * 48);
  equal([...new Set(blur(even, 48, 48 / 14))], [90]);
  spot[24 * 48 + 24] = 255;
  const soft = blur(spot, 48, 2);
  equal([soft[24 * 48 + 24], soft[24 * 48 + 20], soft[20 * 48 + 24]], [10, 1, 1]);
});

test("each place is left out once, and what it takes from the label is hot", () => {
  const crop = Uint8ClampedArray.from({ length: 144 }, (_, i) => i);
  const settings = { places: [2, 2], blurShare: 12, epsilon: 1e-6 };
  const copies = occluded(crop, 12, settings);
  equal(copies.length, 5);
  equal(
    copies[0].every((value, i) => value === crop[i]),
    true,
  );
  equal(
    [copies[1][0] !== crop[0], copies[1][11] === crop[11], copies[2][11] !== crop[11]],
    [true, true, true],
  );
  const heat = heatOf(
    [
      [2, 0],
      [2, 0],
      [1, 0],
      [3, 0],
      [0, 0],
    ],
    0,
    12,
    settings,
  ); // the last place matters twice as much as the second
  near([heat[0], heat[11], heat[132], heat[143]], [0, 0.5, 0, 1], 1e-6);
});

test("the surroundings of a face end where the picture ends", () => {
  const { part, left, top } = windowOf(blank(100, 80), [10, 20, 30, 60]);
  equal([left, top, part.width, part.height], [0, 0, 42, 80]);
});
