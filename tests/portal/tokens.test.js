// The vendor's API tokens: in light and dark, on a desk and a phone, with axe.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch } from "./lib/browser.js";
import { enter, survey } from "./lib/desk.js";
import { Stage } from "./lib/stage.js";

let stage;
let browser;

before(async () => {
  stage = await Stage.open();
  browser = await launch();
});

after(async () => {
  await browser.close();
  const { code, log } = await stage.end();
  assert.equal(code, 0, log);
  assert.doesNotMatch(log, /kf_[a-z2-7]{58}/);
});

const onPage = async (page) => {
  await enter(stage, page, "admin");
  await page.goto(`${stage.url}/vendor/tokens`);
};

const make = async (page, scope = "products:read") => {
  await onPage(page);
  await page.getByLabel("What it is for").fill("Web shop");
  if (scope) await page.getByLabel(scope, { exact: true }).check();
  await page.getByRole("button", { name: "Make the token" }).click();
};

test("the list, and a key to make", () => survey(browser, "tokens", "API tokens", onPage));

test("a key that would allow nothing", () => survey(browser, "tokens-trouble", "API tokens", (page) => make(page, null)));

test("the secret of a key, shown once", () => survey(browser, "token-secret", "The secret of Web shop", (page) => make(page)));

test("one key, and what can be done about it", () =>
  survey(browser, "token", "Web shop", async (page) => {
    await make(page);
    await page.getByRole("link", { name: "I have put it where it belongs" }).click();
  }));
