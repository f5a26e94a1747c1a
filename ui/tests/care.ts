// Screens that care for a license after its activation: refresh, clock, emergency run, help.
import type { Screen } from "../src/lib/screens";
import type { Code, DoneView, StandingView } from "../src/lib/views";
import * as views from "./views";

export interface Shown {
  readonly screen: Screen;
  /** What went wrong on it. */
  readonly code?: Code;
  readonly args?: Record<string, string>;
}

/** Done, and yet it does not run. */
function doneBut(
  state: StandingView["state"],
  reason: Code,
  until: string | null = null,
): DoneView {
  const standing: StandingView = { state, reason, until, features: [], changed: [] };
  return { ...views.done, standing, lease: null, features: [] };
}

const { emergencyAvailable, emergencyRunning, clockBehind, nearEnd, suspended } = views.products;
const withEmergency = { ...views.done, standing: emergencyRunning.standing };
const nobodyKnown = { ...views.statusCode, product: null, product_name: null };
const statusChanges = [{ name: "claim_works_until", before: views.lease.until, after: null }];

export const refreshBring: Screen = { at: "refresh-bring", product: nearEnd, text: "" };
export const refreshed: Screen = { at: "refreshed", done: views.done, changes: views.changes };
export const refreshedSuspended: Screen = {
  at: "refreshed",
  done: doneBut("stopped", "suspended"),
  changes: statusChanges,
};
export const refreshedRevoked: Screen = {
  at: "refreshed",
  done: doneBut("stopped", "revoked"),
  changes: statusChanges,
};
export const clockState: Screen = {
  at: "clock-state",
  clock: views.clockBehind,
  product: clockBehind,
};
export const clockRight: Screen = {
  at: "clock-right",
  clock: views.clockBehind,
  product: clockBehind,
};
export const clockCarry: Screen = { at: "clock-carry", carried: views.timeRequest, way: "qr" };
export const clockAnswer: Screen = {
  at: "clock-answer",
  productName: "Acme CAD 2027",
  vendor: views.acme,
  text: "",
};
export const clockMended: Screen = { at: "clock-mended", done: views.done };
export const emergencyPlan: Screen = { at: "emergency-plan", product: emergencyAvailable };
export const emergencyTaken: Screen = { at: "emergency-taken", done: withEmergency };
export const helpWays: Screen = { at: "help-ways", product: suspended };
export const helpCode: Screen = { at: "help-code", status: views.statusCode, vendor: views.acme };
export const helpReport: Screen = { at: "help-report", report: views.report };
export const helpStatus: Screen = { at: "help-carry", carried: views.statusToken, way: "qr" };

export const care: Record<string, Shown> = {
  "refresh-bring": { screen: refreshBring },
  "refresh-older": { screen: refreshBring, code: "refresh_older" },
  refreshed: { screen: refreshed },
  "refreshed-unchanged": { screen: { at: "refreshed", done: views.done, changes: [] } },
  "refreshed-early": { screen: { at: "refreshed", done: views.doneEarly, changes: [] } },
  "refreshed-suspended": { screen: refreshedSuspended },
  "refreshed-revoked": { screen: refreshedRevoked },
  "clock-state": { screen: clockState },
  "clock-right": { screen: clockRight },
  "clock-right-nobody": {
    screen: { at: "clock-right", clock: { ...views.clockBehind, product: null }, product: null },
  },
  "clock-carry": { screen: clockCarry },
  "clock-answer": { screen: clockAnswer },
  "clock-not-asked": { screen: clockAnswer, code: "time_not_asked_for" },
  "clock-mended": { screen: clockMended },
  "clock-mended-over": {
    screen: {
      at: "clock-mended",
      done: doneBut("expired", "lease_ended", views.inDays(-3)),
    },
  },
  "emergency-plan": { screen: emergencyPlan },
  "emergency-used-up": { screen: emergencyPlan, code: "emergency_used_up", args: { uses: "2" } },
  "emergency-taken": { screen: emergencyTaken },
  "help-ways": { screen: helpWays },
  "help-ways-any": { screen: { at: "help-ways", product: null } },
  "help-code": { screen: helpCode },
  "help-code-any": { screen: { at: "help-code", status: nobodyKnown, vendor: null } },
  "help-report": { screen: helpReport },
  "help-status": { screen: helpStatus },
};
