//! The table of codes: name, number, exit code, and what their texts take.
//!
//! Names and numbers are a promise: scripts, help pages and support rely on them. A code that is no
//! longer used leaves its number behind for good.

use crate::{Exit, Holds, Language, Placeholder, Text};

macro_rules! codes {
    ($($variant:ident $name:literal $number:literal $exit:ident { $($arg:ident: $holds:ident),* };)*) => {
        /// Something that is told to a person: a cause with a name, a number, and texts.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = concat!("`", $name, "`, KF-", $number)] $variant,)*
        }

        impl Code {
            /// All of them, by number.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name that programs use: `no_free_seat`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// The number. Hundreds group: 1 codes and vendors, 2 the authority, 3 the client,
            /// 4 reading, 5 standings, 6 the machine and its store, 7 usage, 8 the portal.
            pub const fn number(self) -> u16 {
                match self { $(Self::$variant => $number),* }
            }

            /// What people read out on the phone: `KF-203`.
            pub const fn reference(self) -> &'static str {
                match self { $(Self::$variant => concat!("KF-", $number)),* }
            }

            /// With what a command ends that ends in this.
            pub const fn exit(self) -> Exit {
                match self { $(Self::$variant => Exit::$exit),* }
            }

            /// What its texts take.
            pub const fn placeholders(self) -> &'static [Placeholder] {
                match self {
                    $(Self::$variant => &[
                        $(Placeholder { name: stringify!($arg), holds: Holds::$holds }),*
                    ]),*
                }
            }
        }
    };
}

codes! {
    ActivationCodeMistyped "activation_code_mistyped" 101 Usage {};
    ActivationCodeIncomplete "activation_code_incomplete" 102 Usage { have: Count, want: Count };
    ActivationCodeUnknownVendor "activation_code_unknown_vendor" 103 Other {};
    ActivationCodeAmbiguous "activation_code_ambiguous" 104 Other {};
    HolderSecretGiven "holder_secret_given" 105 Usage {};
    ActivationCodeNotAccepted "activation_code_not_accepted" 106 Other {};
    TooManyAttempts "too_many_attempts" 107 Other { minutes: Count };
    StatusCodeMistyped "status_code_mistyped" 108 Usage {};
    StatusCodeIncomplete "status_code_incomplete" 109 Usage { have: Count, want: Count };
    HolderSecretMistyped "holder_secret_mistyped" 110 Usage {};
    HolderSecretIncomplete "holder_secret_incomplete" 111 Usage { have: Count, want: Count };
    ActivationCodeGiven "activation_code_given" 112 Usage {};
    HolderSecretNotAccepted "holder_secret_not_accepted" 113 Other {};
    VendorNotConfirmed "vendor_not_confirmed" 120 Untrusted { vendor: Text };
    VendorFingerprintMismatch "vendor_fingerprint_mismatch" 121 Untrusted {};
    ProfileOlder "profile_older" 122 Other {};
    ProfileNotChained "profile_not_chained" 123 Untrusted {};
    NoVendor "no_vendor" 124 Other {};
    VendorUnknown "vendor_unknown" 125 Other {};
    VendorInUse "vendor_in_use" 126 Other {};
    VendorInstalled "vendor_installed" 127 Other {};

    OfflineNotEnabled "offline_not_enabled" 201 Other { product: Text };
    OfflineLeaseMissing "offline_lease_missing" 202 Other {};
    NoFreeSeat "no_free_seat" 203 Other { seats: Count, next_free: Time };
    EntitlementSuspended "entitlement_suspended" 204 Stopped {};
    EntitlementRevoked "entitlement_revoked" 205 Stopped {};
    EntitlementEnded "entitlement_ended" 206 Expired { ended: Time };
    EntitlementUnknown "entitlement_unknown" 207 Other {};
    ReactivationCapReached "reactivation_cap_reached" 208 Other { cap: Count };
    ActivationSuperseded "activation_superseded" 209 Other {};
    ActivationUnknown "activation_unknown" 210 Other {};
    ActivationReleased "activation_released" 211 Other {};
    ActivationDeactivated "activation_deactivated" 212 Other {};
    DeviceBlocked "device_blocked" 213 Other {};
    ReleaseCapReached "release_cap_reached" 214 Other { cap: Count };
    DeactivationOutdated "deactivation_outdated" 216 Runs {};
    DeactivationRepeated "deactivation_repeated" 217 Runs {};
    DeactivationOfOther "deactivation_of_other" 218 Untrusted {};
    DeactivationRecorded "deactivation_recorded" 219 Runs {};
    RequestSuperseded "request_superseded" 220 Other {};
    RequestForked "request_forked" 221 Untrusted {};
    TokenForOtherVendor "token_for_other_vendor" 222 Other {};
    AnswerBroughtToVendor "answer_brought_to_vendor" 223 Other {};
    DeactivationForked "deactivation_forked" 224 Untrusted {};
    SeatFreesLater "seat_frees_later" 226 Runs { frees: Time };
    ProductUnknown "product_unknown" 230 Other { product: Text };
    ProductExists "product_exists" 231 Other { product: Text };
    FeatureUnknown "feature_unknown" 232 Other { feature: Text, product: Text };
    AuthorityExists "authority_exists" 240 Other {};
    AuthorityMissing "authority_missing" 241 Other {};
    PassphraseMissing "passphrase_missing" 242 Usage {};
    PassphraseWrong "passphrase_wrong" 243 InputOutput {};
    KeyFileExposed "key_file_exposed" 244 InputOutput { path: Text };
    PortalRefused "portal_refused" 245 Usage {};
    AuditBroken "audit_broken" 246 Untrusted { position: Count };
    AuditTruncated "audit_truncated" 247 Untrusted { position: Count };
    AuditHeadRefused "audit_head_refused" 248 Untrusted {};
    DatabaseNewer "database_newer" 250 InputOutput {};
    DatabaseBusy "database_busy" 251 InputOutput {};
    DatabaseUnreachable "database_unreachable" 252 InputOutput {};
    DatabaseRefused "database_refused" 253 InputOutput {};
    DatabaseNotSecured "database_not_secured" 254 InputOutput {};
    DatabaseReplica "database_replica" 255 InputOutput {};
    DatabaseUrlRefused "database_url_refused" 256 Usage {};
    DatabaseOfOther "database_of_other" 257 Other {};
    ChangeUncertain "change_uncertain" 258 InputOutput {};
    LicenseUnknown "license_unknown" 260 Other {};
    LicenseRevoked "license_revoked" 261 Stopped {};
    LicenseNeedsComputer "license_needs_computer" 262 Usage {};
    LicenseEndRefused "license_end_refused" 263 Usage { ends: Time };
    LicenseBindingUnclear "license_binding_unclear" 264 Usage {};
    ReferenceTaken "reference_taken" 270 Other { reference: Text };
    SeatsInUse "seats_in_use" 271 Other { held: Count };
    ReferenceTwice "reference_twice" 272 Other { reference: Text, row: Count };
    KeyUnknown "key_unknown" 280 Other {};
    KeyInUse "key_in_use" 281 Other {};
    ProfileKeyAway "profile_key_away" 282 InputOutput {};
    ExchangeKeyOver "exchange_key_over" 283 Other { ended: Time };
    KeyDeviceMissing "key_device_missing" 284 InputOutput { what: Text };
    KeyDevicePinMissing "key_device_pin_missing" 285 Usage {};
    KeyDevicePinWrong "key_device_pin_wrong" 286 InputOutput {};
    KeyDeviceLocked "key_device_locked" 287 InputOutput {};
    KeyDeviceFailed "key_device_failed" 288 InputOutput { what: Text };
    KeyKeptElsewhere "key_kept_elsewhere" 289 Other {};
    LogoRefused "logo_refused" 290 Usage {};
    ColourRefused "colour_refused" 291 Usage {};
    AuditLost "audit_lost" 292 Untrusted { position: Count, restored: Time };
    AuditLogRefused "audit_log_refused" 293 Untrusted {};
    ActivationNotInBackup "activation_not_in_backup" 294 Other {};
    BackupAtServer "backup_at_server" 295 Usage {};
    RestoreProfileMissing "restore_profile_missing" 296 Other {};
    TrialUsed "trial_used" 297 Other {};
    TrialEndMissing "trial_end_missing" 298 Usage {};

    AlreadyActive "already_active" 301 Other { until: Time };
    NothingOutstanding "nothing_outstanding" 302 Other {};
    AnswersNothingOutstanding "answers_nothing_outstanding" 303 Other {};
    AlreadyApplied "already_applied" 304 Runs {};
    AnswerForOtherDevice "answer_for_other_device" 305 WrongDevice {};
    AnswerForOtherProduct "answer_for_other_product" 306 Other {};
    OwnRequest "own_request" 307 Other {};
    ProductNotHere "product_not_here" 309 NotLicensed { product: Text };
    RefreshOlder "refresh_older" 310 Other {};
    RefreshForOtherActivation "refresh_for_other_activation" 311 Other {};
    NothingToDeactivate "nothing_to_deactivate" 312 NotLicensed { product: Text };
    NoDeactivation "no_deactivation" 313 Other { product: Text };
    StillActivated "still_activated" 314 Other { product: Text };
    DeactivationUndelivered "deactivation_undelivered" 315 Other { product: Text };
    EmergencyNotAllowed "emergency_not_allowed" 316 Other {};
    EmergencyNotNeeded "emergency_not_needed" 317 Other { until: Time };
    EmergencyUsedUp "emergency_used_up" 318 Expired { uses: Count };
    EmergencyOver "emergency_over" 319 Expired { ended: Time };
    ClockNotBehind "clock_not_behind" 320 Other {};
    TimeNotAskedFor "time_not_asked_for" 321 Other {};
    OwnToken "own_token" 322 Other { kind: Kind };
    RefusedByVendor "refused_by_vendor" 323 Other { reason: Text };
    MoveNeedsRequest "move_needs_request" 325 Other {};
    MoveOwnRequest "move_own_request" 326 Other {};
    MoveOtherVendor "move_other_vendor" 327 Other {};
    LicenseNotFound "license_not_found" 328 NotLicensed { product: Text };
    LicenseForOtherProduct "license_for_other_product" 329 Other { product: Text };
    LicenseBelongsOnKey "license_belongs_on_key" 330 Other {};
    LicenseForOtherKey "license_for_other_key" 331 WrongDevice {};
    LicenseNotForKey "license_not_for_key" 332 Other {};
    TrustAnchorOnRemovableMedia "trust_anchor_on_removable_media" 333 Untrusted { path: Text };
    LicenseNotKept "license_not_kept" 334 NotLicensed {};
    CourierNotFound "courier_not_found" 340 Other {};
    CourierTooMany "courier_too_many" 341 Other { most: Count };

    NothingRead "nothing_read" 401 Other {};
    Unrecognised "unrecognised" 402 Other {};
    ArmorLineShort "armor_line_short" 403 Other { line: Count, missing: Count };
    ArmorLineLong "armor_line_long" 404 Other { line: Count, extra: Count };
    ArmorCharacter "armor_character" 405 Other { line: Count };
    ArmorDamaged "armor_damaged" 406 Other {};
    ArmorUnfinished "armor_unfinished" 407 Other {};
    TooLarge "too_large" 408 Other { limit: Bytes };
    Malformed "malformed" 409 Untrusted { what: Text };
    NewerFormat "newer_format" 410 Other {};
    WrongKind "wrong_kind" 411 Other { found: Kind, wanted: Kind };
    SignatureMismatch "signature_mismatch" 412 Untrusted {};
    UntrustedKey "untrusted_key" 413 Untrusted { kid: Text };
    AlgorithmRefused "algorithm_refused" 414 Untrusted { algorithm: Text };
    KeyRefused "key_refused" 415 Untrusted {};
    CannotBeOpened "cannot_be_opened" 416 Untrusted {};
    TextRefused "text_refused" 417 Usage { field: Claim };
    PictureWithoutQr "picture_without_qr" 418 Other {};
    ProductCodeRefused "product_code_refused" 419 Usage {};
    ArchiveDamaged "archive_damaged" 420 Other {};
    ArchiveTooMany "archive_too_many" 421 Other { most: Count };
    ArchiveTooLarge "archive_too_large" 422 Other { limit: Bytes };
    FramesMissing "frames_missing" 423 Other { have: Count, total: Count, parts: Text };
    PictureTooLarge "picture_too_large" 424 Other { most: Count };
    SheetHeadingMissing "sheet_heading_missing" 430 Usage { columns: Text };
    SheetColumnUnknown "sheet_column_unknown" 431 Usage { columns: Text };
    SheetRowTooLong "sheet_row_too_long" 432 Other { row: Count, limit: Bytes };
    SheetEncoding "sheet_encoding" 433 Other { row: Count };
    SheetRowUneven "sheet_row_uneven" 434 Other { row: Count };
    CellMissing "cell_missing" 435 Usage { column: Text };
    CellRefused "cell_refused" 436 Usage { column: Text };

    NotActivated "not_activated" 501 NotLicensed {};
    AwaitingAnswer "awaiting_answer" 502 AwaitingAnswer {};
    LeaseEnded "lease_ended" 503 Expired { until: Time };
    SubscriptionEnded "subscription_ended" 504 Expired { until: Time };
    Suspended "suspended" 505 Stopped {};
    Revoked "revoked" 506 Stopped {};
    ClockBehind "clock_behind" 507 Clock {};
    WrongDevice "wrong_device" 508 WrongDevice { changed: Components };
    Tampered "tampered" 509 Untrusted {};
    Deactivated "deactivated" 510 NotLicensed {};
    UsbKeyMissing "usb_key_missing" 511 UsbKeyMissing {};
    WrongUsbKey "wrong_usb_key" 512 WrongDevice {};
    LicenseSuperseded "license_superseded" 513 Untrusted {};
    LicenseEnded "license_ended" 514 Expired { until: Time };
    LicenseNotYet "license_not_yet" 515 NotLicensed { from: Time };
    LicenseClockBehind "license_clock_behind" 516 Clock {};
    MaintenanceOver "maintenance_over" 517 Expired { ended: Time };

    FileNotFound "file_not_found" 601 InputOutput { path: Text };
    FileUnreadable "file_unreadable" 602 InputOutput { path: Text };
    FileUnwritable "file_unwritable" 603 InputOutput { path: Text };
    DiskFull "disk_full" 604 InputOutput { path: Text };
    FileExists "file_exists" 605 InputOutput { path: Text };
    FolderInUse "folder_in_use" 606 InputOutput { path: Text };
    StoreLocked "store_locked" 610 InputOutput {};
    StoreDamaged "store_damaged" 611 InputOutput {};
    StoreNewer "store_newer" 612 InputOutput {};
    StoreUnwritable "store_unwritable" 613 InputOutput { path: Text };
    StoreFull "store_full" 614 InputOutput { limit: Bytes };
    FingerprintTooSmall "fingerprint_too_small" 620 Other {};
    ClipboardUnavailable "clipboard_unavailable" 630 InputOutput {};
    CameraMissing "camera_missing" 631 InputOutput {};
    CameraRefused "camera_refused" 632 InputOutput {};
    CameraBusy "camera_busy" 633 InputOutput {};
    CameraGone "camera_gone" 634 InputOutput {};
    SystemFailure "system_failure" 640 InputOutput { what: Text };
    UsbKeyNotFound "usb_key_not_found" 650 UsbKeyMissing {};
    UsbKeyAmbiguous "usb_key_ambiguous" 651 Usage {};
    UsbKeyUnusable "usb_key_unusable" 652 Other {};
    UsbKeyWeak "usb_key_weak" 653 Other {};
    UsbVolumeMissing "usb_volume_missing" 654 InputOutput {};
    UsbVolumeReadOnly "usb_volume_read_only" 655 InputOutput {};
    UsbKeyPulled "usb_key_pulled" 656 InputOutput {};
    UsbUnavailable "usb_unavailable" 657 InputOutput { what: Text };
    UsbKeyWithoutLicense "usb_key_without_license" 658 NotLicensed {};
    UsbKeyTooManyLicenses "usb_key_too_many_licenses" 659 Other { most: Count };

    Usage "usage" 701 Usage {};
    InputNeeded "input_needed" 702 Usage {};
    ConfirmationNeeded "confirmation_needed" 703 Usage {};
    DateRefused "date_refused" 704 Usage {};
    DurationRefused "duration_refused" 705 Usage {};
    UsbIdRefused "usb_id_refused" 706 Usage {};
    AddressRefused "address_refused" 707 Usage {};
    AddressTaken "address_taken" 708 InputOutput { address: Text };
    WorkStopped "work_stopped" 710 Other { done: Count };

    PageUnknown "page_unknown" 801 Other {};
    PageNotAsked "page_not_asked" 802 Other {};
    SentTooSlowly "sent_too_slowly" 803 Other {};
    FormUnreadable "form_unreadable" 804 Other {};
    FormOutdated "form_outdated" 805 Other {};
    PortalTrouble "portal_trouble" 806 Other {};
    TooManyMessages "too_many_messages" 807 Other { most: Count };
    FormSentBefore "form_sent_before" 808 Other {};
    FormTooOld "form_too_old" 809 Other {};
    SignInNotAccepted "sign_in_not_accepted" 810 Other {};
    PasswordNotAccepted "password_not_accepted" 811 Other {};
    PasswordTooShort "password_too_short" 812 Usage { least: Count };
    PasswordTooLong "password_too_long" 813 Usage { most: Count };
    PasswordTooEasy "password_too_easy" 814 Usage {};
    PasswordsDiffer "passwords_differ" 815 Usage {};
    LinkNotAccepted "link_not_accepted" 816 Other {};
    AppCodeNotAccepted "app_code_not_accepted" 817 Other {};
    PermissionMissing "permission_missing" 818 Other {};
    AccountUnknown "account_unknown" 819 Other {};
    AccountExists "account_exists" 820 Other { name: Text };
    AccountNameRefused "account_name_refused" 821 Usage {};
    AccountDisabled "account_disabled" 822 Other {};
    LastAdmin "last_admin" 823 Other {};
    NotConfirmed "not_confirmed" 824 Usage {};
    SignInLocked "sign_in_locked" 825 Other { minutes: Count };
    FieldMissing "field_missing" 830 Usage {};
    NumberRefused "number_refused" 831 Usage { least: Count, most: Count };
    ListTooLong "list_too_long" 832 Usage { most: Count };
    ListUnknown "list_unknown" 833 Other {};
    ListWorking "list_working" 834 Other {};
    ListRequestTwice "list_request_twice" 835 Usage { name: Text };
    ListTooMany "list_too_many" 836 Other { most: Count };
    ApiAccessRefused "api_access_refused" 850 Other {};
    ApiScopeMissing "api_scope_missing" 851 Other { scope: Text };
    ApiTooManyCalls "api_too_many_calls" 852 Other { seconds: Count };
    IdempotencyKeyRefused "idempotency_key_refused" 853 Other {};
    IdempotencyKeyReused "idempotency_key_reused" 854 Other {};
    IdempotencyKeyInUse "idempotency_key_in_use" 855 Other {};
    OutcomeUnknown "outcome_unknown" 856 Other {};
    CursorRefused "cursor_refused" 857 Other {};
    BodyRefused "body_refused" 858 Other { what: Text };
    MediaTypeRefused "media_type_refused" 859 Other {};
    ParameterRefused "parameter_refused" 860 Other { name: Text };
    ApiTokenUnknown "api_token_unknown" 861 Other {};
    ApiTokenEndRefused "api_token_end_refused" 862 Usage { days: Count };
    ApiScopeUnknown "api_scope_unknown" 863 Usage { scope: Text };
    CallUnknown "call_unknown" 864 Other {};
    CallNotOffered "call_not_offered" 865 Other {};
    WebhookUnknown "webhook_unknown" 870 Other {};
    WebhookAddressRefused "webhook_address_refused" 871 Usage {};
    WebhookEventUnknown "webhook_event_unknown" 872 Usage { event: Text };
    WebhookTooMany "webhook_too_many" 873 Other { most: Count };
    WebhookDeliveryUnknown "webhook_delivery_unknown" 874 Other {};
    WebhookTooOften "webhook_too_often" 875 Other { seconds: Count };
}

impl Code {
    /// The code with this name, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == name)
    }

    /// Its texts in a language, as templates. [`crate::Problem`] fills them.
    pub const fn text(self, language: Language) -> Text {
        language.problem(self)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
