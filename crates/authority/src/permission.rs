//! What somebody at the portal, or a program at the API, may do.

use std::fmt;

/// One thing that may be allowed. Whoever may change something may see it, too: roles and tokens name
/// both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// See products.
    ReadProducts,
    /// Add and change products.
    WriteProducts,
    /// See entitlements. Codes and secrets are shown to nobody.
    ReadEntitlements,
    /// Add entitlements, change them and their state.
    WriteEntitlements,
    /// See activations and the computers that hold them.
    ReadActivations,
    /// Refresh activations, release lost computers and let them back in.
    WriteActivations,
    /// See and download license files.
    ReadLicenses,
    /// Make license files, and change their state.
    WriteLicenses,
    /// Answer what computers wrote: requests, deactivations, time requests, statuses.
    AnswerMessages,
    /// See the vendor's keys.
    ReadKeys,
    /// Replace and retire keys.
    WriteKeys,
    /// See, check and export the audit log.
    ReadAudit,
    /// See webhooks and their deliveries.
    ReadWebhooks,
    /// Add, change and remove webhooks.
    WriteWebhooks,
    /// See the vendor's settings and profile.
    ReadSettings,
    /// Change the vendor's settings and profile.
    WriteSettings,
    /// Manage who may sign in, and tokens for the API. By the API nobody is let in: accounts are seen and switched off.
    ManageAccess,
}

impl Permission {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 17] = [
        Self::ReadProducts,
        Self::WriteProducts,
        Self::ReadEntitlements,
        Self::WriteEntitlements,
        Self::ReadActivations,
        Self::WriteActivations,
        Self::ReadLicenses,
        Self::WriteLicenses,
        Self::AnswerMessages,
        Self::ReadKeys,
        Self::WriteKeys,
        Self::ReadAudit,
        Self::ReadWebhooks,
        Self::WriteWebhooks,
        Self::ReadSettings,
        Self::WriteSettings,
        Self::ManageAccess,
    ];

    /// Its name, in the scopes of a token and in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReadProducts => "products:read",
            Self::WriteProducts => "products:write",
            Self::ReadEntitlements => "entitlements:read",
            Self::WriteEntitlements => "entitlements:write",
            Self::ReadActivations => "activations:read",
            Self::WriteActivations => "activations:write",
            Self::ReadLicenses => "licenses:read",
            Self::WriteLicenses => "licenses:write",
            Self::AnswerMessages => "messages:answer",
            Self::ReadKeys => "keys:read",
            Self::WriteKeys => "keys:write",
            Self::ReadAudit => "audit:read",
            Self::ReadWebhooks => "webhooks:read",
            Self::WriteWebhooks => "webhooks:write",
            Self::ReadSettings => "settings:read",
            Self::WriteSettings => "settings:write",
            Self::ManageAccess => "access:manage",
        }
    }

    /// The one of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What somebody who signs in at the portal is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Everything.
    Admin,
    /// Sells and answers: entitlements, activations and licenses. No keys, products or people.
    Issuer,
    /// Helps: sees what customers have, and changes nothing.
    Support,
    /// Checks: sees everything, the audit log included, and changes nothing.
    Auditor,
}

impl Role {
    /// All of them, the one that may most first.
    pub const ALL: [Self; 4] = [Self::Admin, Self::Issuer, Self::Support, Self::Auditor];

    /// Its name, in the database, in the command line and in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Issuer => "issuer",
            Self::Support => "support",
            Self::Auditor => "auditor",
        }
    }

    /// The one of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// Whether it may do that.
    pub const fn may(self, permission: Permission) -> bool {
        match permission {
            Permission::ReadProducts
            | Permission::ReadEntitlements
            | Permission::ReadActivations
            | Permission::ReadLicenses => true,
            Permission::WriteEntitlements
            | Permission::WriteActivations
            | Permission::WriteLicenses
            | Permission::AnswerMessages => matches!(self, Self::Admin | Self::Issuer),
            Permission::ReadKeys
            | Permission::ReadAudit
            | Permission::ReadWebhooks
            | Permission::ReadSettings => matches!(self, Self::Admin | Self::Auditor),
            Permission::WriteProducts
            | Permission::WriteKeys
            | Permission::WriteWebhooks
            | Permission::WriteSettings
            | Permission::ManageAccess => matches!(self, Self::Admin),
        }
    }

    /// All that it may do.
    pub fn permissions(self) -> impl Iterator<Item = Permission> {
        Permission::ALL
            .into_iter()
            .filter(move |one| self.may(*one))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_permission_and_role_is_found_by_a_name_of_its_own() {
        let names: HashSet<_> = Permission::ALL.map(Permission::name).into();
        assert_eq!(names.len(), Permission::ALL.len());
        for one in Permission::ALL {
            assert_eq!(Permission::from_name(one.name()), Some(one));
        }
        for role in Role::ALL {
            assert_eq!(Role::from_name(role.name()), Some(role));
        }
        assert_eq!(Permission::from_name("products"), None);
        assert_eq!(Role::from_name("Admin"), None);
    }

    #[test]
    fn an_admin_may_everything_and_those_who_look_may_change_nothing() {
        assert_eq!(Role::Admin.permissions().count(), Permission::ALL.len());
        for role in [Role::Support, Role::Auditor] {
            assert!(role.permissions().all(|one| one.name().ends_with(":read")));
        }
    }

    #[test]
    fn whoever_may_change_something_may_see_it() {
        for role in Role::ALL {
            for change in role.permissions() {
                if let Some(what) = change.name().strip_suffix(":write") {
                    let see = Permission::from_name(&format!("{what}:read")).unwrap();
                    assert!(role.may(see), "{role} {change}");
                }
            }
        }
    }

    #[test]
    fn only_an_admin_reaches_keys_people_and_products() {
        for one in [
            Permission::WriteKeys,
            Permission::WriteProducts,
            Permission::WriteSettings,
            Permission::WriteWebhooks,
            Permission::ManageAccess,
        ] {
            let who: Vec<_> = Role::ALL.into_iter().filter(|role| role.may(one)).collect();
            assert_eq!(who, [Role::Admin], "{one}");
        }
    }
}
