import { fireEvent, screen } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";

import { arriveAt, button, open, trouble } from "../../../tests/open";
import { refuses } from "../../../tests/shell";
import { acme, claims, code, pending, problem } from "../../../tests/views";

const TITLE = "What is your activation code?";

function field(): HTMLTextAreaElement {
  return screen.getByRole("textbox", { name: "Activation code" });
}

function clipboardWith(text: string): { clipboardData: { getData: () => string } } {
  return { clipboardData: { getData: () => text } };
}

describe("CodeStep", () => {
  it("groups the code while it is typed, and keeps the caret behind the same symbol", async () => {
    const { user } = open({ at: "code", text: "" });
    await arriveAt(TITLE);
    await user.type(field(), "acme7qk2m9px3");
    expect(field()).toHaveValue("ACME7-QK2M9-PX3");
    field().setSelectionRange(3, 3);
    await user.keyboard("x");
    expect(field()).toHaveValue("ACMXE-7QK2M-9PX3");
    expect(field().selectionStart).toBe(4);
  });

  it("lets Backspace pass over a dash", async () => {
    const { user } = open({ at: "code", text: "ACME7-Q" });
    await user.click(field());
    await user.keyboard("{End}{Backspace}{Backspace}");
    expect(field()).toHaveValue("ACME");
  });

  it("finds the code in a pasted letter", async () => {
    open({ at: "code", text: "" });
    await fireEvent.paste(
      field(),
      clipboardWith(`Dear customer, your code is ${code.code}. Thanks!`),
    );
    expect(field()).toHaveValue(code.code);
  });

  it("pastes by a button as well", async () => {
    const { user, shell } = open({ at: "code", text: "" });
    await user.click(button("Paste"));
    expect(shell.asked).toContainEqual(["clipboardText"]);
    expect(field()).toHaveValue(code.code);
    expect(field()).toHaveFocus();
  });

  it("reads the code from a text file", async () => {
    const { user } = open({ at: "code", text: "" });
    const input = document.querySelector<HTMLInputElement>("input[type=file]") ?? field();
    await user.upload(
      input,
      new File([`Code:\n${code.code}\n`], "order.txt", { type: "text/plain" }),
    );
    await vi.waitFor(() => expect(field()).toHaveValue(code.code));
  });

  it("goes on with Enter, and Back brings the code again", async () => {
    const { user, shell } = open({ at: "code", text: "" });
    await user.type(field(), "acme7 qk2m9 px3tb nw8zc 4hj6r{Enter}");
    await arriveAt("What will be sent?");
    expect(shell.asked).toContainEqual(["readCode", code.code]);
    expect(shell.asked).toContainEqual(["previewRequest", code.code, code.label]);
    await user.click(button("Back"));
    await arriveAt(TITLE);
    expect(field()).toHaveValue(code.code);
  });

  it("asks the shell about an empty field too, and shows what is missing", async () => {
    const missing = problem("activation_code_incomplete", "code", { have: "0", want: "25" });
    const { user } = open({ at: "code", text: "" }, { readCode: refuses(missing) });
    await user.click(button("Continue"));
    await trouble("The activation code has 0 of 25 characters.");
  });

  it("says the same words at the field, keeps the input, and leads there", async () => {
    const { user } = open(
      { at: "code", text: "" },
      { readCode: refuses(problem("activation_code_mistyped", "code")) },
    );
    await user.type(field(), "acme7");
    await user.click(button("Continue"));
    const summary = await trouble("The activation code has a typing mistake.");
    expect(summary).toHaveTextContent("Reference KF-101");
    expect(field()).toHaveValue("ACME7");
    expect(field()).toBeInvalid();
    expect(field()).toHaveAccessibleDescription(/The activation code has a typing mistake\./);
    await user.click(
      screen.getByRole("link", { name: "The activation code has a typing mistake." }),
    );
    expect(field()).toHaveFocus();
  });

  it("takes the focus to the summary again when it goes wrong again", async () => {
    const { user } = open(
      { at: "code", text: "" },
      { readCode: refuses(problem("activation_code_mistyped", "code")) },
    );
    await user.click(button("Continue"));
    await trouble("The activation code has a typing mistake.");
    await user.click(button("Continue"));
    await trouble("The activation code has a typing mistake.");
  });

  it("explains a problem offline", async () => {
    const { user } = open(
      { at: "code", text: "" },
      { readCode: refuses(problem("activation_code_mistyped", "code")) },
    );
    await user.click(button("Continue"));
    await user.click(await screen.findByRole("button", { name: "What does this mean?" }));
    const dialog = screen.getByRole("dialog", {
      name: "The activation code has a typing mistake.",
    });
    expect(dialog).toHaveTextContent("The last character of the code checks all the others");
    await user.click(button("Close"));
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it("leads to an unknown vendor and back to the same code", async () => {
    let known = false;
    const { user, journey } = open(
      { at: "code", text: code.code },
      {
        readCode: () =>
          known
            ? Promise.resolve(code)
            : refuses(problem("activation_code_unknown_vendor", "code"))(),
      },
    );
    await user.click(button("Continue"));
    await user.click(await screen.findByRole("button", { name: "Add a vendor" }));
    await arriveAt("Which vendor do you want to add?");
    journey.receive([{ from: "acme.kfv", outcome: { kind: "vendor_found", pending } }]);
    await arriveAt("Are these the vendor's 12 words?");
    known = true;
    await user.click(button(`Trust ${acme.name}`));
    await arriveAt(TITLE);
    expect(field()).toHaveValue(code.code);
    await user.click(button("Continue"));
    await arriveAt("What will be sent?");
    expect(screen.getAllByText(claims[0]?.value ?? "")).not.toHaveLength(0);
  });
});
