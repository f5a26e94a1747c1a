// The Activate task from the first start to the license, by every carrier that a machine without a camera allows.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { dearmored, fromQr } from "./lib/armor.js";
import { run } from "./lib/programs.js";
import { scanned } from "./lib/scan.js";
import { answered, exchange, makeRequest, PRODUCT, TITLE, trustingExchange } from "./lib/steps.js";
import { until, Wizard } from "./lib/wizard.js";

test("from the first start to the license, and the record of it", async (context) => {
  const { computer, authority, code } = exchange(context);
  const wizard = await Wizard.open(computer);
  await wizard.screen(TITLE.home);
  assert.ok(await wizard.sees("heading", "Start with your vendor"));

  await wizard.press("Add your vendor");
  await wizard.screen(TITLE.vendorFile);
  computer.answerDialog(authority.profile);
  await wizard.press("Open file");
  await wizard.screen(TITLE.words);
  const list = await wizard.find("list", "The 12 words of this vendor file");
  const words = await wizard.page(
    (ol) => [...ol.children].map((item) => item.lastChild.textContent.trim()),
    list,
  );
  assert.equal(words.join(" "), authority.words);
  assert.deepEqual(computer.ask("vendor", "list").vendors, [], "nothing is trusted yet");
  await wizard.press("Trust Acme Tools");
  await wizard.screen(TITLE.home);
  await wizard.reads("You now trust Acme Tools.");

  await wizard.press("Activate a program");
  await wizard.screen(TITLE.code);
  await wizard.type(
    "Activation code",
    code.toLowerCase().replaceAll("-", "").replace(/.{3}/g, "$& "),
  );
  await wizard.press("Continue");
  await wizard.screen(TITLE.review);
  await wizard.type("Name of this computer", "Lab 3");
  await until("the list to follow the name", async () =>
    (await wizard.page(() => document.querySelector("dl").innerText)).includes("Lab 3"),
  );
  assert.equal(computer.ask("status").products.length, 0, "nothing is made yet");
  await wizard.press("Make the request");
  await wizard.screen(TITLE.carry);

  const picture = await wizard.picture("request-qr");
  await wizard.press("Enlarge");
  await wizard.find("dialog", "Scan with a phone");
  const enlarged = await wizard.picture("request-qr-enlarged");
  await wizard.press("Close");
  await wizard.press("File", "tab");
  const request = computer.at("request.kft");
  computer.answerDialog(request);
  await wizard.press("Save as file");
  await wizard.reads(`Saved to ${request}`);
  const saved = dearmored(readFileSync(request));
  for (const text of [scanned(picture), scanned(enlarged)]) {
    assert.ok(text.startsWith("HTTPS://LICENSE.ACME.EXAMPLE/A#"), text);
    assert.deepEqual(fromQr(text), saved, "the QR code carries what the file carries");
  }

  const answer = computer.at("answer.kft");
  assert.equal(authority.answer(request, answer).outcome, "activated");
  await wizard.press("Continue");
  await wizard.screen(TITLE.answer);
  computer.answerDialog(answer);
  await wizard.press("Open file");
  await wizard.screen(TITLE.done);
  const status = computer.ask("status", PRODUCT);
  await wizard.reads(status.activation_id);
  await wizard.reads("Works until");

  const record = computer.at("record.txt");
  computer.answerDialog(record);
  await wizard.press("Save record");
  await wizard.reads(record);
  const kept = computer.read("record.txt").toString();
  assert.ok(kept.includes(status.activation_id) && kept.includes("Lab 3"), kept);
  const bare = kept.replaceAll(/[^0-9A-Z]/g, "");
  assert.ok(!bare.includes(code.replaceAll("-", "")), "the record has no activation code");

  await wizard.press("Back to your programs");
  await wizard.screen(TITLE.home);
  await wizard.find("article", "Acme CAD");
  await wizard.reads("Licensed");
  const { code: exit, stdout } = computer.run("status", PRODUCT, "--json");
  assert.equal(exit, 0);
  assert.equal(JSON.parse(stdout).standing.state, "licensed");
});

test("copied out, and pasted back as a mail would damage it", async (context) => {
  const parts = await trustingExchange(context);
  const { computer, authority, code, wizard } = parts;
  await makeRequest(wizard, code);
  await wizard.press("Text", "tab");
  await wizard.press("Copy text");
  await wizard.reads("Copied");
  const copied = run("xclip", ["-selection", "clipboard", "-out"]).stdout;
  assert.match(copied, /^-----BEGIN KEYFERRY ACTIVATION REQUEST-----\n/);

  const answer = authority.answerText(copied);
  const quoted = `Hello,\r\n\r\nhere it is:\r\n${answer.replaceAll(/^/gm, "> ").replaceAll("\n", "\r\n")}\r\nBye`;
  await wizard.press("Continue");
  await wizard.screen(TITLE.answer);
  await wizard.page(() => (document.querySelector("details").open = true));
  const field = await wizard.find("textbox", "Text of the answer");
  await wizard.page(
    (textarea, text) => {
      textarea.value = text;
      textarea.dispatchEvent(new InputEvent("input", { bubbles: true }));
    },
    field,
    quoted,
  );
  await wizard.press("Read the answer");
  await wizard.screen(TITLE.done);
  assert.equal(computer.ask("status", PRODUCT).standing.state, "licensed");
});

test("the answer comes from the clipboard at the press of a button", async (context) => {
  const parts = await trustingExchange(context);
  const { code, wizard } = parts;
  await makeRequest(wizard, code);
  const answer = await answered(parts);
  await wizard.press("Continue");
  await wizard.screen(TITLE.answer);
  run("xclip", ["-selection", "clipboard", "-in"], {
    input: answer,
    stdio: ["pipe", "ignore", "ignore"],
  });
  await wizard.press("Paste");
  await wizard.screen(TITLE.done);
});

test("what was left in the middle is found again after a restart", async (context) => {
  const parts = await trustingExchange(context);
  const { computer, authority, code, wizard } = parts;
  await makeRequest(wizard, code);
  const shown = scanned(await wizard.picture("request-before-restart"));
  await wizard.close();

  const later = await Wizard.open(computer);
  await later.screen(TITLE.home);
  await later.reads("Waiting for the answer");
  await later.press("Show the request again");
  await later.screen(TITLE.carry);
  assert.equal(scanned(await later.picture("request-after-restart")), shown);
  const answer = await answered({ wizard: later, computer, authority });
  assert.deepEqual(dearmored(computer.read("request.kft")), fromQr(shown));
  assert.ok(answer);
  await later.press("To your programs");
  await later.screen(TITLE.home);
  await later.press("Bring the answer");
  await later.screen(TITLE.answer);
  computer.answerDialog(computer.at("answer.kft"));
  await later.press("Open file");
  await later.screen(TITLE.done);
});
