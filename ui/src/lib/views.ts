// What the shell shows: one type per view, by the names that the shell uses.
import type { Code } from "./generated/catalogue/codes";

export type { Code };

export type ComponentKind =
  "machine_id" | "firmware_uuid" | "board_serial" | "cpu" | "system_disk" | "network_adapter";

export type StandingState =
  "licensed" | "grace" | "emergency" | "unlicensed" | "expired" | "stopped" | "blocked";

export interface ProblemView {
  code: Code;
  reference: string;
  args: Record<string, string>;
  /** Which input the problem is about, where there is one: `code`, `label`, `text`. */
  field: string | null;
}

export interface VendorView {
  id: string;
  name: string;
  support: string | null;
  accent: string;
  portal: string | null;
  fingerprint: string[];
}

export interface StandingView {
  state: StandingState;
  reason: Code | null;
  until: string | null;
  features: string[];
  changed: ComponentKind[];
}

export interface LeaseView {
  from: string;
  until: string;
  grace_until: string;
}

export interface RequestSummary {
  token_id: string;
  reference: string;
  made_at: string;
  label: string;
  vendor: string;
}

export interface ProductView {
  product: string;
  product_name: string;
  vendor: VendorView;
  standing: StandingView;
  lease: LeaseView | null;
  request: RequestSummary | null;
  activation_id: string | null;
}

export interface HomeView {
  device_label: string;
  vendors: VendorView[];
  products: ProductView[];
}

export interface CodeView {
  code: string;
  vendor: VendorView;
  product: string;
  product_name: string;
  label: string;
}

export interface ClaimView {
  /** A phrase of the catalogue: `claim_activation_code`. */
  name: string;
  value: string;
  detail: string | null;
}

export interface QrView {
  version: number;
  /** Modules per side, without the quiet zone. */
  modules: number;
  /** The dark modules as the `d` of an SVG path, one unit per module. */
  path: string;
}

export interface RequestView {
  token_id: string;
  reference: string;
  vendor: VendorView;
  product: string;
  product_name: string;
  label: string;
  made_at: string;
  claims: ClaimView[];
  armored: string;
  file_name: string;
  bytes: number;
  url: string | null;
  qr: QrView;
}

export interface SavedView {
  path: string;
}

export interface DoneView {
  product: string;
  product_name: string;
  vendor: VendorView;
  activation_id: string;
  reference: string;
  standing: StandingView;
  lease: LeaseView | null;
  features: string[];
  applied_at: string;
}

export interface PendingVendorView {
  pending: string;
  vendor: VendorView;
  products: string[];
  already_trusted: boolean;
  replaces: boolean;
}

export type OutcomeView =
  | { kind: "activated"; done: DoneView }
  | { kind: "already_applied"; done: DoneView }
  | { kind: "vendor_found"; pending: PendingVendorView }
  | { kind: "problem"; problem: ProblemView };

export interface BroughtView {
  /** A file's name, or `clipboard`. */
  from: string;
  outcome: OutcomeView;
}

export type Theme = "system" | "light" | "dark";

export interface PreferencesView {
  language: string | null;
  theme: Theme;
}
