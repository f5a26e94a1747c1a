// Wrong clocks, as the real programs see them: docs/spec/rules.md, "The clock". The clock of one program is
// moved by libfaketime; how long the machine has been on is not.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

const PRODUCT = "com.acme.cad";
/** What each seat is sold with, in days. */
const LEASE = 30;
const GRACE = 7;

/** Clocks, as libfaketime takes them: offsets to the right time, or a moment. */
const RIGHT = null;
const days = (number) => `${number >= 0 ? "+" : ""}${number}d`;
const YEARS = 365;
const BATTERY_DEAD = "@1970-01-01 00:05:00";

/** The exit codes of `keyferry status PRODUCT`. */
const RUNS = 0;
const EXPIRED = 4;
const CLOCK = 9;

let folder;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "keyferry-clock-"));
  authority(RIGHT, "init", "--vendor", "Acme Tools");
  const terms = ["--offline", "--grace", `${GRACE}d`];
  authority(RIGHT, "product", "add", PRODUCT, "--name", "Acme CAD", ...terms);
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program at a clock: its exit code and the object that it printed. */
function run(clock, program, args) {
  const env = { ...process.env };
  const faked = clock === RIGHT ? [program, ...args] : ["faketime", "-f", clock, program, ...args];
  const [command, ...rest] = faked;
  const { status, stdout, stderr, error } = spawnSync(command, rest, { encoding: "utf8", env });
  if (error) throw error;
  assert.ok(stdout, `${program} ${args.join(" ")} ended with ${status} and printed nothing: ${stderr}`);
  return { code: status, said: JSON.parse(stdout) };
}

function authority(clock, ...args) {
  const data = ["--data", join(folder, "acme"), "--json", "--no-input"];
  const { said } = run(clock, "keyferry-authority", [...data, ...args]);
  assert.ok(said.ok, JSON.stringify(said));
  return said;
}

let computers = 0;

/** A computer with a store of its own, that trusts Acme and holds a seat. */
class Computer {
  constructor() {
    computers += 1;
    this.folder = join(folder, `computer-${computers}`);
    const sold = ["--product", PRODUCT, "--seats", "1", "--offline-lease", `${LEASE}d`];
    const { activation_code: code } = authority(RIGHT, "entitlement", "add", ...sold);
    this.does(RIGHT, "vendor", "add", join(folder, "acme", "vendor.kfv"), "--trust");
    this.does(RIGHT, "activate", code, "--out", this.file("request"));
    authority(RIGHT, "receive", this.file("request"), "--out", this.file("answer"));
    this.does(RIGHT, "apply", this.file("answer"));
  }

  file(name) {
    return `${this.folder}-${name}.kft`;
  }

  run(clock, ...args) {
    const home = ["--home", this.folder, "--json", "--no-input"];
    return run(clock, "keyferry", [...home, ...args]);
  }

  does(clock, ...args) {
    const { said } = this.run(clock, ...args);
    assert.ok(said.ok, JSON.stringify(said));
    return said;
  }

  /** Looks where the license stands: the exit code, and why. */
  stands(clock, code, reason) {
    const { code: found, said } = this.run(clock, "status", PRODUCT);
    assert.deepEqual([said.standing.reason, found], [reason, code], JSON.stringify(said.standing));
    return said.standing;
  }

  /** Asks the vendor for the time, and brings the answer. The two clocks may differ. */
  asksForTheTime(own, vendors) {
    this.does(own, "clock", "request", "--out", this.file("time-request"));
    authority(vendors, "receive", this.file("time-request"), "--out", this.file("time"));
    return this.does(own, "apply", this.file("time"));
  }
}

describe("a clock that is set back", () => {
  it("by a day and less costs nobody anything", () => {
    const computer = new Computer();
    computer.stands(RIGHT, RUNS, null);
    computer.stands(days(-1), RUNS, null);
    assert.equal(computer.run(days(-1), "clock").code, RUNS);
  });

  it("by a year blocks until it is right again, and nothing is lost", () => {
    const computer = new Computer();
    const { until } = computer.stands(RIGHT, RUNS, null);
    computer.stands(days(-YEARS), CLOCK, "clock_behind");
    assert.equal(computer.run(days(-YEARS), "clock").code, CLOCK);
    assert.equal(computer.stands(RIGHT, RUNS, null).until, until);
  });

  it("to 1970 by a dead battery blocks until it is right again", () => {
    const computer = new Computer();
    computer.stands(BATTERY_DEAD, CLOCK, "clock_behind");
    computer.stands(RIGHT, RUNS, null);
  });

  it("day by day before the lease is over gives no day more", () => {
    const computer = new Computer();
    computer.stands(days(LEASE - 1), RUNS, null);
    // The floor counts, so a clock that stays within a day of it runs up to the same end.
    computer.stands(days(LEASE - 2), RUNS, null);
    computer.stands(days(LEASE + 1), RUNS, "lease_ended");
    computer.stands(days(LEASE), RUNS, "lease_ended");
    computer.stands(days(LEASE + GRACE), EXPIRED, "lease_ended");
    computer.stands(days(LEASE + GRACE - 1), EXPIRED, "lease_ended");
  });

  it("by a year after the lease is over brings nothing back", () => {
    const computer = new Computer();
    const over = LEASE + GRACE + 1;
    computer.stands(days(over), EXPIRED, "lease_ended");
    computer.stands(days(over - YEARS), CLOCK, "clock_behind");
    computer.stands(days(over), EXPIRED, "lease_ended");
  });

  it("to 1970 after the lease is over brings nothing back", () => {
    const computer = new Computer();
    const over = LEASE + GRACE + 1;
    computer.stands(days(over), EXPIRED, "lease_ended");
    computer.stands(BATTERY_DEAD, CLOCK, "clock_behind");
    computer.stands(days(over), EXPIRED, "lease_ended");
  });
});

describe("a clock that was ten years ahead and is right again", () => {
  const AHEAD = days(10 * YEARS);

  it("within the lease is mended by a signed time, and the license runs to its old end", () => {
    const computer = new Computer();
    const { until } = computer.stands(RIGHT, RUNS, null);
    computer.stands(AHEAD, EXPIRED, "lease_ended");
    computer.stands(RIGHT, CLOCK, "clock_behind");
    const mended = computer.asksForTheTime(RIGHT, RIGHT);
    assert.equal(mended.outcome, "clock_mended");
    assert.equal(mended.standing.state, "licensed");
    assert.equal(computer.stands(RIGHT, RUNS, null).until, until);
  });

  it("after the lease is over is mended, and the license stays over", () => {
    const computer = new Computer();
    const over = days(LEASE + GRACE + 1);
    computer.stands(AHEAD, EXPIRED, "lease_ended");
    computer.stands(over, CLOCK, "clock_behind");
    computer.asksForTheTime(over, over);
    computer.stands(over, EXPIRED, "lease_ended");
  });

  it("gives the same request again until its answer came, and takes an answer once", () => {
    const computer = new Computer();
    computer.stands(AHEAD, EXPIRED, "lease_ended");
    const first = computer.does(RIGHT, "clock", "request").token;
    assert.deepEqual(computer.does(RIGHT, "clock", "request").token, first);
    computer.asksForTheTime(RIGHT, RIGHT);
    computer.stands(AHEAD, EXPIRED, "lease_ended");
    computer.stands(RIGHT, CLOCK, "clock_behind");
    // The old answer is for the old request.
    computer.run(RIGHT, "apply", computer.file("time"));
    computer.stands(RIGHT, CLOCK, "clock_behind");
    computer.asksForTheTime(RIGHT, RIGHT);
    computer.stands(RIGHT, RUNS, null);
  });

  it("cannot be mended to an earlier time than the vendor's", () => {
    const computer = new Computer();
    computer.stands(AHEAD, EXPIRED, "lease_ended");
    // Somebody who sets the clock back to win time gets the vendor's time, and is behind that.
    const mended = computer.asksForTheTime(days(-YEARS), RIGHT);
    assert.equal(mended.standing.reason, "clock_behind");
    computer.stands(days(-YEARS), CLOCK, "clock_behind");
    computer.stands(RIGHT, RUNS, null);
  });
});

it("no time can be asked for while the clock is right", () => {
  const { code, said } = new Computer().run(RIGHT, "clock", "request");
  assert.deepEqual([said.error.code, code], ["clock_not_behind", 1]);
});
