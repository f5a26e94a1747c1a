// What people do here, with scripts and without, from a computer's message to the answer at work there.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { launch, open } from "./lib/browser.js";
import { Stage } from "./lib/stage.js";
import { film } from "./lib/video.js";

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
  // What stands behind the # of an address, and what is pasted, is nowhere in the log.
  assert.doesNotMatch(log, /KEYFERRY|BEGIN|#|3BQ/);
  assert.match(log, /"page":"\/a"/);
});

/** What a button downloads, as text. */
async function downloaded(page, button) {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: button }).click(),
  ]);
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
}

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? "with scripts" : "without scripts";

  test(`a request is brought and its answer taken along, ${how}`, async () => {
    const { activation_code: code } = stage.sell(1);
    const name = `desk ${how}`;
    const computer = stage.computer(name);
    const { context, page, complaints } = await open(browser, { javaScriptEnabled });
    await page.goto(stage.url);
    await page.getByLabel("Paste the text").fill(computer.request(code));
    await page.getByRole("button", { name: "Get the answer" }).click();
    await page.getByRole("heading", { name: `The answer for ${name} is ready` }).waitFor();
    const file = await downloaded(page, "Download the answer");
    assert.match(file.name, /^keyferry-answer-[0-9A-Z]{4}-[0-9A-Z]{4}\.kft$/);
    assert.equal(computer.apply(file.text).outcome, "activated");
    assert.deepEqual(complaints, []);
    await context.close();
  });

  test(`a holder gives a new lease and releases a lost computer, ${how}`, async () => {
    const { activation_code: code, holder_secret: secret } = stage.sell(2);
    const name = `bench ${how}`;
    const computer = stage.computer(name);
    const { context, page, complaints } = await open(browser, { javaScriptEnabled });
    await page.goto(stage.url);
    await page.getByLabel("Paste the text").fill(computer.request(code));
    await page.getByRole("button", { name: "Get the answer" }).click();
    const answer = await downloaded(page, "Download the answer");
    computer.apply(answer.text);

    await page.goto(`${stage.url}/holder`);
    await page.getByLabel("Holder secret").fill(secret.toLowerCase());
    await page.getByRole("button", { name: "Show my seats" }).click();
    await page.getByRole("button", { name: `New lease for ${name}` }).click();
    const lease = await downloaded(page, "Download the answer");
    assert.equal(computer.apply(lease.text).outcome, "refreshed");

    await page.goto(`${stage.url}/holder`);
    await page.getByRole("link", { name: `It is lost: ${name}` }).click();
    await page.getByRole("button", { name: "Release the seat" }).click();
    await page.getByText("The seat is free.").waitFor();
    await page.getByRole("button", { name: `Allow again: ${name}` }).click();
    await page.getByText("may activate again").waitFor();
    await page.getByRole("button", { name: "Leave" }).click();
    await page.getByLabel("Holder secret").waitFor();
    assert.deepEqual(complaints, []);
    await context.close();
  });
}

test("what a QR code's address brings is shown, and sent by a button alone", async () => {
  const { activation_code: code } = stage.sell(1);
  const computer = stage.computer("phone");
  const { context, page, complaints } = await open(browser);
  const sent = [];
  page.on("request", (request) => sent.push(`${request.method()} ${request.url()}`));
  await page.goto(computer.url(code).replace(/^[^#]*/, `${stage.url}/A`));
  await page.getByRole("heading", { name: "A message arrived from a QR code" }).waitFor();
  assert.deepEqual(sent.filter((line) => line.startsWith("POST")), []);
  await page.getByRole("button", { name: "Get the answer" }).click();
  await page.getByRole("heading", { name: "The answer for phone is ready" }).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test("the answer's text is copied", async () => {
  const { activation_code: code } = stage.sell(1);
  const { context, page } = await open(browser);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(stage.url);
  await page.getByLabel("Paste the text").fill(stage.computer("copied").request(code));
  await page.getByRole("button", { name: "Get the answer" }).click();
  await page.getByRole("button", { name: "Copy the text" }).click();
  await page.getByText("Copied.").waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(copied, /^-----BEGIN KEYFERRY ACTIVATION RESPONSE-----/);
  await context.close();
});

test("a QR code is read from a picture, and sent by a button alone", async () => {
  const { activation_code: code } = stage.sell(1);
  const picture = stage.computer("pictured").picture(code, stage.path("request.png"));
  const { context, page, complaints } = await open(browser);
  await page.goto(`${stage.url}/scan`);
  await page.getByLabel("Or choose a picture of the code").setInputFiles(picture);
  await page.getByRole("heading", { name: "The code was read" }).waitFor();
  await page.getByRole("button", { name: "Get the answer" }).click();
  await page.getByRole("heading", { name: "The answer for pictured is ready" }).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a photograph of a QR code is handed in without scripts", async () => {
  const { activation_code: code } = stage.sell(1);
  const picture = stage.computer("handed in").picture(code, stage.path("handed-in.png"));
  const { context, page, complaints } = await open(browser, { javaScriptEnabled: false });
  await page.goto(stage.url);
  await page.getByLabel("Choose or take a picture").setInputFiles(picture);
  await page.getByRole("button", { name: "Read the picture" }).click();
  await page.getByRole("heading", { name: "The answer for handed in is ready" }).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a QR code is read by camera", async () => {
  const { activation_code: code } = stage.sell(1);
  const picture = stage.computer("filmed").picture(code, stage.path("filmed.png"));
  const { context: first, page: drawing } = await open(browser, { bypassCSP: true });
  const shown = `data:image/png;base64,${readFileSync(picture).toString("base64")}`;
  // Eight pixels to a module, and a quiet zone of four modules.
  const modules = await drawing.evaluate(async (source) => {
    const image = new Image();
    image.src = source;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width, image.height];
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const side = image.width / 8 - 8;
    const dark = (x, y) => context.getImageData((x + 4) * 8 + 4, (y + 4) * 8 + 4, 1, 1).data[0] < 128;
    return Array.from({ length: side }, (_, y) => Array.from({ length: side }, (_, x) => dark(x, y)));
  }, shown);
  await first.close();
  const video = stage.path("request.y4m");
  film(video, modules);

  const filming = await launch(
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    `--use-file-for-fake-video-capture=${video}`,
  );
  const { page, complaints } = await open(filming, { permissions: ["camera"] });
  await page.goto(`${stage.url}/scan`);
  await page.getByRole("button", { name: "Switch the camera on" }).click();
  await page.getByRole("heading", { name: "The code was read" }).waitFor();
  await page.getByRole("button", { name: "Get the answer" }).click();
  await page.getByRole("heading", { name: "The answer for filmed is ready" }).waitFor();
  assert.deepEqual(complaints, []);
  await filming.close();
});

test("the QR code of an answer is read back from the screen", async () => {
  const { activation_code: code } = stage.sell(1);
  const computer = stage.computer("shown");
  const { context, page } = await open(browser);
  await page.goto(stage.url);
  await page.getByLabel("Paste the text").fill(computer.request(code));
  await page.getByRole("button", { name: "Get the answer" }).click();
  await page.getByText("As one still code").click();
  const picture = await page.getByRole("img", { name: "QR code of the answer" }).first().screenshot();
  const file = stage.file("answer.png", picture);
  assert.equal(computer.keyferry("apply", file).outcome, "activated");
  await context.close();
});

test("scripts of other origins and written into a page do not run", async () => {
  const { context, page } = await open(browser);
  await page.goto(stage.url);
  const ran = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "globalThis.ran = true";
    document.body.append(script);
    document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='globalThis.ran = true'>");
    return globalThis.ran ?? false;
  });
  assert.equal(ran, false);
  await context.close();
});
