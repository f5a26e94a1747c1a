import { screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import { arriveAt, button, open, trouble } from "../../../tests/open";
import { brought, broughtProblem } from "../../../tests/shell";
import { problem } from "../../../tests/views";

const WORDS = "Are these the vendor's 12 words?";
const here = { at: "vendor-file", text: "" } as const;

describe("FileStep", () => {
  it("opens a vendor file and goes on to its words", async () => {
    const { user } = open(
      { ...here },
      { bringDialog: () => Promise.resolve([brought("vendor_found", "acme.kfv")]) },
    );
    await arriveAt("Which vendor do you want to add?");
    await user.click(button("Open file"));
    await arriveAt(WORDS);
  });

  it("takes a dropped vendor file", async () => {
    const { shell } = open({ ...here });
    shell.drop([brought("vendor_found", "acme.kfv")]);
    await arriveAt(WORDS);
  });

  it("reads a vendor file from text", async () => {
    const { user } = open(
      { ...here },
      { bringText: () => Promise.resolve([brought("vendor_found", "clipboard")]) },
    );
    await user.click(screen.getByText("You have text instead of a file?"));
    await user.type(screen.getByRole("textbox", { name: "Text of the vendor file" }), "-----BEGIN");
    await user.click(button("Read the vendor file"));
    await arriveAt(WORDS);
  });

  it("tells what a file is that is no vendor file", async () => {
    const { shell } = open({ ...here });
    shell.drop([broughtProblem(problem("unrecognised"), "holiday.jpg")]);
    const summary = await trouble("Reference KF-402");
    expect(summary).toHaveTextContent("There is a problem with holiday.jpg");
  });
});
