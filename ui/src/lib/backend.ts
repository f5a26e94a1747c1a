// The one way from the screens to the shell. A screen asks `useBackend()`; only `main.ts` names Tauri.
import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import { getCurrentWindow } from "@tauri-apps/api/window";
import { createContext } from "svelte";

import type { Sight } from "./camera/sight";
import type {
  BroughtView,
  CarriedView,
  ClaimView,
  ClockView,
  CodeView,
  CourierRoundView,
  DeactivationPlanView,
  DensityView,
  DoneView,
  HomeView,
  LookView,
  MoveRequestView,
  MovingView,
  PreferencesView,
  PutView,
  ReportView,
  SavedView,
  StatusCodeView,
  UsbIdView,
  UsbView,
  VendorView,
} from "./views";

/** Why a license is given up here. */
export type DeactivationReason = "moving" | "not_needed" | "repair" | "other";

/** Every call rejects with a `ProblemView`. */
export interface Backend {
  home(): Promise<HomeView>;
  readCode(text: string): Promise<CodeView>;
  /** What a request would say. Nothing is made yet. */
  previewRequest(code: string, label: string): Promise<ClaimView[]>;
  makeRequest(code: string, label: string): Promise<CarriedView>;
  /** The outstanding request, after a restart as well. */
  request(product: string): Promise<CarriedView | null>;
  /** Asks where to; `null` when the person cancelled. */
  saveCarried(tokenId: string): Promise<SavedView | null>;
  copyCarried(tokenId: string): Promise<void>;
  movingCode(tokenId: string, density: DensityView): Promise<MovingView>;

  /** What a deactivation would do and say. Nothing is made yet. */
  planDeactivation(product: string): Promise<DeactivationPlanView>;
  /** Final: the program stops here, whatever becomes of what it gives. */
  deactivate(product: string, reason: DeactivationReason): Promise<CarriedView>;
  /** The deactivation that was made here, after a restart as well. */
  deactivation(product: string): Promise<CarriedView | null>;
  /** The vendor has it: it need not be shown again. */
  confirmDelivery(tokenId: string): Promise<void>;
  /** Asks which file holds the new computer's request; `null` when the person cancelled. */
  moveRequestDialog(): Promise<MoveRequestView | null>;
  moveRequestText(text: string): Promise<MoveRequestView>;
  moveRequestFiles(paths: string[]): Promise<MoveRequestView>;
  /** Final, as `deactivate` is. What it gives holds the new computer's request as well, where one was brought. */
  moveAway(product: string, handle: string | null): Promise<CarriedView>;

  takeEmergency(product: string): Promise<DoneView>;

  clockState(): Promise<ClockView>;
  requestTime(product: string): Promise<CarriedView>;
  /** The outstanding time request, after a restart as well. */
  timeRequest(product: string): Promise<CarriedView | null>;

  /** Of this product, or of the computer where none is meant. */
  statusCode(product: string | null): Promise<StatusCodeView>;
  statusToken(product: string): Promise<CarriedView>;
  report(): Promise<ReportView>;
  /** Asks where to; `null` when the person cancelled. */
  saveReport(): Promise<SavedView | null>;
  copyReport(): Promise<void>;

  /** The USB keys that are plugged in, and what waits here to be carried. A key is named by its place. */
  usbKeys(): Promise<UsbView>;
  usbId(place: string): Promise<UsbIdView>;
  /** Asks where to; `null` when the person cancelled. */
  saveUsbId(id: string): Promise<SavedView | null>;
  /** Asks which file; `null` when the person cancelled. */
  putLicenseDialog(place: string, weak: boolean): Promise<PutView | null>;
  putLicenseText(place: string, text: string, weak: boolean): Promise<PutView>;
  putLicenseFiles(place: string, paths: string[], weak: boolean): Promise<PutView>;
  /** Takes along what waits here. */
  courierCollect(place: string): Promise<CourierRoundView>;
  /** Takes along what waits here, and applies what is on it for this computer. */
  courierRound(place: string): Promise<CourierRoundView>;
  /** Applies what is on a key for this computer. */
  takeAnswers(place: string): Promise<BroughtView[]>;
  carryByUsb(tokenId: string, place: string): Promise<SavedView>;
  /** Requests of other computers on the keys that are plugged in, for the vendor of this product. */
  usbMoveRequests(product: string): Promise<MoveRequestView[]>;

  bringText(text: string): Promise<BroughtView[]>;
  bringFiles(paths: string[]): Promise<BroughtView[]>;
  /** Looks for a code in what the camera sees; what is read of it is brought as text. */
  look(sight: Sight): Promise<LookView>;
  /** Asks which files; `null` when the person cancelled. */
  bringDialog(): Promise<BroughtView[] | null>;
  pasteClipboard(): Promise<BroughtView[]>;
  /** The files that the program was started with, once. */
  broughtAtStart(): Promise<BroughtView[]>;
  /** The text in the clipboard, as it is. */
  clipboardText(): Promise<string>;
  copyText(text: string): Promise<void>;
  trustVendor(pending: string): Promise<VendorView>;
  forgetPending(pending: string): Promise<void>;
  saveRecord(activationId: string): Promise<SavedView | null>;
  preferences(): Promise<PreferencesView>;
  setPreferences(preferences: PreferencesView): Promise<void>;
  /** The title that the system shows for the window: a webview's own title stays inside. */
  setTitle(title: string): Promise<void>;

  /** Something was dropped on the window, or a file was opened while the window is there. */
  onBrought(take: (brought: BroughtView[]) => void): Promise<() => void>;
  /** Files were dropped on the window; what was brought by them is told by `onBrought` as well. */
  onDropped(take: (paths: string[]) => void): Promise<() => void>;
  onStoreChanged(take: () => void): Promise<() => void>;
  /** A USB key was plugged in or pulled out, or what is open on one has changed. */
  onUsbChanged(take: () => void): Promise<() => void>;
  /** Files hover over the window, or no longer. */
  onHover(take: (hovering: boolean) => void): Promise<() => void>;
}

export const [useBackend, provideBackend] = createContext<Backend>();

/** The shell, by its IPC commands and events. */
export const shell: Backend = {
  home: () => invoke("home"),
  readCode: (text) => invoke("read_code", { text }),
  previewRequest: (code, label) => invoke("preview_request", { code, label }),
  makeRequest: (code, label) => invoke("make_request", { code, label }),
  request: (product) => invoke("request", { product }),
  saveCarried: (tokenId) => invoke("save_carried", { tokenId }),
  copyCarried: (tokenId) => invoke("copy_carried", { tokenId }),
  movingCode: (tokenId, density) => invoke("moving_code", { tokenId, density }),

  planDeactivation: (product) => invoke("plan_deactivation", { product }),
  deactivate: (product, reason) => invoke("deactivate", { product, reason }),
  deactivation: (product) => invoke("deactivation", { product }),
  confirmDelivery: (tokenId) => invoke("confirm_delivery", { tokenId }),
  moveRequestDialog: () => invoke("move_request_dialog"),
  moveRequestText: (text) => invoke("move_request_text", { text }),
  moveRequestFiles: (paths) => invoke("move_request_files", { paths }),
  moveAway: (product, handle) => invoke("move_away", { product, handle }),

  takeEmergency: (product) => invoke("take_emergency", { product }),

  clockState: () => invoke("clock_state"),
  requestTime: (product) => invoke("request_time", { product }),
  timeRequest: (product) => invoke("time_request", { product }),

  statusCode: (product) => invoke("status_code", { product }),
  statusToken: (product) => invoke("status_token", { product }),
  report: () => invoke("report"),
  saveReport: () => invoke("save_report"),
  copyReport: () => invoke("copy_report"),

  usbKeys: () => invoke("usb_keys"),
  usbId: (place) => invoke("usb_id", { place }),
  saveUsbId: (id) => invoke("save_usb_id", { id }),
  putLicenseDialog: (place, weak) => invoke("put_license_dialog", { place, weak }),
  putLicenseText: (place, text, weak) => invoke("put_license_text", { place, text, weak }),
  putLicenseFiles: (place, paths, weak) => invoke("put_license_files", { place, paths, weak }),
  courierCollect: (place) => invoke("courier_collect", { place }),
  courierRound: (place) => invoke("courier_round", { place }),
  takeAnswers: (place) => invoke("take_answers", { place }),
  carryByUsb: (tokenId, place) => invoke("carry_by_usb", { tokenId, place }),
  usbMoveRequests: (product) => invoke("usb_move_requests", { product }),

  bringText: (text) => invoke("bring_text", { text }),
  bringFiles: (paths) => invoke("bring_files", { paths }),
  look: ({ width, height, grey }) =>
    invoke("look", grey, {
      headers: { "keyferry-width": `${width}`, "keyferry-height": `${height}` },
    }),
  bringDialog: () => invoke("bring_dialog"),
  pasteClipboard: () => invoke("paste_clipboard"),
  broughtAtStart: () => invoke("brought_at_start"),
  clipboardText: () => invoke("clipboard_text"),
  copyText: (text) => invoke("copy_text", { text }),
  trustVendor: (pending) => invoke("trust_vendor", { pending }),
  forgetPending: (pending) => invoke("forget_pending", { pending }),
  saveRecord: (activationId) => invoke("save_record", { activationId }),
  preferences: () => invoke("preferences"),
  setPreferences: ({ language, theme }) => invoke("set_preferences", { language, theme }),
  setTitle: (title) => getCurrentWindow().setTitle(title),

  onBrought: (take) => listen<BroughtView[]>("brought", ({ payload }) => take(payload)),
  onDropped: (take) =>
    listen<{ paths: string[] }>("tauri://drag-drop", ({ payload }) => take(payload.paths)),
  onStoreChanged: (take) => listen("store_changed", () => take()),
  onUsbChanged: (take) => listen("usb_changed", () => take()),
  async onHover(take) {
    const stops = await Promise.all([
      listen("tauri://drag-enter", () => take(true)),
      listen("tauri://drag-leave", () => take(false)),
      listen("tauri://drag-drop", () => take(false)),
    ]);
    return () => stops.forEach((stop) => stop());
  },
};
