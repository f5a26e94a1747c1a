//! The whole audit log as one file, piece by piece as it is taken: the page and the API give the same.

use axum::body::{Body, Bytes};
use futures_util::stream;
use keyferry_authority::AuditFault;

use crate::Portal;

/// What the file is called, and of what kind it is.
pub(crate) const NAME: &str = "keyferry-audit.jsonl";
pub(crate) const KIND: &str = "application/jsonl";

impl Portal {
    /// The file. Its first piece is there before anything is said to have worked.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn audit_file(self) -> Result<Body, AuditFault> {
        let (lines, next) = self.authority().audit_lines(0).await?;
        let pieces =
            stream::try_unfold((Some(lines), next, self), async |(lines, next, portal)| {
                let (lines, next) = match (lines, next) {
                    (Some(lines), next) => (lines, next),
                    (None, None) => return Ok(None),
                    (None, Some(behind)) => portal.authority().audit_lines(behind).await?,
                };
                Ok::<_, AuditFault>(Some((Bytes::from(lines), (None, next, portal))))
            });
        Ok(Body::from_stream(pieces))
    }
}
