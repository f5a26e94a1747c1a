// The whole Activate task by keyboard alone: what has the focus is named, visible and not covered.
import assert from "node:assert/strict";
import { test } from "node:test";

import { exchange, PRODUCT, TITLE } from "./lib/steps.js";
import { Key, until, Wizard } from "./lib/wizard.js";

/** Presses Tab until the thing with this role and name has the focus. */
async function tabTo(wizard, wanted) {
  const passed = [];
  for (let turn = 0; turn < 40; turn += 1) {
    await wizard.keys(Key.TAB);
    const name = await wizard.focusedName();
    await assertSeen(wizard, name);
    if (name === wanted) return;
    passed.push(name);
  }
  assert.fail(`no Tab leads to “${wanted}”; it passed ${passed.join(", ")}`);
}

/** WCAG 2.4.7 and 2.4.11: the focus is drawn, and nothing lies over it. */
async function assertSeen(wizard, name) {
  const seen = await wizard.page(() => {
    const element = document.activeElement;
    if (element === document.body) return { drawn: true, free: true };
    const { left, top, width, height } = element.getBoundingClientRect();
    const on = document.elementFromPoint(left + width / 2, top + Math.min(height / 2, 20));
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    return {
      drawn: (outlineStyle !== "none" && parseFloat(outlineWidth) >= 2) || boxShadow !== "none",
      free: on !== null && (element.contains(on) || on.contains(element)),
    };
  });
  assert.deepEqual(seen, { drawn: true, free: true }, name);
}

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
