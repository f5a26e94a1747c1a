//! The phrases in English.

use crate::Phrase;

#[expect(
    clippy::too_many_lines,
    clippy::match_same_arms,
    reason = "a table, an arm per phrase"
)]
pub(crate) const fn phrase(phrase: Phrase) -> &'static str {
    use Phrase as P;
    match phrase {
        P::NotKnown => "(not known)",
        P::NothingThere => "–",
        P::ListSeparator => ", ",
        P::ListLastSeparator => " and ",
        P::Date => "{day} {month} {year}",
        P::DateAndTime => "{date}, {time} UTC",

        P::StandingLicensedUntil => "Works until {until}.",
        P::StandingLicensedWithoutEnd => "Works without an end.",
        P::StandingGraceUntil => "The lease is over; the program still runs until {until}.",
        P::StandingEmergencyUntil => "Emergency run until {until}.",
        P::StandingEndNear => "Ends on {until} (days left: {days}).",
        P::StandingUnlicensed => "There is no license on this computer.",
        P::StandingExpired => "The license is over.",
        P::StandingStopped => "The vendor has stopped this license.",
        P::StandingBlocked => "There is a license, but it cannot be used right now.",
        P::StandingChanged => "The {components} changed; still within tolerance.",
        P::StandingBound => "Bound to this computer.",
        P::StandingBoundKey => "Bound to a USB key, and counts while that is plugged in.",
        P::StandingUnbound => "Not bound to a computer.",

        P::StateLicensed => "Licensed",
        P::StateGrace => "Grace period",
        P::StateEmergency => "Emergency run",
        P::StateUnlicensed => "Not licensed",
        P::StateExpired => "Over",
        P::StateStopped => "Stopped",
        P::StateBlocked => "Blocked",

        P::ComponentMachineId => "operating system installation",
        P::ComponentFirmwareUuid => "firmware",
        P::ComponentBoardSerial => "mainboard",
        P::ComponentCpu => "processor",
        P::ComponentSystemDisk => "system disk",
        P::ComponentNetworkAdapter => "network adapter",

        P::RatingOwnSerial => "It has a serial number of its own.",
        P::RatingShortSerial => {
            "Its serial number is so short that other USB keys are likely to have the same one."
        }
        P::RatingFillerSerial => {
            "Its serial number is only a filler, such as zeros, that other USB keys have as well."
        }
        P::RatingModelSerial => {
            "Its serial number only names the model, so every USB key of this model has it."
        }
        P::RatingMadeUpSerial => {
            "The system made its serial number up, and another computer would make another one."
        }
        P::RatingUnreadableSerial => {
            "Its serial number has characters that not every computer reads alike."
        }
        P::RatingSharedSerial => "Another USB key that is plugged in has the same serial number.",
        P::RatingNoSerial => "It has no serial number, so it cannot be told from others.",
        P::RatingNoMedium => "There is no memory in it, as in a card reader without a card.",

        P::KindActivationRequest => "activation request",
        P::KindActivationResponse => "activation response",
        P::KindRefresh => "refresh",
        P::KindDeactivation => "deactivation",
        P::KindTimeRequest => "time request",
        P::KindTime => "vendor's time",
        P::KindRefusal => "refusal",
        P::KindStatus => "status report",
        P::KindLicense => "license",
        P::KindVendorProfile => "vendor profile",

        P::ReasonMoving => "The license moves to another computer.",
        P::ReasonNotNeeded => "The program is not needed here any more.",
        P::ReasonRepair => "The computer is going to be repaired or replaced.",
        P::ReasonOther => "Another reason.",

        P::ActionActivate => "Activate the program with its activation code",
        P::ActionRefresh => "Bring a refresh that the vendor has made",
        P::ActionDeactivate => "Deactivate this computer",
        P::ActionMove => "Move the license to another computer",
        P::ActionEmergency => "Take an emergency run",
        P::ActionClock => "Ask the vendor for the right time",
        P::ActionDeliver => "Show the deactivation again, to take it to the vendor",
        P::ActionDelivered => "Confirm that the vendor has the deactivation",
        P::ActionHelp => "Get a code that tells support how it stands",

        P::AskVendorWords => "Do these words match the ones that {vendor} publishes?",
        P::AskDeactivate => "Deactivate this computer for {product}? That is final.",
        P::AskEmergency => "Take an emergency run for {product} (left: {uses})?",
        P::AskReset => "Forget everything that tells this computer from others?",

        P::StepProgramStops => "{product} stops running on this computer for good.",
        P::StepRunsOtherwise => "Without this it would run until {until}.",
        P::StepDeactivationKept => {
            "A deactivation is made and kept here; it can be shown again until you confirm that it was delivered."
        }
        P::StepSeatFreed => {
            "You take it to {vendor}, and the seat becomes free for another computer."
        }
        P::StepMoveTogether => {
            "The new computer's request goes into the same file, behind the deactivation."
        }
        P::StepMoveSeatPasses => {
            "You take the file to {vendor}, where the seat becomes free and the request gets it."
        }
        P::StepMoveAnswer => "You take the answer to the new computer and apply it there.",
        P::StepMoveWithoutRequest => {
            "Without the new computer's request in the file, that computer is activated afterwards, with a trip of its own."
        }
        P::StepMoveOldComputerDead => {
            "If the old computer does not start any more, activate the new one; where no seat is free, have {vendor} release the lost computer."
        }

        P::ToldReady => "Ready: {kind} {reference} for {product} on “{label}”.",
        P::ToldShownAgain => "This is the same as before: {kind} {reference}.",
        P::ToldWritten => "It is in {path}.",
        P::ToldTogether => "The new computer's request is in it, too.",
        P::ToldQrWritten => "Its QR code is in {path}.",
        P::ToldInPlace => "The {kind} {reference} is in place.",
        P::ToldChanges => "Changed",
        P::ToldChangesBefore => "before",
        P::ToldChangesAfter => "now",
        P::ToldRequestRefused => "The vendor has refused request {reference} for {product}.",
        P::ToldLicenseAdded => "The license file for {product} is kept on this computer now.",
        P::ToldLicensePut => "The license is on the USB key, twice, and was read back from there.",
        P::ToldLicensePutBefore => "The license was on the USB key already. Nothing was written.",
        P::ToldSignedWith => {
            "This key signed the license file. That does not say whether the program may run here, or whose key it is."
        }
        P::ToldWatching => "Watching for USB keys. Ctrl+C ends it.",
        P::ToldNoUsbKey => "No USB key is plugged in.",
        P::ToldUsbThere => "There: {key}",
        P::ToldUsbPlugged => "Plugged in: {key}",
        P::ToldUsbChanged => "Changed: {key}",
        P::ToldUsbPulled => "Pulled out: {key}",
        P::ToldUsbClosed => "not opened by the system",
        P::ToldRatingStrong => "Good to bind a license to.",
        P::ToldRatingWeak => "A weak anchor for a license.",
        P::ToldRatingUnusable => "A license cannot be bound to it.",
        P::ToldCourierCarries => {
            "Courier: {waiting} waiting for a vendor, {answers} for this computer."
        }
        P::ToldCollected => "Taken along for {product}: {kind} {reference}",
        P::ToldCollectedBefore => "Was there already for {product}: {kind} {reference}",
        P::ToldWouldCollect => "Would be taken along for {product}: {kind} {reference}",
        P::ToldNothingToCollect => "Nothing here waits for a vendor.",
        P::ToldNothingToDeliver => "Nothing on it is for this computer.",
        P::ToldVendorAdded => "This computer now trusts {vendor}.",
        P::ToldVendorUpdated => "The profile of {vendor} was brought up to date.",
        P::ToldVendorKnown => "This computer trusts {vendor} already.",
        P::ToldLicenseForgotten => {
            "This license file for {product} is no longer kept on this computer. It can be added again."
        }
        P::ToldVendorRemoved => "This computer no longer trusts {vendor}.",
        P::ToldVendorWords => "The twelve words of {vendor} are",
        P::ToldNoVendors => "This computer trusts no vendor yet.",
        P::ToldNothingLicensed => "Nothing is licensed on this computer yet.",
        P::ToldWaiting => "Waiting for its answer: {kind} {reference}",
        P::ToldRefused => "Refused by the vendor: {kind} {reference}",
        P::ToldUndelivered => "Not delivered yet: deactivation {reference}",
        P::ToldActivation => "Activation {activation}",
        P::ToldActions => "What can be done now:",
        P::ToldClaims => "What the deactivation will say:",
        P::ToldNothingChanged => "Nothing has been changed yet.",
        P::ToldStopped => "{product} no longer runs on this computer.",
        P::ToldDelivered => "The delivery of deactivation {reference} is confirmed.",
        P::ToldEmergencyTaken => "An emergency run of {product} has begun (left: {uses}).",
        P::ToldClockShows => "The clock shows {now}.",
        P::ToldClockLatest => "The latest time seen here is {latest}.",
        P::ToldClockRight => "The clock is not behind.",
        P::ToldReset => {
            "This computer can be imaged now; each computer made from the image gets keys of its own."
        }
        P::ToldNothingToReset => "There was nothing here that tells this computer from others.",
        P::ToldStatusCode => "Read it out to support, group by group.",
        P::ToldReadReport => "Read the report before you pass it on.",
        P::ToldStatusForVendor => "The status report {reference} is for {vendor} alone.",
        P::ToldScrambled => "What is found is never sent as it is, only as short scrambled values.",

        P::NextStep => "Next: {step}",
        P::NextRefresh => "Next: Ask {vendor} for a refresh before that day, and nothing stops.",
        P::NextVendor => "Next: take it to {vendor}.",
        P::NextVendorPortal => "Next: take it to {vendor}, at {portal} or by hand.",
        P::NextCourier => {
            "Next: take it to the vendor. When it is back and plugged in here: {command}"
        }
        P::NextKeyId => "Next: send this id to the vendor, who makes the license for this USB key.",
        P::NextAnswer => "When the answer is here: {command}",
        P::NextDelivered => "When {vendor} has it: {command}",
        P::NextDoIt => "To do it: {command}",
        P::NextClockRight => "If it shows the right time already: {command}",
        P::NextClockLicense => {
            "If it shows the right time already: ask the vendor for a newer file of the same license."
        }
        P::NextWordsRight => "When they are right: {command}",

        P::WarningKeysWithoutPassphrase => {
            "The keys of this authority lie on the disk without a passphrase. To lock them: keyferry-authority key lock"
        }
        P::WarningPlainFolder => "This is a folder, not a USB key that is plugged in.",

        P::ClaimKind => "Kind",
        P::ClaimKindWhy => "What this is for.",
        P::ClaimReference => "Reference",
        P::ClaimReferenceWhy => "Names this one on the phone and in records.",
        P::ClaimActivationCode => "Activation code",
        P::ClaimActivationCodeWhy => "Shows the vendor what was bought.",
        P::ClaimProduct => "Program",
        P::ClaimProductWhy => "The program that the license is for.",
        P::ClaimVendor => "Vendor",
        P::ClaimVendorWhy => "Who sells the program and answers the request.",
        P::ClaimComputerName => "Computer name",
        P::ClaimComputerNameWhy => "The name under which the vendor lists this computer.",
        P::ClaimPlatform => "Platform",
        P::ClaimPlatformWhy => "Operating system and processor type.",
        P::ClaimFingerprint => "Computer's fingerprint",
        P::ClaimFingerprintWhy => {
            "Short scrambled values of the hardware, so that the license fits this computer only; serial numbers stay here."
        }
        P::ClaimDeviceKeys => "Device keys",
        P::ClaimDeviceKeysWhy => {
            "The public halves of two keys made for this vendor; the secret halves stay on this computer."
        }
        P::ClaimDevice => "Computer",
        P::ClaimDeviceWhy => "The computer that this is meant for, named by its device key.",
        P::ClaimRequestNumber => "Request number",
        P::ClaimRequestNumberWhy => {
            "Counts up with each request, so that an old one cannot be used again."
        }
        P::ClaimMadeAt => "Made at",
        P::ClaimMadeAtWhy => "The time by the clock of the computer that made it.",
        P::ClaimRecipient => "Only readable by",
        P::ClaimRecipientWhy => "Nobody else can open it on the way.",
        P::ClaimSignedBy => "Signed by",
        P::ClaimSignedByWhy => "The key that proves who made it.",
        P::ClaimAnswers => "Answers request",
        P::ClaimAnswersWhy => "The reference of the request that this is the answer to.",
        P::ClaimActivationId => "Activation",
        P::ClaimActivationIdWhy => "Names the seat that this computer holds at the vendor.",
        P::ClaimSequence => "Sequence number",
        P::ClaimSequenceWhy => "A higher number replaces a lower one.",
        P::ClaimStatus => "Status",
        P::ClaimStatusWhy => "Whether the vendor lets the license run.",
        P::ClaimWorksFrom => "Works from",
        P::ClaimWorksFromWhy => "The day on which the lease begins.",
        P::ClaimWorksUntil => "Works until",
        P::ClaimWorksUntilWhy => "The day on which the lease ends.",
        P::ClaimGraceUntil => "Grace until",
        P::ClaimGraceUntilWhy => {
            "Until then the program still runs after the lease, with a reminder."
        }
        P::ClaimSubscriptionUntil => "Subscription until",
        P::ClaimSubscriptionUntilWhy => "The end of what was bought; no lease goes beyond it.",
        P::ClaimEmergency => "Emergency run",
        P::ClaimEmergencyWhy => {
            "How long the program may run in an emergency without asking the vendor."
        }
        P::ClaimMaintenanceUntil => "Updates until",
        P::ClaimMaintenanceUntilWhy => "Versions released up to then may run.",
        P::ClaimTrial => "Trial",
        P::ClaimTrialWhy => "Whether the license is for trying the program out.",
        P::ClaimFeatures => "Features",
        P::ClaimFeaturesWhy => "The parts of the program that the license switches on.",
        P::ClaimEdition => "Edition",
        P::ClaimEditionWhy => "The edition of the program.",
        P::ClaimHolder => "Holder",
        P::ClaimHolderWhy => "The customer who owns the license.",
        P::ClaimTolerance => "Tolerance",
        P::ClaimToleranceWhy => "How much of the computer's fingerprint has to stay the same.",
        P::ClaimLicenseId => "License id",
        P::ClaimLicenseIdWhy => "Names this license at the vendor.",
        P::ClaimBinding => "Bound to",
        P::ClaimBindingWhy => "What has to be there for the license to work.",
        P::ClaimSupport => "Support",
        P::ClaimSupportWhy => "Where the vendor helps.",
        P::ClaimPortal => "Portal",
        P::ClaimPortalWhy => "The vendor's web address that answers requests.",
        P::ClaimVendorKeys => "Vendor's keys",
        P::ClaimVendorKeysWhy => "The public keys by which this computer knows the vendor.",
        P::ClaimVendorFingerprint => "Vendor's fingerprint",
        P::ClaimVendorFingerprintWhy => {
            "Twelve words to compare with those that the vendor publishes."
        }
        P::ClaimProfileNumber => "Profile number",
        P::ClaimProfileNumberWhy => "A higher number replaces a lower one.",
        P::ClaimProducts => "Programs",
        P::ClaimProductsWhy => "What this vendor sells.",
        P::ClaimReason => "Reason",
        P::ClaimReasonWhy => "Why this computer gives up its license.",
        P::ClaimDeviceKey => "Device key",
        P::ClaimDeviceKeyWhy => {
            "The public half of the key that proves which computer made this; the secret half stays there."
        }
        P::ClaimChallenge => "One-time number",
        P::ClaimChallengeWhy => {
            "Ties the answer to this request, so that an old answer cannot be used again."
        }
        P::ClaimVendorTime => "Vendor's time",
        P::ClaimVendorTimeWhy => "The date and time by the vendor's clock.",
        P::ClaimRefusedBecause => "Refused because",
        P::ClaimRefusedBecauseWhy => "What kept the vendor from doing what was asked.",
        P::ClaimStanding => "Standing",
        P::ClaimStandingWhy => "Whether the program runs on this computer.",
        P::ClaimStandingReason => "Reason for it",
        P::ClaimStandingReasonWhy => "What the standing is due to.",
        P::ClaimStandingUntil => "Until",
        P::ClaimStandingUntilWhy => "When the standing will change by itself.",
        P::ClaimClock => "Latest time seen",
        P::ClaimClockWhy => {
            "The latest time that this computer knows of; its clock should not lie before it."
        }
        P::ClaimChanged => "Changed parts",
        P::ClaimChangedWhy => {
            "Parts of the computer that are no longer as they were when it was activated."
        }
        P::ClaimEmergencyRuns => "Emergency runs taken",
        P::ClaimEmergencyRunsWhy => {
            "When emergency runs were begun since the vendor was last heard from."
        }
        P::ClaimStoreRepaired => "License data repaired",
        P::ClaimStoreRepairedWhy => {
            "Whether damaged license data was found on this computer and mended."
        }
        P::ClaimClient => "Keyferry version",
        P::ClaimClientWhy => "The version of Keyferry on this computer.",
    }
}
