//! The vendor's keys; public halves only.

use keyferry_authority::{KeyHome, KeyRecord, Retired, Rotated, Stranded};
use keyferry_token::KeyId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{outcome, time};

/// A key of the vendor's.
#[derive(Serialize, ToSchema)]
pub struct KeyView {
    /// `profile`, `signing` or `exchange`.
    purpose: &'static str,
    key_id: String,
    state: &'static str,
    since: String,
    replaced_at: Option<String>,
    /// Of a replaced exchange key: until when it opens.
    opens_until: Option<String>,
    home: HomeView,
    /// Its public half.
    public_key: String,
}

/// Where a key's private half is: the kind of place.
#[derive(Serialize, ToSchema)]
pub struct HomeView {
    kind: &'static str,
    #[serde(flatten)]
    #[schema(ignore)]
    place: Option<PlaceView>,
}

/// The place itself. It is told at the command line only: programs far away can do nothing with a file's path
/// or a device's name at the authority, and whoever takes their token learns less.
#[derive(Serialize)]
struct PlaceView {
    path: Option<String>,
    token: Option<String>,
}

impl From<&KeyRecord> for KeyView {
    fn from(key: &KeyRecord) -> Self {
        Self {
            purpose: key.purpose.name(),
            key_id: key.id.to_string(),
            state: key.state.name(),
            since: key.since.to_string(),
            replaced_at: time(key.replaced_at),
            opens_until: time(key.opens_until),
            home: HomeView {
                kind: key.home.name(),
                place: None,
            },
            public_key: key.public_key.clone(),
        }
    }
}

impl KeyView {
    /// With the place of its private half, for whoever stands at the authority.
    pub fn with_place(key: &KeyRecord) -> Self {
        let path = match &key.home {
            KeyHome::SealedFile(path) | KeyHome::PlainFile(path) => Some(path),
            KeyHome::Device(device) => Some(&device.module),
            KeyHome::Elsewhere | KeyHome::Gone => None,
        };
        let token = match &key.home {
            KeyHome::Device(device) => Some(device.token.clone()),
            _ => None,
        };
        let mut view = Self::from(key);
        view.home.place = Some(PlaceView {
            path: path.map(|path| path.display().to_string()),
            token,
        });
        view
    }
}

/// A key after it took another one's place.
#[derive(Serialize, ToSchema)]
pub struct KeyRotatedView {
    /// `rotated`.
    outcome: &'static str,
    purpose: &'static str,
    key_id: String,
    replaces: String,
    opens_until: Option<String>,
    /// The number of the vendor profile that says so: hand it out again.
    profile_number: u64,
}

impl From<&Rotated> for KeyRotatedView {
    fn from(rotated: &Rotated) -> Self {
        Self {
            outcome: "rotated",
            purpose: rotated.purpose.name(),
            key_id: rotated.key.to_string(),
            replaces: rotated.replaces.to_string(),
            opens_until: time(rotated.opens_until),
            profile_number: rotated.profile,
        }
    }
}

/// What retiring a key comes to.
#[derive(Serialize, ToSchema)]
pub struct KeyRetirementView {
    key_id: String,
    purpose: &'static str,
    strands: StrandedView,
}

/// What does not count any more, or cannot be opened, once a key is retired.
#[derive(Serialize, ToSchema)]
pub struct StrandedView {
    /// Of an exchange key: computers with a seat that were not heard of since it was replaced.
    unheard_computers: u64,
    /// Of a signing key: activations whose latest answer it signed.
    activations: u64,
    /// Of a signing key: licenses whose latest file it signed.
    licenses: u64,
}

impl KeyRetirementView {
    /// What retiring this key comes to.
    pub fn new(key: KeyId, stranded: &Stranded) -> Self {
        Self {
            key_id: key.to_string(),
            purpose: stranded.purpose.name(),
            strands: StrandedView {
                unheard_computers: stranded.unheard,
                activations: stranded.activations,
                licenses: stranded.licenses,
            },
        }
    }
}

/// A key after it was to be retired.
#[derive(Serialize, ToSchema)]
pub struct KeyRetiredView {
    /// `retired`, or `unchanged`.
    outcome: &'static str,
    #[serde(flatten)]
    retirement: KeyRetirementView,
    /// As vendor profiles list it now.
    state: &'static str,
}

impl KeyRetiredView {
    /// What retiring it came to.
    pub fn new(retired: &Retired, stranded: &Stranded) -> Self {
        Self {
            outcome: outcome(retired.changed, "retired"),
            retirement: KeyRetirementView::new(retired.key, stranded),
            state: retired.state.name(),
        }
    }
}
