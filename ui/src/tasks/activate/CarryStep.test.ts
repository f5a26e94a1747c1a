import { screen, within } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";

import { arriveAt, button, open, trouble } from "../../../tests/open";
import { refuses } from "../../../tests/shell";
import { problem, request } from "../../../tests/views";

const here = { at: "carry", request, way: "qr" } as const;

describe("CarryStep", () => {
  it("shows the QR code with four quiet modules around it", async () => {
    open(here);
    await arriveAt("How do you want to carry the request?");
    const qr = screen.getByRole("img", { name: /QR code with the request for Acme CAD 2027/ });
    expect(qr).toHaveAttribute("viewBox", "-4 -4 101 101");
    expect(qr.querySelector("path")).toHaveAttribute("d", request.qr?.path ?? "");
    expect(screen.getByText("Point the camera of any phone at the code.")).toBeInTheDocument();
  });

  it("does not speak of a phone where the vendor has no web page", () => {
    open({ ...here, request: { ...request, url: null } });
    expect(screen.queryByText("Point the camera of any phone at the code.")).toBeNull();
  });

  it("enlarges the QR code", async () => {
    const { user } = open(here);
    await user.click(button("Enlarge"));
    const dialog = screen.getByRole("dialog", { name: "Scan with a phone" });
    expect(within(dialog).getByRole("img")).toBeInTheDocument();
  });

  it("offers the ways as tabs that arrows move between", async () => {
    const { user } = open(here);
    screen.getByRole("tab", { name: "QR code" }).focus();
    await user.keyboard("{ArrowRight}");
    const file = screen.getByRole("tab", { name: "File" });
    expect(file).toHaveFocus();
    expect(file).toHaveAttribute("aria-selected", "true");
    expect(screen.getByRole("tabpanel", { name: "File" })).toHaveTextContent(request.file_name);
    await user.keyboard("{ArrowLeft}{ArrowLeft}");
    expect(screen.getByRole("tab", { name: "Moving code" })).toHaveFocus();
  });

  it("saves as a file and says where to", async () => {
    const { user, shell } = open({ ...here, way: "file" });
    await user.click(button("Save as file"));
    expect(shell.asked).toContainEqual(["saveCarried", request.token_id]);
    expect(await screen.findByText("Saved to /media/usb/acme-cad-bench-4.kft")).toBeInTheDocument();
    expect(button("Save another copy")).toBeInTheDocument();
  });

  it("stays as it was when saving is cancelled", async () => {
    const { user } = open({ ...here, way: "file" }, { saveCarried: () => Promise.resolve(null) });
    await user.click(button("Save as file"));
    expect(button("Save as file")).toBeInTheDocument();
  });

  it("loses nothing when the file cannot be written", async () => {
    const full = problem("disk_full", null, { path: "/media/usb" });
    const { user } = open({ ...here, way: "file" }, { saveCarried: refuses(full) });
    await user.click(button("Save as file"));
    await vi.waitFor(() => expect(document.title).toMatch(/^Error: /));
    expect(screen.getByText("Reference KF-604")).toBeInTheDocument();
    expect(button("Save as file")).toBeInTheDocument();
  });

  it("copies the text and tells people who listen", async () => {
    const { user, shell } = open({ ...here, way: "text" });
    expect(screen.getByRole("textbox", { name: "The request as text" })).toHaveValue(
      request.armored,
    );
    await user.click(button("Copy text"));
    expect(shell.asked).toContainEqual(["copyCarried", request.token_id]);
    await vi.waitFor(() => {
      const regions = screen.getAllByRole("status").map(({ textContent }) => textContent);
      expect(regions).toContain("Copied");
    });
  });

  it("tells when there is no clipboard", async () => {
    const { user } = open(
      { ...here, way: "text" },
      { copyCarried: refuses(problem("clipboard_unavailable")) },
    );
    await user.click(button("Copy text"));
    await trouble("Reference KF-630");
  });

  it("goes on to the answer, and Back keeps the chosen way", async () => {
    const { user } = open({ ...here });
    await user.click(screen.getByRole("tab", { name: "File" }));
    await user.click(button("Continue"));
    await arriveAt("Do you have the answer from Acme Software?");
    await user.click(button("Back"));
    await arriveAt("How do you want to carry the request?");
    expect(screen.getByRole("tab", { name: "File" })).toHaveAttribute("aria-selected", "true");
  });

  it("can be left for later", async () => {
    const { user } = open(here);
    await user.click(button("Do this later"));
    await arriveAt("Your programs");
  });
});
