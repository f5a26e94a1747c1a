import { screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import { refreshed, refreshedRevoked, refreshedSuspended } from "../../../tests/care";
import { arriveAt, button, open } from "../../../tests/open";
import { done, doneEarly } from "../../../tests/views";
import { today } from "../../lib/dates";

const until = (time: string): typeof done => ({
  ...done,
  standing: { ...done.standing, until: time },
});

function lines(): Record<string, string> {
  return Object.fromEntries(
    [...document.querySelectorAll(".panel dl > div")].map((line) => [
      line.querySelector("dt")?.textContent ?? "",
      (line.querySelector("dd")?.textContent ?? "").replace(/\s+/g, " ").trim(),
    ]),
  );
}

describe("RefreshedStep", () => {
  it("says in a sentence until when, and what was and is", async () => {
    open({
      at: "refreshed",
      done: until("2099-03-03T12:00:00Z"),
      changes: [
        {
          name: "claim_works_until",
          before: "2098-12-01T23:59:59Z",
          after: "2099-03-03T23:59:59Z",
        },
        { name: "claim_features", before: null, after: "drawing, render" },
        { name: "claim_edition", before: "Professional", after: null },
      ],
    });
    await arriveAt("The license for Acme CAD 2027 was refreshed");
    expect(screen.getByText(/Works until 3 March 2099\. Bound to this computer\./)).toBeVisible();
    expect(lines()).toEqual({
      "Works until": "Before: 1 December 2098 Now: 3 March 2099",
      Features: "Before: None Now: drawing, render",
      Edition: "Before: Professional Now: None",
    });
    expect(
      screen.getByText("Before 3 March 2099, ask Acme Software how to go on."),
    ).toBeInTheDocument();
    expect(screen.getByText(`Reference ${done.reference}`)).toBeInTheDocument();
  });

  it("says so when nothing but the number is newer", () => {
    open({ at: "refreshed", done, changes: [] });
    expect(screen.getByText("No date and no feature is other than before.")).toBeInTheDocument();
  });

  it("tells calmly of a suspension, with the next step", async () => {
    open(refreshedSuspended);
    await arriveAt("The license for Acme CAD 2027 is suspended");
    expect(
      screen.getByText(
        "The refresh brought this word from Acme Software. While it is suspended the program does not run. The vendor can lift this at any time.",
      ),
    ).toBeInTheDocument();
    expect(screen.getByText("Ask the vendor why it is suspended.")).toBeInTheDocument();
    expect(
      screen.getByText("When Acme Software allows it again, bring the next refresh here."),
    ).toBeInTheDocument();
    expect(screen.getByText("support@acme.example, +49 30 1234567")).toBeInTheDocument();
    expect(document.querySelector(".summary")).toBeNull();
    expect(screen.queryByText(/You can start/)).toBeNull();
  });

  it("does not let hope where a license was revoked", async () => {
    open(refreshedRevoked);
    await arriveAt("The license for Acme CAD 2027 was revoked");
    expect(screen.getByText("Ask the vendor for a new license.")).toBeInTheDocument();
    expect(screen.queryByText(/bring the next refresh/)).toBeNull();
  });

  it("names the clock where what was given just now seems to be over", async () => {
    open({ at: "refreshed", done: doneEarly, changes: [] });
    await arriveAt("The license for Acme CAD 2027 is here");
    expect(
      screen.getByText(
        `This computer shows ${today()}. If that is wrong, set the clock; the license is kept.`,
      ),
    ).toBeInTheDocument();
    expect(screen.queryByText(/You can start|Activate this computer again/)).toBeNull();
  });

  it("says what else stands in the way where the refresh alone is not enough", () => {
    open({
      at: "refreshed",
      done: {
        ...done,
        standing: {
          state: "blocked",
          reason: "clock_behind",
          until: null,
          features: [],
          changed: [],
        },
      },
      changes: [],
    });
    expect(screen.getByText("The clock of this computer is behind.")).toBeInTheDocument();
    expect(screen.getByText("Set the date and time of this computer.")).toBeInTheDocument();
  });

  it("saves the record, and ends at home", async () => {
    const { user, shell } = open(refreshed);
    await user.click(button("Save record"));
    expect(shell.asked).toContainEqual(["saveRecord", done.activation_id]);
    expect(
      await screen.findByText("The record was saved to /home/me/acme-cad-record.txt.", {
        selector: ".saved *",
      }),
    ).toBeInTheDocument();
    await user.click(button("Back to your programs"));
    await arriveAt("Your programs");
  });
});
