// A license after its activation, task by task, against a real authority: refreshed, given up, moved, helped.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { dearmored, fromQr } from "./lib/armor.js";
import { Computer } from "./lib/computer.js";
import { run } from "./lib/programs.js";
import {
  activated,
  exchange,
  openActivated,
  openFile,
  PRODUCT,
  PRODUCT_NAME,
  saveFile,
  TITLE,
} from "./lib/steps.js";
import { until, Wizard } from "./lib/wizard.js";

/** Ten years: a clock that was set wrong. */
const FAR_AHEAD = "+3650d";

function scanned(picture) {
  const { code, stdout, stderr } = run("zbarimg", ["--quiet", "--raw", picture]);
  assert.equal(code, 0, `no QR code was found in ${picture}: ${stderr}`);
  return stdout.trim();
}

const standing = (computer) => computer.ask("status", PRODUCT).standing;

test("the end is announced two weeks before, and a refresh moves it", async (context) => {
  const parts = await openActivated(context, { daysAgo: 20 });
  const { computer, authority, activation, wizard } = parts;
  await wizard.reads("Ends soon");
  await wizard.reads("Ask Acme Tools for a refresh before that day, and nothing stops.");
  const before = computer.ask("status", PRODUCT).lease_expires_at;

  await wizard.press("Bring a refresh");
  await wizard.screen(TITLE.refresh);
  await wizard.reads(activation);
  authority.does("refresh", activation, "--out", computer.at("refresh.kft"));
  await openFile(parts, computer.at("refresh.kft"));
  await wizard.screen(TITLE.refreshed);
  await wizard.reads("What changed");
  assert.ok(computer.ask("status", PRODUCT).lease_expires_at > before);

  await wizard.press("Back to your programs");
  await wizard.screen(TITLE.home);
  assert.ok(!(await wizard.text()).includes("Ends soon"));
  await openFile(parts, computer.at("refresh.kft"));
  await wizard.screen(TITLE.again);
});

test("a license that was suspended says so, and goes on when it is reinstated", async (context) => {
  const parts = await openActivated(context);
  const { computer, authority, activation, code, wizard } = parts;
  authority.does("entitlement", "suspend", code);
  authority.does("refresh", activation, "--out", computer.at("stop.kft"));
  await openFile(parts, computer.at("stop.kft"));
  await wizard.screen(TITLE.suspended);
  assert.equal(computer.run("status", PRODUCT).code, 11);

  authority.does("entitlement", "reinstate", code);
  authority.does("refresh", activation, "--out", computer.at("older.kft"));
  authority.does("refresh", activation, "--out", computer.at("go.kft"));
  await wizard.press("Back to your programs");
  await wizard.screen(TITLE.home);
  await wizard.reads("Stopped");
  await openFile(parts, computer.at("go.kft"));
  await wizard.screen(TITLE.refreshed);
  assert.equal(standing(computer).state, "licensed");
  await wizard.press("Back to your programs");
  await wizard.screen(TITLE.home);
  await openFile(parts, computer.at("older.kft"));
  const older = await wizard.problem();
  assert.equal(older.message, "This refresh is older than the license on this computer.");
});

test("deactivated for good before the token is shown, and there until it is delivered", async (context) => {
  const parts = await openActivated(context);
  const { computer, authority, code, wizard } = parts;
  const used = () => authority.does("entitlement", "show", code).seats_used;
  await wizard.press("Deactivate");
  await wizard.screen(TITLE.plan);
  await wizard.press("Continue");
  await wizard.screen(TITLE.reason);
  await (await wizard.find("radio", "The program is not needed here any more.")).click();
  await wizard.press("Continue");
  await wizard.screen(TITLE.confirm);
  assert.equal(standing(computer).state, "licensed", "nothing has happened yet");
  await wizard.press("Deactivate this computer");
  await wizard.screen(TITLE.carryDeactivation);
  assert.equal(standing(computer).reason, "deactivated");
  const shown = scanned(await wizard.picture("deactivation-qr"));
  await wizard.close();

  const later = await Wizard.open(computer);
  await later.screen(TITLE.home);
  await later.reads("is not delivered yet");
  await later.press("Carry the deactivation");
  await later.screen(TITLE.carryDeactivation);
  const file = await saveFile({ wizard: later, computer }, "deactivation.kft");
  assert.deepEqual(dearmored(readFileSync(file)), fromQr(shown), "the same bytes after a restart");
  assert.equal(used(), 1, "before it is applied there the seat is not free");
  assert.equal(authority.does("receive", file).outcome, "deactivated");
  assert.equal(used(), 0);

  await later.press("Continue");
  await later.screen(TITLE.delivered);
  await later.press("It has been delivered");
  await later.screen(TITLE.home);
  await later.reads("The delivery is confirmed.");
  await until(
    "the card to follow",
    async () => !(await later.text()).includes("is not delivered yet"),
  );
});

test("a license moves to another computer in one trip", async (context) => {
  const parts = await openActivated(context, { seats: 1 });
  const { computer, authority, code, wizard } = parts;
  const other = new Computer(context);
  other.trust(authority);
  other.ask("activate", code, "--label", "New bench", "--out", other.at("request.kft"));

  await wizard.press("Move to another computer");
  await wizard.screen(TITLE.moveRequest);
  computer.answerDialog(computer.at("first.kft"));
  await wizard.press("Open file");
  assert.equal(
    (await wizard.problem()).message,
    "This request was made on this computer, not on the new one.",
  );
  await openFile(parts, other.at("request.kft"));
  await wizard.screen(TITLE.movePlan);
  await wizard.reads("This is a rehearsal. Nothing has happened yet.");
  assert.equal(standing(computer).state, "licensed");
  await wizard.press("Move the license");
  await wizard.screen(TITLE.moveCarry);
  const both = await saveFile(parts, "both.kft");
  const { results } = authority.does("receive", both, "--out", other.at("answer.kft"));
  assert.deepEqual(
    results.map((each) => each.outcome),
    ["deactivated", "activated"],
  );
  assert.equal(other.ask("apply", other.at("answer.kft")).standing.state, "licensed");
  assert.equal(standing(computer).reason, "deactivated");
});

test("a refusal is told with its reason, and the same request works once it is gone", async (context) => {
  const parts = exchange(context);
  const { computer, authority, code } = parts;
  computer.trust(authority);
  computer.ask("activate", code, "--out", computer.at("request.kft"));
  authority.does("entitlement", "suspend", code);
  authority.refuses(
    "entitlement_suspended",
    "receive",
    computer.at("request.kft"),
    "--out",
    computer.at("refusal.kft"),
  );
  const wizard = await Wizard.open(computer);
  await wizard.screen(TITLE.home);
  await openFile({ wizard, computer }, computer.at("refusal.kft"));
  await wizard.screen(TITLE.refused);
  await wizard.reads("KF-");
  await wizard.press("Back to your programs");
  await wizard.screen(TITLE.home);
  await wizard.reads("The vendor refused this request on");

  authority.does("entitlement", "reinstate", code);
  authority.answer(computer.at("request.kft"), computer.at("answer.kft"));
  await openFile({ wizard, computer }, computer.at("answer.kft"));
  await wizard.screen(TITLE.done);
});

test("a clock that was far ahead is mended by the vendor's time", async (context) => {
  const { computer, authority } = activated(context);
  computer.clock = FAR_AHEAD;
  assert.equal(computer.run("status", PRODUCT).code, 4);
  computer.clock = undefined;
  const wizard = await Wizard.open(computer);
  await wizard.screen(TITLE.home);
  await wizard.press("See to the clock");
  await wizard.screen(TITLE.clock);
  await wizard.press("Check the clock again");
  await wizard.screen(TITLE.clockRight);
  await wizard.press("Make the time request");
  await wizard.screen(TITLE.clockCarry);
  const file = await saveFile({ wizard, computer }, "time-request.kft");
  authority.does("receive", file, "--out", computer.at("time.kft"));
  await wizard.press("Continue");
  await wizard.screen(TITLE.clockAnswer);
  await openFile({ wizard, computer }, computer.at("time.kft"));
  await wizard.screen(TITLE.clockMended);
  assert.equal(standing(computer).state, "licensed");
});

test("an emergency run bridges the time until the vendor can be asked", async (context) => {
  const terms = ["--emergency", "3d", "--emergency-uses", "2"];
  const { computer, authority, activation } = activated(context, { daysAgo: 40, terms });
  assert.equal(standing(computer).state, "expired");
  const wizard = await Wizard.open(computer);
  await wizard.screen(TITLE.home);
  await wizard.press("Start an emergency run");
  await wizard.screen(TITLE.run);
  await wizard.press("Start the emergency run");
  await wizard.screen(TITLE.runTaken);
  assert.equal(standing(computer).state, "emergency");

  // The vendor is told with the next token.
  computer.ask("deactivate", PRODUCT, "--yes", "--out", computer.at("end.kft"));
  authority.does("receive", computer.at("end.kft"));
  assert.equal(authority.does("activation", "show", activation).emergency_runs.length, 1);
});

test("whoever helps hears a code, reads a report, or opens a status", async (context) => {
  const parts = await openActivated(context);
  const { computer, authority, activation, code, wizard } = parts;
  await wizard.press("Get help");
  await wizard.screen(TITLE.help);
  await wizard.press("Show the status code");
  await wizard.screen(TITLE.statusCode);
  const spoken = computer.ask("status-code", PRODUCT).status_code;
  const letters = (await wizard.text()).replaceAll(/[^0-9A-Z]/g, "");
  for (const letter of spoken.replaceAll("-", "")) assert.ok(letters.includes(letter), spoken);
  const explained = authority.does("status-code", spoken);
  assert.equal(explained.state, "licensed");
  assert.equal(explained.activations[0].activation_id, activation);

  await wizard.press("Back");
  await wizard.screen(TITLE.help);
  await wizard.press("Read the report");
  await wizard.screen(TITLE.report);
  const report = computer.at("report.txt");
  computer.answerDialog(report);
  await wizard.press("Save the report");
  await wizard.reads(report);
  const text = readFileSync(report, "utf8");
  assert.ok(text.includes(PRODUCT_NAME) && text.includes(activation), text);
  assert.ok(!text.replaceAll("-", "").includes(code.replaceAll("-", "")), "no activation code");

  await wizard.press("Back");
  await wizard.screen(TITLE.help);
  await wizard.press("Make the status");
  await wizard.screen(TITLE.statusCarry);
  const file = await saveFile(parts, "status.kft");
  const read = authority.does("receive", file);
  assert.equal(read.activation_id, activation);
});
