import { fireEvent, screen, within } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";

import { arriveAt, button, open, trouble } from "../../tests/open";
import { brought, broughtProblem, homeOf, refuses } from "../../tests/shell";
import { cad, done, home, problem, products, request, waiting } from "../../tests/views";

describe("Home", () => {
  it("starts with the vendor where there is none", async () => {
    const { user } = open(null, { home: homeOf({ vendors: [], products: [] }) });
    await user.click(await screen.findByRole("button", { name: "Add your vendor" }));
    await arriveAt("Which vendor do you want to add?");
  });

  it("goes on with a program where there is a vendor", async () => {
    const { user } = open(null, { home: homeOf({ products: [] }) });
    await user.click(await screen.findByRole("button", { name: "Activate a program" }));
    await arriveAt("What is your activation code?");
  });

  it("says in plain words where a product stands", async () => {
    const standing = {
      ...cad.standing,
      until: "2099-03-03T12:00:00Z",
      changed: ["network_adapter" as const],
    };
    open(null, { home: homeOf({ products: [{ ...cad, standing }] }) });
    const card = await screen.findByRole("article", { name: "Acme CAD 2027" });
    expect(card).toHaveTextContent(
      /until 3 March 2099\. Bound to this computer\. The network adapter changed; still within tolerance\./,
    );
    expect(card).toHaveTextContent("82 days left");
  });

  it("finds an unfinished activation again and goes on with it", async () => {
    const { user, shell } = open(null, { home: homeOf({ products: [waiting] }) });
    const card = await screen.findByRole("article", { name: "Acme Simulation" });
    expect(card).toHaveTextContent("Waiting for the answer");
    expect(card).toHaveTextContent("AB3D-9KX2");
    await user.click(within(card).getByRole("button", { name: "Show the request again" }));
    await arriveAt("How do you want to carry the request?");
    expect(shell.asked).toContainEqual(["request", waiting.product]);
    expect(screen.getByRole("img")).toHaveAccessibleName(
      expect.stringContaining(request.reference),
    );
    await user.click(button("Back"));
    await user.click(await screen.findByRole("button", { name: "Bring the answer" }));
    await arriveAt("Do you have the answer from Acme Software?");
  });

  it("offers to activate again what is over, with the next step", async () => {
    open(null, { home: homeOf({ products: [products.expired] }) });
    const card = await screen.findByRole("article", { name: "Acme CAD 2027" });
    expect(within(card).getByRole("button", { name: "Activate again" })).toHaveClass("primary");
    expect(card).toHaveTextContent("Activate this computer again with your activation code.");
  });

  it("saves the record of an activation", async () => {
    const { user, shell } = open();
    await user.click(await screen.findByRole("button", { name: "Save record" }));
    expect(shell.asked).toContainEqual(["saveRecord", cad.activation_id]);
    expect(
      await screen.findByText("The record was saved to /home/me/acme-cad-record.txt.", {
        selector: ".notice *",
      }),
    ).toBeInTheDocument();
  });

  it("takes a file, a drop and a paste", async () => {
    const { user, shell, journey } = open();
    await user.click(await screen.findByRole("button", { name: "Open file" }));
    await arriveAt(`${done.product_name} is activated`);
    journey.home();
    await arriveAt("Your programs");
    shell.drop([brought("vendor_found", "acme.kfv")]);
    await arriveAt("Are these the vendor's 12 words?");
    journey.home();
    await arriveAt("Your programs");
    await fireEvent.paste(document.body, { clipboardData: { getData: () => "-----BEGIN" } });
    await arriveAt(`${done.product_name} is activated`);
  });

  it("shows what the program was started with", async () => {
    open(null, { broughtAtStart: () => Promise.resolve([brought("vendor_found", "acme.kfv")]) });
    await arriveAt("Are these the vendor's 12 words?");
  });

  it("is read anew when the store changes", async () => {
    let products = [waiting];
    const { shell } = open(null, { home: () => Promise.resolve({ ...home, products }) });
    await screen.findByRole("article", { name: "Acme Simulation" });
    products = [cad];
    shell.storeChanged();
    await screen.findByRole("article", { name: "Acme CAD 2027" });
  });

  it("tells when the store cannot be read", async () => {
    open(null, { home: refuses(problem("store_damaged")) });
    await trouble("Reference KF-611");
  });

  it("links to no input where there is none", async () => {
    const { user } = open(null, {
      pasteClipboard: () =>
        Promise.resolve([broughtProblem(problem("nothing_read", "text"), "clipboard")]),
    });
    await user.click(await screen.findByRole("button", { name: "Paste" }));
    const summary = await trouble("Reference KF-401");
    expect(within(summary).queryByRole("link")).toBeNull();
  });

  it("gives help from the header, with the vendor's contact", async () => {
    const { user } = open();
    await screen.findByRole("article");
    await user.click(button("Help"));
    const dialog = screen.getByRole("dialog", { name: "How this works without a network" });
    expect(dialog).toHaveTextContent("support@acme.example");
  });

  it("says that it works only when that takes a while", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    try {
      const { user } = open(null, { bringDialog: () => new Promise(() => undefined) });
      await user.click(await screen.findByRole("button", { name: "Open file" }));
      expect(screen.queryByText("Working on it…")).toBeNull();
      await vi.advanceTimersByTimeAsync(500);
      expect(screen.getByText("Working on it…")).toBeInTheDocument();
    } finally {
      vi.useRealTimers();
    }
  });
});
