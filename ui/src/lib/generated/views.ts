// Generated from src-tauri/src/views.rs: "cargo test -p keyferry-desktop" says when it is stale.
import type { Code, Phrase } from "./catalogue/codes";

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
export type BoundKeyView = { 
/**
 * What people call it; `None` where that is not known.
 */
title: string | null, 
/**
 * Its serial number.
 */
serial: string, 
/**
 * Whether it is plugged in.
 */
plugged_in: boolean, };
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
 * The USB key that it runs by, or would if that were plugged in.
 */
usb_key: BoundKeyView | null, 
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
qr: QrView | null, 
/**
 * Whether it can be shown as a moving code: one code does not hold it, or is dense.
 */
moves: boolean, };
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
 * The place of the USB key that it was found on.
 */
place: string | null, 
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
 * A product that waits for the clock, and whose vendor can be asked for the time.
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
refusal: RefusalView, } | { "kind": "license_added", 
/**
 * What it says.
 */
license: LicenseView, 
/**
 * Whether it was there before.
 */
already_there: boolean, } | { "kind": "vendor_found", 
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
export type LookView = { "kind": "nothing" } | { "kind": "other", 
/**
 * Why.
 */
problem: ProblemView, } | { "kind": "part", 
/**
 * How many parts are there.
 */
have: number, 
/**
 * How many there are in all.
 */
total: number, 
/**
 * The missing ones in short: `2, 5–9`.
 */
missing: string, } | { "kind": "read", 
/**
 * As text, to be brought like any other.
 */
text: string, };
export type DensityView = "normal" | "low" | "lowest";
export type MovingView = { 
/**
 * Its parts, in their order.
 */
parts: Array<QrView>, 
/**
 * How many are shown a second at full speed.
 */
rate: number, 
/**
 * How much a part holds.
 */
density: DensityView, };
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
export type UsbVolumeView = { 
/**
 * Where it is open; `None` where the system has not opened it.
 */
mount_point: string | null, 
/**
 * Its label.
 */
label: string | null, 
/**
 * Bytes that are free on it.
 */
free: number | null, 
/**
 * Whether nothing can be written to it.
 */
read_only: boolean, };
export type LicenseView = { 
/**
 * The license's id, the same in every reissue.
 */
license_id: string, 
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
 * May the program run by it.
 */
standing: StandingView, 
/**
 * RFC 3339; `None` for one without an end.
 */
expires_at: string | null, 
/**
 * Feature codes.
 */
features: Array<string>, 
/**
 * Whose it is.
 */
holder: string | null, };
export type KeyLicenseView = { 
/**
 * The file's name on the key.
 */
file: string, 
/**
 * What it says, where it can be read and trusted.
 */
license: LicenseView | null, 
/**
 * What is the matter with it, where it cannot.
 */
problem: ProblemView | null, };
export type CollectedView = { 
/**
 * The name of the kind, `activation_request`.
 */
kind: string, 
/**
 * What people quote.
 */
reference: string, 
/**
 * The product's name.
 */
product_name: string, 
/**
 * Whether it is on the courier, or was before.
 */
already_there: boolean, };
export type CourierView = { 
/**
 * Whether it has been a courier before: it has the folder of one.
 */
begun: boolean, 
/**
 * What waits on it for vendors, of any computer.
 */
waiting: number, 
/**
 * Answers on it for this computer.
 */
answers: number, 
/**
 * What it takes along from this computer.
 */
plan: Array<CollectedView>, };
export type UsbKeyView = { 
/**
 * Where it is plugged in: the same for as long as it stays there.
 */
place: string, 
/**
 * What vendors know it by; `None` where it is unusable.
 */
id: string | null, 
/**
 * What people call it: maker and name; `None` where it tells neither.
 */
title: string | null, 
/**
 * Its serial number.
 */
serial: string | null, 
/**
 * Bytes that it holds.
 */
capacity: number | null, 
/**
 * How well it can be told from others.
 */
rating: "strong" | "weak" | "unusable", 
/**
 * The catalogue phrase that says why.
 */
rating_reason: Phrase, 
/**
 * Its volumes.
 */
volumes: Array<UsbVolumeView>, 
/**
 * The license files on it.
 */
licenses: Array<KeyLicenseView>, 
/**
 * What it carries; `None` where no volume is open, or it could not be looked through.
 */
courier: CourierView | null, 
/**
 * Why it could not be looked through, or not all of its license files.
 */
trouble: ProblemView | null, };
export type UsbView = { 
/**
 * Every key.
 */
keys: Array<UsbKeyView>, 
/**
 * Why keys cannot be seen.
 */
problem: ProblemView | null, };
export type UsbIdView = { 
/**
 * The id as text.
 */
id: string, 
/**
 * A name for the file.
 */
file_name: string, 
/**
 * The QR code.
 */
qr: QrView | null, };
export type PutView = { 
/**
 * What it says, and where it stands on the key.
 */
license: LicenseView, 
/**
 * Where it lies.
 */
files: Array<string>, 
/**
 * Whether it had been there before.
 */
unchanged: boolean, };
export type CourierRoundView = { 
/**
 * What it has along from here.
 */
collected: Array<CollectedView>, 
/**
 * What it brought.
 */
delivered: Array<BroughtView>, };
