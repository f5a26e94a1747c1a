//! Bounds: sizes, numbers, patience, attempts.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, TcpStream},
    time::{Duration, Instant},
};

use keyferry_fixtures::{TestDevice, TestVendor};
use keyferry_portal::{Config, MAX_BODY};
use keyferry_token::{Seconds, TokenKind};

use crate::{
    anyone::zipped,
    stage::{Stage, multipart, text},
};

/// What comes until the other side closes the connection.
fn rest(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    // A connection that is reset has ended, too.
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn more_than_the_bound_is_refused_in_words_whether_announced_or_not() {
    let stage = Stage::new();
    let browser = stage.browser();
    let large = vec![b'x'; MAX_BODY + 1];
    let page = browser.bring("/a", &[], &[("large.kft", &large)]);
    assert_eq!(page.status, 413);
    assert!(page.text.contains("Reference KF-408"));

    let mut stream = stage.connect();
    stream
        .write_all(b"POST /a HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n")
        .unwrap();
    let chunk = vec![b'x'; 64 * 1024];
    for _ in 0..=MAX_BODY / chunk.len() {
        stream
            .write_all(format!("{:x}\r\n", chunk.len()).as_bytes())
            .unwrap();
        stream.write_all(&chunk).unwrap();
        stream.write_all(b"\r\n").unwrap();
    }
    stream.write_all(b"0\r\n\r\n").unwrap();
    assert!(rest(stream).starts_with("HTTP/1.1 413 "));
}

#[test]
fn answers_of_more_than_two_mebibytes_are_packed() {
    let stage = Stage::new();
    let sold = stage.sell(1);
    let mut device = TestDevice::new("press-04");
    let request = text(
        TokenKind::ActivationRequest,
        &stage.request(&mut device, &sold.code),
    );
    let browser = stage.browser();
    let page = browser.bring("/a", &[("text", &request)], &[]);
    let answer = page.values("answer").remove(0) + &"\n".repeat(5_000);
    let fields = [("name", "keyferry-answer-AB3D-9KX2"), ("answer", &answer)].repeat(500);
    assert!(500 * answer.len() > 2 * MAX_BODY);
    let packed = browser.bring("/a/zip", &fields, &[]);
    assert_eq!(packed.status, 200, "{}", packed.text);
    assert!(packed.bytes.starts_with(b"PK"));
}

#[test]
fn a_client_that_is_slow_with_its_head_is_not_waited_for() {
    let stage = Stage::impatient();
    let mut stream = stage.connect();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: ").unwrap();
    let began = Instant::now();
    assert_eq!(rest(stream), "");
    assert!(began.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_client_that_drips_its_body_is_told_so() {
    let stage = Stage::impatient();
    let mut stream = stage.connect();
    stream
        .write_all(b"POST /a HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\n")
        .unwrap();
    let mut dripping = stream.try_clone().unwrap();
    let drips = std::thread::spawn(move || {
        // Each byte comes in time; all of them would not.
        while dripping.write_all(b"x").is_ok() {
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    let mut begin = [0; 12];
    stream.read_exact(&mut begin).unwrap();
    assert_eq!(&begin, b"HTTP/1.1 408");
    let _ = stream.shutdown(Shutdown::Both);
    drips.join().unwrap();
}

#[test]
fn a_client_that_takes_nothing_of_its_answer_does_not_keep_its_place() {
    let mut stage = Stage::impatient();
    let large = stage.browser().get("/scan").between("data-wasm=\"", "\"");
    let mut stream = stage.connect();
    // Far more than the buffers between us hold, and nothing of it is read.
    let asked = format!("GET {large} HTTP/1.1\r\nhost: a\r\n\r\n").repeat(60);
    stream.write_all(asked.as_bytes()).unwrap();
    let answered = || {
        let url = format!("http://{}/metrics", stage.metrics);
        let mut counts = ureq::get(&url).call().unwrap();
        let counts = counts.body_mut().read_to_string().unwrap();
        let mut lines = counts.lines();
        let line = lines.find(|line| line.contains("requests_total{page=\"/assets/"));
        line.map(str::to_owned)
    };
    // Once no more is answered, it waits for us.
    let mut before = None;
    loop {
        let now = answered();
        if now.is_some() && now == before {
            break;
        }
        before = now;
        std::thread::sleep(Duration::from_millis(100));
    }
    stage.stop();
    let began = Instant::now();
    stage.stopped();
    assert!(began.elapsed() < Duration::from_secs(8));
    drop(stream);
}

#[test]
fn what_is_under_way_when_the_portal_is_told_to_stop_is_answered_first() {
    let mut stage = Stage::new();
    let sold = stage.sell(1);
    let mut device = TestDevice::new("press-04");
    let request = text(
        TokenKind::ActivationRequest,
        &stage.request(&mut device, &sold.code),
    );
    let (kind, body) = multipart(&[("text", &request)], &[]);
    let mut stream = stage.connect();
    let head = format!(
        "POST /a HTTP/1.1\r\nhost: a\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nexpect: 100-continue\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    // That it asks for the rest shows that the request is under way.
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    stage.stop();
    while TcpStream::connect(stage.address).is_ok() {
        std::thread::yield_now();
    }
    stream.write_all(&body).unwrap();
    let answer = rest(stream);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.contains("The answer for press-04 is ready"));
    stage.stopped();
}

#[test]
fn a_zip_bomb_is_refused_and_nothing_of_it_is_read() {
    let stage = Stage::new();
    let browser = stage.browser();
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated);
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for name in ["one", "two", "three"] {
        writer.start_file(name, options).unwrap();
        writer.write_all(&vec![0; 200_000_000]).unwrap();
    }
    let bomb = writer.finish().unwrap().into_inner();
    assert!(bomb.len() < MAX_BODY, "{}", bomb.len());
    let began = Instant::now();
    let page = browser.bring("/a", &[], &[("bomb.zip", &bomb)]);
    assert_eq!(page.status, 422);
    assert!(page.text.contains("Reference KF-422"));
    assert!(began.elapsed() < Duration::from_secs(5));

    let broken = browser.bring("/a", &[], &[("cut.zip", &bomb[..1000])]);
    assert!(broken.text.contains("Reference KF-420"));
}

#[test]
fn several_zip_files_in_one_form_do_not_unpack_to_more_than_one_may() {
    let stage = Stage::new();
    // Each by itself is within the bounds: parts of 64 KiB, compressed less than fifty-fold.
    let part: Vec<u8> = (0..65_536_u32)
        .map(|n| (n % 4096).wrapping_mul(2_654_435_761).to_be_bytes()[0])
        .collect();
    let names: Vec<String> = (0..40).map(|n| n.to_string()).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|n| (n.as_str(), &part[..])).collect();
    let one = zipped(&files);
    assert!(40 * part.len() < 8 << 20 && 40 * part.len() < 50 * one.len());
    let four: Vec<(&str, &[u8])> = (0..4).map(|_| ("all.zip", &one[..])).collect();
    let browser = stage.browser();
    assert_eq!(browser.bring("/a", &[], &four[..1]).status, 200);
    let page = browser.bring("/a", &[], &four);
    assert_eq!(page.status, 422);
    assert!(page.text.contains("Reference KF-422"), "{}", page.text);
}

#[test]
fn more_messages_than_are_answered_in_one_go_change_nothing() {
    let stage = Stage::new();
    let sold = stage.sell(1);
    let mut device = TestDevice::new("press-04");
    let request = text(
        TokenKind::ActivationRequest,
        &stage.request(&mut device, &sold.code),
    );
    let names: Vec<String> = (0..501).map(|n| format!("{n}.kft")).collect();
    let files: Vec<(&str, &[u8])> = names
        .iter()
        .map(|n| (n.as_str(), request.as_bytes()))
        .collect();
    let page = stage
        .browser()
        .bring("/a", &[], &[("all.zip", &zipped(&files))]);
    assert_eq!(page.status, 422, "{}", page.text);
    assert!(page.text.contains("Reference KF-807"));
    let key = keyferry_authority::EntitlementKey::Id(sold.entitlement.id);
    assert_eq!(
        stage
            .wait(stage.authority.entitlement(&key))
            .unwrap()
            .seats_used,
        0
    );
}

/// A request with a code that nobody was given.
fn guess(stage: &Stage, name: &str) -> String {
    let code = TestVendor::acme().code();
    let mut device = TestDevice::new(name);
    text(
        TokenKind::ActivationRequest,
        &stage.request(&mut device, &code),
    )
}

#[test]
fn a13_whoever_guesses_codes_is_sent_away_for_a_while_and_each_in_a_zip_counts() {
    let stage = Stage::new();
    let browser = stage.browser();
    let guesses: Vec<String> = (0..70).map(|n| guess(&stage, &format!("pc-{n}"))).collect();
    let names: Vec<String> = (0..60).map(|n| format!("{n}.kft")).collect();
    let files: Vec<(&str, &[u8])> = names
        .iter()
        .zip(&guesses)
        .map(|(name, guess)| (name.as_str(), guess.as_bytes()))
        .collect();
    let all = browser.bring("/a", &[], &[("all.zip", &zipped(&files))]);
    assert_eq!(all.status, 200);
    assert!(all.text.contains("<b>60</b> need you"));
    let barred = browser.bring("/a", &[("text", &guesses[61])], &[]);
    assert_eq!(barred.status, 429);
    assert_eq!(barred.header("retry-after"), Some("3600"));
    assert!(barred.text.contains("Reference KF-107"));
    stage.clock.pass(Seconds::HOUR);
    assert_eq!(
        browser.bring("/a", &[("text", &guesses[62])], &[]).status,
        200
    );
}

#[test]
fn a13_limits_count_by_the_client_that_a_named_proxy_tells_of_and_no_header_forges_it() {
    let guesses = |stage: &Stage| -> Vec<String> {
        (0..62).map(|n| guess(stage, &format!("pc-{n}"))).collect()
    };
    let plain = Stage::new();
    let mut last = 0;
    for (n, guess) in guesses(&plain).iter().enumerate() {
        let forged = plain
            .browser()
            .saying("x-forwarded-for", &format!("203.0.113.{n}"));
        last = forged.bring("/a", &[("text", guess)], &[]).status;
    }
    assert_eq!(last, 429);

    let behind = Stage::with(Config {
        proxies: vec!["127.0.0.1".parse().unwrap()],
        ..Config::default()
    });
    for guess in guesses(&behind) {
        let one = behind
            .browser()
            .saying("x-forwarded-for", "198.51.100.1, 203.0.113.7");
        last = one.bring("/a", &[("text", &guess)], &[]).status;
    }
    assert_eq!(last, 429);
    let other = behind.browser().saying("x-forwarded-for", "203.0.113.8");
    assert_eq!(
        other
            .bring("/a", &[("text", &guess(&behind, "other"))], &[])
            .status,
        200
    );
}
