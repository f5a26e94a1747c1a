//! Good signed content in an envelope of somebody else's making.

use keyferry_authority::Received;
use keyferry_catalogue::Code;
use keyferry_fixtures::{
    Addressee, TestDevice,
    forge::{Envelope, typ},
    rng,
};
use keyferry_gap::{Computer, Time, VendorSide, cad};
use keyferry_token::{
    ActivationRequest, ExchangePublicKey, ExchangeSecretKey, OpenedToken, SealedToken, Seconds,
    TokenKind,
};

/// What is signed in a token, in a new envelope for another recipient.
fn sealed_anew(opened: &OpenedToken, kind: TokenKind, to: &ExchangePublicKey) -> Vec<u8> {
    let once = ExchangeSecretKey::make(&mut rng());
    Envelope::new(typ(kind), opened.signed().bytes(), to, &once).bytes()
}

/// The public exchange key of a computer: every request tells it to the vendor.
fn exchange_key_of(computer: &Computer, acme: &VendorSide, request: &[u8]) -> ExchangePublicKey {
    let opened = SealedToken::parse(request).unwrap();
    let opened = opened.open(&acme.exchange_secret()).unwrap();
    let vendor = acme.authority.vendor();
    let claims = opened.verify_from_device::<ActivationRequest>(&vendor);
    let claims = claims.unwrap();
    assert_eq!(claims.label, computer.client().suggested_label());
    claims.exchange_key.clone()
}

#[test]
fn a_devices_token_sealed_anew_to_another_vendor_is_refused_there() {
    let time = Time::default();
    let (acme, impostor) = (VendorSide::acme(&time), VendorSide::impostor(&time));
    let sold = acme.sell(2);
    let computer = Computer::of(&acme, "cad-01", &time);
    let request = computer.makes(TokenKind::ActivationRequest, &sold.code);
    computer.apply(&acme.answer(&request)).unwrap();
    let status = computer.makes(TokenKind::Status, &sold.code);
    computer.watch.set(time.now().minus(Seconds::days(3)));
    let asked = computer.makes(TokenKind::TimeRequest, &sold.code);
    let given_back = computer.makes(TokenKind::Deactivation, &sold.code);

    let to = impostor.exchange_secret().public();
    for token in [request, status, asked, given_back] {
        let token = SealedToken::parse(&token).unwrap();
        let kind = token.kind();
        let opened = token.open(&acme.exchange_secret()).unwrap();
        let forwarded = sealed_anew(&opened, kind, &to);
        let told = impostor.refuses(&forwarded);
        assert_eq!(told, Code::TokenForOtherVendor, "{}", kind.name());
        // The control: the same work with its own recipient is taken.
        let back = sealed_anew(&opened, kind, &acme.exchange_secret().public());
        let received = acme.receive(&back);
        assert!(!matches!(received, Received::Refused(_)), "{received:?}");
    }
    assert_eq!(impostor.logged("request_refused"), 0, "not even believed");
}

#[test]
fn a_vendors_token_sealed_anew_to_another_device_is_refused_there() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(2);
    let victim = Computer::of(&acme, "cad-01", &time);
    let waiting = victim.request(&sold.code).unwrap().bytes;
    let to = exchange_key_of(&victim, &acme, &waiting);

    // A device whose user reads its keys out of its memory.
    let mut thief = TestDevice::new("cad-66");
    let vendor = Addressee {
        vendor: acme.authority.vendor(),
        key: acme.exchange_secret().public(),
        product: cad(),
    };
    let request = thief.request(vendor.vendor, &vendor.key, cad(), &sold.code);
    let Received::Answered(answer) = acme.receive(&request.bytes) else {
        panic!("not answered");
    };
    let refresh = acme.refresh(answer.activation).unwrap();
    let told = acme.tell_time(&thief.ask_time(&vendor, answer.activation).bytes);
    let other_code = acme.sell(1);
    acme.suspend(&other_code);
    let refused = thief.request(vendor.vendor, &vendor.key, cad(), &other_code.code);
    let refusal = acme.refuse(&refused.bytes).answer.unwrap().bytes;

    let before = victim.snapshot();
    for token in [answer.sealed.bytes, refresh, told, refusal] {
        let token = SealedToken::parse(&token).unwrap();
        let kind = token.kind();
        let opened = token.open(&thief.exchange).unwrap();
        let forwarded = sealed_anew(&opened, kind, &to);
        let told = victim.refuses(&forwarded);
        assert_eq!(told, Code::AnswerForOtherDevice, "{}", kind.name());
    }
    assert_eq!(victim.snapshot(), before);
    victim.apply(&acme.answer(&waiting)).unwrap();
}
