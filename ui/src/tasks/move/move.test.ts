import { fireEvent, screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import { arriveAt, button, heading, open, trouble } from "../../../tests/open";
import { brought, broughtProblem, homeOf, refuses } from "../../../tests/shell";
import { bothOfAMove, cad, deactivation, moveRequest, plan, problem } from "../../../tests/views";

const REQUEST = "Do you have the request of the new computer?";
const PLAN = "What happens when you move Acme CAD 2027?";
const CARRY = "How do you want to carry it to Acme Software?";
const OTHERWISE = "Is this not the computer that the license leaves?";

const atRequest = { at: "move-request", plan, text: "" } as const;

describe("Move to another computer", () => {
  it("goes from the card to one file for one trip", async () => {
    const { user, shell } = open();
    await user.click(await screen.findByRole("button", { name: "Move to another computer" }));
    await arriveAt(REQUEST);
    await user.click(button("Open file"));
    await arriveAt(PLAN);
    expect(screen.getByText(/was read from acme-cad-bench-9\.kft/)).toBeInTheDocument();
    await user.click(button("Move the license"));
    await arriveAt(CARRY);
    expect(screen.queryByRole("tab", { name: "QR code" })).toBeNull();
    expect(screen.getByText(/One file holds both/)).toBeVisible();
    await user.click(button("Save as file"));
    expect(screen.getByText(/Bring the answer to the new computer/)).toBeInTheDocument();
    await user.click(button("Continue"));
    await arriveAt("Has Acme Software received the deactivation?");
    await user.click(button("It has been delivered"));
    await arriveAt("Your programs");
    const asked = shell.asked.filter(([call]) => call !== "home" && call !== "broughtAtStart");
    expect(asked).toEqual([
      ["planDeactivation", cad.product],
      ["moveRequestDialog"],
      ["moveAway", cad.product, moveRequest.handle],
      ["saveCarried", bothOfAMove.token_id],
      ["confirmDelivery", bothOfAMove.token_id],
    ]);
  });

  it("goes on without the request, then with a QR code", async () => {
    const { user, shell } = open(atRequest);
    await user.click(button("Go on without it"));
    await arriveAt(PLAN);
    expect(screen.getByText(/activated afterwards, with a trip of its own/)).toBeInTheDocument();
    await user.click(button("Move the license"));
    await arriveAt(CARRY);
    expect(shell.asked).toContainEqual(["moveAway", plan.product, null]);
    expect(screen.getByRole("img")).toHaveAccessibleName(
      expect.stringContaining(deactivation.reference),
    );
    expect(screen.getByText(/Then activate Acme CAD 2027 on the new computer/)).toBeVisible();
  });

  it("rehearses: nothing is done before the button that is named for it", async () => {
    const { user, shell } = open({ at: "move-plan", plan, request: moveRequest });
    expect(screen.getByText("This is a rehearsal. Nothing has happened yet.")).toBeVisible();
    expect(screen.getByText(/the program runs on neither of the two/)).toBeVisible();
    await user.click(button("Keep the license here"));
    await arriveAt("Your programs");
    expect(shell.asked.map(([call]) => call)).not.toContain("moveAway");
  });

  it("stays where it is when no file is chosen", async () => {
    const { user } = open(atRequest, { moveRequestDialog: () => Promise.resolve(null) });
    await user.click(button("Open file"));
    expect(heading()).toHaveTextContent(REQUEST);
    expect(document.querySelector(".summary")).toBeNull();
  });

  it("reads the request from text, and keeps the text when it is something else", async () => {
    let good = false;
    const { user } = open(atRequest, {
      moveRequestText: () =>
        good
          ? Promise.resolve({ ...moveRequest, from: "text" })
          : refuses(problem("move_needs_request", "text"))(),
    });
    await user.click(screen.getByText("You have text instead of a file?"));
    const field = screen.getByRole("textbox", { name: "Text of the new computer's request" });
    await user.type(field, "something else");
    await user.click(button("Read the request"));
    await trouble("Reference KF-325");
    expect(field).toHaveValue("something else");
    expect(field).toHaveAccessibleDescription(/is not an activation request/);
    good = true;
    await user.click(button("Read the request"));
    await arriveAt(PLAN);
    expect(screen.getByText(/^The new computer's request was read\.$/)).toBeVisible();
    await user.click(button("Back"));
    expect(screen.getByRole("textbox")).toHaveValue("something else");
  });

  it("takes a paste, by the button and by the keys", async () => {
    const { user, shell, journey } = open(atRequest);
    await user.click(button("Paste"));
    await arriveAt(PLAN);
    journey.back();
    await arriveAt(REQUEST);
    await fireEvent.paste(document.body, { clipboardData: { getData: () => "-----BEGIN" } });
    await arriveAt(PLAN);
    expect(shell.asked).toContainEqual(["moveRequestText", "-----BEGIN"]);
    expect(shell.asked.map(([call]) => call)).not.toContain("bringText");
  });

  it("takes a dropped file as the request, whatever the one door says of it", async () => {
    const { shell } = open(atRequest);
    shell.drop([broughtProblem(problem("answer_for_other_device"))], ["/media/usb/request.kft"]);
    await arriveAt(PLAN);
    expect(shell.asked).toContainEqual(["moveRequestFiles", ["/media/usb/request.kft"]]);
    expect(document.querySelector(".summary")).toBeNull();
  });

  it("lets an answer that is dropped here do what it does anywhere", async () => {
    const { shell } = open(atRequest, {
      moveRequestFiles: refuses(problem("move_needs_request")),
    });
    shell.drop([brought("refreshed")], ["/media/usb/refresh.kft"]);
    await arriveAt("The license for Acme CAD 2027 was refreshed");
  });

  it("reads a drop on any other screen by the one door alone", async () => {
    const { shell } = open(null, { home: homeOf({}) });
    await arriveAt("Your programs");
    shell.drop([broughtProblem(problem("own_request"))], ["/media/usb/request.kft"]);
    await trouble("Reference KF-307");
    expect(shell.asked.map(([call]) => call)).not.toContain("moveRequestFiles");
  });

  it("tells when it cannot be done, and nothing is lost", async () => {
    const { user } = open(
      { at: "move-plan", plan, request: moveRequest },
      { moveAway: refuses(problem("clock_behind")) },
    );
    await user.click(button("Move the license"));
    await trouble("Reference KF-507");
    expect(button("Move the license")).toBeVisible();
  });

  it("leaves no way back to the rehearsal once it is done", async () => {
    const { user } = open({ at: "move-plan", plan, request: null });
    await user.click(button("Move the license"));
    await arriveAt(CARRY);
    expect(screen.getByText(/going back does not undo that/)).toBeVisible();
    await user.click(button("Back"));
    await arriveAt("Your programs");
  });

  it("knows what to do where the old computer is dead or this is the new one", async () => {
    const { user } = open(atRequest);
    await user.click(button("See what to do then"));
    await arriveAt(OTHERWISE);
    expect(screen.getByText(/have Acme Software release the lost computer/)).toBeVisible();
    expect(
      screen.getByText(/On the old computer, choose “Move to another computer”/),
    ).toBeVisible();
    await user.click(button("Activate this computer"));
    await arriveAt("What is your activation code?");
  });

  it("is explained on a computer that has no license yet", async () => {
    const { user } = open(null, { home: homeOf({ products: [] }) });
    await user.click(
      await screen.findByRole("button", { name: "The license is on another computer now" }),
    );
    await arriveAt(OTHERWISE);
  });
});
