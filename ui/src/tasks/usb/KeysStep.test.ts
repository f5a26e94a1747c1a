import { screen, within } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";

import { arriveAt, button, open, trouble } from "../../../tests/open";
import { homeOf, refuses } from "../../../tests/shell";
import {
  atWork,
  keys,
  round,
  roundWithTrouble,
  sandisk,
  unavailable,
  usbOf,
  waitingHere,
} from "../../../tests/usb";
import { problem } from "../../../tests/views";
import type { CollectedView, UsbKeyView, UsbView } from "../../lib/views";

const here = { at: "usb" } as const;

/** What a test says is plugged in, and may change. */
function plugged(...first: UsbKeyView[]): { view: UsbView; usbKeys: () => Promise<UsbView> } {
  const port = { view: usbOf(first), usbKeys: () => Promise.resolve(port.view) };
  return port;
}

function card(name: string): Promise<HTMLElement> {
  return screen.findByRole("article", { name });
}

describe("USB keys", () => {
  it("are reached from Home, which names those that are plugged in", async () => {
    const { user } = open(null, plugged(keys.strong, keys.courier));
    expect(await screen.findByText("SanDisk Ultra, Kingston DataTraveler 3.0")).toBeInTheDocument();
    await user.click(button("Show USB keys"));
    await arriveAt("USB keys");
    expect(await screen.findAllByRole("article")).toHaveLength(2);
  });

  it("say what to do while none is plugged in", async () => {
    open(here);
    await screen.findByRole("heading", { name: "Plug in a USB key" });
    expect(screen.queryByRole("article")).toBeNull();
  });

  it("say why none can be seen where the system does not tell", async () => {
    open(here, { usbKeys: () => Promise.resolve(unavailable) });
    expect(await screen.findByText("USB keys cannot be seen here.")).toBeInTheDocument();
    expect(screen.queryByText("Plug in a USB key")).toBeNull();
  });

  it("come and go as they are plugged in and pulled out, and that is said", async () => {
    const port = plugged();
    const { shell } = open(here, port);
    await screen.findByRole("heading", { name: "Plug in a USB key" });
    port.view = usbOf([sandisk]);
    shell.usbChanged();
    await card("SanDisk Ultra");
    expect(await screen.findByText("SanDisk Ultra was plugged in.")).toHaveRole("status");
    port.view = usbOf([]);
    shell.usbChanged();
    await screen.findByRole("heading", { name: "Plug in a USB key" });
    expect(await screen.findByText("SanDisk Ultra was pulled out.")).toHaveRole("status");
  });

  it("show the newest state when answers come in another order", async () => {
    const waits: ((view: UsbView) => void)[] = [];
    const { shell } = open(here, { usbKeys: () => new Promise((resolve) => waits.push(resolve)) });
    await vi.waitFor(() => expect(waits).toHaveLength(1));
    shell.usbChanged();
    await vi.waitFor(() => expect(waits).toHaveLength(2));
    waits[1]?.(usbOf([sandisk]));
    await card("SanDisk Ultra");
    waits[0]?.(usbOf([]));
    await Promise.resolve();
    expect(await card("SanDisk Ultra")).toBeInTheDocument();
  });

  it.each([
    ["strong", "SanDisk Ultra", "Good for licenses", "It has a serial number of its own."],
    ["weak", "Generic Flash Disk", "Weak for licenses", "only a filler"],
    ["unusable", "USB key without a name", "Not for licenses", "It has no serial number"],
  ] as const)("tell of a %s one why it is that", async (which, name, badge, reason) => {
    open(here, plugged(keys[which]));
    const shown = await card(name);
    expect(shown).toHaveTextContent(badge);
    expect(shown).toHaveTextContent(reason);
  });

  it("offer no license on one that cannot be told from others, and still a courier", async () => {
    open(here, plugged(keys.unusable));
    const offered = within(await card("USB key without a name")).getAllByRole("button");
    expect(offered.map(({ textContent }) => textContent.trim())).toEqual(["Use it as a courier"]);
  });

  it("tell size, free space and place", async () => {
    open(here, plugged(sandisk));
    const shown = await card("SanDisk Ultra");
    for (const words of ["31 GB", "28 GB free", "/media/usb", "4C530001230512109443"])
      expect(shown).toHaveTextContent(words);
  });

  it("tell what each license file on them is worth", async () => {
    open(here, plugged(keys.licenses));
    const shown = await card("SanDisk Ultra");
    expect(shown).toHaveTextContent(/Works while this USB key is plugged in, until /);
    expect(shown).toHaveTextContent("The license belongs to another USB key.");
    expect(shown).toHaveTextContent("This is nothing that Keyferry knows.");
    expect(within(shown).getByRole("button", { name: "Put a license file on it" })).toBeVisible();
  });

  it.each([
    ["notOpen", "SanDisk Ultra", "There is no open volume on this USB key."],
    ["readOnly", "Intenso Basic Line", "This USB key is write-protected."],
    ["full", "SanDisk Ultra", "There are more files on this courier than fit."],
  ] as const)("say what keeps one (%s) from being used", async (which, name, why) => {
    open(here, plugged(keys[which]));
    const shown = await card(name);
    expect(shown).toHaveTextContent(why);
    expect(within(shown).queryByRole("button", { name: "Use it as a courier" })).toBeNull();
  });

  it("say that one has more license files than are read, and offer the rest", async () => {
    open(here, plugged(keys.crowded));
    const shown = await card("SanDisk Ultra");
    expect(shown).toHaveTextContent("There are more license files on this USB key than are read.");
    expect(within(shown).getByRole("button", { name: "Use it as a courier" })).toBeVisible();
  });

  it.each([
    ["courier", "Kingston DataTraveler 3.0", "On it for vendors: 12 files."],
    ["answer", "SanDisk Ultra", "For this computer: 1 answer."],
    ["emptyCourier", "SanDisk Ultra", "It is a courier, and carries nothing right now."],
    ["strong", "SanDisk Ultra", "No license file and nothing of a courier is on it."],
  ] as const)("say what one (%s) carries", async (which, name, what) => {
    open(here, plugged(keys[which]));
    expect(await card(name)).toHaveTextContent(what);
  });

  it("are told apart by the end of the serial number where they are called the same", async () => {
    const other = { ...sandisk, place: "usb-7", serial: "4C530001230512100001" };
    open(here, plugged(sandisk, other));
    await card("SanDisk Ultra (…109443)");
    await card("SanDisk Ultra (…100001)");
  });

  it("tell what kept a task from beginning", async () => {
    const { user } = open(here, {
      ...plugged(sandisk),
      usbId: refuses(problem("usb_key_not_found")),
    });
    await user.click(await screen.findByRole("button", { name: "Make it a license key" }));
    await trouble("This USB key is not plugged in.");
  });
});

describe("A courier", () => {
  /** A courier whose round leaves nothing to do. */
  function working(
    did = round,
  ): ReturnType<typeof plugged> & { courierRound: () => Promise<typeof round> } {
    const port = plugged(atWork);
    return Object.assign(port, {
      courierRound: () => {
        port.view = usbOf([keys.courier]);
        return Promise.resolve(did);
      },
    });
  }

  it.each([
    ["Home", null],
    ["the USB keys", here],
  ])("does its round by itself while %s can be seen, and the summary stays", async (_, at) => {
    const port = working();
    const { shell, user, journey } = open(at, port);
    const title = "Kingston DataTraveler 3.0 has done its round here";
    await screen.findByRole("heading", { name: title });
    expect(await screen.findByText(title, { selector: "[role=status]" })).toBeInTheDocument();
    expect(screen.getByText("Took along the request for Acme Simulation")).toBeVisible();
    expect(screen.getByText("Brought the answer: Acme CAD 2027 is activated")).toBeVisible();
    expect(shell.asked.filter(([call]) => call === "courierRound")).toEqual([
      ["courierRound", "usb-2"],
    ]);
    journey.go({ at: "settings" });
    await arriveAt("Settings");
    await user.click(button("Back"));
    await screen.findByRole("heading", { name: title });
    await user.click(button("Got it"));
    expect(screen.queryByRole("heading", { name: title })).toBeNull();
  });

  it("brings what Home shows up to date", async () => {
    const port = working();
    const { shell } = open(null, { ...port, usbKeys: port.usbKeys, home: homeOf({}) });
    await screen.findByRole("heading", { name: /has done its round here/ });
    await vi.waitFor(() =>
      expect(shell.asked.filter(([call]) => call === "home").length).toBeGreaterThan(1),
    );
  });

  it("waits while another task is open", async () => {
    const { shell, journey } = open({ at: "settings" }, working());
    await arriveAt("Settings");
    shell.usbChanged();
    await Promise.resolve();
    expect(shell.asked.map(([call]) => call)).not.toContain("courierRound");
    journey.home();
    await screen.findByRole("heading", { name: /has done its round here/ });
  });

  it("does nothing on a USB key that never was one: its answer waits for a press", async () => {
    const { shell, user } = open(null, plugged(keys.answer));
    expect(
      await screen.findByText("An answer for this computer is on the USB key SanDisk Ultra."),
    ).toBeInTheDocument();
    expect(shell.asked.map(([call]) => call)).not.toContain("courierRound");
    await user.click(button("Apply the answer"));
    await arriveAt("Acme CAD 2027 is activated");
    expect(shell.asked).toContainEqual(["takeAnswers", "usb-1"]);
  });

  it("tells what went wrong once, and tries again when it is plugged in anew", async () => {
    const port = plugged(atWork);
    let looks = 0;
    const { shell } = open(null, {
      ...port,
      usbKeys: () => {
        looks += 1;
        return Promise.resolve({ ...port.view });
      },
      courierRound: refuses(problem("usb_key_pulled")),
    });
    await screen.findByRole("heading", {
      name: "Kingston DataTraveler 3.0 could not do its round here",
    });
    expect(screen.getByText("Reference KF-656")).toBeVisible();
    const tries = (): number => shell.asked.filter(([call]) => call === "courierRound").length;
    shell.usbChanged();
    shell.usbChanged();
    // At the start, after the round, and for each of the two events.
    await vi.waitFor(() => expect(looks).toBeGreaterThanOrEqual(4));
    expect(tries()).toBe(1);
    port.view = usbOf([]);
    shell.usbChanged();
    await screen.findByText("None is plugged in.");
    port.view = usbOf([atWork]);
    shell.usbChanged();
    await vi.waitFor(() => expect(tries()).toBe(2));
  });

  it("goes on with what is made while it stays plugged in", async () => {
    const [first, second] = waitingHere;
    if (!first || !second) throw new Error("two things are needed");
    const carrying = (...plan: CollectedView[]): UsbView =>
      usbOf([{ ...keys.courier, courier: { begun: true, waiting: 0, answers: 0, plan } }]);
    const port = plugged();
    port.view = carrying(first);
    const { shell } = open(null, {
      usbKeys: port.usbKeys,
      courierRound: () => {
        port.view = carrying();
        return Promise.resolve({ collected: [], delivered: [] });
      },
    });
    const rounds = (): number => shell.asked.filter(([call]) => call === "courierRound").length;
    await vi.waitFor(() => expect(rounds()).toBe(1));
    await screen.findByRole("heading", { name: /has done its round here/ });
    port.view = carrying({ ...first, already_there: true }, second);
    shell.storeChanged();
    await vi.waitFor(() => expect(rounds()).toBe(2));
  });

  it("tells of each thing on its own, what failed among them", async () => {
    open(here, working(roundWithTrouble));
    expect(
      await screen.findByText(
        "Brought the answer: The vendor refused the request for Acme CAD 2027",
      ),
    ).toBeInTheDocument();
    expect(screen.getByText("This computer is not waiting for this answer.")).toBeVisible();
    expect(screen.getByText("Has along the request for Acme Simulation already")).toBeVisible();
  });

  it("is worked by hand, one half at a time", async () => {
    const port = plugged(atWork);
    const { user, shell } = open(
      { at: "courier", key: atWork, did: null },
      { ...port, usbKeys: () => Promise.resolve(port.view) },
    );
    await arriveAt("Kingston DataTraveler 3.0 as a courier");
    await user.click(await screen.findByRole("button", { name: "Take 2 along" }));
    expect(await screen.findByText("Took along the deactivation of Acme CAD 2027")).toBeVisible();
    await user.click(button("Apply the answer"));
    expect(await screen.findByText("Brought the answer: Acme CAD 2027 is activated")).toBeVisible();
    expect(screen.getByText("Took along the deactivation of Acme CAD 2027")).toBeVisible();
    expect(shell.asked.map(([call]) => call)).toEqual(
      expect.arrayContaining(["courierCollect", "takeAnswers"]),
    );
  });

  it("says at once when it is pulled out, and goes on when it is back", async () => {
    const port = plugged(atWork);
    const { shell } = open(
      { at: "courier", key: atWork, did: null },
      { ...port, usbKeys: () => Promise.resolve(port.view) },
    );
    await screen.findByRole("button", { name: "Take 2 along" });
    port.view = usbOf([]);
    shell.usbChanged();
    expect(
      await screen.findByText("Nothing is lost. Plug it in again, and go on here."),
    ).toBeVisible();
    expect(screen.queryByRole("button", { name: "Take 2 along" })).toBeNull();
    port.view = usbOf([{ ...atWork, place: "usb-8" }]);
    shell.usbChanged();
    expect(await screen.findByRole("button", { name: "Take 2 along" })).toBeVisible();
  });
});
