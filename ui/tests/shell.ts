// A shell without a window: it answers with the views it was given, and remembers what it was asked.
import type { Backend } from "../src/lib/backend";
import type { BroughtView, HomeView, OutcomeView, ProblemView } from "../src/lib/views";
import * as usb from "./usb";
import * as views from "./views";

type Calls = { [Name in keyof Backend]?: Backend[Name] };

/** What the window asks by itself, whatever the person does. */
const UNASKED = /^on[A-Z]|^setTitle$|^usbKeys$|^usbMoveRequests$/;

export interface PretendShell extends Backend {
  /** What was called, in order: `["readCode", "ACME…"]`. */
  readonly asked: unknown[][];
  /** Something is dropped on the window, or opened while it is there. */
  drop(brought: BroughtView[], paths?: string[]): void;
  hover(over: boolean): void;
  storeChanged(): void;
  usbChanged(): void;
}

export function pretendShell(answers: Calls = {}): PretendShell {
  const asked: unknown[][] = [];
  const takers: ((brought: BroughtView[]) => void)[] = [];
  const droppings: ((paths: string[]) => void)[] = [];
  const hovers: ((over: boolean) => void)[] = [];
  const changes: (() => void)[] = [];
  const usbChanges: (() => void)[] = [];
  const nothing = (): void => undefined;

  const usual: Backend = {
    home: () => Promise.resolve(views.home),
    readCode: () => Promise.resolve(views.code),
    previewRequest: (_, label) =>
      Promise.resolve(
        views.claims.map((claim) =>
          claim.name === "claim_computer_name" ? { ...claim, value: label } : claim,
        ),
      ),
    makeRequest: (_, label) => Promise.resolve({ ...views.request, label }),
    request: () => Promise.resolve(views.request),
    saveCarried: () => Promise.resolve({ path: "/media/usb/acme-cad-bench-4.kft" }),
    copyCarried: () => Promise.resolve(),
    movingCode: (_, density) => Promise.resolve(views.moving(density)),
    planDeactivation: () => Promise.resolve(views.plan),
    deactivate: () => Promise.resolve(views.deactivation),
    deactivation: () => Promise.resolve(views.deactivation),
    confirmDelivery: () => Promise.resolve(),
    moveRequestDialog: () => Promise.resolve(views.moveRequest),
    moveRequestText: () => Promise.resolve({ ...views.moveRequest, from: "text" }),
    moveRequestFiles: () => Promise.resolve(views.moveRequest),
    moveAway: (_, handle) =>
      Promise.resolve(handle === null ? views.deactivation : views.bothOfAMove),
    takeEmergency: () =>
      Promise.resolve({ ...views.done, standing: views.products.emergencyRunning.standing }),
    clockState: () => Promise.resolve(views.clockBehind),
    requestTime: () => Promise.resolve(views.timeRequest),
    timeRequest: () => Promise.resolve(views.timeRequest),
    statusCode: () => Promise.resolve(views.statusCode),
    statusToken: () => Promise.resolve(views.statusToken),
    report: () => Promise.resolve(views.report),
    saveReport: () => Promise.resolve({ path: "/home/me/keyferry-report-bench-4.txt" }),
    copyReport: () => Promise.resolve(),
    usbKeys: () => Promise.resolve(usb.usbOf([])),
    usbId: () => Promise.resolve(usb.usbId),
    saveUsbId: () => Promise.resolve({ path: "/home/me/keyferry-usb-id.txt" }),
    putLicenseDialog: () => Promise.resolve(usb.put),
    putLicenseText: () => Promise.resolve(usb.put),
    putLicenseFiles: () => Promise.resolve(usb.put),
    courierCollect: () => Promise.resolve({ ...usb.round, delivered: [] }),
    courierRound: () => Promise.resolve(usb.round),
    takeAnswers: () => Promise.resolve([brought("activated")]),
    carryByUsb: () => Promise.resolve({ path: "/media/usb/KEYFERRY/outbox/acme-cad-bench-4.kft" }),
    usbMoveRequests: () => Promise.resolve([]),
    bringText: () => Promise.resolve([brought("activated")]),
    bringFiles: () => Promise.resolve([brought("activated")]),
    look: () => Promise.resolve({ kind: "nothing" }),
    bringDialog: () => Promise.resolve([brought("activated")]),
    pasteClipboard: () => Promise.resolve([brought("activated")]),
    broughtAtStart: () => Promise.resolve([]),
    clipboardText: () => Promise.resolve(views.code.code),
    copyText: () => Promise.resolve(),
    trustVendor: () => Promise.resolve(views.acme),
    forgetPending: () => Promise.resolve(),
    saveRecord: () => Promise.resolve({ path: "/home/me/acme-cad-record.txt" }),
    preferences: () => Promise.resolve({ language: null, theme: "system" }),
    setPreferences: () => Promise.resolve(),
    setTitle: () => Promise.resolve(),
    onBrought: (take) => Promise.resolve((takers.push(take), nothing)),
    onDropped: (take) => Promise.resolve((droppings.push(take), nothing)),
    onHover: (take) => Promise.resolve((hovers.push(take), nothing)),
    onStoreChanged: (take) => Promise.resolve((changes.push(take), nothing)),
    onUsbChanged: (take) => Promise.resolve((usbChanges.push(take), nothing)),
  };

  const shell = { ...usual, ...answers };
  const remembering = Object.fromEntries(
    Object.entries(shell).map(([name, answer]) => [
      name,
      (...args: unknown[]): unknown => {
        if (!UNASKED.test(name)) asked.push([name, ...args]);
        return (answer as (...args: unknown[]) => unknown)(...args);
      },
    ]),
  ) as unknown as Backend;

  return {
    ...remembering,
    asked,
    drop(what, paths) {
      if (paths) droppings.forEach((take) => take(paths));
      takers.forEach((take) => take(what));
    },
    hover: (over) => hovers.forEach((take) => take(over)),
    storeChanged: () => changes.forEach((take) => take()),
    usbChanged: () => usbChanges.forEach((take) => take()),
  };
}

/** One thing that was brought and what it did. */
export function brought(
  kind: Exclude<OutcomeView["kind"], "problem">,
  from = "answer.kft",
): BroughtView {
  return { from, outcome: outcomeOf(kind) };
}

function outcomeOf(kind: Exclude<OutcomeView["kind"], "problem">): OutcomeView {
  switch (kind) {
    case "vendor_found":
      return { kind, pending: views.pending };
    case "license_added":
      return { kind, license: usb.put.license, already_there: false };
    case "refused":
      return { kind, refusal: views.refusal };
    case "refreshed":
      return { kind, done: views.done, changes: views.changes };
    default:
      return { kind, done: views.done };
  }
}

export function broughtProblem(problem: ProblemView, from = "answer.kft"): BroughtView {
  return { from, outcome: { kind: "problem", problem } };
}

export function homeOf(view: Partial<HomeView>): () => Promise<HomeView> {
  return () => Promise.resolve({ ...views.home, ...view });
}

/** Rejects with a problem, as the shell does. */
export function refuses(problem: ProblemView): () => Promise<never> {
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the IPC rejects with plain data
  return () => Promise.reject(problem);
}
