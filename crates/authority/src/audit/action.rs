//! What can be done, by the names of `docs/spec/audit.md`.

/// What an entry says was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    AuthorityCreated,
    ProductAdded,
    ProductChanged,
    EntitlementAdded,
    EntitlementSuspended,
    EntitlementReinstated,
    EntitlementRevoked,
    EntitlementRenewed,
    ActivationGranted,
    ActivationRenewed,
    ActivationRebound,
    SeatTaken,
    SeatReturned,
    RequestRefused,
    ActivationRefreshed,
    ActivationDeactivated,
    DeactivationRecorded,
    DeactivationRefused,
    TimeTold,
    TimeRefused,
    EmergencyTold,
    DeviceForked,
    DeviceStateRestored,
    ActivationReleased,
    DeviceAllowed,
}

impl Action {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::AuthorityCreated => "authority_created",
            Self::ProductAdded => "product_added",
            Self::ProductChanged => "product_changed",
            Self::EntitlementAdded => "entitlement_added",
            Self::EntitlementSuspended => "entitlement_suspended",
            Self::EntitlementReinstated => "entitlement_reinstated",
            Self::EntitlementRevoked => "entitlement_revoked",
            Self::EntitlementRenewed => "entitlement_renewed",
            Self::ActivationGranted => "activation_granted",
            Self::ActivationRenewed => "activation_renewed",
            Self::ActivationRebound => "activation_rebound",
            Self::SeatTaken => "seat_taken",
            Self::SeatReturned => "seat_returned",
            Self::RequestRefused => "request_refused",
            Self::ActivationRefreshed => "activation_refreshed",
            Self::ActivationDeactivated => "activation_deactivated",
            Self::DeactivationRecorded => "deactivation_recorded",
            Self::DeactivationRefused => "deactivation_refused",
            Self::TimeTold => "time_told",
            Self::TimeRefused => "time_refused",
            Self::EmergencyTold => "emergency_told",
            Self::DeviceForked => "device_forked",
            Self::DeviceStateRestored => "device_state_restored",
            Self::ActivationReleased => "activation_released",
            Self::DeviceAllowed => "device_allowed",
        }
    }
}
