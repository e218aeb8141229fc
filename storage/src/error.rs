//! What can go wrong in storage, and the one mapping to what a person is told.

use domain::{Code, Problem};
use sea_orm::{ConnAcquireErr, DbErr};

/// An error of storage.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller's fault, in words for the caller.
    #[error("{0}")]
    Problem(#[from] Problem),
    /// The database's fault.
    #[error("database: {0}")]
    Database(#[from] DbErr),
    /// What is stored doesn't have the form it was written in.
    #[error("stored {what} is damaged: {detail}")]
    Damaged {
        /// Which part.
        what: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// The writer has stopped; the process must be restarted.
    #[error("the writer has stopped")]
    WriterStopped,
    /// The address of the database or its setting is not usable.
    #[error("{0}")]
    Configuration(String),
}

impl Error {
    /// Whether it is only that the connections were closed, which nothing but [`crate::Storage::close`] does.
    pub(crate) const fn is_closed(&self) -> bool {
        matches!(
            self,
            Self::Database(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))
        )
    }

    /// What was read of a row with a ledger number. What is damaged is none, told in the log: waited for, it would hold up
    /// everything after it. Any other error is one.
    pub(crate) fn passed_over<T>(read: Result<T, Self>, seq: i64) -> Result<Option<T>, Self> {
        match read {
            Ok(read) => Ok(Some(read)),
            Err(error @ Self::Damaged { .. }) => {
                tracing::error!(%error, seq, "a record can't be read; it is passed over");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// What the caller is told. A fault of ours becomes `internal` with the reference under which the
    /// caller of this function logs it.
    pub fn to_problem(&self, reference: &str) -> Problem {
        match self {
            Self::Problem(problem) => problem.clone(),
            Self::WriterStopped => Problem {
                reference: Some(reference.to_owned()),
                ..Problem::new(
                    Code::Unavailable,
                    "nothing can be written at the moment; nothing was stored; try again in a minute",
                )
            },
            Self::Database(_) | Self::Damaged { .. } | Self::Configuration(_) => Problem {
                reference: Some(reference.to_owned()),
                ..Problem::new(
                    Code::Internal,
                    format!("something failed on our side; it is logged under {reference}"),
                )
            },
        }
    }
}
