// The moving QR code: shown as the specification says, filmed, and read part by part.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch, look, open } from "./lib/browser.js";
import { bytesOf, drawn, frames } from "./lib/frames.js";
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
  assert.doesNotMatch(log, /KEYFERRY|BEGIN/);
});

/** A computer, and the page with the answer to it. */
async function answered(page, name) {
  const { activation_code: code } = stage.sell(1);
  const computer = stage.computer(name);
  await page.goto(stage.url);
  await page.getByLabel("Paste the text").fill(computer.request(code));
  await page.getByRole("button", { name: "Get the answer" }).click();
  await page.getByRole("heading", { name: `The answer for ${name} is ready` }).waitFor();
  return computer;
}

const parts = (page) => page.getByRole("img", { name: /^Part \d+ of \d+ of the answer$/ });
const start = (page) => page.getByRole("button", { name: "Start", exact: true });

/** What is brought from pictures in their order of arrival. */
function apply(computer, name, pictures) {
  const files = pictures.map((picture, at) => stage.file(`${name}-${at}.png`, picture));
  return computer.keyferry("apply", ...files).results;
}

test("a moving code is filmed with pictures missing, and is the answer", async () => {
  const { context, page, complaints } = await open(browser);
  const computer = await answered(page, "filmed-01");
  const total = await page.locator(".frames > li").count();
  assert.ok(total > 1);
  await start(page).click();
  const [seen, pictures] = [new Set(), []];
  // A camera that misses a third, in step with no number of parts.
  const lost = [true, false, false, false, true, true, false, false, false, false, true];
  const shown = () =>
    page.evaluate(() =>
      document.querySelector(".frames > li:not([hidden]) svg").getAttribute("aria-label"),
    );
  for (let shot = 0; seen.size < total && shot < 120; shot += 1) {
    const label = await shown();
    const picture = await parts(page).screenshot();
    // A picture between two parts is of one of them, nobody knows which.
    const sharp = label === (await shown());
    if (sharp && !lost[shot % lost.length]) {
      seen.add(label);
      pictures.push(picture);
    }
    await page.waitForFunction((before) => {
      const shown = document.querySelector(".frames > li:not([hidden]) svg");
      return shown.getAttribute("aria-label") !== before;
    }, label);
  }
  const [applied, ...others] = apply(computer, "filmed", pictures);
  assert.equal(applied.outcome, "activated");
  assert.deepEqual(others, []);
  assert.deepEqual(complaints, []);
  await context.close();
});

/** Notes when which part is shown, and how many are at once. */
function watch(page) {
  return page.evaluate(() => {
    const list = document.querySelector(".frames");
    const items = [...list.children];
    globalThis.seen = [];
    new MutationObserver(() => {
      const shown = items.filter((item) => !item.hidden);
      globalThis.seen.push({ at: performance.now(), shown: shown.length, which: items.indexOf(shown[0]) });
    }).observe(list, { subtree: true, attributes: true, attributeFilter: ["hidden"] });
  });
}

test("it moves on a press alone, four times a second, with nothing in between, and stops", async () => {
  const { context, page } = await open(browser);
  await page.clock.install();
  await answered(page, "paced-01");
  await watch(page);
  const seen = () => page.evaluate(() => globalThis.seen.splice(0));
  await page.clock.runFor(5_000);
  assert.deepEqual(await seen(), []);

  await start(page).click();
  await page.clock.runFor(5_000);
  const moved = await seen();
  assert.equal(moved.length, 20);
  assert.ok(moved.every(({ shown }) => shown === 1));
  const total = await page.locator(".frames > li").count();
  moved.forEach(({ which }, at) => assert.equal(which, (at + 1) % total));

  await page.getByRole("button", { name: "Slower" }).click();
  await page.getByText("2 parts a second.").waitFor();
  await page.clock.runFor(250);
  await seen();
  await page.clock.runFor(5_000);
  assert.equal((await seen()).length, 10);

  await page.getByRole("button", { name: "Stop" }).click();
  await page.clock.runFor(5_000);
  assert.deepEqual(await seen(), []);
  await page.getByRole("button", { name: "Next part" }).click();
  assert.equal((await seen()).length, 1);
  await page.clock.runFor(5_000);
  assert.deepEqual(await seen(), []);
  await context.close();
});

test("who asked for less motion gets one part a second", async () => {
  const { context, page } = await open(browser, { reducedMotion: "reduce" });
  await page.clock.install();
  await answered(page, "calm-01");
  await watch(page);
  await start(page).click();
  await page.clock.runFor(5_000);
  assert.equal(await page.evaluate(() => globalThis.seen.length), 5);
  await context.close();
});

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? "with scripts" : "without scripts";

  test(`it is made less dense, and each part is a picture, ${how}`, async () => {
    const { context, page, complaints } = await open(browser, { javaScriptEnabled });
    const name = `less ${how}`;
    const computer = await answered(page, name);
    const items = page.locator(".frames > li");
    const dense = await items.count();
    const slower = page.getByRole("button", { name: "Slower" });
    for (let press = 0; javaScriptEnabled && press < 2; press += 1) await slower.click();
    for (let step = 0; step < 2; step += 1) {
      const before = await items.count();
      await page.getByRole("button", { name: "Less dense" }).click();
      await items.nth(before).waitFor({ state: "attached" });
    }
    assert.equal(await page.getByRole("button", { name: "Less dense" }).count(), 0);
    const total = await items.count();
    assert.ok(total > 2 * dense);
    if (javaScriptEnabled) {
      assert.equal(await page.locator("[data-at]").innerText(), `The code now has ${total} parts.`);
      await page.getByRole("button", { name: "Full speed" }).waitFor();
    }
    const pictures = [];
    for (let at = 0; at < total; at += 1) {
      const shown = javaScriptEnabled ? parts(page) : parts(page).nth(at);
      pictures.push(await shown.screenshot());
      if (javaScriptEnabled) await page.getByRole("button", { name: "Next part" }).click();
    }
    assert.equal(apply(computer, name, pictures)[0].outcome, "activated");
    assert.deepEqual(complaints, []);
    await context.close();
  });
}

test("the pages of a moving code, looked at", async () => {
  const { context, page, complaints } = await open(browser);
  await answered(page, "seen-01");
  const faults = await look(page, "moving");
  await context.close();
  const bare = await open(browser, { javaScriptEnabled: false });
  await answered(bare.page, "seen-02");
  await bare.page.getByRole("button", { name: "Less dense" }).click();
  await bare.page.getByRole("heading", { name: "The answer as a moving QR code" }).waitFor();
  const html = await bare.page.content();
  await bare.context.close();
  // The page of its own, as somebody without scripts has it: what looks needs them.
  const still = await open(browser, { bypassCSP: true });
  await still.page.route("**/a/frames", (route) =>
    route.fulfill({ body: html.replace(/<script[^>]*><\/script>/g, ""), contentType: "text/html; charset=utf-8" }),
  );
  await still.page.goto(`${stage.url}/a/frames`);
  faults.push(...(await look(still.page, "moving-parts")));
  await still.context.close();
  assert.deepEqual([...faults, ...complaints], []);
});

test("parts are read from pictures, a few at a time, and sent by a button alone", async () => {
  const { activation_code: code } = stage.sell(1);
  const content = bytesOf(stage.computer("parted").request(code));
  const files = await Promise.all(
    frames(content, 4).map(async (text, at) => stage.file(`part-${at}.png`, (await drawn(text)).picture)),
  );
  const strange = frames(Buffer.from("of another computer"), 2)[0];
  files.push(stage.file("strange.png", (await drawn(strange)).picture));
  const { context, page, complaints } = await open(browser);
  await page.goto(`${stage.url}/scan`);
  const chosen = page.getByLabel("Or choose a picture of the code");
  await chosen.setInputFiles([files[3], files[1]]);
  await page.getByText("2 of 4 parts are read. Missing: 1, 3.").waitFor();
  await page.getByRole("listitem", { name: "Part 3: missing" }).waitFor();
  await page.getByRole("listitem", { name: "Part 4: read" }).waitFor();
  const faults = await look(page, "scan-parts");
  await chosen.setInputFiles([files[4]]);
  await page.getByText("1 of 2 parts are read.").waitFor();
  await chosen.setInputFiles([files[3], files[0], files[2]]);
  await page.getByRole("heading", { name: "The code was read" }).waitFor();
  await page.getByRole("button", { name: "Get the answer" }).click();
  await page.getByRole("heading", { name: "The answer for parted is ready" }).waitFor();
  assert.deepEqual([...faults, ...complaints], []);
  await context.close();
});

test("parts are read by camera", async () => {
  const { activation_code: code } = stage.sell(1);
  const content = bytesOf(stage.computer("filmed-02").request(code));
  const codes = await Promise.all(frames(content, 3).map(async (text) => (await drawn(text)).modules));
  const video = stage.path("parts.y4m");
  film(video, ...codes);
  const filming = await launch(
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    `--use-file-for-fake-video-capture=${video}`,
  );
  const { page, complaints } = await open(filming, { permissions: ["camera"] });
  await page.goto(`${stage.url}/scan`);
  await page.evaluate(() => {
    globalThis.told = [];
    const told = document.querySelector("[data-told]");
    new MutationObserver(() => globalThis.told.push([performance.now(), told.textContent])).observe(told, {
      childList: true,
    });
  });
  await page.getByRole("button", { name: "Switch the camera on" }).click();
  await page.getByRole("heading", { name: "The code was read" }).waitFor();
  const numbers = (await page.evaluate(() => globalThis.told)).filter(([, text]) => /parts are read/.test(text));
  assert.match(numbers[0][1], /^1 of 3/);
  numbers.slice(1).forEach(([at], one) => assert.ok(at - numbers[one][0] >= 2_900, "it is read out"));
  await page.getByRole("button", { name: "Get the answer" }).click();
  await page.getByRole("heading", { name: "The answer for filmed-02 is ready" }).waitFor();
  assert.deepEqual(complaints, []);
  await filming.close();
});

/** A camera in the page, given when `allow` is called; `unplug` takes it away. */
function pretendCamera() {
  navigator.mediaDevices.getUserMedia = () =>
    new Promise((give) => {
      globalThis.allow = () => {
        const canvas = document.createElement("canvas");
        canvas.getContext("2d").fillRect(0, 0, canvas.width, canvas.height);
        const stream = canvas.captureStream(5);
        const [track] = stream.getTracks();
        globalThis.live = () => track.readyState === "live";
        globalThis.unplug = () => track.dispatchEvent(new Event("ended"));
        give(stream);
      };
    });
}

test("the camera is stopped while the browser still asks, and goes off when unplugged or out of sight", async () => {
  const { context, page, complaints } = await open(browser);
  await page.addInitScript(pretendCamera);
  await page.goto(`${stage.url}/scan`);
  const [on, off] = ["on", "off"].map((way) => page.getByRole("button", { name: `Switch the camera ${way}` }));
  const focused = (button) => button.evaluate((element) => element === document.activeElement);

  await on.click();
  assert.ok(await focused(off));
  await off.press("Enter");
  await page.getByText("The camera is off.").waitFor();
  assert.ok(await focused(on));
  await page.evaluate(() => allow());
  await page.waitForFunction(() => !live());

  await on.press("Enter");
  await page.evaluate(() => allow());
  await page.getByText("Hold the code in front of the camera").waitFor();
  await page.evaluate(() => unplug());
  await page.getByText("The camera went away.").waitFor();
  assert.ok(await focused(on));
  assert.equal(await page.evaluate(() => live()), false);

  await on.press("Enter");
  await page.evaluate(() => allow());
  await page.getByText("Hold the code in front of the camera").waitFor();
  await page.evaluate(() => {
    Object.defineProperty(document, "hidden", { value: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await page.getByText("was out of sight").waitFor();
  assert.equal(await page.evaluate(() => live()), false);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a frame of a later version is said to be one", async () => {
  const picture = (await drawn("KEYFERRY/*2/AAAAAAAA/1/3/AA")).picture;
  const { context, page } = await open(browser);
  await page.goto(`${stage.url}/scan`);
  await page.getByLabel("Or choose a picture of the code").setInputFiles(stage.file("later.png", picture));
  await page.getByText("made by a newer version of Keyferry").waitFor();
  await context.close();
});

test("absurd totals are not taken up by the page", async () => {
  const picture = (await drawn("KEYFERRY/AAAAAAAA/1/513/AA")).picture;
  const { context, page } = await open(browser);
  await page.goto(`${stage.url}/scan`);
  await page.getByLabel("Or choose a picture of the code").setInputFiles(stage.file("absurd.png", picture));
  await page.getByText("This moving code is none of Keyferry’s.").waitFor();
  assert.equal(await page.getByRole("listitem", { name: /^Part/ }).count(), 0);
  await context.close();
});
