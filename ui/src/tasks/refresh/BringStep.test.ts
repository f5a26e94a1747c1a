import { fireEvent, screen, within } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";

import { refreshBring } from "../../../tests/care";
import { arriveAt, button, heading, open, trouble } from "../../../tests/open";
import { brought, broughtProblem, refuses } from "../../../tests/shell";
import { cad, problem, products } from "../../../tests/views";

const TITLE = "Do you have a refresh from Acme Software?";
const DONE = "The license for Acme CAD 2027 was refreshed";
const here = { ...refreshBring };
const refresh = (): Promise<ReturnType<typeof brought>[]> =>
  Promise.resolve([brought("refreshed", "refresh.kft")]);

async function write(user: ReturnType<typeof open>["user"], text: string): Promise<HTMLElement> {
  await user.click(screen.getByText("You have text instead of a file?"));
  const field = screen.getByRole("textbox", { name: "Text of the refresh" });
  await user.click(field);
  await user.paste(text);
  return field;
}

describe("BringStep of a refresh", () => {
  it("says what to quote when asking for one, and copies it", async () => {
    const { user, shell } = open(here);
    await arriveAt(TITLE);
    const terms = screen.getAllByRole("term").map(({ textContent }) => textContent);
    expect(terms).toEqual(expect.arrayContaining(["Program", "Activation", "Computer name"]));
    expect(screen.getByText("support@acme.example, +49 30 1234567")).toBeInTheDocument();
    await user.click(button("Copy these details"));
    expect(shell.asked).toContainEqual([
      "copyText",
      "Program: Acme CAD 2027\nActivation: 7Q2K-9MPX-3TBN-W8ZC\nComputer name: Bench 4",
    ]);
    await vi.waitFor(() => {
      const regions = screen.getAllByRole("status").map(({ textContent }) => textContent);
      expect(regions).toContain("Copied");
    });
  });

  it("quotes the name that the vendor knows, not the one that the computer suggests", () => {
    open({ at: "refresh-bring", product: { ...cad, label: "Lab 7" }, text: "" });
    expect(screen.getByText("Lab 7")).toBeInTheDocument();
    expect(screen.queryByText("Bench 4")).toBeNull();
  });

  it("quotes nothing that is not there", () => {
    open({ at: "refresh-bring", product: products.undelivered, text: "" });
    const terms = screen.getAllByRole("term").map(({ textContent }) => textContent);
    expect(terms).not.toContain("Activation");
    expect(terms).not.toContain("Computer name");
  });

  it("tells when there is no clipboard", async () => {
    const { user } = open(here, { copyText: refuses(problem("clipboard_unavailable")) });
    await user.click(button("Copy these details"));
    await trouble("Reference KF-630");
    expect(document.querySelector(".copied")).toBeNull();
  });

  it("opens a file by keyboard alone", async () => {
    const { user } = open({ ...here }, { bringDialog: refresh });
    await arriveAt(TITLE);
    const file = button("Open file");
    for (let presses = 0; presses < 10 && document.activeElement !== file; presses += 1)
      await user.tab();
    expect(file).toHaveFocus();
    await user.keyboard("{Enter}");
    await arriveAt(DONE);
  });

  it("stays when opening is cancelled", async () => {
    const { user } = open({ ...here }, { bringDialog: () => Promise.resolve(null) });
    await user.click(button("Open file"));
    expect(heading()).toHaveTextContent(TITLE);
    expect(document.title).toBe(`${TITLE} – Keyferry`);
  });

  it("takes a drop, and a paste anywhere", async () => {
    const { shell, journey } = open({ ...here }, { bringText: refresh });
    shell.drop([brought("refreshed", "refresh.kft")]);
    await arriveAt(DONE);
    journey.go({ ...here });
    await arriveAt(TITLE);
    await fireEvent.paste(document.body, { clipboardData: { getData: () => "-----BEGIN" } });
    await arriveAt(DONE);
    expect(shell.asked).toContainEqual(["bringText", "-----BEGIN"]);
  });

  it("keeps text that cannot be read, and says what is wrong at the field", async () => {
    const short = problem("armor_line_short", "text", { line: "4", missing: "3" });
    const { user } = open(
      { ...here },
      { bringText: () => Promise.resolve([broughtProblem(short, "clipboard")]) },
    );
    const field = await write(user, "-----BEGIN KEYFERRY…");
    await user.click(button("Read the refresh"));
    const summary = await trouble("Line 4 of the text is too short (characters missing: 3).");
    expect(field).toHaveValue("-----BEGIN KEYFERRY…");
    expect(field).toBeInvalid();
    await user.click(within(summary).getByRole("link"));
    expect(field).toHaveFocus();
  });

  it("says that a refresh is older, and stays for the newer one", async () => {
    const { shell } = open({ ...here });
    shell.drop([broughtProblem(problem("refresh_older"), "refresh.kft")]);
    const summary = await trouble("This refresh is older than the license on this computer.");
    expect(summary).toHaveTextContent("There is a problem with refresh.kft");
    expect(summary).toHaveTextContent("Bring the newest refresh that the vendor has made.");
    expect(summary).toHaveTextContent("Reference KF-310");
    expect(button("Open file")).toBeInTheDocument();
  });

  it("takes it lightly when the same refresh comes twice", async () => {
    const { shell } = open({ ...here });
    shell.drop([brought("already_applied", "refresh.kft")]);
    await arriveAt("This was already used for Acme CAD 2027");
    expect(screen.getByText("Nothing has changed, and nothing is lost.")).toBeInTheDocument();
  });
});
