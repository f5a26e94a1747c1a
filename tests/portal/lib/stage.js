// An authority that serves its portal, and computers without a network whose messages are brought there.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export const PRODUCT = "com.acme.cad";

export class Stage {
  #folder = mkdtempSync(join(tmpdir(), "keyferry-portal-"));
  #served;
  #log = "";
  url;

  static async open() {
    const stage = new Stage();
    stage.authority("init", "--vendor", "Acme Tools", "--portal", "https://license.acme.example");
    stage.authority("product", "add", PRODUCT, "--name", "Acme CAD", "--offline");
    await stage.serve();
    return stage;
  }

  path(name) {
    return join(this.#folder, name);
  }

  authority(...args) {
    return this.#run("keyferry-authority", ["--data", this.path("acme"), "--json", ...args]);
  }

  async serve() {
    const args = ["--data", this.path("acme"), "--json", "serve", "--listen", "127.0.0.1:0"];
    this.#served = spawn("keyferry-authority", args, { stdio: ["ignore", "pipe", "pipe"] });
    this.#served.stderr.on("data", (text) => (this.#log += text));
    const lines = createInterface({ input: this.#served.stdout });
    const { value } = await lines[Symbol.asyncIterator]().next();
    if (value === undefined) throw new Error(`the portal did not start: ${this.#log}`);
    this.url = `http://${JSON.parse(value).listen}`;
  }

  /** Ends the portal as a system does, and gives its exit code and its log. */
  async end() {
    const ended = new Promise((resolve) => this.#served.once("close", resolve));
    this.#served.kill("SIGTERM");
    const code = await ended;
    rmSync(this.#folder, { recursive: true, force: true });
    return { code, log: this.#log };
  }

  sell(seats, holder = "Example Works") {
    const lease = ["--offline-lease", "30d", "--holder", holder];
    return this.authority("entitlement", "add", "--product", PRODUCT, "--seats", `${seats}`, ...lease);
  }

  /** A computer of this name that trusts the vendor. */
  computer(name) {
    const home = this.path(`home of ${name}`);
    const keyferry = (...args) => this.#run("keyferry", ["--home", home, "--json", ...args]);
    keyferry("vendor", "add", this.path("acme/vendor.kfv"), "--trust");
    return {
      keyferry,
      /** Its request for an activation code, as text. */
      request: (code) => keyferry("activate", code, "--label", name).token.text,
      /** The same as a picture of its QR code. */
      picture: (code, file) => {
        keyferry("activate", code, "--label", name, "--out", `${file}.kft`, "--qr", file);
        return file;
      },
      /** The text in that QR code. */
      url: (code) => keyferry("activate", code, "--label", name).url,
      apply: (text) => {
        const file = this.file(`answer for ${name}.kft`, text);
        return keyferry("apply", file);
      },
      deactivate: () => keyferry("deactivate", PRODUCT, "--yes").token.text,
      statusCode: () => keyferry("status-code", PRODUCT).status_code,
    };
  }

  file(name, content) {
    const file = this.path(name);
    writeFileSync(file, content);
    return file;
  }

  read(file) {
    return readFileSync(file, "utf8");
  }

  #run(program, args) {
    const told = execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    return JSON.parse(told);
  }
}
