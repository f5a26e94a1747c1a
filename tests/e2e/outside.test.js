// Files that come from outside the window, and what the page itself may not do.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";

import { run } from "./lib/programs.js";
import { answered, exchange, makeRequest, TITLE, trustingExchange } from "./lib/steps.js";
import { Wizard } from "./lib/wizard.js";

test("a vendor file that the program is started with is shown, not trusted", async (context) => {
  const { computer, authority } = exchange(context);
  const wizard = await Wizard.open(computer, { files: [authority.profile] });
  await wizard.screen(TITLE.words);
  assert.deepEqual(computer.ask("vendor", "list").vendors, []);
});

test("an answer that the program is started with is applied", async (context) => {
  const parts = await trustingExchange(context);
  const { computer, wizard, code } = parts;
  await makeRequest(wizard, code);
  await answered(parts);
  await wizard.close();
  const later = await Wizard.open(computer, { files: [computer.at("answer.kft")] });
  await later.screen(TITLE.done);
});

test("several files at the start are told one by one", async (context) => {
  const parts = await trustingExchange(context);
  const { computer, wizard, code } = parts;
  await makeRequest(wizard, code);
  await answered(parts);
  await wizard.close();
  const files = [
    computer.at("answer.kft"),
    computer.at("request.kft"),
    computer.write("note.txt", "hello"),
  ];
  const later = await Wizard.open(computer, { files });
  await later.screen("3 files were read");
  for (const name of ["answer.kft", "request.kft", "note.txt"]) await later.reads(name);
  await later.press("Show the details of Acme CAD");
  await later.screen(TITLE.done);
});

test("a second start hands its file to the window that is open", async (context) => {
  const computer = (await exchangeWithBus(context)).computer;
  const { authority, bus } = computer;
  const environment = { DBUS_SESSION_BUS_ADDRESS: bus };
  const wizard = await Wizard.open(computer, { environment });
  await wizard.screen(TITLE.home);
  const second = run("keyferry-wizard", [authority.profile], {
    env: computer.environment(environment),
    timeout: 30_000,
  });
  assert.equal(second.code, 0, second.stderr);
  await wizard.screen(TITLE.words);
});

/** An exchange on a computer whose session has a message bus. */
async function exchangeWithBus(context) {
  const parts = exchange(context);
  const daemon = spawn("dbus-daemon", ["--session", "--nofork", "--print-address"], {
    env: parts.computer.environment(),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(daemon, "exit");
  parts.computer.runs({
    close: () => {
      daemon.kill();
      return ended;
    },
  });
  const [address] = await once(daemon.stdout, "data");
  Object.assign(parts.computer, { bus: String(address).trim(), authority: parts.authority });
  return parts;
}

test("the page cannot run foreign code, reach another origin, or reach Tauri", async (context) => {
  const { wizard } = await trustingExchange(context);
  const requests = [];
  const server = createServer((request, response) => {
    requests.push(request.url);
    response.setHeader("Access-Control-Allow-Origin", "*").end("reached");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => server.close());
  const origin = `http://127.0.0.1:${server.address().port}`;
  assert.equal(await (await fetch(`${origin}/control`)).text(), "reached", "the server is there");

  const blocked = await wizard.pageLater(async (origin, done) => {
    const violations = [];
    document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) =>
      violations.push(effectiveDirective),
    );
    const outcome = {};
    const inline = document.createElement("script");
    inline.textContent = "window.ranInline = true";
    document.head.append(inline);
    const evaluated = document.createElement("button");
    evaluated.setAttribute("onclick", "window.ranHandler = true");
    document.body.append(evaluated);
    evaluated.click();
    evaluated.remove();
    outcome.inline = window.ranInline ?? window.ranHandler ?? false;
    outcome.fetch = await fetch(`${origin}/fetch`).then(
      () => true,
      () => false,
    );
    const image = new Image();
    outcome.image = await new Promise((resolve) => {
      image.onload = image.onerror = () => resolve(image.naturalWidth > 0);
      image.src = `${origin}/image.png`;
    });
    try {
      // eslint-disable-next-line no-eval
      outcome.eval = (0, window.eval)("true");
    } catch {
      outcome.eval = false;
    }
    outcome.tauri = typeof window.__TAURI__;
    setTimeout(() => done({ ...outcome, violations }), 0);
  }, origin);
  assert.deepEqual(
    { ...blocked, violations: undefined },
    {
      inline: false,
      fetch: false,
      image: false,
      eval: false,
      tauri: "undefined",
      violations: undefined,
    },
  );
  for (const directive of ["connect-src", "img-src", "script-src-attr", "script-src-elem"])
    assert.ok(blocked.violations.includes(directive), `${directive}: ${blocked.violations}`);
  assert.deepEqual(requests, ["/control"]);
});
