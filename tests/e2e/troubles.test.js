// What can go wrong in the window: each problem takes the focus, is told twice in the same words, and costs
// nothing that was typed.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";

import { Authority } from "./lib/authority.js";
import { Computer } from "./lib/computer.js";
import {
  answered,
  exchange,
  makeRequest,
  PRODUCT,
  PRODUCT_NAME,
  TITLE,
  trustingExchange,
} from "./lib/steps.js";
import { Wizard } from "./lib/wizard.js";

/** On the screen of the answer, with the request saved and answered. */
async function waiting(context) {
  const parts = await trustingExchange(context);
  await makeRequest(parts.wizard, parts.code);
  const answer = await answered(parts);
  await parts.wizard.press("Continue");
  await parts.wizard.screen(TITLE.answer);
  return { ...parts, answer };
}

async function bring({ wizard, computer }, path) {
  computer.answerDialog(path);
  await wizard.press("Open file");
  return wizard.problem();
}

/** Puts text into the field as a paste does. */
async function paste(wizard, label, text) {
  await wizard.page(() =>
    document.querySelectorAll("details").forEach((each) => (each.open = true)),
  );
  const field = await wizard.find("textbox", label);
  await wizard.page(
    (input, value) => {
      input.value = value;
      input.dispatchEvent(new InputEvent("input", { bubbles: true }));
    },
    field,
    text,
  );
  return field;
}

test("a code that cannot be used is told at the field and kept in it", async (context) => {
  const { wizard, code, holderSecret } = await trustingExchange(context);
  await wizard.press("Activate a program");
  await wizard.screen(TITLE.code);
  await wizard.press("Continue");
  const empty = await wizard.problem();
  assert.equal(empty.linked, "#field-code");

  const last = code.at(-1) === "7" ? "8" : "7";
  const mistyped = code.slice(0, -1) + last;
  await wizard.type("Activation code", mistyped);
  await wizard.press("Continue");
  const wrong = await wizard.problem();
  assert.notEqual(wrong.reference, empty.reference);
  assert.equal(wrong.linked, "#field-code");
  const field = await wizard.find("textbox", "Activation code");
  assert.equal(await field.getAttribute("value"), mistyped);

  await wizard.type("Activation code", holderSecret);
  await wizard.press("Continue");
  const secret = await wizard.problem();
  assert.equal(secret.linked, "#field-code");
  assert.ok(![empty.reference, wrong.reference].includes(secret.reference), secret.message);
  assert.ok(!(await wizard.text()).includes(holderSecret), "a secret is not written back");

  await wizard.press("What does this mean?");
  await wizard.find("dialog", secret.message);
  await wizard.press("Close");
  await wizard.press(secret.message, "link");
  assert.equal(await wizard.focusedName(), "textbox Activation code");
  await wizard.type("Activation code", code);
  await wizard.press("Continue");
  await wizard.screen(TITLE.review);
});

test("a code of a vendor that is not trusted leads to adding that vendor", async (context) => {
  const { wizard, computer } = await trustingExchange(context);
  const other = new Authority(computer.at("other"), { vendor: "Other Works" });
  const { code } = other.sell("com.other.survey", "Survey");
  await wizard.press("Activate a program");
  await wizard.screen(TITLE.code);
  await wizard.type("Activation code", code);
  await wizard.press("Continue");
  await wizard.problem();
  await wizard.press("Add a vendor");
  await wizard.screen(TITLE.vendorFile);
  computer.answerDialog(other.profile);
  await wizard.press("Open file");
  await wizard.screen(TITLE.words);
  await wizard.press("Trust Other Works");
  await wizard.screen(TITLE.code);
  const field = await wizard.find("textbox", "Activation code");
  assert.equal(await field.getAttribute("value"), code, "nothing is typed twice");
  await wizard.press("Continue");
  await wizard.screen(TITLE.review);
});

test("other words end in nothing trusted", async (context) => {
  const { computer, authority } = exchange(context);
  const wizard = await Wizard.open(computer);
  await wizard.screen(TITLE.home);
  computer.answerDialog(authority.profile);
  await wizard.press("Open file");
  await wizard.screen(TITLE.words);
  await wizard.press("These words differ");
  await wizard.screen("Nothing was trusted");
  await wizard.press("Back to your programs");
  await wizard.screen(TITLE.home);
  assert.deepEqual(computer.ask("vendor", "list").vendors, []);
});

test("files that are no answer change nothing, and the answer still works after them", async (context) => {
  const parts = await waiting(context);
  const { wizard, computer, answer } = parts;
  const cut = answer.split("\n");
  cut[3] = cut[3].slice(0, 40);
  const wrong = {
    "empty.kft": "",
    "binary.kft": Buffer.from(Array.from({ length: 300 }, (_, at) => (at * 7919) % 256)),
    "cut.kft": cut.join("\n"),
    "forged.lic": "-----BEGIN KEYFERRY LICENSE-----\nAAAA\n=AAAA\n-----END KEYFERRY LICENSE-----\n",
  };
  const references = [];
  for (const [name, content] of Object.entries(wrong)) {
    const told = await bring(parts, computer.write(name, content));
    assert.ok(await wizard.sees("group", `There is a problem with ${name}`));
    references.push(told.reference);
    if (name === "cut.kft") assert.match(told.message, /line 4/i);
  }
  assert.equal(new Set(references).size, references.length, references.join(", "));
  assert.match((await bring(parts, computer.at("request.kft"))).message, /request/);
  await bring(parts, computer.at("no-such-file.kft"));
  await bring(parts, computer.at("run"));
  assert.equal(computer.run("status", PRODUCT, "--json").code, 7, "still waiting");

  computer.answerDialog(computer.at("answer.kft"));
  await wizard.press("Open file");
  await wizard.screen(TITLE.done);
  await wizard.press("Back to your programs");
  await wizard.screen(TITLE.home);
  computer.answerDialog(computer.at("answer.kft"));
  await wizard.press("Open file");
  await wizard.screen(TITLE.again);
});

test("an answer for another vendor's program or another device is not taken", async (context) => {
  const parts = await waiting(context);
  const { computer, authority, code } = parts;

  const elsewhere = new Computer(context);
  elsewhere.trust(authority);
  elsewhere.ask("activate", code, "--out", elsewhere.at("request.kft"));
  authority.answer(elsewhere.at("request.kft"), computer.at("device.kft"));
  assert.match((await bring(parts, computer.at("device.kft"))).message, /another computer/);

  const stranger = new Authority(computer.at("stranger"), { vendor: "Stranger" });
  const order = stranger.sell(PRODUCT, PRODUCT_NAME);
  const far = new Computer(context);
  far.trust(stranger);
  far.ask("activate", order.code, "--out", far.at("request.kft"));
  stranger.answer(far.at("request.kft"), computer.at("stranger.kft"));
  await bring(parts, computer.at("stranger.kft"));

  assert.equal(computer.run("status", PRODUCT, "--json").code, 7, "still waiting");
});

test("text that is damaged is told at its field, with the line", async (context) => {
  const { wizard, answer } = await waiting(context);
  await paste(wizard, "Text of the answer", "");
  await wizard.press("Read the answer");
  assert.equal((await wizard.problem()).linked, "#field-text");

  const lines = answer.split("\n");
  lines[2] = lines[2].slice(0, -3);
  const damaged = lines.join("\n");
  await paste(wizard, "Text of the answer", damaged);
  await wizard.press("Read the answer");
  const told = await wizard.problem();
  assert.equal(told.linked, "#field-text");
  assert.match(told.message, /line 3/i);
  const field = await wizard.find("textbox", "Text of the answer");
  assert.equal(await field.getAttribute("value"), damaged);
});

test("a place that cannot be written is told, and the request stays", async (context) => {
  const { wizard, computer, code } = await trustingExchange(context);
  await makeRequest(wizard, code);
  await wizard.press("File", "tab");
  computer.answerDialog(computer.at("no-such-folder", "request.kft"));
  await wizard.press("Save as file");
  await wizard.problem();
  computer.answerDialog();
  await wizard.press("Save as file");
  await wizard.find("button", "Save as file");
  computer.answerDialog(computer.at("request.kft"));
  await wizard.press("Save as file");
  await wizard.reads(`Saved to ${computer.at("request.kft")}`);
});

test("a store that another program holds is told, and the work goes on when it is free", async (context) => {
  const { wizard, computer, code } = await trustingExchange(context);
  await wizard.press("Activate a program");
  await wizard.screen(TITLE.code);
  await wizard.type("Activation code", code);
  await wizard.press("Continue");
  await wizard.screen(TITLE.review);
  const holder = spawn("flock", [join(computer.home, "lock"), "sh", "-c", "echo held; read _"]);
  computer.runs({ close: () => holder.kill() });
  await once(holder.stdout, "data");
  await wizard.press("Make the request");
  await wizard.problem();
  const ended = once(holder, "exit");
  holder.stdin.end("\n");
  await ended;
  await wizard.press("Make the request");
  await wizard.screen(TITLE.carry);
});

test("a damaged store is told on Home", async (context) => {
  const parts = await trustingExchange(context);
  const { computer, wizard, code } = parts;
  await makeRequest(wizard, code);
  await wizard.close();
  for (const name of readdirSync(computer.home).filter((name) => name.startsWith("state"))) {
    const file = join(computer.home, name);
    if (!statSync(file).isFile()) continue;
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1] ^= 0xff;
    writeFileSync(file, bytes);
  }
  const later = await Wizard.open(computer);
  const told = await later.problem();
  assert.match(told.message, /damaged/i);
});

test("a store that cannot be made is told in the window, and nothing is taken for trusted", async (context) => {
  const { computer, authority } = exchange(context);
  computer.write("home", "a file where the folder should be");
  const wizard = await Wizard.open(computer, { files: [authority.profile] });
  const told = await wizard.problem();
  assert.match(told.reference, /KF-613/);
  assert.ok(!(await wizard.sees("button", "Trust Acme Tools")));
});
