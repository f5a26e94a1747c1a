//! The address of a vendor's portal.

use keyferry_token::is_portal_address;

use crate::SetupFault;

/// An address that survives a QR code in capitals: `https://`, a host, perhaps a port, no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortalAddress(String);

impl PortalAddress {
    /// Reads an address; a slash at its end is left out.
    ///
    /// # Errors
    /// `portal_refused`.
    pub fn new(text: &str) -> Result<Self, SetupFault> {
        let address = text.strip_suffix('/').unwrap_or(text);
        if is_portal_address(address) {
            Ok(Self(address.to_owned()))
        } else {
            Err(SetupFault::Portal)
        }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for PortalAddress {
    type Err = SetupFault;

    fn from_str(text: &str) -> Result<Self, SetupFault> {
        Self::new(text)
    }
}
