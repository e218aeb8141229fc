//! Taking exact words away from what is erased.

use crate::Error;
use crate::record::posting_hash;
use crate::sql::{insert_many, values};
use domain::{OrderKey, StoreId, Term};
use sea_orm::DatabaseTransaction;
use std::collections::BTreeMap;

/// Where a log's words stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tables {
    /// What stands under each word.
    postings: &'static str,
    /// The words as they are written.
    words: &'static str,
}

pub(super) const ACTIVITIES: Tables = Tables {
    postings: "posting",
    words: "term",
};
pub(super) const MESSAGES: Tables = Tables {
    postings: "message_posting",
    words: "message_term",
};

/// Takes words away from entries, and forgets those under which nothing stands any more. In as few statements as can be: an entry has
/// dozens of words, and who writes waits meanwhile.
pub(super) async fn remove(
    transaction: &DatabaseTransaction,
    store: StoreId,
    tables: Tables,
    gone: Vec<(OrderKey, &Term)>,
) -> Result<(), Error> {
    let Tables { postings, words } = tables;
    let mut hashes = BTreeMap::new();
    let mut pairs = Vec::new();
    for (key, term) in gone {
        let hash = *hashes
            .entry((term.text.as_str(), term.is_personal))
            .or_insert_with(|| posting_hash(store, &term.text, term.is_personal));
        pairs.extend(values![hash, key.0]);
    }
    // Deletes by rows, in the form of an insert of few statement texts.
    let head = format!("DELETE FROM {postings} WHERE (term, order_key) IN (");
    insert_many(transaction, &head, ")", 2, pairs).await?;
    let rows = hashes
        .into_iter()
        .flat_map(|((text, is_personal), hash)| values![store.0, text, is_personal, hash])
        .collect();
    let head = format!(
        "DELETE FROM {words} WHERE (store_id, text, is_personal) IN (SELECT v.column1, v.column2, v.column3 FROM ("
    );
    let tail =
        format!(") AS v WHERE NOT EXISTS (SELECT 1 FROM {postings} p WHERE p.term = v.column4))");
    insert_many(transaction, &head, &tail, 4, rows).await
}
