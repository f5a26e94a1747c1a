//! A stranger at the vendor's door, who guesses.

use keyferry_authority::Received;
use keyferry_catalogue::Code;
use keyferry_fixtures::TestDevice;
use keyferry_gap::{Time, VendorSide, cad};
use keyferry_token::{ActivationCode, CodeTag, Seconds};

/// What a stranger reads in what he gets for a code.
fn tried(acme: &VendorSide, stranger: &mut TestDevice, code: &ActivationCode, from: u8) -> Code {
    let (vendor, key) = (acme.authority.vendor(), acme.exchange_secret().public());
    let request = stranger.request(vendor, &key, cad(), code);
    match acme.receive_from(&request.bytes, from) {
        Received::Refused(refused) => refused.problem.code,
        Received::Answered(_) => Code::AlreadyActive,
        other => panic!("{other:?}"),
    }
}

/// Codes that nobody was ever given.
fn guess(number: u64) -> ActivationCode {
    // A symbol has five bits.
    let symbol = |shift: u64| u8::try_from((number >> shift) % 32).unwrap();
    let mut random = [7; 20];
    (random[0], random[1]) = (symbol(5), symbol(0));
    ActivationCode::from_random(CodeTag::from_random([1, 2, 3, 4]), random)
}

#[test]
fn codes_are_guessed_from_one_address_for_an_hour_at_most_sixty_times() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(5);
    let mut stranger = TestDevice::new("cad-66");
    let mut looked_at = 0;
    for number in 0..70 {
        match tried(&acme, &mut stranger, &guess(number), 1) {
            Code::ActivationCodeNotAccepted => looked_at += 1,
            told => assert_eq!(told, Code::TooManyAttempts),
        }
    }
    assert_eq!(looked_at, 60);
    // A code that is right is not even looked at: the stranger does not learn that it was.
    let told = tried(&acme, &mut stranger, &sold.code, 1);
    assert_eq!(told, Code::TooManyAttempts);
    assert_eq!(acme.seats_used(&sold), 0);
    // The customer at another address is not shut out.
    let told = tried(&acme, &mut TestDevice::new("cad-01"), &sold.code, 2);
    assert_eq!(told, Code::AlreadyActive);
    time.pass(Seconds::HOUR);
    let told = tried(&acme, &mut stranger, &guess(70), 1);
    assert_eq!(told, Code::ActivationCodeNotAccepted);
}

#[test]
fn unknown_suspended_and_revoked_codes_read_alike() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let suspended = acme.sell(1);
    acme.suspend(&suspended);
    let mut stranger = TestDevice::new("cad-66");
    for code in [&guess(1), &suspended.code] {
        let told = tried(&acme, &mut stranger, code, 1);
        assert_eq!(told, Code::ActivationCodeNotAccepted);
    }
}

#[test]
fn one_code_is_tried_ten_times_an_hour_wherever_it_comes_from() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let mut stranger = TestDevice::new("cad-66");
    let told: Vec<Code> = (1..=12)
        .map(|from| tried(&acme, &mut stranger, &guess(1), from))
        .collect();
    assert_eq!(told[..10], [Code::ActivationCodeNotAccepted; 10]);
    assert_eq!(told[10..], [Code::TooManyAttempts; 2]);
}
