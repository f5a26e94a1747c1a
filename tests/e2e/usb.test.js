// USB keys in the real window: they come and go, become license keys and couriers, and carry what a task makes.
import assert from "node:assert/strict";
import { copyFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { Computer } from "./lib/computer.js";
import { tabTo } from "./lib/keyboard.js";
import { scanned } from "./lib/scan.js";
import {
  makeRequest,
  openActivated,
  PRODUCT,
  PRODUCT_NAME,
  TITLE,
  trustingExchange,
} from "./lib/steps.js";
import { Ports, unavailable } from "./lib/usb.js";
import { Key, until } from "./lib/wizard.js";

const SERIAL = "4C530001230718115003";
const CALLED = "SanDisk Ultra";
const skip = unavailable;

/** Has the vendor make a license for a key: the file. */
function licenseFor({ authority, computer }, id, name = "cad.lic") {
  const file = computer.at(name);
  authority.does(
    ...["license", "--product", PRODUCT, "--usb", id, "--expires", "2030-03-31"],
    ...["--holder", "Harbour Shipyard", "--out", file],
  );
  return file;
}

test(
  "a key shows up, gets a license, and its program stops and starts with it",
  { skip },
  async (context) => {
    const ports = new Ports(context);
    const parts = await trustingExchange(context);
    const { computer, wizard } = parts;
    const key = ports.key(SERIAL);
    await wizard.press("Show USB keys");
    await wizard.screen(TITLE.usb);
    await wizard.find("heading", "Plug in a USB key");

    const began = Date.now();
    ports.plug(key);
    await wizard.find("article", CALLED);
    const took = Date.now() - began;
    context.diagnostic(`plugged in, it is shown after ${took} ms`);
    assert.ok(took < 2000, `${took} ms`);
    await wizard.reads("It has a serial number of its own.");
    await wizard.reads(key.mounted);

    await wizard.press("Make it a license key");
    await wizard.screen(TITLE.keyId);
    const id = scanned(await wizard.picture("usb-id"));
    assert.match(id, new RegExp(`^0781:5581:${SERIAL}:\\d+$`));
    await wizard.reads(id);
    computer.answerDialog(computer.at("id.txt"));
    await wizard.press("Save as file");
    await wizard.reads(`Saved to ${computer.at("id.txt")}`);
    assert.equal(computer.read("id.txt").toString().trim(), id);

    const file = licenseFor(parts, id);
    await wizard.press("Continue");
    await wizard.screen(TITLE.keyPut);
    computer.answerDialog(file);
    await wizard.press("Open file");
    await wizard.screen(TITLE.keyDone);
    await wizard.reads(`Works while the USB key ${CALLED} is plugged in, until 31 March 2030.`);
    const slots = readdirSync(key.mounted).filter((name) => name.endsWith(".lic"));
    assert.equal(slots.length, 2, slots);

    await wizard.press("Back to your programs");
    await wizard.screen(TITLE.home);
    await wizard.reads(`Works while the USB key ${CALLED} is plugged in, until 31 March 2030.`);
    assert.equal(computer.run("status", PRODUCT).code, 0);

    const pulled = Date.now();
    ports.pull(key);
    await wizard.reads("The USB key with the license is not plugged in.");
    context.diagnostic(`pulled out, Home says so after ${Date.now() - pulled} ms`);
    await wizard.reads(`It is the one with the serial number ${SERIAL}.`);
    assert.equal(computer.run("status", PRODUCT).code, 10);
    ports.plug(key, { port: "1-2" });
    await wizard.reads(`Works while the USB key ${CALLED} is plugged in, until 31 March 2030.`);
  },
);

test(
  "a license file for another key is not put on this one, and a copy counts nowhere",
  { skip },
  async (context) => {
    const ports = new Ports(context);
    const parts = await trustingExchange(context);
    const { computer, wizard } = parts;
    const [key, other] = [ports.key(SERIAL), ports.key("4C530001230718119999", { label: "OTHER" })];
    ports.plug(key);
    const file = licenseFor(parts, `0781:5581:4C530001230718119999:${60_062_500 * 512}`);
    await wizard.press("Show USB keys");
    await wizard.screen(TITLE.usb);
    await wizard.press("Make it a license key");
    await wizard.screen(TITLE.keyId);
    await wizard.press("Continue");
    await wizard.screen(TITLE.keyPut);
    computer.answerDialog(file);
    await wizard.press("Open file");
    const { message } = await wizard.problem();
    assert.equal(message, "This license file is bound to another USB key.");
    assert.deepEqual(readdirSync(key.mounted), []);

    copyFileSync(file, join(key.mounted, "copied.lic"));
    ports.plug(other, { port: "1-3" });
    await wizard.press("Back");
    await wizard.press("Back");
    await wizard.screen(TITLE.usb);
    await wizard.reads("The license belongs to another USB key.");
  },
);

test(
  "a key that is pulled out in the middle of a task goes on when it is back",
  { skip },
  async (context) => {
    const ports = new Ports(context);
    const parts = await trustingExchange(context);
    const { computer, wizard } = parts;
    const key = ports.key(SERIAL);
    ports.plug(key);
    await wizard.press("Show USB keys");
    await wizard.screen(TITLE.usb);
    await wizard.press("Make it a license key");
    await wizard.screen(TITLE.keyId);
    const file = licenseFor(parts, scanned(await wizard.picture("usb-id")));
    await wizard.press("Continue");
    await wizard.screen(TITLE.keyPut);
    ports.pull(key);
    await wizard.reads(`${CALLED} was pulled out.`);
    await wizard.reads("Nothing is lost. Plug it in again, and go on here.");
    computer.answerDialog(file);
    await wizard.press("Open file");
    await wizard.problem();
    ports.plug(key, { port: "1-4" });
    await until(
      "the notice to go",
      async () => !(await wizard.text()).includes("Nothing is lost."),
    );
    computer.answerDialog(file);
    await wizard.press("Open file");
    await wizard.screen(TITLE.keyDone);
  },
);

test(
  "a courier takes a request along, and brings the answer by itself",
  { skip },
  async (context) => {
    const ports = new Ports(context);
    const parts = await trustingExchange(context);
    const { computer, authority, code, wizard } = parts;
    const key = ports.key(SERIAL);
    await makeRequest(wizard, code);
    await wizard.press("Do this later");
    await wizard.screen(TITLE.home);
    ports.plug(key);
    await wizard.reads(CALLED);
    assert.deepEqual(readdirSync(key.mounted), [], "nobody asked for a courier");

    await wizard.press("Show USB keys");
    await wizard.screen(TITLE.usb);
    await wizard.press("Use it as a courier");
    await wizard.screen(TITLE.courier);
    await wizard.press("Take it along");
    await wizard.reads(`Took along the request for ${PRODUCT_NAME}`);
    await wizard.reads("All of it is on the USB key.");
    ports.pull(key);
    await wizard.reads(`${CALLED} was pulled out.`);

    const { results } = authority.does("courier", key.flash);
    assert.equal(results.length, 1);
    await wizard.press("Back to your programs");
    await wizard.screen(TITLE.home);
    ports.plug(key, { port: "1-2" });
    await wizard.find("heading", `${CALLED} has done its round here`);
    await wizard.reads(`Brought the answer: ${PRODUCT_NAME} is activated`);
    assert.equal(computer.ask("status", PRODUCT).standing.state, "licensed");
    const left = readdirSync(join(key.mounted, "KEYFERRY", "inbox"));
    assert.deepEqual(left, [], "what was brought is not on it any more");
    await wizard.press("Got it");
    await until(
      "the summary to go",
      async () => !(await wizard.sees("heading", `${CALLED} has done its round here`)),
    );
  },
);

test(
  "a request goes out on a USB key, and its answer is noticed and applied by a press",
  { skip },
  async (context) => {
    const ports = new Ports(context);
    const parts = await trustingExchange(context);
    const { computer, authority, code, wizard } = parts;
    const key = ports.key(SERIAL);
    await makeRequest(wizard, code);
    await tabTo(wizard, "tab QR code");
    await wizard.keys(Key.ARROW_RIGHT, Key.ARROW_RIGHT);
    assert.equal(await wizard.focusedName(), "tab USB key");
    await wizard.reads("Plug in a USB key. It shows up here by itself.");
    ports.plug(key);
    await wizard.find("button", `Save to ${CALLED}`);
    await tabTo(wizard, `button Save to ${CALLED}`);
    await wizard.keys(Key.ENTER);
    await wizard.reads(`Saved to ${join(key.mounted, "KEYFERRY", "outbox")}`);
    await tabTo(wizard, "button Continue");
    await wizard.keys(Key.ENTER);
    await wizard.screen(TITLE.answer);
    await wizard.reads("Plug it in, and Keyferry finds it by itself.");
    ports.pull(key);
    authority.does("courier", key.flash);

    ports.plug(key, { port: "1-2" });
    await wizard.reads(`An answer for this computer is on the USB key ${CALLED}.`);
    assert.equal(computer.run("status", PRODUCT).code, 7, "it waits for the press");
    await tabTo(wizard, "button Apply the answer");
    await wizard.keys(Key.ENTER);
    await wizard.screen(TITLE.done);
    assert.equal(computer.ask("status", PRODUCT).standing.state, "licensed");
  },
);

test("a license moves in one trip on one key", { skip }, async (context) => {
  const ports = new Ports(context);
  const parts = await openActivated(context, { seats: 1 });
  const { computer, authority, code, wizard } = parts;
  const key = ports.key(SERIAL);
  const other = new Computer(context);
  other.trust(authority);
  ports.plug(key);
  other.ask("activate", code, "--label", "New office", "--out", join(key.mounted, "new.kft"));
  ports.pull(key);

  await wizard.press("Move to another computer");
  await wizard.screen(TITLE.moveRequest);
  assert.ok(!(await wizard.sees("button", "Use this request")));
  ports.plug(key);
  await wizard.press("Use this request");
  await wizard.screen(TITLE.movePlan);
  await wizard.press("Move the license");
  await wizard.screen(TITLE.moveCarry);
  await wizard.press(`Save to ${CALLED}`);
  await wizard.reads("Saved to");
  ports.pull(key);
  authority.does("courier", key.flash);
  const inbox = join(key.flash, "KEYFERRY", "inbox");
  const answers = readdirSync(inbox).map((name) => join(inbox, name));
  assert.ok(answers.length > 0);
  other.run("apply", ...answers);
  assert.equal(other.ask("status", PRODUCT).standing.state, "licensed");
  assert.notEqual(computer.run("status", PRODUCT).code, 0);
  assert.ok(readFileSync(answers[0], "utf8").startsWith("-----BEGIN KEYFERRY"));
});

test("keys that are of little use are shown with the reason", { skip }, async (context) => {
  const ports = new Ports(context);
  const { wizard } = await trustingExchange(context);
  await wizard.press("Show USB keys");
  await wizard.screen(TITLE.usb);
  const nameless = ports.key("", { maker: "", name: "", label: "BLANK" });
  ports.plug(nameless);
  await wizard.find("article", "USB key without a name");
  await wizard.reads("It has no serial number, so it cannot be told from others.");
  assert.ok(!(await wizard.sees("button", /^Make it a license key/)));
  ports.pull(nameless);
  await until("the key to go", async () => !(await wizard.sees("article", /./)));

  const closed = ports.key(SERIAL);
  ports.plug(closed, { open: false });
  await wizard.reads("There is no open volume on this USB key.");
  ports.open(closed);
  await wizard.reads(closed.mounted);
  await until("the notice to go", async () => !(await wizard.text()).includes("no open volume"));
  ports.pull(closed);

  const locked = ports.key(SERIAL, { label: "LOCKED" });
  ports.plug(locked, { readOnly: true });
  await wizard.reads("This USB key is write-protected.");
  const twin = ports.key(SERIAL, { label: "TWIN" });
  ports.plug(twin, { port: "1-3" });
  await wizard.reads("Another USB key that is plugged in has the same serial number.");
});
