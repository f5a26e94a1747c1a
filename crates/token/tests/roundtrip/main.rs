//! Whatever claims are written are read back as they were, and have one encoding.

#![expect(
    clippy::unwrap_used,
    reason = "what a test needs is there, or the test fails"
)]

mod lifecycle;

use std::collections::BTreeSet;

use keyferry_fixtures::{TestDevice, TestVendor, rng};
use keyferry_token::{
    ActivationId, ActivationRequest, ActivationResponse, ActivationSecret, Artefact, Binding,
    BoundedText, CodeTag, Colour, ComponentKind, DeviceId, EmergencyAllowance, Fingerprint, Grant,
    License, LicenseId, LicenseTerm, ProductCode, ProductEntry, RequestNumber, SealedToken,
    SeatStatus, Seconds, Sequence, SignedLicense, SignedProfile, Timestamp, TokenId, UsbId,
    VendorId, VendorKeys, VendorProfile, armor, seal_for_device, seal_for_vendor, sign_license,
    sign_profile,
};
use proptest::{
    collection::vec,
    option::of,
    prelude::*,
    sample::{Index, select},
    test_runner::FileFailurePersistence,
};

fn text<const MAX: usize>() -> impl Strategy<Value = BoundedText<MAX>> {
    ".{1,60}".prop_filter_map("nothing to show", |text| BoundedText::tidied(&text).ok())
}

fn time() -> impl Strategy<Value = Timestamp> {
    (0..=Timestamp::MAX.unix()).prop_map(Timestamp::from_unix)
}

fn seconds() -> impl Strategy<Value = Seconds> {
    prop_oneof![Just(0), any::<u64>()].prop_map(Seconds::new)
}

fn product() -> impl Strategy<Value = ProductCode> {
    "[a-z0-9]{1,20}(\\.[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?){1,4}"
        .prop_filter_map("too long", |text| ProductCode::new(&text).ok())
}

fn fingerprint() -> impl Strategy<Value = Fingerprint> {
    let component = (any::<Index>(), any::<[u8; 8]>());
    vec(component, 0..8).prop_map(|components| {
        Fingerprint::from_digests(
            components
                .into_iter()
                .map(|(kind, digest)| (*kind.get(&ComponentKind::ALL), digest)),
        )
    })
}

fn status() -> impl Strategy<Value = SeatStatus> {
    select(vec![
        SeatStatus::Active,
        SeatStatus::Suspended,
        SeatStatus::Revoked,
    ])
}

prop_compose! {
    fn emergency()(length in any::<u64>(), uses in any::<u8>(), ends_at in time(), on_wrong_device in any::<bool>()) -> EmergencyAllowance {
        EmergencyAllowance { length: Seconds::new(length), uses, ends_at, on_wrong_device }
    }
}

prop_compose! {
    fn grant()(
        (activation, sequence, status) in (any::<[u8; 10]>(), any::<u64>(), status()),
        (lease, grace, subscription_end) in (time(), seconds(), of(time())),
        (features, edition, holder) in (vec(text(), 0..=64), of(text()), of(text())),
        (enrolled, tolerance, emergency) in (fingerprint(), 0_u8..=100, of(emergency())),
        (trial, maintenance_end) in (any::<bool>(), of(time())),
    ) -> Grant {
        Grant {
            activation: ActivationId::new(activation),
            sequence: Sequence(sequence),
            status,
            lease_expires_at: (status == SeatStatus::Active).then_some(lease),
            grace,
            subscription_end,
            features,
            edition,
            holder,
            enrolled,
            tolerance,
            emergency,
            trial,
            maintenance_end,
        }
    }
}

prop_compose! {
    fn request(device: &'static TestDevice, vendor: &'static TestVendor)(
        (issued_at, product, number) in (time(), product(), any::<u64>()),
        (secret, fingerprint) in (any::<[u8; 15]>(), fingerprint()),
        (label, platform, client) in (text(), text(), text()),
        emergency_runs in lifecycle::emergency_runs(),
    ) -> ActivationRequest {
        ActivationRequest {
            issued_at,
            vendor: vendor.id(),
            recipient: vendor.exchange.public().id(),
            product,
            number: RequestNumber(number),
            secret: ActivationSecret::new(secret),
            signing_key: device.signing.public(),
            exchange_key: device.exchange.public(),
            fingerprint,
            label,
            platform,
            client,
            emergency_runs,
        }
    }
}

fn binding() -> impl Strategy<Value = Binding> {
    let usb = (any::<[u16; 2]>(), text(), any::<u64>(), of(text())).prop_map(
        |([vendor_id, product_id], serial, capacity, volume)| Binding::Usb {
            key: UsbId {
                vendor_id,
                product_id,
                serial,
                capacity,
            },
            volume,
        },
    );
    let named = fingerprint().prop_filter("binds to nothing", |components| !components.is_empty());
    let device = (named, 0_u8..=100).prop_map(|(components, tolerance)| Binding::Device {
        components,
        tolerance,
    });
    prop_oneof![Just(Binding::Unbound), usb, device]
}

prop_compose! {
    fn license(vendor: VendorId)(
        (id, product, file_id) in (any::<[u8; 10]>(), product(), any::<[u8; 16]>()),
        (issued_at, not_before, end) in (time(), time(), of(time())),
        (sequence, status, grace) in (any::<u64>(), status(), seconds()),
        (features, edition, holder) in (vec(text(), 0..=64), of(text()), of(text())),
        binding in binding(),
    ) -> License {
        License {
            id: LicenseId::new(id),
            vendor,
            product,
            issued_at,
            not_before,
            term: end.map_or(LicenseTerm::Perpetual, LicenseTerm::Until),
            file_id,
            sequence: Sequence(sequence),
            status,
            features,
            edition,
            holder,
            grace,
            binding,
        }
    }
}

prop_compose! {
    fn profile(vendor: &'static TestVendor)(
        (name, support, number) in (text(), of(text()), any::<u64>()),
        (issued_at, opens_until) in (time(), of(time())),
        portal in of("https://[a-z0-9]{1,20}(\\.[a-z]{2,9}){1,3}(:[1-9][0-9]{0,3})?"),
        products in vec((product(), text(), any::<[u8; 4]>()), 0..20),
        (colour, logo) in (of(any::<[u8; 3]>()), of(vec(any::<u8>(), 0..2_000))),
    ) -> VendorProfile {
        let mut keys = vendor.profile.keys.clone();
        if let (Some(key), Some(end)) = (keys.pop(), opens_until) {
            keys.push(key.opening_until(end));
        }
        let (mut codes, mut tags) = (BTreeSet::new(), BTreeSet::new());
        let products = products
            .into_iter()
            .map(|(code, name, tag)| ProductEntry { code, name, tag: CodeTag::from_random(tag) })
            .filter(|product| codes.insert(product.code.clone()) && tags.insert(product.tag));
        VendorProfile {
            vendor: vendor.id(),
            name,
            support,
            number,
            issued_at,
            keys,
            portal,
            products: products.collect(),
            colour: colour.map(Colour),
            logo: logo.map(|rest| [&b"\x89PNG\r\n\x1a\n"[..], &rest].concat()),
        }
    }
}

fn device() -> &'static TestDevice {
    static DEVICE: std::sync::OnceLock<TestDevice> = std::sync::OnceLock::new();
    DEVICE.get_or_init(|| TestDevice::new("cad-07"))
}

/// The artefact in its text form, read back.
fn through_text(bytes: &[u8]) -> Vec<u8> {
    let found = Artefact::read(bytes).unwrap().remove(0).unwrap();
    let text = armor(found.kind(), bytes);
    let again = Artefact::read(text.as_bytes()).unwrap().remove(0).unwrap();
    assert_eq!(again.kind(), found.kind());
    again.bytes().to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 128,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_request_is_read_back_as_it_was_written(claims in request(device(), TestVendor::acme())) {
        let vendor = TestVendor::acme();
        let seal = || {
            let to = vendor.exchange.public();
            seal_for_vendor(&claims, &device().signing, &to, &mut rng()).unwrap()
        };
        let (sealed, again) = (seal(), seal());
        prop_assert_eq!(sealed.id, again.id);
        prop_assert_ne!(&sealed.bytes, &again.bytes);
        let opened = SealedToken::parse(&through_text(&sealed.bytes)).unwrap().open(&vendor.exchange).unwrap();
        let read = opened.verify_from_device::<ActivationRequest>(&vendor.id()).unwrap();
        prop_assert_eq!(read.id(), sealed.id);
        prop_assert_eq!(read.into_claims(), claims);
    }

    #[test]
    fn a_response_is_read_back_as_it_was_written(grant in grant(), issued_at in time(), product in product(), answers in any::<[u8; 32]>()) {
        let vendor = TestVendor::acme();
        let claims = ActivationResponse {
            issued_at,
            vendor: vendor.id(),
            product,
            recipient: device().id(),
            answers: TokenId::new(answers),
            grant,
        };
        let to = device().exchange.public();
        let sealed = seal_for_device(&claims, &vendor.signing_pair, &to, &mut rng()).unwrap();
        let opened = SealedToken::parse(&through_text(&sealed.bytes)).unwrap().open(&device().exchange).unwrap();
        let read = opened.signed().verify_from_vendor::<ActivationResponse>(&vendor.keys(), &device().id()).unwrap();
        prop_assert_eq!(read.id(), sealed.id);
        prop_assert_eq!(read.into_claims(), claims);
        // Nobody else can read it: not even with another key of the same kind.
        let stranger = DeviceId::new([0; 16]);
        prop_assert!(opened.signed().verify_from_vendor::<ActivationResponse>(&vendor.keys(), &stranger).is_err());
    }

    #[test]
    fn a_license_is_read_back_as_it_was_written(claims in license(TestVendor::acme().id())) {
        let vendor = TestVendor::acme();
        let bytes = sign_license(&claims, &vendor.signing_pair).unwrap();
        let signed = SignedLicense::parse(&through_text(&bytes)).unwrap();
        let read = signed.verify(&vendor.keys()).unwrap();
        prop_assert_eq!(read.id(), signed.verify_with_key(&vendor.signing_pair.public()).unwrap().id());
        prop_assert_eq!(&*read, &claims);
        let other = VendorKeys::new(VendorId::new([0; 16]), vec![vendor.signing_pair.public()]);
        prop_assert!(signed.verify(&other).is_err());
        if let Binding::Usb { key, .. } = &claims.binding {
            prop_assert_eq!(&key.to_string().parse::<UsbId>().unwrap(), key);
        }
    }

    #[test]
    fn a_profile_is_read_back_as_it_was_written(claims in profile(TestVendor::acme())) {
        let bytes = sign_profile(&claims, &TestVendor::acme().profile_pair).unwrap();
        let signed = SignedProfile::parse(&through_text(&bytes)).unwrap();
        let read = signed.verify_whole().unwrap();
        prop_assert_eq!(read.fingerprint(), claims.fingerprint());
        prop_assert!(read.fingerprint().matches(&claims.fingerprint().to_string()));
        prop_assert_eq!(read.into_claims(), claims);
    }
}
