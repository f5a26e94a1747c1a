import { screen, within } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import { arriveAt, button, open, trouble } from "../../../tests/open";
import { refuses } from "../../../tests/shell";
import { keys, sandisk, unavailable, usbOf } from "../../../tests/usb";
import {
  acme,
  bothOfAMove,
  deactivation,
  moveRequest,
  plan,
  problem,
  request,
  timeRequest,
} from "../../../tests/views";
import type { Screen } from "../screens";
import type { UsbView } from "../views";

const here = { at: "carry", request, way: "usb" } as const;
const two = { usbKeys: () => Promise.resolve(usbOf([sandisk, keys.courier])) };

describe("A USB key as the carrier", () => {
  it.each<[string, Screen, string]>([
    ["a request", here, request.token_id],
    [
      "a time request",
      { at: "clock-carry", carried: timeRequest, way: "usb" },
      timeRequest.token_id,
    ],
    [
      "a deactivation",
      { at: "deactivate-carry", carried: deactivation, way: "usb", found: false },
      deactivation.token_id,
    ],
    [
      "a move",
      { at: "move-carry", carried: bothOfAMove, way: "usb", request: moveRequest },
      bothOfAMove.token_id,
    ],
  ])("takes %s by one press for each key", async (_, at, token) => {
    const { user, shell } = open(at, two);
    await user.click(
      await screen.findByRole("button", { name: "Save to Kingston DataTraveler 3.0" }),
    );
    expect(await screen.findByText(/Saved to \/media\/usb\/KEYFERRY\/outbox/)).toBeVisible();
    expect(shell.asked).toContainEqual(["carryByUsb", token, "usb-2"]);
    expect(button("Save to SanDisk Ultra")).toBeVisible();
    expect(button("Save to Kingston DataTraveler 3.0 again")).toBeVisible();
    expect(
      screen.getByText("Have the system eject the USB key before you pull it out."),
    ).toBeVisible();
  });

  it("is one of the ways, beside the others", async () => {
    const { user } = open({ ...here, way: "qr" }, two);
    await user.click(screen.getByRole("tab", { name: "USB key" }));
    const panel = screen.getByRole("tabpanel", { name: "USB key" });
    expect(await within(panel).findAllByRole("button")).toHaveLength(2);
  });

  it("shows up by itself when it is plugged in", async () => {
    let view: UsbView = usbOf([]);
    const { shell } = open(here, { usbKeys: () => Promise.resolve(view) });
    await screen.findByText("Plug in a USB key. It shows up here by itself.");
    view = usbOf([sandisk]);
    shell.usbChanged();
    expect(await screen.findByRole("button", { name: "Save to SanDisk Ultra" })).toBeVisible();
  });

  it("has no button where it cannot be written to, and says why", async () => {
    open(here, { usbKeys: () => Promise.resolve(usbOf([keys.notOpen, keys.readOnly])) });
    expect(await screen.findByText(/There is no open volume on this USB key\./)).toBeVisible();
    expect(screen.getByText(/This USB key is write-protected\./)).toBeVisible();
    expect(screen.queryByRole("button", { name: /^Save to/ })).toBeNull();
  });

  it("says so where USB keys cannot be seen", async () => {
    open(here, { usbKeys: () => Promise.resolve(unavailable) });
    expect(await screen.findByText("USB keys cannot be seen here.")).toBeVisible();
  });

  it("loses nothing when the key is full", async () => {
    const { user } = open(here, {
      ...two,
      carryByUsb: refuses(problem("disk_full", null, { path: "/media/usb" })),
    });
    await user.click(await screen.findByRole("button", { name: "Save to SanDisk Ultra" }));
    await trouble("Reference KF-604");
    expect(button("Save to SanDisk Ultra")).toBeVisible();
  });
});

describe("An answer on a USB key", () => {
  const answer = { usbKeys: () => Promise.resolve(usbOf([keys.answer])) };

  it.each<[string, Screen]>([
    ["activating", { at: "answer", productName: "Acme CAD 2027", vendor: acme, text: "" }],
    ["mending the clock", { at: "clock-answer", productName: "Acme CAD", vendor: acme, text: "" }],
  ])("is noticed while %s, and applied by a press", async (_, at) => {
    const { user, shell } = open(at, answer);
    const noticed = await screen.findAllByText(
      "An answer for this computer is on the USB key SanDisk Ultra.",
    );
    expect(noticed.length).toBeGreaterThan(0);
    expect(shell.asked.map(([call]) => call)).not.toContain("takeAnswers");
    await user.click(button("Apply the answer"));
    await arriveAt("Acme CAD 2027 is activated");
    expect(shell.asked).toContainEqual(["takeAnswers", "usb-1"]);
  });

  it("is invited where there is none yet", async () => {
    open({ at: "answer", productName: "Acme CAD 2027", vendor: acme, text: "" });
    expect(await screen.findByText(/Plug it in, and Keyferry finds it by itself\./)).toBeVisible();
  });
});

describe("A new computer's request on a USB key", () => {
  const onKey = { ...moveRequest, place: "usb-2" };

  it("is offered for the move, which then leaves on the same key: one trip", async () => {
    const { user, shell } = open(
      { at: "move-request", plan, text: "" },
      {
        ...two,
        usbMoveRequests: () => Promise.resolve([onKey]),
      },
    );
    expect(
      await screen.findByText(
        "A request to Acme Software from another computer is on the USB key Kingston DataTraveler 3.0.",
      ),
    ).toBeVisible();
    await user.click(button("Use this request"));
    await arriveAt("What happens when you move Acme CAD 2027?");
    await user.click(button("Move the license"));
    await arriveAt("How do you want to carry it to Acme Software?");
    expect(shell.asked).toContainEqual(["moveAway", plan.product, onKey.handle]);
    expect(screen.getByRole("tab", { name: "USB key" })).toHaveAttribute("aria-selected", "true");
    expect(
      await screen.findByRole("button", { name: "Save to Kingston DataTraveler 3.0" }),
    ).toBeVisible();
  });

  it("goes with its key", async () => {
    let view = usbOf([keys.courier]);
    const { shell } = open(
      { at: "move-request", plan, text: "" },
      {
        usbKeys: () => Promise.resolve(view),
        usbMoveRequests: () => Promise.resolve(view.keys.length > 0 ? [onKey] : []),
      },
    );
    await screen.findByRole("button", { name: "Use this request" });
    view = usbOf([]);
    shell.usbChanged();
    expect(await screen.findByText(/Plug it in, and Keyferry finds it by itself\./)).toBeVisible();
    expect(screen.queryByRole("button", { name: "Use this request" })).toBeNull();
  });
});
