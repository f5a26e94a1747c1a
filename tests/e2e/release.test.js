// A release build cannot be driven from outside and has nothing in it that only tests use; and no build opens a network
// socket.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { test } from "node:test";

import { Computer } from "./lib/computer.js";
import { descendants, end, networkSockets } from "./lib/processes.js";
import { path, run } from "./lib/programs.js";
import { startDriver, startSession, until } from "./lib/wizard.js";

/** The release build, where one is given. */
const RELEASE = process.env.KEYFERRY_RELEASE;
const DRIVEN = path("keyferry-wizard");

async function isDriven(context, binary) {
  const computer = new Computer(context);
  const driver = await startDriver(computer.environment());
  computer.runs({ close: () => driver.stop() });
  const session = startSession(driver, binary, ["--home", computer.home]);
  const patience = new Promise((resolve) => setTimeout(resolve, 15_000, false).unref());
  return Promise.race([
    session.then(
      () => true,
      () => false,
    ),
    patience,
  ]);
}

test("the build for tests can be driven: the control of the next test", async (context) => {
  assert.equal(await isDriven(context, DRIVEN), true);
});

test(
  "a release build cannot be driven, whatever its environment says",
  { skip: !RELEASE && "no release build was given" },
  async (context) => {
    assert.equal(await isDriven(context, RELEASE), false);
  },
);

/** What the names of all variables begin with that tests steer the wizard by. */
const SEAM = "KEYFERRY_E2E_";

test("the build for tests is steered by variables: the control of the next test", () => {
  assert.ok(readFileSync(DRIVEN).includes(SEAM));
});

test(
  "a release build knows none of the variables that tests steer the wizard by",
  { skip: !RELEASE && "no release build was given" },
  () => {
    assert.ok(!readFileSync(RELEASE).includes(SEAM), `${RELEASE} has ${SEAM} in it`);
  },
);

test("the window opens without a network socket", async (context) => {
  const computer = new Computer(context);
  const environment = computer.environment({ TAURI_WEBVIEW_AUTOMATION: undefined });
  const app = spawn(RELEASE ?? DRIVEN, ["--home", computer.home], {
    env: environment,
    stdio: "inherit",
  });
  const ended = once(app, "exit");
  computer.runs({
    close: async () => {
      for (const pid of [...descendants(app.pid), app.pid]) end(pid);
      await ended;
    },
  });
  // The title that the page gives the window says that the page is there and spoke with the shell.
  await until("a window with the page's title", () => {
    const { stdout } = run("xdotool", [
      "search",
      "--onlyvisible",
      "--name",
      "Your programs – Keyferry",
    ]);
    return stdout.trim() !== "";
  });
  const family = [app.pid, ...descendants(app.pid)];
  assert.ok(family.length >= 3, "the program and WebKit's two processes");
  assert.deepEqual(family.flatMap(networkSockets), []);

  const control = createServer().listen(0, "127.0.0.1");
  await once(control, "listening");
  assert.equal(networkSockets(process.pid).length, 1, "a socket would be seen");
  control.close();
});
