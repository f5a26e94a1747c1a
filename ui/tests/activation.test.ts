// The whole way, by keyboard alone: from an empty computer to a program that runs.
import { screen } from "@testing-library/svelte";
import { expect, it } from "vitest";

import type { HomeView } from "../src/lib/views";
import { arriveAt, open, tabTo } from "./open";
import { brought } from "./shell";
import * as views from "./views";

it("activates a program without a mouse", async () => {
  const home: HomeView = { device_label: "Bench 4", vendors: [], products: [] };
  const { user, shell } = open(null, {
    home: () => Promise.resolve({ ...home }),
    trustVendor: () => {
      home.vendors = [views.acme];
      return Promise.resolve(views.acme);
    },
    bringDialog: () =>
      Promise.resolve([home.vendors.length === 0 ? brought("vendor_found", "acme.kfv") : brought("activated")]),
  });

  await arriveAt("Your programs");
  await tabTo(user, "button", "Add your vendor");
  await user.keyboard("{Enter}");

  await arriveAt("Which vendor do you want to add?");
  await tabTo(user, "button", "Open file");
  await user.keyboard("{Enter}");

  await arriveAt("Are these the vendor's 12 words?");
  await tabTo(user, "button", "Trust Acme Software");
  await user.keyboard(" ");

  await arriveAt("Your programs");
  await tabTo(user, "button", "Activate a program");
  await user.keyboard("{Enter}");

  await arriveAt("What is your activation code?");
  await tabTo(user, "textbox", "Activation code");
  await user.keyboard("acme7qk2m9px3tbnw8zc4hj6r");
  await tabTo(user, "button", "Continue");
  await user.keyboard("{Enter}");

  await arriveAt("What will be sent?");
  await tabTo(user, "button", "Make the request");
  await user.keyboard("{Enter}");

  await arriveAt("How do you want to carry the request?");
  await tabTo(user, "tab", "QR code");
  await user.keyboard("{ArrowRight}");
  await tabTo(user, "button", "Save as file");
  await user.keyboard("{Enter}");
  await screen.findByRole("button", { name: "Save another copy" });
  await tabTo(user, "button", "Continue");
  await user.keyboard("{Enter}");

  await arriveAt("Do you have the answer from Acme Software?");
  await tabTo(user, "button", "Open file");
  await user.keyboard("{Enter}");

  await arriveAt("Acme CAD 2027 is activated");
  await tabTo(user, "button", "Back to your programs");
  await user.keyboard("{Enter}");
  await arriveAt("Your programs");

  const asked = shell.asked.map(([call]) => call).filter((call) => call !== "home");
  expect(asked).toEqual([
    "broughtAtStart",
    "bringDialog",
    "trustVendor",
    "readCode",
    "previewRequest",
    "makeRequest",
    "saveCarried",
    "bringDialog",
  ]);
});
