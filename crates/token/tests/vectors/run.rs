//! Runs one vector against the reader of its kind, with the published keys.

use std::fmt;

use keyferry_catalogue::Code;
use keyferry_fixtures::published::{
    claims, device_exchange_key, device_signing_key, vendor_exchange_key,
};
use keyferry_token::{
    ActivationCode, ActivationRequest, ActivationResponse, Artefact, ComponentKind, Deactivation,
    ExchangePublicKey, Fingerprint, FromDevice, FromVendor, HolderSecret, Label, Refresh,
    SealedToken, SignedLicense, SignedProfile, StatusCode, StatusReport, TimeAnswer, TimeRequest,
    TokenKind, UsbId, VendorKeys, VendorPublicKey, VendorRefusal, Verified, VerifyFault, armor,
};

use crate::{
    file::{Input, Vector},
    make::keys,
};

type Found = Vec<(String, String)>;

/// `ok` and what was read, or the code.
pub(crate) fn run(vector: &Vector) -> (String, Found) {
    match read(vector) {
        Ok(found) => ("ok".to_owned(), found),
        Err(code) => (code.as_str().to_owned(), vec![]),
    }
}

fn one(name: &str, value: impl fmt::Display) -> Found {
    vec![(name.to_owned(), value.to_string())]
}

fn read(vector: &Vector) -> Result<Found, Code> {
    let bytes = vector.bytes();
    let text = || String::from_utf8(bytes.clone()).unwrap();
    match vector.kind.as_str() {
        "activation_code" => {
            let code = ActivationCode::read(&text()).map_err(|fault| fault.code())?;
            let secret = data_encoding::HEXLOWER.encode(code.secret().expose());
            let mut found = one("tag", code.tag());
            found.extend(one("secret", secret));
            Ok(found)
        }
        "holder_secret" => {
            let secret = HolderSecret::read(&text()).map_err(|fault| fault.code())?;
            Ok(one("secret", secret.expose()))
        }
        "status_code" => status_code(&text()),
        "usb_id" => {
            let id: UsbId = text()
                .parse()
                .map_err(|fault: keyferry_token::TextFault| fault.code())?;
            Ok(one("id", id))
        }
        "label" => {
            let label = Label::new(&text()).map_err(|fault| fault.code())?;
            Ok(one("label", label))
        }
        "rsa_key" => {
            let key = VendorPublicKey::from_spki(&bytes).map_err(|fault| fault.code())?;
            Ok(one("kid", key.id()))
        }
        "p256_key" => {
            let key = ExchangePublicKey::from_spki(&bytes).map_err(|fault| fault.code())?;
            Ok(one("kid", key.id()))
        }
        // Line by line a component's name and normalised value, for the published vendor and product.
        "components" => {
            let text = text();
            let lines = text.lines().map(|line| line.split_once(' ').unwrap());
            let components = lines.map(|(name, value)| {
                let kind = ComponentKind::ALL
                    .into_iter()
                    .find(|kind| kind.name() == name);
                (kind.unwrap(), value)
            });
            let of = Fingerprint::derive(&claims::vendor_id(), &claims::product(), components);
            let digest = |(kind, digest): (ComponentKind, &[u8; 8])| {
                (
                    kind.name().to_owned(),
                    data_encoding::HEXLOWER.encode(digest),
                )
            };
            Ok(of.iter().map(digest).collect())
        }
        _ => artefact(vector, &bytes),
    }
}

fn status_code(text: &str) -> Result<Found, Code> {
    let code = StatusCode::read(text).map_err(|fault| fault.code())?;
    let or_none = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
    let changed: Vec<&str> = code
        .changed()
        .into_iter()
        .map(ComponentKind::name)
        .collect();
    let changed = (!changed.is_empty()).then(|| changed.join(","));
    Ok([
        ("state", code.state().name().to_owned()),
        ("reason", or_none(code.reason().map(|n| n.to_string()))),
        ("day", code.day().to_string()[..10].to_owned()),
        ("ends-in", or_none(code.ends_in().map(|n| n.to_string()))),
        ("changed", or_none(changed)),
        ("hint", or_none(code.hint().map(|n| n.to_string()))),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into())
}

/// Reads an artefact of the wanted kind and checks it with the published keys.
fn artefact(vector: &Vector, bytes: &[u8]) -> Result<Found, Code> {
    if matches!(vector.input, Input::Binary(_)) {
        return match vector.kind.as_str() {
            "license" => license(&SignedLicense::parse(bytes).map_err(|f| f.code())?),
            "vendor_profile" => profile(&SignedProfile::parse(bytes).map_err(|f| f.code())?),
            "newer_vendor_profile" => {
                successor(&SignedProfile::parse(bytes).map_err(|f| f.code())?)
            }
            kind if TokenKind::ALL.iter().any(|known| known.name() == kind) => {
                let mut all = TokenKind::ALL.into_iter();
                token(
                    &parsed(bytes)?,
                    all.find(|known| known.name() == kind).unwrap(),
                )
            }
            "any" => Artefact::read(bytes).map(|_| vec![]).map_err(|f| f.code()),
            other => panic!("no reader for {other}"),
        };
    }
    let mut found = Artefact::read(bytes).map_err(|fault| fault.code())?;
    let count = found.len();
    let artefact = found.remove(0).map_err(|fault| fault.code())?;
    if artefact.kind().name() != vector.kind {
        return Err(Code::WrongKind);
    }
    if vector.rules.contains(&"B1".to_owned()) {
        let written = armor(artefact.kind(), artefact.bytes()).into_bytes();
        assert!(bytes == written, "{} is not what is written", vector.path);
    }
    let mut read = match &artefact {
        Artefact::Token(of) => token(of, of.kind()),
        Artefact::License(of) => license(of),
        Artefact::Profile(of) => profile(of),
    }?;
    if count > 1 {
        read.extend(one("artefacts", count));
    }
    Ok(read)
}

fn parsed(bytes: &[u8]) -> Result<SealedToken, Code> {
    SealedToken::parse(bytes).map_err(|fault| fault.code())
}

fn id<T>(verified: Result<Verified<T>, VerifyFault>) -> Result<Found, Code> {
    let verified = verified.map_err(|fault| fault.code())?;
    Ok(one("token-id", verified.id()))
}

fn vendor_keys() -> VendorKeys {
    VendorKeys::new(claims::vendor_id(), vec![keys().signing.public()])
}

fn token(token: &SealedToken, wanted: TokenKind) -> Result<Found, Code> {
    if token.kind() != wanted {
        return Err(Code::WrongKind);
    }
    match wanted {
        TokenKind::ActivationRequest => device_token::<ActivationRequest>(token),
        TokenKind::Deactivation => device_token::<Deactivation>(token),
        TokenKind::TimeRequest => device_token::<TimeRequest>(token),
        TokenKind::Status => device_token::<StatusReport>(token),
        TokenKind::ActivationResponse => vendor_token::<ActivationResponse>(token),
        TokenKind::Refresh => vendor_token::<Refresh>(token),
        TokenKind::Time => vendor_token::<TimeAnswer>(token),
        TokenKind::Refusal => {
            let mut found = vendor_token::<VendorRefusal>(token)?;
            found.extend(told(token)?);
            Ok(found)
        }
    }
}

/// What a refusal tells the user: the code and the data of its texts.
fn told(token: &SealedToken) -> Result<Found, Code> {
    let problem = verified_from_vendor::<VendorRefusal>(token)?
        .reason
        .problem();
    let mut told = problem.code.as_str().to_owned();
    for (name, value) in &problem.args {
        told.extend([" ", name, "=", value]);
    }
    Ok(one("told", told))
}

fn device_token<T: FromDevice>(token: &SealedToken) -> Result<Found, Code> {
    let opened = token.open(&vendor_exchange_key()).map_err(|f| f.code())?;
    id(opened.verify_from_device::<T>(&claims::vendor_id()))
}

fn vendor_token<T: FromVendor>(token: &SealedToken) -> Result<Found, Code> {
    Ok(one("token-id", verified_from_vendor::<T>(token)?.id()))
}

fn verified_from_vendor<T: FromVendor>(token: &SealedToken) -> Result<Verified<T>, Code> {
    let opened = token.open(&device_exchange_key()).map_err(|f| f.code())?;
    let device = device_signing_key().public().device_id();
    let verified = opened.signed().verify_from_vendor(&vendor_keys(), &device);
    verified.map_err(|fault| fault.code())
}

fn license(signed: &SignedLicense) -> Result<Found, Code> {
    id(signed.verify(&vendor_keys()))
}

fn profile(signed: &SignedProfile) -> Result<Found, Code> {
    let verified = signed.verify_whole();
    let words = verified
        .as_ref()
        .map(|profile| profile.fingerprint().to_string());
    let words = words.map_err(VerifyFault::code)?;
    let mut found = id(verified)?;
    found.extend(one("words", words));
    Ok(found)
}

/// A profile brought to a client that trusts the published one.
fn successor(signed: &SignedProfile) -> Result<Found, Code> {
    let trusted = claims::profile();
    let verified = signed.verify_successor(&trusted);
    if let Err(VerifyFault::UntrustedKey { .. }) = verified {
        return Err(Code::ProfileNotChained);
    }
    if verified
        .as_ref()
        .is_ok_and(|profile| profile.number <= trusted.number)
    {
        return Err(Code::ProfileOlder);
    }
    id(verified)
}
