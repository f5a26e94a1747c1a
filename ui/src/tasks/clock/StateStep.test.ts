import { screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import { clockState } from "../../../tests/care";
import { arriveAt, button, open, trouble } from "../../../tests/open";
import { refuses } from "../../../tests/shell";
import { clockBehind, problem } from "../../../tests/views";

const TITLE = "The clock of this computer is behind";
const clock = {
  ...clockBehind,
  now: "2025-03-03T12:00:00Z",
  latest_seen: "2027-01-31T12:00:00Z",
};

describe("StateStep of the clock", () => {
  it("says what the clock shows, the latest time seen, and where the clock is set", async () => {
    open({ ...clockState, clock } as typeof clockState);
    await arriveAt(TITLE);
    expect(screen.getByText(/^3 March 2025 at /)).toBeInTheDocument();
    expect(screen.getByText(/^31 January 2027 at /)).toBeInTheDocument();
    for (const system of ["Windows", "macOS", "Linux"]) {
      expect(screen.getByText(system)).toBeInTheDocument();
    }
    expect(screen.queryByRole("button", { name: /request/ })).toBeNull();
  });

  it("goes home with the good news once the clock is right", async () => {
    const { user } = open(
      { ...clockState },
      { clockState: () => Promise.resolve({ ...clock, behind: false }) },
    );
    await user.click(button("Check the clock again"));
    await arriveAt("Your programs");
    expect(
      screen.getByText("The clock is right again.", { selector: ".notice *" }),
    ).toBeInTheDocument();
  });

  it("asks about the time where it is still behind, and Back shows what was found", async () => {
    const { user } = open(
      { ...clockState },
      { clockState: () => Promise.resolve({ ...clock, now: "2026-06-07T12:00:00Z" }) },
    );
    await user.click(button("Check the clock again"));
    await arriveAt("Is this the right time?");
    expect(screen.getByText(/^7 June 2026 at /)).toBeInTheDocument();
    await user.click(button("Back"));
    await arriveAt(TITLE);
    expect(screen.getByText(/^7 June 2026 at /)).toBeInTheDocument();
  });

  it("speaks of no program where none is meant", () => {
    open({ at: "clock-state", clock, product: null });
    expect(screen.getByText(/^Your programs wait until the clock is right/)).toBeInTheDocument();
  });

  it("tells when the check itself fails", async () => {
    const { user } = open({ ...clockState }, { clockState: refuses(problem("store_locked")) });
    await user.click(button("Check the clock again"));
    await trouble("Reference KF-610");
  });

  it("can be left for later", async () => {
    const { user } = open({ ...clockState });
    await user.click(button("Do this later"));
    await arriveAt("Your programs");
  });
});
