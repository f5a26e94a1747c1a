// The pages of keys and of the audit log.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { launch, open } from "./lib/browser.js";
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
});

const at = (path) => async (page) => {
  await enter(stage, page, "admin");
  await page.goto(`${stage.url}${path}`);
};

test("keys, one in another's place, and its end", async () => {
  await survey(browser, "key-replace", "Replace the exchange key?", at("/vendor/keys/replace/exchange"));
  await survey(browser, "key-replace-trouble", "Replace the exchange key?", async (page) => {
    await at("/vendor/keys/replace/exchange")(page);
    await page.getByLabel("Days for which").fill("many");
    await page.getByRole("button", { name: "Make a new key" }).click();
    await page.getByText("This is not a whole number").first().waitFor();
  });
  await survey(browser, "keys", "Keys", async (page) => {
    await at("/vendor/keys")(page);
    await page.getByRole("link", { name: "Replace: Signing key" }).click();
    await page.getByRole("button", { name: "Make a new key" }).click();
    await page.getByText("Another key is in use now.").waitFor();
  });
  await survey(browser, "key-retire", "Retire this key for good?", async (page) => {
    await at("/vendor/keys")(page);
    await page.getByRole("link", { name: /^Retire for good: Signing key/ }).click();
  });
});

test("the vendor profile, and how another one looks", async () => {
  const page = "/vendor/profile";
  await survey(browser, "profile", "Vendor profile", at(page));
  await survey(browser, "profile-change", "Change the vendor profile", at(`${page}/change`));
  const fill = async (page, colour) => {
    await at("/vendor/profile/change")(page);
    const logo = await page.locator(".monogram").screenshot();
    await page.getByLabel("Name").fill("Acme Tools & Machines of Somewhere");
    await page.getByLabel("Support").fill("help@acme.example");
    await page.getByLabel("Colour").fill(colour);
    await page.getByLabel("Logo").setInputFiles(stage.file("logo.png", logo));
    await page.getByRole("button", { name: "See how it looks" }).click();
  };
  await survey(browser, "profile-trouble", "Change the vendor profile", async (page) => {
    await fill(page, "yellow");
    await page.getByText("One thing has to be put right").waitFor();
  });
  await survey(browser, "profile-preview", "How it will look", async (page) => {
    await fill(page, "#ffe000");
    const drawn = await page.locator(".face img").evaluateAll((all) => all.map((one) => one.naturalWidth > 0));
    assert.deepEqual(drawn, [true, true]);
  });
  await survey(browser, "profile-changed", "Vendor profile", async (page) => {
    await fill(page, "#7b3fb5");
    await page.getByRole("button", { name: "Change the vendor profile" }).click();
    await page.getByText("The profile is changed").waitFor();
  });
  const words = ["--name", "Acme Tools", "--no-support", "--no-colour", "--no-logo"];
  stage.authority("vendor", "change", ...words);
});

test("the log, looked through", async () => {
  for (const name of ["north", "south"]) stage.sell(3, `Works ${name}`);
  await survey(browser, "audit", "Audit log", at("/vendor/audit"));
  await survey(browser, "audit-empty", "Audit log", at("/vendor/audit?of=com.acme.nothing"));
});

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? "with scripts" : "without scripts";

  test(`the log is checked, taken along, and checked against its head, ${how}`, async () => {
    const { context, page, complaints } = await open(browser, { javaScriptEnabled });
    await at("/vendor/audit")(page);
    const taken = async (button) => {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: button }).click(),
      ]);
      return { name: download.suggestedFilename(), path: await download.path() };
    };
    const log = await taken("Download the log");
    assert.equal(log.name, "keyferry-audit.jsonl");
    assert.match(readFileSync(log.path, "utf8"), /^\{"keyferry_audit":1,/);
    const head = await taken("Download the head");
    await page.getByLabel("A head that was kept").setInputFiles(head.path);
    await page.getByRole("button", { name: "Check the log" }).click();
    await page.getByText("It is the log whose head was taken on").waitFor();
    assert.deepEqual(complaints, []);
    await context.close();
  });
}

test("a check of the log", async () => {
  const check = (file) => async (page) => {
    await at("/vendor/audit")(page);
    if (file) await page.getByLabel("A head that was kept").setInputFiles(file);
    await page.getByRole("button", { name: "Check the log" }).click();
  };
  await survey(browser, "audit-whole", "The audit log is whole", check());
  const none = stage.file("none.head", "no head at all");
  await survey(browser, "audit-trouble", /head/, check(none));
});
