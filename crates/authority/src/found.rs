//! Looking through the books: entitlements, activations and licenses by what a person knows of them,
//! the newest first.

use keyferry_license::EntitlementStatus;
use keyferry_token::{
    ActivationId, DeviceId, EntitlementId, LicenseId, ProductCode, SeatStatus, Timestamp,
};

use crate::{
    Activation, ActivationStatus, Authority, DatabaseFault, Entitlement, IssuedLicense, Page,
    Paged,
    columns::int,
    database::query,
    entitlement::select as select_entitlements,
    licenses::select as select_licenses,
    register::{self, select as select_activations},
};

/// Which entitlements to look for. What is not set leaves none out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntitlementSearch {
    /// A part of the holder or of what is shown of the activation code, or an id.
    pub text: Option<String>,
    /// Of this product only.
    pub product: Option<ProductCode>,
    /// In this state only.
    pub status: Option<EntitlementStatus>,
    /// Active ones that end up to then only.
    pub ends_until: Option<Timestamp>,
    /// Those whose seats are all held only.
    pub full: bool,
}

/// Which activations to look for. What is not set leaves none out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActivationSearch {
    /// A part of what the computer is called or of its entitlement's holder, or an id of the
    /// activation, the device or the entitlement.
    pub text: Option<String>,
    /// Of this product only.
    pub product: Option<ProductCode>,
    /// Of this entitlement only.
    pub entitlement: Option<EntitlementId>,
    /// In this state only.
    pub status: Option<ActivationStatus>,
}

/// Which licenses to look for. What is not set leaves none out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LicenseSearch {
    /// A part of the holder or of the USB key's id, or an id.
    pub text: Option<String>,
    /// Of this product only.
    pub product: Option<ProductCode>,
    /// In this state only.
    pub status: Option<SeatStatus>,
}

impl Authority {
    /// The entitlements that are looked for, the newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn entitlements_found(
        &self,
        search: &EntitlementSearch,
        page: Page<EntitlementId>,
    ) -> Result<Paged<Entitlement, EntitlementId>, DatabaseFault> {
        let now = self.clock.now();
        let text = Wanted::of(search.text.as_deref());
        let id: Option<EntitlementId> = text.id();
        let mut transaction = self.database.read().await?;
        let items = query(select_entitlements!(
            "WHERE ($2 IS NULL OR (e.created_at, e.id) <
                     (SELECT created_at, id FROM entitlements WHERE id = $2))
                 AND ($4 IS NULL OR e.product = $4)
                 AND ($5 IS NULL OR e.id = $6 OR LOWER(e.hint) LIKE $5 ESCAPE '!'
                     OR LOWER(e.holder) LIKE $5 ESCAPE '!' OR LOWER(e.holder) LIKE $7 ESCAPE '!')
                 AND ($8 IS NULL OR $8 = CASE
                     WHEN e.status = 'active' AND e.ends_at <= $1 THEN 'expired'
                     ELSE e.status END)
                 AND ($9 IS NULL OR (e.status = 'active' AND e.ends_at > $1 AND e.ends_at <= $9))
                 AND (NOT $10 OR e.seats <= (SELECT COUNT(*) FROM activations h
                     WHERE h.entitlement = e.id AND h.status IN ('active', 'leaving')
                         AND h.held_until > $1))
             ORDER BY e.created_at DESC, e.id DESC LIMIT $3"
        ))
        .bind(int(now.unix()))
        .bind(page.after.map(|id| id.as_bytes().to_vec()))
        .bind(i64::from(page.limit) + 1)
        .bind(search.product.as_ref().map(ProductCode::as_str))
        .bind(text.pattern())
        .bind(id.map(|id| id.as_bytes().to_vec()))
        .bind(text.pattern_of_any_script())
        .bind(search.status.map(EntitlementStatus::name))
        .bind(search.ends_until.map(|end| int(end.unix())))
        .bind(search.full)
        .fetch_all(&mut transaction)
        .await?
        .iter()
        .map(|row| Entitlement::from_row(row, now))
        .collect::<Result<_, _>>()?;
        Ok(page.cut(items, |entitlement: &Entitlement| entitlement.id))
    }

    /// The activations that are looked for, the newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn activations_found(
        &self,
        search: &ActivationSearch,
        page: Page<ActivationId>,
    ) -> Result<Paged<Activation, ActivationId>, DatabaseFault> {
        let text = Wanted::of(search.text.as_deref());
        let (own, device): (Option<ActivationId>, Option<DeviceId>) = (text.id(), text.id());
        let entitlement: Option<EntitlementId> = text.id();
        let mut transaction = self.database.read().await?;
        let rows = query(select_activations!(
            "WHERE ($1 IS NULL OR (a.activated_at, a.id) <
                     (SELECT activated_at, id FROM activations WHERE id = $1))
                 AND ($3 IS NULL OR e.product = $3)
                 AND ($4 IS NULL OR a.entitlement = $4)
                 AND ($5 IS NULL OR a.status = $5)
                 AND ($6 IS NULL OR a.id = $7 OR a.device = $8 OR a.entitlement = $9
                     OR LOWER(a.label) LIKE $6 ESCAPE '!' OR LOWER(a.label) LIKE $10 ESCAPE '!'
                     OR LOWER(e.holder) LIKE $6 ESCAPE '!' OR LOWER(e.holder) LIKE $10 ESCAPE '!')
             ORDER BY a.activated_at DESC, a.id DESC LIMIT $2"
        ))
        .bind(page.after.map(|id| id.as_bytes().to_vec()))
        .bind(i64::from(page.limit) + 1)
        .bind(search.product.as_ref().map(ProductCode::as_str))
        .bind(search.entitlement.map(|id| id.as_bytes().to_vec()))
        .bind(search.status.map(ActivationStatus::name))
        .bind(text.pattern())
        .bind(own.map(|id| id.as_bytes().to_vec()))
        .bind(device.map(|id| id.as_bytes().to_vec()))
        .bind(entitlement.map(|id| id.as_bytes().to_vec()))
        .bind(text.pattern_of_any_script())
        .fetch_all(&mut transaction)
        .await?;
        let items = register::read_all(&mut transaction, &rows).await?;
        Ok(page.cut(items, |activation: &Activation| activation.id))
    }

    /// The licenses that are looked for, by what their latest files say, the newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn licenses_found(
        &self,
        search: &LicenseSearch,
        page: Page<LicenseId>,
    ) -> Result<Paged<IssuedLicense, LicenseId>, DatabaseFault> {
        let text = Wanted::of(search.text.as_deref());
        let id: Option<LicenseId> = text.id();
        let mut transaction = self.database.read().await?;
        let items = query(select_licenses!(
            "WHERE ($1 IS NULL OR (l.created_at, l.id) <
                     (SELECT created_at, id FROM licenses WHERE id = $1))
                 AND ($3 IS NULL OR l.product = $3)
                 AND ($4 IS NULL OR f.status = $4)
                 AND ($5 IS NULL OR l.id = $6 OR LOWER(f.usb_id) LIKE $5 ESCAPE '!'
                     OR LOWER(f.holder) LIKE $5 ESCAPE '!' OR LOWER(f.holder) LIKE $7 ESCAPE '!')
             ORDER BY l.created_at DESC, l.id DESC LIMIT $2"
        ))
        .bind(page.after.map(|id| id.as_bytes().to_vec()))
        .bind(i64::from(page.limit) + 1)
        .bind(search.product.as_ref().map(ProductCode::as_str))
        .bind(search.status.map(SeatStatus::name))
        .bind(text.pattern())
        .bind(id.map(|id| id.as_bytes().to_vec()))
        .bind(text.pattern_of_any_script())
        .fetch_all(&mut transaction)
        .await?
        .iter()
        .map(|row| IssuedLicense::from_row(row, self.vendor))
        .collect::<Result<_, _>>()?;
        Ok(page.cut(items, |issued: &IssuedLicense| issued.license.id))
    }
}

/// What is looked for, as a person typed it.
struct Wanted<'t>(Option<&'t str>);

impl<'t> Wanted<'t> {
    fn of(text: Option<&'t str>) -> Self {
        Self(text.map(str::trim).filter(|text| !text.is_empty()))
    }

    fn id<T: std::str::FromStr>(&self) -> Option<T> {
        self.0?.parse().ok()
    }

    /// What texts are compared with that a database made small: SQLite does that to the letters of
    /// ASCII alone.
    fn pattern(&self) -> Option<String> {
        Some(pattern(&self.0?.to_ascii_lowercase()))
    }

    /// The same where all letters were made small.
    fn pattern_of_any_script(&self) -> Option<String> {
        Some(pattern(&self.0?.to_lowercase()))
    }
}

/// A pattern for a text that may begin and end anywhere; nothing in it stands for anything else. Three
/// dots are what hints have in their middle.
fn pattern(text: &str) -> String {
    let text = text.replace("...", "…");
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '!' | '%' | '_') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_stands_for_itself() {
        assert_eq!(pattern("50%_off!"), "%50!%!_off!!%");
        assert_eq!(pattern("7q2k...0b3d"), "%7q2k…0b3d%");
        assert_eq!(Wanted::of(Some("  ")).pattern(), None);
    }
}
