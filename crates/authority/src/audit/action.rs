//! What can be done, by the names of `docs/spec/audit.md`.

macro_rules! actions {
    ($($variant:ident $name:literal;)*) => {
        /// What an entry says was done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Action {
            $($variant,)*
        }

        impl Action {
            const ALL: &[Self] = &[$(Self::$variant),*];

            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    };
}

actions! {
    AuthorityCreated "authority_created";
    AuthorityRestored "authority_restored";
    ProductAdded "product_added";
    ProductChanged "product_changed";
    EntitlementAdded "entitlement_added";
    EntitlementSuspended "entitlement_suspended";
    EntitlementReinstated "entitlement_reinstated";
    EntitlementRevoked "entitlement_revoked";
    EntitlementRenewed "entitlement_renewed";
    EntitlementChanged "entitlement_changed";
    ActivationGranted "activation_granted";
    ActivationRenewed "activation_renewed";
    ActivationRebound "activation_rebound";
    SeatTaken "seat_taken";
    SeatReturned "seat_returned";
    RequestRefused "request_refused";
    ActivationRefreshed "activation_refreshed";
    ActivationDeactivated "activation_deactivated";
    DeactivationRecorded "deactivation_recorded";
    DeactivationRefused "deactivation_refused";
    TimeTold "time_told";
    TimeRefused "time_refused";
    EmergencyTold "emergency_told";
    DeviceForked "device_forked";
    DeviceStateRestored "device_state_restored";
    ActivationReleased "activation_released";
    DeviceAllowed "device_allowed";
    HolderEntered "holder_entered";
    RetentionChanged "retention_changed";
    PersonalDataErased "personal_data_erased";
    HolderSecretReplaced "holder_secret_replaced";
    VendorChanged "vendor_changed";
    LicenseMade "license_made";
    LicenseReissued "license_reissued";
    LicenseSuspended "license_suspended";
    LicenseReinstated "license_reinstated";
    LicenseRevoked "license_revoked";
    LicenseListBegun "license_list_begun";
    LicenseListStopped "license_list_stopped";
    KeyRotated "key_rotated";
    KeyRetired "key_retired";
    KeyExported "key_exported";
    ApiTokenAdded "api_token_added";
    ApiTokenRevoked "api_token_revoked";
    WebhookAdded "webhook_added";
    WebhookChanged "webhook_changed";
    WebhookRemoved "webhook_removed";
    WebhookTested "webhook_tested";
    WebhookSentAgain "webhook_sent_again";
    AccountAdded "account_added";
    AccountChanged "account_changed";
    AccountSignedIn "account_signed_in";
    AccountSignInRefused "account_sign_in_refused";
}

impl Action {
    /// The names of all of them.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.iter().map(|one| one.name())
    }

    /// The one of this name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.name() == name)
    }
}
