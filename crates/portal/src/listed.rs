//! What came of a list of licenses, to take along: the page and the API give the same files.

use std::{
    collections::BTreeSet,
    io::{Cursor, Write as _},
    sync::Arc,
};

use keyferry_authority::{ListId, ListRow, Page};
use keyferry_bulk::{MOST_LISTED, file_name, list_results};
use keyferry_catalogue::{Code, Problem};
use keyferry_token::{ArtefactKind, armor};
use zip::{CompressionMethod, ZipWriter, result::ZipError, write::SimpleFileOptions};

use crate::Portal;

impl Portal {
    /// What came of each row of a list, as a list for spreadsheets.
    ///
    /// # Errors
    /// `list_unknown`; those of the database.
    pub(crate) async fn list_results(&self, id: ListId) -> Result<Vec<u8>, Problem> {
        Ok(self.list_outcome(id).await?.0)
    }

    /// The license files of a list, and what came of each row, in one ZIP file.
    ///
    /// # Errors
    /// `list_unknown`; those of the database.
    pub(crate) async fn list_packed(&self, id: ListId) -> Result<Vec<u8>, Problem> {
        let broken = || Problem::new(Code::SystemFailure).with("what", "packing ended");
        let place = Arc::clone(&self.places().unpacking).acquire_owned().await;
        let place = place.map_err(|_| broken())?;
        let (text, rows) = self.list_outcome(id).await?;
        let mut files = vec![("results.csv".to_owned(), text)];
        for license in rows.iter().filter_map(|row| row.license) {
            let file = self.authority().license_file(license).await;
            let file = file.map_err(|fault| fault.problem())?;
            let text = armor(ArtefactKind::License, &file.bytes);
            files.push((file_name(license), text.into_bytes()));
        }
        let work = tokio::task::spawn_blocking(move || (pack(&files), place));
        let (packed, _place) = work.await.map_err(|_| broken())?;
        packed.map_err(|fault| Problem::new(Code::SystemFailure).with("what", fault))
    }

    async fn list_outcome(&self, id: ListId) -> Result<(Vec<u8>, Vec<ListRow>), Problem> {
        let authority = self.authority();
        let most = u32::try_from(MOST_LISTED).unwrap_or(u32::MAX);
        let rows = authority
            .license_list_rows(id, false, Page::first(most))
            .await;
        let rows = rows.map_err(|fault| fault.problem())?.items;
        let sheet = authority.license_list_sheet(id).await;
        let sheet = sheet.map_err(|fault| fault.problem())?;
        let text = list_results(&sheet, &rows).map_err(|fault| fault.problem())?;
        Ok((text, rows))
    }
}

fn pack(files: &[(String, Vec<u8>)]) -> Result<Vec<u8>, ZipError> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut seen = BTreeSet::new();
    for (name, bytes) in files {
        // Two rows with one reference have one license.
        if seen.insert(name) {
            writer.start_file(name.as_str(), options)?;
            writer.write_all(bytes)?;
        }
    }
    Ok(writer.finish()?.into_inner())
}
