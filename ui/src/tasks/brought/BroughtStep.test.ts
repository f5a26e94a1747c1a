import { screen } from "@testing-library/svelte";
import { expect, it } from "vitest";

import { arriveAt, button, open } from "../../../tests/open";
import { brought, broughtProblem } from "../../../tests/shell";
import { doneEarly, problem } from "../../../tests/views";

it("says of several files what each did, and leads on from each", async () => {
  const { user, shell } = open();
  await arriveAt("Your programs");
  shell.drop([
    brought("activated"),
    brought("vendor_found", "acme.kfv"),
    broughtProblem(problem("own_request"), "request.kft"),
  ]);
  await arriveAt("3 files were read");
  expect(screen.getByText("This is your own request; it goes to the vendor.")).toBeInTheDocument();
  expect(screen.getByText("Reference KF-307")).toBeInTheDocument();
  await user.click(button("Compare the words of Acme Software"));
  await arriveAt("Are these the vendor's 12 words?");
  await user.click(button("Back"));
  await user.click(button("Show the details of Acme CAD 2027"));
  await arriveAt("Acme CAD 2027 is activated");
});

it("tells of refreshes, clocks and refusals among several", async () => {
  const { user, shell } = open();
  await arriveAt("Your programs");
  shell.drop([
    brought("refreshed", "refresh.kft"),
    brought("clock_mended", "time.kft"),
    brought("refused", "refusal.kft"),
  ]);
  await arriveAt("3 files were read");
  expect(
    screen.getAllByRole("heading", { level: 2 }).map(({ textContent }) => textContent),
  ).toEqual([
    "The license for Acme CAD 2027 was refreshed",
    "The clock no longer stops Acme CAD 2027",
    "The vendor refused the request for Acme CAD 2027",
  ]);
  await user.click(button("Show what to do about Acme CAD 2027"));
  await arriveAt("The vendor refused the request for Acme CAD 2027");
  await user.click(button("Back"));
  const [refreshed, mended] = screen.getAllByRole("button", {
    name: "Show the details of Acme CAD 2027",
  });
  await user.click(mended ?? document.body);
  await arriveAt("The clock no longer stops Acme CAD 2027");
  await user.click(button("Back"));
  expect(refreshed).toBeDefined();
  await arriveAt("3 files were read");
});

it("claims no success where what was given just now seems to be over", async () => {
  const { shell } = open();
  await arriveAt("Your programs");
  shell.drop([
    { from: "answer.kft", outcome: { kind: "activated", done: doneEarly } },
    { from: "refresh.kft", outcome: { kind: "refreshed", done: doneEarly, changes: [] } },
    { from: "old.kft", outcome: { kind: "already_applied", done: doneEarly } },
  ]);
  await arriveAt("3 files were read");
  expect(
    screen.getAllByRole("heading", { level: 2 }).map(({ textContent }) => textContent.trim()),
  ).toEqual([
    "The license for Acme CAD 2027 is here",
    "The license for Acme CAD 2027 is here",
    "This was already used for Acme CAD 2027",
  ]);
});
