//! Every kind of token at every wrong door, under its own name and under every other.

use std::fs;

use keyferry_authority::Received;
use keyferry_catalogue::Code;
use keyferry_client::Applied;
use keyferry_fixtures::forge::typ;
use keyferry_gap::{Computer, Snapshot, Time, VendorSide, cad};
use keyferry_token::{SealedToken, Seconds, TokenKind};

/// A token of every kind that crosses between computers and their vendor. None was used, and each
/// would be taken at the door that it is for.
struct Everything {
    time: Time,
    acme: VendorSide,
    /// Asks for a seat; its answer lies here.
    asking: Computer,
    /// Runs, with its clock behind; a refresh and the vendor's time lie here for it.
    running: Computer,
    /// Has given its seat back.
    leaving: Computer,
    /// Was refused a seat.
    refused: Computer,
    tokens: Vec<(TokenKind, Vec<u8>)>,
}

impl Everything {
    fn new() -> Self {
        let time = Time::default();
        let acme = VendorSide::acme(&time);
        let sold = acme.sell(3);
        let [asking, running, leaving, refused] =
            ["cad-01", "cad-02", "cad-03", "cad-04"].map(|name| Computer::of(&acme, name, &time));
        leaving.activate(&acme, &sold.code);
        running.activate(&acme, &sold.code);
        let held = running.standing().grant.unwrap().activation;
        let refresh = acme.refresh(held).unwrap();
        let status = running.makes(TokenKind::Status, &sold.code);
        running.watch.set(time.now().minus(Seconds::days(3)));
        let time_request = running.makes(TokenKind::TimeRequest, &sold.code);
        let told = acme.tell_time(&time_request);
        let request = asking.makes(TokenKind::ActivationRequest, &sold.code);
        let answer = acme.answer(&request);
        let refusal = acme.refuse(&refused.request(&sold.code).unwrap().bytes);
        let deactivation = leaving.makes(TokenKind::Deactivation, &sold.code);
        let tokens = vec![
            request,
            answer,
            refresh,
            deactivation,
            time_request,
            told,
            refusal.answer.unwrap().bytes,
            status,
        ];
        let tokens: Vec<_> = tokens
            .into_iter()
            .map(|bytes| (SealedToken::parse(&bytes).unwrap().kind(), bytes))
            .collect();
        let kinds: Vec<_> = tokens.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, TokenKind::ALL);
        Self {
            time,
            acme,
            asking,
            running,
            leaving,
            refused,
            tokens,
        }
    }

    fn computers(&self) -> [&Computer; 4] {
        [&self.asking, &self.running, &self.leaving, &self.refused]
    }

    /// Everything that either side remembers.
    fn seen(&self) -> (Vec<Snapshot>, usize) {
        let stores = self.computers().map(Computer::snapshot).to_vec();
        (stores, self.acme.log().len())
    }
}

#[test]
fn a_token_of_any_kind_at_the_door_of_its_own_side_is_sent_the_other_way() {
    let all = Everything::new();
    let before = all.seen();
    for (kind, bytes) in &all.tokens {
        let name = kind.name();
        if kind.from_device() {
            for computer in all.computers() {
                let told = computer.refuses(bytes);
                let sent_on = [Code::OwnRequest, Code::OwnToken, Code::WrongKind];
                assert!(sent_on.contains(&told), "{name}: {told:?}");
            }
        } else {
            let told = all.acme.refuses(bytes);
            assert_eq!(told, Code::AnswerBroughtToVendor, "{name}");
        }
    }
    assert_eq!(all.seen(), before, "nothing was changed by any of them");
    every_token_still_opens_its_own_door(&all);
}

/// The control: all of them were good.
fn every_token_still_opens_its_own_door(all: &Everything) {
    for (kind, bytes) in &all.tokens {
        let name = kind.name();
        match kind {
            TokenKind::ActivationResponse => assert!(all.asking.apply(bytes).is_ok(), "{name}"),
            TokenKind::Refresh | TokenKind::Time => {
                assert!(all.running.apply(bytes).is_ok(), "{name}");
            }
            TokenKind::Refusal => assert!(all.refused.apply(bytes).is_ok(), "{name}"),
            TokenKind::ActivationRequest
            | TokenKind::Deactivation
            | TokenKind::TimeRequest
            | TokenKind::Status => {
                let received = all.acme.receive(bytes);
                assert!(!matches!(received, Received::Refused(_)), "{received:?}");
            }
        }
    }
}

#[test]
fn a_token_of_any_kind_under_the_name_of_another_is_refused_at_both_doors() {
    // Whoever carries a token can change the kind on its envelope.
    let all = Everything::new();
    let before = all.seen();
    let mut tried = 0;
    for (kind, bytes) in &all.tokens {
        for other in TokenKind::ALL.into_iter().filter(|other| other != kind) {
            let renamed = renamed(bytes, *kind, other);
            assert_eq!(SealedToken::parse(&renamed).unwrap().kind(), other);
            for computer in all.computers() {
                computer.refuses(&renamed);
            }
            all.acme.refuses(&renamed);
            tried += 1;
        }
    }
    assert_eq!(tried, 8 * 7);
    assert_eq!(all.seen(), before);
    every_token_still_opens_its_own_door(&all);
}

/// A token with another kind on its envelope, where everybody can write.
fn renamed(bytes: &[u8], kind: TokenKind, other: TokenKind) -> Vec<u8> {
    let number = |kind| {
        let typ = u16::try_from(typ(kind)).unwrap().to_be_bytes();
        // The header's label, and an unsigned number of two bytes.
        [0x10, 0x19, typ[0], typ[1]]
    };
    let at = bytes
        .windows(4)
        .position(|window| window == number(kind))
        .unwrap();
    let mut renamed = bytes.to_vec();
    renamed[at..at + 4].copy_from_slice(&number(other));
    renamed
}

#[test]
fn a_token_for_one_computer_is_nothing_to_any_other() {
    let all = Everything::new();
    let stranger = Computer::of(&all.acme, "cad-99", &all.time);
    let before = (all.seen(), stranger.snapshot());
    let whose = |kind| match kind {
        TokenKind::ActivationResponse => &all.asking,
        TokenKind::Refusal => &all.refused,
        _ => &all.running,
    };
    for (kind, bytes) in all.tokens.iter().filter(|(kind, _)| !kind.from_device()) {
        let mut others = vec![&stranger];
        let home = whose(*kind).home();
        others.extend(all.computers().into_iter().filter(|c| c.home() != home));
        for other in others {
            let told = other.refuses(bytes);
            assert_eq!(told, Code::AnswerForOtherDevice, "{}", kind.name());
        }
    }
    assert_eq!((all.seen(), stranger.snapshot()), before);
}

#[test]
fn a_license_file_and_a_profile_open_neither_door() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let computer = Computer::new("cad-01", &time);
    let license = published_license();
    assert_eq!(computer.refuses(&license), Code::UntrustedKey);
    assert_eq!(acme.refuses(&license), Code::WrongKind);
    assert_eq!(acme.refuses(&acme.profile()), Code::WrongKind);
    let found = computer.apply(&acme.profile());
    assert!(matches!(found, Ok(Applied::VendorFound(_))), "{found:?}");
    assert_eq!(computer.client().vendors().unwrap(), []);
    assert_eq!(
        computer.client().standing(&cad()).unwrap_err().code(),
        Code::ProductNotHere
    );
}

/// A license that the test vectors hold good.
fn published_license() -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/license/device.txt");
    let vector = fs::read_to_string(path).unwrap();
    let (_, hex) = vector.split_once("\n\n").unwrap();
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(pair).collect()
}
