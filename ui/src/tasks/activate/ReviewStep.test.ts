import { screen } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";

import { arriveAt, button, open, trouble } from "../../../tests/open";
import { refuses } from "../../../tests/shell";
import { claims, code, problem } from "../../../tests/views";

const here = { at: "review", code, label: code.label, claims } as const;

function name(): HTMLInputElement {
  return screen.getByRole("textbox", { name: "Name of this computer" });
}

describe("ReviewStep", () => {
  it("lists every claim by name, value and reason before anything is made", async () => {
    const { shell } = open({ ...here, claims: [...claims] });
    await arriveAt("What will be sent?");
    expect(screen.getAllByRole("term")).toHaveLength(claims.length);
    expect(screen.getByText("Activation code")).toBeInTheDocument();
    expect(screen.getByText(code.code)).toBeInTheDocument();
    expect(screen.getByText(/serial numbers stay here/)).toBeInTheDocument();
    expect(shell.asked.map(([call]) => call)).not.toContain("makeRequest");
  });

  it("follows the computer's name in the list", async () => {
    const { user } = open({ ...here, claims: [...claims] });
    await user.clear(name());
    await user.type(name(), "Lab 7");
    await vi.waitFor(() => expect(screen.getByText("Lab 7")).toBeInTheDocument());
  });

  it("makes the request by a button that says so", async () => {
    const { user, shell } = open({ ...here, claims: [...claims] });
    await user.clear(name());
    await user.type(name(), "Lab 7");
    await user.click(button("Make the request"));
    await arriveAt("How do you want to carry the request?");
    expect(shell.asked).toContainEqual(["makeRequest", code.code, "Lab 7"]);
  });

  it("goes by Enter in the name as well", async () => {
    const { user } = open({ ...here, claims: [...claims] });
    await user.type(name(), "{Enter}");
    await arriveAt("How do you want to carry the request?");
  });

  it("tells at the name what is wrong with it", async () => {
    const refused = problem("text_refused", "label", { field: "computer_name" });
    const { user } = open({ ...here, claims: [...claims] }, { makeRequest: refuses(refused) });
    await user.click(button("Make the request"));
    await vi.waitFor(() => expect(name()).toBeInvalid());
    expect(name()).toHaveValue("Bench 4");
  });

  it("tells when the program already runs", async () => {
    const active = problem("already_active", null, { until: "2027-03-03T14:05:00Z" });
    const { user } = open({ ...here, claims: [...claims] }, { makeRequest: refuses(active) });
    await user.click(button("Make the request"));
    const summary = await trouble("3 March 2027");
    expect(summary).toHaveTextContent("Reference KF-301");
  });
});
