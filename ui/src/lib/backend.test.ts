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
  await shell.saveCarried("k");
  await shell.copyCarried("k");
  await shell.planDeactivation("p");
  await shell.deactivate("p", "moving");
  await shell.deactivation("p");
  await shell.confirmDelivery("p");
  await shell.moveRequestDialog();
  await shell.moveRequestText("t");
  await shell.moveRequestFiles(["/f"]);
  await shell.moveAway("p", null);
  await shell.takeEmergency("p");
  await shell.clockState();
  await shell.requestTime("p");
  await shell.timeRequest("p");
  await shell.statusCode(null);
  await shell.statusToken("p");
  await shell.report();
  await shell.saveReport();
  await shell.copyReport();
  await shell.bringText("t");
  await shell.bringFiles(["/f"]);
  await shell.bringDialog();
  await shell.pasteClipboard();
  await shell.broughtAtStart();
  await shell.clipboardText();
  await shell.copyText("a");
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
    ["save_carried", { tokenId: "k" }],
    ["copy_carried", { tokenId: "k" }],
    ["plan_deactivation", { product: "p" }],
    ["deactivate", { product: "p", reason: "moving" }],
    ["deactivation", { product: "p" }],
    ["confirm_delivery", { tokenId: "p" }],
    ["move_request_dialog", {}],
    ["move_request_text", { text: "t" }],
    ["move_request_files", { paths: ["/f"] }],
    ["move_away", { product: "p", handle: null }],
    ["take_emergency", { product: "p" }],
    ["clock_state", {}],
    ["request_time", { product: "p" }],
    ["time_request", { product: "p" }],
    ["status_code", { product: null }],
    ["status_token", { product: "p" }],
    ["report", {}],
    ["save_report", {}],
    ["copy_report", {}],
    ["bring_text", { text: "t" }],
    ["bring_files", { paths: ["/f"] }],
    ["bring_dialog", {}],
    ["paste_clipboard", {}],
    ["brought_at_start", {}],
    ["clipboard_text", {}],
    ["copy_text", { text: "a" }],
    ["trust_vendor", { pending: "1" }],
    ["forget_pending", { pending: "1" }],
    ["save_record", { activationId: "x" }],
    ["preferences", {}],
    ["set_preferences", { language: null, theme: "dark" }],
    ["plugin:window|set_title", { label: "main", value: "Your programs – Keyferry" }],
  ]);
});
