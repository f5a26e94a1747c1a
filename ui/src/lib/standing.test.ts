import { describe, expect, it } from "vitest";

import { standingWords } from "./standing";
import type { StandingView } from "./views";

const standing: StandingView = {
  state: "licensed",
  reason: null,
  until: "2099-03-03T12:00:00Z",
  features: [],
  changed: [],
};

describe("standingWords", () => {
  it("says until when, and that it is bound", () => {
    const { tone, sentences } = standingWords(standing);
    expect(tone).toBe("good");
    expect(sentences).toMatch(/until 3 March 2099\. Bound to this computer\.$/);
  });

  it("speaks of a license without an end", () => {
    expect(standingWords({ ...standing, until: null }).sentences).toMatch(/without an end/);
  });

  it("names what changed while it is still within tolerance", () => {
    const { sentences } = standingWords({ ...standing, changed: ["network_adapter"] });
    expect(sentences).toContain("network adapter changed");
  });

  it("gives the reason and one next step where the program does not run", () => {
    const { tone, sentences, nextStep } = standingWords({
      ...standing,
      state: "blocked",
      reason: "clock_behind",
      until: null,
    });
    expect(tone).toBe("bad");
    expect(sentences).not.toBe("");
    expect(nextStep).not.toBeNull();
  });

  it("names what no longer fits where that is why it does not run", () => {
    const { differs, sentences } = standingWords({
      ...standing,
      state: "blocked",
      reason: "wrong_device",
      until: null,
      changed: ["system_disk", "cpu"],
    });
    expect(sentences).toBe("The license does not fit this computer.");
    expect(differs).toBe("What differs: system disk and processor.");
  });

  it("has words for a state without a reason", () => {
    for (const state of [
      "unlicensed",
      "expired",
      "stopped",
      "blocked",
      "grace",
      "emergency",
    ] as const) {
      expect(standingWords({ ...standing, state }).sentences).not.toBe("");
    }
  });
});
