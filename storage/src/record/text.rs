//! The folded text of activities, in its table and in its index.

use crate::Error;
use crate::sql::{insert_many, sql, values};
use domain::OrderKey;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, Value};

/// Writes texts: key, open and personal part of each.
pub(crate) async fn insert(
    transaction: &DatabaseTransaction,
    texts: Vec<Value>,
) -> Result<(), Error> {
    let head = "INSERT INTO activity_text (order_key, open, personal)";
    insert_many(transaction, head, "", 3, texts.clone()).await?;
    if transaction.get_database_backend() == DbBackend::Sqlite {
        let head = "INSERT INTO activity_fts (rowid, open, personal)";
        insert_many(transaction, head, "", 3, texts).await?;
    }
    Ok(())
}

/// Takes an activity's text out of table and index.
pub(crate) async fn remove(
    transaction: &DatabaseTransaction,
    order_key: OrderKey,
) -> Result<(), Error> {
    let backend = transaction.get_database_backend();
    if backend == DbBackend::Sqlite {
        // An index over an external table must be told what it is to forget.
        sql(
            backend,
            "INSERT INTO activity_fts (activity_fts, rowid, open, personal) \
             SELECT 'delete', order_key, open, personal FROM activity_text WHERE order_key = ?",
            values![order_key.0],
        )
        .execute(transaction)
        .await?;
    }
    sql(
        backend,
        "DELETE FROM activity_text WHERE order_key = ?",
        values![order_key.0],
    )
    .execute(transaction)
    .await
    .map(drop)
}
