// Asks a running page from JavaScript, in Node 18 or later or in a browser, without any package:
//   node docs/examples/api.mjs http://127.0.0.1:7860 photo.jpg clip.mp4
// (The package @gradio/client does the same in fewer lines.)
import { readFile } from "node:fs/promises";

export async function ask(address, task, data) {
  const call = `${address}/gradio_api/call/${task}`;
  const headers = { "Content-Type": "application/json" };
  const asked = await fetch(call, { method: "POST", headers, body: JSON.stringify({ data }) });
  const { event_id } = await asked.json();
  const events = await (await fetch(`${call}/${event_id}`)).text();
  const [, kind, result] = events.match(/event: (complete|error)\ndata: (.*)/);
  if (kind === "error") throw new Error(result);
  return JSON.parse(result)[0];
}

export async function upload(address, blob, name) {
  const form = new FormData();
  form.append("files", blob, name);
  const [path] = await (await fetch(`${address}/gradio_api/upload`, { method: "POST", body: form })).json();
  return { path, meta: { _type: "gradio.FileData" } };
}

const [address, photo, clip] = process.argv.slice(2);
const picture = await upload(address, new Blob([await readFile(photo)]), "photo.jpg");
const film = await upload(address, new Blob([await readFile(clip)]), "clip.mp4");
const answers = {
  review: await ask(address, "review", ["The strap broke after a day.", picture]),
  video: await ask(address, "video", [film, "You did it! I knew you would.", ["text", "audio", "face"]]),
};
console.log(JSON.stringify(answers));
