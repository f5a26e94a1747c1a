//! The vendor's face: name, logo and colours, from its profile.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use data_encoding::HEXLOWER;
use keyferry_token::{Name, VendorProfile};
use sha2::{Digest as _, Sha256};

use crate::{
    Portal,
    accent::{Accent, Theme},
};

/// How long a profile is shown before the authority is asked for a newer one.
const FRESH: Duration = Duration::from_secs(15);

/// The vendor's face as the latest profile has it.
#[derive(Debug)]
pub(crate) struct Brand {
    pub(crate) profile: VendorProfile,
    /// The style sheet with its colours.
    pub(crate) colours: String,
    tag: String,
}

impl Brand {
    fn new(profile: VendorProfile) -> Self {
        let colours = colours(&profile);
        let mut hash = Sha256::new();
        hash.update(&colours);
        hash.update(profile.logo.as_deref().unwrap_or_default());
        let tag = HEXLOWER.encode(&hash.finalize()[..8]);
        Self {
            profile,
            colours,
            tag,
        }
    }

    /// What its addresses are told apart by.
    pub(crate) fn tag(&self) -> &str {
        &self.tag
    }

    /// Where its colours are; another address when they change.
    pub(crate) fn colours_path(&self) -> String {
        format!("/brand/{}/colours.css", self.tag)
    }

    /// Where its logo is.
    pub(crate) fn logo_path(&self) -> String {
        format!("/brand/{}/logo.png", self.tag)
    }

    /// Stands for a vendor without a logo.
    pub(crate) fn initial(&self) -> String {
        initial(&self.profile.name)
    }
}

/// What stands for a vendor of this name that has no logo.
pub(crate) fn initial(name: &Name) -> String {
    let letter = name.as_str().chars().find(|c| c.is_alphanumeric());
    letter.map_or_else(String::new, |c| c.to_uppercase().collect())
}

fn colours(profile: &VendorProfile) -> String {
    let accent = |theme| Accent::of(profile.colour, theme).declarations();
    format!(
        ":root {{ {} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {} }} }}\n",
        accent(Theme::Light),
        accent(Theme::Dark)
    )
}

/// The latest known face, and since when.
#[derive(Debug)]
pub(crate) struct Brands(RwLock<(Instant, Arc<Brand>)>);

impl Brands {
    pub(crate) fn new(profile: VendorProfile) -> Self {
        Self(RwLock::new((Instant::now(), Arc::new(Brand::new(profile)))))
    }

    fn known(&self) -> (Instant, Arc<Brand>) {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn learn(&self, profile: VendorProfile) -> Arc<Brand> {
        let brand = Arc::new(Brand::new(profile));
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *known = (Instant::now(), Arc::clone(&brand));
        brand
    }
}

impl Portal {
    /// Shows this profile from now on, which has just been signed.
    pub(crate) fn look_like(&self, profile: VendorProfile) -> Arc<Brand> {
        self.brands().learn(profile)
    }

    /// The vendor's face. It is shown as it was where the database does not answer: a page that says
    /// so needs one, too.
    pub(crate) async fn brand(&self) -> Arc<Brand> {
        let (since, known) = self.brands().known();
        if since.elapsed() < FRESH {
            return known;
        }
        match self.authority().profile().await {
            Ok(profile) => self.brands().learn(profile),
            Err(fault) => {
                tracing::warn!(code = fault.code().as_str(), "the profile was not read");
                known
            }
        }
    }
}
