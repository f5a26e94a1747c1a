//! Making licenses: what they say, what they are bound to, and what is not made (rule A1).

use keyferry_authority::{
    IssuedLicense, LicenseAnchor, LicenseFile, LicenseTerms, NewLicense, Origin, Page, ProductTerms,
};
use keyferry_fixtures::{NOW, TestDevice, TestVendor};
use keyferry_license::compare;
use keyferry_token::{
    ArtefactKind, Binding, ComponentKind, License, LicenseId, LicenseTerm, Name, ProductCode,
    SeatStatus, Seconds, SignedLicense, Timestamp, TokenKind, UsbId, VendorKeys, VendorPublicKey,
    armor,
};

use crate::scene::{Scene, features, product};

pub(crate) const ORIGIN: Origin = Origin::Local;

pub(crate) fn key() -> UsbId {
    "0781:5581:4C531001370609117062:30752000000"
        .parse()
        .unwrap()
}

pub(crate) fn days(count: u64) -> Timestamp {
    NOW.plus(Seconds::days(count))
}

/// A license for the product, unbound and perpetual.
pub(crate) fn plain() -> NewLicense {
    NewLicense {
        product: product(),
        anchor: LicenseAnchor::Unbound,
        starts_at: None,
        term: LicenseTerm::Perpetual,
        features: Vec::new(),
        edition: None,
        holder: None,
        grace: None,
    }
}

pub(crate) fn for_computer(request: &[u8]) -> NewLicense {
    NewLicense {
        anchor: LicenseAnchor::Device {
            request: request.to_vec(),
        },
        ..plain()
    }
}

pub(crate) fn until(end: Timestamp) -> LicenseTerms {
    LicenseTerms {
        term: Some(LicenseTerm::Until(end)),
        ..LicenseTerms::default()
    }
}

impl Scene {
    pub(crate) async fn make(&self, new: NewLicense) -> LicenseFile {
        self.authority.license_make(&new, &ORIGIN).await.unwrap()
    }

    pub(crate) async fn made_of(&self, id: LicenseId) -> IssuedLicense {
        self.authority.license(id).await.unwrap().issued
    }

    /// What whoever trusts the vendor reads in a file.
    pub(crate) fn reads(&self, file: &LicenseFile) -> License {
        let signed = SignedLicense::parse(&file.bytes).unwrap();
        let keys = self.profile.signing_keys();
        signed.verify(&keys).unwrap().into_claims()
    }

    /// Why no license is made, after a look at the books: nothing was entered.
    async fn no_license(&self, new: NewLicense) -> &'static str {
        let before = self.actions().await;
        let fault = self.authority.license_make(&new, &ORIGIN).await;
        let licenses = self.authority.licenses(None, Page::first(10)).await;
        assert_eq!(licenses.unwrap().items, []);
        assert_eq!(self.actions().await, before);
        fault.unwrap_err().problem().code.as_str()
    }
}

#[tokio::test]
async fn a_license_says_what_was_asked_and_is_signed_with_the_published_key() {
    let scene = Scene::new().await;
    let file = scene
        .make(NewLicense {
            anchor: LicenseAnchor::UsbKey {
                id: key(),
                allow_weak: false,
            },
            starts_at: Some(days(1)),
            term: LicenseTerm::Until(days(365)),
            features: features(&["render"]),
            edition: Some(Name::new("Professional").unwrap()),
            holder: Some(Name::new("Example Works").unwrap()),
            grace: Some(Seconds::days(3)),
            ..plain()
        })
        .await;
    let License {
        id,
        vendor,
        product: code,
        issued_at,
        not_before,
        term,
        file_id: _,
        sequence,
        status,
        features: granted,
        edition,
        holder,
        grace,
        binding,
    } = scene.reads(&file);
    assert_eq!((vendor, code), (scene.authority.vendor(), product()));
    assert_eq!((issued_at, not_before), (NOW, days(1)));
    assert_eq!(term, LicenseTerm::Until(days(365)));
    assert_eq!((sequence.0, status), (NOW.unix(), SeatStatus::Active));
    assert_eq!(granted, features(&["render"]));
    assert_eq!(edition.unwrap().as_str(), "Professional");
    assert_eq!(holder.unwrap().as_str(), "Example Works");
    assert_eq!(grace, Seconds::days(3));
    let bound = Binding::Usb {
        key: key(),
        volume: None,
    };
    assert_eq!(binding, bound);

    let pem = std::fs::read_to_string(scene.authority.public_key_file()).unwrap();
    let base64: String = pem.lines().filter(|line| !line.contains("--")).collect();
    let spki = data_encoding::BASE64.decode(base64.as_bytes()).unwrap();
    let public = VendorPublicKey::from_spki(&spki).unwrap();
    let keys = VendorKeys::new(vendor, vec![public]);
    let signed = SignedLicense::parse(&file.bytes).unwrap();
    assert_eq!(signed.verify(&keys).unwrap().id, id);
}

#[tokio::test]
async fn what_is_not_said_is_the_products() {
    let scene = Scene::new().await;
    let license = scene.reads(&scene.make(plain()).await);
    assert_eq!(license.features, features(&["export", "render"]));
    assert_eq!(license.grace, Seconds::days(7));
    assert_eq!(license.not_before, NOW);
    assert_eq!(license.binding, Binding::Unbound);
    assert_eq!((license.edition, license.holder), (None, None));
}

#[tokio::test]
async fn the_books_say_of_every_file_what_the_file_says() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let request = scene.request(&mut TestDevice::new("north"), &sold.code);
    let file = scene.make(for_computer(&request.bytes)).await;
    let id = file.issued.license.id;
    let mut said = vec![scene.reads(&file)];
    for terms in [
        LicenseTerms {
            anchor: Some(LicenseAnchor::UsbKey {
                id: key(),
                allow_weak: false,
            }),
            ..until(days(9))
        },
        LicenseTerms {
            anchor: Some(LicenseAnchor::Unbound),
            term: Some(LicenseTerm::Perpetual),
            features: features(&["export"]),
        },
    ] {
        scene.clock.pass(Seconds::DAY);
        let file = scene.authority.license_reissue(id, &terms, &ORIGIN).await;
        said.push(scene.reads(&file.unwrap()));
    }
    said.reverse();
    let record = scene.authority.license(id).await.unwrap();
    assert_eq!(record.history, said);
    assert_eq!(record.issued.license, said[0]);
    assert_eq!(record.issued.created_at, NOW);
    assert_eq!(record.issued.files, 3);
}

#[tokio::test]
async fn a_license_for_a_computer_fits_that_computer_for_that_product() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut north = TestDevice::new("north");
    let request = scene.request(&mut north, &sold.code);
    let kind = ArtefactKind::Token(TokenKind::ActivationRequest);
    let mailed = format!("See below.\n{}", armor(kind, &request.bytes));
    let license = scene.reads(&scene.make(for_computer(mailed.as_bytes())).await);
    let Binding::Device {
        components,
        tolerance,
    } = license.binding
    else {
        panic!("{license:?}");
    };
    let fits = |device: &mut TestDevice| {
        let (vendor, key) = (scene.profile.vendor, scene.exchange_key());
        let present = device.next_claims(vendor, key, product(), &sold.code);
        compare(&components, &present.fingerprint, tolerance).within
    };
    assert!(fits(&mut north));
    north.machine = north.machine.with(ComponentKind::NetworkAdapter, "another");
    assert!(fits(&mut north));
    assert!(!fits(&mut TestDevice::new("south")));
    // It takes no seat.
    assert_eq!(scene.seats_used(&sold).await, 0);
}

#[tokio::test]
async fn a_usb_key_that_others_can_be_taken_for_is_bound_to_only_if_that_is_accepted() {
    let scene = Scene::new().await;
    let bound_to = |id: &str, allow_weak| NewLicense {
        anchor: LicenseAnchor::UsbKey {
            id: id.parse().unwrap(),
            allow_weak,
        },
        ..plain()
    };
    let (zeros, empty) = ("058f:6387:00000000:8000000", "0781:5581:4C531001370609:0");
    for (id, allow_weak, expected) in [
        (zeros, false, "usb_key_weak"),
        (empty, false, "usb_key_unusable"),
        (empty, true, "usb_key_unusable"),
    ] {
        assert_eq!(scene.no_license(bound_to(id, allow_weak)).await, expected);
    }
    let made = scene.make(bound_to(zeros, true)).await.issued.license;
    // What a license is bound to already is not weighed again; what it is to be bound to is.
    let authority = &scene.authority;
    let terms = until(days(9));
    let again = authority.license_reissue(made.id, &terms, &ORIGIN).await;
    assert_eq!(again.unwrap().issued.license.binding, made.binding);
    let terms = LicenseTerms {
        anchor: Some(bound_to(zeros, false).anchor),
        ..LicenseTerms::default()
    };
    let again = authority.license_reissue(made.id, &terms, &ORIGIN).await;
    assert_eq!(again.unwrap_err().code().as_str(), "usb_key_weak");
}

#[tokio::test]
async fn what_does_not_tell_the_computer_makes_no_license() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut north = TestDevice::new("north");
    let request = scene.request(&mut north, &sold.code).bytes;
    let mut south = TestDevice::new("south");
    let answer = scene.activate(&mut south, &sold.code).await.sealed.bytes;
    let kind = ArtefactKind::Token(TokenKind::ActivationRequest);
    let twice = armor(kind, &request).repeat(2);
    let profile = std::fs::read(scene.authority.profile_file()).unwrap();
    let mut changed = request.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    let cam = ProductCode::new("com.acme.cam").unwrap();
    let other_product = north
        .request(scene.profile.vendor, scene.exchange_key(), cam, &sold.code)
        .bytes;
    let other = TestVendor::make("Other", scene.profile.products[0].tag);
    let other_vendor = north.request_to(&other, &sold.code).bytes;
    for kind in [
        ComponentKind::MachineId,
        ComponentKind::FirmwareUuid,
        ComponentKind::BoardSerial,
        ComponentKind::Cpu,
        ComponentKind::SystemDisk,
    ] {
        north.machine = north.machine.without(kind);
    }
    let container = scene.request(&mut north, &sold.code).bytes;
    for (given, expected) in [
        (&answer[..], "license_needs_computer"),
        (twice.as_bytes(), "license_needs_computer"),
        (&profile, "license_needs_computer"),
        (&other_product, "license_needs_computer"),
        (&other_vendor, "token_for_other_vendor"),
        (&changed, "signature_mismatch"),
        (&container, "fingerprint_too_small"),
        (b"", "nothing_read"),
        (b"not a request", "unrecognised"),
    ] {
        assert_eq!(scene.no_license(for_computer(given)).await, expected);
    }
}

#[tokio::test]
async fn what_would_never_count_or_is_not_sold_is_not_made() {
    let scene = Scene::new().await;
    let ending = |end, starts_at| NewLicense {
        term: LicenseTerm::Until(end),
        starts_at,
        ..plain()
    };
    let other = ProductCode::new("com.acme.cam").unwrap();
    let many: Vec<String> = (0..65).map(|number| format!("f{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for (new, expected) in [
        (ending(NOW, None), "license_end_refused"),
        (ending(days(3), Some(days(3))), "license_end_refused"),
        (
            NewLicense {
                product: other,
                ..plain()
            },
            "product_unknown",
        ),
        (
            NewLicense {
                features: features(&["export", "exprot"]),
                ..plain()
            },
            "feature_unknown",
        ),
        (
            NewLicense {
                features: features(&many),
                ..plain()
            },
            "text_refused",
        ),
    ] {
        assert_eq!(scene.no_license(new).await, expected);
    }
    scene.make(ending(days(4), Some(days(3)))).await;
}

#[tokio::test]
async fn a1_licenses_are_made_only_with_offline_support() {
    let scene = Scene::new().await;
    let kept = scene.make(plain()).await.issued.license.id;
    let suspended = scene.make(plain()).await.issued.license.id;
    let authority = &scene.authority;
    authority.license_suspend(suspended, &ORIGIN).await.unwrap();
    let off = ProductTerms {
        offline: Some(false),
        ..ProductTerms::default()
    };
    authority
        .product_change(&product(), off, &ORIGIN)
        .await
        .unwrap();
    let before = scene.actions().await;
    let terms = LicenseTerms::default();
    for refused in [
        authority.license_make(&plain(), &ORIGIN).await,
        authority.license_reissue(kept, &terms, &ORIGIN).await,
        authority.license_reinstate(suspended, &ORIGIN).await,
    ] {
        assert_eq!(refused.unwrap_err().code().as_str(), "offline_not_enabled");
    }
    assert_eq!(scene.actions().await, before);
    // What takes away needs no leave.
    authority.license_suspend(kept, &ORIGIN).await.unwrap();
    authority.license_revoke(kept, &ORIGIN).await.unwrap();
}
