//! What the screens show: plain data in the names that the frontend knows. The TypeScript types
//! are generated from here (`ui/src/lib/generated/views.ts`).

mod usb;

use std::{collections::BTreeMap, fmt::Write as _};

use keyferry_license::State;
use keyferry_token::ComponentKind;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use usb::{
    BoundKeyView, CollectedView, CourierRoundView, CourierView, KeyLicenseView, LicenseView,
    PutView, UsbIdView, UsbKeyView, UsbView, UsbVolumeView,
};

/// A problem, by its code; the frontend has the texts in every language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct ProblemView {
    /// The catalogue code.
    #[ts(type = "Code")]
    pub code: String,
    /// `KF-203`.
    pub reference: String,
    /// What the texts name.
    pub args: BTreeMap<String, String>,
    /// The field it is about: `code`, `label` or `text`.
    pub field: Option<String>,
}

/// A vendor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct VendorView {
    /// The vendor id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How to reach its support.
    pub support: Option<String>,
    /// Its colour, `#rrggbb`.
    pub accent: String,
    /// Its portal's address.
    pub portal: Option<String>,
    /// The twelve words.
    pub fingerprint: Vec<String>,
}

/// May it run, why, until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct StandingView {
    /// `licensed`, `grace`, …
    #[ts(
        type = r#""licensed" | "grace" | "emergency" | "unlicensed" | "expired" | "stopped" | "blocked""#
    )]
    pub state: String,
    /// The catalogue code of the reason.
    #[ts(type = "Code | null")]
    pub reason: Option<String>,
    /// RFC 3339.
    pub until: Option<String>,
    /// Feature codes.
    pub features: Vec<String>,
    /// Components that no longer match.
    #[ts(type = "ComponentKind[]")]
    pub changed: Vec<String>,
}

/// A lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct LeaseView {
    /// RFC 3339.
    pub from: String,
    /// RFC 3339.
    pub until: String,
    /// RFC 3339.
    pub grace_until: String,
}

/// A vendor's refusal of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct RefusedView {
    /// Why.
    pub problem: ProblemView,
    /// RFC 3339.
    pub at: String,
    /// Whether nothing lifts it for this request: asking again makes another one.
    pub for_good: bool,
}

/// An outstanding request, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct RequestSummary {
    /// The token's id.
    pub token_id: String,
    /// What people quote.
    pub reference: String,
    /// RFC 3339.
    pub made_at: String,
    /// The computer's name in it.
    pub label: String,
    /// The vendor's id.
    pub vendor: String,
    /// The vendor's refusal, where one was brought.
    pub refused: Option<RefusedView>,
}

/// A deactivation that was made here, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct DeactivationSummary {
    /// The token's id.
    pub token_id: String,
    /// What people quote.
    pub reference: String,
    /// RFC 3339.
    pub made_at: String,
    /// RFC 3339; `None` until a person has confirmed that the vendor has it.
    pub delivered_at: Option<String>,
}

/// What a license allows in an emergency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct EmergencyView {
    /// Whether a run can be taken now.
    pub available: bool,
    /// How long a run lasts.
    pub length_seconds: u32,
    /// How many runs are left.
    pub uses_left: u32,
    /// RFC 3339: no run goes beyond it.
    pub ends_at: String,
    /// RFC 3339: the end of the run that is taken.
    pub until: Option<String>,
}

/// What can be done with a product now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ActionView {
    /// Make a request with the activation code.
    Activate,
    /// Bring a refresh.
    Refresh,
    /// Give the license up here.
    Deactivate,
    /// Give the license up here for another computer.
    Move,
    /// Take an emergency run.
    Emergency,
    /// Put the clock right, or ask the vendor for the time.
    Clock,
    /// Carry a deactivation to the vendor, or confirm that it has arrived.
    Deliver,
    /// Tell somebody who helps.
    Help,
}

/// A product on the home screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct ProductView {
    /// The product's code.
    pub product: String,
    /// The product's name.
    pub product_name: String,
    /// Its vendor.
    pub vendor: VendorView,
    /// May it run.
    pub standing: StandingView,
    /// The lease, if there is one.
    pub lease: Option<LeaseView>,
    /// The outstanding request, if there is one.
    pub request: Option<RequestSummary>,
    /// The USB key that it runs by, or would if that were plugged in.
    pub usb_key: Option<BoundKeyView>,
    /// The activation, if there is one.
    pub activation_id: Option<String>,
    /// The computer's name at the vendor, where there is an activation.
    pub label: Option<String>,
    /// Whether its end is near enough to be announced.
    pub end_near: bool,
    /// The deactivation that was made here last, if there is one.
    pub deactivation: Option<DeactivationSummary>,
    /// What the license allows in an emergency.
    pub emergency: Option<EmergencyView>,
    /// The outstanding time request, if there is one.
    pub time_request: Option<RequestSummary>,
    /// What can be done now, the most helpful first.
    pub actions: Vec<ActionView>,
}

/// The home screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct HomeView {
    /// The computer's name as it suggests itself.
    pub device_label: String,
    /// Every trusted vendor.
    pub vendors: Vec<VendorView>,
    /// Every product with an activation or a request.
    pub products: Vec<ProductView>,
}

/// A code that was understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct CodeView {
    /// The code in groups.
    pub code: String,
    /// Its vendor.
    pub vendor: VendorView,
    /// The product's code.
    pub product: String,
    /// The product's name.
    pub product_name: String,
    /// A name for this computer.
    pub label: String,
}

/// One line of what a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct ClaimView {
    /// The catalogue phrase that names it.
    pub name: String,
    /// What it says.
    pub value: String,
    /// A further line.
    pub detail: Option<String>,
}

/// A QR symbol.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct QrView {
    /// 1 to 40.
    pub version: u8,
    /// Modules per side without the quiet zone.
    pub modules: u32,
    /// The dark modules as an SVG path.
    pub path: String,
}

/// A token of this computer, ready to be carried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct CarriedView {
    /// The name of the kind, `activation_request`.
    pub kind: String,
    /// The token's id.
    pub token_id: String,
    /// What people quote.
    pub reference: String,
    /// The vendor.
    pub vendor: VendorView,
    /// The product's code.
    pub product: String,
    /// The product's name.
    pub product_name: String,
    /// The computer's name in it.
    pub label: String,
    /// RFC 3339.
    pub made_at: String,
    /// RFC 3339; `None` until a person has confirmed that the vendor has it.
    pub delivered_at: Option<String>,
    /// What it says.
    pub claims: Vec<ClaimView>,
    /// The text form.
    pub armored: String,
    /// A name for the file.
    pub file_name: String,
    /// Size of the binary form.
    pub bytes: u32,
    /// The address that its QR code opens, where the vendor has a portal.
    pub url: Option<String>,
    /// The QR code; `None` where more travels than one code holds.
    pub qr: Option<QrView>,
    /// Whether it can be shown as a moving code: one code does not hold it, or is dense.
    pub moves: bool,
}

/// What a deactivation would do and say. Nothing is made yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct DeactivationPlanView {
    /// The product's code.
    pub product: String,
    /// The product's name.
    pub product_name: String,
    /// The vendor.
    pub vendor: VendorView,
    /// The computer's name at the vendor.
    pub label: String,
    /// The activation that is given up.
    pub activation_id: String,
    /// RFC 3339: how long it would work otherwise.
    pub works_until: Option<String>,
    /// What the deactivation would say.
    pub claims: Vec<ClaimView>,
}

/// The request of a new computer, for a move. Only the vendor can read what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct MoveRequestView {
    /// The handle to move with.
    pub handle: String,
    /// The file's name, or `text`.
    pub from: String,
    /// The place of the USB key that it was found on.
    pub place: Option<String>,
    /// The vendor that it is for.
    pub vendor: VendorView,
}

/// The clock, and what it is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct ClockView {
    /// RFC 3339: what the clock shows.
    pub now: String,
    /// RFC 3339: the latest time at which a license was used.
    pub latest_seen: String,
    /// Whether the clock is too far behind.
    pub behind: bool,
    /// A product that waits for the clock, and whose vendor can be asked for the time.
    pub product: Option<String>,
}

/// A status code to read out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct StatusCodeView {
    /// `AB3D-9KX2-7QRM`.
    pub code: String,
    /// Its three groups.
    pub spoken: Vec<String>,
    /// The product's code.
    pub product: Option<String>,
    /// The product's name.
    pub product_name: Option<String>,
}

/// A report for somebody who helps; nothing in it is secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct ReportView {
    /// The whole of it.
    pub text: String,
    /// A name for the file.
    pub file_name: String,
}

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct SavedView {
    /// Where.
    pub path: String,
}

/// What holds after something was brought or taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct DoneView {
    /// The product's code.
    pub product: String,
    /// The product's name.
    pub product_name: String,
    /// The vendor.
    pub vendor: VendorView,
    /// The activation.
    pub activation_id: String,
    /// What people quote.
    pub reference: String,
    /// May it run.
    pub standing: StandingView,
    /// The lease.
    pub lease: Option<LeaseView>,
    /// Feature codes.
    pub features: Vec<String>,
    /// RFC 3339.
    pub applied_at: String,
}

/// A vendor that somebody brought and nobody has confirmed yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct PendingVendorView {
    /// The handle to confirm or forget it by.
    pub pending: String,
    /// The vendor.
    pub vendor: VendorView,
    /// Names of its products.
    pub products: Vec<String>,
    /// Whether exactly this profile is trusted already.
    pub already_trusted: bool,
    /// Whether it replaces an older profile of a trusted vendor.
    pub replaces: bool,
}

/// One thing that a refresh changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct ChangeView {
    /// The catalogue phrase that names it.
    pub name: String,
    /// What it was; `None` where there was nothing.
    pub before: Option<String>,
    /// What it is; `None` where nothing is left.
    pub after: Option<String>,
}

/// A vendor's refusal that was brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct RefusalView {
    /// The product's code.
    pub product: String,
    /// The product's name.
    pub product_name: String,
    /// The vendor.
    pub vendor: VendorView,
    /// The reference of what was refused.
    pub reference: String,
    /// Why.
    pub problem: ProblemView,
    /// RFC 3339.
    pub at: String,
    /// Whether nothing lifts it for what was refused: asking again makes another one.
    pub for_good: bool,
}

/// What became of something that was brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OutcomeView {
    /// An answer was applied.
    Activated {
        /// What it grants.
        done: DoneView,
    },
    /// The answer had been applied before.
    AlreadyApplied {
        /// What it grants.
        done: DoneView,
    },
    /// A refresh was applied.
    Refreshed {
        /// What it grants.
        done: DoneView,
        /// What it changed.
        changes: Vec<ChangeView>,
    },
    /// The vendor's time was taken.
    ClockMended {
        /// What holds now.
        done: DoneView,
    },
    /// The vendor has refused a request.
    Refused {
        /// Which, and why.
        refusal: RefusalView,
    },
    /// A license file for this computer was kept, or had been before.
    LicenseAdded {
        /// What it says.
        license: LicenseView,
        /// Whether it was there before.
        already_there: bool,
    },
    /// A vendor profile, not trusted by itself.
    VendorFound {
        /// The vendor.
        pending: PendingVendorView,
    },
    /// It was not taken.
    Problem {
        /// Why.
        problem: ProblemView,
    },
}

/// One thing that was brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct BroughtView {
    /// The file's name, or `clipboard`.
    pub from: String,
    /// What became of it.
    pub outcome: OutcomeView,
}

/// What the camera sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LookView {
    /// No code that could be read.
    Nothing,
    /// A code that nothing can be done with.
    Other {
        /// Why.
        problem: ProblemView,
    },
    /// A part of a moving code; others are missing.
    Part {
        /// How many parts are there.
        have: u16,
        /// How many there are in all.
        total: u16,
        /// The missing ones in short: `2, 5–9`.
        missing: String,
    },
    /// All of a code.
    Read {
        /// As text, to be brought like any other.
        text: String,
    },
}

/// How much a part of a moving code holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DensityView {
    /// What a camera takes from a screen.
    Normal,
    /// For a poor camera, or from afar.
    Low,
    /// The same, even more so.
    Lowest,
}

/// A token of this computer as a moving code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct MovingView {
    /// Its parts, in their order.
    pub parts: Vec<QrView>,
    /// How many are shown a second at full speed.
    pub rate: u8,
    /// How much a part holds.
    pub density: DensityView,
}

/// Light, dark, or as the system says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// How its user likes the wizard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PreferencesView {
    /// A language tag; `None` follows the system.
    pub language: Option<String>,
    /// The look.
    pub theme: Theme,
}

/// The TypeScript module with every view, as `ui/src/lib/generated/views.ts` holds it.
pub fn typescript() -> String {
    let config = ts_rs::Config::new();
    let mut out = format!(
        "// Generated from src-tauri/src/views.rs: \"cargo test -p keyferry-desktop\" says when it is stale.\n\
         import type {{ Code, Phrase }} from \"./catalogue/codes\";\n\n\
         export type {{ Code }};\n\
         export type ComponentKind = {};\n\
         export type StandingState = {};\n",
        union(ComponentKind::ALL.map(ComponentKind::name)),
        union(State::ALL.map(State::name)),
    );
    for declaration in [
        ProblemView::decl(&config),
        VendorView::decl(&config),
        StandingView::decl(&config),
        LeaseView::decl(&config),
        RefusedView::decl(&config),
        RequestSummary::decl(&config),
        DeactivationSummary::decl(&config),
        EmergencyView::decl(&config),
        ActionView::decl(&config),
        BoundKeyView::decl(&config),
        ProductView::decl(&config),
        HomeView::decl(&config),
        CodeView::decl(&config),
        ClaimView::decl(&config),
        QrView::decl(&config),
        CarriedView::decl(&config),
        DeactivationPlanView::decl(&config),
        MoveRequestView::decl(&config),
        ClockView::decl(&config),
        StatusCodeView::decl(&config),
        ReportView::decl(&config),
        SavedView::decl(&config),
        DoneView::decl(&config),
        PendingVendorView::decl(&config),
        ChangeView::decl(&config),
        RefusalView::decl(&config),
        OutcomeView::decl(&config),
        BroughtView::decl(&config),
        LookView::decl(&config),
        DensityView::decl(&config),
        MovingView::decl(&config),
        Theme::decl(&config),
        PreferencesView::decl(&config),
        UsbVolumeView::decl(&config),
        LicenseView::decl(&config),
        KeyLicenseView::decl(&config),
        CollectedView::decl(&config),
        CourierView::decl(&config),
        UsbKeyView::decl(&config),
        UsbView::decl(&config),
        UsbIdView::decl(&config),
        PutView::decl(&config),
        CourierRoundView::decl(&config),
    ] {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "export {declaration}");
    }
    out
}

fn union<const N: usize>(names: [&str; N]) -> String {
    names.map(|name| format!("\"{name}\"")).join(" | ")
}
