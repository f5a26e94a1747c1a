//! The record of an activation that a person keeps: plain text, nothing secret in it.

use std::fmt::Write as _;

use keyferry_catalogue::{Holds, Language, Phrase};
use keyferry_client::{HeldGrant, ProductStanding};

/// A file to be saved.
pub(crate) struct NamedFile {
    pub(crate) name: String,
    pub(crate) content: Vec<u8>,
}

/// The record of the activation that a product's standing rests on.
pub(crate) fn record(of: &ProductStanding, grant: &HeldGrant, language: Language) -> NamedFile {
    let profile = &of.vendor.profile;
    let time = |time: keyferry_token::Timestamp| Holds::Time.in_words(&time.to_string(), language);
    let mut lines = vec![
        (
            Phrase::ClaimProduct,
            format!("{} ({})", of.name, of.product),
        ),
        (Phrase::ClaimVendor, profile.name.to_string()),
        (Phrase::ClaimActivationId, grant.activation.to_string()),
        (Phrase::ClaimReference, grant.brought_by.reference()),
        (Phrase::ClaimMadeAt, time(grant.issued_at)),
    ];
    if let Some(lease) = grant.lease {
        lines.push((Phrase::ClaimWorksUntil, time(lease.expires_at)));
        if lease.grace_until > lease.expires_at {
            lines.push((Phrase::ClaimGraceUntil, time(lease.grace_until)));
        }
    }
    lines.push((Phrase::ClaimComputerName, grant.label.to_string()));
    let optional = [
        (Phrase::ClaimEdition, grant.edition.as_ref()),
        (Phrase::ClaimHolder, grant.holder.as_ref()),
        (Phrase::ClaimSupport, profile.support.as_ref()),
    ];
    lines.extend(
        optional
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?.to_string()))),
    );
    let mut content = String::new();
    for (name, value) in lines {
        // Writing to a String cannot fail.
        let _ = writeln!(content, "{}: {value}", name.text(language));
    }
    NamedFile {
        name: format!("keyferry-record-{}.txt", grant.brought_by.reference()),
        content: content.into_bytes(),
    }
}
