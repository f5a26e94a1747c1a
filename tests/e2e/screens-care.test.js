// The screens of a license's care, in light and in dark: the same measures as for those of its activation.
import { test } from "node:test";

import { Computer } from "./lib/computer.js";
import { activated, openFile, PRODUCT, PRODUCT_NAME, TITLE } from "./lib/steps.js";
import { Survey } from "./lib/survey.js";
import { Wizard } from "./lib/wizard.js";

const TERMS = ["--emergency", "3d", "--emergency-uses", "2"];

for (const theme of ["Light", "Dark"]) {
  const named = theme.toLowerCase();

  test(`every screen of refreshing and giving up holds in ${named}`, async (context) => {
    const parts = activated(context, { daysAgo: 20, terms: TERMS });
    const { computer, authority, activation, code } = parts;
    const wizard = await Wizard.open(computer);
    const survey = new Survey(wizard, theme);
    await survey.begin();
    await survey.look("home-ends-soon");

    await wizard.press("Bring a refresh");
    await wizard.screen(TITLE.refresh);
    await survey.look("refresh");
    authority.does("refresh", activation, "--out", computer.at("refresh.kft"));
    await openFile({ wizard, computer }, computer.at("refresh.kft"));
    await wizard.screen(TITLE.refreshed);
    await survey.look("refreshed");
    await wizard.press("Back to your programs");
    await wizard.screen(TITLE.home);

    authority.does("entitlement", "suspend", code);
    authority.does("refresh", activation, "--out", computer.at("stop.kft"));
    await openFile({ wizard, computer }, computer.at("stop.kft"));
    await wizard.screen(TITLE.suspended);
    await survey.look("refreshed-suspended");
    authority.does("entitlement", "reinstate", code);
    authority.does("refresh", activation, "--out", computer.at("go.kft"));
    computer.ask("apply", computer.at("go.kft"));
    await wizard.press("Back to your programs");
    await wizard.screen(TITLE.home);

    await wizard.press("Move to another computer");
    await wizard.screen(TITLE.moveRequest);
    await survey.look("move-request");
    await wizard.press("See what to do then");
    await wizard.screen(TITLE.moveOtherwise);
    await survey.look("move-otherwise");
    await wizard.press("Back");
    await wizard.screen(TITLE.moveRequest);
    const other = new Computer(context);
    other.trust(authority);
    other.ask("activate", code, "--out", other.at("request.kft"));
    await openFile({ wizard, computer }, other.at("request.kft"));
    await wizard.screen(TITLE.movePlan);
    await survey.look("move-plan");
    await wizard.press("Keep the license here");
    await wizard.screen(TITLE.home);

    await wizard.press("Deactivate");
    await wizard.screen(TITLE.plan);
    await survey.look("deactivate-plan");
    await wizard.press("Continue");
    await wizard.screen(TITLE.reason);
    await survey.look("deactivate-reason");
    await (await wizard.find("radio", "The program is not needed here any more.")).click();
    await wizard.press("Continue");
    await wizard.screen(TITLE.confirm);
    await survey.look("deactivate-confirm");
    await wizard.press("Deactivate this computer");
    await wizard.screen(TITLE.carryDeactivation);
    await survey.look("deactivate-carry");
    await wizard.press("Continue");
    await wizard.screen(TITLE.delivered);
    await survey.look("deactivate-delivered");
    await wizard.press("Not yet");
    await wizard.screen(TITLE.home);
    await survey.look("home-undelivered");
    survey.end(context);
  });

  test(`every screen of clock, emergency and help holds in ${named}`, async (context) => {
    const parts = activated(context, { daysAgo: 40, terms: TERMS });
    const { computer, authority } = parts;
    const wizard = await Wizard.open(computer);
    const survey = new Survey(wizard, theme);
    await survey.begin();
    await survey.look("home-expired");
    await wizard.press("Start an emergency run");
    await wizard.screen(TITLE.run);
    await survey.look("emergency-plan");
    await wizard.press("Start the emergency run");
    await wizard.screen(TITLE.runTaken);
    await survey.look("emergency-taken");
    await wizard.press("Back to your programs");
    await wizard.screen(TITLE.home);
    await survey.look("home-emergency");

    await wizard.press("Get help");
    await wizard.screen(TITLE.help);
    await survey.look("help-ways");
    await wizard.press("Show the status code");
    await wizard.screen(TITLE.statusCode);
    await survey.look("help-code");
    await wizard.press("Back");
    await wizard.screen(TITLE.help);
    await wizard.press("Read the report");
    await wizard.screen(TITLE.report);
    await survey.look("help-report");
    await wizard.press("Back");
    await wizard.screen(TITLE.help);
    await wizard.press("Make the status");
    await wizard.screen(TITLE.statusCarry);
    await survey.look("help-status");
    await wizard.close();

    computer.clock = "+3650d";
    computer.run("status", PRODUCT);
    computer.clock = undefined;
    const later = await Wizard.open(computer);
    await later.screen(TITLE.home);
    await survey.over(later);
    await later.find("article", PRODUCT_NAME);
    await survey.look("home-clock");
    await later.press("See to the clock");
    await later.screen(TITLE.clock);
    await survey.look("clock");
    await later.press("Check the clock again");
    await later.screen(TITLE.clockRight);
    await survey.look("clock-right");
    await later.press("Make the time request");
    await later.screen(TITLE.clockCarry);
    await survey.look("clock-carry");
    computer.ask("clock", "request", "--out", computer.at("time-request.kft"));
    authority.does("receive", computer.at("time-request.kft"), "--out", computer.at("time.kft"));
    await later.press("Continue");
    await later.screen(TITLE.clockAnswer);
    await survey.look("clock-answer");
    await openFile({ wizard: later, computer }, computer.at("time.kft"));
    await later.screen(TITLE.clockMended);
    await survey.look("clock-mended");
    survey.end(context);
  });
}
