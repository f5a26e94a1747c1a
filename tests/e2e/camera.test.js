// The vendor's answer comes in by camera, as the portal shows it: one code, or a moving one. Only what stands
// behind `getUserMedia` is made up; from there on all is what people use.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";

import { dearmored } from "./lib/armor.js";
import { Computer } from "./lib/computer.js";
import { drawn, film, framesOf, light } from "./lib/frames.js";
import { descendants, isAlive } from "./lib/processes.js";
import { path } from "./lib/programs.js";
import { scanned } from "./lib/scan.js";
import {
  answered,
  makeRequest,
  openActivated,
  PRODUCT,
  TITLE,
  trustingExchange,
} from "./lib/steps.js";
import { Survey } from "./lib/survey.js";
import { until } from "./lib/wizard.js";

const rate = 4;

/** The window at the step that waits for the answer, and the answer's parts, drawn. */
async function waiting(context, total) {
  const parts = await trustingExchange(context);
  const { code, wizard } = parts;
  await makeRequest(wizard, code);
  const answer = dearmored(await answered(parts));
  const codes = await Promise.all(framesOf(answer, total).map(drawn));
  await wizard.press("Continue");
  await wizard.screen(TITLE.answer);
  return { ...parts, codes };
}

test("a moving code before the camera activates, and the light goes out", async (context) => {
  const { computer, wizard, codes } = await waiting(context, 5);
  await film(wizard, codes.slice(0, 3), rate);
  await wizard.press("Use the camera");
  await wizard.reads("3 of 5 parts are read. Missing: 4, 5.");
  const [{ audio }] = await wizard.page(() => window.film.asked);
  assert.equal(audio, false);
  assert.equal(await light(wizard), true);
  await wizard.page((codes) => (window.film.codes = codes), codes);
  await wizard.screen(TITLE.done);
  assert.equal(await light(wizard), false);
  assert.equal(computer.ask("status", PRODUCT).standing.state, "licensed");
});

test("what was read stays when the camera stops, goes away, or the screen is left", async (context) => {
  const { computer, wizard, codes } = await waiting(context, 4);
  await film(wizard, codes.slice(0, 1), rate);
  await wizard.press("Use the camera");
  await wizard.reads("1 of 4 parts are read.");
  await wizard.press("Stop the camera");
  assert.equal(await light(wizard), false);

  await wizard.page((codes) => (window.film.codes = codes), codes.slice(1, 2));
  await wizard.press("Use the camera");
  await wizard.reads("2 of 4 parts are read.");
  await wizard.page(() => {
    const [track] = window.film.tracks.slice(-1);
    track.dispatchEvent(new Event("ended"));
  });
  const { reference } = await wizard.problem();
  assert.equal(reference, "Reference KF-634");
  assert.equal(await light(wizard), false);

  await wizard.press("Use the camera");
  await wizard.find("button", "Stop the camera");
  await until("the light", () => light(wizard));
  await wizard.press("Back");
  await wizard.screen(TITLE.carry);
  assert.equal(await light(wizard), false);

  await wizard.press("Continue");
  await wizard.screen(TITLE.answer);
  await wizard.page((codes) => (window.film.codes = codes), codes.slice(2));
  await wizard.press("Use the camera");
  await wizard.screen(TITLE.done);
  assert.equal(computer.ask("status", PRODUCT).standing.state, "licensed");
});

test("a computer without a camera says so, and the picture of the code is read", async (context) => {
  const { wizard } = await waiting(context, 2);
  // No camera is pretended here: this is the system's own answer.
  await wizard.press("Use the camera");
  const told = await wizard.problem();
  assert.equal(told.reference, "Reference KF-631");
  assert.match(told.nextStep, /^Take a picture of the code/);
});

test("where there are both, the page gets the camera and never the microphone", async (context) => {
  // Without WebDriver, which would grant what the page asks for before the wizard is asked. The webview makes both devices
  // up, and the page tells what it was given.
  const computer = new Computer(context);
  const wizard = spawn(path("keyferry-wizard"), ["--home", computer.home], {
    env: computer.environment({ KEYFERRY_E2E_CAPTURE: "yes" }),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(wizard, "exit");
  computer.runs({
    async close() {
      const started = descendants(wizard.pid);
      wizard.kill();
      await ended;
      await until("the end of what the wizard started", () => !started.some(isAlive));
    },
  });
  const [given] = await Promise.race([
    once(createInterface(wizard.stdout), "line"),
    ended.then(([code, signal]) => assert.fail(`ended without a word: ${code ?? signal}`)),
  ]);
  assert.deepEqual(given.split("; "), [
    "video: video",
    "audio: NotAllowedError",
    "audio and video: NotAllowedError",
  ]);
});

for (const theme of ["Light", "Dark"]) {
  test(`the camera and the moving code hold in ${theme.toLowerCase()}`, async (context) => {
    const parts = await openActivated(context, { portal: "https://license.acme.example" });
    const { computer, authority, code, wizard } = parts;
    const survey = new Survey(wizard, theme);
    await survey.begin();
    const other = new Computer(context);
    other.trust(authority);
    other.ask("activate", code, "--label", "New bench", "--out", other.at("request.kft"));
    const request = dearmored(other.read("request.kft"));
    const codes = await Promise.all(framesOf(request, 3).map(drawn));

    await wizard.press("Move to another computer");
    await wizard.screen(TITLE.moveRequest);
    await film(wizard, [await drawn("WIFI:S:guests;;")], rate);
    await wizard.press("Use the camera");
    await wizard.reads("This is nothing that Keyferry knows.");
    await survey.look("camera-other");
    await wizard.page((codes) => (window.film.codes = codes), [codes[0], codes[2]]);
    await wizard.reads("2 of 3 parts are read. Missing: 2.");
    await survey.look("camera");
    await wizard.page((codes) => (window.film.codes = codes), codes);
    await wizard.screen(TITLE.movePlan);
    await wizard.press("Move the license");
    await wizard.screen(TITLE.moveCarry);

    // No code holds both, so they move; a reader that is not ours reads each part.
    await wizard.press("Moving code", "tab");
    const first = await wizard.find("image", /^Part 1 of \d+ of the moving QR code/);
    const total = Number(/of (\d+)/.exec(await first.getAccessibleName())[1]);
    await survey.look("moving");
    const texts = [];
    for (let number = 1; number <= total; number += 1) {
      await wizard.find("image", new RegExp(`^Part ${number} of `));
      texts.push(scanned(await wizard.picture(`moving-${theme.toLowerCase()}`)));
      await wizard.press("Next part");
    }
    const { results } = authority.does(
      "receive",
      computer.write("both.txt", texts.join("\n")),
      "--out",
      computer.at("answer.kft"),
    );
    assert.deepEqual(
      results.map(({ outcome }) => outcome),
      ["deactivated", "activated"],
    );
    await wizard.press("Start");
    await wizard.find("image", /^Part 2 of /);
    await wizard.press("Stop");
    await wizard.press("Less dense");
    await wizard.reads(/The code now has \d+ parts\./);
    survey.end(context);
  });
}
