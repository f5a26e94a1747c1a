//! Entitlements from the rows of a list of another system: made once for each reference, and changed
//! by the same row later (rule A10).

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;
use keyferry_token::{
    ActivationCode, CodeTag, EntitlementId, HolderSecret, Name, ProductCode, Timestamp,
};
use zeroize::Zeroizing;

use crate::{
    ApiTokenSecret, Authority, DatabaseFault, Entitlement, EntitlementFault, EntitlementKey,
    EntitlementTerms, FormSeal, NewEntitlement, Origin, columns,
    database::{Connection, query},
    entitlement::granted,
    entitlement_change::change,
    entropy,
    keyring::SecretDigest,
};

/// What a row says of an entitlement. `None` leaves it as it is, and is what a new one has unless said
/// otherwise.
#[derive(Clone, Debug)]
pub struct EntitlementRow {
    /// What the other system knows it by; it stands for one entitlement for good.
    pub reference: Name,
    /// The product.
    pub product: ProductCode,
    /// All else; a new one needs seats.
    pub terms: EntitlementTerms,
}

/// What a new entitlement will be known and opened by: drawn before it is made, so that whoever makes
/// it can bring its secrets to safety first.
#[derive(Debug)]
pub struct EntitlementDraft {
    /// Its id.
    pub id: EntitlementId,
    /// Activates devices.
    pub code: ActivationCode,
    /// Manages seats.
    pub holder_secret: HolderSecret,
}

/// What the drafts of a form follow from: the same form gives the same ids, codes and secrets again, so
/// that whoever lost the answer to it gets them by sending it once more, and nobody has to keep them.
pub struct DraftSeed(Zeroizing<SecretDigest>);

/// How drafts are drawn.
#[derive(Clone, Copy)]
pub enum Draw<'s> {
    /// At random.
    AtRandom,
    /// As they follow from a form, by the references of their rows.
    From(&'s DraftSeed),
}

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntitlementRowDone {
    /// The entitlement as it is now.
    pub entitlement: Entitlement,
    /// What was done.
    pub outcome: EntitlementRowOutcome,
    /// Which secrets of the draft open it.
    pub opens: DraftOpens,
}

/// Which secrets of a draft open the entitlement of its row: none where another one made it, and not those
/// that were replaced since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DraftOpens {
    /// The activation code.
    pub code: bool,
    /// The holder secret.
    pub holder_secret: bool,
}

/// What was done for a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntitlementRowOutcome {
    /// It was made, now or by the same form before.
    Added,
    /// It was there, and is another one now.
    Changed,
    /// It was there and as the row says.
    Unchanged,
}

impl EntitlementRowOutcome {
    /// The name in results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
        }
    }
}

type Rows<T> = Result<Vec<Result<T, EntitlementFault>>, EntitlementFault>;

impl Authority {
    /// What the drafts of a form follow from: of the session in which it was shown, of a mark of its own,
    /// which has to be random, and of the list that it brings.
    pub fn draft_seed(&self, seal: &FormSeal, mark: &str, list: &[u8]) -> DraftSeed {
        let mark = of_list(mark, list);
        DraftSeed(Zeroizing::new(self.keyring().lookup.drafts(seal, &mark)))
    }

    /// The same of a call of the API: of its token, its key and its list, so that the same call gives the same again. A call
    /// without a key has its own.
    ///
    /// # Errors
    /// `system_failure` without randomness.
    pub fn draft_seed_of_call(
        &self,
        secret: &ApiTokenSecret,
        key: Option<&str>,
        list: &[u8],
    ) -> Result<DraftSeed, EntitlementFault> {
        let mark = match key {
            Some(key) => format!("key {key}"),
            None => format!("once {:032x}", u128::from_be_bytes(entropy::random()?)),
        };
        let mark = of_list(&mark, list);
        let drafts = self.keyring().lookup.drafts_of_call(secret, &mark);
        Ok(DraftSeed(Zeroizing::new(drafts)))
    }

    /// What each row would do: a draft where it would make an entitlement, or the same form made it
    /// before; else whether it would change the one that is there. Nothing is made or changed.
    ///
    /// # Errors
    /// Those of the database. Of a row: those of [`Authority::entitlement_rows_write`].
    pub async fn entitlement_rows_draft(
        &self,
        rows: &[EntitlementRow],
        draw: Draw<'_>,
    ) -> Rows<Result<EntitlementDraft, EntitlementRowDone>> {
        let now = self.clock.now();
        let mut transaction = self.database.read().await?;
        let mut drafts = Vec::with_capacity(rows.len());
        for row in rows {
            let draft = self
                .draft_entitlement(&mut transaction, row, draw, now)
                .await;
            drafts.push(unless_of_all(draft)?);
        }
        Ok(drafts)
    }

    /// Makes the entitlement of each row with its draft, or changes the one that its reference stands
    /// for, all in one transaction. One that this very draft made is left as it is by now: its form was sent
    /// again. A row that is refused leaves the others alone.
    ///
    /// # Errors
    /// Those of the database; then nothing was done. Of a row: `product_unknown`, `feature_unknown`,
    /// `text_refused` with too many features; `cell_missing` where a new one has no seats;
    /// `reference_taken` with another product; `seats_in_use`; `entitlement_ended` with an end that
    /// is over already; `entitlement_revoked`, which nothing is changed after.
    pub async fn entitlement_rows_write(
        &self,
        rows: &[(EntitlementRow, Option<EntitlementDraft>)],
        origin: &Origin,
    ) -> Rows<EntitlementRowDone> {
        let now = self.clock.now();
        self.database
            .write(|mut connection| async move {
                let mut done = Vec::with_capacity(rows.len());
                for (row, draft) in rows {
                    let written = self
                        .write_entitlement(&mut connection, row, draft.as_ref(), now, origin)
                        .await;
                    done.push(unless_of_all(written)?);
                }
                Ok((connection, done))
            })
            .await
    }

    async fn draft_entitlement(
        &self,
        connection: &mut Connection,
        row: &EntitlementRow,
        draw: Draw<'_>,
        now: Timestamp,
    ) -> Result<Result<EntitlementDraft, EntitlementRowDone>, EntitlementFault> {
        if let Some(before) = self.referred(connection, &row.reference, now).await? {
            if let Draw::From(seed) = draw
                && before.id == EntitlementId::new(first(self.drawn(seed, "id", row)))
            {
                let product = granted(connection, &before.product, &[]).await?;
                return self.draft(row, product.tag, draw).map(Ok);
            }
            let after = row.applied(connection, &before, now).await?;
            return Ok(Err(EntitlementRowDone {
                outcome: outcome(&before, &after),
                entitlement: after,
                opens: DraftOpens::default(),
            }));
        }
        let product = row.as_new()?.product(connection).await?;
        self.draft(row, product.tag, draw).map(Ok)
    }

    fn draft(
        &self,
        row: &EntitlementRow,
        tag: CodeTag,
        draw: Draw<'_>,
    ) -> Result<EntitlementDraft, EntitlementFault> {
        let part = |part| -> Result<SecretDigest, EntitlementFault> {
            Ok(match draw {
                Draw::AtRandom => entropy::random()?,
                Draw::From(seed) => self.drawn(seed, part, row),
            })
        };
        Ok(EntitlementDraft {
            id: EntitlementId::new(first(part("id")?)),
            code: ActivationCode::from_random(tag, first(part("code")?)),
            holder_secret: HolderSecret::from_random(first(part("holder secret")?)),
        })
    }

    fn drawn(&self, seed: &DraftSeed, part: &str, row: &EntitlementRow) -> SecretDigest {
        self.keyring().lookup.draft(&seed.0, part, &row.reference)
    }

    async fn write_entitlement(
        &self,
        connection: &mut Connection,
        row: &EntitlementRow,
        draft: Option<&EntitlementDraft>,
        now: Timestamp,
        origin: &Origin,
    ) -> Result<EntitlementRowDone, EntitlementFault> {
        if let Some(before) = self.referred(connection, &row.reference, now).await? {
            if let Some(draft) = draft
                && draft.id == before.id
            {
                return Ok(EntitlementRowDone {
                    opens: self.opens(connection, draft).await?,
                    entitlement: before,
                    outcome: EntitlementRowOutcome::Added,
                });
            }
            let after = row.applied(connection, &before, now).await?;
            let outcome = outcome(&before, &after);
            if outcome == EntitlementRowOutcome::Changed {
                change(connection, &before, &after, now, origin).await?;
            }
            let entitlement = after;
            return Ok(EntitlementRowDone {
                entitlement,
                outcome,
                opens: DraftOpens::default(),
            });
        }
        // Drafted as one that was there: nothing removes entitlements.
        let draft = draft.ok_or(EntitlementFault::Unknown)?;
        let new = row.as_new()?;
        new.product(connection).await?;
        let drawn = (draft.id, &draft.code, &draft.holder_secret);
        let entitlement = self.enter(connection, &new, drawn, now, origin).await?;
        refer(connection, &row.reference, draft.id).await?;
        Ok(EntitlementRowDone {
            entitlement,
            outcome: EntitlementRowOutcome::Added,
            opens: DraftOpens {
                code: true,
                holder_secret: true,
            },
        })
    }

    /// Which secrets of a draft still open the entitlement that was made of it.
    async fn opens(
        &self,
        connection: &mut Connection,
        draft: &EntitlementDraft,
    ) -> Result<DraftOpens, DatabaseFault> {
        let row = query("SELECT code_digest, holder_digest FROM entitlements WHERE id = $1")
            .bind(draft.id.as_bytes().to_vec())
            .fetch_one(connection)
            .await?;
        let lookup = &self.keyring().lookup;
        let (code, holder): (SecretDigest, SecretDigest) = (
            columns::fixed(&row, "code_digest")?,
            columns::fixed(&row, "holder_digest")?,
        );
        Ok(DraftOpens {
            code: code == lookup.code(&draft.code.secret()),
            holder_secret: holder == lookup.holder(&draft.holder_secret),
        })
    }

    /// The entitlement that a reference stands for.
    async fn referred(
        &self,
        connection: &mut Connection,
        reference: &Name,
        now: Timestamp,
    ) -> Result<Option<Entitlement>, EntitlementFault> {
        let row = query("SELECT entitlement FROM entitlement_references WHERE reference = $1")
            .bind(reference.as_str())
            .fetch_optional(&mut *connection)
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let id = columns::fixed(&row, "entitlement").map(EntitlementId::new)?;
        let key = EntitlementKey::Id(id);
        self.entitlement_by(connection, &key, now).await.map(Some)
    }
}

impl EntitlementRow {
    fn as_new(&self) -> Result<NewEntitlement, EntitlementFault> {
        let terms = &self.terms;
        Ok(NewEntitlement {
            product: self.product.clone(),
            seats: terms.seats.ok_or(EntitlementFault::SeatsMissing)?,
            offline_lease: terms.offline_lease.flatten(),
            ends_at: terms.ends_at.flatten(),
            features: terms.features.clone().unwrap_or_default(),
            holder: terms.holder.clone().flatten(),
            trial: terms.trial.unwrap_or_default(),
            maintenance_end: terms.maintenance_end.flatten(),
        })
    }

    /// The entitlement as the row wants it.
    async fn applied(
        &self,
        connection: &mut Connection,
        before: &Entitlement,
        now: Timestamp,
    ) -> Result<Entitlement, EntitlementFault> {
        if self.product != before.product {
            let reference = self.reference.clone();
            return Err(EntitlementFault::ReferenceTaken { reference });
        }
        self.terms.applied(connection, before, now).await
    }
}

/// A mark together with the list that it is used for: what another list says is no repetition.
fn of_list(mark: &str, list: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA256, list);
    format!("{mark} {}", HEXLOWER.encode(digest.as_ref()))
}

/// As many of the bytes as are needed; none of the others is.
fn first<const N: usize>(bytes: SecretDigest) -> [u8; N] {
    let bytes = Zeroizing::new(bytes);
    std::array::from_fn(|at| bytes[at])
}

fn outcome(before: &Entitlement, after: &Entitlement) -> EntitlementRowOutcome {
    if before == after {
        EntitlementRowOutcome::Unchanged
    } else {
        EntitlementRowOutcome::Changed
    }
}

async fn refer(
    connection: &mut Connection,
    reference: &Name,
    entitlement: EntitlementId,
) -> Result<(), DatabaseFault> {
    query("INSERT INTO entitlement_references (reference, entitlement) VALUES ($1, $2)")
        .bind(reference.as_str())
        .bind(entitlement.as_bytes().to_vec())
        .execute(connection)
        .await?;
    Ok(())
}

/// What is no fault of the row concerns all rows.
fn unless_of_all<T>(
    outcome: Result<T, EntitlementFault>,
) -> Result<Result<T, EntitlementFault>, EntitlementFault> {
    match outcome {
        Err(fault @ (EntitlementFault::Database(_) | EntitlementFault::Entropy(_))) => Err(fault),
        other => Ok(other),
    }
}
