// Generated from src-tauri/src/views.rs: "cargo test -p keyferry-desktop" says when it is stale.
import type { Code } from "./catalogue/codes";

export type { Code };
export type ComponentKind = "machine_id" | "firmware_uuid" | "board_serial" | "cpu" | "system_disk" | "network_adapter";
export type StandingState = "licensed" | "grace" | "emergency" | "unlicensed" | "expired" | "stopped" | "blocked";
export type ProblemView = { 
/**
 * The catalogue code.
 */
code: Code, 
/**
 * `KF-203`.
 */
reference: string, 
/**
 * What the texts name.
 */
args: { [key in string]: string }, 
/**
 * The field it is about: `code`, `label` or `text`.
 */
field: string | null, };
export type VendorView = { 
/**
 * The vendor id.
 */
id: string, 
/**
 * Its name.
 */
name: string, 
/**
 * How to reach its support.
 */
support: string | null, 
/**
 * Its colour, `#rrggbb`.
 */
accent: string, 
/**
 * Its portal's address.
 */
portal: string | null, 
/**
 * The twelve words.
 */
fingerprint: Array<string>, };
export type StandingView = { 
/**
 * `licensed`, `grace`, …
 */
state: "licensed" | "grace" | "emergency" | "unlicensed" | "expired" | "stopped" | "blocked", 
/**
 * The catalogue code of the reason.
 */
reason: Code | null, 
/**
 * RFC 3339.
 */
until: string | null, 
/**
 * Feature codes.
 */
features: Array<string>, 
/**
 * Components that no longer match.
 */
changed: ComponentKind[], };
export type LeaseView = { 
/**
 * RFC 3339.
 */
from: string, 
/**
 * RFC 3339.
 */
until: string, 
/**
 * RFC 3339.
 */
grace_until: string, };
export type RequestSummary = { 
/**
 * The token's id.
 */
token_id: string, 
/**
 * What people quote.
 */
reference: string, 
/**
 * RFC 3339.
 */
made_at: string, 
/**
 * The computer's name in it.
 */
label: string, 
/**
 * The vendor's id.
 */
vendor: string, };
export type ProductView = { 
/**
 * The product's code.
 */
product: string, 
/**
 * The product's name.
 */
product_name: string, 
/**
 * Its vendor.
 */
vendor: VendorView, 
/**
 * May it run.
 */
standing: StandingView, 
/**
 * The lease, if there is one.
 */
lease: LeaseView | null, 
/**
 * The outstanding request, if there is one.
 */
request: RequestSummary | null, 
/**
 * The activation, if there is one.
 */
activation_id: string | null, };
export type HomeView = { 
/**
 * The computer's name as it suggests itself.
 */
device_label: string, 
/**
 * Every trusted vendor.
 */
vendors: Array<VendorView>, 
/**
 * Every product with an activation or a request.
 */
products: Array<ProductView>, };
export type CodeView = { 
/**
 * The code in groups.
 */
code: string, 
/**
 * Its vendor.
 */
vendor: VendorView, 
/**
 * The product's code.
 */
product: string, 
/**
 * The product's name.
 */
product_name: string, 
/**
 * A name for this computer.
 */
label: string, };
export type ClaimView = { 
/**
 * The catalogue phrase that names it.
 */
name: string, 
/**
 * What it says.
 */
value: string, 
/**
 * A further line.
 */
detail: string | null, };
export type QrView = { 
/**
 * 1 to 40.
 */
version: number, 
/**
 * Modules per side without the quiet zone.
 */
modules: number, 
/**
 * The dark modules as an SVG path.
 */
path: string, };
export type RequestView = { 
/**
 * The token's id.
 */
token_id: string, 
/**
 * What people quote.
 */
reference: string, 
/**
 * The vendor.
 */
vendor: VendorView, 
/**
 * The product's code.
 */
product: string, 
/**
 * The product's name.
 */
product_name: string, 
/**
 * The computer's name in it.
 */
label: string, 
/**
 * RFC 3339.
 */
made_at: string, 
/**
 * What it says.
 */
claims: Array<ClaimView>, 
/**
 * The text form.
 */
armored: string, 
/**
 * A name for the file.
 */
file_name: string, 
/**
 * Size of the binary form.
 */
bytes: number, 
/**
 * The address that its QR code opens, where the vendor has a portal.
 */
url: string | null, 
/**
 * The QR code.
 */
qr: QrView, };
export type SavedView = { 
/**
 * Where.
 */
path: string, };
export type DoneView = { 
/**
 * The product's code.
 */
product: string, 
/**
 * The product's name.
 */
product_name: string, 
/**
 * The vendor.
 */
vendor: VendorView, 
/**
 * The activation.
 */
activation_id: string, 
/**
 * What people quote.
 */
reference: string, 
/**
 * May it run.
 */
standing: StandingView, 
/**
 * The lease.
 */
lease: LeaseView | null, 
/**
 * Feature codes.
 */
features: Array<string>, 
/**
 * RFC 3339.
 */
applied_at: string, };
export type PendingVendorView = { 
/**
 * The handle to confirm or forget it by.
 */
pending: string, 
/**
 * The vendor.
 */
vendor: VendorView, 
/**
 * Names of its products.
 */
products: Array<string>, 
/**
 * Whether exactly this profile is trusted already.
 */
already_trusted: boolean, 
/**
 * Whether it replaces an older profile of a trusted vendor.
 */
replaces: boolean, };
export type OutcomeView = { "kind": "activated", 
/**
 * What it grants.
 */
done: DoneView, } | { "kind": "already_applied", 
/**
 * What it grants.
 */
done: DoneView, } | { "kind": "vendor_found", 
/**
 * The vendor.
 */
pending: PendingVendorView, } | { "kind": "problem", 
/**
 * Why.
 */
problem: ProblemView, };
export type BroughtView = { 
/**
 * The file's name, or `clipboard`.
 */
from: string, 
/**
 * What became of it.
 */
outcome: OutcomeView, };
export type Theme = "system" | "light" | "dark";
export type PreferencesView = { 
/**
 * A language tag; `None` follows the system.
 */
language: string | null, 
/**
 * The look.
 */
theme: Theme, };
