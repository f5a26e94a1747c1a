//! Somebody else's authority, with the vendor's and its products' names.

use std::{env, fs, path::Path, process::Command};

use keyferry_catalogue::Code;
use keyferry_client::{Applied, Client, Confirmation, Options, Relation};
use keyferry_fixtures::{
    SigningPair, TestVendor,
    forge::{Envelope, Sign1, bstr, set, typ},
    rng,
};
use keyferry_gap::{Computer, Time, VendorSide, cad, runs, wait};
use keyferry_token::{
    ActivationRequest, ActivationResponse, ExchangeSecretKey, Grant, KeyPurpose, Refresh,
    SealedToken, Seconds, TokenKind, VendorSigner as _, Verified, seal_for_device,
};

/// What a computer told in its request; its user can read all of it in its own memory.
fn told(acme: &VendorSide, request: &[u8]) -> Verified<ActivationRequest> {
    let opened = SealedToken::parse(request).unwrap();
    let opened = opened.open(&acme.exchange_secret()).unwrap();
    let vendor = acme.authority.vendor();
    opened.verify_from_device(&vendor).unwrap()
}

fn generous(request: &ActivationRequest, time: &Time) -> Grant {
    Grant {
        lease_expires_at: Some(time.now().plus(Seconds::days(9000))),
        ..TestVendor::grant(request, time.now())
    }
}

#[test]
fn an_impostors_answers_and_refreshes_in_the_vendors_name_are_refused() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let computer = Computer::of(&acme, "cad-01", &time);
    let request = computer.request(&sold.code).unwrap();
    let told = told(&acme, &request.bytes);
    let impostor = SigningPair::make();
    let answer = ActivationResponse {
        issued_at: time.now(),
        vendor: acme.authority.vendor(),
        product: cad(),
        recipient: told.signing_key.device_id(),
        answers: told.id(),
        grant: generous(&told, &time),
    };
    let sealed = seal_for_device(&answer, &impostor, &told.exchange_key, &mut rng()).unwrap();
    assert_eq!(computer.refuses(&sealed.bytes), Code::UntrustedKey);
    assert!(!runs(computer.state()));

    computer.apply(&acme.answer(&request.bytes)).unwrap();
    let held = computer.standing().grant.unwrap();
    let before = computer.snapshot();
    let mut grant = generous(&told, &time);
    grant.activation = held.activation;
    grant.sequence.0 = held.sequence.0 + 1;
    let refresh = Refresh {
        issued_at: time.now(),
        vendor: acme.authority.vendor(),
        product: cad(),
        recipient: told.signing_key.device_id(),
        grant,
    };
    let sealed = seal_for_device(&refresh, &impostor, &told.exchange_key, &mut rng()).unwrap();
    assert_eq!(computer.refuses(&sealed.bytes), Code::UntrustedKey);
    assert_eq!(computer.snapshot(), before);
}

#[test]
fn an_impostor_who_borrows_the_name_of_the_vendors_key_is_refused() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let computer = Computer::of(&acme, "cad-01", &time);
    let request = computer.request(&acme.sell(1).code).unwrap();
    let told = told(&acme, &request.bytes);
    let impostor = SigningPair::make();
    let answer = ActivationResponse {
        issued_at: time.now(),
        vendor: acme.authority.vendor(),
        product: cad(),
        recipient: told.signing_key.device_id(),
        answers: told.id(),
        grant: generous(&told, &time),
    };
    let mine = ExchangeSecretKey::make(&mut rng());
    let sealed = seal_for_device(&answer, &impostor, &mine.public(), &mut rng()).unwrap();
    let opened = SealedToken::parse(&sealed.bytes).unwrap();
    let opened = opened.open(&mine).unwrap();
    let kid = vendors_key_id(&acme);
    let forged = Sign1::of(opened.signed().bytes())
        .with_header(|header| {
            set(header, 4, bstr(kid));
        })
        .signed(|message| impostor.sign(message).unwrap());
    let typ = typ(TokenKind::ActivationResponse);
    let envelope = Envelope::new(
        typ,
        &forged.bytes(),
        &told.exchange_key,
        &ExchangeSecretKey::make(&mut rng()),
    );
    assert_eq!(computer.refuses(&envelope.bytes()), Code::SignatureMismatch);
    assert!(!runs(computer.state()));
}

fn vendors_key_id(acme: &VendorSide) -> Vec<u8> {
    let profile = wait(acme.authority.profile()).unwrap();
    let signing = profile
        .keys
        .iter()
        .find(|key| key.purpose() == KeyPurpose::Signing)
        .unwrap();
    signing.id().as_bytes().to_vec()
}

#[test]
fn an_impostor_cannot_open_what_is_meant_for_the_vendor() {
    let time = Time::default();
    let (acme, impostor) = (VendorSide::acme(&time), VendorSide::impostor(&time));
    let sold = acme.sell(1);
    let computer = Computer::of(&acme, "cad-01", &time);
    let request = computer.request(&sold.code).unwrap();
    assert_eq!(impostor.refuses(&request.bytes), Code::TokenForOtherVendor);
    computer.activate(&acme, &sold.code);
    let made = computer.deactivate().unwrap();
    assert_eq!(impostor.refuses(&made.bytes), Code::TokenForOtherVendor);
}

#[test]
fn an_impostors_profile_is_shown_with_other_words_and_trusted_by_nothing() {
    let time = Time::default();
    let (acme, impostor) = (VendorSide::acme(&time), VendorSide::impostor(&time));
    let computer = Computer::of(&acme, "cad-01", &time);
    let acmes = computer.apply(&acme.profile());
    let Ok(Applied::VendorFound(acmes)) = acmes else {
        panic!("{acmes:?}");
    };
    for _ in 0..5 {
        let found = computer.apply(&impostor.profile());
        let Ok(Applied::VendorFound(found)) = found else {
            panic!("{found:?}");
        };
        assert_eq!(
            found.profile().name,
            acmes.profile().name,
            "names prove nothing"
        );
        assert_ne!(found.profile().vendor, acmes.profile().vendor);
        assert_ne!(found.fingerprint(), acmes.fingerprint());
        assert_eq!(
            (acmes.relation(), found.relation()),
            (Relation::Known, Relation::New)
        );
        // Nor does the user trust it who goes by the vendor's words.
        let words = acmes.fingerprint().words().join(" ");
        for confirmation in [Confirmation::Words(&words), Confirmation::Nothing] {
            let refused = computer.client().trust(&found, confirmation).unwrap_err();
            let untrusted = [Code::VendorFingerprintMismatch, Code::VendorNotConfirmed];
            assert!(untrusted.contains(&refused.code()), "{refused:?}");
        }
    }
    let trusted = computer.client().vendors().unwrap();
    assert_eq!(trusted.len(), 1);
    assert_eq!(trusted[0].id(), acme.authority.vendor());
}

/// Puts an impostor's profile and public key wherever files can lie in and beside a store.
fn strew(impostor: &VendorSide, computer: &Computer) {
    let home = computer.home();
    for folder in ["", "vendors", "keys", "trust", "licenses"] {
        let folder = home.join(folder);
        fs::create_dir_all(&folder).unwrap();
        for name in ["vendor.kfv", "acme.kfv", "com.acme.cad.kfv"] {
            fs::write(folder.join(name), impostor.profile()).unwrap();
            fs::write(folder.join("..").join(name), impostor.profile()).unwrap();
        }
        for name in ["public.pem", "com.acme.cad.pem", "key.pem"] {
            fs::write(folder.join(name), impostor.public_key()).unwrap();
        }
    }
}

#[test]
fn an_impostors_profile_and_key_beside_the_license_are_not_even_read() {
    let time = Time::default();
    let (acme, impostor) = (VendorSide::acme(&time), VendorSide::impostor(&time));
    let computer = Computer::new("cad-01", &time);
    fs::create_dir_all(computer.home()).unwrap();
    strew(&impostor, &computer);
    assert_eq!(computer.client().vendors().unwrap(), []);
    computer.trust(&acme);
    assert_eq!(computer.client().vendors().unwrap().len(), 1);
    let code = impostor.sell(1).code;
    let refused = computer.request(&code).unwrap_err();
    assert_eq!(refused.code(), Code::ActivationCodeUnknownVendor);
}

#[test]
fn an_impostors_profile_among_the_installed_vendors_counts_only_if_an_administrator_put_it_there() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
    let time = Time::default();
    let impostor = VendorSide::impostor(&time);
    let computer = Computer::new("cad-01", &time);
    let folder = computer.path("vendors");
    let file = folder.join("acme.kfv");
    fs::create_dir_all(&folder).unwrap();
    let is_root = fs::metadata(&folder).unwrap().uid() == 0;
    let trusted = |folder: &Path| computer.client_with(folder).vendors().unwrap().len();
    let mode =
        |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();

    fs::write(&file, impostor.profile()).unwrap();
    if is_root {
        mode(&folder, 0o755);
        mode(&file, 0o644);
        assert_eq!(trusted(&folder), 1, "the control: an administrator may");
        chown(&file, Some(65534), None).unwrap();
        assert_eq!(trusted(&folder), 0, "a file of somebody else");
        chown(&file, Some(0), None).unwrap();
        chown(&folder, Some(65534), None).unwrap();
        assert_eq!(trusted(&folder), 0, "a folder of somebody else");
        chown(&folder, Some(0), None).unwrap();
    } else {
        eprintln!("skipped: only an administrator can show that an administrator may");
    }
    mode(&file, 0o666);
    assert_eq!(trusted(&folder), 0, "a file that everybody can write");
    mode(&file, 0o644);
    mode(&folder, 0o777);
    assert_eq!(trusted(&folder), 0, "a folder that everybody can write");
    mode(&folder, 0o755);
    let elsewhere = computer.path("elsewhere.kfv");
    fs::rename(&file, &elsewhere).unwrap();
    symlink(&elsewhere, &file).unwrap();
    assert_eq!(trusted(&folder), 0, "a link");
    let link = computer.path("link");
    symlink(&folder, &link).unwrap();
    fs::remove_file(&file).unwrap();
    fs::rename(&elsewhere, &file).unwrap();
    assert_eq!(trusted(&link), 0, "a link in the place of the folder");
    if is_root {
        assert_eq!(trusted(&folder), 1, "the control once more");
    }
}

/// The name under which this test starts itself once more.
const CHILD: &str = "KEYFERRY_TEST_CHILD_HOME";

#[test]
fn an_impostors_profile_named_by_the_environment_is_trusted_by_nothing() {
    if let Some(home) = env::var_os(CHILD) {
        let client = Client::open(Options {
            home: Some(home.into()),
            ..Options::default()
        });
        let client = client.unwrap();
        let installed = client.paths().installed_vendors;
        assert!(
            !installed.starts_with(env::temp_dir()),
            "{}",
            installed.display()
        );
        assert_eq!(client.vendors().unwrap(), []);
        return;
    }
    let time = Time::default();
    let impostor = VendorSide::impostor(&time);
    let computer = Computer::new("cad-01", &time);
    let folder = computer.path("keyferry/vendors");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("acme.kfv"), impostor.profile()).unwrap();
    let (file, root) = (folder.join("acme.kfv"), computer.path(""));
    let mut child = Command::new(env::current_exe().unwrap());
    child.args([
        "--exact",
        "impostor::an_impostors_profile_named_by_the_environment_is_trusted_by_nothing",
    ]);
    child.env(CHILD, computer.path("home"));
    for name in [
        "VENDORS",
        "VENDOR",
        "INSTALLED_VENDORS",
        "PROFILE",
        "TRUST",
        "KEYS",
        "PUBLIC_KEY",
    ] {
        child.env(format!("KEYFERRY_{name}"), &folder);
        child.env(format!("KEYFERRY_{name}_FILE"), &file);
    }
    for name in [
        "HOME",
        "XDG_CONFIG_HOME",
        "XDG_CONFIG_DIRS",
        "XDG_DATA_DIRS",
        "XDG_DATA_HOME",
        "ProgramData",
        "ProgramFiles",
    ] {
        child.env(name, &root);
    }
    let output = child.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{said}");
}
