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

  refresh: /^Do you have a refresh from /,
  refreshed: `The license for ${PRODUCT_NAME} was refreshed`,
  suspended: `The license for ${PRODUCT_NAME} is suspended`,
  plan: `What happens when you deactivate ${PRODUCT_NAME}?`,
  reason: `Why are you deactivating ${PRODUCT_NAME}?`,
  confirm: `Deactivate ${PRODUCT_NAME} on this computer now?`,
  carryDeactivation: "How do you want to carry the deactivation?",
  delivered: /^Has .+ received the deactivation\?$/,
  moveRequest: "Do you have the request of the new computer?",
  movePlan: `What happens when you move ${PRODUCT_NAME}?`,
  moveOtherwise: "Is this not the computer that the license leaves?",
  moveCarry: /^How do you want to carry it to /,
  clock: "The clock of this computer is behind",
  clockRight: "Is this the right time?",
  clockCarry: "How do you want to carry the time request?",
  clockAnswer: /^Do you have the time from /,
  clockMended: `The clock no longer stops ${PRODUCT_NAME}`,
  run: `Keep ${PRODUCT_NAME} working for now?`,
  runTaken: new RegExp(`^${PRODUCT_NAME} works until `),
  help: "How can someone help you?",
  statusCode: "Read this code out on the phone",
  report: "Read the report before you save it",
  statusCarry: "How do you want to carry the status?",
  usb: "USB keys",
  keyId: "Have a license made for this USB key",
  keyPut: "Do you have the license file for this USB key?",
  keyDone: `${PRODUCT_NAME} works from this USB key`,
  courier: / as a courier$/,
  refused: `The vendor refused the request for ${PRODUCT_NAME}`,
};

/** A computer and a vendor that sold a program for it. */
export function exchange(test, { portal = "https://license.acme.example", seats, terms } = {}) {
  const computer = new Computer(test);
  const authority = new Authority(computer.at("authority"), { portal });
  const order = authority.sell(PRODUCT, PRODUCT_NAME, { seats, terms });
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

/** A computer that was activated some days ago, with a lease of 30 and a grace of 7 days. */
export function activated(test, { daysAgo = 0, ...options } = {}) {
  const parts = exchange(test, options);
  const { computer, authority, code } = parts;
  const clock = daysAgo > 0 ? `-${daysAgo}d` : undefined;
  computer.clock = authority.clock = clock;
  computer.trust(authority);
  computer.ask("activate", code, "--label", "Drawing office 3", "--out", computer.at("first.kft"));
  authority.answer(computer.at("first.kft"), computer.at("first-answer.kft"));
  const { activation_id: activation } = computer.ask("apply", computer.at("first-answer.kft"));
  computer.clock = authority.clock = undefined;
  return { ...parts, activation };
}

/** The same, with the window open. */
export async function openActivated(test, options) {
  const parts = activated(test, options);
  const wizard = await Wizard.open(parts.computer);
  await wizard.screen(TITLE.home);
  return { ...parts, wizard };
}

/** Saves what is carried by the way of a file: its path. */
export async function saveFile({ wizard, computer }, name) {
  await wizard.press("File", "tab");
  const file = computer.at(name);
  computer.answerDialog(file);
  await wizard.press("Save as file");
  await wizard.reads(`Saved to ${file}`);
  return file;
}

/** Opens a file on the screen that is shown. */
export async function openFile({ wizard, computer }, file) {
  computer.answerDialog(file);
  await wizard.press("Open file");
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
  const request = await saveFile({ wizard, computer }, "request.kft");
  authority.answer(request, computer.at(name));
  return readFileSync(computer.at(name), "utf8");
}
