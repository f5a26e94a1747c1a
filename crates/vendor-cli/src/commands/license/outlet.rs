//! Where a license file goes. It is looked at before the license is made: what cannot be written should
//! not be in the books.

use keyferry_terminal::{Destination, Draft, WriteFault};
use keyferry_token::LicenseId;

/// The place of a license file; `None` where it goes to standard output.
pub(super) struct Outlet<'o> {
    to: Option<&'o Destination>,
    draft: Option<Draft>,
}

impl<'o> Outlet<'o> {
    /// Where `--out` says. In a folder the file is named by its license, which a new one gets only when
    /// it is made.
    ///
    /// # Errors
    /// `disk_full`, `file_exists`, `file_unwritable`.
    pub(super) fn to(
        to: Option<&'o Destination>,
        license: Option<LicenseId>,
    ) -> Result<Self, WriteFault> {
        let file = to.and_then(|to| match (to, license) {
            (_, Some(license)) => to.file(&name(license)),
            (Destination::Path(path), None) => Some(path.clone()).filter(|path| !path.is_dir()),
            (Destination::Stream, None) => None,
        });
        let draft = file.map(|file| Draft::of_license(&file)).transpose()?;
        Ok(Self { to, draft })
    }

    /// Puts the file there, and tells where that is.
    ///
    /// # Errors
    /// `disk_full`, `file_exists`, `file_unwritable`.
    pub(super) fn put(self, license: LicenseId, text: &str) -> Result<Option<String>, WriteFault> {
        let Some(file) = self.to.and_then(|to| to.file(&name(license))) else {
            return Ok(None);
        };
        let draft = match self.draft {
            Some(draft) => draft,
            None => Draft::of_license(&file)?,
        };
        draft.fill(text.as_bytes())?;
        Ok(Some(file.display().to_string()))
    }
}

/// What a license file is called in a folder.
fn name(license: LicenseId) -> String {
    format!("keyferry-license-{license}.lic")
}
