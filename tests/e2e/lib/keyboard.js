// Going from one thing to the next by Tab: what has the focus is visible and not covered.
import assert from "node:assert/strict";

import { Key } from "./wizard.js";

/** Presses Tab until the thing with this role and name has the focus. */
export async function tabTo(wizard, wanted) {
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
