import { screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import { clockRight } from "../../../tests/care";
import { arriveAt, button, open, trouble } from "../../../tests/open";
import { homeOf, refuses } from "../../../tests/shell";
import { clockBehind, problem, products } from "../../../tests/views";

const home = homeOf({ products: [products.clockBehind] });

describe("RightStep", () => {
  it("sends whoever sees a wrong time back to set it", async () => {
    const { user, shell } = open({ ...clockRight });
    await arriveAt("Is this the right time?");
    await user.click(button("Set the clock first"));
    await arriveAt("Your programs");
    expect(shell.asked.map(([call]) => call)).not.toContain("requestTime");
  });

  it("makes a time request only by the button that says so", async () => {
    const { user, shell } = open({
      ...clockRight,
      clock: { ...clockBehind, latest_seen: "2037-01-31T12:00:00Z" },
    } as typeof clockRight);
    expect(screen.getByText(/it showed 31 January 2037 at /)).toBeInTheDocument();
    expect(shell.asked.map(([call]) => call)).not.toContain("requestTime");
    await user.click(button("Make the time request"));
    await arriveAt("How do you want to carry the time request?");
    expect(shell.asked).toContainEqual(["requestTime", "com.acme.cad"]);
  });

  it("finds the program that waits where it was not told which", async () => {
    const { user, shell } = open(
      { at: "clock-right", clock: clockBehind, product: null },
      { home },
    );
    await user.click(await screen.findByRole("button", { name: "Make the time request" }));
    expect(shell.asked).toContainEqual(["requestTime", "com.acme.cad"]);
  });

  it("offers no request where there is no vendor to ask", async () => {
    open({ at: "clock-right", clock: { ...clockBehind, product: null }, product: null }, { home });
    await arriveAt("Is this the right time?");
    expect(button("Set the clock first")).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "Make the time request" })).toBeNull();
    expect(screen.getByText(/ask the vendor of the program/)).toBeInTheDocument();
  });

  it("tells when the clock has come right in between", async () => {
    const { user } = open({ ...clockRight }, { requestTime: refuses(problem("clock_not_behind")) });
    await user.click(button("Make the time request"));
    await trouble("The clock of this computer is not behind");
  });
});
