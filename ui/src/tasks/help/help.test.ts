// Help someone helps me: a code to read out, a sealed status, a report that is read first.
import { screen, within } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";

import { helpCode, helpReport, helpStatus, helpWays } from "../../../tests/care";
import { arriveAt, button, open, trouble } from "../../../tests/open";
import { refuses } from "../../../tests/shell";
import { acme, cad, home, problem, report, statusCode, statusToken } from "../../../tests/views";

const WAYS = "How can someone help you?";

describe("WaysStep", () => {
  it("says where the program stands, and what to do about it", async () => {
    open({ ...helpWays });
    await arriveAt(WAYS);
    expect(screen.getByText("The vendor has suspended this license.")).toBeInTheDocument();
    expect(screen.getByText("Ask the vendor why it is suspended.")).toBeInTheDocument();
    expect(screen.getByText("Stopped")).toBeInTheDocument();
    expect(screen.getByText("support@acme.example, +49 30 1234567")).toBeInTheDocument();
  });

  it("leads to the code, the status and the report of this program", async () => {
    const { user, shell } = open({ at: "help-ways", product: cad });
    await user.click(button("Show the status code"));
    await arriveAt("Read this code out on the phone");
    expect(shell.asked).toContainEqual(["statusCode", "com.acme.cad"]);
    await user.click(button("Back"));
    await user.click(button("Make the status"));
    await arriveAt("How do you want to carry the status?");
    expect(shell.asked).toContainEqual(["statusToken", "com.acme.cad"]);
    await user.click(button("Back"));
    await user.click(button("Read the report"));
    await arriveAt("Read the report before you save it");
  });

  it("helps with the computer where no program is meant", async () => {
    const { user, shell } = open({ at: "help-ways", product: null });
    await arriveAt(WAYS);
    expect(screen.queryByRole("button", { name: "Make the status" })).toBeNull();
    await user.click(button("Show the status code"));
    expect(shell.asked).toContainEqual(["statusCode", null]);
  });

  it("is reached from the help that every screen has, about the only program or about all", async () => {
    let products = [cad];
    const { user, shell, journey } = open(null, {
      home: () => Promise.resolve({ ...home, products }),
    });
    await screen.findByRole("article");
    await user.click(button("Help"));
    await user.click(button("Let someone help you"));
    await arriveAt(WAYS);
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(button("Make the status")).toBeInTheDocument();

    await user.click(button("Help"));
    await user.click(button("Let someone help you"));
    await user.click(button("Back"));
    await arriveAt("Your programs");

    products = [];
    shell.storeChanged();
    journey.go({ at: "settings" });
    await user.click(button("Help"));
    await user.click(button("Let someone help you"));
    await arriveAt(WAYS);
    expect(screen.queryByRole("button", { name: "Make the status" })).toBeNull();
  });

  it("tells when there is no status to be made", async () => {
    const { user } = open({ ...helpWays }, { statusToken: refuses(problem("store_damaged")) });
    await user.click(button("Make the status"));
    await trouble("Reference KF-611");
    expect(button("Read the report")).toBeInTheDocument();
  });
});

describe("CodeStep of the status", () => {
  it("spells the code in its groups, with the word for each symbol", async () => {
    open({ ...helpCode });
    await arriveAt("Read this code out on the phone");
    const groups = within(screen.getByRole("list", { name: "Status code" })).getAllByRole(
      "listitem",
    );
    expect(
      groups.map(({ textContent }) =>
        textContent.replace(/\s+/g, " ").replaceAll(" , ", ", ").trim(),
      ),
    ).toEqual([
      "A Alfa, B Bravo, 3 Three, D Delta",
      "9 Nine, K Kilo, X X-ray, 2 Two",
      "7 Seven, Q Quebec, R Romeo, M Mike",
    ]);
  });

  it("reads from left to right in every language", () => {
    open({ ...helpCode });
    expect(screen.getByRole("list", { name: "Status code" })).toHaveAttribute("dir", "ltr");
  });

  it("says whom to call and what to say", () => {
    open({ ...helpCode });
    expect(
      screen.getByText("Call Acme Software: support@acme.example, +49 30 1234567"),
    ).toBeInTheDocument();
    expect(
      screen.getByText("Say that you have a Keyferry status code for Acme CAD 2027."),
    ).toBeInTheDocument();
  });

  it("makes up no number where the vendor gave none, and no vendor where none is meant", () => {
    const { journey } = open({
      ...helpCode,
      vendor: { ...acme, support: null },
    } as typeof helpCode);
    expect(screen.getByText("Call Acme Software.")).toBeInTheDocument();
    journey.replace({
      at: "help-code",
      status: { ...statusCode, product: null, product_name: null },
      vendor: null,
    });
    return vi.waitFor(() => {
      expect(screen.getByText("Call the vendor of your program.")).toBeInTheDocument();
      expect(screen.getByText("Say that you have a Keyferry status code.")).toBeInTheDocument();
    });
  });

  it("copies the code with its dashes and tells people who listen", async () => {
    const { user, shell } = open({ ...helpCode });
    await user.click(button("Copy the code"));
    expect(shell.asked).toContainEqual(["copyText", "AB3D-9KX2-7QRM"]);
    await vi.waitFor(() => {
      const regions = screen.getAllByRole("status").map(({ textContent }) => textContent);
      expect(regions).toContain("Copied");
    });
  });
});

describe("ReportStep", () => {
  it("shows every word of it in a region that the keyboard can scroll, before it can be saved", async () => {
    const { user, shell } = open({ ...helpReport });
    await arriveAt("Read the report before you save it");
    const text = screen.getByRole("region", { name: "The report" });
    expect(text.textContent.trim()).toBe(report.text.trim());
    expect(text.compareDocumentPosition(button("Save the report"))).toBe(
      Node.DOCUMENT_POSITION_FOLLOWING,
    );
    expect(shell.asked.map(([call]) => call)).not.toContain("saveReport");
    for (let presses = 0; presses < 10 && document.activeElement !== text; presses += 1) {
      await user.tab();
    }
    expect(text).toHaveFocus();
  });

  it("saves it and says where to", async () => {
    const { user, shell } = open({ ...helpReport });
    await user.click(button("Save the report"));
    expect(shell.asked).toContainEqual(["saveReport"]);
    expect(
      await screen.findByText("Saved to /home/me/keyferry-report-bench-4.txt", {
        selector: ".told *",
      }),
    ).toBeInTheDocument();
  });

  it("stays as it was when saving is cancelled", async () => {
    const { user } = open({ ...helpReport }, { saveReport: () => Promise.resolve(null) });
    await user.click(button("Save the report"));
    expect(document.querySelector(".told")).toBeNull();
    expect(document.title).not.toMatch(/^Error/);
  });

  it("copies it, and tells when it cannot", async () => {
    const { user, shell } = open({ ...helpReport });
    await user.click(button("Copy the report"));
    expect(shell.asked).toContainEqual(["copyReport"]);
    expect(await screen.findByText("Copied", { selector: ".told *" })).toBeInTheDocument();
  });

  it("loses nothing when it cannot be written", async () => {
    const full = problem("disk_full", null, { path: "/media/usb" });
    const { user } = open({ ...helpReport }, { saveReport: refuses(full) });
    await user.click(button("Save the report"));
    await trouble("Reference KF-604");
    expect(screen.getByRole("region", { name: "The report" })).toHaveTextContent("Keyferry report");
  });
});

describe("CarryStep of the status", () => {
  it("carries it by QR, file and text, and lets it be read first", async () => {
    const { user, shell } = open({ ...helpStatus });
    await arriveAt("How do you want to carry the status?");
    expect(screen.getByRole("img")).toHaveAccessibleName(
      `QR code with the status of Acme CAD 2027, reference ${statusToken.reference}`,
    );
    await user.click(screen.getByText("Show what it says"));
    expect(screen.getAllByRole("term")).toHaveLength(statusToken.claims.length);
    await user.click(screen.getByRole("tab", { name: "File" }));
    await user.click(button("Save as file"));
    expect(shell.asked).toContainEqual(["saveCarried", statusToken.token_id]);
    await user.click(screen.getByRole("tab", { name: "Text" }));
    await user.click(button("Copy text"));
    expect(shell.asked).toContainEqual(["copyCarried", statusToken.token_id]);
    await user.click(button("Back to your programs"));
    await arriveAt("Your programs");
  });
});
