// An emergency run: told before it is taken, taken by a button that says so.
import { screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import { emergencyPlan, emergencyTaken } from "../../../tests/care";
import { arriveAt, button, open, trouble } from "../../../tests/open";
import { homeOf, refuses } from "../../../tests/shell";
import { done, emergency, problem, products } from "../../../tests/views";

const TITLE = "Keep Acme CAD 2027 working for now?";

function facts(): Record<string, string | undefined> {
  return Object.fromEntries(
    [...document.querySelectorAll("dl > div")].map((line) => [
      line.querySelector("dt")?.textContent ?? "",
      line.querySelector("dd > span")?.textContent ?? undefined,
    ]),
  );
}

describe("PlanStep of an emergency run", () => {
  it("says how long, until when at the latest, how many, and that the vendor is told", async () => {
    const { shell } = open({
      at: "emergency-plan",
      product: {
        ...products.emergencyAvailable,
        emergency: {
          ...emergency,
          length_seconds: 3 * 86_400,
          uses_left: 2,
          ends_at: "2099-03-03T23:59:59Z",
        },
      },
    });
    await arriveAt(TITLE);
    expect(facts()).toEqual({
      "Works for": "3 days",
      "At the latest until": "3 March 2099",
      "Emergency runs left": "2",
    });
    expect(screen.getByText(/Acme Software is told of the run/)).toBeInTheDocument();
    expect(shell.asked.map(([call]) => call)).not.toContain("takeEmergency");
  });

  it("starts by a button that says so, by keyboard, and there is no way back into it", async () => {
    const standing = { ...products.emergencyRunning.standing, until: "2099-03-03T12:00:00Z" };
    const { user, shell } = open(
      { ...emergencyPlan },
      { takeEmergency: () => Promise.resolve({ ...done, standing }) },
    );
    await arriveAt(TITLE);
    button("Start the emergency run").focus();
    await user.keyboard(" ");
    await arriveAt("Acme CAD 2027 works until 3 March 2099");
    expect(shell.asked).toContainEqual(["takeEmergency", "com.acme.cad"]);
    await user.click(button("Back"));
    await arriveAt("Your programs");
  });

  it("says when all of them are used up, and stays", async () => {
    const { user } = open(
      { ...emergencyPlan },
      { takeEmergency: refuses(problem("emergency_used_up", null, { uses: "2" })) },
    );
    await user.click(button("Start the emergency run"));
    const summary = await trouble(
      "All emergency runs of this license have been taken (allowed: 2).",
    );
    expect(summary).toHaveTextContent("Reference KF-318");
    expect(button("Start the emergency run")).toBeInTheDocument();
  });

  it("leaves the counting to the shell where it was told of no allowance", async () => {
    const { user } = open(
      { at: "emergency-plan", product: { ...products.expired, emergency: null } },
      { takeEmergency: refuses(problem("emergency_not_allowed")) },
    );
    expect(facts()).toEqual({});
    await user.click(button("Start the emergency run"));
    await trouble("The vendor has not allowed an emergency run here.");
  });
});

describe("TakenStep", () => {
  it("shows how to get a refresh meanwhile", async () => {
    const { user } = open(
      { ...emergencyTaken },
      { home: homeOf({ products: [products.emergencyRunning] }) },
    );
    await user.click(await screen.findByRole("button", { name: "How to get a refresh" }));
    await arriveAt("Do you have a refresh from Acme Software?");
    await user.click(button("Back"));
    await user.click(button("Back to your programs"));
    await arriveAt("Your programs");
  });
});
