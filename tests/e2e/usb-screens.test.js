// The screens with USB keys, in light and in dark: the same measures as for all others.
import { join } from "node:path";
import { test } from "node:test";

import { exchange, makeRequest, openFile, PRODUCT, PRODUCT_NAME, TITLE } from "./lib/steps.js";
import { Survey } from "./lib/survey.js";
import { Ports, unavailable } from "./lib/usb.js";
import { until, Wizard } from "./lib/wizard.js";

const SERIAL = "4C530001230718115003";

for (const theme of ["Light", "Dark"]) {
  const name = `every screen with USB keys holds in ${theme.toLowerCase()}`;
  test(name, { skip: unavailable }, async (context) => {
    const ports = new Ports(context);
    const parts = exchange(context);
    const { computer, authority, code } = parts;
    computer.trust(authority);
    const wizard = await Wizard.open(computer);
    const survey = new Survey(wizard, theme);
    const look = (name) => survey.look(name);
    const gone = (words) =>
      until(`“${words}” to go`, async () => !(await wizard.text()).includes(words));
    await survey.begin();
    await wizard.press("Show USB keys");
    await wizard.screen(TITLE.usb);
    await look("usb-none");

    const nameless = ports.key("", { maker: "", name: "", label: "BLANK" });
    const weak = ports.key("00000000", { maker: "Generic", name: "Flash Disk", label: "GENERIC" });
    const closed = ports.key("60A44C413FAEF4B1E98B", { maker: "Kingston", name: "DataTraveler" });
    ports.plug(nameless);
    ports.plug(weak, { port: "1-2" });
    ports.plug(closed, { port: "1-3", open: false });
    await wizard.find("article", "Kingston DataTraveler");
    await look("usb-of-little-use");
    ports.pull(nameless);
    ports.pull(closed);
    await until(
      "the key to go",
      async () => !(await wizard.sees("article", "Kingston DataTraveler")),
    );
    await wizard.press("Make it a license key all the same");
    await wizard.screen(TITLE.keyId);
    await look("usb-id-weak");
    await wizard.press("Back");
    ports.pull(weak);

    const key = ports.key(SERIAL);
    ports.plug(key);
    await wizard.find("article", "SanDisk Ultra");
    await look("usb-plain");
    await wizard.press("Make it a license key");
    await wizard.screen(TITLE.keyId);
    await look("usb-id");
    const id = await wizard.page(() => document.querySelector("p.text").innerText);
    authority.does(
      ...["license", "--product", PRODUCT, "--usb", id, "--expires", "2030-03-31"],
      ...["--holder", "Harbour Shipyard", "--out", computer.at("cad.lic")],
    );
    await wizard.press("Continue");
    await wizard.screen(TITLE.keyPut);
    await look("usb-put");
    ports.pull(key);
    await wizard.reads("Nothing is lost.");
    await look("usb-put-pulled");
    ports.plug(key, { port: "1-4" });
    await gone("Nothing is lost.");
    await openFile({ wizard, computer }, computer.write("letter.txt", "Dear customer"));
    await wizard.problem();
    await look("usb-put-problem");
    await openFile({ wizard, computer }, computer.at("cad.lic"));
    await wizard.screen(TITLE.keyDone);
    await look("usb-done");
    await wizard.press("Back to your programs");
    await wizard.screen(TITLE.home);
    await wizard.find("article", PRODUCT_NAME);
    await look("home-usb");
    ports.pull(key);
    await wizard.reads("The USB key with the license is not plugged in.");
    await look("home-usb-pulled");

    await makeRequest(wizard, code);
    await wizard.press("USB key", "tab");
    await look("carry-usb-none");
    ports.plug(key);
    const courier = ports.key("60A44C413FAEF4B1E98B", {
      maker: "Kingston",
      name: "DataTraveler 3.0",
      label: "COURIER",
    });
    ports.plug(courier, { port: "1-2" });
    await wizard.press("Save to Kingston DataTraveler 3.0");
    await wizard.reads(`Saved to ${join(courier.mounted, "KEYFERRY")}`);
    await look("carry-usb");
    await wizard.press("Continue");
    await wizard.screen(TITLE.answer);
    await look("answer-usb-none");
    ports.pull(courier);
    authority.does("courier", courier.flash);
    ports.plug(courier, { port: "1-3" });
    await wizard.find("button", "Apply the answer");
    await look("answer-usb");
    await wizard.press("Do this later");
    await wizard.screen(TITLE.home);
    await wizard.find("heading", "Kingston DataTraveler 3.0 has done its round here");
    await look("home-usb-round");
    await wizard.press("Show USB keys");
    await wizard.screen(TITLE.usb);
    await wizard.press("Got it");
    await look("usb");
    await wizard.press("See what it carries");
    await wizard.screen(TITLE.courier);
    await look("courier");
    survey.end(context);
  });
}
