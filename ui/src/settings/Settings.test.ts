import { screen, waitFor } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import { systemTurns } from "../../tests/environment";
import { arriveAt, button, open, trouble } from "../../tests/open";
import { refuses } from "../../tests/shell";
import { problem } from "../../tests/views";
import { look } from "../lib/look.svelte";

describe("Settings", () => {
  it("is reached from the header and left by Back", async () => {
    const { user } = open();
    await user.click(button("Settings"));
    await arriveAt("Settings");
    await user.click(button("Back"));
    await arriveAt("Your programs");
  });

  it("wears and keeps the colours that are chosen", async () => {
    const { user, shell } = open({ at: "settings" });
    await user.click(screen.getByRole("radio", { name: "Dark" }));
    await waitFor(() => expect(document.documentElement).toHaveAttribute("data-theme", "dark"));
    expect(shell.asked).toContainEqual(["setPreferences", { language: "en", theme: "dark" }]);
  });

  it("follows the system where the person wants that", async () => {
    look.choice = "system";
    open({ at: "settings" });
    systemTurns(true);
    await waitFor(() => expect(document.documentElement).toHaveAttribute("data-theme", "dark"));
    systemTurns(false);
    await waitFor(() => expect(document.documentElement).toHaveAttribute("data-theme", "light"));
  });

  it("keeps the language, or the wish to follow the system", async () => {
    const { user, shell } = open({ at: "settings" });
    await user.selectOptions(
      screen.getByRole("combobox", { name: "Language" }),
      "As this computer is set",
    );
    await waitFor(() =>
      expect(shell.asked).toContainEqual(["setPreferences", { language: null, theme: "light" }]),
    );
    expect(document.documentElement).toHaveAttribute("lang", "en");
  });

  it("tells when a choice cannot be kept", async () => {
    const { user } = open(
      { at: "settings" },
      { setPreferences: refuses(problem("store_unwritable", null, { path: "/x" })) },
    );
    await user.click(screen.getByRole("radio", { name: "Dark" }));
    await trouble("Reference KF-613");
  });
});
