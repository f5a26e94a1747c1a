import { clearMocks, mockIPC, mockWindows } from "@tauri-apps/api/mocks";
import { afterEach, expect, it } from "vitest";

import { shell } from "./backend";

afterEach(clearMocks);

it("calls the shell by the names and arguments that it knows", async () => {
  const asked: [string, unknown][] = [];
  mockWindows("main");
  mockIPC((command, args) => {
    asked.push([command, args]);
    return null;
  });
  await shell.home();
  await shell.readCode("a");
  await shell.previewRequest("a", "b");
  await shell.makeRequest("a", "b");
  await shell.request("p");
  await shell.saveRequest("p");
  await shell.copyRequest("p");
  await shell.bringText("t");
  await shell.bringFiles(["/f"]);
  await shell.bringDialog();
  await shell.pasteClipboard();
  await shell.broughtAtStart();
  await shell.clipboardText();
  await shell.trustVendor("1");
  await shell.forgetPending("1");
  await shell.saveRecord("x");
  await shell.preferences();
  await shell.setPreferences({ language: null, theme: "dark" });
  await shell.setTitle("Your programs – Keyferry");
  expect(asked).toEqual([
    ["home", {}],
    ["read_code", { text: "a" }],
    ["preview_request", { code: "a", label: "b" }],
    ["make_request", { code: "a", label: "b" }],
    ["request", { product: "p" }],
    ["save_request", { product: "p" }],
    ["copy_request", { product: "p" }],
    ["bring_text", { text: "t" }],
    ["bring_files", { paths: ["/f"] }],
    ["bring_dialog", {}],
    ["paste_clipboard", {}],
    ["brought_at_start", {}],
    ["clipboard_text", {}],
    ["trust_vendor", { pending: "1" }],
    ["forget_pending", { pending: "1" }],
    ["save_record", { activationId: "x" }],
    ["preferences", {}],
    ["set_preferences", { language: null, theme: "dark" }],
    ["plugin:window|set_title", { label: "main", value: "Your programs – Keyferry" }],
  ]);
});
