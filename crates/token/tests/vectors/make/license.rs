//! The license, its binding, and the USB id: L1 to L6.

use keyferry_fixtures::{
    forge::{OWN, Sign1, Value, bstr, get, map, set},
    published::claims::{self, usb_binding},
};
use keyferry_token::{Binding, sign_license};

use super::{Input, Vector, keys, license, license_as_it_is, signed_license};

pub(crate) fn vectors() -> Vec<Vector> {
    [good(), terms(), bindings(), flipped(), usb_ids()].concat()
}

fn good() -> Vec<Vector> {
    let bound = |name: &str, rules: &str, title: &str, binding| {
        let bytes = sign_license(&claims::license(binding), &keys().signing).unwrap();
        license_as_it_is(&format!("license/{name}"), rules, title, &Sign1::of(&bytes))
    };
    let device = Binding::Device {
        components: claims::request().fingerprint,
        tolerance: 60,
    };
    vec![
        bound(
            "unbound",
            "L1 L2 L3",
            "A license that is bound to nothing and says so",
            Binding::Unbound,
        ),
        bound(
            "usb",
            "L3 L5",
            "A license that is bound to a USB key",
            usb_binding(),
        ),
        bound(
            "device",
            "L3 L5",
            "A license that is bound to a device",
            device,
        ),
    ]
}

fn terms() -> Vec<Vector> {
    let of = |name: &str, rules: &str, title: &str, change: &dyn Fn(&mut Value)| {
        license(
            &format!("license/{name}"),
            rules,
            title,
            signed_license().with_claims(change),
        )
    };
    let perpetual = |claims: &mut Value| set(get(claims, OWN), 4, Value::from(true));
    let text = |claims: &mut Value, key: i64, change: &dyn Fn(&str) -> String| {
        let changed = change(get(claims, key).as_text().unwrap());
        set(claims, key, Value::from(changed));
    };
    vec![
        of(
            "perpetual",
            "L1",
            "A license without an end that says so",
            &|claims| {
                set(claims, 4, None);
                perpetual(claims);
            },
        ),
        of("no-end", "L1", "Neither an end nor perpetual", &|claims| {
            set(claims, 4, None);
        })
        .refused("malformed"),
        of(
            "end-and-perpetual",
            "L1",
            "An end and perpetual",
            &perpetual,
        )
        .refused("malformed"),
        of(
            "vendor-in-capitals",
            "L2",
            "The vendor id in capitals",
            &|claims| text(claims, 1, &str::to_uppercase),
        )
        .refused("malformed"),
        of(
            "id-without-dashes",
            "L2",
            "The license id without dashes",
            &|claims| text(claims, 2, &|id| id.replace('-', "")),
        )
        .refused("malformed"),
        of(
            "other-vendor",
            "license.md",
            "Issued in the name of another vendor than the one whose key signed",
            &|claims| {
                text(claims, 1, &|id| format!("0{}", &id[1..]));
            },
        )
        .refused("token_for_other_vendor"),
        of("no-product", "license.md", "No product", &|claims| {
            set(claims, 3, None);
        })
        .refused("malformed"),
        of(
            "bad-product",
            "license.md",
            "A product code in capitals",
            &|claims| set(claims, 3, Value::from("Com.Acme.Cad")),
        )
        .refused("product_code_refused"),
    ]
}

fn bindings() -> Vec<Vector> {
    let with = |name: &str, rules: &str, title: &str, binding: Option<Value>| {
        let parts = signed_license().with_own(|own| set(own, 9, binding));
        license(&format!("license/{name}"), rules, title, parts)
    };
    let renamed = signed_license().with_own(|own| {
        let binding = get(own, 9).clone();
        set(own, 9, None);
        set(own, -9, binding);
    });
    let usb = [
        (1, 1.into()),
        (2, 0x0781.into()),
        (3, 0x5581.into()),
        (4, "4C53".into()),
    ];
    let [vendor_id, product_id] = [usb[1].clone(), usb[2].clone()];
    let untrimmed = [
        (1, 1.into()),
        vendor_id,
        product_id,
        (4, "4C53 ".into()),
        (5, 1.into()),
    ];
    vec![
        with(
            "usb-serial-untrimmed",
            "L6",
            "A serial with a space behind it",
            Some(map(untrimmed)),
        )
        .refused("malformed"),
        with(
            "device-without-components",
            "L6",
            "A device binding that names nothing to check",
            Some(map([(1, 2.into()), (2, map([])), (3, 60.into())])),
        )
        .refused("malformed"),
        with("no-binding", "L3", "Nothing said of a binding", None).refused("malformed"),
        license(
            "license/binding-renamed",
            "L3",
            "The binding under a key that may be skipped",
            renamed,
        )
        .refused("malformed"),
        with(
            "empty-binding",
            "L3",
            "A binding that says nothing",
            Some(map([])),
        )
        .refused("malformed"),
        with(
            "unknown-binding",
            "L5",
            "A binding of an unknown type",
            Some(map([(1, 3.into())])),
        )
        .refused("newer_format"),
        with(
            "binding-with-more",
            "L5",
            "A binding with a key that it does not have",
            Some(map([(1, 0.into()), (9, 1.into())])),
        )
        .refused("malformed"),
        with(
            "binding-with-skippable",
            "L5 F13",
            "Nothing in a binding may be skipped, not even a negative key",
            Some(map([(1, 0.into()), (-9, 1.into())])),
        )
        .refused("malformed"),
        with(
            "usb-without-capacity",
            "license.md",
            "A USB key without its capacity",
            Some(map(usb)),
        )
        .refused("malformed"),
        with(
            "device-short-digest",
            "license.md",
            "A component's digest of seven bytes",
            Some(map([
                (1, 2.into()),
                (2, map([(1, bstr([1; 7]))])),
                (3, 60.into()),
            ])),
        )
        .refused("malformed"),
    ]
}

fn flipped() -> Vec<Vector> {
    let good = signed_license();
    let bit = |name: &str, title: &str, change: &dyn Fn(&mut Sign1), code: &str| {
        let mut parts = good.clone();
        change(&mut parts);
        license_as_it_is(&format!("license/{name}"), "L4", title, &parts).refused(code)
    };
    let feature = good
        .payload
        .windows(3)
        .position(|three| three == b"cam")
        .unwrap();
    vec![
        bit(
            "flipped-feature",
            "One bit of a feature flipped: cam, can",
            &|parts| parts.payload[feature + 2] ^= 3,
            "signature_mismatch",
        ),
        bit(
            "flipped-signature",
            "One bit of the signature flipped",
            &|parts| parts.signature[100] ^= 1,
            "signature_mismatch",
        ),
        bit(
            "flipped-kid",
            "One bit of the key's name flipped",
            &|parts| parts.protected[7] ^= 1,
            "untrusted_key",
        ),
    ]
}

fn usb_ids() -> Vec<Vector> {
    let id = |name: &str, title: &str, text: &str| {
        let path = format!("license/usb-id-{name}");
        Vector::of(
            &path,
            "license.md",
            "usb_id",
            title,
            Input::Text(text.into()),
        )
    };
    let good = "0781:5581:4C53%3A0001:30752000000";
    vec![
        id("plain", "A USB id", good).found("id", good),
        id(
            "capitals",
            "Hexadecimal digits in capitals",
            "ABCD:EF01:x:1",
        )
        .found("id", "abcd:ef01:x:1"),
        id("unicode", "A serial beyond ASCII", "0781:5581:%C3%A9:1")
            .found("id", "0781:5581:%C3%A9:1"),
        id("no-serial", "No serial", "0781:5581::1").refused("text_refused"),
        id(
            "short-vendor",
            "A vendor id of three digits",
            "781:5581:x:1",
        )
        .refused("text_refused"),
        id(
            "bad-escape",
            "A percent sign without two digits",
            "0781:5581:%3:1",
        )
        .refused("text_refused"),
        id(
            "signed-capacity",
            "A sign before the capacity",
            "0781:5581:x:+1",
        )
        .refused("text_refused"),
        id(
            "large-capacity",
            "A capacity beyond 64 bits",
            "0781:5581:x:18446744073709551616",
        )
        .refused("text_refused"),
        id("five-parts", "A part too many", "0781:5581:x:1:2").refused("text_refused"),
    ]
}
