import { screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import { arriveAt, button, open } from "../../../tests/open";
import { done, doneEarly } from "../../../tests/views";
import { today } from "../../lib/dates";

const here = { at: "done", done, again: false } as const;

describe("DoneStep", () => {
  it("says until when, what comes next, whom to ask, and the reference", async () => {
    open({
      ...here,
      done: { ...done, standing: { ...done.standing, until: "2027-03-03T12:00:00Z" } },
    });
    await arriveAt("Acme CAD 2027 is activated");
    expect(screen.getByText(done.reference)).toBeInTheDocument();
    expect(screen.getByText(/until 3 March 2027\. Bound to this computer\./)).toBeInTheDocument();
    expect(
      screen.getByText("Before 3 March 2027, ask Acme Software how to go on."),
    ).toBeInTheDocument();
    expect(screen.getByText("support@acme.example, +49 30 1234567")).toBeInTheDocument();
  });

  it("saves the record", async () => {
    const { user, shell } = open(here);
    await user.click(button("Save record"));
    expect(shell.asked).toContainEqual(["saveRecord", done.activation_id]);
    expect(
      await screen.findByText("The record was saved to /home/me/acme-cad-record.txt.", {
        selector: ".saved *",
      }),
    ).toBeInTheDocument();
  });

  it("ends at home", async () => {
    const { user } = open(here);
    await user.click(button("Back to your programs"));
    await arriveAt("Your programs");
  });

  it("names the clock where what was given just now seems to be over", async () => {
    open({ ...here, done: doneEarly });
    await arriveAt("The license for Acme CAD 2027 is here");
    expect(
      screen.getByText(
        `This computer shows ${today()}. If that is wrong, set the clock; the license is kept.`,
      ),
    ).toBeInTheDocument();
    expect(screen.queryByText(/You can start|Activate this computer again/)).toBeNull();
  });

  it("does not blame the clock where it was used before", async () => {
    open({ ...here, again: true, done: doneEarly });
    await arriveAt("This was already used for Acme CAD 2027");
    expect(screen.queryByText(/This computer shows/)).toBeNull();
    expect(screen.getByText(/Activate this computer again/)).toBeInTheDocument();
  });

  it("does not say that a stopped program can be started", () => {
    open({
      ...here,
      done: { ...done, standing: { ...done.standing, state: "stopped", reason: "suspended" } },
    });
    expect(screen.queryByText(/You can start/)).toBeNull();
  });
});
