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
    ActivationRequest, ActivationResponse, Artefact, ComponentKind, Deactivation, FromDevice,
    FromVendor, Grant, Name, Refresh, Sealed, SealedToken, SignedLicense, SignedProfile, State,
    StatusCode, StatusFacts, StatusReport, TimeAnswer, TimeRequest, Timestamp, TokenKind,
    VendorKeys, VendorRefusal, seal_for_device, seal_for_vendor, sign_license, sign_profile,
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
    let request = from_device(&claims::request());
    let time_request = from_device(&claims::time_request());
    let license = sign_license(&claims::license(usb_binding()), &vendor_signing_key()).unwrap();
    let profile = sign_profile(&claims::profile(), &vendor_profile_key()).unwrap();
    for (name, bytes) in [
        (
            "response.kft",
            from_vendor(&claims::response(request.id)).bytes,
        ),
        ("refresh.kft", from_vendor(&claims::refresh()).bytes),
        (
            "deactivation.kft",
            from_device(&claims::deactivation()).bytes,
        ),
        (
            "time.kft",
            from_vendor(&claims::time(time_request.id)).bytes,
        ),
        (
            "refusal.kft",
            from_vendor(&claims::refusal(request.id)).bytes,
        ),
        ("status.kft", from_device(&claims::status()).bytes),
        ("request.kft", request.bytes),
        ("time-request.kft", time_request.bytes),
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
    let grant = claims::refresh().grant;
    let status = StatusCode::of(&StatusFacts {
        state: State::Grace,
        reason: Some(Code::LeaseEnded),
        now: claims::status().clock_floor,
        ends_at: grant.lease_expires_at,
        changed: &[ComponentKind::NetworkAdapter],
        activation: Some(&grant.activation),
    });
    let codes = json!({ "code": code.expose(), "tag": code.tag().to_string(),
        "secret": hex(code.secret().expose()), "status": status.to_string() });
    fs::write(folder.join("codes.json"), codes.to_string()).unwrap();
}

fn from_device<T: FromDevice>(claims: &T) -> Sealed {
    let to = vendor_exchange_key().public();
    seal_for_vendor(claims, &device_signing_key(), &to, &mut rng()).unwrap()
}

fn from_vendor<T: FromVendor>(claims: &T) -> Sealed {
    let to = device_exchange_key().public();
    seal_for_device(claims, &vendor_signing_key(), &to, &mut rng()).unwrap()
}

fn read(bytes: &[u8]) -> Result<Value, Code> {
    let mut found = Artefact::read(bytes).map_err(|fault| fault.code())?;
    match found.remove(0).map_err(|fault| fault.code())? {
        Artefact::Token(token) => match token.kind() {
            TokenKind::ActivationRequest => at_vendor(&token, request),
            TokenKind::Deactivation => at_vendor(&token, deactivation),
            TokenKind::TimeRequest => at_vendor(&token, time_request),
            TokenKind::Status => at_vendor(&token, status),
            TokenKind::ActivationResponse => at_device(&token, response),
            TokenKind::Refresh => at_device(&token, refresh),
            TokenKind::Time => at_device(&token, time),
            TokenKind::Refusal => at_device(&token, refusal),
        },
        Artefact::License(signed) => license(&signed),
        Artefact::Profile(signed) => profile(&signed),
    }
}

fn vendor_keys() -> VendorKeys {
    VendorKeys::new(claims::vendor_id(), vec![vendor_signing_key().public()])
}

/// What a device's token says: what all of them say, and what this kind says.
fn at_vendor<T: FromDevice>(token: &SealedToken, own: fn(&T) -> Value) -> Result<Value, Code> {
    let opened = token.open(&vendor_exchange_key()).map_err(|f| f.code())?;
    let verified = opened
        .verify_from_device::<T>(&claims::vendor_id())
        .map_err(|f| f.code())?;
    let mut said = json!({
        "kind": T::KIND.name(),
        "id": verified.id().to_string(),
        "issued_at": verified.issued_at().unix(),
        "vendor": verified.vendor().to_string(),
        "product": verified.product().as_str(),
        "recipient": verified.recipient().to_string(),
        "number": verified.number().0,
        "device": verified.signing_key().device_id().to_string(),
    });
    add(&mut said, own(&verified));
    Ok(said)
}

/// What a vendor's token says: what all of them say, and what this kind says.
fn at_device<T: FromVendor>(token: &SealedToken, own: fn(&T) -> Value) -> Result<Value, Code> {
    let opened = token.open(&device_exchange_key()).map_err(|f| f.code())?;
    let device = device_signing_key().public().device_id();
    let verified = opened
        .signed()
        .verify_from_vendor::<T>(&vendor_keys(), &device)
        .map_err(|f| f.code())?;
    let mut said = json!({
        "kind": T::KIND.name(),
        "id": verified.id().to_string(),
        "issued_at": verified.issued_at().unix(),
        "product": verified.product().as_str(),
        "device": verified.recipient().to_string(),
    });
    add(&mut said, own(&verified));
    Ok(said)
}

fn add(said: &mut Value, own: Value) {
    let Value::Object(own) = own else {
        unreachable!("a kind says an object")
    };
    said.as_object_mut().unwrap().extend(own);
}

fn request(request: &ActivationRequest) -> Value {
    let digest = |(kind, digest): (ComponentKind, &[u8; 8])| {
        let digest = hex(digest);
        (kind.name().to_owned(), digest.into())
    };
    let fingerprint: serde_json::Map<String, Value> =
        request.fingerprint.iter().map(digest).collect();
    json!({
        "secret": hex(request.secret.expose()),
        "exchange_key": hex(&request.exchange_key.to_sec1()),
        "fingerprint": fingerprint,
        "label": request.label.as_str(),
        "platform": request.platform.as_str(),
        "client": request.client.as_str(),
        "emergency_runs": times(&request.emergency_runs),
    })
}

fn deactivation(deactivation: &Deactivation) -> Value {
    json!({
        "activation": deactivation.activation.to_string(),
        "sequence": deactivation.sequence.0,
        "reason": deactivation.reason.name(),
        "label": deactivation.label.as_str(),
        "emergency_runs": times(&deactivation.emergency_runs),
    })
}

fn time_request(request: &TimeRequest) -> Value {
    json!({
        "activation": request.activation.to_string(),
        "exchange_key": hex(&request.exchange_key.to_sec1()),
        "challenge": request.challenge.to_string(),
        "label": request.label.as_str(),
    })
}

fn status(report: &StatusReport) -> Value {
    let changed: Vec<&str> = report.changed.iter().map(|kind| kind.name()).collect();
    json!({
        "exchange_key": report.exchange_key.as_ref().map(|key| hex(&key.to_sec1())),
        "label": report.label.as_str(),
        "state": report.state.name(),
        "reason": report.reason,
        "activation": report.activation.map(|id| id.to_string()),
        "sequence": report.sequence.map(|sequence| sequence.0),
        "lease_expires_at": report.lease_expires_at.map(Timestamp::unix),
        "until": report.until.map(Timestamp::unix),
        "clock_floor": report.clock_floor.unix(),
        "changed": changed,
        "emergency_runs": times(&report.emergency_runs),
        "store_repaired": report.store_repaired,
    })
}

fn response(response: &ActivationResponse) -> Value {
    let mut said = json!({ "answers": response.answers.to_string() });
    add(&mut said, grant(&response.grant));
    said
}

fn refresh(refresh: &Refresh) -> Value {
    grant(&refresh.grant)
}

fn grant(grant: &Grant) -> Value {
    json!({
        "activation": grant.activation.to_string(),
        "sequence": grant.sequence.0,
        "status": grant.status.name(),
        "lease_expires_at": grant.lease_expires_at.map(Timestamp::unix),
        "grace": grant.grace.get(),
        "features": texts(&grant.features),
        "holder": grant.holder.as_ref().map(Name::as_str),
        "tolerance": grant.tolerance,
    })
}

fn time(time: &TimeAnswer) -> Value {
    json!({
        "answers": time.answers.to_string(),
        "challenge": time.challenge.to_string(),
    })
}

fn refusal(refusal: &VendorRefusal) -> Value {
    let told = refusal.reason.problem();
    let data: serde_json::Map<String, Value> = told
        .args
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    json!({
        "answers": refusal.answers.to_string(),
        "code": refusal.reason.name(),
        "told": told.code.as_str(),
        "data": data,
    })
}

fn times(list: &[Timestamp]) -> Vec<u64> {
    list.iter().map(|time| time.unix()).collect()
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
        "holder": license.holder.as_ref().map(Name::as_str),
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
