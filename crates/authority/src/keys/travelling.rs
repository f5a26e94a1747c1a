//! Which profiles go along with an answer, so that a device that slept through changes of keys can
//! believe it (`docs/spec/profile.md`, P6).

use keyferry_token::{KeyId, KeyPurpose};

use super::active;
use crate::{Authority, DatabaseFault, SealedAnswer, keyring::Keyring, profile};

impl Authority {
    /// Gives the chain of profiles along with an answer, where its device may need it. `asked_by` is the
    /// key to which the device sealed what is answered; nothing where nobody asked.
    pub(crate) async fn with_profiles(
        &self,
        answer: &mut SealedAnswer,
        asked_by: Option<KeyId>,
    ) -> Result<(), DatabaseFault> {
        if !knows_all(&self.keyring(), asked_by)? {
            let mut transaction = self.database.read().await?;
            answer.profiles = profile::chain(&mut transaction).await?;
        }
        Ok(())
    }
}

/// Whether a device surely knows the keys in use. It knows the first profile with the exchange key that
/// it used; one that nobody heard of may know the first profile of all.
fn knows_all(keyring: &Keyring, asked_by: Option<KeyId>) -> Result<bool, DatabaseFault> {
    let used = keyring.rows.iter().find(|row| Some(row.kid) == asked_by);
    let known = used.map_or(1, |row| row.since_profile);
    let signing = active(&keyring.rows, KeyPurpose::Signing)?;
    let exchange = active(&keyring.rows, KeyPurpose::Exchange)?;
    Ok(signing.since_profile <= known && exchange.since_profile <= known)
}
