import { host } from "/live/host.js";
import { link } from "/live/link.js";
import { openEngine } from "/live/engine.js";
import { fit } from "/live/pixels.js";
import { makeSource } from "/live/server.js";
import { NO_NET, ON_TRIAL, PRIVACY, failed, tooSlow, whereSwitch } from "/face/where.js";
import { equal, test } from "./check.js";
import { settings } from "./live_expected.js";
import { pointsOf } from "./live_source.js";

const LOGITS = settings.emotions.map((name) => (name === "happy" ? 5 : 0));
const seen = (box) => ({ box, points: pointsOf(box), score: 0.99, logits: LOGITS, reason: null });

async function bitmap(width = 640, height = 480) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const g = canvas.getContext("2d");
  g.fillStyle = "#3366cc";
  g.fillRect(0, 0, width, height);
  return createImageBitmap(canvas);
}

// The engine with a server that finds one face; `asked` fills up with what it was sent.
async function running(makeWorker) {
  const asked = [];
  const engine = await openEngine(
    {
      progress() {},
      async ask(payload) {
        asked.push(payload);
        return { faces: [seen([60, 40, 160, 180])], searched: !payload.following };
      },
    },
    makeWorker,
  );
  await engine.call("start", { kind: "server", config: null, constants: settings });
  const read = async (now) => {
    const picture = await bitmap();
    return engine.call(
      "read",
      { bitmap: picture, now, settings: { smoothing: 0.5, sensitivity: 0.5 } },
      [picture],
    );
  };
  return { engine, asked, read };
}

for (const [name, makeWorker] of [
  ["a worker", undefined],
  [
    "the page, where there is none",
    () => {
      throw new Error("no");
    },
  ],
]) {
  test(`faces are read by the server, the core runs in ${name}`, async () => {
    const { engine, asked, read } = await running(makeWorker);
    equal(engine.inWorker, !makeWorker);
    const first = await read(1);
    const second = await read(1.1);
    equal([first.w, first.h], [320, 240]);
    equal(
      second.faces.map(({ track, label, box }) => [track, label, box]),
      [[1, "happy", [60, 40, 160, 180]]],
    );
    equal(
      asked.map(({ following, rolls }) => [following, rolls]),
      [
        [undefined, undefined],
        [[[60, 40, 160, 180]], [0]],
      ],
    );
    equal(asked[0].jpg.startsWith("data:image/jpeg;base64,"), true);
    equal((await engine.call("csv")).split("\r\n").length, 3);
    await engine.call("startBaseline", 1.1);
    equal((await read(1.2)).baseline, "collecting");
    await engine.call("clearBaseline");
    equal((await read(1.3)).baseline, null);
    engine.close();
  });
}

test("a worker that can't load its modules is no worker", async () => {
  const { engine } = await running(() => new Worker("/none.js", { type: "module" }));
  equal(engine.inWorker, false);
  engine.close();
});

test("what the server says instead of faces is an error with its sentence", async () => {
  const picture = { data: new Uint8ClampedArray(16), width: 2, height: 2 };
  const told = async (answer) =>
    makeSource(null, answer)
      .read(picture, null)
      .catch((error) => [error.message, error.ended, error.busy]);
  equal(await told(async () => ({ error: "Full.", busy: true })), ["Full.", false, true]);
  equal(await told(async () => ({ error: "Over.", ended: true })), ["Over.", true, false]);
  const silent = ["The server did not answer. Trying again …", false, false];
  equal(await told(async () => undefined), silent);
  equal(
    await told(async () => {
      throw new TypeError("Failed to fetch");
    }),
    silent,
  );
});

test("calls go both ways across a port, errors keep their words", async () => {
  const { port1, port2 } = new MessageChannel();
  const there = link(port2, {
    double: async (value) => 2 * (await there("ask", value)),
    fail() {
      throw Object.assign(new Error("no"), { busy: true });
    },
  });
  const call = link(port1, { ask: (value) => value + 1 });
  equal(await Promise.all([call("double", 1), call("double", 5)]), [4, 12]);
  equal(await call("fail").catch((error) => [error.message, error.busy]), ["no", true]);
  port1.close();
});

test("a source that does not exist fails with a sentence, and the next one starts", async () => {
  const { port1, port2 } = new MessageChannel();
  host(port2);
  const call = link(port1, { progress() {} });
  const told = await call("start", { kind: "device", config: {}, constants: settings }).catch(
    (error) => error.message,
  );
  equal(told, "The model can't be started on this device.");
  equal(await call("start", { kind: "server", config: null, constants: settings }), undefined);
  port1.close();
});

test("pictures get smaller, never larger, whatever their shape", () => {
  equal(
    [fit(640, 480, 320), fit(480, 640, 320), fit(200, 100, 320), fit(3000, 2, 320)],
    [
      [320, 240],
      [240, 320],
      [200, 100],
      [320, 1],
    ],
  );
});

test("the device is too slow by the median of its first readings", () => {
  const trial = { readings: 5, slowest: 100 };
  equal(tooSlow([500, 90, 90, 90], trial), null);
  equal(tooSlow([500, 90, 95, 99, 500], trial), null);
  equal(tooSlow([90, 90, 120, 130, 140], trial), 120);
});

test("the switch says where faces are read, and why", () => {
  const element = document.createElement("div");
  element.innerHTML =
    '<p class="where"><input type="radio" name="w" value="device"><input type="radio" name="w" value="server"></p><i class="where-told"></i>';
  const told = () => element.querySelector(".where-told").textContent;
  const on = () => element.querySelector(":checked").value;
  const where = whereSwitch(element, { device: true, server: true });
  where.show("device", ON_TRIAL);
  equal([on(), told()], ["device", `${PRIVACY.device} ${ON_TRIAL}`]);
  where.show("device");
  equal(told(), PRIVACY.device);
  where.show("server", failed("No luck."));
  equal([on(), told()], ["server", `No luck. For now the server reads faces. ${PRIVACY.server}`]);
  whereSwitch(element, { device: false, server: true }).show("server");
  equal(
    [told(), element.querySelector("[value=device]").disabled],
    [`${NO_NET} ${PRIVACY.server}`, true],
  );
});

test("without a server there is nothing to choose", () => {
  const element = document.createElement("div");
  element.innerHTML =
    '<fieldset class="where"><legend>W</legend><label class="tick"><input type="radio" value="device"></label>' +
    '<label class="tick"><input type="radio" value="server"></label><i class="where-told"></i></fieldset>';
  whereSwitch(element, { device: true, server: false }).show("device");
  equal(
    [...element.querySelectorAll(".where > *")].map((one) => one.hidden),
    [true, true, true, false],
  );
  equal(element.querySelector(".where-told").textContent, PRIVACY.device);
});
