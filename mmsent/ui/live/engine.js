// Where the live core runs: in a worker of its own, or, where the browser makes none, in the page
// itself.

import { host } from "./host.js";
import { link } from "./link.js";

// `methods`: what the core may call, {ask(payload), progress({loaded, total})}. Returns {call,
// inWorker, close}; `call` has the methods of host.js. `makeWorker` is there for tests.
export async function openEngine(methods, makeWorker = newWorker) {
  let worker = null;
  try {
    worker = makeWorker();
    const call = link(worker, methods);
    worker.onerror = (event) => call.abort(new Error(event.message ?? "no worker"));
    if (!(await call("hello"))) throw new Error("no canvas in workers");
    return {
      call,
      inWorker: true,
      close() {
        worker.terminate();
        call.abort(new Error("closed"));
      },
    };
  } catch {
    worker?.terminate();
    const { port1, port2 } = new MessageChannel();
    host(port2);
    return { call: link(port1, methods), inWorker: false, close: () => port1.close() };
  }
}

const newWorker = () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
