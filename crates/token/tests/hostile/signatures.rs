//! Signatures that are missing, foreign, or made in another way than the one that counts.

use keyferry_catalogue::Code;
use keyferry_fixtures::{
    TestVendor,
    forge::{Sign1, es256},
    published,
};
use keyferry_token::{SignedLicense, VendorKeys, VendorSigner as _, VerifyFault, sign_license};

use crate::scene::{Door, license, scene};

fn with_signature(door: Door, signature: Vec<u8>) -> Vec<u8> {
    let mut parts = door.signed_parts();
    parts.signature = signature;
    door.wrapped(&parts.bytes())
}

#[test]
fn a_stripped_zeroed_cut_or_lengthened_signature_is_refused() {
    for door in Door::ALL {
        let good = door.signed_parts().signature;
        let cases = [
            ("stripped", vec![]),
            ("zeros", vec![0; good.len()]),
            ("ones", vec![0xff; good.len()]),
            ("one byte short", good[1..].to_vec()),
            ("one byte cut", good[..good.len() - 1].to_vec()),
            ("a zero in front", [&[0], &good[..]].concat()),
            ("a zero behind", [&good[..], &[0]].concat()),
            ("twice", [&good[..], &good].concat()),
        ];
        for (why, signature) in cases {
            assert_eq!(
                door.refuses(&with_signature(door, signature), why),
                Code::SignatureMismatch,
                "{door:?} {why}"
            );
        }
    }
}

#[test]
fn the_signature_of_another_artefact_is_refused() {
    let signatures = Door::ALL.map(|door| door.signed_parts().signature);
    for door in Door::ALL {
        for signature in &signatures {
            let bytes = with_signature(door, signature.clone());
            if *signature == door.signed_parts().signature {
                assert!(door.take(&bytes).is_ok());
            } else {
                let code = door.refuses(&bytes, "another artefact's signature");
                assert_eq!(code, Code::SignatureMismatch);
            }
        }
    }
}

#[test]
fn a_stranger_who_borrows_the_kid_or_brings_his_own_is_refused() {
    let stranger = TestVendor::other();
    for door in [
        Door::RESPONSE,
        Door::KEPT_RESPONSE,
        Door::License,
        Door::Successor,
    ] {
        let borrowed = door
            .signed_parts()
            .signed(|message| stranger.signing_pair.sign(message).unwrap());
        let code = door.refuses(&door.wrapped(&borrowed.bytes()), "a borrowed kid");
        assert_eq!(code, Code::SignatureMismatch, "{door:?}");

        let pair = &stranger.signing_pair;
        let own = door
            .signed_parts()
            .with_header(|header| {
                let kid = keyferry_fixtures::forge::bstr(pair.key_id().as_bytes());
                keyferry_fixtures::forge::set(header, 4, kid);
            })
            .signed(|message| pair.sign(message).unwrap());
        let code = door.refuses(&door.wrapped(&own.bytes()), "a kid of his own");
        assert_eq!(code, Code::UntrustedKey, "{door:?}");
    }
}

#[test]
fn a_profile_key_signs_no_license_and_a_signing_key_no_profile() {
    let vendor = scene().vendor;
    let signed = |door: Door, signer: &keyferry_fixtures::SigningPair| {
        let parts = door.signed_parts().with_header(|header| {
            let kid = keyferry_fixtures::forge::bstr(signer.key_id().as_bytes());
            keyferry_fixtures::forge::set(header, 4, kid);
        });
        door.wrapped(
            &parts
                .signed(|message| signer.sign(message).unwrap())
                .bytes(),
        )
    };
    for door in [Door::License, Door::RESPONSE, Door::KEPT_RESPONSE] {
        let bytes = signed(door, &vendor.profile_pair);
        assert_eq!(door.refuses(&bytes, "the profile key"), Code::UntrustedKey);
    }
    for door in [Door::Profile, Door::Successor] {
        let bytes = signed(door, &vendor.signing_pair);
        assert_eq!(door.refuses(&bytes, "the signing key"), Code::UntrustedKey);
    }
}

#[test]
fn without_any_trusted_key_nothing_verifies() {
    let license = SignedLicense::parse(&scene().license).unwrap();
    let nobody = VendorKeys::new(scene().vendor.id(), vec![]);
    assert!(matches!(
        license.verify(&nobody),
        Err(VerifyFault::UntrustedKey { .. })
    ));
}

#[test]
fn only_pss_with_a_salt_of_32_bytes_counts() {
    let key = published::vendor_signing_key();
    let keys = VendorKeys::new(scene().vendor.id(), vec![key.public()]);
    let bytes = sign_license(&license(), &key).unwrap();
    let verify = |sign: &dyn Fn(&[u8]) -> Vec<u8>| {
        let parts = Sign1::of(&bytes).signed(sign);
        SignedLicense::parse(&parts.bytes()).unwrap().verify(&keys)
    };
    assert!(verify(&|message| key.sign_with_salt(message, 32)).is_ok());
    for salt in [0, 20, 31, 33, 64, 478] {
        let verified = verify(&|message| key.sign_with_salt(message, salt));
        assert_eq!(verified.unwrap_err(), VerifyFault::Signature, "{salt}");
    }
    let verified = verify(&|message| key.sign_pkcs1(message));
    assert_eq!(verified.unwrap_err(), VerifyFault::Signature);
}

#[test]
fn a_signature_with_the_modulus_added_is_no_second_signature() {
    // RFC 8017 §5.2.2: a representative beyond the modulus is out of range, though it is congruent.
    let key = published::vendor_signing_key();
    let keys = VendorKeys::new(scene().vendor.id(), vec![key.public()]);
    // The modulus stands in the SubjectPublicKeyInfo before the five bytes of the exponent.
    let spki = key.spki();
    let modulus = &spki[spki.len() - 5 - 512..spki.len() - 5];
    let mut license = license();
    let added = (0..64).find_map(|number| {
        license.sequence.0 = number;
        let mut parts = Sign1::of(&sign_license(&license, &key).unwrap());
        parts.signature = sum(&parts.signature, modulus)?;
        Some(parts)
    });
    // About one signature in seven leaves room for the modulus in 4,096 bits.
    let parsed = SignedLicense::parse(&added.unwrap().bytes()).unwrap();
    assert_eq!(parsed.verify(&keys).unwrap_err(), VerifyFault::Signature);
}

/// The sum of two big-endian numbers of one length, if it has that length too.
fn sum(a: &[u8], b: &[u8]) -> Option<Vec<u8>> {
    let mut out = vec![0; a.len()];
    let mut carry = 0;
    for at in (0..a.len()).rev() {
        let sum = u16::from(a[at]) + u16::from(b[at]) + carry;
        out[at] = sum.to_be_bytes()[1];
        carry = sum >> 8;
    }
    (carry == 0).then_some(out)
}

#[test]
fn a_device_signature_is_64_bytes_and_in_range() {
    let order = data_encoding::HEXLOWER
        .decode(b"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
        .unwrap();
    let good = Door::REQUEST.signed_parts().signature;
    let (r, s) = good.split_at(32);
    let der = [&[0x30, 0x44, 2, 32], r, &[2, 32], s].concat();
    for (why, signature) in [
        ("r is zero", [&[0; 32], s].concat()),
        ("s is zero", [r, &[0; 32]].concat()),
        ("r is the order", [&order, s].concat()),
        ("s is the order", [r, &order].concat()),
        ("halves swapped", [s, r].concat()),
        ("DER", der),
    ] {
        let code = Door::REQUEST.refuses(&with_signature(Door::REQUEST, signature), why);
        assert_eq!(code, Code::SignatureMismatch, "{why}");
    }
}

#[test]
fn the_negated_signature_of_a_device_names_the_same_token() {
    // ECDSA allows it (s and n − s), so nothing is identified by signature bytes.
    use p256::ecdsa::Signature;
    let parts = Door::REQUEST.signed_parts();
    let signature = Signature::from_slice(&parts.signature).unwrap();
    let (r, s) = signature.split_scalars();
    let negated = Signature::from_scalars(r, -s).unwrap().to_bytes().to_vec();
    assert_ne!(negated, parts.signature);
    let id = Door::REQUEST.take(&with_signature(Door::REQUEST, negated));
    assert_eq!(
        id.unwrap(),
        Door::REQUEST.take(Door::REQUEST.key()).unwrap()
    );
}

#[test]
fn a_request_signed_by_another_key_than_it_names_is_refused() {
    let stranger = keyferry_fixtures::TestDevice::new("b");
    let parts = Door::REQUEST
        .signed_parts()
        .signed(es256(&stranger.signing));
    let bytes = Door::REQUEST.wrapped(&parts.bytes());
    let code = Door::REQUEST.refuses(&bytes, "another device's signature");
    assert_eq!(code, Code::SignatureMismatch);
}
