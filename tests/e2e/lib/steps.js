// The steps of the wizard's tasks, for tests that are about something further on.
import { readFileSync } from "node:fs";

import { Authority } from "./authority.js";
import { Computer } from "./computer.js";
import { Wizard } from "./wizard.js";

export const PRODUCT = "com.acme.cad";
export const PRODUCT_NAME = "Acme CAD";
export const TITLE = {
  home: "Your programs",
  vendorFile: "Which vendor do you want to add?",
  words: "Are these the vendor's 12 words?",
  code: "What is your activation code?",
  review: "What will be sent?",
  carry: "How do you want to carry the request?",
  answer: /^Do you have the answer from /,
  done: `${PRODUCT_NAME} is activated`,
  again: `This was already used for ${PRODUCT_NAME}`,
  settings: "Settings",
};

/** A computer and a vendor that sold a program for it. */
export function exchange(test, { portal = "https://license.acme.example", seats } = {}) {
  const computer = new Computer(test);
  const authority = new Authority(computer.at("authority"), { portal });
  const order = authority.sell(PRODUCT, PRODUCT_NAME, { seats });
  return { computer, authority, ...order };
}

/** The same, with the vendor trusted and the window open. */
export async function trustingExchange(test, options) {
  const parts = exchange(test, options);
  parts.computer.trust(parts.authority);
  const wizard = await Wizard.open(parts.computer);
  await wizard.screen(TITLE.home);
  return { ...parts, wizard };
}

/** From Home to the request. */
export async function makeRequest(wizard, code) {
  await wizard.press(/^Activate( a program| another program)?$/);
  await wizard.screen(TITLE.code);
  await wizard.type("Activation code", code);
  await wizard.press("Continue");
  await wizard.screen(TITLE.review);
  await wizard.press("Make the request");
  await wizard.screen(TITLE.carry);
}

/** Saves the request that is shown, and has the vendor answer it: the text of the answer. */
export async function answered({ wizard, computer, authority }, name = "answer.kft") {
  await wizard.press("File", "tab");
  const request = computer.at("request.kft");
  computer.answerDialog(request);
  await wizard.press("Save as file");
  await wizard.reads(`Saved to ${request}`);
  authority.answer(request, computer.at(name));
  return readFileSync(computer.at(name), "utf8");
}
