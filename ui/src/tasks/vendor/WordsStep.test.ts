import { screen, within } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";

import { arriveAt, button, open } from "../../../tests/open";
import { refuses } from "../../../tests/shell";
import { acme, pending, problem } from "../../../tests/views";

const here = { at: "vendor-words", pending } as const;

describe("WordsStep", () => {
  it("shows the twelve words in order", async () => {
    open(here);
    await arriveAt("Are these the vendor's 12 words?");
    const list = screen.getByRole("list", { name: "The 12 words of this vendor file" });
    const words = within(list)
      .getAllByRole("listitem")
      .map(({ lastChild }) => lastChild?.textContent?.trim());
    expect(words).toEqual(acme.fingerprint);
  });

  it("trusts by a button that names the vendor, and nothing before", async () => {
    const { user, shell } = open(here);
    expect(shell.asked.map(([call]) => call)).not.toContain("trustVendor");
    await user.click(button("Trust Acme Software"));
    await arriveAt("Your programs");
    expect(shell.asked).toContainEqual(["trustVendor", pending.pending]);
    expect(
      screen.getByText("You now trust Acme Software. You can activate its programs."),
    ).toBeInTheDocument();
  });

  it("forgets a file whose words differ, for good", async () => {
    const { user, shell } = open(here);
    await user.click(button("These words differ"));
    await arriveAt("Nothing was trusted");
    expect(shell.asked).toContainEqual(["forgetPending", pending.pending]);
    await user.click(button("Back"));
    await arriveAt("Your programs");
  });

  it("stays when trusting fails", async () => {
    const { user } = open(here, { trustVendor: refuses(problem("store_locked")) });
    await user.click(button("Trust Acme Software"));
    await vi.waitFor(() => expect(screen.getByText("Reference KF-610")).toBeInTheDocument());
    expect(button("Trust Acme Software")).toBeInTheDocument();
  });

  it("does not ask again about a vendor that is trusted already", async () => {
    open({ ...here, pending: { ...pending, already_trusted: true } });
    await arriveAt("You already trust Acme Software");
    expect(screen.queryByRole("button", { name: /^Trust/ })).toBeNull();
  });

  it("says when a newer file takes the place of an old one", () => {
    open({ ...here, pending: { ...pending, replaces: true } });
    expect(screen.getByText(/takes the place of the old one/)).toBeInTheDocument();
    expect(button("Trust Acme Software")).toBeInTheDocument();
  });
});
