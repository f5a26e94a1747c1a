//! Making license files: the first one of a license, and those that follow it (rules A1, A8).

use keyferry_license::licenses_allowed;
use keyferry_token::{
    Binding, DeviceId, Feature, License, LicenseId, LicenseTerm, ProductCode, SealFault,
    SeatStatus, Sequence, Timestamp, TokenId, VendorId, sign_license,
};

use super::{
    IssuedLicense, LicenseFault, LicenseFile, LicenseTerms, NewLicense, binding::Bound, books,
};
use crate::{
    Authority, DatabaseFault, Origin,
    audit::{Action, NewEntry},
    authority::aside,
    database::Connection,
    entropy,
    product::{self, MAX_FEATURES, Product},
};

/// What is to become of a license, and all that it takes beside the database.
pub(super) struct Asked<'a> {
    pub(super) license: LicenseId,
    pub(super) step: Step<'a>,
    pub(super) origin: &'a Origin,
    pub(super) at: Timestamp,
    /// The id of the file: drawn ahead, so that both decisions draw the same.
    pub(super) file_id: [u8; 16],
}

pub(super) enum Step<'a> {
    Make(&'a NewLicense),
    Reissue(&'a LicenseTerms),
    Suspend,
    Reinstate,
    Revoke,
}

/// What comes of it.
enum Next {
    /// There is nothing to change: the latest file once more.
    Same(Box<LicenseFile>),
    /// Another file.
    File(Box<Drafted>),
}

pub(super) struct Drafted {
    pub(super) issued: IssuedLicense,
    /// The device that told what it looks like, and the token that did.
    pub(super) told_by: Option<(DeviceId, TokenId)>,
}

impl Authority {
    /// Makes a license, and its first file.
    ///
    /// # Errors
    /// `product_unknown`, `offline_not_enabled` (rule A1); `feature_unknown`, `text_refused` with too
    /// many features; `license_end_refused`; `usb_key_weak`, `usb_key_unusable`;
    /// `license_needs_computer`, `fingerprint_too_small`, and why an activation request is not
    /// taken; those of the database.
    pub async fn license_make(
        &self,
        new: &NewLicense,
        origin: &Origin,
    ) -> Result<LicenseFile, LicenseFault> {
        let id = LicenseId::new(entropy::random()?);
        self.step_license(id, Step::Make(new), origin).await
    }

    /// Makes another file of a license, with a higher number, that counts instead of the earlier
    /// ones. Its state stays (rule A8).
    ///
    /// # Errors
    /// `license_unknown`, `license_revoked`; those of [`Self::license_make`].
    pub async fn license_reissue(
        &self,
        id: LicenseId,
        terms: &LicenseTerms,
        origin: &Origin,
    ) -> Result<LicenseFile, LicenseFault> {
        self.step_license(id, Step::Reissue(terms), origin).await
    }

    /// Suspends a license, and makes the file that says so (rule A8).
    ///
    /// # Errors
    /// `license_unknown`; `license_revoked`, which nothing can be suspended after; those of the
    /// database.
    pub async fn license_suspend(
        &self,
        id: LicenseId,
        origin: &Origin,
    ) -> Result<LicenseFile, LicenseFault> {
        self.step_license(id, Step::Suspend, origin).await
    }

    /// Puts a suspended license in force again, and makes the file that says so (rule A8).
    ///
    /// # Errors
    /// `license_unknown`; `license_revoked`, which is final; `offline_not_enabled` (rule A1); those
    /// of the database.
    pub async fn license_reinstate(
        &self,
        id: LicenseId,
        origin: &Origin,
    ) -> Result<LicenseFile, LicenseFault> {
        self.step_license(id, Step::Reinstate, origin).await
    }

    /// Revokes a license for good, and makes the file that says so: its last one (rule A8).
    ///
    /// # Errors
    /// `license_unknown`; those of the database.
    pub async fn license_revoke(
        &self,
        id: LicenseId,
        origin: &Origin,
    ) -> Result<LicenseFile, LicenseFault> {
        self.step_license(id, Step::Revoke, origin).await
    }

    async fn step_license(
        &self,
        license: LicenseId,
        step: Step<'_>,
        origin: &Origin,
    ) -> Result<LicenseFile, LicenseFault> {
        self.renew_keys().await?;
        let asked = &Asked {
            license,
            step,
            origin,
            at: self.clock.now(),
            file_id: entropy::random()?,
        };
        // Signed ahead like every answer (docs/decisions/answers-are-signed-ahead.md).
        let ahead = {
            let mut transaction = self.database.read().await?;
            self.decide_license(&mut transaction, asked).await?
        };
        let drafted = match ahead {
            Next::Same(file) if !self.is_revoked(&file) => return Ok(*file),
            Next::Same(file) => file.issued.license,
            Next::File(drafted) => drafted.issued.license,
        };
        let signed = &(self.sign_license(&drafted).await?, drafted);
        self.database
            .write(|mut connection| async move {
                let file = match self.decide_license(&mut connection, asked).await? {
                    Next::Same(file) => self.counting(&mut connection, *file).await?,
                    Next::File(drafted) => {
                        let bytes = match signed {
                            (bytes, license) if *license == drafted.issued.license => bytes.clone(),
                            _ => self.sign_license(&drafted.issued.license).await?,
                        };
                        asked.write(&mut connection, *drafted, bytes).await?
                    }
                };
                Ok((connection, file))
            })
            .await
    }

    async fn decide_license(
        &self,
        connection: &mut Connection,
        asked: &Asked<'_>,
    ) -> Result<Next, LicenseFault> {
        if let Step::Make(new) = asked.step {
            let product = offline_product(connection, &new.product).await?;
            let Bound { binding, told_by } = self.bind_to(&new.anchor, &new.product)?;
            let issued = IssuedLicense {
                license: new.license(asked, self.vendor, &product, binding)?,
                created_at: asked.at,
                files: 1,
            };
            return Ok(Next::File(Box::new(Drafted { issued, told_by })));
        }
        let latest = books::find(connection, asked.license, self.vendor).await?;
        let latest = latest.ok_or(LicenseFault::Unknown)?;
        let Some(status) = asked.step.status_after(latest.issued.license.status)? else {
            return Ok(Next::Same(Box::new(latest)));
        };
        let mut issued = latest.issued;
        issued.files += 1;
        let license = &mut issued.license;
        license.status = status;
        license.sequence = Sequence::after(Some(license.sequence), asked.at);
        license.issued_at = asked.at;
        license.file_id = asked.file_id;
        let mut told_by = None;
        // What takes away is made for any product.
        if !matches!(asked.step, Step::Suspend | Step::Revoke) {
            let product = offline_product(connection, &license.product).await?;
            if let Step::Reissue(terms) = asked.step {
                told_by = self.amend(license, terms, &product, asked.at)?;
            }
        }
        Ok(Next::File(Box::new(Drafted { issued, told_by })))
    }

    /// Puts into a license what its next file says that the one before did not.
    fn amend(
        &self,
        license: &mut License,
        terms: &LicenseTerms,
        product: &Product,
        at: Timestamp,
    ) -> Result<Option<(DeviceId, TokenId)>, LicenseFault> {
        if !terms.features.is_empty() {
            license.features = features(&terms.features, product)?;
        }
        if let Some(term) = terms.term {
            license.term = ahead(term, license.not_before, at)?;
        }
        let Some(anchor) = &terms.anchor else {
            return Ok(None);
        };
        let Bound { binding, told_by } = self.bind_to(anchor, &product.code)?;
        license.binding = binding;
        Ok(told_by)
    }

    /// Signs a license, aside from what others wait for.
    pub(super) async fn sign_license(&self, license: &License) -> Result<Vec<u8>, SealFault> {
        let (keyring, license) = (self.keyring(), license.clone());
        aside(move || sign_license(&license, &keyring.signing)).await
    }
}

impl Asked<'_> {
    async fn write(
        &self,
        connection: &mut Connection,
        drafted: Drafted,
        bytes: Vec<u8>,
    ) -> Result<LicenseFile, DatabaseFault> {
        if drafted.issued.files == 1 {
            books::enter(connection, &drafted.issued.license).await?;
        }
        self.keep(connection, drafted, bytes).await
    }

    /// Keeps a file of a license that is entered, and tells the audit log.
    pub(super) async fn keep(
        &self,
        connection: &mut Connection,
        drafted: Drafted,
        bytes: Vec<u8>,
    ) -> Result<LicenseFile, DatabaseFault> {
        let Drafted { issued, told_by } = drafted;
        let license = &issued.license;
        books::keep(connection, license, &bytes).await?;
        let mut entry = NewEntry::new(self.at, self.origin, self.step.action())
            .product(&license.product)
            .license(license.id)
            .with("sequence", license.sequence.0)
            .with("binding", license.binding.name());
        if let Binding::Usb { key, .. } = &license.binding {
            entry = entry.with("usb_id", key.to_string());
        }
        if let LicenseTerm::Until(end) = license.term {
            entry = entry.with("expires_at", end.unix());
        }
        if let Some((device, token)) = told_by {
            entry = entry.device(device).token(token);
        }
        entry.write(connection).await?;
        Ok(LicenseFile {
            issued,
            bytes,
            changed: true,
        })
    }
}

impl Step<'_> {
    const fn action(&self) -> Action {
        match self {
            Self::Make(_) => Action::LicenseMade,
            Self::Reissue(_) => Action::LicenseReissued,
            Self::Suspend => Action::LicenseSuspended,
            Self::Reinstate => Action::LicenseReinstated,
            Self::Revoke => Action::LicenseRevoked,
        }
    }

    /// The state that the next file says after one that says this; `None` where there is nothing to
    /// change (rule A8).
    fn status_after(&self, was: SeatStatus) -> Result<Option<SeatStatus>, LicenseFault> {
        use SeatStatus::{Active, Revoked, Suspended};
        let to = match self {
            Self::Make(_) | Self::Reinstate => Active,
            Self::Reissue(_) => was,
            Self::Suspend => Suspended,
            Self::Revoke => Revoked,
        };
        match (self, was) {
            (Self::Revoke, Revoked) => Ok(None),
            (_, Revoked) => Err(LicenseFault::Revoked),
            (Self::Reissue(_), _) => Ok(Some(to)),
            _ => Ok((to != was).then_some(to)),
        }
    }
}

impl NewLicense {
    pub(super) fn license(
        &self,
        asked: &Asked<'_>,
        vendor: VendorId,
        product: &Product,
        binding: Binding,
    ) -> Result<License, LicenseFault> {
        let not_before = self.starts_at.unwrap_or(asked.at);
        Ok(License {
            id: asked.license,
            vendor,
            product: self.product.clone(),
            issued_at: asked.at,
            not_before,
            term: ahead(self.term, not_before, asked.at)?,
            file_id: asked.file_id,
            sequence: Sequence::after(None, asked.at),
            status: SeatStatus::Active,
            features: features(&self.features, product)?,
            edition: self.edition.clone(),
            holder: self.holder.clone(),
            grace: self.grace.unwrap_or(product.grace),
            binding,
        })
    }
}

/// The product that a license is for, which has to be one for machines without a network (rule A1).
pub(super) async fn offline_product(
    connection: &mut Connection,
    code: &ProductCode,
) -> Result<Product, LicenseFault> {
    let product = product::find(connection, code).await?;
    let product = product.ok_or_else(|| LicenseFault::ProductUnknown {
        product: code.clone(),
    })?;
    licenses_allowed(&product.name, product.offline)?;
    Ok(product)
}

/// The features that a license grants: the chosen ones, else all that its product lists.
fn features(chosen: &[Feature], product: &Product) -> Result<Vec<Feature>, LicenseFault> {
    if chosen.len() > MAX_FEATURES {
        return Err(LicenseFault::TooManyFeatures);
    }
    if let Some(feature) = product.unlisted(chosen) {
        return Err(LicenseFault::FeatureUnknown {
            feature: feature.clone(),
            product: product.code.clone(),
        });
    }
    Ok(if chosen.is_empty() {
        product.features.clone()
    } else {
        chosen.to_vec()
    })
}

/// A term that is not over before the license counts.
fn ahead(
    term: LicenseTerm,
    not_before: Timestamp,
    now: Timestamp,
) -> Result<LicenseTerm, LicenseFault> {
    match term {
        LicenseTerm::Until(ends) if ends <= not_before.max(now) => {
            Err(LicenseFault::Ended { ends })
        }
        LicenseTerm::Until(_) | LicenseTerm::Perpetual => Ok(term),
    }
}
