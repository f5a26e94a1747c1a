// The one way from the screens to the shell. A screen asks `useBackend()`; only `main.ts` names Tauri.
import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import { getCurrentWindow } from "@tauri-apps/api/window";
import { createContext } from "svelte";

import type {
  BroughtView,
  ClaimView,
  CodeView,
  HomeView,
  PreferencesView,
  RequestView,
  SavedView,
  VendorView,
} from "./views";

/** Every call rejects with a `ProblemView`. */
export interface Backend {
  home(): Promise<HomeView>;
  readCode(text: string): Promise<CodeView>;
  /** What a request would say. Nothing is made yet. */
  previewRequest(code: string, label: string): Promise<ClaimView[]>;
  makeRequest(code: string, label: string): Promise<RequestView>;
  /** The outstanding request, after a restart as well. */
  request(product: string): Promise<RequestView | null>;
  /** Asks where to; `null` when the person cancelled. */
  saveRequest(product: string): Promise<SavedView | null>;
  copyRequest(product: string): Promise<void>;
  bringText(text: string): Promise<BroughtView[]>;
  bringFiles(paths: string[]): Promise<BroughtView[]>;
  /** Asks which files; `null` when the person cancelled. */
  bringDialog(): Promise<BroughtView[] | null>;
  pasteClipboard(): Promise<BroughtView[]>;
  /** The files that the program was started with, once. */
  broughtAtStart(): Promise<BroughtView[]>;
  /** The text in the clipboard, as it is. */
  clipboardText(): Promise<string>;
  trustVendor(pending: string): Promise<VendorView>;
  forgetPending(pending: string): Promise<void>;
  saveRecord(activationId: string): Promise<SavedView | null>;
  preferences(): Promise<PreferencesView>;
  setPreferences(preferences: PreferencesView): Promise<void>;
  /** The title that the system shows for the window: a webview's own title stays inside. */
  setTitle(title: string): Promise<void>;

  /** Something was dropped on the window, or a file was opened while the window is there. */
  onBrought(take: (brought: BroughtView[]) => void): Promise<() => void>;
  onStoreChanged(take: () => void): Promise<() => void>;
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
  saveRequest: (product) => invoke("save_request", { product }),
  copyRequest: (product) => invoke("copy_request", { product }),
  bringText: (text) => invoke("bring_text", { text }),
  bringFiles: (paths) => invoke("bring_files", { paths }),
  bringDialog: () => invoke("bring_dialog"),
  pasteClipboard: () => invoke("paste_clipboard"),
  broughtAtStart: () => invoke("brought_at_start"),
  clipboardText: () => invoke("clipboard_text"),
  trustVendor: (pending) => invoke("trust_vendor", { pending }),
  forgetPending: (pending) => invoke("forget_pending", { pending }),
  saveRecord: (activationId) => invoke("save_record", { activationId }),
  preferences: () => invoke("preferences"),
  setPreferences: ({ language, theme }) => invoke("set_preferences", { language, theme }),
  setTitle: (title) => getCurrentWindow().setTitle(title),

  onBrought: (take) => listen<BroughtView[]>("brought", ({ payload }) => take(payload)),
  onStoreChanged: (take) => listen("store_changed", () => take()),
  async onHover(take) {
    const stops = await Promise.all([
      listen("tauri://drag-enter", () => take(true)),
      listen("tauri://drag-leave", () => take(false)),
      listen("tauri://drag-drop", () => take(false)),
    ]);
    return () => stops.forEach((stop) => stop());
  },
};
