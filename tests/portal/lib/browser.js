// A real Chromium, and what every page has to hold in it.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

const require = createRequire(import.meta.url);
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const OUT = fileURLToPath(new URL("../out/", import.meta.url));
/** Also at twice the text size and from right to left: `tests/portal/run --pictures`. */
const EVERY_PICTURE = process.env.KEYFERRY_PICTURES === "every";

const DESK = { width: 1100, height: 800 };
/** WCAG 1.4.10: the width of a phone, or of a desk at four times the size. */
const PHONE = { width: 320, height: 640 };

export async function launch(...more) {
  mkdirSync(OUT, { recursive: true });
  return chromium.launch({
    executablePath: process.env.KEYFERRY_CHROMIUM,
    args: ["--no-sandbox", "--disable-dev-shm-usage", ...more],
  });
}

/** A window, and what its console and its network complain of. */
export async function open(browser, options = {}) {
  const context = await browser.newContext({ viewport: DESK, acceptDownloads: true, ...options });
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (fault) => complaints.push(`${fault}`));
  page.on("console", (message) => {
    if (message.type() !== "error") return;
    // Chromium tells of every answer that is not 2xx.
    if (/the server responded with a status of 4\d\d/.test(message.text())) return;
    complaints.push(message.text());
  });
  return { context, page, complaints };
}

/**
 * Looks at the page as it is: in light and dark, on a phone, in forced colours, at twice the text size, from right
 * to left. Dark differs from light by its colours alone, so the phone is measured once.
 */
export async function look(page, name) {
  const faults = [];
  const note = (what, found) => {
    if (found.length > 0) faults.push(`${name}: ${what}: ${JSON.stringify(found)}`);
  };
  const picture = (kind) => page.screenshot({ path: `${OUT}${kind}.png`, fullPage: true });
  const more = async (kind) => EVERY_PICTURE && (await picture(kind));

  await page.evaluate(AXE);
  for (const colorScheme of ["dark", "light"]) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(DESK);
    await picture(`${colorScheme}-${name}`);
    note(`axe, ${colorScheme}`, await violations(page));
  }
  note("small targets", await smallTargets(page));
  await page.setViewportSize(PHONE);
  await picture(`light-${name}-phone`);
  note("axe, phone", await violations(page));
  note("sideways at 320 pixels", await sideways(page));
  await page.setViewportSize(DESK);
  await page.emulateMedia({ forcedColors: "active" });
  note("axe, forced colours", await violations(page));
  await page.emulateMedia({ forcedColors: "none" });
  await page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
  note("sideways at twice the text size", await sideways(page));
  await more(`light-${name}-large`);
  await page.evaluate(() => (document.documentElement.style.fontSize = ""));
  await page.evaluate(() => (document.documentElement.dir = "rtl"));
  note("sideways from right to left", await sideways(page));
  await more(`rtl-${name}`);
  await page.evaluate(() => (document.documentElement.dir = "ltr"));
  return faults;
}

/** How it prints, as a picture. */
export async function print(page, name) {
  await page.emulateMedia({ media: "print", colorScheme: "light" });
  await page.setViewportSize({ width: 720, height: 1000 });
  await page.screenshot({ path: `${OUT}print-${name}.png`, fullPage: true });
  const faults = await sideways(page);
  await page.emulateMedia({ media: "screen" });
  await page.setViewportSize(DESK);
  return faults;
}

async function violations(page) {
  const { violations: found } = await page.evaluate(() => globalThis.axe.run());
  return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`);
}

/** What is wider than the window. */
function sideways(page) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth > clientWidth ? [`${scrollWidth} > ${clientWidth}`] : [];
  });
}

/** WCAG 2.5.8: targets of less than 24 pixels that do not stand in a line of text. */
function smallTargets(page) {
  return page.evaluate(() => {
    const inText = (one) => one.tagName === "A" && one.closest("p, li") && !one.matches(".button");
    return [...document.querySelectorAll("a, button, input, textarea, select")]
      .filter((one) => one.checkVisibility() && one.type !== "hidden" && !inText(one))
      .filter((one) => !one.matches(".skip"))
      .map((one) => ({ one, box: one.getBoundingClientRect() }))
      .filter(({ box }) => box.width < 24 || box.height < 24)
      .map(({ one }) => one.outerHTML);
  });
}
