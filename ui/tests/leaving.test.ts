// A license leaves a computer, by keyboard alone: deactivated, and moved.
import { screen } from "@testing-library/svelte";
import { expect, it } from "vitest";

import { arriveAt, open, tabTo } from "./open";
import { homeOf } from "./shell";
import { deactivation, products } from "./views";

it("deactivates without a mouse", async () => {
  const { user, shell } = open();
  await arriveAt("Your programs");
  await tabTo(user, "button", "Deactivate");
  await user.keyboard("{Enter}");
  await arriveAt("What happens when you deactivate Acme CAD 2027?");
  await tabTo(user, "button", "Continue");
  await user.keyboard("{Enter}");
  await arriveAt("Why are you deactivating Acme CAD 2027?");
  await tabTo(user, "radio", "Another reason.");
  await user.keyboard("{ArrowUp}");
  await tabTo(user, "button", "Continue");
  await user.keyboard(" ");
  await arriveAt("Deactivate Acme CAD 2027 on this computer now?");
  await tabTo(user, "button", "Deactivate this computer");
  await user.keyboard("{Enter}");
  await arriveAt("How do you want to carry the deactivation?");
  await tabTo(user, "tab", "QR code");
  await user.keyboard("{ArrowRight}");
  await tabTo(user, "button", "Save as file");
  await user.keyboard("{Enter}");
  await screen.findByRole("button", { name: "Save another copy" });
  await tabTo(user, "button", "Continue");
  await user.keyboard("{Enter}");
  await arriveAt("Has Acme Software received the deactivation?");
  await tabTo(user, "button", "It has been delivered");
  await user.keyboard("{Enter}");
  await arriveAt("Your programs");
  expect(shell.asked).toContainEqual(["deactivate", "com.acme.cad", "repair"]);
  expect(shell.asked).toContainEqual(["confirmDelivery", deactivation.token_id]);
});

it("moves without a mouse", async () => {
  const { user, shell } = open();
  await arriveAt("Your programs");
  await tabTo(user, "button", "Move to another computer");
  await user.keyboard("{Enter}");
  await arriveAt("Do you have the request of the new computer?");
  await tabTo(user, "button", "Open file");
  await user.keyboard("{Enter}");
  await arriveAt("What happens when you move Acme CAD 2027?");
  await tabTo(user, "button", "Move the license");
  await user.keyboard("{Enter}");
  await arriveAt("How do you want to carry it to Acme Software?");
  expect(shell.asked).toContainEqual(["moveAway", "com.acme.cad", "1"]);
});

it("reaches everything on every card without a mouse", async () => {
  const all = Object.entries(products).map(([name, product]) => ({ ...product, product: name }));
  const { user } = open(null, { home: homeOf({ products: all }) });
  await arriveAt("Your programs");
  const left = new Set<Element | null>(await screen.findAllByRole("button"));
  // Once around, past the end of the page and on from its beginning.
  for (let presses = left.size + 2; presses > 0; presses -= 1) {
    await user.tab();
    left.delete(document.activeElement);
  }
  expect([...left]).toEqual([]);
});
