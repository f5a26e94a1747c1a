// Every language has every message, with the same placeholders.
import { expect, it } from "vitest";

import english from "../messages/en.json";
import settings from "../messages/project.inlang/settings.json";

const files = import.meta.glob<Record<string, unknown>>("../messages/*.json", {
  eager: true,
  import: "default",
});

function placeholders(message: unknown): string[] {
  return [...new Set(JSON.stringify(message).match(/\{\w+\}/g))].sort();
}

it("knows every language that has a file", () => {
  const known = settings.locales.map((locale) => `../messages/${locale}.json`);
  expect(Object.keys(files).sort()).toEqual(known.sort());
});

it.each(settings.locales)("has every message in %s", (locale) => {
  const messages = files[`../messages/${locale}.json`] ?? {};
  expect(Object.keys(messages).sort()).toEqual(Object.keys(english).sort());
  for (const [key, message] of Object.entries(english)) {
    expect(placeholders(messages[key]), key).toEqual(placeholders(message));
  }
});
