// The vendor's people at the portal.
import assert from "node:assert/strict";

import { look, open, print } from "./browser.js";

export const PASSWORD = "four plain words here";

let count = 0;

/** Adds somebody with this role; gives their name and the secret of their link. */
export function invite(stage, role) {
  count += 1;
  const { name, code } = stage.authority("account", "add", `${role}-${count}`, "--role", role);
  return { name, code };
}

/** Signs in as somebody new with this role, by their link. */
export async function enter(stage, page, role) {
  const { name, code } = invite(stage, role);
  await page.goto(`${stage.url}/welcome#${code}`);
  await page.getByLabel("Link").fill(code);
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByLabel("The same once more").fill(PASSWORD);
  await page.getByRole("button", { name: "Set it and sign in" }).click();
  await page.waitForURL(/\/vendor/);
  return name;
}

/** Goes there, looks, and fails with all that was found. */
export async function survey(browser, name, heading, arrive, { printed = false } = {}) {
  const { context, page, complaints } = await open(browser);
  await arrive(page);
  await page.getByRole("heading", { level: 1, name: heading }).waitFor();
  const faults = await look(page, name);
  if (printed) faults.push(...(await print(page, name)));
  await context.close();
  assert.deepEqual([...faults, ...complaints], []);
}
