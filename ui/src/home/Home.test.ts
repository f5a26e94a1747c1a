import { fireEvent, screen, within } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";

import { arriveAt, button, open, trouble } from "../../tests/open";
import { brought, broughtProblem, homeOf, refuses } from "../../tests/shell";
import {
  cad,
  done,
  home,
  problem,
  products,
  request,
  timeRequest,
  waiting,
} from "../../tests/views";

/** What a card says and offers: the first button, then the others. */
const STANDINGS: [keyof typeof products, RegExp, string[]][] = [
  [
    "licensed",
    /^Works until .* Bound to this computer\.$/,
    ["Bring a refresh", "Move to another computer", "Deactivate", "Get help", "Save record"],
  ],
  [
    "changed",
    /The network adapter changed; still within tolerance\.$/,
    ["Bring a refresh", "Move to another computer", "Deactivate", "Get help", "Save record"],
  ],
  [
    "nearEnd",
    /^Works until/,
    ["Bring a refresh", "Move to another computer", "Deactivate", "Get help", "Save record"],
  ],
  [
    "grace",
    /^The lease is over; the program still runs until/,
    [
      "Bring a refresh",
      "Activate again",
      "Move to another computer",
      "Deactivate",
      "Get help",
      "Save record",
    ],
  ],
  [
    "emergencyAvailable",
    /^The lease of this computer ended on/,
    [
      "Start an emergency run",
      "Bring a refresh",
      "Activate again",
      "Deactivate",
      "Get help",
      "Save record",
    ],
  ],
  [
    "emergencyRunning",
    /^Emergency run until/,
    ["Bring a refresh", "Activate again", "Deactivate", "Get help", "Save record"],
  ],
  [
    "expired",
    /^The lease of this computer ended on/,
    ["Activate again", "Bring a refresh", "Deactivate", "Get help", "Save record"],
  ],
  [
    "suspended",
    /^The vendor has suspended this license/,
    ["Bring a refresh", "Deactivate", "Get help", "Save record"],
  ],
  [
    "revoked",
    /^The vendor has revoked this license/,
    ["Activate again", "Deactivate", "Get help", "Save record"],
  ],
  [
    "clockBehind",
    /^The clock of this computer is behind/,
    ["See to the clock", "Deactivate", "Get help", "Save record"],
  ],
  [
    "wrongDevice",
    /^The license does not fit this computer\. ?What differs: system disk and processor\./,
    ["Activate again", "Get help", "Save record"],
  ],
  [
    "awaiting",
    /^$/,
    ["Bring the answer", "Show the request again", "Use another activation code", "Get help"],
  ],
  [
    "refused",
    /^$/,
    ["Show the request again", "Bring the answer", "Use another activation code", "Get help"],
  ],
  ["refusedForGood", /^$/, ["Activate again", "Bring the answer", "Get help"]],
  [
    "undelivered",
    /^This program was deactivated on this computer/,
    ["Carry the deactivation", "Confirm the delivery", "Activate again", "Get help"],
  ],
  ["delivered", /^This program was deactivated on this computer/, ["Activate again", "Get help"]],
  [
    "onKey",
    /^Works while the USB key SanDisk Ultra is plugged in, until .*\.$/,
    ["Activate", "Get help"],
  ],
  [
    "keyMissing",
    /^The USB key with the license is not plugged in\. +It is the one with the serial number 4C53/,
    ["Activate", "Get help"],
  ],
  ["damaged", /^The license data on this computer is damaged/, ["Activate", "Get help"]],
];

async function card(): Promise<HTMLElement> {
  return screen.findByRole("article");
}

describe("A card", () => {
  it.each(STANDINGS)("tells of %s and offers what can be done", async (name, sentence, acts) => {
    open(null, { home: homeOf({ products: [products[name]] }) });
    const shown = await card();
    expect(shown.querySelector(".standing")?.textContent.trim() ?? "").toMatch(sentence);
    const offered = within(shown).getAllByRole("button");
    expect(offered.map(({ textContent }) => textContent.trim())).toEqual(acts);
    const primary = offered.filter(({ classList }) => classList.contains("primary"));
    const calm = ["licensed", "changed", "onKey", "keyMissing"].includes(name);
    expect(primary).toEqual(calm ? [] : offered.slice(0, 1));
  });

  it("announces an end that is near, and how to go on", async () => {
    open(null, { home: homeOf({ products: [products.nearEnd] }) });
    const shown = await card();
    expect(shown).toHaveTextContent("Ends soon");
    expect(shown).toHaveTextContent(/Ends on .* \(days left: 4\)\./);
    expect(shown).toHaveTextContent("Ask Acme Software for a refresh before that day");
  });

  it("says why a request was refused and what to do now", async () => {
    open(null, { home: homeOf({ products: [products.refused] }) });
    const shown = await card();
    expect(shown).toHaveTextContent("Refused");
    expect(shown).not.toHaveTextContent("Waiting for the answer");
    expect(shown).toHaveTextContent("All seats of this activation code are taken (seats: 3).");
    expect(shown).toHaveTextContent("Ask the vendor for another seat.");
    expect(shown).toHaveTextContent("Reference KF-203");
  });

  it("tells how many emergency runs are left, before and after one is taken", async () => {
    open(null, {
      home: homeOf({
        products: [products.emergencyAvailable, { ...products.emergencyRunning, product: "b" }],
      }),
    });
    const [before, after] = await screen.findAllByRole("article");
    expect(before).toHaveTextContent("an emergency run of 3 days is allowed (left: 2).");
    expect(after).toHaveTextContent("1 emergency run is left after this one.");
  });

  it("goes on with a time request that is on its way", async () => {
    const { user, shell } = open(null, {
      home: homeOf({
        products: [
          {
            ...products.clockBehind,
            time_request: {
              token_id: timeRequest.token_id,
              reference: timeRequest.reference,
              made_at: timeRequest.made_at,
              label: "Bench 4",
              vendor: cad.vendor.id,
              refused: null,
            },
          },
        ],
      }),
    });
    const shown = await card();
    expect(shown).toHaveTextContent("It waits for the vendor's time.");
    expect(within(shown).queryByRole("button", { name: "See to the clock" })).toBeNull();
    await user.click(within(shown).getByRole("button", { name: "Show the time request again" }));
    expect(shell.asked).toContainEqual(["timeRequest", cad.product]);
  });

  it.each([
    ["Bring a refresh", "refresh-bring"],
    ["Move to another computer", "move-request"],
    ["Deactivate", "deactivate-plan"],
    ["Get help", "help-ways"],
  ])("leads on from “%s”", async (name, at) => {
    const { user, journey } = open();
    await user.click(await screen.findByRole("button", { name }));
    expect(journey.frame.screen.at).toBe(at);
  });

  it("leads on to the clock and to an emergency run", async () => {
    const { user, journey } = open(null, {
      home: homeOf({
        products: [products.clockBehind, { ...products.emergencyAvailable, product: "b" }],
      }),
    });
    await user.click(await screen.findByRole("button", { name: "See to the clock" }));
    expect(journey.frame.screen.at).toBe("clock-state");
    journey.home();
    await user.click(await screen.findByRole("button", { name: "Start an emergency run" }));
    expect(journey.frame.screen.at).toBe("emergency-plan");
  });

  it("tells what kept a task from beginning, and stays", async () => {
    const { user } = open(null, { planDeactivation: refuses(problem("store_locked")) });
    await user.click(await screen.findByRole("button", { name: "Deactivate" }));
    await trouble("Reference KF-610");
  });
});

describe("Home", () => {
  it("starts with the vendor where there is none", async () => {
    const { user } = open(null, { home: homeOf({ vendors: [], products: [] }) });
    await user.click(await screen.findByRole("button", { name: "Add your vendor" }));
    await arriveAt("Which vendor do you want to add?");
  });

  it("goes on with a program where there is a vendor", async () => {
    const { user } = open(null, { home: homeOf({ products: [] }) });
    await user.click(await screen.findByRole("button", { name: "Activate a program" }));
    await arriveAt("What is your activation code?");
  });

  it("says in plain words where a product stands", async () => {
    const standing = {
      ...cad.standing,
      until: "2099-03-03T12:00:00Z",
      changed: ["network_adapter" as const],
    };
    open(null, { home: homeOf({ products: [{ ...cad, standing }] }) });
    const card = await screen.findByRole("article", { name: "Acme CAD 2027" });
    expect(card).toHaveTextContent(
      /until 3 March 2099\. Bound to this computer\. The network adapter changed; still within tolerance\./,
    );
    expect(card).toHaveTextContent("82 days left");
  });

  it("finds an unfinished activation again and goes on with it", async () => {
    const { user, shell } = open(null, { home: homeOf({ products: [waiting] }) });
    const card = await screen.findByRole("article", { name: "Acme Simulation" });
    expect(card).toHaveTextContent("Waiting for the answer");
    expect(card).toHaveTextContent("AB3D-9KX2");
    await user.click(within(card).getByRole("button", { name: "Show the request again" }));
    await arriveAt("How do you want to carry the request?");
    expect(shell.asked).toContainEqual(["request", waiting.product]);
    expect(screen.getByRole("img")).toHaveAccessibleName(
      expect.stringContaining(request.reference),
    );
    await user.click(button("Back"));
    await user.click(await screen.findByRole("button", { name: "Bring the answer" }));
    await arriveAt("Do you have the answer from Acme Software?");
  });

  it("offers to activate again what is over, with the next step", async () => {
    open(null, { home: homeOf({ products: [products.expired] }) });
    const card = await screen.findByRole("article", { name: "Acme CAD 2027" });
    expect(within(card).getByRole("button", { name: "Activate again" })).toHaveClass("primary");
    expect(card).toHaveTextContent("Activate this computer again with your activation code.");
  });

  it("saves the record of an activation", async () => {
    const { user, shell } = open();
    await user.click(await screen.findByRole("button", { name: "Save record" }));
    expect(shell.asked).toContainEqual(["saveRecord", cad.activation_id]);
    expect(
      await screen.findByText("The record was saved to /home/me/acme-cad-record.txt.", {
        selector: ".notice *",
      }),
    ).toBeInTheDocument();
  });

  it("takes a file, a drop and a paste", async () => {
    const { user, shell, journey } = open();
    await user.click(await screen.findByRole("button", { name: "Open file" }));
    await arriveAt(`${done.product_name} is activated`);
    journey.home();
    await arriveAt("Your programs");
    shell.drop([brought("vendor_found", "acme.kfv")]);
    await arriveAt("Are these the vendor's 12 words?");
    journey.home();
    await arriveAt("Your programs");
    await fireEvent.paste(document.body, { clipboardData: { getData: () => "-----BEGIN" } });
    await arriveAt(`${done.product_name} is activated`);
  });

  it("shows what the program was started with", async () => {
    open(null, { broughtAtStart: () => Promise.resolve([brought("vendor_found", "acme.kfv")]) });
    await arriveAt("Are these the vendor's 12 words?");
  });

  it("is read anew when the store changes", async () => {
    let products = [waiting];
    const { shell } = open(null, { home: () => Promise.resolve({ ...home, products }) });
    await screen.findByRole("article", { name: "Acme Simulation" });
    products = [cad];
    shell.storeChanged();
    await screen.findByRole("article", { name: "Acme CAD 2027" });
  });

  it("tells when the store cannot be read", async () => {
    open(null, { home: refuses(problem("store_damaged")) });
    await trouble("Reference KF-611");
  });

  it("links to no input where there is none", async () => {
    const { user } = open(null, {
      pasteClipboard: () =>
        Promise.resolve([broughtProblem(problem("nothing_read", "text"), "clipboard")]),
    });
    await user.click(await screen.findByRole("button", { name: "Paste" }));
    const summary = await trouble("Reference KF-401");
    expect(within(summary).queryByRole("link")).toBeNull();
  });

  it("gives help from the header, with the vendor's contact", async () => {
    const { user } = open();
    await screen.findByRole("article");
    await user.click(button("Help"));
    const dialog = screen.getByRole("dialog", { name: "How this works without a network" });
    expect(dialog).toHaveTextContent("support@acme.example");
  });

  it("says that it works only when that takes a while", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    try {
      const { user } = open(null, { bringDialog: () => new Promise(() => undefined) });
      await user.click(await screen.findByRole("button", { name: "Open file" }));
      expect(screen.queryByText("Working on it…")).toBeNull();
      await vi.advanceTimersByTimeAsync(500);
      expect(screen.getByText("Working on it…")).toBeInTheDocument();
    } finally {
      vi.useRealTimers();
    }
  });
});
