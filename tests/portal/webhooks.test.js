// The vendor's webhooks: in light and dark, on a desk and a phone, with axe.
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
  assert.doesNotMatch(log, /whsec_/);
});

const add = async (page, url = "https://shop.example/hooks/keyferry") => {
  await enter(stage, page, "admin");
  await page.goto(`${stage.url}/vendor/webhooks`);
  await page.getByLabel("Address").fill(url);
  await page.getByRole("button", { name: "Add the webhook" }).click();
};

test("the secret of a webhook, shown once", () =>
  survey(browser, "webhook-secret", "The secret of the webhook", (page) => add(page)));

test("an address that no webhook leads to", () =>
  survey(browser, "webhooks-trouble", "Webhooks", (page) => add(page, "http://shop.example/")));

test("the list, and one with what it was told", async () => {
  await survey(browser, "webhooks", "Webhooks", async (page) => {
    await enter(stage, page, "admin");
    await page.goto(`${stage.url}/vendor/webhooks`);
  });
  await survey(browser, "webhook", "A webhook", async (page) => {
    await add(page);
    await page.getByRole("link", { name: "I have put it where it belongs" }).click();
    await page.getByRole("button", { name: "Send a test message" }).click();
    await page.getByRole("button", { name: /^Send again ping/ }).waitFor();
  });
});
