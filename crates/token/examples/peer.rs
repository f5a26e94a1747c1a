//! The other side of `tests/peers`: writes artefacts for independent implementations to read, and
//! reads what they wrote. All keys are the published test keys of `tests/vectors/keys`.
//!
//! ```text
//! peer write FOLDER        one file of each kind
//! peer read FILE           what FILE says, as JSON; exits with 1 and the code when it is refused
//! ```

#![expect(
    clippy::unwrap_used,
    reason = "an example for tests fails like the tests that it serves"
)]

use std::{env, fs, path::Path, process::ExitCode};

use keyferry_catalogue::Code;
use keyferry_fixtures::{
    published::{
        claims::{self, usb_binding},
        device_exchange_key, device_signing_key, vendor_exchange_key, vendor_profile_key,
        vendor_signing_key,
    },
    rng,
};
use keyferry_token::{
    ActivationRequest, ActivationResponse, Artefact, SealedToken, SignedLicense, SignedProfile,
    TokenKind, VendorKeys, seal_for_device, seal_for_vendor, sign_license, sign_profile,
};
use serde_json::{Value, json};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["write", folder] => {
            write(Path::new(folder));
            ExitCode::SUCCESS
        }
        ["read", file] => match read(&fs::read(file).unwrap()) {
            Ok(said) => {
                println!("{said}");
                ExitCode::SUCCESS
            }
            Err(code) => {
                println!("{}", code.as_str());
                ExitCode::FAILURE
            }
        },
        _ => {
            eprintln!("peer write FOLDER | peer read FILE");
            ExitCode::from(2)
        }
    }
}

fn write(folder: &Path) {
    let request = seal_for_vendor(
        &claims::request(),
        &device_signing_key(),
        &vendor_exchange_key().public(),
        &mut rng(),
    )
    .unwrap();
    let response = seal_for_device(
        &claims::response(request.id),
        &vendor_signing_key(),
        &device_exchange_key().public(),
        &mut rng(),
    )
    .unwrap();
    let license = sign_license(&claims::license(usb_binding()), &vendor_signing_key()).unwrap();
    let profile = sign_profile(&claims::profile(), &vendor_profile_key()).unwrap();
    for (name, bytes) in [
        ("request.kft", request.bytes),
        ("response.kft", response.bytes),
        ("license.lic", license),
        ("profile.kfv", profile),
    ] {
        let said = read(&bytes).unwrap();
        let text = Artefact::read(&bytes).unwrap().remove(0).unwrap().armored();
        fs::write(folder.join(name), bytes).unwrap();
        fs::write(folder.join(format!("{name}.txt")), text).unwrap();
        fs::write(folder.join(format!("{name}.json")), said.to_string()).unwrap();
    }
    let code = claims::code();
    let codes = json!({ "code": code.expose(), "tag": code.tag().to_string(),
        "secret": hex(code.secret().expose()) });
    fs::write(folder.join("codes.json"), codes.to_string()).unwrap();
}

fn read(bytes: &[u8]) -> Result<Value, Code> {
    let mut found = Artefact::read(bytes).map_err(|fault| fault.code())?;
    match found.remove(0).map_err(|fault| fault.code())? {
        Artefact::Token(token) => match token.kind() {
            TokenKind::ActivationRequest => request(&token),
            TokenKind::ActivationResponse => response(&token),
            _ => Err(Code::WrongKind),
        },
        Artefact::License(signed) => license(&signed),
        Artefact::Profile(signed) => profile(&signed),
    }
}

fn vendor_keys() -> VendorKeys {
    VendorKeys::new(claims::vendor_id(), vec![vendor_signing_key().public()])
}

fn request(token: &SealedToken) -> Result<Value, Code> {
    let opened = token.open(&vendor_exchange_key()).map_err(|f| f.code())?;
    let verified = opened
        .verify_from_device::<ActivationRequest>(&claims::vendor_id())
        .map_err(|f| f.code())?;
    Ok(json!({
        "kind": "activation_request",
        "id": verified.id().to_string(),
        "issued_at": verified.issued_at.unix(),
        "vendor": verified.vendor.to_string(),
        "product": verified.product.as_str(),
        "recipient": verified.recipient.to_string(),
        "number": verified.number.0,
        "secret": hex(verified.secret.expose()),
        "device": verified.signing_key.device_id().to_string(),
        "exchange_key": hex(&verified.exchange_key.to_sec1()),
        "fingerprint": verified.fingerprint.iter().map(|(kind, digest)| (kind.name().to_owned(), hex(digest).into())).collect::<serde_json::Map<_, _>>(),
        "label": verified.label.as_str(),
        "platform": verified.platform.as_str(),
        "client": verified.client.as_str(),
    }))
}

fn response(token: &SealedToken) -> Result<Value, Code> {
    let opened = token.open(&device_exchange_key()).map_err(|f| f.code())?;
    let device = device_signing_key().public().device_id();
    let verified = opened
        .signed()
        .verify_from_vendor::<ActivationResponse>(&vendor_keys(), &device)
        .map_err(|f| f.code())?;
    let grant = &verified.grant;
    Ok(json!({
        "kind": "activation_response",
        "id": verified.id().to_string(),
        "issued_at": verified.issued_at.unix(),
        "product": verified.product.as_str(),
        "device": verified.recipient.to_string(),
        "answers": verified.answers.to_string(),
        "activation": grant.activation.to_string(),
        "sequence": grant.sequence.0,
        "status": grant.status.name(),
        "lease_expires_at": grant.lease_expires_at.map(keyferry_token::Timestamp::unix),
        "grace": grant.grace.get(),
        "features": texts(&grant.features),
        "holder": grant.holder.as_ref().map(keyferry_token::Name::as_str),
        "tolerance": grant.tolerance,
    }))
}

fn license(signed: &SignedLicense) -> Result<Value, Code> {
    let license = signed.verify(&vendor_keys()).map_err(|f| f.code())?;
    Ok(json!({
        "kind": "license",
        "id": license.id.to_string(),
        "vendor": license.vendor.to_string(),
        "product": license.product.as_str(),
        "sequence": license.sequence.0,
        "status": license.status.name(),
        "features": texts(&license.features),
        "holder": license.holder.as_ref().map(keyferry_token::Name::as_str),
        "binding": match &license.binding {
            keyferry_token::Binding::Unbound => "none".to_owned(),
            keyferry_token::Binding::Usb { key, .. } => key.to_string(),
            keyferry_token::Binding::Device { .. } => "device".to_owned(),
        },
    }))
}

fn profile(signed: &SignedProfile) -> Result<Value, Code> {
    let profile = signed.verify_whole().map_err(|f| f.code())?;
    Ok(json!({
        "kind": "vendor_profile",
        "vendor": profile.vendor.to_string(),
        "name": profile.name.as_str(),
        "number": profile.number,
        "keys": profile.keys.iter().map(|key| key.id().to_string()).collect::<Vec<_>>(),
        "words": profile.fingerprint().to_string(),
    }))
}

fn texts<T: AsRef<str>>(list: &[T]) -> Vec<&str> {
    list.iter().map(AsRef::as_ref).collect()
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}
