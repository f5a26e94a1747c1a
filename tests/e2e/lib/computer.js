// A computer without a network, in a folder that is gone after the test: its store, its home, what its
// file dialogs answer. The real folders of whoever runs the tests are never touched.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ask, run, timed } from "./programs.js";

export class Computer {
  #folder = mkdtempSync(join(tmpdir(), "keyferry-e2e-"));
  #answered = 0;
  #running = [];
  /** What its clock shows to `keyferry`, as libfaketime takes it; nothing: the time. */
  clock;

  /** @param test the context of the test that it lives for */
  constructor(test) {
    test.after(async () => {
      for (const running of this.#running) await running.close();
      rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
    });
    for (const name of ["user", "run", "dialogs"]) mkdirSync(this.at(name), { mode: 0o700 });
  }

  /** The store that the wizard and `keyferry` share. */
  get home() {
    return this.at("home");
  }

  at(...names) {
    return join(this.#folder, ...names);
  }

  write(name, content) {
    writeFileSync(this.at(name), content);
    return this.at(name);
  }

  read(name) {
    return readFileSync(this.at(name));
  }

  has(name) {
    return existsSync(this.at(name));
  }

  /** The environment of a program on this computer. */
  environment(more = {}) {
    const { PATH, DISPLAY, XAUTHORITY } = process.env;
    const user = this.at("user");
    return {
      PATH,
      DISPLAY,
      XAUTHORITY,
      HOME: user,
      XDG_DATA_HOME: join(user, "data"),
      XDG_CONFIG_HOME: join(user, "config"),
      XDG_CACHE_HOME: join(user, "cache"),
      XDG_STATE_HOME: join(user, "state"),
      XDG_RUNTIME_DIR: this.at("run"),
      LANG: "C.UTF-8",
      TZ: "UTC",
      MESA_SHADER_CACHE_DISABLE: "true",
      KEYFERRY_E2E_DIALOGS: this.at("dialogs"),
      ...more,
    };
  }

  /** What runs on it is closed before its folder goes. */
  runs(program) {
    this.#running.push(program);
  }

  /** A new process of the wizard takes the answers of its dialogs from the first one on. */
  forgetDialogs() {
    for (let turn = 1; turn <= this.#answered; turn += 1) rmSync(this.at("dialogs", String(turn)));
    this.#answered = 0;
  }

  /** What the next file dialog answers; nothing: it is cancelled. */
  answerDialog(path = "") {
    this.#answered += 1;
    this.write(join("dialogs", String(this.#answered)), path);
  }

  /** `keyferry` on the same store, by its JSON. */
  ask(...args) {
    return ask(...timed(this.clock, "keyferry", ["--home", this.home, ...args]));
  }

  run(...args) {
    const [name, rest] = timed(this.clock, "keyferry", ["--home", this.home, ...args]);
    return run(name, rest, { env: this.environment() });
  }

  trust(authority) {
    return this.ask("vendor", "add", authority.profile, "--fingerprint", authority.words);
  }
}
