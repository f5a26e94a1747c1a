//! One good artefact of each kind, and the doors through which their readers take them.

use std::sync::OnceLock;

use keyferry_catalogue::Code;
use keyferry_fixtures::{
    NOW, TestDevice, TestVendor,
    forge::{Envelope, Sign1, es256, typ},
};
use keyferry_token::{
    ActivationRequest, ActivationResponse, Binding, Feature, License, LicenseId, LicenseTerm, Name,
    OpenFault, ParseFault, SealedToken, SeatStatus, Seconds, Sequence, SignedLicense,
    SignedProfile, SignedToken, TokenId, VendorSigner, VerifyFault, sign_license,
};

/// A vendor, a device, and what they made for each other.
pub(crate) struct Scene {
    pub(crate) vendor: &'static TestVendor,
    pub(crate) device: TestDevice,
    pub(crate) request: Vec<u8>,
    pub(crate) signed_request: Vec<u8>,
    pub(crate) response: Vec<u8>,
    pub(crate) signed_response: Vec<u8>,
    pub(crate) license: Vec<u8>,
    pub(crate) profile: Vec<u8>,
}

/// The same scene for a whole run.
pub(crate) fn scene() -> &'static Scene {
    static SCENE: OnceLock<Scene> = OnceLock::new();
    SCENE.get_or_init(|| {
        let vendor = TestVendor::acme();
        let mut device = TestDevice::new("cad-07");
        let request = device.request_to(vendor, &vendor.code());
        let response = vendor.respond(&request.bytes, NOW);
        Scene {
            vendor,
            device,
            request: request.bytes,
            signed_request: request.signed,
            response: response.bytes,
            signed_response: response.signed,
            license: sign_license(&license(), &vendor.signing_pair).unwrap(),
            profile: vendor.signed_profile(),
        }
    })
}

/// The claims of the scene's license.
pub(crate) fn license() -> License {
    License {
        id: LicenseId::new(*b"license id"),
        vendor: TestVendor::acme().id(),
        product: TestVendor::product(),
        issued_at: NOW,
        not_before: NOW,
        term: LicenseTerm::Until(NOW.plus(Seconds::days(365))),
        file_id: [7; 16],
        sequence: Sequence(1),
        status: SeatStatus::Active,
        features: vec![Feature::new("cam").unwrap()],
        edition: Some(Name::new("Professional").unwrap()),
        holder: Some(Name::new("Works South").unwrap()),
        grace: Seconds::days(7),
        binding: Binding::Unbound,
    }
}

/// Why a door stayed shut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Parse(ParseFault),
    Open(OpenFault),
    Verify(VerifyFault),
}

impl Refusal {
    pub(crate) fn code(&self) -> Code {
        match self {
            Self::Parse(fault) => fault.code(),
            Self::Open(fault) => fault.code(),
            Self::Verify(fault) => fault.code(),
        }
    }
}

/// A reader of one kind of artefact with the keys that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// The vendor's authority takes a request.
    Request,
    /// The device takes a response.
    Response,
    /// The device reads a response that it has kept without its envelope.
    KeptResponse,
    /// A program takes a license.
    License,
    /// A client takes a profile it does not know yet.
    Profile,
    /// A client takes a newer profile of a vendor that it trusts.
    Successor,
}

impl Door {
    pub(crate) const ALL: [Self; 6] = [
        Self::Request,
        Self::Response,
        Self::KeptResponse,
        Self::License,
        Self::Profile,
        Self::Successor,
    ];

    /// Brings bytes to the door.
    pub(crate) fn take(self, bytes: &[u8]) -> Result<TokenId, Refusal> {
        let Scene { vendor, device, .. } = scene();
        let open = |key| {
            let token = SealedToken::parse(bytes).map_err(Refusal::Parse)?;
            token.open(key).map_err(Refusal::Open)
        };
        match self {
            Self::Request => open(&vendor.exchange)?
                .verify_from_device::<ActivationRequest>(&vendor.id())
                .map(|verified| verified.id()),
            Self::Response => open(&device.exchange)?
                .signed()
                .verify_from_vendor::<ActivationResponse>(&vendor.keys(), &device.id())
                .map(|verified| verified.id()),
            Self::KeptResponse => SignedToken::parse(bytes)
                .map_err(Refusal::Parse)?
                .verify_from_vendor::<ActivationResponse>(&vendor.keys(), &device.id())
                .map(|verified| verified.id()),
            Self::License => SignedLicense::parse(bytes)
                .map_err(Refusal::Parse)?
                .verify(&vendor.keys())
                .map(|verified| verified.id()),
            Self::Profile => SignedProfile::parse(bytes)
                .map_err(Refusal::Parse)?
                .verify_whole()
                .map(|verified| verified.id()),
            Self::Successor => SignedProfile::parse(bytes)
                .map_err(Refusal::Parse)?
                .verify_successor(&vendor.profile)
                .map(|verified| verified.id()),
        }
        .map_err(Refusal::Verify)
    }

    /// The code with which the door refuses; panics when it opens.
    #[track_caller]
    pub(crate) fn refuses(self, bytes: &[u8], why: &str) -> Code {
        match self.take(bytes) {
            Ok(id) => panic!("{self:?} took {id}: {why}"),
            Err(refusal) => refusal.code(),
        }
    }

    /// The good artefact that belongs here.
    pub(crate) fn key(self) -> &'static [u8] {
        let scene = scene();
        match self {
            Self::Request => &scene.request,
            Self::Response => &scene.response,
            Self::KeptResponse => &scene.signed_response,
            Self::License => &scene.license,
            Self::Profile | Self::Successor => &scene.profile,
        }
    }

    /// What is signed behind this door, in its parts.
    pub(crate) fn signed_parts(self) -> Sign1 {
        let scene = scene();
        Sign1::of(match self {
            Self::Request => &scene.signed_request,
            Self::Response | Self::KeptResponse => &scene.signed_response,
            Self::License => &scene.license,
            Self::Profile | Self::Successor => &scene.profile,
        })
    }

    /// Signs as the one whose signature this door wants.
    pub(crate) fn sign(self, message: &[u8]) -> Vec<u8> {
        let Scene { vendor, device, .. } = scene();
        match self {
            Self::Request => es256(&device.signing)(message),
            Self::Response | Self::KeptResponse | Self::License => {
                vendor.signing_pair.sign(message).unwrap()
            }
            Self::Profile | Self::Successor => vendor.profile_pair.sign(message).unwrap(),
        }
    }

    /// Puts a signed structure into the envelope that this door wants, if it wants one.
    pub(crate) fn wrapped(self, signed: &[u8]) -> Vec<u8> {
        let Scene { vendor, device, .. } = scene();
        let sealed = |typ, to| Envelope::new(typ, signed, &to, &one_time_key()).bytes();
        match self {
            Self::Request => sealed(typ::REQUEST, vendor.exchange.public()),
            Self::Response => sealed(typ::RESPONSE, device.exchange.public()),
            Self::KeptResponse | Self::License | Self::Profile | Self::Successor => signed.to_vec(),
        }
    }

    /// The good artefact, changed before it was signed and sealed.
    pub(crate) fn forged(self, change: impl FnOnce(Sign1) -> Sign1) -> Vec<u8> {
        let signed = change(self.signed_parts()).signed(|message| self.sign(message));
        self.wrapped(&signed.bytes())
    }
}

pub(crate) fn one_time_key() -> keyferry_token::ExchangeSecretKey {
    keyferry_token::ExchangeSecretKey::make(&mut keyferry_fixtures::rng())
}

#[test]
fn every_door_opens_to_its_own_artefact_and_to_one_built_by_hand() {
    for door in Door::ALL {
        assert!(door.take(door.key()).is_ok(), "{door:?}");
        assert!(door.take(&door.forged(|same| same)).is_ok(), "{door:?}");
    }
}
