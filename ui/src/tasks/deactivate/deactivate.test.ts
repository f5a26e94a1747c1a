import { screen, within } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import { arriveAt, button, open, trouble } from "../../../tests/open";
import { homeOf, refuses } from "../../../tests/shell";
import { cad, deactivation, plan, problem, products } from "../../../tests/views";

const PLAN = "What happens when you deactivate Acme CAD 2027?";
const CONFIRM = "Deactivate Acme CAD 2027 on this computer now?";
const CARRY = "How do you want to carry the deactivation?";
const DELIVERED = "Has Acme Software received the deactivation?";

const atConfirm = { at: "deactivate-confirm", plan, reason: "repair" } as const;
const atCarry = {
  at: "deactivate-carry",
  carried: deactivation,
  way: "qr",
  found: false,
} as const;

describe("Deactivate", () => {
  it("goes from the card to a delivered deactivation", async () => {
    const { user, shell } = open();
    await user.click(await screen.findByRole("button", { name: "Deactivate" }));
    await arriveAt(PLAN);
    await user.click(button("Continue"));
    await arriveAt("Why are you deactivating Acme CAD 2027?");
    await user.click(screen.getByRole("radio", { name: /repaired or replaced/ }));
    await user.click(button("Continue"));
    await arriveAt(CONFIRM);
    await user.click(button("Deactivate this computer"));
    await arriveAt(CARRY);
    await user.click(button("Continue"));
    await arriveAt(DELIVERED);
    await user.click(button("It has been delivered"));
    await arriveAt("Your programs");
    expect(
      screen.getByText(/The delivery is confirmed\. Acme CAD 2027 has given up its seat/, {
        selector: ".notice *",
      }),
    ).toBeInTheDocument();
    const asked = shell.asked.filter(([call]) => call !== "home" && call !== "broughtAtStart");
    expect(asked).toEqual([
      ["planDeactivation", cad.product],
      ["deactivate", cad.product, "repair"],
      ["confirmDelivery", deactivation.token_id],
    ]);
  });

  it("changes nothing before the button that is named for it", async () => {
    const { user, shell } = open({ at: "deactivate-plan", plan });
    await user.click(button("Continue"));
    await user.click(button("Continue"));
    await arriveAt(CONFIRM);
    await user.click(button("Keep the license here"));
    await arriveAt("Your programs");
    expect(shell.asked.map(([call]) => call)).not.toContain("deactivate");
  });

  it("says what will happen: it stops at once, is final, and the seat waits for the vendor", async () => {
    open({ at: "deactivate-plan", plan: { ...plan, works_until: "2099-03-03T12:00:00Z" } });
    await arriveAt(PLAN);
    const page = document.querySelector("main");
    expect(page).toHaveTextContent("This cannot be undone.");
    expect(page).toHaveTextContent("Without this it would run until 3 March 2099.");
    expect(page).toHaveTextContent("stops running on this computer");
    expect(page).toHaveTextContent("The seat becomes free when it has arrived there, not before.");
  });

  it("says nothing of a date where the license has no end", () => {
    open({ at: "deactivate-plan", plan: { ...plan, works_until: null } });
    expect(screen.queryByText(/Without this it would run/)).toBeNull();
  });

  it("offers to move instead, and Back leads past this task", async () => {
    const { user } = open({ at: "deactivate-plan", plan });
    await user.click(button("Move it in one trip"));
    await arriveAt("Do you have the request of the new computer?");
    await user.click(button("Back"));
    await arriveAt("Your programs");
  });

  it("makes nobody give a reason, and keeps the one that was given", async () => {
    const { user } = open({ at: "deactivate-plan", plan });
    await user.click(button("Continue"));
    expect(screen.getByRole("radio", { name: "Another reason." })).toBeChecked();
    screen.getByRole("radio", { name: "Another reason." }).focus();
    await user.keyboard("{ArrowUp}{ArrowUp}");
    expect(screen.getByRole("radio", { name: /not needed here/ })).toBeChecked();
    await user.click(button("Continue"));
    await user.click(button("Back"));
    expect(screen.getByRole("radio", { name: /not needed here/ })).toBeChecked();
  });

  it("shows everything that the vendor will be told, the reason too", async () => {
    open({
      ...atConfirm,
      plan: {
        ...plan,
        claims: [...plan.claims, { name: "claim_reason", value: "other", detail: null }],
      },
    });
    await arriveAt(CONFIRM);
    const told = screen.getAllByRole("term").map(({ textContent }) => textContent);
    expect(told.filter((name) => name === "Reason")).toHaveLength(1);
    expect(screen.getByText("The computer is going to be repaired or replaced.")).toBeVisible();
    expect(screen.getByText(plan.activation_id)).toBeVisible();
  });

  it("loses nothing when it cannot be written", async () => {
    const { user } = open(atConfirm, {
      deactivate: refuses(problem("disk_full", null, { path: "/home" })),
    });
    await user.click(button("Deactivate this computer"));
    await trouble("Reference KF-604");
    expect(button("Deactivate this computer")).toBeVisible();
  });

  it("deactivates once, however often the button is pressed", async () => {
    let finish: ((carried: typeof deactivation) => void) | undefined;
    const { user, shell } = open(atConfirm, {
      deactivate: () => new Promise((resolve) => (finish = resolve)),
    });
    await user.click(button("Deactivate this computer"));
    await user.click(button("Deactivate this computer"));
    finish?.(deactivation);
    await arriveAt(CARRY);
    expect(shell.asked.filter(([call]) => call === "deactivate")).toHaveLength(1);
  });

  it("does not undo anything by going back, and says so", async () => {
    const { user } = open(atConfirm);
    await user.click(button("Deactivate this computer"));
    await arriveAt(CARRY);
    expect(screen.getByText(/going back does not undo that/)).toBeInTheDocument();
    await user.click(button("Back"));
    await arriveAt("Your programs");
  });

  it("shows the QR code, the file and the text of the deactivation", async () => {
    const { user, shell } = open(atCarry);
    expect(
      screen.getByRole("img", { name: /QR code with the deactivation of Acme CAD 2027/ }),
    ).toBeInTheDocument();
    expect(screen.getByText(/come back and confirm the delivery/)).toBeInTheDocument();
    await user.click(screen.getByRole("tab", { name: "File" }));
    await user.click(button("Save as file"));
    await user.click(screen.getByRole("tab", { name: "Text" }));
    expect(screen.getByRole("textbox", { name: "The deactivation as text" })).toHaveValue(
      deactivation.armored,
    );
    await user.click(button("Copy text"));
    expect(shell.asked).toContainEqual(["saveCarried", deactivation.token_id]);
    expect(shell.asked).toContainEqual(["copyCarried", deactivation.token_id]);
  });

  it("is found again after a restart, until it has been delivered", async () => {
    let delivered = false;
    const { user } = open(null, {
      home: () => homeOf({ products: [delivered ? products.delivered : products.undelivered] })(),
      confirmDelivery: () => {
        delivered = true;
        return Promise.resolve();
      },
    });
    const card = await screen.findByRole("article", { name: "Acme CAD 2027" });
    expect(card).toHaveTextContent("is not delivered yet");
    expect(card).toHaveTextContent(deactivation.reference);
    await user.click(within(card).getByRole("button", { name: "Carry the deactivation" }));
    await arriveAt(CARRY);
    expect(screen.queryByText(/going back does not undo/)).toBeNull();
    await user.click(button("Do this later"));
    await user.click(await screen.findByRole("button", { name: "Confirm the delivery" }));
    await arriveAt(DELIVERED);
    await user.click(button("Not yet"));
    await user.click(await screen.findByRole("button", { name: "Confirm the delivery" }));
    await user.click(button("It has been delivered"));
    await screen.findByText(/you confirmed it on/);
    expect(screen.queryByRole("button", { name: "Carry the deactivation" })).toBeNull();
  });

  it("keeps the question where the delivery cannot be written down", async () => {
    const { user } = open(
      { at: "delivered", carried: deactivation, step: null },
      { confirmDelivery: refuses(problem("store_locked")) },
    );
    await user.click(button("It has been delivered"));
    await trouble("Reference KF-610");
  });
});
