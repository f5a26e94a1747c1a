//! How large tokens are at their realistic worst, and how well their QR codes are used.

#![expect(
    clippy::unwrap_used,
    reason = "what a test needs is there, or the test fails"
)]

use keyferry_catalogue::{Code, Problem};
use keyferry_fixtures::{NOW, TestDevice, TestVendor, published::Seeded, rng};
use keyferry_token::{
    ActivationId, ActivationRequest, Artefact, ComponentKind, EmergencyAllowance, Feature, Grant,
    Label, MAX_TOKEN, Name, RequestNumber, Seconds, qr,
    qr::{Correction, Symbol},
    rand_core::Rng as _,
    seal_for_vendor,
};
use qrcode::{EcLevel, Version, bits::Bits};
use rxing::{BarcodeFormat, helpers::detect_in_luma};

const PORTAL: &str = "https://license.acme.example";

/// A request with all components, a label of 40 letters, a counter that has risen for years, and four
/// emergency runs.
fn largest_request() -> Vec<u8> {
    let vendor = TestVendor::acme();
    let mut device = TestDevice::new("cad-07");
    let to = vendor.exchange.public();
    let mut claims = device.next_claims(vendor.id(), &to, TestVendor::product(), &vendor.code());
    claims.label = Label::new(&"w".repeat(40)).unwrap();
    claims.number = RequestNumber(70_000);
    claims.emergency_runs = (0..4).map(|day| NOW.plus(Seconds::days(day))).collect();
    seal_for_vendor(&claims, &device.signing, &to, &mut rng())
        .unwrap()
        .bytes
}

/// The answer with everything that a grant can say, and ten features of these many letters.
fn largest_response(request: &[u8], feature: usize) -> Vec<u8> {
    let vendor = TestVendor::acme();
    let request = vendor.open(request);
    let grant = largest_grant(&request, feature);
    vendor.respond_with(&request, NOW, grant).bytes
}

fn largest_grant(request: &ActivationRequest, feature: usize) -> Grant {
    let mut grant = TestVendor::grant(request, NOW);
    grant.subscription_end = Some(NOW.plus(Seconds::days(700)));
    grant.maintenance_end = Some(NOW.plus(Seconds::days(365)));
    grant.features = (0..10)
        .map(|at| Feature::new(&format!("{at}{}", "f".repeat(feature - 1))).unwrap())
        .collect();
    grant.edition = Some(Name::new("Professional").unwrap());
    grant.holder = Some(Name::new(&"h".repeat(40)).unwrap());
    grant.emergency = Some(EmergencyAllowance {
        length: Seconds::days(3),
        uses: 2,
        ends_at: NOW.plus(Seconds::days(60)),
        on_wrong_device: true,
    });
    grant.trial = true;
    grant
}

/// The device's other tokens with a label of 40 letters, a counter that has risen for years, and as many
/// emergency runs as can be told.
fn largest_of_a_device() -> [(&'static str, Vec<u8>); 3] {
    let vendor = TestVendor::acme();
    let to = vendor.addressee();
    let mut device = TestDevice::new("cad-07");
    device.number = RequestNumber(70_000);
    let request = vendor.open(&largest_request());
    let grant = largest_grant(&request, 7);
    let label = || Label::new(&"w".repeat(40)).unwrap();
    let runs = || (0..16).map(|day| NOW.plus(Seconds::days(day))).collect();

    let mut deactivation = device.next_deactivation(&to, &grant);
    (deactivation.label, deactivation.emergency_runs) = (label(), runs());
    let mut time_request = device.next_time_request(&to, grant.activation);
    (time_request.label, time_request.emergency_runs) = (label(), runs());
    let mut status = device.next_status(&to, Some(&grant));
    status.label = label();
    status.reason = Some(Code::LeaseEnded.number());
    status.changed = ComponentKind::ALL.to_vec();
    status.emergency_runs = runs();
    status.store_repaired = true;
    [
        ("deactivation", device.seal(&deactivation, &to).bytes),
        ("time request", device.seal(&time_request, &to).bytes),
        ("status", device.seal(&status, &to).bytes),
    ]
}

#[test]
fn what_a_device_sends_fits_one_code_of_version_19_at_its_worst() {
    let mut tokens = vec![("request", largest_request())];
    tokens.extend(largest_of_a_device());
    for (name, token) in tokens {
        let text = qr::text(&token, Some(PORTAL));
        let version = |correction| Symbol::draw(&text, correction).unwrap().version();
        let (screen, paper) = (version(Correction::Screen), version(Correction::Paper));
        let length = token.len();
        println!("{name}: {length} bytes, version {screen} at L, {paper} at M");
        assert!(length <= 600, "{name}");
        assert!(screen <= 19, "{name}");
        assert!(text.len() <= qr::MAX_URL, "{name}");
    }
}

#[test]
fn a_response_with_ten_short_features_has_1100_bytes_at_most() {
    let request = largest_request();
    let (short, long) = (
        largest_response(&request, 7),
        largest_response(&request, 40),
    );
    println!(
        "response: {} bytes, {} with ten features of 40 letters",
        short.len(),
        long.len()
    );
    assert!(short.len() <= 1_100);
    assert!(long.len() <= 1_500);
}

#[test]
fn a_refresh_with_ten_short_features_has_1100_bytes_at_most() {
    let vendor = TestVendor::acme();
    let request = vendor.open(&largest_request());
    let refresh = vendor.refresh(&request, NOW, largest_grant(&request, 7));
    println!("refresh: {} bytes", refresh.bytes.len());
    assert!(refresh.bytes.len() <= 1_100);
}

#[test]
fn the_vendors_short_answers_fit_one_code() {
    let vendor = TestVendor::acme();
    let to = vendor.addressee();
    let mut device = TestDevice::new("cad-07");
    let asked = device.ask_time(&to, ActivationId::new([7; 10]));
    let time = vendor.tell_time(&vendor.open_as(&asked.bytes), NOW);
    let request = vendor.open(&largest_request());
    let problem = Problem::new(Code::NoFreeSeat)
        .with("seats", 1_000)
        .with("next_free", NOW);
    let refusal = vendor.refuse(&request, &request.exchange_key, NOW, &problem);
    for (name, token) in [("time", time), ("refusal", refusal)] {
        let text = qr::text(&token.bytes, Some(PORTAL));
        let version = Symbol::draw(&text, Correction::Screen).unwrap().version();
        println!(
            "{name}: {} bytes, version {version} at L",
            token.bytes.len()
        );
        assert!(version <= 25, "{name}");
    }
}

/// Data bits of the shortest way to split a text into segments (ISO/IEC 18004 §7.4), by trying all:
/// after each character, the best of every mode and place within a group of digits or letters.
fn optimum(text: &[u8], version: i16) -> usize {
    const FAR: usize = usize::MAX / 2;
    let class = usize::from(version > 9) + usize::from(version > 26);
    let [numeric, letters, bytes] =
        [[10, 12, 14], [9, 11, 13], [8, 16, 16]].map(|of| 4 + of[class]);
    // Numeric with 1, 2, 0 digits in the group; letters with 1, 0; bytes.
    let mut best = [FAR; 6];
    for (at, &c) in text.iter().enumerate() {
        let before = if at == 0 {
            0
        } else {
            best.into_iter().min().unwrap()
        };
        let mut next = [FAR; 6];
        if c.is_ascii_digit() {
            next[0] = (before + numeric).min(best[2]) + 4;
            next[1] = best[0] + 3;
            next[2] = best[1] + 3;
        }
        if c.is_ascii_digit() || c.is_ascii_uppercase() || b" $%*+-./:".contains(&c) {
            next[3] = (before + letters).min(best[4]) + 6;
            next[4] = best[3] + 5;
        }
        next[5] = (before + bytes).min(best[5]) + 8;
        best = next;
    }
    best.into_iter().min().unwrap()
}

/// Data bits of the three segments that the specification asks for.
fn three_segments(text: &str, version: i16) -> usize {
    let class = usize::from(version > 9) + usize::from(version > 26);
    let letters = |n: usize| {
        if n == 0 {
            0
        } else {
            4 + [9, 11, 13][class] + n / 2 * 11 + n % 2 * 6
        }
    };
    match text.split_once('#') {
        Some((head, body)) => {
            letters(head.len()) + 4 + [8, 16, 16][class] + 8 + letters(body.len())
        }
        None => letters(text.len()),
    }
}

fn smallest_version(level: EcLevel, bits: impl Fn(i16) -> usize) -> i16 {
    (1..=40)
        .find(|&version| {
            bits(version) <= Bits::new(Version::Normal(version)).max_len(level).unwrap()
        })
        .unwrap()
}

#[test]
fn no_way_to_split_a_tokens_text_needs_fewer_bits() {
    let mut random = Seeded::new("qr");
    for round in 0..300 {
        let mut token = vec![0; 60 + round * 4];
        random.fill_bytes(&mut token);
        let text = qr::text(&token, [Some(PORTAL), None][round % 2]);
        let (correction, level) = [
            (Correction::Screen, EcLevel::L),
            (Correction::Paper, EcLevel::M),
        ][round / 2 % 2];
        let best = smallest_version(level, |version| optimum(text.as_bytes(), version));
        assert_eq!(three_segments(&text, best), optimum(text.as_bytes(), best));
        let drawn = Symbol::draw(&text, correction).unwrap();
        assert_eq!(i16::from(drawn.version()), best, "{text}");
    }
}

/// The symbol as a scanner sees it, `scale` pixels per module, with its quiet zone.
fn photographed(symbol: &Symbol, scale: usize) -> (Vec<u8>, u32) {
    let side = (symbol.side() + 8) * scale;
    let mut pixels = vec![255; side * side];
    for (y, row) in symbol.rows().enumerate() {
        for (x, _) in row.iter().enumerate().filter(|(_, dark)| **dark) {
            for line in 0..scale {
                let start = ((y + 4) * scale + line) * side + (x + 4) * scale;
                pixels[start..start + scale].fill(0);
            }
        }
    }
    (pixels, u32::try_from(side).unwrap())
}

#[test]
fn an_independent_scanner_reads_the_drawn_symbol() {
    let vendor = TestVendor::acme();
    let request = largest_request();
    let response = largest_response(&request, 7);
    for token in [&request, &response] {
        for portal in [Some(PORTAL), None] {
            for correction in [Correction::Screen, Correction::Paper] {
                let text = qr::text(token, portal);
                let symbol = Symbol::draw(&text, correction).unwrap();
                let (pixels, side) = photographed(&symbol, 3);
                let read =
                    detect_in_luma(pixels, side, side, Some(BarcodeFormat::QR_CODE)).unwrap();
                assert_eq!(read.getText(), text);
                let found = Artefact::read(read.getText().as_bytes()).unwrap().remove(0);
                assert_eq!(found.unwrap().bytes(), *token);
            }
        }
    }
    assert_eq!(vendor.open(&request).label.as_str(), "w".repeat(40));
}

#[test]
fn the_outline_for_a_page_covers_the_dark_modules_and_no_other() {
    let symbol = Symbol::draw("KEYFERRY:ABC", Correction::Paper).unwrap();
    let side = symbol.side();
    let mut painted = vec![false; side * side];
    for run in symbol.svg_path().split('M').skip(1) {
        let (x, rest) = run.split_once(' ').unwrap();
        let (y, rest) = rest.split_once('h').unwrap();
        let (length, _) = rest.split_once('v').unwrap();
        let start = y.parse::<usize>().unwrap() * side + x.parse::<usize>().unwrap();
        painted[start..start + length.parse::<usize>().unwrap()].fill(true);
    }
    assert_eq!(
        painted,
        symbol.rows().flatten().copied().collect::<Vec<_>>()
    );
}

#[test]
fn a_text_too_long_for_any_symbol_is_not_drawn() {
    assert!(Symbol::draw(&qr::text(&[0; MAX_TOKEN], None), Correction::Screen).is_none());
}
