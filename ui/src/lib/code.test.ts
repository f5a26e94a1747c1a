import { describe, expect, it } from "vitest";

import { caretAfter, codeIn, grouped } from "./code";

describe("grouped", () => {
  it.each([
    ["acme7qk2m9", "ACME7-QK2M9"],
    ["ACME7 QK2M9", "ACME7-QK2M9"],
    ["ACME7–QK2M9", "ACME7-QK2M9"],
    ["ACME7\u00a0QK\u200b2M9\n", "ACME7-QK2M9"],
    ["acme7", "ACME7"],
    ["acme7-", "ACME7"],
    ["", ""],
  ])("writes %j as %j", (typed, shown) => {
    expect(grouped(typed)).toBe(shown);
  });

  it("drops nothing that can be seen", () => {
    expect(grouped("ac!é7")).toBe("AC!É7");
  });

  it("changes nothing the second time", () => {
    const once = grouped("acme7 qk2m9 px3tb nw8zc 4hj6r");
    expect(grouped(once)).toBe(once);
  });
});

describe("caretAfter", () => {
  it("counts the dashes in front", () => {
    expect(caretAfter("acme7q")).toBe("ACME7-Q".length);
    expect(caretAfter("acme7")).toBe("ACME7".length);
  });
});

describe("codeIn", () => {
  const CODE = "ACME7-QK2M9-PX3TB-NW8ZC-4HJ6R";

  it.each([
    `Your activation code: ${CODE}`,
    `> ${CODE}\n> Thank you`,
    `${CODE}\n${CODE}`,
    "code acme7 qk2m9 px3tb nw8zc 4hj6r.",
  ])("finds the only code in %j", (text) => {
    expect(codeIn(text)).toBe(CODE);
  });

  it("leaves a text with two codes, or with none, to the shell", () => {
    const two = `${CODE} or BRLS7-QK2M9-PX3TB-NW8ZC-4HJ6R`;
    expect(codeIn(two)).toBe(two);
    expect(codeIn("  ACME7-QK2M9 ")).toBe("ACME7-QK2M9");
  });

  it("does not take a piece of something longer", () => {
    for (const secret of [`${CODE}-7Q2K9`, `Secret: ${CODE}-7Q2K9`, `${CODE} 7Q2K9`]) {
      expect(codeIn(secret)).toBe(secret);
    }
  });
});
