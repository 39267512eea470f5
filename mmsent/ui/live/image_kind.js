// What a picture's file says of itself, before a browser decodes it: {kind, width, height, isWhole,
// more}. `kind` is null where it is no picture that is read here; `isWhole` is false where its end
// is missing; `more` tells of further frames or pictures in it.

const view = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const text = (bytes, from, length = 4) =>
  String.fromCharCode(...bytes.subarray(from, from + length));

// `bytes` is the whole file, a Uint8Array. What is cut off in its head is of its kind, not whole.
export function imageKind(bytes) {
  for (const [kind, looksLike, read] of KINDS) {
    if (!looksLike(bytes)) continue;
    try {
      return {
        kind,
        width: NaN,
        height: NaN,
        isWhole: true,
        more: null,
        ...read(bytes, view(bytes)),
      };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return { kind, width: NaN, height: NaN, isWhole: false, more: null };
    }
  }
  return { kind: null };
}

const brandOf = (bytes) => (text(bytes, 4) === "ftyp" ? text(bytes, 8) : "");

const KINDS = [
  ["JPEG", (bytes) => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff, readJpeg],
  ["PNG", (bytes) => text(bytes, 0, 8) === "\x89PNG\r\n\x1a\n", readPng],
  ["WebP", (bytes) => text(bytes, 0) === "RIFF" && text(bytes, 8) === "WEBP", readWebp],
  ["AVIF", (bytes) => /^avi[fs]$/.test(brandOf(bytes)), readBoxes],
  ["HEIC", (bytes) => /^(he(ic|ix|im|is|vc|vx)|mif1|msf1)$/.test(brandOf(bytes)), readBoxes],
  ["GIF", (bytes) => /^GIF8[79]a$/.test(text(bytes, 0, 6)), readGif],
  [
    "BMP",
    (bytes) => text(bytes, 0, 2) === "BM",
    (_, at) => ({
      width: Math.abs(at.getInt32(18, true)),
      height: Math.abs(at.getInt32(22, true)),
    }),
  ],
  ["TIFF", (bytes) => ["II*\0", "MM\0*", "II+\0", "MM\0+"].includes(text(bytes, 0)), () => ({})],
];

// Segments up to the scan; there the end is the only marker that ends a picture.
function readJpeg(bytes, at) {
  const found = {};
  let place = 2;
  for (let marker = 0; marker !== 0xda;) {
    while (at.getUint8(place) === 0xff && at.getUint8(place + 1) === 0xff) place += 1; // filling
    marker = at.getUint8(place + 1);
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      Object.assign(found, { height: at.getUint16(place + 5), width: at.getUint16(place + 7) });
    }
    if (marker === 0xe2 && text(bytes, place + 4) === "MPF\0" && hasOtherPictures(at, place + 8))
      found.more = "images";
    place += 2 + at.getUint16(place + 2);
  }
  while ((place = bytes.indexOf(0xff, place)) >= 0 && bytes[place + 1] !== 0xd9) place += 1;
  return { ...found, isWhole: place >= 0 };
}

// Whether a camera's list of pictures (CIPA DC-007) has more than one and its large thumbnails.
function hasOtherPictures(at, start) {
  const little = at.getUint16(start) === 0x4949;
  const number = (from, size) => at[`getUint${size}`](start + from, little);
  const first = number(4, 32);
  const count = number(first, 16);
  for (let i = 0; i < count; i++) {
    const entry = first + 2 + 12 * i;
    if (number(entry, 16) !== 0xb002) continue;
    const [pictures, list] = [number(entry + 4, 32) / 16, number(entry + 8, 32)];
    for (let k = 1; k < pictures; k++)
      if (![0x10001, 0x10002].includes(number(list + 16 * k, 32) & 0xffffff)) return true;
  }
  return false;
}

function readPng(bytes, at) {
  const found = { width: at.getUint32(16), height: at.getUint32(20), isWhole: false };
  for (let place = 8; place + 8 <= bytes.length; place += 12 + at.getUint32(place)) {
    const name = text(bytes, place + 4);
    if (name === "acTL" && at.getUint32(place + 8) > 1) found.more = "animation";
    if (name === "IEND") found.isWhole = true;
  }
  return found;
}

function readWebp(bytes, at) {
  const found = { isWhole: at.getUint32(4, true) + 8 <= bytes.length };
  const three = (from) => 1 + at.getUint16(from, true) + (at.getUint8(from + 2) << 16);
  let frames = 0;
  for (
    let place = 12;
    place + 8 <= bytes.length;
    place += 8 + at.getUint32(place + 4, true) + (at.getUint32(place + 4, true) % 2)
  ) {
    const name = text(bytes, place);
    const begin = place + 8;
    if (name === "VP8X")
      Object.assign(found, { width: three(begin + 4), height: three(begin + 7) });
    if (name === "ANMF") frames += 1;
    if (name === "VP8 " && !found.width) {
      Object.assign(found, {
        width: at.getUint16(begin + 6, true) & 0x3fff,
        height: at.getUint16(begin + 8, true) & 0x3fff,
      });
    }
    if (name === "VP8L" && !found.width) {
      const bits = at.getUint32(begin + 1, true);
      Object.assign(found, { width: 1 + (bits & 0x3fff), height: 1 + ((bits >> 14) & 0x3fff) });
    }
  }
  return { ...found, more: frames > 1 ? "animation" : null };
}

// Blocks up to the second picture, or to the end.
function readGif(bytes, at) {
  const table = (flags) => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0);
  const found = { width: at.getUint16(6, true), height: at.getUint16(8, true) };
  let place = 13 + table(at.getUint8(10));
  let pictures = 0;
  for (let mark = at.getUint8(place); mark !== 0x3b; mark = at.getUint8(place)) {
    if (mark === 0x2c && ++pictures > 1) return { ...found, more: "animation" };
    place += mark === 0x2c ? 11 + table(at.getUint8(place + 9)) : 2;
    for (let length; (length = at.getUint8(place));) place += 1 + length;
    place += 1;
    if (pictures && place >= bytes.length) return found; // many files lack the last byte
  }
  return found;
}

// The largest of the sizes of pictures in an ISO media file.
function readBoxes(bytes, at) {
  const found = { width: NaN, height: NaN, more: brandOf(bytes) === "avis" ? "animation" : null };
  for (
    let place = bytes.indexOf(0x69);
    place >= 0 && place < 1 << 16;
    place = bytes.indexOf(0x69, place + 1)
  ) {
    if (text(bytes, place) !== "ispe") continue;
    const [width, height] = [at.getUint32(place + 8), at.getUint32(place + 12)];
    if (!(width * height <= found.width * found.height)) Object.assign(found, { width, height });
  }
  return found;
}
