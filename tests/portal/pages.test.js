// Every page, in light and dark, on a desk and a phone: accessible, and nothing runs out of it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";

import { launch, look, open, print } from "./lib/browser.js";
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

/** Goes there, looks, and fails with all that was found. */
async function survey(name, heading, arrive, { printed = false } = {}) {
  const { context, page, complaints } = await open(browser);
  await arrive(page);
  await page.getByRole("heading", { level: 1, name: heading }).waitFor();
  const faults = await look(page, name);
  if (printed) faults.push(...(await print(page, name)));
  await context.close();
  assert.deepEqual([...faults, ...complaints], []);
}

const bring = async (page, ...messages) => {
  await page.goto(stage.url);
  await page.getByLabel("Paste the text").fill(messages.join("\n"));
  await page.getByRole("button", { name: "Get the answer" }).click();
  await page.waitForURL(/\/a$/);
};

const enter = async (page, secret) => {
  await page.goto(`${stage.url}/holder`);
  await page.getByLabel("Holder secret").fill(secret);
  await page.getByRole("button", { name: "Show my seats" }).click();
};

test("the box", () => survey("bring", "Get an answer for your computer", (page) => page.goto(stage.url)));

test("the box with a message from a QR code", () => {
  const { activation_code: code } = stage.sell(1);
  const url = stage.computer("press-01").url(code).replace(/^[^#]*/, `${stage.url}/A`);
  return survey("arrived", "Get an answer for your computer", (page) => page.goto(url));
});

test("the box with what cannot be read", () =>
  survey("bring-trouble", "Get an answer for your computer", (page) => bring(page, "Dear support, my code does not work.")));

test("the box with a picture that shows no code", () =>
  survey("bring-picture", "Get an answer for your computer", async (page) => {
    await page.goto(stage.url);
    const grey = await page.screenshot({ clip: { x: 0, y: 0, width: 300, height: 40 } });
    await page.getByLabel("Choose or take a picture").setInputFiles(stage.file("grey.png", grey));
    await page.getByRole("button", { name: "Read the picture" }).click();
    await page.getByRole("alert").waitFor();
  }));

test("an answer", () => {
  const { activation_code: code } = stage.sell(1);
  const request = stage.computer("press-02").request(code);
  return survey("answer", "The answer for press-02 is ready", (page) => bring(page, request), { printed: true });
});

test("a refusal", () => {
  const { activation_code: code } = stage.sell(1);
  const request = stage.computer("press-03").request(code);
  stage.authority("entitlement", "suspend", code);
  return survey("refusal", "The vendor does not accept this activation code", (page) =>
    bring(page, request),
  );
});

test("a license that was given back", () => {
  const { activation_code: code } = stage.sell(1);
  const computer = stage.computer("press-05");
  return survey("given-back", "press-05 has given its license back", async (page) => {
    await bring(page, computer.request(code));
    computer.apply(await page.getByLabel("To paste there").inputValue());
    await bring(page, computer.deactivate());
  });
});

test("many computers at once", () => {
  const { activation_code: code } = stage.sell(3);
  const names = ["mill-01", "mill-02", "mill-03", "a computer with a long name in hall 4"];
  names.forEach((name) => stage.file(`${name}.kft`, stage.computer(name).request(code)));
  stage.file("notes.txt", "nothing of Keyferry's");
  const zip = stage.path("all.zip");
  const files = [...names.map((name) => stage.path(`${name}.kft`)), stage.path("notes.txt")];
  execFileSync("python3", ["-m", "zipfile", "-c", zip, ...files]);
  const arrive = async (page) => {
    await page.goto(stage.url);
    await page.getByLabel("Or choose files").setInputFiles(zip);
    await page.getByRole("button", { name: "Get the answer" }).click();
  };
  return survey("answers", "What became of your computers", arrive, { printed: true });
});

test("scanning", () => survey("scan", "Scan a QR code", (page) => page.goto(`${stage.url}/scan`)));

test("status", () => survey("support", "What a computer’s status means", (page) => page.goto(`${stage.url}/support`)));

test("a status code in words", () => {
  const { activation_code: code } = stage.sell(1);
  const computer = stage.computer("press-06");
  return survey("status-code", /The request is made/, async (page) => {
    await bring(page, computer.request(code));
    const typed = computer.statusCode();
    await page.goto(`${stage.url}/support`);
    await page.getByLabel("Status code").fill(typed);
    await page.getByRole("button", { name: "Show what it means" }).click();
    await page.getByText("The likely fix").waitFor();
  });
});

test("entering as a holder", () => survey("enter", "Your seats", (page) => page.goto(`${stage.url}/holder`)));

test("a holder secret that is none", () =>
  survey("enter-trouble", "Your seats", (page) => enter(page, "AB3D9-KX27Q")));

// The computers here are one machine: each that asks gets the seat of the one before it (rule A4).
test("a holder's seats, a question, and a new lease", async () => {
  const { activation_code: code, holder_secret: secret } = stage.sell(5);
  const requests = ["mill-11", "mill-12"].map((name) => stage.computer(name).request(code));
  await survey("seats", "Acme CAD: 1 of 5 seats is held", async (page) => {
    await bring(page, ...requests);
    await enter(page, secret);
    await page.getByRole("link", { name: "Also those of the past" }).click();
  }, { printed: true });
  await survey("lease", "A new lease for mill-12 is ready", async (page) => {
    await enter(page, secret);
    await page.getByRole("button", { name: "New lease for mill-12" }).click();
  });
  await survey("release", "Release the seat of mill-12?", async (page) => {
    await enter(page, secret);
    await page.getByRole("link", { name: "It is lost: mill-12" }).click();
  });
  await survey("released", "Acme CAD: 0 of 5 seats are held", async (page) => {
    await enter(page, secret);
    await page.getByRole("link", { name: "It is lost: mill-12" }).click();
    await page.getByRole("button", { name: "Release the seat" }).click();
  });
});

test("no page at this address", () =>
  survey("unknown", "There is no page at this address.", (page) => page.goto(`${stage.url}/nothing/here`)));
