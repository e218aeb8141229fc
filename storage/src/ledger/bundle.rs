//! Proofs to take away: the entries of one thing, each with its way to a head that was signed or will be.

use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::export::Source;
use domain::ledger::{Hash, ProofBundle, ProvenEntry};
use domain::{ActivityId, MessageId, Permission, Seq};
use sea_orm::QueryResult;
use uuid::Uuid;

/// What is put into a bundle.
struct Entries {
    seqs: Vec<i64>,
    /// Whether their content may be shown.
    is_open: bool,
    /// The call that their only entry is about.
    call: Option<String>,
}

impl Entries {
    /// The only entry of something, whose content a masked role gets not.
    fn one(scope: &Scope, seq: i64, call: Option<String>) -> Self {
        Self {
            seqs: vec![seq],
            is_open: !scope.role().is_masked(),
            call,
        }
    }
}

/// Whether a role may see what an entry of some kind holds. What has drawers of its own that say who looked at it, or
/// that hide more, has its content there alone.
fn shows(scope: &Scope, kind: &str) -> bool {
    let source = match kind {
        "activity" | "outcome" | "operation_item" | "operation_event" | "erasure" => {
            Source::Activity
        }
        "order" => Source::Orders,
        "customer" => Source::Customers,
        _ => return false,
    };
    !scope.role().is_masked() && scope.role().reads(source)
}

/// Whether a role gets proofs: it may know ledger numbers, and nothing is hidden from it that these would count.
fn may_prove(scope: &Scope) -> bool {
    scope.role().may(Permission::ReadLedger) && !scope.role().is_restricted()
}

impl Storage {
    /// An activity's ledger entries with their proofs, against the newest checkpoint that covers them, or else
    /// against the present head. None when there is no such activity, it is out of scope, or the role reads no
    /// ledger. A masked role gets no content.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn proof_bundle(
        &self,
        scope: &Scope,
        id: ActivityId,
    ) -> Result<Option<ProofBundle>, Error> {
        if !may_prove(scope) {
            return Ok(None);
        }
        let Some(detail) = self.get_activity(scope, id).await? else {
            return Ok(None);
        };
        let seqs = detail.history.iter();
        let entries = Entries {
            seqs: seqs.filter_map(|step| step.seq.map(|seq| seq.0)).collect(),
            is_open: !scope.role().is_masked(),
            call: None,
        };
        self.bundle_of(scope, entries).await.map(Some)
    }

    /// A message's entry and those of everything that became known of it, as [`Storage::proof_bundle`]. Without content
    /// where the message's is hidden from the role; with it, that somebody looked at it is on record.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn message_proof_bundle(
        &self,
        scope: &Scope,
        id: MessageId,
    ) -> Result<Option<ProofBundle>, Error> {
        if !may_prove(scope) {
            return Ok(None);
        }
        let Some(detail) = self.open_message(scope, id).await? else {
            return Ok(None);
        };
        let mut seqs: Vec<i64> = detail.row.seq.iter().map(|seq| seq.0).collect();
        let text = "SELECT l.seq FROM ledger l JOIN message m ON m.order_key = l.order_key \
                    WHERE m.id = ? AND m.store_id = ? AND l.kind = 'message_fact' ORDER BY l.seq";
        let values = values![id.0.as_bytes().to_vec(), scope.store_id().0];
        let facts = sql(self.readers().get_database_backend(), text, values)
            .rows(self.readers())
            .await?;
        for fact in facts {
            seqs.push(fact.try_get_by_index(0)?);
        }
        let entries = Entries {
            seqs,
            is_open: !detail.is_masked && !detail.row.is_hidden,
            call: None,
        };
        self.bundle_of(scope, entries).await.map(Some)
    }

    /// The entry of a security event, as [`Storage::proof_bundle`].
    ///
    /// # Errors
    /// Forbidden without [`Permission::ReadSecurity`], or the database fails.
    pub async fn security_proof_bundle(
        &self,
        scope: &Scope,
        id: Uuid,
    ) -> Result<Option<ProofBundle>, Error> {
        scope.require(Permission::ReadSecurity)?;
        let text = "SELECT l.seq FROM ledger l JOIN security_event e ON e.order_key = l.order_key AND e.seq = l.seq \
                    WHERE l.record_id = ? AND l.kind = 'security' AND e.store_id = ?";
        let Some(found) = self.entry_to_prove(scope, text, id).await? else {
            return Ok(None);
        };
        let entry = Entries::one(scope, found.try_get_by_index(0)?, None);
        self.bundle_of(scope, entry).await.map(Some)
    }

    /// The entry that lists the digest of a call, with the call itself, as [`Storage::proof_bundle`].
    ///
    /// # Errors
    /// Forbidden without [`Permission::ReadRequests`], or the database fails.
    pub async fn request_proof_bundle(
        &self,
        scope: &Scope,
        id: Uuid,
    ) -> Result<Option<ProofBundle>, Error> {
        scope.require(Permission::ReadRequests)?;
        let text = "SELECT seq, body FROM request_entry WHERE id = ? AND store_id = ?";
        let Some(found) = self.entry_to_prove(scope, text, id).await? else {
            return Ok(None);
        };
        let call = Some(found.try_get_by_index(1)?);
        let entry = Entries::one(scope, found.try_get_by_index(0)?, call);
        self.bundle_of(scope, entry).await.map(Some)
    }

    /// Any entry of the scope's store by its number, as [`Storage::proof_bundle`]: also of what no drawer leads to, such
    /// as an order, a customer, an item of a bulk operation or an erasure.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entry_proof_bundle(
        &self,
        scope: &Scope,
        seq: Seq,
    ) -> Result<Option<ProofBundle>, Error> {
        if !may_prove(scope) {
            return Ok(None);
        }
        let text = "SELECT kind FROM ledger WHERE seq = ? AND store_id = ?";
        let values = values![seq.0, scope.store_id().0];
        let found = sql(self.readers().get_database_backend(), text, values)
            .row(self.readers())
            .await?;
        let Some(found) = found else {
            return Ok(None);
        };
        let kind: String = found.try_get_by_index(0)?;
        let entry = Entries {
            is_open: shows(scope, &kind),
            ..Entries::one(scope, seq.0, None)
        };
        self.bundle_of(scope, entry).await.map(Some)
    }

    /// What `text` finds by an id in the scope's store. None too where the role gets no proofs.
    async fn entry_to_prove(
        &self,
        scope: &Scope,
        text: &str,
        id: Uuid,
    ) -> Result<Option<QueryResult>, Error> {
        if !may_prove(scope) {
            return Ok(None);
        }
        let values = values![id.as_bytes().to_vec(), scope.store_id().0];
        sql(self.readers().get_database_backend(), text, values)
            .row(self.readers())
            .await
    }

    async fn bundle_of(&self, scope: &Scope, entries: Entries) -> Result<ProofBundle, Error> {
        let last = entries.seqs.iter().copied().max().unwrap_or(0);
        let checkpoint = self
            .list_checkpoints(scope, 1)
            .await?
            .into_iter()
            .find(|c| c.size.cast_signed() >= last);
        let (size, root) = match &checkpoint {
            Some(checkpoint) => (checkpoint.size, checkpoint.root),
            None => self.ledger_head().await?,
        };
        let mut proven = Vec::with_capacity(entries.seqs.len());
        for seq in &entries.seqs {
            proven.extend(self.proven(scope, &entries, Seq(*seq), size, root).await?);
        }
        Ok(ProofBundle {
            version: ProofBundle::VERSION.to_owned(),
            checkpoint: checkpoint.map(|checkpoint| checkpoint.text),
            entries: proven,
        })
    }

    async fn proven(
        &self,
        scope: &Scope,
        entries: &Entries,
        seq: Seq,
        size: u64,
        root: Hash,
    ) -> Result<Option<ProvenEntry>, Error> {
        let Some(proof) = self.proof_in(scope, seq, size, root).await? else {
            return Ok(None);
        };
        let text = "SELECT salt, body FROM payload WHERE seq = ?";
        let payload = sql(self.readers().get_database_backend(), text, values![seq.0])
            .row(self.readers())
            .await?;
        let (salt, payload) = match payload {
            Some(row) if entries.is_open => (
                Some(crate::session::hex(&row.try_get_by_index::<Vec<u8>>(0)?)),
                Some(row.try_get_by_index::<String>(1)?),
            ),
            _ => (None, None),
        };
        Ok(Some(ProvenEntry {
            entry: proof.entry,
            call: entries.call.clone().filter(|_| payload.is_some()),
            salt,
            payload,
            proof: proof.inclusion,
        }))
    }
}
