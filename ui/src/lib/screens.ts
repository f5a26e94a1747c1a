// Every screen there is, with what it needs to know and what people have typed into it.
import type {
  BroughtView,
  ClaimView,
  CodeView,
  DoneView,
  PendingVendorView,
  RequestView,
  VendorView,
} from "./views";

/** How a request travels. */
export type Way = "qr" | "file" | "text";

export type Screen =
  | { at: "home" }
  | { at: "vendor-file"; text: string }
  | { at: "vendor-words"; pending: PendingVendorView }
  | { at: "vendor-differs"; vendor: VendorView }
  | { at: "code"; text: string }
  | { at: "review"; code: CodeView; label: string; claims: ClaimView[] }
  | { at: "carry"; request: RequestView; way: Way }
  | { at: "answer"; productName: string; vendor: VendorView; text: string }
  | { at: "done"; done: DoneView; again: boolean }
  | { at: "brought"; brought: BroughtView[] }
  | { at: "settings" };

export type At = Screen["at"];
export type ScreenAt<A extends At> = Extract<Screen, { at: A }>;
