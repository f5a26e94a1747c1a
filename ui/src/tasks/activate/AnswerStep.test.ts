import { fireEvent, screen, within } from "@testing-library/svelte";
import { userEvent } from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";

import { arriveAt, button, heading, open, trouble } from "../../../tests/open";
import { brought, broughtProblem } from "../../../tests/shell";
import { acme, problem } from "../../../tests/views";

const TITLE = "Do you have the answer from Acme Software?";
const DONE = "Acme CAD 2027 is activated";
const here = { at: "answer", productName: "Acme CAD 2027", vendor: acme, text: "" } as const;

async function write(user: ReturnType<typeof open>["user"], text: string): Promise<void> {
  await user.click(screen.getByText("You have text instead of a file?"));
  await user.click(screen.getByRole("textbox", { name: "Text of the answer" }));
  await user.paste(text);
}

describe("AnswerStep", () => {
  it("opens a file", async () => {
    const { user, shell } = open({ ...here });
    await arriveAt(TITLE);
    await user.click(button("Open file"));
    await arriveAt(DONE);
    expect(shell.asked).toContainEqual(["bringDialog"]);
  });

  it("stays when opening is cancelled", async () => {
    const { user } = open({ ...here }, { bringDialog: () => Promise.resolve(null) });
    await user.click(button("Open file"));
    expect(heading()).toHaveTextContent(TITLE);
    expect(document.title).toBe(`${TITLE} – Keyferry`);
  });

  it("takes what is dropped on the window", async () => {
    const { shell } = open({ ...here });
    shell.hover(true);
    expect(await screen.findByText("Let go, and Keyferry reads it")).toBeInTheDocument();
    shell.hover(false);
    shell.drop([brought("activated")]);
    await arriveAt(DONE);
  });

  it("pastes by a button", async () => {
    const { user, shell } = open({ ...here });
    await user.click(button("Paste"));
    await arriveAt(DONE);
    expect(shell.asked).toContainEqual(["pasteClipboard"]);
  });

  it("takes Ctrl+V anywhere: text from the event, anything else from the clipboard", async () => {
    const { shell } = open({ ...here });
    await fireEvent.paste(document.body, { clipboardData: { getData: () => "-----BEGIN" } });
    await vi.waitFor(() => expect(shell.asked).toContainEqual(["bringText", "-----BEGIN"]));
    await arriveAt(DONE);
  });

  it("keeps pasted text that cannot be read where it can be mended", async () => {
    const short = problem("armor_line_short", "text", { line: "4", missing: "3" });
    open({ ...here }, { bringText: () => Promise.resolve([broughtProblem(short, "clipboard")]) });
    await fireEvent.paste(document.body, { clipboardData: { getData: () => "-----BEGIN" } });
    const summary = await trouble("Line 4 of the text is too short");
    const text = screen.getByRole("textbox", { name: "Text of the answer" });
    expect(text).toHaveValue("-----BEGIN");
    expect(text).toBeVisible();
    await userEvent.click(within(summary).getByRole("link"));
    expect(text).toHaveFocus();
  });

  it("asks the shell where the event carries no text", async () => {
    const { shell } = open({ ...here });
    await fireEvent.paste(document.body, { clipboardData: { getData: () => "" } });
    await vi.waitFor(() => expect(shell.asked).toContainEqual(["pasteClipboard"]));
  });

  it("reads text from the field", async () => {
    const { user, shell } = open({ ...here });
    await write(user, "-----BEGIN KEYFERRY…");
    await user.click(button("Read the answer"));
    await arriveAt(DONE);
    expect(shell.asked).toContainEqual(["bringText", "-----BEGIN KEYFERRY…"]);
  });

  it("keeps text that cannot be read, and says what is wrong at the field", async () => {
    const short = problem("armor_line_short", "text", { line: "4", missing: "3" });
    const { user } = open(
      { ...here },
      { bringText: () => Promise.resolve([broughtProblem(short, "clipboard")]) },
    );
    await write(user, "-----BEGIN KEYFERRY…");
    await user.click(button("Read the answer"));
    const summary = await trouble("Line 4 of the text is too short (characters missing: 3).");
    expect(summary).toHaveTextContent("There is a problem");
    expect(screen.getByRole("textbox", { name: "Text of the answer" })).toHaveValue(
      "-----BEGIN KEYFERRY…",
    );
  });

  it("names the file that a problem is about, and keeps the request", async () => {
    const { shell } = open({ ...here });
    shell.drop([broughtProblem(problem("answer_for_other_device"), "letter.pdf")]);
    const summary = await trouble("This was made for another computer.");
    expect(summary).toHaveTextContent("There is a problem with letter.pdf");
    expect(heading()).toHaveTextContent(TITLE);
  });

  it("says so when the same answer comes twice", async () => {
    const { shell } = open({ ...here });
    shell.drop([brought("already_applied")]);
    await arriveAt("This was already used for Acme CAD 2027");
  });
});
