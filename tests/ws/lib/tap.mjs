// Reporting and waiting for the scripts of tests/ws and tests/browser.

let failed = 0;

export function ok(name) {
  console.log(`ok ${name}`);
}

export function notOk(name, why) {
  failed++;
  console.log(`not ok ${name} - ${String(why).split('\n')[0]}`);
}

/** Runs one case: ok when it returns, not ok with the reason when it throws. */
export async function test(name, run) {
  try {
    await run();
    ok(name);
  } catch (error) {
    console.log(`# ${String(error.stack ?? error).replaceAll('\n', '\n# ')}`);
    notOk(name, error.message ?? error);
  }
}

export function equal(found, expected, what = 'value') {
  const a = JSON.stringify(found), b = JSON.stringify(expected);
  if (a !== b) throw new Error(`${what}: expected ${b}, found ${a}`);
}

export function truly(condition, what) {
  if (!condition) throw new Error(what);
}

/** Before something is tried or looked at again. */
export const pause = () => new Promise((done) => setTimeout(done, 20)); // poll interval

/** Until look() is true (or returns something); throws after the deadline. */
export async function until(what, look, seconds = 20) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`);
    await pause();
  }
}

/** A promise, or an error when it is not settled in time. */
export async function within(what, promise, seconds = 20) {
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`not within ${seconds} s: ${what}`)), seconds * 1000); // poll interval
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

export function done() {
  process.exitCode = failed > 0 ? 1 : 0;
}
