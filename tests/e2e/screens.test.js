// Every screen in light and in dark: accessibility rules, 320 pixels, twice the text size, targets; and a
// picture of each to look at.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Authority } from "./lib/authority.js";
import { overflow, smallTargets, violations } from "./lib/look.js";
import { exchange, PRODUCT_NAME, TITLE } from "./lib/steps.js";
import { Survey } from "./lib/survey.js";
import { until, Wizard } from "./lib/wizard.js";

for (const theme of ["Light", "Dark"]) {
  test(`every screen holds in ${theme.toLowerCase()}`, async (context) => {
    const parts = exchange(context);
    const { computer, authority, code } = parts;
    const wizard = await Wizard.open(computer);
    const survey = new Survey(wizard, theme);
    const look = (name) => survey.look(name);

    await survey.begin();
    await wizard.press("Settings");
    await wizard.screen(TITLE.settings);
    await look("settings");
    await wizard.press("Back");
    await wizard.screen(TITLE.home);
    await look("home-empty");
    await wizard.press("Help");
    await wizard.find("dialog", "How this works without a network");
    await look("help");
    await wizard.press("Close");

    await wizard.press("Add your vendor");
    await wizard.screen(TITLE.vendorFile);
    await look("vendor-file");
    computer.answerDialog(computer.write("letter.txt", "Dear customer"));
    await wizard.press("Open file");
    await wizard.problem();
    await look("vendor-file-problem");
    await wizard.press("What does this mean?");
    await look("explanation");
    await wizard.press("Close");
    computer.answerDialog(authority.profile);
    await wizard.press("Open file");
    await wizard.screen(TITLE.words);
    await look("vendor-words");
    await wizard.press("These words differ");
    await wizard.screen("Nothing was trusted");
    await look("vendor-differs");
    await wizard.press("Bring another vendor file");
    await wizard.screen(TITLE.vendorFile);
    computer.answerDialog(authority.profile);
    await wizard.press("Open file");
    await wizard.screen(TITLE.words);
    await wizard.press("Trust Acme Tools");
    await wizard.screen(TITLE.home);
    await look("home-vendor");
    computer.answerDialog(authority.profile);
    await wizard.press("Open file");
    await wizard.screen("You already trust Acme Tools");
    await look("vendor-known");
    await wizard.press("Back to your programs");
    await wizard.screen(TITLE.home);

    await wizard.press("Activate a program");
    await wizard.screen(TITLE.code);
    await look("code");
    await wizard.type("Activation code", `${code.slice(0, -1)}${code.endsWith("7") ? "8" : "7"}`);
    await wizard.press("Continue");
    await wizard.problem();
    await look("code-problem");
    await wizard.type("Activation code", code);
    await wizard.press("Continue");
    await wizard.screen(TITLE.review);
    await wizard.type("Name of this computer", "Drawing office 3");
    await until("the list to follow the name", () =>
      wizard.page(() => document.querySelector("dl").innerText.includes("Drawing office 3")),
    );
    await look("review");
    await wizard.press("Make the request");
    await wizard.screen(TITLE.carry);
    await look("qr");
    await wizard.press("Enlarge");
    await wizard.find("dialog", "Scan with a phone");
    await look("qr-enlarged");
    await wizard.press("Close");
    await wizard.press("File", "tab");
    computer.answerDialog(computer.at("request.kft"));
    await wizard.press("Save as file");
    await wizard.reads("Saved to");
    await look("file");
    await wizard.press("Text", "tab");
    await wizard.press("Copy text");
    await wizard.reads("Copied");
    await look("text");
    await wizard.press("Do this later");
    await wizard.screen(TITLE.home);
    await look("home-waiting");

    await wizard.press("Bring the answer");
    await wizard.screen(TITLE.answer);
    await look("answer");
    computer.answerDialog(computer.at("request.kft"));
    await wizard.press("Open file");
    await wizard.problem();
    await look("answer-problem");
    authority.answer(computer.at("request.kft"), computer.at("answer.kft"));
    computer.answerDialog(computer.at("answer.kft"));
    await wizard.press("Open file");
    await wizard.screen(TITLE.done);
    computer.answerDialog(computer.at("record.txt"));
    await wizard.press("Save record");
    await wizard.reads("record.txt");
    await look("done");

    // A second program that waits, and a second vendor: Home as it is after some time.
    const other = new Authority(computer.at("other"), { vendor: "Nordic Survey" });
    const order = other.sell("com.nordic.field", "Field Survey");
    computer.trust(other);
    computer.ask(
      "activate",
      order.code,
      "--label",
      "Drawing office 3",
      "--out",
      computer.at("second.kft"),
    );
    await wizard.press("Back to your programs");
    await wizard.screen(TITLE.home);
    await wizard.find("article", PRODUCT_NAME);
    await wizard.find("article", "Field Survey");
    await look("home");
    computer.answerDialog(computer.at("answer.kft"));
    await wizard.press("Open file");
    await wizard.screen(TITLE.again);
    await look("done-again");
    await wizard.close();

    const later = await Wizard.open(computer, {
      files: [computer.at("answer.kft"), computer.at("request.kft"), authority.profile],
    });
    await later.screen("3 files were read");
    assert.equal(
      await later.page(() => document.documentElement.dataset.theme),
      theme.toLowerCase(),
    );
    await survey.over(later);
    await survey.look("brought");
    survey.end(context);
  });
}

test("the measures find what is wrong: the control", async (context) => {
  const { computer } = exchange(context);
  const wizard = await Wizard.open(computer);
  await wizard.screen(TITLE.home);
  await wizard.page(() => {
    document
      .querySelector("h1")
      .insertAdjacentHTML(
        "afterend",
        "<img src='data:,'><button></button><p id='pale'>pale words</p><button id='tiny'>x</button><p id='wide'>wide</p>",
      );
    document.getElementById("pale").style.color = "#ddd";
    Object.assign(document.getElementById("tiny").style, {
      width: "10px",
      height: "10px",
      padding: 0,
    });
    document.getElementById("wide").style.width = "3000px";
  });
  const found = Object.keys(await violations(wizard));
  for (const rule of ["image-alt", "button-name", "color-contrast"])
    assert.ok(found.includes(rule), `${rule} is not among ${found}`);
  assert.ok((await smallTargets(wizard)).some((each) => each.startsWith("x ")));
  assert.notDeepEqual(await overflow(wizard), []);
});
