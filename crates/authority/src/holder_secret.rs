//! A holder secret that was lost or stolen: another one takes its place.

use keyferry_token::HolderSecret;

use crate::{
    Authority, Entitlement, EntitlementFault, EntitlementKey, Origin,
    audit::{Action, NewEntry},
    database::query,
    entropy,
};

/// A holder secret just made, which is shown this once and stored nowhere.
#[derive(Debug)]
pub struct ReplacedSecret {
    /// The entitlement that it manages.
    pub entitlement: Entitlement,
    /// Manages its seats; the old one does nothing any more.
    pub holder_secret: HolderSecret,
    /// How many holders were in the portal with the old one, and are out of it now.
    pub sessions_ended: u64,
}

impl Authority {
    /// Puts a new holder secret in the place of the one that an entitlement has. Who entered the portal
    /// with the old one is out of it at once. Also where the entitlement is revoked: whoever stole a
    /// secret sees what it shows.
    ///
    /// # Errors
    /// `entitlement_unknown`; those of the database.
    pub async fn holder_secret_replace(
        &self,
        key: &EntitlementKey,
        origin: &Origin,
    ) -> Result<ReplacedSecret, EntitlementFault> {
        let now = self.clock.now();
        let holder_secret = HolderSecret::from_random(entropy::random()?);
        let digest = &self.keyring().lookup.holder(&holder_secret);
        let (entitlement, sessions_ended) = self
            .database
            .write(|mut connection| async move {
                let entitlement = self.entitlement_by(&mut connection, key, now).await?;
                let id = entitlement.id.as_bytes();
                query("UPDATE entitlements SET holder_digest = $2 WHERE id = $1")
                    .bind(id.to_vec())
                    .bind(digest.to_vec())
                    .execute(&mut connection)
                    .await?;
                let ended = query("DELETE FROM holder_sessions WHERE entitlement = $1")
                    .bind(id.to_vec())
                    .execute(&mut connection)
                    .await?;
                NewEntry::new(now, origin, Action::HolderSecretReplaced)
                    .product(&entitlement.product)
                    .entitlement(Some(entitlement.id))
                    .with("hint", entitlement.hint.as_str())
                    .write(&mut connection)
                    .await?;
                let done = (entitlement, ended.rows_affected());
                Ok::<_, EntitlementFault>((connection, done))
            })
            .await?;
        Ok(ReplacedSecret {
            entitlement,
            holder_secret,
            sessions_ended,
        })
    }
}
