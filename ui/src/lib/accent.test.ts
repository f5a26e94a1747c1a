import { describe, expect, it } from "vitest";

import { accentOf, contrast, DEFAULT_ACCENT } from "./accent";

/** Colours that vendors may come up with: the corners of the cube, and steps between. */
function* colours(): Generator<string> {
  const steps = ["00", "33", "66", "99", "cc", "ff"];
  for (const red of steps) {
    for (const green of steps) {
      for (const blue of steps) yield `#${red}${green}${blue}`;
    }
  }
}

const GROUNDS = {
  light: ["#ffffff", "#f3f6f7", "#eaf0f2"],
  dark: ["#0d171c", "#152229", "#111c22", "#22323a"],
} as const;

describe.each(["light", "dark"] as const)("an accent in %s", (theme) => {
  it("can be read on every ground, whatever the vendor's colour", () => {
    for (const colour of colours()) {
      const accent = accentOf(colour, theme);
      for (const ground of [...GROUNDS[theme], accent.soft]) {
        expect(contrast(accent.text, ground), `${colour} on ${ground}`).toBeGreaterThanOrEqual(4.5);
      }
    }
  });

  it("carries text on a button that stands out from the page", () => {
    for (const colour of colours()) {
      const { solid, solidHover, onSolid } = accentOf(colour, theme);
      expect(contrast(solid, onSolid), colour).toBeGreaterThanOrEqual(4.5);
      expect(contrast(solidHover, onSolid), colour).toBeGreaterThanOrEqual(4.5);
      for (const ground of GROUNDS[theme]) {
        expect(contrast(solid, ground), `${colour} on ${ground}`).toBeGreaterThanOrEqual(3);
      }
    }
  });
});

describe("accentOf", () => {
  it("keeps a colour that can be read as it is", () => {
    expect(accentOf("#3056d3", "light").solid).toMatch(/^#3[0-9a-f]5[0-9a-f]d[0-9a-f]$/);
  });

  it("is Keyferry's own where a vendor has none, or one that is no colour", () => {
    const own = accentOf(DEFAULT_ACCENT, "light");
    for (const other of [null, "", "red", "#12345", "url(x)"]) {
      expect(accentOf(other, "light")).toEqual(own);
    }
  });
});
