//! Whose signature counts.

use crate::{VendorId, VendorPublicKey, VerifyFault, cose::Sign1};

/// The keys of one vendor that licenses and answers are checked with.
#[derive(Clone, Debug)]
pub struct VendorKeys {
    vendor: VendorId,
    keys: Vec<VendorPublicKey>,
}

impl VendorKeys {
    /// The trusted keys of a vendor. Without any, nothing is believed.
    pub fn new(vendor: VendorId, keys: Vec<VendorPublicKey>) -> Self {
        Self { vendor, keys }
    }

    /// The vendor.
    pub fn vendor(&self) -> &VendorId {
        &self.vendor
    }

    pub(crate) fn verify(&self, signed: &Sign1) -> Result<(), VerifyFault> {
        let named = signed.kid.ok_or(VerifyFault::Signature)?;
        let key = self.keys.iter().find(|key| key.id() == named);
        signed.verify_vendor(key.ok_or(VerifyFault::UntrustedKey { key: named })?)
    }
}
