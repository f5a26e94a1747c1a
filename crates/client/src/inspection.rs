//! What an artefact says, who signed it, and whether that one is trusted here. Changes nothing.

use keyferry_catalogue::Problem;
use keyferry_token::{
    ActivationResponse, Artefact, ArtefactKind, DeviceId, FromVendor, KeyId, Name, Refresh,
    SealedToken, SignedLicense, SignedProfile, TimeAnswer, TokenKind, VendorId, VendorProfile,
    VendorRefusal, Verified, VerifyFault,
};

use crate::{
    ApplyFault, Claim, Client, Relation,
    carried::carried,
    claims, door,
    licenses::{Believed, believed},
    store::State,
    vendors::{self, TrustedVendors},
};

/// What is known of an artefact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// What it is.
    pub kind: ArtefactKind,
    /// What people call it, where it could be opened.
    pub reference: Option<String>,
    /// The vendor that it names, where it could be read.
    pub vendor: Option<VendorId>,
    /// Who signed it.
    pub signer: Signer,
    /// Whether that one is trusted here.
    pub trusted: bool,
    /// What it says; empty where it cannot be read here.
    pub claims: Vec<Claim>,
    /// What keeps it from being read or believed here.
    pub problem: Option<Problem>,
}

/// Who signed an artefact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signer {
    /// This computer.
    ThisDevice(DeviceId),
    /// A vendor's key; with the vendor's name where it is trusted here.
    VendorKey {
        /// The key.
        key: KeyId,
        /// Whose it is.
        vendor: Option<Name>,
    },
    /// It is sealed for someone else, so nobody here can tell.
    Sealed {
        /// The key that opens it.
        recipient: KeyId,
    },
    /// What stands there as a signature is none.
    Nobody,
}

impl Client {
    /// Says what artefacts say: a token made here by the content key that was kept, a vendor's token
    /// for this computer, a license, a vendor profile; also in a picture.
    ///
    /// # Errors
    /// Of the whole: those of reading, `picture_without_qr`, and of reading the store. Of each:
    /// those of parsing it.
    pub fn inspect(&self, bytes: &[u8]) -> Result<Vec<Result<Inspection, ApplyFault>>, ApplyFault> {
        let artefacts = door::read(bytes)?;
        let snapshot = self.store.read()?;
        let trusted = self.trusted(&snapshot.state);
        let inspect = |artefact: Artefact| match artefact {
            Artefact::Token(token) => of_token(&token, &snapshot.state, &trusted),
            Artefact::License(license) => of_license(&license, &trusted),
            Artefact::Profile(profile) => of_profile(&profile, &trusted),
        };
        Ok(artefacts
            .into_iter()
            .map(|artefact| Ok(inspect(artefact?)))
            .collect())
    }
}

fn of_profile(signed: &SignedProfile, trusted: &TrustedVendors) -> Inspection {
    let kind = ArtefactKind::Profile;
    let profile = match signed.verify_whole() {
        Ok(profile) => profile,
        Err(fault) => return unbelieved(kind, &fault),
    };
    let pending = vendors::pending(vec![signed.clone()], trusted);
    let known = matches!(
        pending.as_ref().map(crate::PendingVendor::relation),
        Ok(Relation::Known | Relation::Successor)
    );
    let name = known.then(|| profile.name.clone());
    Inspection {
        kind,
        reference: Some(profile.id().reference()),
        vendor: Some(profile.vendor),
        signer: profile
            .key()
            .map_or(Signer::Nobody, |key| Signer::VendorKey {
                key,
                vendor: name,
            }),
        trusted: known,
        claims: claims::of_profile(&profile),
        problem: pending.err().map(Into::into),
    }
}

fn of_token(token: &SealedToken, state: &State, trusted: &TrustedVendors) -> Inspection {
    match token.kind() {
        TokenKind::ActivationResponse => {
            of_vendors::<ActivationResponse>(token, state, trusted, claims::of_response)
        }
        TokenKind::Refresh => of_vendors::<Refresh>(token, state, trusted, claims::of_refresh),
        TokenKind::Time => of_vendors::<TimeAnswer>(token, state, trusted, claims::of_time_answer),
        TokenKind::Refusal => {
            of_vendors::<VendorRefusal>(token, state, trusted, claims::of_refusal)
        }
        kind @ (TokenKind::ActivationRequest
        | TokenKind::Deactivation
        | TokenKind::TimeRequest
        | TokenKind::Status) => of_own(token, state, trusted)
            .unwrap_or_else(|| sealed(token, &ApplyFault::TokenOfOther { kind })),
    }
}

/// A token that was made here.
fn of_own(token: &SealedToken, state: &State, trusted: &TrustedVendors) -> Option<Inspection> {
    let made = state.made().find(|made| made.bytes == token.bytes())?;
    let shown = carried(made, state, trusted.get(&made.vendor)?)?;
    Some(Inspection {
        kind: ArtefactKind::Token(token.kind()),
        reference: Some(shown.reference),
        vendor: Some(made.vendor),
        signer: Signer::ThisDevice(state.devices.get(&made.vendor)?.id()),
        trusted: true,
        claims: shown.claims,
        problem: None,
    })
}

/// A token that a vendor made for this computer.
fn of_vendors<T: FromVendor>(
    token: &SealedToken,
    state: &State,
    trusted: &TrustedVendors,
    claims: impl FnOnce(&Verified<T>, &VendorProfile) -> Vec<Claim>,
) -> Inspection {
    let (id, device, opened) = match door::open(token, state) {
        Ok(opened) => opened,
        Err(fault) => return sealed(token, &fault),
    };
    let Some(vendor) = trusted.get(&id) else {
        return sealed(token, &ApplyFault::VendorNotTrusted);
    };
    let keys = vendor.profile.signing_keys();
    match opened.signed().verify_from_vendor::<T>(&keys, &device) {
        Err(fault) => unbelieved(ArtefactKind::Token(token.kind()), &fault),
        Ok(verified) => Inspection {
            kind: ArtefactKind::Token(token.kind()),
            reference: Some(verified.id().reference()),
            vendor: Some(id),
            signer: verified
                .key()
                .map_or(Signer::Nobody, |key| Signer::VendorKey {
                    key,
                    vendor: Some(vendor.profile.name.clone()),
                }),
            trusted: true,
            claims: claims(&verified, &vendor.profile),
            problem: None,
        },
    }
}

fn of_license(signed: &SignedLicense, trusted: &TrustedVendors) -> Inspection {
    let Believed { vendor, license } = match believed(signed, trusted) {
        Ok(believed) => believed,
        Err(fault) => return unbelieved(ArtefactKind::License, &fault),
    };
    Inspection {
        kind: ArtefactKind::License,
        reference: Some(license.id.to_string()),
        vendor: Some(vendor.id()),
        signer: license
            .key()
            .map_or(Signer::Nobody, |key| Signer::VendorKey {
                key,
                vendor: Some(vendor.profile.name.clone()),
            }),
        trusted: true,
        claims: claims::of_license(&license, &vendor.profile),
        problem: None,
    }
}

/// Something that nobody here can open.
fn sealed(token: &SealedToken, fault: &ApplyFault) -> Inspection {
    Inspection {
        kind: ArtefactKind::Token(token.kind()),
        reference: None,
        vendor: None,
        signer: Signer::Sealed {
            recipient: token.recipient(),
        },
        trusted: false,
        claims: Vec::new(),
        problem: Some(fault.problem()),
    }
}

/// Something whose signature is not believed: what it says is not shown.
fn unbelieved(kind: ArtefactKind, fault: &VerifyFault) -> Inspection {
    let signer = match fault {
        VerifyFault::UntrustedKey { key } => Signer::VendorKey {
            key: *key,
            vendor: None,
        },
        VerifyFault::Signature
        | VerifyFault::OtherRecipient
        | VerifyFault::OtherVendor
        | VerifyFault::Content(_) => Signer::Nobody,
    };
    Inspection {
        kind,
        reference: None,
        vendor: None,
        signer,
        trusted: false,
        claims: Vec::new(),
        problem: Some(fault.problem()),
    }
}
