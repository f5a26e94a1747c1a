// What can be measured about a screen: accessibility rules, room, targets.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The accessibility rules that the page breaks, each with where. */
export async function violations(wizard) {
  if (!(await wizard.page(() => Boolean(window.axe))))
    await wizard.page(`${AXE}; window.axe = axe;`);
  const found = await wizard.pageLater((done) => {
    window.axe.run(document, { resultTypes: ["violations"] }).then(
      ({ violations }) =>
        done(violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target.join(" "))])),
      (fault) => done([["axe failed", [String(fault)]]]),
    );
  });
  return Object.fromEntries(found);
}

/** What sticks out sideways: nothing, where the page does not scroll that way. */
export function overflow(wizard) {
  return wizard.page(() => {
    const page = document.scrollingElement;
    if (page.scrollWidth <= page.clientWidth) return [];
    return [...document.querySelectorAll("body *")]
      .filter((element) => element.getBoundingClientRect().right > page.clientWidth + 0.5)
      .map(
        (element) =>
          `${element.localName}.${element.className} ${element.textContent.trim().slice(0, 40)}`,
      );
  });
}

/** Text that is cut off at the edge of what holds it. */
export function cut(wizard) {
  return wizard.page(() =>
    [...document.querySelectorAll("button, h1, h2, h3, p, dd, dt, label, summary, li")]
      .filter((element) => element.checkVisibility() && !element.classList.contains("unseen"))
      .filter(
        (element) =>
          element.scrollWidth > element.clientWidth + 1 &&
          getComputedStyle(element).display !== "inline",
      )
      .map((element) => `${element.localName} ${element.textContent.trim().slice(0, 40)}`),
  );
}

/** What can be pressed and is smaller than 24 by 24 CSS pixels (WCAG 2.5.8; links in a sentence are excepted). */
export function smallTargets(wizard) {
  return wizard.page(() =>
    [...document.querySelectorAll("button, summary, select, textarea, input, [role=tab]")]
      .filter((element) => element.checkVisibility())
      // A choice is pressed by its label as well.
      .map((element) => (element.type === "radio" ? element.closest("label") : element))
      .map((element) => [element, element.getBoundingClientRect()])
      .filter(([, { width, height }]) => width < 24 || height < 24)
      .map(([element, { width, height }]) => `${element.textContent.trim()} ${width}×${height}`),
  );
}

/** Makes all text twice as large, as a person's settings do. */
export function enlargeText(wizard, on) {
  return wizard.page((on) => {
    document.documentElement.style.setProperty("font-size", on ? "200%" : "");
  }, on);
}
