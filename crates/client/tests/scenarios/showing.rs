//! Inspecting, this computer's facts, and the files that faces write.

use std::fs;
use std::process::Command;

use crate::desk::Desk;
use keyferry_catalogue::{Code, Language, Phrase};
use keyferry_client::{Inspection, Signer, read_file, write_file};
use keyferry_fixtures::{NOW, TestVendor};
use keyferry_token::{ArtefactKind, ComponentKind};

fn acme() -> &'static TestVendor {
    TestVendor::acme()
}

fn inspect(desk: &Desk, bytes: &[u8]) -> Inspection {
    desk.client().inspect(bytes).unwrap().remove(0).unwrap()
}

fn said(inspection: &Inspection, name: Phrase) -> String {
    let claim = inspection.claims.iter().find(|claim| claim.name == name);
    claim
        .map(|claim| claim.in_words(Language::En))
        .unwrap_or_default()
}

#[test]
fn a_request_made_here_is_shown_in_full_also_after_its_answer_came() {
    let desk = Desk::with_acme("cad-07");
    let request = desk.request(&acme().code());
    let shown = inspect(&desk, request.armored.as_bytes());
    assert_eq!(shown.claims, request.claims);
    assert!(shown.trusted && shown.problem.is_none());
    assert!(matches!(shown.signer, Signer::ThisDevice(_)));
    desk.apply(&acme().respond(&request.bytes, NOW).bytes)
        .unwrap();
    assert_eq!(inspect(&desk, &request.bytes), shown);
}

#[test]
fn an_answer_is_shown_before_and_after_it_is_applied() {
    let desk = Desk::with_acme("cad-07");
    let answer = desk.answer();
    let before = desk.seen();
    let shown = inspect(&desk, &answer);
    assert_eq!(desk.seen(), before, "looking changes nothing");
    assert!(shown.trusted);
    assert_eq!(
        said(&shown, Phrase::ClaimWorksUntil),
        "23 December 2026, 04:00 UTC"
    );
    assert_eq!(said(&shown, Phrase::ClaimFeatures), "cam, export");
    assert_eq!(said(&shown, Phrase::ClaimHolder), "Works South");
    desk.apply(&answer).unwrap();
    assert_eq!(inspect(&desk, &answer), shown);
}

#[test]
fn what_is_sealed_for_others_is_named_and_not_shown() {
    let desk = Desk::with_acme("cad-07");
    let neighbour = Desk::with_acme("cad-08");
    let request = neighbour.request(&acme().code());
    let shown = inspect(&desk, &request.bytes);
    assert_eq!(
        shown.signer,
        Signer::Sealed {
            recipient: acme().exchange.public().id()
        }
    );
    assert!(shown.claims.is_empty() && !shown.trusted);
    let answer = inspect(&desk, &acme().respond(&request.bytes, NOW).bytes);
    assert_eq!(answer.problem.unwrap().code, Code::AnswerForOtherDevice);
}

#[test]
fn a_profile_is_shown_with_its_words_and_whether_it_is_trusted() {
    let desk = Desk::new("cad-07");
    let shown = inspect(&desk, &acme().signed_profile());
    assert_eq!(shown.kind, ArtefactKind::Profile);
    assert!(!shown.trusted);
    let words = acme().profile.fingerprint().to_string();
    assert_eq!(said(&shown, Phrase::ClaimVendorFingerprint), words);
    desk.trust(acme());
    let shown = inspect(&desk, &acme().signed_profile());
    assert!(shown.trusted);
}

#[test]
fn the_device_names_its_components_and_never_their_values() {
    let desk = Desk::with_acme("cad-07");
    desk.request(&acme().code());
    let device = desk.client().device().unwrap();
    assert_eq!(device.components, ComponentKind::ALL);
    assert_eq!(device.ids.len(), 1);
    assert!(!format!("{device:?}").to_lowercase().contains("7q2k9m"));
}

#[test]
fn secrets_do_not_show_in_debug_output() {
    let desk = Desk::with_acme("cad-07");
    let code = acme().code();
    let found = desk.client().code(&code.expose()).unwrap();
    let request = desk.request(&code);
    let told = format!("{found:?} {request:?} {:?}", desk.standing());
    assert!(!told.contains(&code.expose()[6..]));
}

#[test]
fn a_file_is_replaced_as_a_whole_and_nothing_is_left_beside_it() {
    let desk = Desk::with_acme("cad-07");
    let request = desk.request(&acme().code());
    let file = desk.path("request.kft");
    write_file(&file, request.armored.as_bytes()).unwrap();
    write_file(&file, &request.bytes).unwrap();
    assert_eq!(read_file(&file).unwrap(), request.bytes);
    let left: Vec<_> = fs::read_dir(desk.path("")).unwrap().flatten().collect();
    assert!(
        !left
            .iter()
            .any(|entry| entry.path().to_string_lossy().ends_with(".new"))
    );
}

#[cfg(unix)]
#[test]
fn what_a_link_leads_to_is_written_and_the_link_stays() {
    let desk = Desk::new("cad-07");
    let (file, link) = (desk.path("file"), desk.path("link"));
    fs::write(&file, "old").unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    write_file(&link, b"new").unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), "new");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[test]
fn files_that_cannot_be_read_or_written_say_why() {
    let desk = Desk::new("cad-07");
    let folder = desk.path("");
    let missing = desk.path("missing/request.kft");
    let write = |path: &std::path::Path| write_file(path, b"x").unwrap_err().code();
    assert_eq!(write(&missing), Code::FileUnwritable);
    assert_eq!(write(&folder), Code::FileUnwritable);
    assert_eq!(read_file(&missing).unwrap_err().code(), Code::FileNotFound);
    assert_eq!(read_file(&folder).unwrap_err().code(), Code::FileUnreadable);
    // Nobody writes to it: reading it would wait for ever.
    let pipe = desk.path("pipe");
    if Command::new("mkfifo")
        .arg(&pipe)
        .status()
        .is_ok_and(|made| made.success())
    {
        assert_eq!(read_file(&pipe).unwrap_err().code(), Code::FileUnreadable);
    }
    let huge = desk.path("huge");
    fs::File::create(&huge).unwrap().set_len(1 << 40).unwrap();
    assert_eq!(read_file(&huge).unwrap_err().code(), Code::TooLarge);
    let problem = read_file(&missing).unwrap_err().problem();
    assert_eq!(problem.arg("path"), missing.to_str());
}
