//! What a call says: its content, its address, and the fields in them, each read before anything is
//! done. What is not understood is refused, not passed over.

use std::marker::PhantomData;

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::{StatusCode, header::CONTENT_TYPE, request::Parts},
    response::{IntoResponse as _, Response},
};
use keyferry_catalogue::{Code, Problem};
use keyferry_terminal::ArgumentFault;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _, MapAccess, Visitor, value::MapAccessDeserializer},
};

use super::problem::{body_refused, parameter_refused, told};
use crate::{Portal, trouble::Trouble};

/// The longest part of a message of the reader that is told.
const TOLD: usize = 200;

/// The content of a call, in JSON.
pub(super) struct Content<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Portal> for Content<T> {
    type Rejection = Trouble;

    async fn from_request(request: Request, portal: &Portal) -> Result<Self, Trouble> {
        let kind = request.headers().get(CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Err(Trouble::new(status, Code::MediaTypeRefused));
        }
        let bytes = Bytes::from_request(request, portal).await;
        let bytes = bytes.map_err(|_| body_refused("it could not be read"))?;
        // Deeper than 128 levels is refused, by the reader itself.
        serde_json::from_slice(&bytes)
            .map(|Object(content)| Self(content))
            .map_err(|fault| body_refused(fault.to_string().chars().take(TOLD).collect::<String>()))
    }
}

/// An object, in the content or as the whole of it. The reader alone takes a list of values for an object
/// with as many fields, too.
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_map(Fields(PhantomData)).map(Self)
    }
}

struct Fields<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
    type Value = T;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(fields))
    }
}

/// What stands behind the `?` of an address.
pub(super) struct Params<T>(pub(super) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Trouble> {
        let params = Query::try_from_uri(&parts.uri);
        params.map(|Query(params)| Self(params)).map_err(|_| {
            let query = parts.uri.query().unwrap_or_default();
            let name = query.split(['=', '&']).next().unwrap_or_default();
            parameter_refused(name.chars().take(40).collect::<String>())
        })
    }
}

/// A call that takes nothing behind the `?`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// What an address names, such as an id.
pub(super) struct Named<T>(pub(super) T);

impl<T: std::str::FromStr, S: Send + Sync> FromRequestParts<S> for Named<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let unknown = || Trouble::page_unknown().into_response();
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| unknown())?;
        text.parse().map(Self).map_err(|_| unknown())
    }
}

/// The same with one of another's, such as a message of a webhook.
pub(super) struct NamedOf<T, U>(pub(super) T, pub(super) U);

impl<T, U, S> FromRequestParts<S> for NamedOf<T, U>
where
    T: std::str::FromStr,
    U: std::str::FromStr,
    S: Send + Sync,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let unknown = || Trouble::page_unknown().into_response();
        let Path((whole, part)) = Path::<(String, String)>::from_request_parts(parts, state)
            .await
            .map_err(|_| unknown())?;
        match (whole.parse(), part.parse()) {
            (Ok(whole), Ok(part)) => Ok(Self(whole, part)),
            _ => Err(unknown()),
        }
    }
}

/// Reads a field by a reader of the command line.
///
/// # Errors
/// Those of the reader.
pub(super) fn field<T>(
    text: &str,
    read: impl Fn(&str) -> Result<T, ArgumentFault>,
) -> Result<T, Trouble> {
    read(text).map_err(|fault| told(fault.problem()))
}

/// Reads a field that may be missing.
///
/// # Errors
/// Those of the reader.
pub(super) fn maybe<T>(
    text: Option<&String>,
    read: impl Fn(&str) -> Result<T, ArgumentFault>,
) -> Result<Option<T>, Trouble> {
    text.map(|text| field(text, read)).transpose()
}

/// Reads a list of fields.
///
/// # Errors
/// Those of the reader.
pub(super) fn each<T>(
    texts: &[String],
    read: impl Fn(&str) -> Result<T, ArgumentFault>,
) -> Result<Vec<T>, Trouble> {
    texts.iter().map(|text| field(text, &read)).collect()
}

/// A whole number from `LEAST` up. JSON has one kind of numbers, so that `5.0` is one, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Whole<const LEAST: u32>(pub(super) u32);

impl<'de, const LEAST: u32> Deserialize<'de> for Whole<LEAST> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        let number = serde_json::Number::deserialize(reader)?;
        let whole = number.as_u64().or_else(|| {
            let float = number.as_f64().filter(|float| float.fract() == 0.0)?;
            // Every whole number of 32 bits is one of these exactly.
            (0.0..=f64::from(u32::MAX))
                .contains(&float)
                .then(|| format!("{float:.0}").parse().ok())?
        });
        let whole = whole.and_then(|whole| u32::try_from(whole).ok());
        whole
            .filter(|whole| *whole >= LEAST)
            .map(Self)
            .ok_or_else(|| D::Error::custom(format!("{number} is no whole number from {LEAST} up")))
    }
}

/// For a field that may be missing, null, or a value: a change tells them apart.
///
/// # Errors
/// Those of the reader.
pub(super) fn given<'de, T, D>(reader: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(reader).map(Some)
}

/// One of some names.
///
/// # Errors
/// `parameter_refused`.
pub(super) fn one_of<T: Copy>(
    name: &'static str,
    text: &str,
    all: &[T],
    named: impl Fn(T) -> &'static str,
) -> Result<T, Trouble> {
    let found = all.iter().copied().find(|one| named(*one) == text);
    found.ok_or_else(|| parameter_refused(name))
}

/// A scope or the like that nobody knows.
pub(super) fn unknown_scope(name: &str) -> Trouble {
    let name: String = name.chars().take(40).collect();
    Trouble::from(Problem::new(Code::ApiScopeUnknown).with("scope", name))
}
