//! A license file that is given once more, signed by a key that still counts.

use keyferry_token::{KeyPurpose, KeyState, SignedLicense, VendorPublicKey};

use super::{LicenseFault, LicenseFile, books};
use crate::{Authority, database::Connection};

impl Authority {
    /// Whether a key signed this file that was revoked since.
    pub(super) fn is_revoked(&self, file: &LicenseFile) -> bool {
        let keyring = self.keyring();
        let revoked = keyring
            .rows
            .iter()
            .filter(|row| row.purpose == KeyPurpose::Signing && row.state == KeyState::Revoked);
        let keys = revoked.filter_map(|row| VendorPublicKey::from_spki(&row.spki).ok());
        let Ok(signed) = SignedLicense::parse(&file.bytes) else {
            return false;
        };
        keys.into_iter()
            .any(|key| signed.verify_with_key(&key).is_ok())
    }

    /// The file as it was, or the same claims signed anew where nothing counts any more that its key
    /// signed: the file that is kept is the one that can be used.
    pub(super) async fn counting(
        &self,
        connection: &mut Connection,
        mut file: LicenseFile,
    ) -> Result<LicenseFile, LicenseFault> {
        if self.is_revoked(&file) {
            file.bytes = self.sign_license(&file.issued.license).await?;
            books::replace(connection, &file.issued.license, &file.bytes).await?;
        }
        Ok(file)
    }
}
