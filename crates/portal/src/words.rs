//! Words: the catalogue's, in the portal's language.

use keyferry_authority::Permission;
use keyferry_catalogue::{Holds, Language, Problem};
use keyferry_token::{ComponentKind, ProductCode, Timestamp, VendorProfile};

/// The language of the pages.
pub(crate) const LANGUAGE: Language = Language::En;

/// A problem in words.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) message: String,
    pub(crate) cause: String,
    pub(crate) next_step: String,
    /// What people quote on the phone: `KF-203`.
    pub(crate) reference: &'static str,
}

impl Told {
    pub(crate) fn of(problem: &Problem) -> Self {
        Self {
            message: problem.message(LANGUAGE),
            cause: problem.cause(LANGUAGE),
            next_step: problem.next_step(LANGUAGE),
            reference: problem.code.reference(),
        }
    }
}

/// A time as people read it.
pub(crate) fn spoken(at: Timestamp) -> String {
    Holds::Time.in_words(&at.to_string(), LANGUAGE)
}

/// A product as people know it.
pub(crate) fn product_name(product: &ProductCode, profile: &VendorProfile) -> String {
    match profile.product(product) {
        Some(entry) => entry.name.to_string(),
        None => product.to_string(),
    }
}

/// What a permission allows, as people say it.
pub(crate) const fn permitted(permission: Permission) -> &'static str {
    match permission {
        Permission::ReadProducts => "See products",
        Permission::WriteProducts => "Add and change products",
        Permission::ReadEntitlements => "See entitlements; never their codes",
        Permission::WriteEntitlements => "Add entitlements, change, suspend and revoke them",
        Permission::ReadActivations => "See which computer holds what",
        Permission::WriteActivations => "Refresh activations, and release lost computers",
        Permission::ReadLicenses => "See and download license files",
        Permission::WriteLicenses => "Make license files, suspend and revoke them",
        Permission::AnswerMessages => "Answer what computers wrote: requests and deactivations",
        Permission::ReadKeys => "See your keys, never their secret half",
        Permission::WriteKeys => "Replace and retire your keys",
        Permission::ReadAudit => "See, check and export the audit log",
        Permission::ReadWebhooks => "See webhooks and what they were told",
        Permission::WriteWebhooks => "Add, change and remove webhooks",
        Permission::ReadSettings => "See your settings and vendor profile",
        Permission::WriteSettings => "Change your settings and vendor profile",
        Permission::ManageAccess => {
            "See who can sign in, switch off their accounts, and make API tokens"
        }
    }
}

/// Components as people know them.
pub(crate) fn changed(kinds: &[ComponentKind]) -> String {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    Holds::Components.in_words(&names.join(","), LANGUAGE)
}
