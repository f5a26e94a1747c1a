//! Licenses for the rows of a list: many in one transaction, signed on all cores, and none twice
//! however often the list is brought (rule A10).

use std::{collections::HashMap, num::NonZero, thread};

use aws_lc_rs::digest::{SHA256, digest};
use futures_util::{StreamExt as _, stream};
use keyferry_token::{
    Binding, Feature, License, LicenseId, LicenseTerm, Name, ProductCode, Timestamp,
};

use super::{
    IssuedLicense, LicenseFault, LicenseFile, NewLicense,
    binding::Bound,
    books::{self, RowMark},
    making::{Asked, Drafted, Step, offline_product},
};
use crate::{Authority, Origin, Product, columns, database::Connection, entropy};

/// A license to make for a row of a list.
#[derive(Clone, Debug)]
pub struct LicenseRow {
    /// What the row is known by.
    pub key: RowKey,
    /// What it asks for.
    pub license: NewLicense,
}

/// What a row of a list is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowKey {
    /// A name that the vendor gave it, such as the number of an order. It stands for one license in
    /// all lists.
    Reference(Name),
    /// Its place in a list, and all that it asks for.
    Place {
        /// Which list: random bytes that are kept with it.
        list: [u8; 16],
        /// Which row of it.
        row: u64,
    },
}

/// What would become of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowForecast {
    /// A license would be made.
    New,
    /// The license was made before.
    Known(LicenseId),
}

/// The outcome of each row, in order; what is no row's own fault fails them all.
type Rows<T> = Result<Vec<Result<T, LicenseFault>>, LicenseFault>;

/// What comes of a row.
enum Draft {
    Known(Box<LicenseFile>),
    New(Box<Drafted>),
}

impl Authority {
    /// What would become of each row. Nothing is made.
    ///
    /// # Errors
    /// Those of the database. Of a row: those of [`Authority::license_make`], and `reference_taken`.
    pub async fn license_rows_check(&self, rows: &[LicenseRow]) -> Rows<RowForecast> {
        let drawn = draw(rows, &Origin::Local, self.clock.now())?;
        let mut transaction = self.database.read().await?;
        let drafts = self.draft_rows(&mut transaction, rows, &drawn).await?;
        let forecast = |draft: Result<Draft, _>| {
            draft.map(|draft| match draft {
                Draft::Known(file) => RowForecast::Known(file.issued.license.id),
                Draft::New(_) => RowForecast::New,
            })
        };
        Ok(drafts.into_iter().map(forecast).collect())
    }

    /// Makes the license of each row, all in one transaction; gives the latest file of one that was
    /// made before (rules A1, A10). A row that is refused leaves the others alone.
    ///
    /// # Errors
    /// Those of the database; then nothing was made. Of a row: those of [`Authority::license_make`],
    /// and `reference_taken` where its reference stands for something else.
    pub async fn license_rows_make(
        &self,
        rows: &[LicenseRow],
        origin: &Origin,
    ) -> Rows<LicenseFile> {
        self.renew_keys().await?;
        let drawn = &draw(rows, origin, self.clock.now())?;
        // Signed ahead like every answer (docs/decisions/answers-are-signed-ahead.md).
        let ahead = {
            let mut transaction = self.database.read().await?;
            self.draft_rows(&mut transaction, rows, drawn).await?
        };
        let signed = &self.sign_rows(&ahead).await;
        self.database
            .write(|mut connection| async move {
                let mut products = Products::default();
                let mut done = Vec::with_capacity(rows.len());
                for ((row, asked), signed) in rows.iter().zip(drawn).zip(signed) {
                    let made = self
                        .write_row(&mut connection, row, asked, signed.as_ref(), &mut products)
                        .await;
                    done.push(unless_of_all(made)?);
                }
                Ok((connection, done))
            })
            .await
    }

    async fn draft_rows(
        &self,
        connection: &mut Connection,
        rows: &[LicenseRow],
        drawn: &[Asked<'_>],
    ) -> Rows<Draft> {
        let mut products = Products::default();
        let mut drafts = Vec::with_capacity(rows.len());
        for (row, asked) in rows.iter().zip(drawn) {
            let draft = self.draft_row(connection, row, asked, &mut products).await;
            drafts.push(unless_of_all(draft)?);
        }
        Ok(drafts)
    }

    async fn draft_row(
        &self,
        connection: &mut Connection,
        row: &LicenseRow,
        asked: &Asked<'_>,
        products: &mut Products,
    ) -> Result<Draft, LicenseFault> {
        let bound = self.bind_to(&row.license.anchor, &row.license.product)?;
        // What was made before is there for good, also where it would not be made any more.
        if let Some(known) = self.known(connection, row, &bound).await? {
            return Ok(Draft::Known(Box::new(known)));
        }
        let product = products.get(connection, &row.license.product).await?;
        let drafted = self.drafted(row, asked, bound, product)?;
        Ok(Draft::New(Box::new(drafted)))
    }

    /// The license that a row asks for, as a new one.
    fn drafted(
        &self,
        row: &LicenseRow,
        asked: &Asked<'_>,
        Bound { binding, told_by }: Bound,
        product: &Product,
    ) -> Result<Drafted, LicenseFault> {
        let issued = IssuedLicense {
            license: row.license.license(asked, self.vendor, product, binding)?,
            created_at: asked.at,
            files: 1,
        };
        Ok(Drafted { issued, told_by })
    }

    /// The license that was made for this row, if there is one.
    async fn known(
        &self,
        connection: &mut Connection,
        row: &LicenseRow,
        bound: &Bound,
    ) -> Result<Option<LicenseFile>, LicenseFault> {
        let mark = row.mark(&bound.binding);
        let Some((id, content)) = books::of_row(connection, &mark).await? else {
            return Ok(None);
        };
        match &row.key {
            RowKey::Reference(reference) if content != mark.content => {
                let reference = reference.clone();
                Err(LicenseFault::ReferenceTaken { reference })
            }
            RowKey::Reference(_) | RowKey::Place { .. } => {
                Ok(books::find(connection, id, self.vendor).await?)
            }
        }
    }

    /// The files of what is new, signed on all cores. Where signing fails it is tried once more when
    /// the row is written, which tells why.
    async fn sign_rows(&self, drafts: &[Result<Draft, LicenseFault>]) -> Vec<Option<Signed>> {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        // Owned, so that whoever waits for all of it may do so on any thread.
        let licenses: Vec<Option<License>> = drafts
            .iter()
            .map(|draft| match draft {
                Ok(Draft::New(drafted)) => Some(drafted.issued.license.clone()),
                Ok(Draft::Known(_)) | Err(_) => None,
            })
            .collect();
        stream::iter(licenses)
            .map(|license| async move {
                let license = license?;
                let bytes = self.sign_license(&license).await.ok()?;
                Some(Signed { license, bytes })
            })
            // One more than there are cores, so that none waits for the next one to be handed out.
            .buffered(cores + 1)
            .collect()
            .await
    }

    async fn write_row(
        &self,
        connection: &mut Connection,
        row: &LicenseRow,
        asked: &Asked<'_>,
        signed: Option<&Signed>,
        products: &mut Products,
    ) -> Result<LicenseFile, LicenseFault> {
        let bound = self.bind_to(&row.license.anchor, &row.license.product)?;
        // What was signed was new a moment ago; the books say so if another program came between.
        if signed.is_none()
            && let Some(known) = self.known(connection, row, &bound).await?
        {
            return self.counting(connection, known).await;
        }
        let product = products.get(connection, &row.license.product).await?;
        let drafted = self.drafted(row, asked, bound.clone(), product)?;
        let license = &drafted.issued.license;
        let bytes = match signed {
            Some(signed) if signed.license == *license => signed.bytes.clone(),
            _ => self.sign_license(license).await?,
        };
        let mark = row.mark(&license.binding);
        if !books::enter_row(connection, license, &mark).await? {
            let known = self.known(connection, row, &bound).await?;
            let known = known.ok_or(LicenseFault::Unknown)?;
            return self.counting(connection, known).await;
        }
        Ok(asked.keep(connection, drafted, bytes).await?)
    }
}

/// A license with its file.
struct Signed {
    license: License,
    bytes: Vec<u8>,
}

/// The products that the rows of one transaction are for.
#[derive(Default)]
struct Products(HashMap<ProductCode, Product>);

impl Products {
    async fn get(
        &mut self,
        connection: &mut Connection,
        code: &ProductCode,
    ) -> Result<&Product, LicenseFault> {
        if !self.0.contains_key(code) {
            let product = offline_product(connection, code).await?;
            self.0.insert(code.clone(), product);
        }
        self.0
            .get(code)
            .ok_or_else(|| LicenseFault::ProductUnknown {
                product: code.clone(),
            })
    }
}

impl LicenseRow {
    /// What the books know the row by, and what it asks for with this binding.
    fn mark(&self, binding: &Binding) -> RowMark {
        let content = self.license.content(binding);
        let key = match &self.key {
            RowKey::Reference(reference) => {
                told(&["keyferry license reference 1".into(), reference.to_string()])
            }
            RowKey::Place { list, row } => told(&[
                "keyferry license place 1".into(),
                hex(list),
                row.to_string(),
                hex(&content),
            ]),
        };
        RowMark { key, content }
    }
}

impl NewLicense {
    /// A digest of what is asked for: the same in whatever way a list writes it.
    fn content(&self, binding: &Binding) -> [u8; 32] {
        let bound = match binding {
            Binding::Unbound => String::new(),
            Binding::Usb { key, .. } => key.to_string().to_ascii_lowercase(),
            Binding::Device { components, .. } => hex(&columns::fingerprint_bytes(components)),
        };
        let time = |at: Option<Timestamp>| at.map_or_else(String::new, |at| at.unix().to_string());
        let name = |name: &Option<Name>| name.as_ref().map_or_else(String::new, Name::to_string);
        let ends = match self.term {
            LicenseTerm::Until(end) => Some(end),
            LicenseTerm::Perpetual => None,
        };
        let mut parts = vec![
            self.product.to_string(),
            binding.name().to_owned(),
            bound,
            time(self.starts_at),
            time(ends),
            name(&self.edition),
            name(&self.holder),
            self.grace
                .map_or_else(String::new, |grace| grace.get().to_string()),
        ];
        parts.extend(self.features.iter().map(Feature::to_string));
        told(&parts)
    }
}

/// A digest of texts, none of which can pass for two.
fn told(parts: &[String]) -> [u8; 32] {
    let list: serde_json::Value = parts.iter().map(String::as_str).collect();
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, list.to_string().as_bytes()).as_ref());
    out
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

/// Ids for each row, drawn ahead so that both decisions draw the same.
fn draw<'a>(
    rows: &'a [LicenseRow],
    origin: &'a Origin,
    at: Timestamp,
) -> Result<Vec<Asked<'a>>, LicenseFault> {
    rows.iter()
        .map(|row| {
            Ok(Asked {
                license: LicenseId::new(entropy::random()?),
                step: Step::Make(&row.license),
                origin,
                at,
                file_id: entropy::random()?,
            })
        })
        .collect()
}

/// What is no fault of the row concerns all rows.
fn unless_of_all<T>(
    outcome: Result<T, LicenseFault>,
) -> Result<Result<T, LicenseFault>, LicenseFault> {
    match outcome {
        Err(fault @ (LicenseFault::Database(_) | LicenseFault::Entropy(_))) => Err(fault),
        other => Ok(other),
    }
}
