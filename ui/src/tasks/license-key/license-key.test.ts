import { fireEvent, screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import { arriveAt, button, heading, open, trouble } from "../../../tests/open";
import { broughtProblem, refuses } from "../../../tests/shell";
import { keys, put, sandisk, usbId, usbOf } from "../../../tests/usb";
import { problem } from "../../../tests/views";
import type { UsbView } from "../../lib/views";

const ID = "Have a license made for this USB key";
const PUT = "Do you have the license file for this USB key?";
const DONE = "Acme CAD 2027 works from this USB key";

const atId = { at: "license-key-id", key: sandisk, id: usbId } as const;
const atPut = { at: "license-key-put", key: sandisk, text: "" } as const;
const there = { usbKeys: () => Promise.resolve(usbOf([sandisk])) };

describe("Making a license key", () => {
  it("goes from the key to the license on it, verified there, until when", async () => {
    const { user, shell } = open({ at: "usb" }, there);
    await user.click(await screen.findByRole("button", { name: "Make it a license key" }));
    await arriveAt(ID);
    expect(screen.getByText(usbId.id)).toBeVisible();
    expect(screen.getByRole("img")).toHaveAccessibleName(expect.stringContaining(usbId.id));
    await user.click(button("Continue"));
    await arriveAt(PUT);
    await user.click(button("Open file"));
    await arriveAt(DONE);
    expect(
      screen.getByText(/^Works while the USB key SanDisk Ultra is plugged in, until /),
    ).toBeVisible();
    expect(screen.getByText("/media/usb/com.acme.cad.b.lic")).toBeVisible();
    expect(shell.asked).toContainEqual(["usbId", "usb-1"]);
    expect(shell.asked).toContainEqual(["putLicenseDialog", "usb-1", false]);
    await user.click(button("To the USB keys"));
    await arriveAt("USB keys");
  });

  it("saves and copies the id", async () => {
    const { user, shell } = open(atId, there);
    await user.click(button("Save as file"));
    expect(await screen.findByText("Saved to /home/me/keyferry-usb-id.txt")).toBeInTheDocument();
    await user.click(button("Copy the id"));
    expect(shell.asked).toContainEqual(["saveUsbId", usbId.id]);
    expect(shell.asked).toContainEqual(["copyText", usbId.id]);
  });

  it("says that a key is weak before anything is bound to it, and goes on only by a named press", async () => {
    const { user, shell } = open(
      { ...atId, key: keys.weak },
      { usbKeys: () => Promise.resolve(usbOf([keys.weak])) },
    );
    expect(screen.getByText("This USB key is a weak choice")).toBeVisible();
    expect(screen.queryByRole("button", { name: "Continue" })).toBeNull();
    await user.click(button("Go on with this USB key"));
    await arriveAt(PUT);
    await user.click(button("Open file"));
    await arriveAt(DONE);
    expect(shell.asked).toContainEqual(["putLicenseDialog", keys.weak.place, true]);
  });

  it("takes the license file as a drop, and the one door's word on it does not count", async () => {
    const { shell } = open(atPut, there);
    await arriveAt(PUT);
    shell.drop(
      [broughtProblem(problem("license_belongs_on_key"), "cad.lic")],
      ["/home/me/cad.lic"],
    );
    await arriveAt(DONE);
    expect(shell.asked).toContainEqual(["putLicenseFiles", "usb-1", ["/home/me/cad.lic"], false]);
    expect(document.querySelector(".summary")).toBeNull();
  });

  it("takes it by a paste", async () => {
    const { shell } = open(atPut, there);
    await arriveAt(PUT);
    await fireEvent.paste(document.body, { clipboardData: { getData: () => "-----BEGIN" } });
    await arriveAt(DONE);
    expect(shell.asked).toContainEqual(["putLicenseText", "usb-1", "-----BEGIN", false]);
  });

  it("keeps text that is no license file where it can be mended", async () => {
    const { user } = open(atPut, {
      ...there,
      putLicenseText: refuses(problem("license_for_other_key", "text")),
    });
    await user.click(screen.getByText("You have text instead of a file?"));
    await user.type(screen.getByRole("textbox", { name: "Text of the license file" }), "other");
    await user.click(button("Put it on the USB key"));
    await trouble("This license file is bound to another USB key.");
    expect(screen.getByRole("textbox")).toHaveValue("other");
  });

  it("stays when no file is chosen", async () => {
    const { user } = open(atPut, { ...there, putLicenseDialog: () => Promise.resolve(null) });
    await user.click(button("Open file"));
    expect(heading()).toHaveTextContent(PUT);
    expect(document.querySelector(".summary")).toBeNull();
  });

  it("says at once that the key was pulled out, and goes on when it is back elsewhere", async () => {
    let view: UsbView = usbOf([sandisk]);
    const { user, shell } = open(atPut, { usbKeys: () => Promise.resolve(view) });
    await arriveAt(PUT);
    view = usbOf([]);
    shell.usbChanged();
    expect(
      await screen.findByText("Nothing is lost. Plug it in again, and go on here."),
    ).toBeVisible();
    await user.click(button("Open file"));
    await trouble("This USB key is not plugged in.");
    expect(shell.asked.map(([call]) => call)).not.toContain("putLicenseDialog");
    view = usbOf([{ ...sandisk, place: "usb-6" }]);
    shell.usbChanged();
    await screen.findByText("SanDisk Ultra was plugged in.");
    expect(screen.queryByText("Nothing is lost. Plug it in again, and go on here.")).toBeNull();
    await user.click(button("Open file"));
    await arriveAt(DONE);
    expect(shell.asked).toContainEqual(["putLicenseDialog", "usb-6", false]);
  });

  it("says that a volume has to be opened first", async () => {
    open(atPut, { usbKeys: () => Promise.resolve(usbOf([keys.notOpen])) });
    expect(await screen.findByText("There is no open volume on this USB key.")).toBeInTheDocument();
  });

  it("does not say that a program works by a license that is stopped", () => {
    const { license } = put;
    const standing = {
      ...license.standing,
      state: "stopped" as const,
      reason: "suspended" as const,
    };
    open(
      { at: "license-key-done", key: sandisk, put: { ...put, license: { ...license, standing } } },
      there,
    );
    expect(heading()).toHaveTextContent("The license file for Acme CAD 2027 is on the USB key");
    expect(screen.getByText("The vendor has suspended this license.")).toBeVisible();
  });
});
