import { describe, expect, it } from "vitest";

import { named, phrase, size, why, words } from "./catalogue";
import { references } from "./generated/catalogue/codes";

describe("words", () => {
  it("fills in counts, times and names", () => {
    expect(words("armor_line_short", { line: "4", missing: "3" }).message).toBe(
      "Line 4 of the text is too short (characters missing: 3).",
    );
    expect(words("lease_ended", { until: "2026-03-03T12:00:00Z" }).message).toContain(
      "3 March 2026",
    );
  });

  it("says that a value is not known rather than showing a brace", () => {
    for (const code of Object.keys(references) as (keyof typeof references)[]) {
      const { message, cause, nextStep } = words(code);
      expect(message + cause + nextStep).not.toMatch(/[{}]/);
    }
  });

  it("leaves braces inside a value alone", () => {
    expect(words("file_not_found", { path: "/tmp/{path}" }).message).toContain("/tmp/{path}");
  });
});

describe("phrase", () => {
  it("lists components by their names", () => {
    expect(phrase("standing_changed", { components: "cpu,system_disk,network_adapter" })).toBe(
      "The processor, system disk and network adapter changed; still within tolerance.",
    );
  });
});

describe("named", () => {
  it("knows claims, and leaves what it does not know as it is", () => {
    expect(named("claim_computer_name")).toBe("Computer name");
    expect(named("claim_of_tomorrow")).toBe("claim_of_tomorrow");
    expect(why("claim_computer_name")).not.toBeNull();
    expect(why("claim_of_tomorrow")).toBeNull();
  });
});

describe("size", () => {
  it.each([
    [600, "600 B"],
    [16 * 1024, "16 KB"],
    [3 * 1024 * 1024, "3 MB"],
  ])("writes %i as %s", (bytes, shown) => {
    expect(size(bytes)).toBe(shown);
  });
});
