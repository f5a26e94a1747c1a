// A vendor with keys of its own: what is at the far end of the crossing.
import assert from "node:assert/strict";
import { join } from "node:path";

import { ask, run, timed } from "./programs.js";

export class Authority {
  #folder;
  /** What its clock shows, as libfaketime takes it; nothing: the time. */
  clock;

  /** @param {string} folder that does not exist yet */
  constructor(folder, { vendor = "Acme Tools", portal } = {}) {
    this.#folder = folder;
    this.name = vendor;
    const said = this.#ask("init", "--vendor", vendor, ...(portal ? ["--portal", portal] : []));
    this.id = said.vendor.id;
    this.words = said.fingerprint;
  }

  /** The vendor file; each product added writes it anew. */
  get profile() {
    return join(this.#folder, "vendor.kfv");
  }

  /** Adds a product and sells it: the two secrets that come with the order. */
  sell(product, name, { seats = 3, terms = [] } = {}) {
    this.#ask(
      "product",
      "add",
      product,
      "--name",
      name,
      "--features",
      "draw,export",
      "--offline",
      "--grace",
      "7d",
      ...terms,
    );
    const order = ["--product", product, "--seats", String(seats), "--offline-lease", "30d"];
    const said = this.#ask("entitlement", "add", ...order, "--features", "draw,export");
    return { code: said.activation_code, holderSecret: said.holder_secret };
  }

  /** Runs one of its commands: what it says. */
  does(...args) {
    return this.#ask(...args);
  }

  /** Runs a command that is to fail with this code of the catalogue. */
  refuses(code, ...args) {
    const [name, rest] = timed(this.clock, "keyferry-authority", ["--data", this.#folder, ...args]);
    const { stdout } = run(name, [...rest, "--json"]);
    const said = JSON.parse(stdout);
    assert.equal(said.error?.code, code, stdout);
    return said;
  }

  /** Answers the request in a file by another file. */
  answer(request, answer) {
    return this.#ask("receive", request, "--out", answer);
  }

  /** Answers a request that came as text, by text. */
  answerText(request) {
    const { code, stdout, stderr } = run(
      "keyferry-authority",
      ["--data", this.#folder, "receive", "-"],
      { input: request },
    );
    if (code !== 0) throw new Error(stderr);
    return stdout;
  }

  #ask(...args) {
    return ask(...timed(this.clock, "keyferry-authority", ["--data", this.#folder, ...args]));
  }
}
