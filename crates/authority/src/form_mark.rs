//! The mark of a form that makes something: a form that is sent twice makes it once, at whichever portal.
//!
//! A mark is made with the form and stored nowhere. Only what a form has made is remembered, by the digest of
//! its mark and in the transaction of what it made, until the mark counts no more.

use std::fmt;

use aws_lc_rs::{constant_time::verify_slices_are_equal, digest, hmac};
use data_encoding::BASE32_NOPAD;
use keyferry_token::{Seconds, Timestamp};

use crate::{
    Authority, DatabaseFault, EntropyFault, FormSeal,
    columns::{self, int},
    database::{Connection, query},
    entropy,
    keyring::SecretDigest,
};

/// How long a form may lie open before it is sent.
const COUNTS: Seconds = Seconds::new(4 * 60 * 60);
/// When it was made, and 128 random bits.
const HEAD: usize = 8 + 16;
/// What shows that we made it, for this session and this form.
const PROOF: usize = 16;

/// The mark of a form that was sent, and that still counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct FormMark {
    digest: SecretDigest,
    ends_at: Timestamp,
}

impl fmt::Debug for FormMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FormMark(…)")
    }
}

impl FormSeal {
    /// The mark for one showing of a form of this session. `form` names the form.
    ///
    /// # Errors
    /// `system_failure` without randomness.
    pub fn make_mark(&self, form: &str, now: Timestamp) -> Result<String, EntropyFault> {
        let nonce: [u8; 16] = entropy::random()?;
        let head = [now.unix().to_be_bytes().as_slice(), &nonce].concat();
        let proof = self.proof(form, &head);
        Ok(BASE32_NOPAD.encode(&[head.as_slice(), &proof[..PROOF]].concat()))
    }

    /// Reads the mark that came with a form; `None` where it was made for another form or another session, or
    /// too long ago.
    pub fn read_mark(&self, form: &str, text: &str, now: Timestamp) -> Option<FormMark> {
        let bytes = BASE32_NOPAD.decode(text.as_bytes()).ok()?;
        let (head, proof) = bytes.split_at_checked(HEAD)?;
        verify_slices_are_equal(proof, &self.proof(form, head)[..PROOF]).ok()?;
        let made_at = u64::from_be_bytes(*head.first_chunk()?);
        let ends_at = Timestamp::from_unix(made_at).plus(COUNTS);
        let mut kept = SecretDigest::default();
        kept.copy_from_slice(digest::digest(&digest::SHA256, &bytes).as_ref());
        (now < ends_at).then_some(FormMark {
            digest: kept,
            ends_at,
        })
    }

    fn proof(&self, form: &str, head: &[u8]) -> SecretDigest {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.marks());
        let mut context = hmac::Context::with_key(&key);
        context.update(head);
        context.update(form.as_bytes());
        let mut proof = SecretDigest::default();
        proof.copy_from_slice(context.sign().as_ref());
        proof
    }
}

impl FormMark {
    /// That nothing was made yet by the form.
    ///
    /// # Errors
    /// `form_sent_before`; those of the database.
    pub(crate) async fn is_new(&self, connection: &mut Connection) -> Result<(), DatabaseFault> {
        let row = query("SELECT action, made FROM form_marks WHERE digest = $1")
            .bind(self.digest.to_vec())
            .fetch_optional(connection)
            .await?;
        match row {
            None => Ok(()),
            Some(row) => Err(DatabaseFault::SentBefore {
                action: columns::get(&row, "action")?,
                made: columns::get(&row, "made")?,
            }),
        }
    }

    /// Remembers what the form makes, in the transaction in which it does. Those that count no more are
    /// forgotten.
    ///
    /// # Errors
    /// `form_sent_before`; those of the database.
    pub(crate) async fn take(
        &self,
        connection: &mut Connection,
        action: &str,
        made: &str,
        now: Timestamp,
    ) -> Result<(), DatabaseFault> {
        self.is_new(connection).await?;
        query("DELETE FROM form_marks WHERE ends_at <= $1")
            .bind(int(now.unix()))
            .execute(&mut *connection)
            .await?;
        query("INSERT INTO form_marks (digest, action, made, ends_at) VALUES ($1, $2, $3, $4)")
            .bind(self.digest.to_vec())
            .bind(action)
            .bind(made)
            .bind(int(self.ends_at.unix()))
            .execute(connection)
            .await?;
        Ok(())
    }
}

impl Authority {
    /// That nothing was made yet by a form. Whoever sends it at the same moment is told in the transaction of
    /// what it makes.
    ///
    /// # Errors
    /// `form_sent_before`; those of the database.
    pub async fn form_is_new(&self, mark: &FormMark) -> Result<(), DatabaseFault> {
        let mut transaction = self.database.read().await?;
        mark.is_new(&mut transaction).await
    }
}

/// What a form does that the log has no name for: a list is brought, and nothing made of it yet.
pub(crate) const LIST_BROUGHT: &str = "license_list_brought";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SessionSecret, keyring::LookupKey};

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

    fn seal() -> FormSeal {
        let session = SessionSecret::make().unwrap();
        FormSeal::of(&LookupKey::from_bytes(&[7; 32]), &session)
    }

    #[test]
    fn a_mark_counts_for_its_form_and_its_session_and_for_a_while() {
        let seal = seal();
        let mark = seal.make_mark("product", NOW).unwrap();
        assert!(seal.read_mark("product", &mark, NOW).is_some());
        let last = NOW.plus(COUNTS).minus(Seconds::new(1));
        assert!(seal.read_mark("product", &mark, last).is_some());
        assert!(seal.read_mark("product", &mark, NOW.plus(COUNTS)).is_none());
        assert!(seal.read_mark("webhook", &mark, NOW).is_none());
        assert!(self::seal().read_mark("product", &mark, NOW).is_none());
        for text in [
            "",
            "A",
            "not base32",
            &mark[1..],
            &mark[..40],
            &format!("{mark}AA"),
        ] {
            assert!(seal.read_mark("product", text, NOW).is_none(), "{text}");
        }
        assert_ne!(mark, seal.make_mark("product", NOW).unwrap());
    }

    #[test]
    fn nothing_of_a_mark_can_be_altered() {
        let seal = seal();
        let mark = seal.make_mark("product", NOW).unwrap();
        let bytes = BASE32_NOPAD.decode(mark.as_bytes()).unwrap();
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 1;
            let text = BASE32_NOPAD.encode(&other);
            assert!(seal.read_mark("product", &text, NOW).is_none(), "{at}");
        }
    }
}
