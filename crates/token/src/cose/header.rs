//! Header maps: which labels there are, and what `typ` and `alg` must say of a kind.

use ciborium::Value;
use coset::{Header, HeaderBuilder, Label, iana, iana::EnumI64 as _};

use crate::{ArtefactKind, KeyId, ParseFault, TokenKind, claims::Reader};

pub(super) const ALG: i64 = 1;
const CRIT: i64 = 2;
pub(super) const KID: i64 = 4;
pub(super) const IV: i64 = 5;
/// RFC 9596.
pub(super) const TYP: i64 = 16;
pub(super) const EPHEMERAL_KEY: i64 = -1;

const LICENSE_TYP: &str = "application/keyferry-license";
const PROFILE_TYP: &str = "application/keyferry-profile";

fn typ_value(kind: ArtefactKind) -> Value {
    match kind {
        ArtefactKind::Token(kind) => Value::from(kind.typ()),
        ArtefactKind::License => Value::from(LICENSE_TYP),
        ArtefactKind::Profile => Value::from(PROFILE_TYP),
    }
}

pub(super) fn kind_of_typ(typ: &Value) -> Result<ArtefactKind, ParseFault> {
    match typ {
        Value::Integer(number) => u64::try_from(*number)
            .map_err(|_| ParseFault::Malformed { what: "typ" })
            .and_then(TokenKind::from_typ)
            .map(ArtefactKind::Token),
        Value::Text(text) if text == LICENSE_TYP => Ok(ArtefactKind::License),
        Value::Text(text) if text == PROFILE_TYP => Ok(ArtefactKind::Profile),
        _ => Err(ParseFault::Malformed { what: "typ" }),
    }
}

/// Who signs a kind, and so with which algorithm (RFC 9053 §2.1, RFC 8230 §2).
pub(super) fn signature_algorithm(kind: ArtefactKind) -> iana::Algorithm {
    match kind {
        ArtefactKind::Token(kind) if kind.from_device() => iana::Algorithm::ES256,
        ArtefactKind::Token(_) | ArtefactKind::License | ArtefactKind::Profile => {
            iana::Algorithm::PS256
        }
    }
}

pub(super) fn header(
    algorithm: iana::Algorithm,
    kid: Option<KeyId>,
    kind: Option<ArtefactKind>,
) -> Header {
    let mut builder = HeaderBuilder::new().algorithm(algorithm);
    if let Some(kid) = kid {
        builder = builder.key_id(kid.as_bytes().to_vec());
    }
    let mut header = builder.build();
    if let Some(kind) = kind {
        header.rest.push((Label::Int(TYP), typ_value(kind)));
    }
    header
}

/// The fields of a header map, each label of which is on the list.
pub(super) struct ReadHeader {
    pub(super) alg: Option<Value>,
    pub(super) kid: Option<KeyId>,
    pub(super) typ: Option<Value>,
    pub(super) iv: Option<Vec<u8>>,
    pub(super) ephemeral: Option<Value>,
}

pub(super) fn read_header(
    name: &'static str,
    value: Value,
    allowed: &[i64],
) -> Result<ReadHeader, ParseFault> {
    let mut map = Reader::new(name, value)?;
    let mut take = |label| {
        if allowed.contains(&label) {
            map.take(label)
        } else {
            None
        }
    };
    let (alg, kid, typ, iv, ephemeral) = (
        take(ALG),
        take(KID),
        take(TYP),
        take(IV),
        take(EPHEMERAL_KEY),
    );
    if map.take(CRIT).is_some() {
        // Version 1 has no label that may be critical (RFC 9052 §3.1).
        return Err(ParseFault::NewerFormat);
    }
    map.finish_exactly()?;
    let malformed = ParseFault::Malformed { what: name };
    let kid = kid
        .map(|kid| {
            kid.into_bytes()
                .ok()
                .and_then(|bytes| bytes.try_into().ok())
        })
        .map(|kid| kid.map(KeyId::new).ok_or(malformed.clone()))
        .transpose()?;
    let iv = iv
        .map(|iv| iv.into_bytes().map_err(|_| malformed))
        .transpose()?;
    Ok(ReadHeader {
        alg,
        kid,
        typ,
        iv,
        ephemeral,
    })
}

pub(super) fn expect_algorithm(
    found: Option<Value>,
    wanted: iana::Algorithm,
) -> Result<(), ParseFault> {
    let name = match found {
        Some(Value::Integer(number)) => match i64::try_from(number) {
            Ok(number) if number == wanted.to_i64() => return Ok(()),
            Ok(number) => iana::Algorithm::from_i64(number)
                .map_or_else(|| number.to_string(), |known| format!("{known:?}")),
            Err(_) => "?".to_owned(),
        },
        Some(Value::Text(text)) => text
            .chars()
            .take(20)
            .filter(char::is_ascii_graphic)
            .collect(),
        Some(_) => "?".to_owned(),
        None => "none".to_owned(),
    };
    Err(ParseFault::Algorithm { name })
}
