//! What a record does to state, in its own transaction.

use crate::Error;
use sea_orm::DatabaseTransaction;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

type Applied<'t> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 't>>;

/// A change of state that is applied in the transaction of the records it belongs to. It may be applied
/// more than once when a shared transaction has to be undone, and only the last time counts.
#[derive(Clone)]
pub(crate) struct Effect(Arc<dyn for<'t> Fn(&'t DatabaseTransaction) -> Applied<'t> + Send + Sync>);

impl Effect {
    pub(crate) fn new(
        apply: impl for<'t> Fn(&'t DatabaseTransaction) -> Applied<'t> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(apply))
    }

    /// One statement, `?` for each value.
    pub(crate) fn statement(text: &'static str, values: Vec<sea_orm::Value>) -> Self {
        use sea_orm::ConnectionTrait as _;
        Self::new(move |transaction| {
            let statement =
                crate::sql::sql(transaction.get_database_backend(), text, values.clone());
            Box::pin(async move { statement.execute(transaction).await.map(drop) })
        })
    }

    /// A statement that must change exactly one row; if it changes none, nothing of the call is written.
    pub(crate) fn one(
        text: &'static str,
        values: Vec<sea_orm::Value>,
        otherwise: &'static str,
    ) -> Self {
        use sea_orm::ConnectionTrait as _;
        Self::new(move |transaction| {
            let statement =
                crate::sql::sql(transaction.get_database_backend(), text, values.clone());
            Box::pin(async move {
                match statement.execute(transaction).await? {
                    0 => Err(domain::Problem::new(domain::Code::Conflict, otherwise).into()),
                    _ => Ok(()),
                }
            })
        })
    }

    pub(crate) async fn apply(&self, transaction: &DatabaseTransaction) -> Result<(), Error> {
        (self.0)(transaction).await
    }
}
