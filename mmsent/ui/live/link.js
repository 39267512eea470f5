// Calls across a port, both ways. `methods`: name -> function of one argument, what the other side
// may call. Returns call(name, argument, transfer), a promise of the answer; an Error keeps its
// words and its own properties. call.abort(error) fails all that wait.

export function link(port, methods) {
  const waiting = new Map();
  let last = 0;

  async function answer({ id, call, argument }) {
    try {
      port.postMessage({ id, value: await methods[call](argument) });
    } catch (error) {
      port.postMessage({ id, error: { ...error, message: String(error?.message ?? error) } });
    }
  }

  port.onmessage = ({ data }) => {
    if (data.call) return answer(data);
    const { done, fail } = waiting.get(data.id) ?? {};
    if (!waiting.delete(data.id)) return;
    if (data.error) fail(Object.assign(new Error(data.error.message), data.error));
    else done(data.value);
  };

  const ask = (call, argument, transfer = []) =>
    new Promise((done, fail) => {
      waiting.set(++last, { done, fail });
      port.postMessage({ id: last, call, argument }, transfer);
    });
  ask.abort = (error) => {
    for (const { fail } of waiting.values()) fail(error);
    waiting.clear();
  };
  return ask;
}
