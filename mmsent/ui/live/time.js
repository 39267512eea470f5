export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// `promise`, or an Error with `isLate` and these words where it takes longer than so many ms.
export function within(promise, ms, words) {
  let timer = 0;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(Object.assign(new Error(words), { isLate: true })), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
