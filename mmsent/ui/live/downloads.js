// Files of this app with the bytes that have arrived so far told.

const MISSING = "A part of the model could not be loaded.";

// name -> address in, name -> Uint8Array out; `progress({loaded, total})` in bytes. Rejects with a
// sentence.
export async function fetchAll(addresses, progress = () => {}) {
  const names = Object.keys(addresses);
  const answers = await Promise.all(names.map((name) => fetch(addresses[name]).catch(() => null)));
  if (!answers.every((answer) => answer?.ok))
    throw Object.assign(new Error(MISSING), { isSentence: true });
  const told = {
    loaded: 0,
    total: answers.reduce((sum, answer) => sum + Number(answer.headers.get("content-length")), 0),
  };
  const files = await Promise.all(
    answers.map((answer) =>
      readAll(answer, (length) => {
        told.loaded += length;
        progress({ loaded: told.loaded, total: Math.max(told.loaded, told.total) });
      }),
    ),
  );
  return Object.fromEntries(names.map((name, i) => [name, files[i]]));
}

async function readAll(answer, arrived) {
  const parts = [];
  const reader = answer.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    arrived(part.value.length);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

export const unzip = (bytes) =>
  new Response(
    new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")),
  ).arrayBuffer();
