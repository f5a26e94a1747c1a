import { expect, it } from "vitest";

import { spelled } from "./spelling";

const SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

it("has a word of its own for every symbol of a status code", () => {
  const words = [...SYMBOLS].map(spelled);
  expect(new Set(words).size).toBe(32);
  for (const [at, word] of words.entries()) {
    expect(word.length, SYMBOLS[at]).toBeGreaterThan(2);
    if (at >= 10) expect(word[0]).toBe(SYMBOLS[at]);
  }
});

it("says a symbol without a word as it is", () => {
  expect(spelled("?")).toBe("?");
});
