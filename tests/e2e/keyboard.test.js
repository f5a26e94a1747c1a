// The whole Activate task by keyboard alone: what has the focus is named, visible and not covered.
import assert from "node:assert/strict";
import { test } from "node:test";

import { tabTo } from "./lib/keyboard.js";
import { exchange, PRODUCT, TITLE } from "./lib/steps.js";
import { Key, until, Wizard } from "./lib/wizard.js";

test("the Activate task by keyboard alone", async (context) => {
  const { computer, authority, code } = exchange(context);
  const wizard = await Wizard.open(computer);
  await wizard.screen(TITLE.home);
  await tabTo(wizard, "button Add your vendor");
  await wizard.keys(Key.ENTER);
  await wizard.screen(TITLE.vendorFile);
  computer.answerDialog(authority.profile);
  await tabTo(wizard, "button Open file");
  await wizard.keys(Key.SPACE);
  await wizard.screen(TITLE.words);
  await tabTo(wizard, "button Trust Acme Tools");
  await wizard.keys(Key.ENTER);
  await wizard.screen(TITLE.home);

  await tabTo(wizard, "button Activate a program");
  await wizard.keys(Key.ENTER);
  await wizard.screen(TITLE.code);
  await tabTo(wizard, "textbox Activation code");
  await wizard.keys("not a code", Key.ENTER);
  const { message } = await wizard.problem();
  await tabTo(wizard, `link ${message}`);
  await wizard.keys(Key.ENTER);
  await until(
    "the focus in the field",
    async () => (await wizard.focusedName()) === "textbox Activation code",
  );
  await wizard.page(() => document.activeElement.select());
  await wizard.keys(code.toLowerCase(), Key.ENTER);
  await wizard.screen(TITLE.review);
  await tabTo(wizard, "button Make the request");
  await wizard.keys(Key.ENTER);
  await wizard.screen(TITLE.carry);

  await tabTo(wizard, "tab QR code");
  await wizard.keys(Key.ARROW_RIGHT);
  assert.equal(await wizard.focusedName(), "tab File");
  computer.answerDialog(computer.at("request.kft"));
  await tabTo(wizard, "button Save as file");
  await wizard.keys(Key.ENTER);
  await wizard.reads("Saved to");
  authority.answer(computer.at("request.kft"), computer.at("answer.kft"));
  await tabTo(wizard, "button Continue");
  await wizard.keys(Key.ENTER);
  await wizard.screen(TITLE.answer);
  computer.answerDialog(computer.at("answer.kft"));
  await tabTo(wizard, "button Open file");
  await wizard.keys(Key.ENTER);
  await wizard.screen(TITLE.done);
  assert.equal(computer.ask("status", PRODUCT).standing.state, "licensed");

  await tabTo(wizard, "button Help");
  await wizard.keys(Key.ENTER);
  await wizard.find("dialog", "How this works without a network");
  await wizard.keys(Key.ESCAPE);
  await until(
    "the dialog to close",
    async () => !(await wizard.sees("dialog", "How this works without a network")),
  );
  assert.equal(await wizard.focusedName(), "button Help", "the focus is back where it was");
});
