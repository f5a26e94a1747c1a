//! The table of phrases: words that several faces share and that are no problem.

use crate::{Holds, Language, Placeholder, template};

macro_rules! phrases {
    ($($variant:ident $name:literal { $($arg:ident: $holds:ident),* };)*) => {
        /// Words that several faces share and that are no problem.
        ///
        /// Keys are grouped by how they begin: `standing_` sentences, `state_` headings, `component_`,
        /// `kind_` and `claim_` names, `rating_` reasons of a USB key's rating, `reason_` and `warning_` sentences; then what goes along with doing
        /// something: an `action_` that can be done, what is to be `ask_`ed before, a `step_` of what will
        /// happen, what was `told_` after, and what is `next_`. Every `claim_x` has a `claim_x_why` that explains it in a line.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Phrase {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl Phrase {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The key that programs use: `component_cpu`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// What it takes.
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

phrases! {
    NotKnown "not_known" {};
    NothingThere "nothing_there" {};
    ListSeparator "list_separator" {};
    ListLastSeparator "list_last_separator" {};
    Date "date" { day: Count, month: Text, year: Count };
    DateAndTime "date_and_time" { date: Text, time: Text };

    StandingLicensedUntil "standing_licensed_until" { until: Time };
    StandingLicensedWithoutEnd "standing_licensed_without_end" {};
    StandingGraceUntil "standing_grace_until" { until: Time };
    StandingEmergencyUntil "standing_emergency_until" { until: Time };
    StandingEndNear "standing_end_near" { until: Time, days: Count };
    StandingUnlicensed "standing_unlicensed" {};
    StandingExpired "standing_expired" {};
    StandingStopped "standing_stopped" {};
    StandingBlocked "standing_blocked" {};
    StandingChanged "standing_changed" { components: Components };
    StandingBound "standing_bound" {};
    StandingBoundKey "standing_bound_key" {};
    StandingUnbound "standing_unbound" {};

    StateLicensed "state_licensed" {};
    StateGrace "state_grace" {};
    StateEmergency "state_emergency" {};
    StateUnlicensed "state_unlicensed" {};
    StateExpired "state_expired" {};
    StateStopped "state_stopped" {};
    StateBlocked "state_blocked" {};

    ComponentMachineId "component_machine_id" {};
    ComponentFirmwareUuid "component_firmware_uuid" {};
    ComponentBoardSerial "component_board_serial" {};
    ComponentCpu "component_cpu" {};
    ComponentSystemDisk "component_system_disk" {};
    ComponentNetworkAdapter "component_network_adapter" {};

    RatingOwnSerial "rating_own_serial" {};
    RatingShortSerial "rating_short_serial" {};
    RatingFillerSerial "rating_filler_serial" {};
    RatingModelSerial "rating_model_serial" {};
    RatingMadeUpSerial "rating_made_up_serial" {};
    RatingUnreadableSerial "rating_unreadable_serial" {};
    RatingSharedSerial "rating_shared_serial" {};
    RatingNoSerial "rating_no_serial" {};
    RatingNoMedium "rating_no_medium" {};

    KindActivationRequest "kind_activation_request" {};
    KindActivationResponse "kind_activation_response" {};
    KindRefresh "kind_refresh" {};
    KindDeactivation "kind_deactivation" {};
    KindTimeRequest "kind_time_request" {};
    KindTime "kind_time" {};
    KindRefusal "kind_refusal" {};
    KindStatus "kind_status" {};
    KindLicense "kind_license" {};
    KindVendorProfile "kind_vendor_profile" {};

    ReasonMoving "reason_moving" {};
    ReasonNotNeeded "reason_not_needed" {};
    ReasonRepair "reason_repair" {};
    ReasonOther "reason_other" {};

    ActionActivate "action_activate" {};
    ActionRefresh "action_refresh" {};
    ActionDeactivate "action_deactivate" {};
    ActionMove "action_move" {};
    ActionEmergency "action_emergency" {};
    ActionClock "action_clock" {};
    ActionDeliver "action_deliver" {};
    ActionDelivered "action_delivered" {};
    ActionHelp "action_help" {};

    AskVendorWords "ask_vendor_words" { vendor: Text };
    AskDeactivate "ask_deactivate" { product: Text };
    AskEmergency "ask_emergency" { product: Text, uses: Count };
    AskReset "ask_reset" {};

    StepProgramStops "step_program_stops" { product: Text };
    StepRunsOtherwise "step_runs_otherwise" { until: Time };
    StepDeactivationKept "step_deactivation_kept" {};
    StepSeatFreed "step_seat_freed" { vendor: Text };
    StepMoveTogether "step_move_together" {};
    StepMoveSeatPasses "step_move_seat_passes" { vendor: Text };
    StepMoveAnswer "step_move_answer" {};
    StepMoveWithoutRequest "step_move_without_request" {};
    StepMoveOldComputerDead "step_move_old_computer_dead" { vendor: Text };

    ToldReady "told_ready" { kind: Kind, reference: Text, product: Text, label: Text };
    ToldShownAgain "told_shown_again" { kind: Kind, reference: Text };
    ToldWritten "told_written" { path: Text };
    ToldTogether "told_together" {};
    ToldQrWritten "told_qr_written" { path: Text };
    ToldInPlace "told_in_place" { kind: Kind, reference: Text };
    ToldChanges "told_changes" {};
    ToldChangesBefore "told_changes_before" {};
    ToldChangesAfter "told_changes_after" {};
    ToldRequestRefused "told_request_refused" { reference: Text, product: Text };
    ToldLicenseAdded "told_license_added" { product: Text };
    ToldLicensePut "told_license_put" {};
    ToldLicensePutBefore "told_license_put_before" {};
    ToldSignedWith "told_signed_with" {};
    ToldNoUsbKey "told_no_usb_key" {};
    ToldWatching "told_watching" {};
    ToldUsbThere "told_usb_there" { key: Text };
    ToldUsbPlugged "told_usb_plugged" { key: Text };
    ToldUsbChanged "told_usb_changed" { key: Text };
    ToldUsbPulled "told_usb_pulled" { key: Text };
    ToldUsbClosed "told_usb_closed" {};
    ToldRatingStrong "told_rating_strong" {};
    ToldRatingWeak "told_rating_weak" {};
    ToldRatingUnusable "told_rating_unusable" {};
    ToldCourierCarries "told_courier_carries" { waiting: Count, answers: Count };
    ToldCollected "told_collected" { kind: Kind, reference: Text, product: Text };
    ToldCollectedBefore "told_collected_before" { kind: Kind, reference: Text, product: Text };
    ToldWouldCollect "told_would_collect" { kind: Kind, reference: Text, product: Text };
    ToldNothingToCollect "told_nothing_to_collect" {};
    ToldNothingToDeliver "told_nothing_to_deliver" {};
    ToldVendorAdded "told_vendor_added" { vendor: Text };
    ToldVendorUpdated "told_vendor_updated" { vendor: Text };
    ToldVendorKnown "told_vendor_known" { vendor: Text };
    ToldLicenseForgotten "told_license_forgotten" { product: Text };
    ToldVendorRemoved "told_vendor_removed" { vendor: Text };
    ToldVendorWords "told_vendor_words" { vendor: Text };
    ToldNoVendors "told_no_vendors" {};
    ToldNothingLicensed "told_nothing_licensed" {};
    ToldWaiting "told_waiting" { kind: Kind, reference: Text };
    ToldRefused "told_refused" { kind: Kind, reference: Text };
    ToldUndelivered "told_undelivered" { reference: Text };
    ToldActivation "told_activation" { activation: Text };
    ToldActions "told_actions" {};
    ToldClaims "told_claims" {};
    ToldNothingChanged "told_nothing_changed" {};
    ToldStopped "told_stopped" { product: Text };
    ToldDelivered "told_delivered" { reference: Text };
    ToldEmergencyTaken "told_emergency_taken" { product: Text, uses: Count };
    ToldClockShows "told_clock_shows" { now: Time };
    ToldClockLatest "told_clock_latest" { latest: Time };
    ToldClockRight "told_clock_right" {};
    ToldReset "told_reset" {};
    ToldNothingToReset "told_nothing_to_reset" {};
    ToldStatusCode "told_status_code" {};
    ToldReadReport "told_read_report" {};
    ToldStatusForVendor "told_status_for_vendor" { reference: Text, vendor: Text };
    ToldScrambled "told_scrambled" {};

    NextStep "next_step" { step: Text };
    NextRefresh "next_refresh" { vendor: Text };
    NextVendor "next_vendor" { vendor: Text };
    NextVendorPortal "next_vendor_portal" { vendor: Text, portal: Text };
    NextCourier "next_courier" { command: Text };
    NextKeyId "next_key_id" {};
    NextAnswer "next_answer" { command: Text };
    NextDelivered "next_delivered" { vendor: Text, command: Text };
    NextDoIt "next_do_it" { command: Text };
    NextClockRight "next_clock_right" { command: Text };
    NextClockLicense "next_clock_license" {};
    NextWordsRight "next_words_right" { command: Text };

    WarningKeysWithoutPassphrase "warning_keys_without_passphrase" {};
    WarningPlainFolder "warning_plain_folder" {};

    ClaimKind "claim_kind" {};
    ClaimKindWhy "claim_kind_why" {};
    ClaimReference "claim_reference" {};
    ClaimReferenceWhy "claim_reference_why" {};
    ClaimActivationCode "claim_activation_code" {};
    ClaimActivationCodeWhy "claim_activation_code_why" {};
    ClaimProduct "claim_product" {};
    ClaimProductWhy "claim_product_why" {};
    ClaimVendor "claim_vendor" {};
    ClaimVendorWhy "claim_vendor_why" {};
    ClaimComputerName "claim_computer_name" {};
    ClaimComputerNameWhy "claim_computer_name_why" {};
    ClaimPlatform "claim_platform" {};
    ClaimPlatformWhy "claim_platform_why" {};
    ClaimFingerprint "claim_fingerprint" {};
    ClaimFingerprintWhy "claim_fingerprint_why" {};
    ClaimDeviceKeys "claim_device_keys" {};
    ClaimDeviceKeysWhy "claim_device_keys_why" {};
    ClaimDevice "claim_device" {};
    ClaimDeviceWhy "claim_device_why" {};
    ClaimRequestNumber "claim_request_number" {};
    ClaimRequestNumberWhy "claim_request_number_why" {};
    ClaimMadeAt "claim_made_at" {};
    ClaimMadeAtWhy "claim_made_at_why" {};
    ClaimRecipient "claim_recipient" {};
    ClaimRecipientWhy "claim_recipient_why" {};
    ClaimSignedBy "claim_signed_by" {};
    ClaimSignedByWhy "claim_signed_by_why" {};
    ClaimAnswers "claim_answers" {};
    ClaimAnswersWhy "claim_answers_why" {};
    ClaimActivationId "claim_activation_id" {};
    ClaimActivationIdWhy "claim_activation_id_why" {};
    ClaimSequence "claim_sequence" {};
    ClaimSequenceWhy "claim_sequence_why" {};
    ClaimStatus "claim_status" {};
    ClaimStatusWhy "claim_status_why" {};
    ClaimWorksFrom "claim_works_from" {};
    ClaimWorksFromWhy "claim_works_from_why" {};
    ClaimWorksUntil "claim_works_until" {};
    ClaimWorksUntilWhy "claim_works_until_why" {};
    ClaimGraceUntil "claim_grace_until" {};
    ClaimGraceUntilWhy "claim_grace_until_why" {};
    ClaimSubscriptionUntil "claim_subscription_until" {};
    ClaimSubscriptionUntilWhy "claim_subscription_until_why" {};
    ClaimEmergency "claim_emergency" {};
    ClaimEmergencyWhy "claim_emergency_why" {};
    ClaimMaintenanceUntil "claim_maintenance_until" {};
    ClaimMaintenanceUntilWhy "claim_maintenance_until_why" {};
    ClaimTrial "claim_trial" {};
    ClaimTrialWhy "claim_trial_why" {};
    ClaimFeatures "claim_features" {};
    ClaimFeaturesWhy "claim_features_why" {};
    ClaimEdition "claim_edition" {};
    ClaimEditionWhy "claim_edition_why" {};
    ClaimHolder "claim_holder" {};
    ClaimHolderWhy "claim_holder_why" {};
    ClaimTolerance "claim_tolerance" {};
    ClaimToleranceWhy "claim_tolerance_why" {};
    ClaimLicenseId "claim_license_id" {};
    ClaimLicenseIdWhy "claim_license_id_why" {};
    ClaimBinding "claim_binding" {};
    ClaimBindingWhy "claim_binding_why" {};
    ClaimSupport "claim_support" {};
    ClaimSupportWhy "claim_support_why" {};
    ClaimPortal "claim_portal" {};
    ClaimPortalWhy "claim_portal_why" {};
    ClaimVendorKeys "claim_vendor_keys" {};
    ClaimVendorKeysWhy "claim_vendor_keys_why" {};
    ClaimVendorFingerprint "claim_vendor_fingerprint" {};
    ClaimVendorFingerprintWhy "claim_vendor_fingerprint_why" {};
    ClaimProfileNumber "claim_profile_number" {};
    ClaimProfileNumberWhy "claim_profile_number_why" {};
    ClaimProducts "claim_products" {};
    ClaimProductsWhy "claim_products_why" {};
    ClaimReason "claim_reason" {};
    ClaimReasonWhy "claim_reason_why" {};
    ClaimDeviceKey "claim_device_key" {};
    ClaimDeviceKeyWhy "claim_device_key_why" {};
    ClaimChallenge "claim_challenge" {};
    ClaimChallengeWhy "claim_challenge_why" {};
    ClaimVendorTime "claim_vendor_time" {};
    ClaimVendorTimeWhy "claim_vendor_time_why" {};
    ClaimRefusedBecause "claim_refused_because" {};
    ClaimRefusedBecauseWhy "claim_refused_because_why" {};
    ClaimStanding "claim_standing" {};
    ClaimStandingWhy "claim_standing_why" {};
    ClaimStandingReason "claim_standing_reason" {};
    ClaimStandingReasonWhy "claim_standing_reason_why" {};
    ClaimStandingUntil "claim_standing_until" {};
    ClaimStandingUntilWhy "claim_standing_until_why" {};
    ClaimClock "claim_clock" {};
    ClaimClockWhy "claim_clock_why" {};
    ClaimChanged "claim_changed" {};
    ClaimChangedWhy "claim_changed_why" {};
    ClaimEmergencyRuns "claim_emergency_runs" {};
    ClaimEmergencyRunsWhy "claim_emergency_runs_why" {};
    ClaimStoreRepaired "claim_store_repaired" {};
    ClaimStoreRepairedWhy "claim_store_repaired_why" {};
    ClaimClient "claim_client" {};
    ClaimClientWhy "claim_client_why" {};
}

impl Phrase {
    /// The phrase with this key, if there is one.
    pub fn named(key: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|phrase| phrase.as_str() == key)
    }

    /// The words in a language, as a template.
    pub const fn text(self, language: Language) -> &'static str {
        language.phrase(self)
    }

    /// The words in a language with the values filled in, in the forms that [`Holds`] lists.
    pub fn fill(self, language: Language, args: &[(&str, &str)]) -> String {
        template::fill(self.text(language), self.placeholders(), language, |name| {
            args.iter()
                .find(|(given, _)| *given == name)
                .map(|(_, value)| *value)
        })
    }

    /// For the name of a claim: the line that explains it.
    pub fn why(self) -> Option<Self> {
        Self::named(&format!("{}_why", self.as_str()))
    }
}
