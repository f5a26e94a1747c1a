// The pages of those who sign in: in light and dark, on a desk and a phone, with scripts and without.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";

import { launch, open } from "./lib/browser.js";
import { PASSWORD, enter, invite, survey } from "./lib/desk.js";
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
  assert.doesNotMatch(log, /#|[A-Z2-7]{8}-[A-Z2-7]{8}|four plain words/);
});

const goTo = (path) => (page) => page.goto(`${stage.url}${path}`);

const signIn = async (page, name, password, code = "") => {
  await page.goto(`${stage.url}/sign-in`);
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password").fill(password);
  await page.getByLabel("Code of your app").fill(code);
  await page.getByRole("button", { name: "Sign in" }).click();
};

/** What an app shows that was given this secret (RFC 6238). */
function appCode(secret, at = Date.now()) {
  const symbols = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret.replaceAll(" ", "")].map((one) => symbols.indexOf(one).toString(2).padStart(5, "0"));
  const key = Buffer.from(bits.join("").match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const digest = createHmac("sha1", key).update(counter).digest();
  const number = digest.readUInt32BE(digest[19] & 15) & 0x7fffffff;
  return `${number % 1_000_000}`.padStart(6, "0");
}

const setUpApp = async (page) => {
  await enter(stage, page, "issuer");
  await page.goto(`${stage.url}/vendor/account`);
  await page.getByLabel("Your password").fill(PASSWORD);
  await page.getByRole("button", { name: "Set up an app" }).click();
};

test("signing in", () => survey(browser, "sign-in", "Sign in", goTo("/sign-in")));

test("signing in with what does not go together", () =>
  survey(browser, "sign-in-trouble", "Sign in", (page) => signIn(page, "ada", "not the password")));

test("beginning with a link", () => survey(browser, "welcome", "Begin with your link", goTo("/welcome")));

test("a link that does not count", () =>
  survey(browser, "welcome-trouble", "Begin with your link", async (page) => {
    await page.goto(`${stage.url}/welcome`);
    await page.getByLabel("Link").fill("ABCDEFGH-ABCDEFGH-ABCDEFGH-ABCDEFGH");
    await page.getByRole("button", { name: "Go on" }).click();
  }));

test("a password that is easy to guess", () =>
  survey(browser, "set-password", "Set a password", async (page) => {
    const { code } = invite(stage, "support");
    await page.goto(`${stage.url}/welcome#${code}`);
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByLabel("Password", { exact: true }).fill("acme tools 1");
    await page.getByLabel("The same once more").fill("acme tools 1");
    await page.getByRole("button", { name: "Set it and sign in" }).click();
    await page.getByText("This password is easy to guess").first().waitFor();
  }));

test("one's own account", () =>
  survey(browser, "account", "Your account", async (page) => {
    await enter(stage, page, "admin");
    await page.goto(`${stage.url}/vendor/account`);
  }));

test("an app, its first code, and the recovery codes", async () => {
  await survey(browser, "app", "Set up an app", setUpApp);
  await survey(
    browser,
    "recovery-codes",
    "Your recovery codes",
    async (page) => {
      await setUpApp(page);
      await page.getByLabel("Code", { exact: true }).fill(appCode(await page.locator(".key code").innerText()));
      await page.getByRole("button", { name: "Use this app" }).click();
    },
    { printed: true },
  );
});

test("people, somebody added, and what can be done about them", async () => {
  invite(stage, "auditor");
  await survey(browser, "people", "People", async (page) => {
    await enter(stage, page, "admin");
    await page.goto(`${stage.url}/vendor/people`);
  });
  await survey(browser, "invitation", "A link for bob@acme.example", async (page) => {
    await enter(stage, page, "admin");
    await page.goto(`${stage.url}/vendor/people`);
    await page.getByLabel("Name to sign in with").fill("bob@acme.example");
    await page.getByLabel("Issuer").check();
    await page.getByRole("button", { name: "Add and make a link" }).click();
  });
  await survey(browser, "person", "bob@acme.example", async (page) => {
    await enter(stage, page, "admin");
    await page.goto(`${stage.url}/vendor/people`);
    await page.getByRole("link", { name: "bob@acme.example" }).click();
  });
});

test("a page that one's role does not allow", () =>
  survey(browser, "permission", "Your account is not allowed to do this.", async (page) => {
    await enter(stage, page, "support");
    await page.goto(`${stage.url}/vendor/people`);
  }));

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? "with scripts" : "without scripts";

  test(`from the first link to signing in with a code of an app, ${how}`, async () => {
    const { context, page, complaints } = await open(browser, { javaScriptEnabled });
    const { name, code } = invite(stage, "admin");
    await page.goto(`${stage.url}/welcome#${code}`);
    if (javaScriptEnabled) {
      assert.equal(await page.getByLabel("Link").inputValue(), code);
      // It is not left where the browser remembers it.
      assert.equal(page.url(), `${stage.url}/welcome`);
    } else {
      await page.getByLabel("Link").fill(code);
    }
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByLabel("The same once more").fill(PASSWORD);
    await page.getByRole("button", { name: "Set it and sign in" }).click();

    await page.goto(`${stage.url}/vendor/account`);
    await page.getByLabel("Your password").fill(PASSWORD);
    await page.getByRole("button", { name: "Set up an app" }).click();
    const secret = await page.locator(".key code").innerText();
    await page.getByLabel("Code", { exact: true }).fill(appCode(secret));
    await page.getByRole("button", { name: "Use this app" }).click();
    const recovery = await page.locator(".codes code").first().innerText();
    await page.getByRole("link", { name: "I have kept them" }).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByText("You are signed out.").waitFor();

    await signIn(page, name, PASSWORD);
    await page.getByText("Name, password and code do not go together").first().waitFor();
    await signIn(page, name, PASSWORD, recovery);
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    await page.goto(`${stage.url}/vendor/account`);
    await page.getByText("Recovery codes left: 9.").waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    // Half a minute later the app shows the next code.
    await signIn(page, name, PASSWORD, appCode(secret, Date.now() + 30_000));
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    assert.deepEqual(complaints, []);
    await context.close();
  });
}
