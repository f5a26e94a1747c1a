//! The texts of the codes in English.

use crate::Code;
use crate::text::{Text, text};

#[expect(clippy::too_many_lines, reason = "a table, an arm per code")]
pub(crate) const fn problem(code: Code) -> Text {
    use Code as C;
    match code {
        C::ActivationCodeMistyped => text(
            "The activation code has a typing mistake.",
            "The last character of the code checks all the others, and here they do not go together. Capitals, spaces and dashes make no difference; an O is read as 0, an I or L as 1.",
            "Compare the code with the one that you were given, group by group.",
        ),
        C::ActivationCodeIncomplete => text(
            "The activation code has {have} of {want} characters.",
            "An activation code has {want} letters and digits in five groups of five. Spaces and dashes are not counted.",
            "Enter the whole code as you were given it.",
        ),
        C::ActivationCodeUnknownVendor => text(
            "This computer does not know the vendor of this activation code yet.",
            "The first characters of a code tell which vendor it belongs to. No vendor profile on this computer mentions them, so nobody is known here who could answer a request.",
            "Add the vendor profile (.kfv file) that came with your activation code.",
        ),
        C::ActivationCodeAmbiguous => text(
            "This activation code fits more than one program on this computer.",
            "The first characters of a code tell which vendor and program it belongs to. Two vendor profiles on this computer claim the same characters.",
            "Remove the vendor that you do not need here.",
        ),
        C::HolderSecretGiven => text(
            "This is the holder secret, not the activation code.",
            "The holder secret has six groups and manages the seats of a license. The activation code has five groups and is the one that activates a computer. Keep the holder secret to yourself; it has not been stored or sent.",
            "Enter the code with five groups of five characters.",
        ),
        C::ActivationCodeNotAccepted => text(
            "The vendor does not accept this activation code.",
            "The code is complete, but it opens nothing at this vendor: it may be unknown, replaced or withdrawn. For the safety of all customers the answer is the same in each case.",
            "Ask whoever gave you the code whether it is still the right one.",
        ),
        C::TooManyAttempts => text(
            "There were too many attempts in a short time.",
            "Attempts are limited so that nobody can guess codes or passwords. Nothing is lost.",
            "Wait {minutes} min and try again.",
        ),
        C::StatusCodeMistyped => text(
            "The status code has a typing mistake.",
            "The last character of the code checks all the others, and here they do not go together. Capitals, spaces and dashes make no difference; an O is read as 0, an I or L as 1.",
            "Have the code read out again, group by group.",
        ),
        C::StatusCodeIncomplete => text(
            "The status code has {have} of {want} characters.",
            "A status code has {want} letters and digits in three groups of four. Spaces and dashes are not counted.",
            "Have the whole code read out again, group by group.",
        ),
        C::HolderSecretMistyped => text(
            "The holder secret has a typing mistake.",
            "The last character of the secret checks all the others, and here they do not go together. Capitals, spaces and dashes make no difference; an O is read as 0, an I or L as 1.",
            "Compare the secret with the one that you were given, group by group.",
        ),
        C::HolderSecretIncomplete => text(
            "The holder secret has {have} of {want} characters.",
            "A holder secret has {want} letters and digits in six groups of five. Spaces and dashes are not counted.",
            "Enter the whole secret as you were given it.",
        ),
        C::ActivationCodeGiven => text(
            "This is the activation code, not the holder secret.",
            "The activation code has five groups and activates a computer. The holder secret has six groups, was given apart from it, and is the one that manages seats.",
            "Enter the secret with six groups of five characters.",
        ),
        C::HolderSecretNotAccepted => text(
            "This holder secret opens nothing here.",
            "The secret is complete, but no license of this vendor has it. It may be another vendor's.",
            "Ask whoever gave you the secret whether it is still the right one.",
        ),
        C::VendorNotConfirmed => text(
            "The vendor {vendor} is not confirmed on this computer yet.",
            "Anyone can make a vendor profile and write any name in it. That is why a person compares twelve words once, before this computer trusts the vendor.",
            "Compare the twelve words with those that the vendor publishes, then confirm the vendor.",
        ),
        C::VendorFingerprintMismatch => text(
            "The twelve words do not belong to this vendor profile.",
            "The words are worked out from the vendor's keys. Other words mean other keys: the profile comes from someone else, or the words are those of another vendor. Nothing was trusted.",
            "Get the words from the vendor by a way that you trust, such as a phone call.",
        ),
        C::ProfileOlder => text(
            "This computer already has a newer profile of this vendor.",
            "Vendor profiles are numbered, and a lower number never replaces a higher one. The newer profile stays in place.",
            "Keep working with the newer profile.",
        ),
        C::ProfileNotChained => text(
            "This vendor profile does not follow from the one that you trust.",
            "A new profile has to be signed with a key that the present one already trusts. This one is not: either a profile in between is missing, or it was not made by this vendor. The present profile stays in place.",
            "Ask the vendor for all profiles since the one that you have.",
        ),
        C::NoVendor => text(
            "There is no vendor on this computer yet.",
            "A vendor profile tells this computer whom to trust. Without one it can neither make a request nor check an answer.",
            "Add the vendor profile (.kfv file) that came with your activation code.",
        ),
        C::VendorUnknown => text(
            "There is no such vendor on this computer.",
            "A vendor is found by its id or its full name. Names and ids are in the list of vendors.",
            "Choose a vendor from the list of vendors on this computer.",
        ),
        C::VendorInUse => text(
            "This vendor's license is still in use on this computer.",
            "Without the vendor profile the license could not be checked any more, and a request on its way could not be finished.",
            "Keep the vendor for as long as its programs are used here.",
        ),
        C::VendorInstalled => text(
            "This vendor was set up by an administrator of this computer.",
            "Its vendor profile lies in a folder that only an administrator can change.",
            "Ask an administrator to remove the vendor profile.",
        ),

        C::OfflineNotEnabled => text(
            "{product} is not set up for activation without a network.",
            "The vendor decides for each program whether computers without a network can be activated. For this one it is switched off.",
            "Have the vendor switch on offline activation for {product}, then bring the same request again.",
        ),
        C::OfflineLeaseMissing => text(
            "What was bought has no period for working without a network.",
            "The vendor states with each purchase how long a computer may work offline. For this one nothing is stated.",
            "Have the vendor set the offline lease period, then bring the same request again.",
        ),
        C::NoFreeSeat => text(
            "All seats of this activation code are taken (seats: {seats}).",
            "Each computer holds one seat. A seat becomes free when its computer is deactivated or released, or when its time runs out. Next free seat: {next_free}.",
            "Ask the vendor for another seat.",
        ),
        C::EntitlementSuspended => text(
            "The vendor has suspended what was bought with this activation code.",
            "While it is suspended no computer can be activated. The vendor can lift this at any time.",
            "Ask the vendor why it is suspended.",
        ),
        C::EntitlementRevoked => text(
            "The vendor has revoked what was bought with this activation code.",
            "This is final: the code activates no more computers.",
            "Ask the vendor for a new activation code.",
        ),
        C::EntitlementEnded => text(
            "What was bought with this activation code ended on {ended}.",
            "A subscription has an end, and no computer can be activated after it.",
            "Renew the subscription with the vendor, then bring the same request again.",
        ),
        C::TrialUsed => text(
            "This computer had a trial of this product before.",
            "A trial is there once for each computer. What is bought is activated with a code of its own.",
            "Ask the vendor for an activation code of what you bought, or for a longer trial.",
        ),
        C::TrialEndMissing => text(
            "A trial needs an end.",
            "Without one it would be what others pay for.",
            "Say when it ends, with --ends DATE or in the column ends.",
        ),
        C::MaintenanceOver => text(
            "This version came out after the maintenance ended on {ended}.",
            "The license covers the versions that came out before that day. They work as before.",
            "Use an older version, or ask the vendor to renew the maintenance.",
        ),
        C::EntitlementUnknown => text(
            "There is no entitlement with this activation code or id.",
            "An entitlement is found by its activation code or by the id in the list of entitlements of this authority.",
            "Look it up in the list of entitlements.",
        ),
        C::ReactivationCapReached => text(
            "This seat has moved as often as the vendor allows (moves in a year: {cap}).",
            "A computer that was set up anew, or a copy of it, takes over its old seat. How often that can happen in a year is limited.",
            "Ask the vendor to allow another move.",
        ),
        C::ActivationSuperseded => text(
            "Another computer has taken over this seat.",
            "A seat belongs to one computer at a time, and the one that took it over holds it for good. It can also be the same computer, set up anew.",
            "Activate this computer again with an activation code that has a free seat.",
        ),
        C::ActivationUnknown => text(
            "There is no activation with this id.",
            "An activation is found by its id, which is in the list of activations of this authority.",
            "Look it up in the list of activations.",
        ),
        C::ActivationReleased => text(
            "This activation has ended: its computer was reported lost.",
            "Its seat was released without the computer, so that another one can use it. A released activation gets no new lease.",
            "Ask the vendor to allow this computer again.",
        ),
        C::ActivationDeactivated => text(
            "This activation has ended: its computer was deactivated.",
            "The computer has given its seat back, so there is nothing left that could be renewed.",
            "Activate the computer again with its activation code.",
        ),
        C::DeviceBlocked => text(
            "This computer was reported lost, so it is not activated.",
            "When its seat was released, the computer itself was blocked for this license, so that nobody else goes on using it. If the computer has been found, the block can be lifted.",
            "Ask the vendor to allow this computer again.",
        ),
        C::ReleaseCapReached => text(
            "No more lost computers can be released this year (allowed in a year: {cap}).",
            "The seat of a lost computer is freed although the program may still run there. How often that can happen in a year is limited.",
            "Ask the vendor to allow another release.",
        ),
        C::DeactivationOutdated => text(
            "This deactivation is older than the activation that the computer has now.",
            "The computer was activated again after it had made this deactivation, and so it keeps its seat. Nothing was changed.",
            "Deactivate the computer once more if it should give up its seat.",
        ),
        C::DeactivationRepeated => text(
            "This deactivation has been brought before.",
            "Once was enough: it has already done what it could. Bringing it again does no harm and changes nothing.",
            "Confirm the delivery on the computer that was deactivated.",
        ),
        C::DeactivationOfOther => text(
            "This deactivation is for the seat of another computer.",
            "Only the computer that holds a seat can give it up, and this was signed by a different one. Nothing was changed.",
            "Make the deactivation on the computer that holds the seat.",
        ),
        C::DeactivationRecorded => text(
            "The deactivation is recorded; it had no seat left to free.",
            "Its activation did not hold a seat any more, because the seat was released or another computer has taken it over.",
            "Look up in the list of activations who holds the seat now.",
        ),
        C::RequestSuperseded => text(
            "This computer has sent something newer since.",
            "What a computer sends is numbered. Once a newer request was answered, or a newer deactivation was recorded, the older ones no longer count.",
            "Bring the newest request of this computer.",
        ),
        C::RequestForked => text(
            "Something else from this computer already carries this request's number.",
            "A computer numbers what it sends and never uses a number twice. Twice the same number means that the computer was copied or restored from a backup. No seat was given.",
            "Make a new request on the computer that should have the seat.",
        ),
        C::TokenForOtherVendor => text(
            "This was made for another vendor.",
            "What a computer sends is locked for one vendor, and only that vendor can open it.",
            "Take it to the vendor that it was made for.",
        ),
        C::AnswerBroughtToVendor => text(
            "This goes from the vendor to a computer, not the other way.",
            "The vendor has already done its part. Only the computer that it was made for can use it.",
            "Take it to the computer that it was made for.",
        ),
        C::DeactivationForked => text(
            "Something else from this computer already carries this deactivation's number.",
            "A computer numbers what it sends and never uses a number twice. Twice the same number means that the computer was copied or restored from a backup. No seat was freed.",
            "Make a new deactivation on the computer that should give up its seat.",
        ),
        C::SeatFreesLater => text(
            "The computer is deactivated; its seat becomes free on {frees}.",
            "This seat has moved as often as the vendor allows in a year. It stays taken until the time runs out that the computer was last given; the same computer can have it back at any time.",
            "Give the seat to another computer after that.",
        ),
        C::ProductUnknown => text(
            "There is no program with the code {product} here.",
            "Programs are found by their product code, such as com.example.cad.",
            "Look the code up in the list of products.",
        ),
        C::ProductExists => text(
            "There is already a program with the code {product}.",
            "Each product code names one program of this authority.",
            "Choose another product code.",
        ),
        C::FeatureUnknown => text(
            "The program {product} has no feature {feature}.",
            "The features that can be sold are listed with the program, so that a typing mistake is noticed here and not by a customer.",
            "Choose from the features that are listed with the program.",
        ),
        C::AuthorityExists => text(
            "There is already an authority in this folder.",
            "Setting it up again would replace its keys, and every license made with them would stop working. Nothing was changed.",
            "Choose an empty folder for a new authority.",
        ),
        C::AuthorityMissing => text(
            "There is no authority here.",
            "An authority keeps its keys in a folder, and its database in the same folder or on a database server. One of the two is missing. A new authority is set up with the command init.",
            "Name the folder that holds your authority.",
        ),
        C::PassphraseMissing => text(
            "The keys of this authority are locked with a passphrase.",
            "The passphrase is read from a file, so that it never shows in a list of programs or a history of commands.",
            "Name the file that holds the passphrase.",
        ),
        C::PassphraseWrong => text(
            "This passphrase does not open the keys of this authority.",
            "The keys were locked with another passphrase. The whole first line of the file counts, spaces included.",
            "Check that the file holds the passphrase of this authority.",
        ),
        C::KeyFileExposed => text(
            "The key file {path} is open to other users of this computer.",
            "Whoever can read it can make licenses in your name, so it is not used like this. Copying or restoring files often loses their permissions.",
            "Make the file readable for its owner alone (mode 0600).",
        ),
        C::PortalRefused => text(
            "This is not an address that a portal can have.",
            "Phones open the address from a QR code written in capitals. That works with https, a host name and a port if needed, and with nothing behind them.",
            "Write the address like https://license.example.com.",
        ),
        C::LogoRefused => text(
            "This picture cannot be a logo.",
            "The logo travels with the vendor profile and is shown on each page. So it has to be a PNG picture of at most 32 KiB, and not wider or higher than 1024 pixels.",
            "Save it as a smaller PNG picture and try again.",
        ),
        C::ColourRefused => text(
            "This is not a colour.",
            "A colour is written as the sign # and six digits, two each for red, green and blue.",
            "Write the colour like #1a5fb4.",
        ),
        C::AuditLost => text(
            "The audit log has lost entries that this head has seen, from entry {position} on.",
            "The log says that the books were brought back from a backup on {restored}. What happened between the last export of the log and that day is gone.",
            "See whether the books were really brought back on that day.",
        ),
        C::AuditLogRefused => text(
            "This is not the audit log that goes with this backup.",
            "It was changed or cut off, or it was exported from other books.",
            "Bring the newest export of the audit log of these books, as it was written.",
        ),
        C::ActivationNotInBackup => text(
            "The books were brought back from a backup that does not know this computer.",
            "It was activated after the backup was made. What is locked for it cannot be made before it is heard of again. It works until its license is over.",
            "Have the computer deactivated and activated again with the same activation code.",
        ),
        C::BackupAtServer => text(
            "The books are at a database server, so the file of a backup is not used here.",
            "A database server is backed up and brought back with programs of its own.",
            "Use the programs of the server, as the guide about backups says.",
        ),
        C::RestoreProfileMissing => text(
            "The vendor profile that customers have is newer than the backup.",
            "With an older one computers would not believe what is signed next, and nobody but your customers and you has the newer one.",
            "Put the vendor.kfv that you handed out last into the folder, and try again.",
        ),
        C::KeyUnknown => text(
            "This authority has no key with this id.",
            "The id is not among those of its keys, in use or replaced. A character may be missing.",
            "Look at the list of the keys, and take the id from there.",
        ),
        C::KeyInUse => text(
            "This key is in use, so it cannot be retired.",
            "Everything that is made now is made with it. Without it nothing could be signed or opened.",
            "Put a new key in its place first, then retire this one.",
        ),
        C::ProfileKeyAway => text(
            "The profile key is kept somewhere else.",
            "It was taken out of this authority, and nothing else can sign a new vendor profile.",
            "Bring the file that it was exported to, and name it with --profile-key.",
        ),
        C::ExchangeKeyOver => text(
            "This was locked for a key that is no longer in use.",
            "The vendor has put another key in its place, and took what was locked for the old one until {ended}.",
            "Open the vendor's newest profile on the computer that made this, then let it be made again there.",
        ),
        C::KeyDeviceMissing => text(
            "The device with the signing key is not there.",
            "“{what}” was looked for and not found. It may be unplugged, or what connects to it is not installed or not running.",
            "Connect the device, then run the command again.",
        ),
        C::KeyDevicePinMissing => text(
            "The device with the signing key asks for its PIN.",
            "The key is used inside the device and never leaves it. The device lets nobody use it without the PIN.",
            "Put the PIN into the first line of a file, and name it with --pin-file.",
        ),
        C::KeyDevicePinWrong => text(
            "The device with the signing key does not take this PIN.",
            "The whole first line of the file counts, spaces included. Many devices lock themselves after a few wrong PINs.",
            "Check that the file holds the PIN of this device before you try again.",
        ),
        C::KeyDeviceLocked => text(
            "The device with the signing key has locked itself.",
            "It was given a wrong PIN too often. Only whoever set it up can unlock it.",
            "Unlock the device with the program that its maker gives, then run the command again.",
        ),
        C::KeyDeviceFailed => text(
            "The device with the signing key did not do what it was asked.",
            "It answered “{what}”. What that means is for whoever made or set up the device to say.",
            "Check the device with the program that its maker gives, then run the command again.",
        ),
        C::KeyKeptElsewhere => text(
            "This key is replaced at the machine only.",
            "It lives in a device of its own, or is kept elsewhere on purpose. One that is made from here would lie in a file.",
            "Replace it there, with keyferry-authority key rotate.",
        ),
        C::AuditBroken => text(
            "The audit log was changed at entry {position}.",
            "Each entry is locked to the one before it. From entry {position} on they do not fit together any more: something was edited, removed or put in another order after it was written.",
            "Keep a copy of the database as it is, and compare it with your last export.",
        ),
        C::AuditTruncated => text(
            "The audit log ends before entry {position}, which it once had.",
            "The signed head that was given counts up to entry {position}. Later entries were removed since, or the database was restored from a backup.",
            "Compare the audit log with your last export of it.",
        ),
        C::AuditHeadRefused => text(
            "This is not a head of this authority's audit log.",
            "A head is a small signed file that is written when the audit log is exported. This is another file, it was changed, or another authority has signed it.",
            "Choose the head file from an export of this authority.",
        ),
        C::DatabaseNewer => text(
            "The database was made by a newer version of this program.",
            "A newer version has added something that this version does not know. Nothing was changed.",
            "Use the version of this program that last worked with the database.",
        ),
        C::DatabaseBusy => text(
            "The database is busy with other work.",
            "Another program held on to it for longer than this one waits. Nothing was changed.",
            "Try again in a moment.",
        ),
        C::DatabaseUnreachable => text(
            "The database server does not answer.",
            "It may be stopped or starting, the network may be down, or the address may be another one. Nothing was changed.",
            "Check that the database server is running, and try again.",
        ),
        C::DatabaseRefused => text(
            "The database server does not let this program in.",
            "The user name, the password or the name of the database is not one that the server accepts, or the user may not do what is needed there.",
            "Check the address of the database in its file.",
        ),
        C::DatabaseNotSecured => text(
            "The connection to the database server is not as safe as was asked for.",
            "The address of the database asks for an encrypted connection. The server offers none, or this computer does not trust the certificate that it shows.",
            "Check the certificate of the database server, and the one that its address names.",
        ),
        C::DatabaseReplica => text(
            "This database server takes no changes.",
            "It is a copy that only follows another server, or it was set to be read only. Nothing was changed.",
            "Use the address of the server that takes changes.",
        ),
        C::ChangeUncertain => text(
            "Whether this was done is not known.",
            "The connection to the database broke off just when the change was being put down for good. What a computer wrote can simply be brought again.",
            "Look whether it was done before you do it again.",
        ),
        C::DatabaseUrlRefused => text(
            "This is not the address of a database server.",
            "The first line of the file has to be an address that begins with postgres:// and says behind its question mark nothing but what the handbook lists. It is not shown here, since it holds a password.",
            "Write the address like postgres://user:password@db.example.com/keyferry.",
        ),
        C::DatabaseOfOther => text(
            "The database belongs to another authority.",
            "Its books were made with other keys than those in this folder. Used together they would spoil each other. Nothing was changed.",
            "Choose an empty database for a new authority, or the folder that belongs to this one.",
        ),
        C::LicenseUnknown => text(
            "There is no license with this id.",
            "The authority has never made a license of this id.",
            "Look the id up in the list of licenses.",
        ),
        C::LicenseRevoked => text(
            "This license is revoked.",
            "Revoking is final: it cannot be lifted, and no other license file is made of it.",
            "Make a new license.",
        ),
        C::LicenseNeedsComputer => text(
            "This does not tell which computer the license is for.",
            "A license for a computer is bound to what its activation request for the same program tells of it, encrypted for this vendor.",
            "Give an activation request (.kft) that was made on that computer for this program.",
        ),
        C::LicenseEndRefused => text(
            "A license that ends on {ends} would never count.",
            "That end is over already, or comes before the time from which the license is to count.",
            "Choose a later end.",
        ),
        C::LicenseBindingUnclear => text(
            "It is not said what the license is to be bound to, or more than one thing is.",
            "A license is bound to one USB key, to one computer, or to nothing. A row says which by one of the columns usb, device and unbound.",
            "Fill in exactly one of usb, device and unbound.",
        ),
        C::ReferenceTaken => text(
            "The reference “{reference}” stands for something else already.",
            "A reference names one purchase or one license for good, so that the same row brought again makes nothing twice. This one was used before, and what was asked for then was not the same.",
            "Give the row a reference of its own, or change the license that the reference stands for.",
        ),
        C::ReferenceTwice => text(
            "The reference “{reference}” stands in row {row} already.",
            "A reference names one purchase. Two rows of one list would say two things of it, and which one counts is not known.",
            "Keep one of the two rows, or give one of them another reference.",
        ),
        C::SeatsInUse => text(
            "{held} seats are held, so there cannot be fewer.",
            "Taking seats away does not take a license from a computer that works with it. Seats become free when computers are deactivated, or when a lost computer is released.",
            "Free some seats first, or choose a higher number.",
        ),

        C::AlreadyActive => text(
            "This program is already licensed on this computer until {until}.",
            "A new request is needed only when the lease is over, or when the license no longer fits this computer.",
            "Go on using the program.",
        ),
        C::NothingOutstanding => text(
            "No request is waiting for an answer on this computer.",
            "Every request made here has been answered or withdrawn.",
            "Begin an activation with your activation code.",
        ),
        C::AnswersNothingOutstanding => text(
            "This computer is not waiting for this answer.",
            "The answer fits this computer, but the request that it belongs to has been answered or replaced by a newer one. Nothing was changed.",
            "Bring the answer to the newest request.",
        ),
        C::AlreadyApplied => text(
            "This has already been used here.",
            "Bringing it again does no harm and changes nothing.",
            "Go on using the program.",
        ),
        C::AnswerForOtherDevice => text(
            "This was made for another computer.",
            "What the vendor makes for a computer is locked for that one, so no other can open it. Nothing was changed.",
            "Take it to the computer that it was made for.",
        ),
        C::AnswerForOtherProduct => text(
            "This answer is for another program.",
            "The answer names another program than the request that it belongs to. Nothing was changed.",
            "Bring the answer that belongs to your request.",
        ),
        C::OwnRequest => text(
            "This is your own request; it goes to the vendor.",
            "A request travels from this computer to the vendor, and the answer travels back.",
            "Take it to the vendor and bring back the answer.",
        ),
        C::ProductNotHere => text(
            "There is no license for {product} on this computer.",
            "No activation of this program was begun here, or it was made by another user of this computer.",
            "Activate the program with your activation code.",
        ),
        C::RefreshOlder => text(
            "This refresh is older than the license on this computer.",
            "Refreshes are numbered, and a lower number never replaces a higher one. Nothing was changed.",
            "Bring the newest refresh that the vendor has made.",
        ),
        C::RefreshForOtherActivation => text(
            "This refresh does not belong to the license on this computer.",
            "A refresh renews one activation, and the one that it names is not the one that is here now: the computer may have been deactivated or activated anew since. Nothing was changed.",
            "Ask the vendor for a new refresh for this computer.",
        ),
        C::NothingToDeactivate => text(
            "There is no license for {product} on this computer that could be given up.",
            "A computer can give up a seat only while it holds one. The program was never activated here, or it has been deactivated already.",
            "Look at the list of programs on this computer.",
        ),
        C::NoDeactivation => text(
            "There is no deactivation of {product} on this computer.",
            "None was made here, or its delivery has been confirmed and it is no longer kept.",
            "Look at the list of programs on this computer.",
        ),
        C::StillActivated => text(
            "The program {product} is still activated on this computer.",
            "A copy of this computer would carry the license along, and only one computer can hold its seat. Nothing was changed.",
            "Deactivate {product} on this computer first.",
        ),
        C::DeactivationUndelivered => text(
            "The deactivation of {product} has not been delivered yet.",
            "The seat becomes free only when the vendor has the deactivation. It is kept on this computer until you confirm that it has arrived. Nothing was changed.",
            "Take the deactivation to the vendor, then confirm its delivery.",
        ),
        C::EmergencyNotAllowed => text(
            "The vendor has not allowed an emergency run here.",
            "An emergency run is allowed in advance, together with the license. This license came without one, or not for what has happened here.",
            "Activate this computer again with your activation code.",
        ),
        C::EmergencyNotNeeded => text(
            "The program runs until {until}, so no emergency run is needed.",
            "An emergency run can be taken once the program would stop. It is kept for then.",
            "Go on using the program.",
        ),
        C::EmergencyUsedUp => text(
            "All emergency runs of this license have been taken (allowed: {uses}).",
            "The vendor decides how many there are. A refresh or a new activation can bring new ones.",
            "Activate this computer again with your activation code.",
        ),
        C::EmergencyOver => text(
            "The time for emergency runs ended on {ended}.",
            "The vendor has set an end that no emergency run passes, however many are left.",
            "Activate this computer again with your activation code.",
        ),
        C::ClockNotBehind => text(
            "The clock of this computer is not behind, so it needs no time from the vendor.",
            "The vendor's time helps when the license was already used at a later time than the clock shows. Here nothing of this kind is to be mended.",
            "Look at the list of programs on this computer.",
        ),
        C::TimeNotAskedFor => text(
            "This computer is not waiting for the vendor's time.",
            "The vendor's time answers one time request, and only once. That request was answered, replaced by a newer one, or dropped because the clock was right again. Nothing was changed.",
            "Make a new time request if the clock is still behind.",
        ),
        C::OwnToken => text(
            "This was made on this computer; it goes to the vendor.",
            "It is of the kind “{kind}”, which travels from this computer to the vendor and has no use here. Nothing was changed.",
            "Take it to the vendor.",
        ),
        C::RefusedByVendor => text(
            "The vendor has refused this for a reason that this version does not know.",
            "The vendor's answer names its reason as “{reason}”. The vendor works with a newer version of Keyferry than this computer.",
            "Tell the vendor's support this reason: {reason}.",
        ),
        C::MoveNeedsRequest => text(
            "This is not an activation request of the new computer.",
            "To move in one trip, the new computer's activation request travels together with this computer's deactivation. What was brought is something else. Nothing was changed.",
            "Make an activation request on the new computer and bring it here.",
        ),
        C::MoveOwnRequest => text(
            "This request was made on this computer, not on the new one.",
            "The license moves from here to another computer, so the request has to come from there. Nothing was changed.",
            "Bring the request that was made on the new computer.",
        ),
        C::MoveOtherVendor => text(
            "The new computer's request is for another vendor.",
            "A seat moves within one vendor, who gets the deactivation and answers the request. Nothing was changed.",
            "Make a request for this vendor on the new computer.",
        ),
        C::LicenseNotFound => text(
            "There is no license file for {product} here.",
            "License files (.lic) are looked for at the root of each USB key that is plugged in, and among those that were added to this computer.",
            "Plug in the USB key that holds the license file.",
        ),
        C::LicenseForOtherProduct => text(
            "This license file is for another program, {product}.",
            "A license file counts for the one program that it names.",
            "Use the license file of this program.",
        ),
        C::LicenseBelongsOnKey => text(
            "This license file belongs on its USB key.",
            "It is bound to a USB key and counts only when it is read from there. Nothing was changed.",
            "Plug the USB key in and put the license file on it.",
        ),
        C::LicenseNotKept => text(
            "No license file with this id was added to this computer.",
            "Only a license file that was added to this computer can be forgotten. One on a USB key is removed there.",
            "Look the id up in the list of programs on this computer.",
        ),
        C::LicenseForOtherKey => text(
            "This license file is bound to another USB key.",
            "It names the USB key that it is for by maker, serial number and size, and this is not the one. Nothing was written.",
            "Plug in the USB key that the license was made for.",
        ),
        C::LicenseNotForKey => text(
            "This license file is not bound to a USB key.",
            "Only a license that is bound to a USB key is put on one. This one counts on the computer itself.",
            "Add the license file to this computer.",
        ),
        C::TrustAnchorOnRemovableMedia => text(
            "The public key {path} lies on a removable medium.",
            "A medium that brings the license and the key to check it with proves nothing: whoever made one can make the other. The key was not used.",
            "Use a key that lies on this computer and that you have from the vendor.",
        ),
        C::CourierNotFound => text(
            "There is nothing of a courier on this medium.",
            "A courier is a USB key or folder with a folder KEYFERRY at its root, in which computers leave what they send.",
            "Collect with it on a computer first.",
        ),
        C::CourierTooMany => text(
            "There are more files on this courier than fit.",
            "At most {most} are read of each of its folders, so that a full or a foreign medium keeps nobody waiting. Nothing was changed.",
            "Use another USB key for some of the computers.",
        ),

        C::NothingRead => text(
            "There is nothing in it.",
            "What was brought is empty. A copy may have been cut off, or nothing was selected.",
            "Copy it again from where it came.",
        ),
        C::Unrecognised => text(
            "This is nothing that Keyferry knows.",
            "It is neither a request, an answer, a license nor a vendor profile, and no text in it begins like one.",
            "Choose the file that the vendor gave you.",
        ),
        C::ArmorLineShort => text(
            "Line {line} of the text is too short (characters missing: {missing}).",
            "Every line but the last has the same length. Some of this one was lost on the way, as happens when text is selected by hand.",
            "Copy the whole text again from where it came.",
        ),
        C::ArmorLineLong => text(
            "Line {line} of the text is too long (characters too many: {extra}).",
            "Every line but the last has the same length. Something was added to this one on the way.",
            "Copy the whole text again from where it came.",
        ),
        C::ArmorCharacter => text(
            "Line {line} of the text has a character that does not belong there.",
            "The lines consist of plain letters, digits, plus signs and slashes. Another character got in on the way.",
            "Copy the whole text again from where it came.",
        ),
        C::ArmorDamaged => text(
            "The text was damaged on the way.",
            "A short line at its end checks all the rest, and the two do not go together: a character was changed, lost or added. This is most often an accident of copying.",
            "Copy the whole text again from where it came.",
        ),
        C::ArmorUnfinished => text(
            "The end of the text is missing.",
            "The text has to go on to its last line, the one that begins with -----END.",
            "Copy the text up to and including its last line.",
        ),
        C::TooLarge => text(
            "This is too large to be read (the limit is {limit}).",
            "Requests, answers and licenses are small. Something this large is another kind of file.",
            "Choose the file that the vendor gave you.",
        ),
        C::Malformed => text(
            "Part of this is not written as it has to be.",
            "It looks like one of ours, but a part of it does not keep to the rules, so nothing in it was used. What stands out: {what}.",
            "Get it again from where it came.",
        ),
        C::NewerFormat => text(
            "This was made by a newer version of Keyferry.",
            "It is written in a format that this version does not know yet. Nothing was changed.",
            "Install a newer version of Keyferry on this computer.",
        ),
        C::WrongKind => text(
            "This is of the kind “{found}”; what is needed here is of the kind “{wanted}”.",
            "Each kind is accepted only where it belongs, so that nothing can be passed off as something else.",
            "Choose the other file.",
        ),
        C::SignatureMismatch => text(
            "This was changed after it was signed.",
            "The signature covers every character. It does not fit what is written here, so nothing in it was used.",
            "Get it again from whoever made it.",
        ),
        C::UntrustedKey => text(
            "This was signed with a key that is not trusted here.",
            "The key {kid} is not among those that belong to the vendor, or the vendor has withdrawn it. The vendor may have newer keys than this computer knows.",
            "Ask the vendor for its newest vendor profile.",
        ),
        C::AlgorithmRefused => text(
            "This was protected in a way that Keyferry does not accept.",
            "Only the methods that the specification names are accepted, and {algorithm} is not the one that belongs here.",
            "Ask whoever made it to make it again with Keyferry.",
        ),
        C::KeyRefused => text(
            "A key in this is not of the kind that Keyferry accepts.",
            "Keys have to be of a set kind and strength, so that a weak one cannot slip in. Nothing in it was used.",
            "Ask whoever made it to make it again with Keyferry.",
        ),
        C::CannotBeOpened => text(
            "This cannot be opened here.",
            "It is locked for someone else, or it was changed on the way. The two cannot be told apart from outside.",
            "Take it to the one that it was made for.",
        ),
        C::TextRefused => text(
            "The text for “{field}” is empty, too long, or has hidden characters.",
            "Names are shown to people in many places, so their length is limited, and characters that cannot be seen or that turn the direction of writing are not allowed.",
            "Write a shorter, plain text.",
        ),
        C::PictureWithoutQr => text(
            "There is no QR code to be read in this picture.",
            "The code may be too small, blurred, cut off, or in shadow.",
            "Take the picture again so that the code fills most of it.",
        ),
        C::ProductCodeRefused => text(
            "This product code is not written like com.example.cad.",
            "A product code has at least two parts of small letters, digits and dashes, with dots between them.",
            "Write the product code like a web address backwards.",
        ),
        C::ArchiveDamaged => text(
            "The ZIP file cannot be unpacked.",
            "It was cut off or changed on the way, is locked with a password, or was packed in a way that is not read here.",
            "Pack the files again without a password, or choose them one by one.",
        ),
        C::ArchiveTooMany => text(
            "There are more than {most} files in the ZIP file.",
            "So many are not taken in one go. Nothing of it was read.",
            "Pack the files into several ZIP files and bring one after the other.",
        ),
        C::ArchiveTooLarge => text(
            "The ZIP file unpacks to more than {limit}.",
            "What computers write is small. So much in one file is something else, and nothing of it was read.",
            "Pack only the files that Keyferry wrote.",
        ),
        C::PictureTooLarge => text(
            "The picture is too large, or there are too many of them.",
            "A picture may have {most} million pixels here, and all that are brought at once four times as many. This one was not looked at.",
            "Bring a smaller picture, fewer at once, or the file or the text of the message.",
        ),
        C::FramesMissing => text(
            "{have} of {total} parts of the moving QR code are here; missing: {parts}.",
            "A moving QR code shows its parts one after the other, in a circle. All of them are needed; their order makes no difference.",
            "Bring all of its parts together, or take the file or the text instead.",
        ),
        C::SheetHeadingMissing => text(
            "The first row does not name what is needed: {columns}.",
            "The first row of a list says what stands in each column. The order makes no difference, nor do capitals.",
            "Add the missing names to the first row.",
        ),
        C::SheetColumnUnknown => text(
            "The first row names columns that mean nothing here, or names one twice: {columns}.",
            "A mistyped name would leave out what stands below it: a license without its end, for instance, would never end. So nothing was done.",
            "Correct the names, or say that other columns are to be passed over.",
        ),
        C::SheetRowTooLong => text(
            "Row {row} is longer than {limit}.",
            "Rows of a list are short. A quotation mark that is opened and never closed makes one row of all that follows.",
            "Look for a quotation mark without its partner in row {row}.",
        ),
        C::SheetEncoding => text(
            "Row {row} has characters that cannot be read.",
            "Lists are read as UTF-8. Spreadsheets offer it when saving, often as “CSV UTF-8”.",
            "Save the list as CSV UTF-8.",
        ),
        C::SheetRowUneven => text(
            "Row {row} has more cells than the first row names columns.",
            "A comma or semicolon inside a text counts as the beginning of another cell, unless the text stands in quotation marks.",
            "Put texts with commas or semicolons in quotation marks.",
        ),
        C::CellMissing => text(
            "Nothing is said for “{column}”.",
            "This column has to be filled in for what the row asks for.",
            "Fill in “{column}” in this row.",
        ),
        C::CellRefused => text(
            "What stands in “{column}” is not understood.",
            "Numbers are whole numbers, and questions are answered with yes or no.",
            "Correct “{column}” in this row.",
        ),

        C::NotActivated => text(
            "This program is not activated on this computer.",
            "There is no license here that could be checked.",
            "Activate the program with your activation code.",
        ),
        C::AwaitingAnswer => text(
            "The request is made; the answer of the vendor is not here yet.",
            "The request has to reach the vendor, and the answer has to come back to this computer.",
            "Bring the answer of the vendor to this computer.",
        ),
        C::LeaseEnded => text(
            "The lease of this computer ended on {until}.",
            "A computer without a network may work for a set time before the vendor is asked again. A refresh that the vendor sends works as well as a new activation. If that day has not come yet, the clock of this computer is ahead, and setting it comes first.",
            "Activate this computer again with your activation code.",
        ),
        C::SubscriptionEnded => text(
            "The subscription ended on {until}.",
            "What was bought had an end, and no lease goes beyond it.",
            "Renew the subscription with the vendor.",
        ),
        C::Suspended => text(
            "The vendor has suspended this license.",
            "While it is suspended the program does not run. The vendor can lift this at any time.",
            "Ask the vendor why it is suspended.",
        ),
        C::Revoked => text(
            "The vendor has revoked this license.",
            "This is final: the license does not work any more.",
            "Ask the vendor for a new license.",
        ),
        C::ClockBehind => text(
            "The clock of this computer is behind.",
            "It shows a time that lies before one at which the license was already used. As soon as the clock is right again, the program runs. If it shows the right time already, a time request to the vendor mends it; where the vendor's own clock was wrong, bring a new refresh first.",
            "Set the date and time of this computer.",
        ),
        C::WrongDevice => text(
            "The license does not fit this computer.",
            "It belongs to another computer, or so much of this one was changed that it no longer counts as the same. What differs: {changed}.",
            "Activate this computer with your activation code.",
        ),
        C::Tampered => text(
            "The license on this computer was changed from outside.",
            "What is stored here is no longer what the vendor signed, so it is not used.",
            "Tell the vendor's support the reference of this message.",
        ),
        C::Deactivated => text(
            "This program was deactivated on this computer.",
            "The license was given up here, and that is final. Its seat is free for another computer as soon as the vendor has the deactivation.",
            "Activate the program again with your activation code if you need it here.",
        ),
        C::UsbKeyMissing => text(
            "The USB key with the license is not plugged in.",
            "This license is bound to a USB key and counts while that key is there.",
            "Plug in the USB key with the license.",
        ),
        C::WrongUsbKey => text(
            "The license belongs to another USB key.",
            "It was read from a USB key that is not the one it was made for. A copy of a license file, or of a whole key, does not count.",
            "Plug in the USB key that the license was made for.",
        ),
        C::LicenseSuperseded => text(
            "This license file was replaced by a newer one.",
            "This computer has seen a newer file of the same license, and does not go back to the older one.",
            "Use the newest license file that the vendor sent.",
        ),
        C::LicenseEnded => text(
            "The license ended on {until}.",
            "A license file counts up to the day that it names. If that day has not come yet, the clock of this computer is ahead, and setting it comes first.",
            "Ask the vendor for a new license file.",
        ),
        C::LicenseNotYet => text(
            "The license counts from {from} on.",
            "The license file names the day from which it counts. If that day has come, the clock of this computer is behind.",
            "Wait until then, or set the date and time of this computer.",
        ),
        C::LicenseClockBehind => text(
            "The clock of this computer is behind a time that was seen with the license.",
            "It shows a time that lies before one at which a license of this vendor was already used, or before the license file was made. As soon as the clock is right again, the program runs. If it shows the right time already, a newer file of the same license mends it: ask the vendor to make it anew.",
            "Set the date and time of this computer.",
        ),

        C::FileNotFound => text(
            "There is no file at {path}.",
            "It may have been moved or renamed, or its USB key is not plugged in.",
            "Check where the file is.",
        ),
        C::FileUnreadable => text(
            "The file {path} cannot be read.",
            "You may lack the permission, the medium may be damaged, or it is a folder.",
            "Copy the file to your own folder and choose it there.",
        ),
        C::FileUnwritable => text(
            "The file {path} cannot be written.",
            "You may lack the permission, the folder may not exist, or the medium is write-protected.",
            "Choose another folder.",
        ),
        C::DiskFull => text(
            "There is no room left to write {path}.",
            "The disk or USB key is full. What was there before is unchanged.",
            "Make some room on it and try again.",
        ),
        C::FileExists => text(
            "There is already another file at {path}.",
            "Only a file that Keyferry wrote itself is written over. Nothing was changed.",
            "Choose another name.",
        ),
        C::FolderInUse => text(
            "Another program is at work in {path}.",
            "Two programs at once would write the same files. The other one goes on.",
            "Wait until the other one is done, or choose another folder.",
        ),
        C::StoreLocked => text(
            "Keyferry is already at work in another window or program.",
            "Two at once could spoil each other's work, so one waits. The other did not finish in time. Nothing was changed.",
            "Try again when the other one has finished.",
        ),
        C::StoreDamaged => text(
            "The license data on this computer is damaged.",
            "It could not be read as it was written. A disk fault or a copied folder can be the reason. The damaged data was kept.",
            "Activate this computer again with your activation code.",
        ),
        C::StoreNewer => text(
            "The license data was written by a newer version of Keyferry.",
            "A newer version has stored something that this version does not know. Nothing was changed.",
            "Install the newer version of Keyferry again.",
        ),
        C::StoreFull => text(
            "There is no room left in the license data of this computer.",
            "It holds at most {limit}, so that it can always be read again. Nothing was changed.",
            "Remove a vendor that is no longer used here.",
        ),
        C::StoreUnwritable => text(
            "Keyferry cannot write to its folder {path}.",
            "The license data is kept there. The folder may belong to another user, or it is write-protected. Nothing was changed.",
            "Make the folder writable for your user account.",
        ),
        C::FingerprintTooSmall => text(
            "This computer shows too little of itself to be recognised again.",
            "A license is bound to several parts of a computer. At least two of them have to be readable, and here fewer are. This is common in containers and some virtual machines.",
            "Ask the vendor for a license that is not bound to this computer.",
        ),
        C::ClipboardUnavailable => text(
            "The clipboard cannot be reached.",
            "The desktop does not give access to it, or it holds no text.",
            "Use a file instead.",
        ),
        C::CameraMissing => text(
            "No camera was found.",
            "None is plugged in, it is covered by a switch, or the system does not show it to programs.",
            "Take a picture of the code and bring that as a file.",
        ),
        C::CameraRefused => text(
            "The system does not let Keyferry use the camera.",
            "Cameras are switched off for programs in the settings of the system, or by who looks after this computer.",
            "Take a picture of the code and bring that as a file.",
        ),
        C::CameraBusy => text(
            "The camera cannot be started.",
            "Another program uses it, or it does not answer.",
            "Close other programs that use the camera, and try again.",
        ),
        C::CameraGone => text(
            "The camera went away while it was used.",
            "It was pulled out or switched off. The parts of the code that were read so far are kept.",
            "Plug the camera in again, or bring a picture of the code as a file.",
        ),
        C::SystemFailure => text(
            "The system did not do what was asked of it.",
            "This was the reply: {what}.",
            "Try again after restarting this computer.",
        ),
        C::UsbKeyNotFound => text(
            "This USB key is not plugged in.",
            "Of the USB keys that are plugged in none has this id, and none is mounted at this place.",
            "Plug in the USB key.",
        ),
        C::UsbKeyAmbiguous => text(
            "This fits more than one USB key.",
            "Two USB keys that are plugged in give the same id, so it does not say which one is meant.",
            "Pull out the USB key that is not meant.",
        ),
        C::UsbKeyUnusable => text(
            "A license cannot be bound to this USB key.",
            "It tells no serial number, or not how large it is, so that it could not be told from others of its kind.",
            "Use another USB key.",
        ),
        C::UsbKeyWeak => text(
            "This USB key is a weak anchor for a license.",
            "Its serial number is one that other keys have as well, so that a license for it would count on those too.",
            "Use another USB key, or accept the weaker binding.",
        ),
        C::UsbVolumeMissing => text(
            "There is no open volume on this USB key.",
            "Files can be read from and written to a USB key once the system has opened a volume on it: formatted, unlocked where it is encrypted, and mounted.",
            "Open the USB key in the file manager.",
        ),
        C::UsbVolumeReadOnly => text(
            "This USB key is write-protected.",
            "The switch on its case may be set, or the system has opened it for reading only. Nothing was changed.",
            "Allow writing to the USB key and try again.",
        ),
        C::UsbKeyPulled => text(
            "The USB key was pulled out too early.",
            "What was on it before is still good. What was being written may be missing.",
            "Plug the USB key in and do the same again.",
        ),
        C::UsbUnavailable => text(
            "USB keys cannot be seen here.",
            "The system does not tell which USB devices are plugged in: {what}.",
            "Use a file instead of a USB key.",
        ),
        C::UsbKeyWithoutLicense => text(
            "There is no license file on this USB key.",
            "License files (.lic) count at the root of a USB key, in no folder.",
            "Put the license file on this USB key.",
        ),
        C::UsbKeyTooManyLicenses => text(
            "There are more license files on this USB key than are read.",
            "At most {most} files that end in .lic are read there, the first by their names, so that a foreign medium keeps nobody waiting. Those after them do not count, and no other is written there.",
            "Delete license files that nobody needs any more from this USB key.",
        ),

        C::Usage => text(
            "The command is not written as expected.",
            "Each command explains itself, with examples, when --help is added.",
            "Add --help to the command to see how it is written.",
        ),
        C::InputNeeded => text(
            "Something is missing that the command needs.",
            "The command asks no questions here, so everything has to be given with it.",
            "Add --help to the command to see what it needs.",
        ),
        C::ConfirmationNeeded => text(
            "This has to be confirmed.",
            "It cannot be undone. Nothing was changed.",
            "Repeat the command with --yes.",
        ),
        C::DateRefused => text(
            "This date is not written like 2027-03-31.",
            "A date has year, month and day; a time can follow, as in 2027-03-31T12:00:00Z.",
            "Write the date as in the example.",
        ),
        C::DurationRefused => text(
            "This duration is not written like 30d or 12h.",
            "A duration is a whole number with d for days or h for hours, and above zero.",
            "Write the duration as in the example.",
        ),
        C::UsbIdRefused => text(
            "This is not written like the id of a USB key.",
            "An id is written as in 0781:5581:4C530001:30752000000: maker and model, serial number, and size.",
            "Copy the id as the list of USB keys shows it.",
        ),
        C::AddressRefused => text(
            "This is not a network address to listen at.",
            "An address is an IP address and a port with a colon between them, such as 127.0.0.1:8480 or [::1]:8480.",
            "Give an address and a port.",
        ),
        C::AddressTaken => text(
            "The portal cannot listen at {address}.",
            "Another program listens there already, the address is none of this computer's, or the port is one that only an administrator may use.",
            "Stop the other program, or choose another address.",
        ),
        C::PageUnknown => text(
            "There is no page at this address.",
            "The address may have been shortened or mistyped on the way.",
            "Go to the first page and choose from there.",
        ),
        C::PageNotAsked => text(
            "This page cannot be opened in this way.",
            "It takes what a form sends, and is not for opening by its address.",
            "Go to the first page and use the form there.",
        ),
        C::SentTooSlowly => text(
            "The connection was too slow, and nothing was taken.",
            "What was sent did not arrive within the time that is allowed.",
            "Send it again, perhaps over another connection.",
        ),
        C::FormUnreadable => text(
            "What arrived is not what the form on this page sends.",
            "The form may have been changed on the way, or an older page was still open.",
            "Open the page again and fill in the form once more.",
        ),
        C::FormOutdated => text(
            "This page was open for too long, and nothing was changed.",
            "For your safety forms count for a short time and in the window in which they were opened.",
            "Enter again and repeat the last step.",
        ),
        C::PortalTrouble => text(
            "The portal could not do this, and it is not your doing.",
            "Something went wrong at the vendor. What was answered before stays answered; bringing the same message again does no harm.",
            "Try again in a few minutes; if it stays like this, tell the vendor the reference.",
        ),
        C::TooManyMessages => text(
            "There are more than {most} messages in what you brought.",
            "So many are not answered in one go. Nothing was changed.",
            "Bring them in several parts.",
        ),
        C::FormSentBefore => text(
            "This was done already, and is not done a second time.",
            "The form was sent before: the button was pressed twice, or the page that came after it was loaded again.",
            "Go to what was made, or open the form anew to make another one.",
        ),
        C::FormTooOld => text(
            "The form was open for too long, and nothing was made.",
            "A form counts for four hours after it is opened. What was filled in is still there.",
            "Look through it and send it again.",
        ),
        C::SignInNotAccepted => text(
            "Name, password and code do not go together.",
            "The name may be unknown, the password or the code another one, or the account switched off. The answer is the same in each case, so that nobody can find out who has an account.",
            "Try again, or ask an admin of yours for a new link.",
        ),
        C::PasswordNotAccepted => text(
            "This is not your password.",
            "Your password is asked for once more, so that nobody who finds your screen open can change how you sign in. Nothing was changed.",
            "Enter the password with which you sign in.",
        ),
        C::PasswordTooShort => text(
            "The password has fewer than {least} characters.",
            "A long password is hard to guess even if it is made of plain words. Several words in a row are easy to remember.",
            "Choose one with at least {least} characters.",
        ),
        C::PasswordTooLong => text(
            "The password has more than {most} characters.",
            "Something else may have been pasted with it.",
            "Choose one with at most {most} characters.",
        ),
        C::PasswordTooEasy => text(
            "This password is easy to guess.",
            "It repeats a few characters, follows the alphabet or the keyboard, is one that many people choose, or is made of your own name or that of the vendor. Those are tried first.",
            "Choose several words that do not belong together.",
        ),
        C::PasswordsDiffer => text(
            "The two passwords are not the same.",
            "The password is entered twice, so that a slip does not lock you out.",
            "Enter the same password in both boxes.",
        ),
        C::LinkNotAccepted => text(
            "This link does not count, or not any more.",
            "A link to set a password counts once and for a limited time. A newer one takes the place of all before it.",
            "Ask an admin of yours, or whoever runs the authority, for a new link.",
        ),
        C::AppCodeNotAccepted => text(
            "The app shows another code at this time.",
            "A code counts for half a minute, and once. Wrong time on the phone gives wrong codes, too.",
            "Wait for the next code in the app and enter it.",
        ),
        C::PermissionMissing => text(
            "Your account is not allowed to do this.",
            "What an account may do follows from its role. Nothing was changed.",
            "Ask an admin of yours to do it, or to give your account another role.",
        ),
        C::AccountUnknown => text(
            "There is no account of this name or id.",
            "It may have been mistyped.",
            "List the accounts and choose from them.",
        ),
        C::AccountExists => text(
            "There is an account named {name} already.",
            "A name to sign in with belongs to one person.",
            "Choose another name, or make a new link for the account that is there.",
        ),
        C::AccountNameRefused => text(
            "This is no name to sign in with.",
            "A name to sign in with has 2 to 64 letters from a to z, digits, dots, dashes, underscores, plus or at signs. Capitals make no difference.",
            "Choose a name of that kind, such as the part of a mail address before the at sign.",
        ),
        C::AccountDisabled => text(
            "This account is switched off.",
            "Nobody can sign in with it until it is switched on again.",
            "Switch the account on first.",
        ),
        C::LastAdmin => text(
            "This is the last admin who can sign in.",
            "Without an admin nobody could add people or give roles in the portal any more. Nothing was changed.",
            "Make somebody else an admin first, and let them sign in.",
        ),
        C::NotConfirmed => text(
            "The box that confirms it was not ticked.",
            "What cannot be undone is confirmed once more. Nothing was changed.",
            "Read what it means, and tick the box.",
        ),
        C::SignInLocked => text(
            "After too many attempts no password is looked at for {minutes} min.",
            "What waits is signing in with this name or from this network, so that nobody can try out passwords. Your account and your password stay as they are. An admin makes the link under People; where no admin gets in, whoever runs the portal makes it with keyferry-authority account invite.",
            "Wait {minutes} min and try again, or have a link made that sets a new password.",
        ),
        C::FieldMissing => text(
            "This still has to be filled in.",
            "Without it, nothing can be done with the rest of the form.",
            "Fill it in and send the form once more.",
        ),
        C::NumberRefused => text(
            "This is not a whole number from {least} to {most}.",
            "Numbers are written in digits, without a sign, point or unit.",
            "Write another number.",
        ),
        C::ListTooLong => text(
            "The list has more than {most} rows.",
            "So many rows are not dealt with in one go here. Nothing was done.",
            "Bring the list in several parts, or give it to the command line, which takes any number of rows.",
        ),
        C::ListUnknown => text(
            "There is no such list of licenses here.",
            "It was removed, or it was brought more than 30 days ago. The licenses that were made of it are among all others.",
            "Look for the licenses themselves, or bring the list again.",
        ),
        C::ListWorking => text(
            "The licenses of this list are being made.",
            "A list can be removed before it is begun and when it is done or was stopped, not in between.",
            "Wait until it is done, or stop it first.",
        ),
        C::ListRequestTwice => text(
            "Two activation requests are called {name}.",
            "A row names its request by the name of the file, whichever folder it is in: nobody can tell which of the two is meant. Nothing was done.",
            "Give one of them another name, and write that name in its row.",
        ),
        C::ListTooMany => text(
            "{most} lists of licenses are kept here, and no more.",
            "A list goes by itself 30 days after it was brought, unless its licenses are being made; those that were made stay. Nothing was kept of this one.",
            "Remove lists that nobody needs any more, and bring this one again.",
        ),
        C::ApiAccessRefused => text(
            "This program was not let in.",
            "Its API token is missing or mistyped, its time is over, or the vendor took it back.",
            "Give the program an API token that counts; an admin makes one in the portal.",
        ),
        C::ApiScopeMissing => text(
            "This API token does not allow {scope}.",
            "Each API token may do what was chosen when it was made, and nothing else.",
            "Use another API token, or have one made that allows it.",
        ),
        C::ApiTooManyCalls => text(
            "This program calls too often.",
            "Each API token may call a number of times a minute, so that others are answered as well.",
            "Call again in {seconds} seconds.",
        ),
        C::IdempotencyKeyRefused => text(
            "This Idempotency-Key cannot be used.",
            "It has between 1 and 255 visible characters without spaces, and stands once in a call.",
            "Make up another one, such as a random UUID.",
        ),
        C::IdempotencyKeyReused => text(
            "This Idempotency-Key was used for another call.",
            "Within a day it stands for one call with one content. Nothing was changed.",
            "Use a new Idempotency-Key for a new call.",
        ),
        C::IdempotencyKeyInUse => text(
            "The same call is still being answered.",
            "A call with this Idempotency-Key arrived before and has no answer yet.",
            "Repeat it in a few seconds with the same Idempotency-Key.",
        ),
        C::OutcomeUnknown => text(
            "Whether this call was carried out is not known.",
            "A call with this Idempotency-Key was cut off before its answer was kept. It is not carried out again.",
            "Look in the list whether it was done; if not, repeat it with a new Idempotency-Key.",
        ),
        C::CursorRefused => text(
            "This cursor leads nowhere.",
            "A cursor counts for the list and the filters that it came with, and cannot be changed.",
            "Begin at the first part of the list.",
        ),
        C::BodyRefused => text(
            "This call does not take what was sent.",
            "Something about it is other than the description of the API says: {what}.",
            "Correct it as the description of the API has it.",
        ),
        C::MediaTypeRefused => text(
            "This call does not take what is sent in this form.",
            "The API takes contents of one kind, which its description names.",
            "Send it with the Content-Type that the description of the API names.",
        ),
        C::ParameterRefused => text(
            "“{name}” in the address of this call cannot be understood.",
            "It is unknown there, stands there twice, or is written in another way than the description of the API says.",
            "Correct it as the description of the API has it.",
        ),
        C::ApiTokenUnknown => text(
            "There is no API token with this id.",
            "The id may be mistyped, or belong to another vendor.",
            "Copy the id from the list of API tokens.",
        ),
        C::ApiTokenEndRefused => text(
            "An API token cannot end then.",
            "Its end lies ahead, and at most {days} days.",
            "Choose an end within that time.",
        ),
        C::ApiScopeUnknown => text(
            "There is no permission “{scope}” for API tokens.",
            "An API token needs at least one permission, by its name, such as entitlements:read.",
            "Choose permissions by their names as the documentation lists them.",
        ),
        C::CallUnknown => text(
            "The API has nothing at this address.",
            "The address may be mistyped, or what it names is not there.",
            "Look the address up in the description of the API.",
        ),
        C::CallNotOffered => text(
            "The API does not offer this at this address.",
            "The address is right, and is called with another method, such as GET or POST.",
            "Use one of the methods that the answer names.",
        ),
        C::WebhookUnknown => text(
            "There is no webhook with this id.",
            "It was removed, or the id is mistyped.",
            "Copy the id from the list of webhooks.",
        ),
        C::WebhookAddressRefused => text(
            "A webhook cannot lead to this address.",
            "An address begins with https:// and has no name, password or # in it; http:// is for a program on the portal's own machine, by its number.",
            "Give another address.",
        ),
        C::WebhookEventUnknown => text(
            "There is no event called “{event}”.",
            "Events have the names of the actions in the audit log.",
            "Choose events by those names, or none to be told all of them.",
        ),
        C::WebhookTooMany => text(
            "There are {most} webhooks already.",
            "So many and no more are told of what happens.",
            "Remove one that is not needed any more.",
        ),
        C::WebhookDeliveryUnknown => text(
            "This webhook was told no such message.",
            "The id is mistyped, or the message is older than thirty days and is not listed any more.",
            "Copy the id from the list of what the webhook was told.",
        ),
        C::WebhookTooOften => text(
            "This is being sent, or was asked for a moment ago.",
            "What people and programs ask for is sent now and then only, so that no one is flooded from here.",
            "Wait {seconds} seconds, look at what came of it, and ask again.",
        ),
        C::WorkStopped => text(
            "Stopped before the end; {done} rows are done.",
            "What is done stays done, and everything that is named as done is on the disk.",
            "Give the same command again to go on.",
        ),
    }
}
