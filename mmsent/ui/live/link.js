// Calls across a port, both ways. `methods`: name -> function of one argument, what the other side may call. Returns
// call(name, argument, transfer), a promise of the answer; an Error keeps its words and its own properties.

export function link(port, methods) {
  const waiting = new Map();
  let last = 0;

  async function answer({id, call, argument}) {
    try {
      port.postMessage({id, value: await methods[call](argument)});
    } catch (error) {
      port.postMessage({id, error: {...error, message: String(error?.message ?? error)}});
    }
  }

  port.onmessage = ({data}) => {
    if (data.call) return answer(data);
    const {done, fail} = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.error) fail(Object.assign(new Error(data.error.message), data.error));
    else done(data.value);
  };

  return (call, argument, transfer = []) => new Promise((done, fail) => {
    waiting.set(++last, {done, fail});
    port.postMessage({id: last, call, argument}, transfer);
  });
}
