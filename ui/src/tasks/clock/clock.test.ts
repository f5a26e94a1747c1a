// The whole way with the clock, by keyboard alone: checked, still behind, asked, carried, mended.
import { screen, within } from "@testing-library/svelte";
import type { UserEvent } from "@testing-library/user-event";
import { describe, expect, it } from "vitest";

import { care, clockAnswer, clockCarry } from "../../../tests/care";
import { arriveAt, button, open, trouble } from "../../../tests/open";
import { brought, broughtProblem, homeOf } from "../../../tests/shell";
import { done, problem, products, timeRequest } from "../../../tests/views";

async function press(user: UserEvent, name: string): Promise<void> {
  const wanted = await screen.findByRole("button", { name });
  for (let presses = 0; presses < 40 && document.activeElement !== wanted; presses += 1) {
    await user.tab();
  }
  expect(wanted).toHaveFocus();
  await user.keyboard("{Enter}");
}

describe("the clock", () => {
  it("is mended without a mouse", async () => {
    const { user, shell } = open(null, {
      home: homeOf({ products: [products.clockBehind] }),
      bringDialog: () => Promise.resolve([brought("clock_mended", "time.kft")]),
    });
    await press(user, "See to the clock");
    await arriveAt("The clock of this computer is behind");
    await press(user, "Check the clock again");
    await arriveAt("Is this the right time?");
    await press(user, "Make the time request");
    await arriveAt("How do you want to carry the time request?");
    await press(user, "Continue");
    await arriveAt("Do you have the time from Acme Software?");
    await press(user, "Open file");
    await arriveAt("The clock no longer stops Acme CAD 2027");
    await press(user, "Back to your programs");
    await arriveAt("Your programs");
    const asked = shell.asked.map(([call]) => call).filter((call) => call !== "home");
    expect(asked).toEqual([
      "broughtAtStart",
      "clockState",
      "clockState",
      "requestTime",
      "bringDialog",
    ]);
  });

  it("carries the time request by QR, file and text, and lets it be read first", async () => {
    const { user, shell } = open({ ...clockCarry });
    expect(screen.getByRole("img")).toHaveAccessibleName(
      `QR code with the time request for Acme CAD 2027, reference ${timeRequest.reference}`,
    );
    await user.click(screen.getByText("Show what it says"));
    expect(screen.getAllByRole("term")).toHaveLength(timeRequest.claims.length);
    await user.click(screen.getByRole("tab", { name: "File" }));
    await user.click(button("Save as file"));
    expect(shell.asked).toContainEqual(["saveCarried", timeRequest.token_id]);
    await user.click(screen.getByRole("tab", { name: "Text" }));
    await user.click(button("Copy text"));
    expect(shell.asked).toContainEqual(["copyCarried", timeRequest.token_id]);
  });

  it("says that nobody waits for this time any more, and stays", async () => {
    const { shell } = open({ ...clockAnswer });
    shell.drop([broughtProblem(problem("time_not_asked_for"), "time.kft")]);
    const summary = await trouble("This computer is not waiting for the vendor's time.");
    expect(summary).toHaveTextContent("Reference KF-321");
    expect(button("Open file")).toBeInTheDocument();
  });

  it("keeps text of the vendor's time that cannot be read", async () => {
    const short = problem("armor_line_short", "text", { line: "4", missing: "3" });
    const { user } = open(
      { ...clockAnswer },
      { bringText: () => Promise.resolve([broughtProblem(short, "clipboard")]) },
    );
    await user.click(screen.getByText("You have text instead of a file?"));
    await user.click(screen.getByRole("textbox", { name: "Text of the vendor's time" }));
    await user.paste("-----BEGIN");
    await user.click(button("Read the vendor's time"));
    const summary = await trouble("Line 4 of the text is too short");
    await user.click(within(summary).getByRole("link"));
    const field = screen.getByRole("textbox", { name: "Text of the vendor's time" });
    expect(field).toHaveFocus();
    expect(field).toHaveValue("-----BEGIN");
  });

  it("says what else is in the way once it is mended", () => {
    const scene = care["clock-mended-over"];
    if (!scene) throw new Error("there is no such scene");
    open(scene.screen);
    expect(screen.getByText(/^The lease of this computer ended on/)).toBeInTheDocument();
    expect(
      screen.getByText("Activate this computer again with your activation code."),
    ).toBeInTheDocument();
    expect(screen.queryByText(/You can start/)).toBeNull();
    expect(screen.getByText(`Reference ${done.reference}`)).toBeInTheDocument();
  });
});
