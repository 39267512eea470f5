// The metadata of an ONNX file, which onnxruntime-web does not show: field 14 of the protobuf holds
// pairs of a key (1) and a value (2), here JSON.
export function metadata(bytes) {
  const text = new TextDecoder();
  return Object.fromEntries(fields(bytes).filter(([number]) => number === 14).map(([, pair]) => {
    const [key, value] = fields(pair).map(([, part]) => text.decode(part));
    return [key, JSON.parse(value)];
  }));
}

// [number, bytes] of each field with a length; numbers are skipped.
function fields(bytes) {
  const found = [];
  let at = 0;
  const varint = () => {
    let value = 0, scale = 1, byte;
    do {
      byte = bytes[at++];
      value += (byte & 127) * scale;
      scale *= 128;
    } while (byte & 128);
    return value;
  };
  while (at < bytes.length) {
    const tag = varint(), kind = tag % 8, length = kind === 2 ? varint() : 0;
    if (kind === 2) found.push([Math.floor(tag / 8), bytes.subarray(at, at + length)]);
    at += length;
    if (kind === 0) varint();
    else if (kind !== 2) at += kind === 1 ? 8 : 4;
  }
  return found;
}
