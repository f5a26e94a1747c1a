//! One good artefact of each kind, and the doors through which their readers take them.

use std::sync::OnceLock;

use keyferry_catalogue::{Code, Problem};
use keyferry_fixtures::{
    NOW, TestDevice, TestVendor,
    forge::{Envelope, Sign1, es256, typ},
};
use keyferry_token::{
    ActivationRequest, ActivationResponse, Binding, ComponentKind, Deactivation, Feature,
    FromDevice, FromVendor, License, LicenseId, LicenseTerm, Name, OpenFault, OpenedToken,
    ParseFault, Refresh, Sealed, SealedToken, SeatStatus, Seconds, Sequence, SignedLicense,
    SignedProfile, SignedToken, StatusReport, TimeAnswer, TimeRequest, TokenId, TokenKind,
    VendorRefusal, VendorSigner, VerifyFault, sign_license,
};

/// A vendor, a device, and what they made for each other.
pub(crate) struct Scene {
    pub(crate) vendor: &'static TestVendor,
    pub(crate) device: TestDevice,
    pub(crate) license: Vec<u8>,
    pub(crate) profile: Vec<u8>,
    tokens: Vec<(TokenKind, Sealed)>,
}

impl Scene {
    /// The token of this kind.
    pub(crate) fn token(&self, kind: TokenKind) -> &Sealed {
        let mut tokens = self.tokens.iter();
        &tokens.find(|(of, _)| *of == kind).unwrap().1
    }

    pub(crate) fn request(&self) -> &[u8] {
        &self.token(TokenKind::ActivationRequest).bytes
    }

    pub(crate) fn signed_request(&self) -> &[u8] {
        &self.token(TokenKind::ActivationRequest).signed
    }
}

/// The same scene for a whole run.
pub(crate) fn scene() -> &'static Scene {
    static SCENE: OnceLock<Scene> = OnceLock::new();
    SCENE.get_or_init(|| {
        let vendor = TestVendor::acme();
        let mut device = TestDevice::new("cad-07");
        Scene {
            vendor,
            license: sign_license(&license(), &vendor.signing_pair).unwrap(),
            profile: vendor.signed_profile(),
            tokens: tokens(vendor, &mut device),
            device,
        }
    })
}

/// One token of each kind, with every claim that it can have.
fn tokens(vendor: &TestVendor, device: &mut TestDevice) -> Vec<(TokenKind, Sealed)> {
    let to = vendor.addressee();
    let runs = || vec![NOW.minus(Seconds::DAY), NOW];

    let code = vendor.code();
    let mut request = device.next_claims(to.vendor, &to.key, to.product.clone(), &code);
    request.emergency_runs = runs();
    let request = device.seal(&request, &to);
    let asked = vendor.open(&request.bytes);
    let grant = TestVendor::grant(&asked, NOW);
    let mut deactivation = device.next_deactivation(&to, &grant);
    deactivation.emergency_runs = runs();
    let mut time_request = device.next_time_request(&to, grant.activation);
    time_request.emergency_runs = runs();
    let time_request = device.seal(&time_request, &to);
    let mut status = device.next_status(&to, Some(&grant));
    status.emergency_runs = runs();
    status.changed = vec![ComponentKind::Cpu];
    status.reason = Some(Code::LeaseEnded.number());
    status.store_repaired = true;

    let refused = Problem::new(Code::NoFreeSeat).with("seats", 3);
    let asked_for_time = vendor.open_as::<TimeRequest>(&time_request.bytes);
    vec![
        (
            TokenKind::ActivationResponse,
            vendor.respond_with(&asked, NOW, grant.clone()),
        ),
        (
            TokenKind::Refresh,
            vendor.refresh(&asked, NOW, TestVendor::renewed(&grant, NOW)),
        ),
        (TokenKind::Deactivation, device.seal(&deactivation, &to)),
        (TokenKind::Time, vendor.tell_time(&asked_for_time, NOW)),
        (
            TokenKind::Refusal,
            vendor.refuse(&asked, &asked.exchange_key, NOW, &refused),
        ),
        (TokenKind::Status, device.seal(&status, &to)),
        (TokenKind::ActivationRequest, request),
        (TokenKind::TimeRequest, time_request),
    ]
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
    /// The vendor's authority, or the device, takes a token of this kind.
    Token(TokenKind),
    /// The device reads a vendor's token that it has kept without its envelope.
    Kept(TokenKind),
    /// A program takes a license.
    License,
    /// A client takes a profile it does not know yet.
    Profile,
    /// A client takes a newer profile of a vendor that it trusts.
    Successor,
}

impl Door {
    pub(crate) const REQUEST: Self = Self::Token(TokenKind::ActivationRequest);
    pub(crate) const RESPONSE: Self = Self::Token(TokenKind::ActivationResponse);
    pub(crate) const KEPT_RESPONSE: Self = Self::Kept(TokenKind::ActivationResponse);

    pub(crate) const ALL: [Self; 15] = [
        Self::REQUEST,
        Self::RESPONSE,
        Self::Token(TokenKind::Refresh),
        Self::Token(TokenKind::Deactivation),
        Self::Token(TokenKind::TimeRequest),
        Self::Token(TokenKind::Time),
        Self::Token(TokenKind::Refusal),
        Self::Token(TokenKind::Status),
        Self::KEPT_RESPONSE,
        Self::Kept(TokenKind::Refresh),
        Self::Kept(TokenKind::Time),
        Self::Kept(TokenKind::Refusal),
        Self::License,
        Self::Profile,
        Self::Successor,
    ];

    /// One door for each kind of signed claims.
    pub(crate) const SIGNED: [Self; 10] = [
        Self::REQUEST,
        Self::Token(TokenKind::Deactivation),
        Self::Token(TokenKind::TimeRequest),
        Self::Token(TokenKind::Status),
        Self::KEPT_RESPONSE,
        Self::Kept(TokenKind::Refresh),
        Self::Kept(TokenKind::Time),
        Self::Kept(TokenKind::Refusal),
        Self::License,
        Self::Profile,
    ];

    /// Brings bytes to the door.
    pub(crate) fn take(self, bytes: &[u8]) -> Result<TokenId, Refusal> {
        let Scene { vendor, device, .. } = scene();
        let open = |key| {
            let token = SealedToken::parse(bytes).map_err(Refusal::Parse)?;
            token.open(key).map_err(Refusal::Open)
        };
        match self {
            Self::Token(kind) if kind.from_device() => {
                verify_from_device(kind, &open(&vendor.exchange)?)
            }
            Self::Token(kind) => verify_from_vendor(kind, open(&device.exchange)?.signed()),
            Self::Kept(kind) => {
                verify_from_vendor(kind, &SignedToken::parse(bytes).map_err(Refusal::Parse)?)
            }
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
            Self::Token(kind) => &scene.token(kind).bytes,
            Self::Kept(kind) => &scene.token(kind).signed,
            Self::License => &scene.license,
            Self::Profile | Self::Successor => &scene.profile,
        }
    }

    /// What is signed behind this door, in its parts.
    pub(crate) fn signed_parts(self) -> Sign1 {
        let scene = scene();
        Sign1::of(match self {
            Self::Token(kind) | Self::Kept(kind) => &scene.token(kind).signed,
            Self::License => &scene.license,
            Self::Profile | Self::Successor => &scene.profile,
        })
    }

    /// Signs as the one whose signature this door wants.
    pub(crate) fn sign(self, message: &[u8]) -> Vec<u8> {
        let Scene { vendor, device, .. } = scene();
        match self {
            Self::Token(kind) if kind.from_device() => es256(&device.signing)(message),
            Self::Token(_) | Self::Kept(_) | Self::License => {
                vendor.signing_pair.sign(message).unwrap()
            }
            Self::Profile | Self::Successor => vendor.profile_pair.sign(message).unwrap(),
        }
    }

    /// Puts a signed structure into the envelope that this door wants, if it wants one.
    pub(crate) fn wrapped(self, signed: &[u8]) -> Vec<u8> {
        match self {
            Self::Token(kind) => sealed_as(kind, signed, kind),
            Self::Kept(_) | Self::License | Self::Profile | Self::Successor => signed.to_vec(),
        }
    }

    /// The good artefact, changed before it was signed and sealed.
    pub(crate) fn forged(self, change: impl FnOnce(Sign1) -> Sign1) -> Vec<u8> {
        let signed = change(self.signed_parts()).signed(|message| self.sign(message));
        self.wrapped(&signed.bytes())
    }
}

/// Content in an envelope that says `kind`, sealed to the one who reads `reader`.
pub(crate) fn sealed_as(kind: TokenKind, content: &[u8], reader: TokenKind) -> Vec<u8> {
    let Scene { vendor, device, .. } = scene();
    let to = if reader.from_device() {
        &vendor.exchange
    } else {
        &device.exchange
    };
    Envelope::new(typ(kind), content, &to.public(), &one_time_key()).bytes()
}

/// Checks an opened token as one of this kind, at the authority.
pub(crate) fn verify_from_device(
    kind: TokenKind,
    opened: &OpenedToken,
) -> Result<TokenId, VerifyFault> {
    fn id<T: FromDevice>(opened: &OpenedToken) -> Result<TokenId, VerifyFault> {
        let vendor = scene().vendor.id();
        Ok(opened.verify_from_device::<T>(&vendor)?.id())
    }
    match kind {
        TokenKind::ActivationRequest => id::<ActivationRequest>(opened),
        TokenKind::Deactivation => id::<Deactivation>(opened),
        TokenKind::TimeRequest => id::<TimeRequest>(opened),
        TokenKind::Status => id::<StatusReport>(opened),
        other => panic!("{} is not from a device", other.name()),
    }
}

/// Checks signed content as one of this kind, at the device.
pub(crate) fn verify_from_vendor(
    kind: TokenKind,
    signed: &SignedToken,
) -> Result<TokenId, VerifyFault> {
    fn id<T: FromVendor>(signed: &SignedToken) -> Result<TokenId, VerifyFault> {
        let Scene { vendor, device, .. } = scene();
        let verified = signed.verify_from_vendor::<T>(&vendor.keys(), &device.id())?;
        Ok(verified.id())
    }
    match kind {
        TokenKind::ActivationResponse => id::<ActivationResponse>(signed),
        TokenKind::Refresh => id::<Refresh>(signed),
        TokenKind::Time => id::<TimeAnswer>(signed),
        TokenKind::Refusal => id::<VendorRefusal>(signed),
        other => panic!("{} is not from a vendor", other.name()),
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
