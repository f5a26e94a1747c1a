// What holds for every screen: the acceptance list, walked.
import { flushSync } from "svelte";
import { describe, expect, it } from "vitest";

import english from "../messages/en.json";
import { expectAccessible, heading, openAt } from "./open";
import { speakPseudo } from "./pseudo";
import { scenes } from "./scenes";
import * as usb from "./usb";
import * as views from "./views";

const names = Object.keys(scenes);

async function show(name: string): Promise<void> {
  const scene = scenes[name]?.();
  if (!scene) throw new Error(`there is no scene ${name}`);
  openAt(scene.shell, scene.journey);
  flushSync();
  scene.after?.();
  // Home asks the shell first.
  await new Promise((resolve) => setTimeout(resolve, 20));
  flushSync();
}

/** Everything that the shell said: names, codes, paths. It is shown as it is in every language. */
function told(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value === "string") found.add(value);
  else if (typeof value === "object" && value !== null) Object.values(value).forEach((each) => told(each, found));
  return found;
}

describe.each(names)("%s", (name) => {
  it("has no accessibility violation", async () => {
    await show(name);
    await expectAccessible();
  });

  it("has one h1, and the focus is on it, on what went wrong, or in a dialog", async () => {
    await show(name);
    expect(document.querySelectorAll("h1")).toHaveLength(1);
    const summary = document.querySelector(".summary");
    const dialog = document.querySelector("dialog[open]");
    if (!dialog) expect(summary ?? heading()).toHaveFocus();
  });

  it("names the screen in the title of the window", async () => {
    await show(name);
    const title = `${heading().textContent} – Keyferry`;
    expect(document.title).toBe(document.querySelector(".summary") ? `Error: ${title}` : title);
  });

  it("offers Back wherever there is a way back", async () => {
    await show(name);
    const back = document.querySelector("button.back");
    if (name.startsWith("home") || name === "help") expect(back).toBeNull();
    else expect(back).toHaveTextContent(english.back);
  });

  it("has no dead button and no inline style", async () => {
    await show(name);
    expect(document.querySelectorAll(":disabled, [aria-disabled=true]")).toHaveLength(0);
    const set = [...document.body.querySelectorAll<HTMLElement>("[style]")].flatMap(({ style }) =>
      Array.from({ length: style.length }, (_, at) => style.item(at)),
    );
    expect(set.filter((property) => !property.startsWith("--"))).toEqual([]);
  });

  it("takes every word from the message catalogue", async () => {
    speakPseudo();
    await show(name);
    const data = [...told({ views, usb, scenes: names }), "Keyferry", "KF-"];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const foreign: string[] = [];
    while (texts.nextNode()) {
      const node = texts.currentNode;
      const text = node.textContent?.trim() ?? "";
      const isOption = node.parentElement?.tagName === "OPTION";
      const isShown = text === "" || isOption || text.includes("~]") || !/[a-z]{3}/i.test(text);
      if (!isShown && !data.some((each) => each === text) && !/^\w{3} \d+, \d{4}$|^\w+ \d+, \d{4}/.test(text)) {
        foreign.push(text);
      }
    }
    expect(foreign.filter((text) => !KNOWN_DATA.has(text))).toEqual([]);
  });
});

/** Names in the scenes that are no part of the views. */
const KNOWN_DATA = new Set([
  "Borealis Spectrum Analyser Professional",
  "answer.kft",
  "acme.kfv",
  "refresh.kft",
  "time.kft",
  "refusal.kft",
  "acme-cad-bench-4.kft",
  // The system writes durations, as it writes dates.
  "3 days",
  "You now trust Acme Software. You can activate its programs.",
]);

it("gives each screen a heading of its own", async () => {
  const one = ["home", "vendor-file", "vendor-words", "vendor-differs", "code", "review", "carry-qr", "answer", "done", "deactivate-plan", "deactivate-reason", "deactivate-confirm", "deactivate-carry", "delivered", "move-request", "move-plan", "move-otherwise", "move-carry", "refused", "refresh-bring", "refreshed", "refreshed-suspended", "refreshed-revoked", "clock-state", "clock-right", "clock-carry", "clock-answer", "clock-mended", "emergency-plan", "emergency-taken", "help-ways", "help-code", "help-report", "help-status", "usb", "license-key-id", "license-key-put", "license-key-done", "license-key-stopped", "courier", "brought", "settings"];
  const titles = new Set<string>();
  for (const name of one) {
    await show(name);
    titles.add([...document.querySelectorAll("h1")].at(-1)?.textContent ?? "");
  }
  expect(titles.size).toBe(one.length);
});

it("uses no word that blames or begs", () => {
  const words = JSON.stringify(english).toLowerCase();
  for (const banned of ["invalid", "please", "oops", "token", "sorry", "error occurred"]) {
    expect(words).not.toContain(banned);
  }
});
