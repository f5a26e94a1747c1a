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
export type RefusedView = { 
/**
 * Why.
 */
problem: ProblemView, 
/**
 * RFC 3339.
 */
at: string, 
/**
 * Whether nothing lifts it for this request: asking again makes another one.
 */
for_good: boolean, };
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
vendor: string, 
/**
 * The vendor's refusal, where one was brought.
 */
refused: RefusedView | null, };
export type DeactivationSummary = { 
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
 * RFC 3339; `None` until a person has confirmed that the vendor has it.
 */
delivered_at: string | null, };
export type EmergencyView = { 
/**
 * Whether a run can be taken now.
 */
available: boolean, 
/**
 * How long a run lasts.
 */
length_seconds: number, 
/**
 * How many runs are left.
 */
uses_left: number, 
/**
 * RFC 3339: no run goes beyond it.
 */
ends_at: string, 
/**
 * RFC 3339: the end of the run that is taken.
 */
until: string | null, };
export type ActionView = "activate" | "refresh" | "deactivate" | "move" | "emergency" | "clock" | "deliver" | "help";
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
activation_id: string | null, 
/**
 * The computer's name at the vendor, where there is an activation.
 */
label: string | null, 
/**
 * Whether its end is near enough to be announced.
 */
end_near: boolean, 
/**
 * The deactivation that was made here last, if there is one.
 */
deactivation: DeactivationSummary | null, 
/**
 * What the license allows in an emergency.
 */
emergency: EmergencyView | null, 
/**
 * The outstanding time request, if there is one.
 */
time_request: RequestSummary | null, 
/**
 * What can be done now, the most helpful first.
 */
actions: Array<ActionView>, };
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
export type CarriedView = { 
/**
 * The name of the kind, `activation_request`.
 */
kind: string, 
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
 * RFC 3339; `None` until a person has confirmed that the vendor has it.
 */
delivered_at: string | null, 
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
 * The QR code; `None` where more travels than one code holds.
 */
qr: QrView | null, };
export type DeactivationPlanView = { 
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
 * The computer's name at the vendor.
 */
label: string, 
/**
 * The activation that is given up.
 */
activation_id: string, 
/**
 * RFC 3339: how long it would work otherwise.
 */
works_until: string | null, 
/**
 * What the deactivation would say.
 */
claims: Array<ClaimView>, };
export type MoveRequestView = { 
/**
 * The handle to move with.
 */
handle: string, 
/**
 * The file's name, or `text`.
 */
from: string, 
/**
 * The vendor that it is for.
 */
vendor: VendorView, };
export type ClockView = { 
/**
 * RFC 3339: what the clock shows.
 */
now: string, 
/**
 * RFC 3339: the latest time at which a license was used.
 */
latest_seen: string, 
/**
 * Whether the clock is too far behind.
 */
behind: boolean, 
/**
 * A product that waits for the clock.
 */
product: string | null, };
export type StatusCodeView = { 
/**
 * `AB3D-9KX2-7QRM`.
 */
code: string, 
/**
 * Its three groups.
 */
spoken: Array<string>, 
/**
 * The product's code.
 */
product: string | null, 
/**
 * The product's name.
 */
product_name: string | null, };
export type ReportView = { 
/**
 * The whole of it.
 */
text: string, 
/**
 * A name for the file.
 */
file_name: string, };
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
export type ChangeView = { 
/**
 * The catalogue phrase that names it.
 */
name: string, 
/**
 * What it was; `None` where there was nothing.
 */
before: string | null, 
/**
 * What it is; `None` where nothing is left.
 */
after: string | null, };
export type RefusalView = { 
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
 * The reference of what was refused.
 */
reference: string, 
/**
 * Why.
 */
problem: ProblemView, 
/**
 * RFC 3339.
 */
at: string, 
/**
 * Whether nothing lifts it for what was refused: asking again makes another one.
 */
for_good: boolean, };
export type OutcomeView = { "kind": "activated", 
/**
 * What it grants.
 */
done: DoneView, } | { "kind": "already_applied", 
/**
 * What it grants.
 */
done: DoneView, } | { "kind": "refreshed", 
/**
 * What it grants.
 */
done: DoneView, 
/**
 * What it changed.
 */
changes: Array<ChangeView>, } | { "kind": "clock_mended", 
/**
 * What holds now.
 */
done: DoneView, } | { "kind": "refused", 
/**
 * Which, and why.
 */
refusal: RefusalView, } | { "kind": "vendor_found", 
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
