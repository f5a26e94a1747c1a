//! The vendor's own pages, below `/vendor`: for whoever has signed in, each as far as their role allows.

mod activation_changes;
mod activations;
mod audit;
mod entitlement_form;
mod entitlement_states;
mod entitlements;
mod import;
mod import_kind;
mod keys;
mod license_form;
mod license_states;
mod licenses;
mod lists;
mod once;
mod overview;
mod own;
mod people;
mod products;
mod profile;
mod prove;
mod question;
mod search;
mod tokens;
mod typed;
mod webhooks;

use axum::{Router, middleware};
use keyferry_authority::{Permission, Role};

pub(crate) use activations::Activations;
pub(crate) use import::comes_back;
pub(crate) use once::sent_before;

use crate::{
    Portal,
    account::{DESK, SignedIn},
    frame::{Frame, Here},
    to_the_end::to_the_end,
};

/// The vendor's pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    /// What there is, and what of it needs attention.
    Overview,
    /// What is sold.
    Products,
    /// What customers bought.
    Entitlements,
    /// The computers that hold seats.
    Activations,
    /// License files.
    Licenses,
    /// The vendor's keys.
    Keys,
    /// What customers see of the vendor.
    Profile,
    /// What was done, by whom.
    Audit,
    /// Who may sign in.
    People,
    /// What lets programs in.
    Tokens,
    /// What is told of what happens.
    Webhooks,
    /// One's own password, app and sessions.
    Account,
}

impl Section {
    /// Those in the navigation, in its order.
    const LISTED: [Self; 11] = [
        Self::Overview,
        Self::Products,
        Self::Entitlements,
        Self::Activations,
        Self::Licenses,
        Self::Keys,
        Self::Profile,
        Self::Audit,
        Self::People,
        Self::Tokens,
        Self::Webhooks,
    ];

    /// Its address.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Overview => DESK,
            Self::Products => "/vendor/products",
            Self::Entitlements => "/vendor/entitlements",
            Self::Activations => "/vendor/activations",
            Self::Licenses => "/vendor/licenses",
            Self::Keys => "/vendor/keys",
            Self::Profile => "/vendor/profile",
            Self::Audit => "/vendor/audit",
            Self::People => "/vendor/people",
            Self::Tokens => "/vendor/tokens",
            Self::Webhooks => "/vendor/webhooks",
            Self::Account => "/vendor/account",
        }
    }

    /// What the navigation calls it.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Products => "Products",
            Self::Entitlements => "Entitlements",
            Self::Activations => "Activations",
            Self::Licenses => "Licenses",
            Self::Keys => "Keys",
            Self::Profile => "Profile",
            Self::Audit => "Audit log",
            Self::People => "People",
            Self::Tokens => "API tokens",
            Self::Webhooks => "Webhooks",
            Self::Account => "Your account",
        }
    }

    /// What somebody must be allowed to see it; `None` where all who have signed in are.
    const fn permission(self) -> Option<Permission> {
        match self {
            Self::Products => Some(Permission::ReadProducts),
            Self::Entitlements => Some(Permission::ReadEntitlements),
            Self::Activations => Some(Permission::ReadActivations),
            Self::Licenses => Some(Permission::ReadLicenses),
            Self::Keys => Some(Permission::ReadKeys),
            Self::Profile => Some(Permission::ReadSettings),
            Self::Audit => Some(Permission::ReadAudit),
            Self::People | Self::Tokens => Some(Permission::ManageAccess),
            Self::Webhooks => Some(Permission::ReadWebhooks),
            Self::Overview | Self::Account => None,
        }
    }
}

/// What stands around a page of the vendor's.
#[derive(Clone, Debug)]
pub(crate) struct Desk {
    /// The pages that this person may see.
    pub(crate) links: Vec<Link>,
    /// Who has signed in.
    pub(crate) name: String,
    /// Whether this is their own page.
    pub(crate) own: bool,
    /// For the form that signs them out.
    pub(crate) seal: String,
}

/// A page in the navigation.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) path: &'static str,
    pub(crate) label: &'static str,
    /// Whether one is there.
    pub(crate) here: bool,
}

impl Portal {
    /// What stands around a page of the vendor's: with the pages that whoever has signed in may see.
    pub(crate) async fn desk(&self, who: &SignedIn, section: Section, title: &str) -> Frame {
        self.around(who, Some(section), title).await
    }

    /// The same around what is none of these pages.
    pub(crate) async fn around(
        &self,
        who: &SignedIn,
        section: Option<Section>,
        title: &str,
    ) -> Frame {
        let listed = Section::LISTED.into_iter();
        let seen = listed.filter(|one| one.permission().is_none_or(|needed| who.has(needed)));
        let links = seen.map(|one| Link {
            path: one.path(),
            label: one.label(),
            here: section == Some(one),
        });
        let desk = Desk {
            links: links.collect(),
            name: who.account().name.to_string(),
            own: section == Some(Section::Account),
            seal: who.seal().expose(),
        };
        let mut frame = self.frame(Here::Vendor, title).await;
        frame.desk = Some(desk);
        frame
    }
}

pub(crate) fn routes() -> Router<Portal> {
    Router::new()
        .merge(activations::routes())
        .merge(audit::routes())
        .merge(entitlements::routes())
        .merge(import::routes())
        .merge(keys::routes())
        .merge(licenses::routes())
        .merge(lists::routes())
        .merge(overview::routes())
        .merge(own::routes())
        .merge(people::routes())
        .merge(products::routes())
        .merge(profile::routes())
        .merge(tokens::routes())
        .merge(webhooks::routes())
        .route_layer(middleware::from_fn(to_the_end))
}

/// A role as people know it.
pub(crate) const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Admin => "Admin",
        Role::Issuer => "Issuer",
        Role::Support => "Support",
        Role::Auditor => "Auditor",
    }
}

/// What a role may do, in a sentence.
pub(crate) const fn role_meaning(role: Role) -> &'static str {
    match role {
        Role::Admin => "May do everything, and say who else may do what.",
        Role::Issuer => {
            "Sells and answers: entitlements, activations and licenses. Changes no keys, products or people."
        }
        Role::Support => "Helps customers: sees what they have, and changes nothing.",
        Role::Auditor => "Checks: sees everything, the audit log included, and changes nothing.",
    }
}
