import { screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import { arriveAt, button, open } from "../../../tests/open";
import { brought, homeOf } from "../../../tests/shell";
import { products, refusal, timeRequest } from "../../../tests/views";

const TITLE = "The vendor refused the request for Acme CAD 2027";
const awaiting = { ...products.refused, product: refusal.product };

describe("RefusedStep", () => {
  it("explains the refusal and names one next step, whoever brings it", async () => {
    const { shell } = open();
    await arriveAt("Your programs");
    shell.drop([brought("refused", "refusal.kft")]);
    await arriveAt(TITLE);
    expect(
      screen.getByText("All seats of this activation code are taken (seats: 3)."),
    ).toBeVisible();
    expect(screen.getByText("Ask the vendor for another seat.")).toBeVisible();
    expect(screen.getByText("KF-203")).toBeVisible();
    expect(screen.getByText(refusal.reference)).toBeVisible();
  });

  it("leads to the request where that can be brought once more", async () => {
    const { user } = open({ at: "refused", refusal }, { home: homeOf({ products: [awaiting] }) });
    await user.click(await screen.findByRole("button", { name: "Show the request again" }));
    await arriveAt("How do you want to carry the request?");
  });

  it("leads to another request where nothing lifts the refusal of this one", async () => {
    const { user, journey } = open(
      { at: "refused", refusal: { ...refusal, for_good: true } },
      { home: homeOf({ products: [awaiting] }) },
    );
    await user.click(await screen.findByRole("button", { name: "Activate again" }));
    expect(screen.queryByRole("button", { name: "Show the request again" })).toBeNull();
    expect(journey.frame.screen).toEqual({ at: "code", text: "" });
  });

  it("leads to the time request where that was refused", async () => {
    const clock = {
      ...products.clockBehind,
      time_request: {
        token_id: timeRequest.token_id,
        reference: timeRequest.reference,
        made_at: timeRequest.made_at,
        label: "Bench 4",
        vendor: refusal.vendor.id,
        refused: null,
      },
    };
    const { user, shell } = open(
      { at: "refused", refusal: { ...refusal, reference: timeRequest.reference } },
      { home: homeOf({ products: [clock] }) },
    );
    await user.click(await screen.findByRole("button", { name: "Show the time request again" }));
    expect(shell.asked).toContainEqual(["timeRequest", refusal.product]);
  });

  it("offers no request that is gone", async () => {
    const { user } = open({ at: "refused", refusal });
    await arriveAt(TITLE);
    expect(screen.queryByRole("button", { name: /again/ })).toBeNull();
    await user.click(button("Back to your programs"));
    await arriveAt("Your programs");
  });
});
