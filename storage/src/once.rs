//! Calls that are done once although they are more than one transaction: the idempotency key is reserved before anything
//! is done, and the answer is kept after it.
//!
//! Such a key stands in the same table as those of the [`crate::record::Recorder`], with an empty answer until there is one.

use crate::record::{Effect, key_conflict};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::Code;

/// What a kept answer begins with, so that it is told from those that the recorder keeps.
const MARK: &[u8] = b"once ";

/// The answer to a call, as it is given and kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallAnswer {
    /// The HTTP status.
    pub status: u16,
    /// Where what was made is, if anything was.
    pub location: Option<String>,
    /// The body's bytes.
    pub body: Vec<u8>,
}

/// How it stands with the idempotency key of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reserved {
    /// It is this call's from now on: the call is to be done.
    New,
    /// The same call was made before, and answered so.
    Answered(CallAnswer),
    /// The same call was begun before and has no answer: it is being done, or broke off.
    Unanswered,
}

impl Storage {
    /// Reserves an idempotency key for a call. Whoever gets it does the call and then says how it ended, by
    /// [`Storage::keep_answer`] or [`Storage::release_key`].
    ///
    /// # Errors
    /// `idempotency_conflict` when the key was used for another call, or a fault.
    pub async fn reserve_key(
        &self,
        scope: &Scope,
        key: &str,
        request_digest: [u8; 32],
    ) -> Result<Reserved, Error> {
        if let Some(known) = self.key_state(scope, key, request_digest).await? {
            return Ok(known);
        }
        let reserve = Effect::one(
            "INSERT INTO idempotency (principal, key, request_digest, answer, created_at) VALUES (?, ?, ?, ?, ?) \
             ON CONFLICT (principal, key) DO NOTHING",
            values![
                scope.principal_key().principal,
                key,
                request_digest.to_vec(),
                Vec::<u8>::new(),
                self.ambient().clock.now().timestamp_micros(),
            ],
            "another call took this idempotency key at the same moment",
        );
        match self.recorder().apply(vec![reserve]).await {
            Ok(()) => Ok(Reserved::New),
            Err(Error::Problem(problem)) if problem.code == Code::Conflict => {
                let known = self.key_state(scope, key, request_digest).await?;
                // Refused and released again in between: as if it were still being done.
                Ok(known.unwrap_or(Reserved::Unanswered))
            }
            Err(error) => Err(error),
        }
    }

    /// Keeps the answer of a call whose key was reserved: from now on the same call is answered with it.
    ///
    /// # Errors
    /// A fault.
    pub async fn keep_answer(
        &self,
        scope: &Scope,
        key: &str,
        answer: &CallAnswer,
    ) -> Result<(), Error> {
        let keep = Effect::statement(
            "UPDATE idempotency SET answer = ? WHERE principal = ? AND key = ? AND LENGTH(answer) = 0",
            values![answer.kept(), scope.principal_key().principal, key],
        );
        self.recorder().apply(vec![keep]).await
    }

    /// Gives back the key of a call that was refused, and did nothing.
    ///
    /// # Errors
    /// A fault.
    pub async fn release_key(&self, scope: &Scope, key: &str) -> Result<(), Error> {
        let release = Effect::statement(
            "DELETE FROM idempotency WHERE principal = ? AND key = ? AND LENGTH(answer) = 0",
            values![scope.principal_key().principal, key],
        );
        self.recorder().apply(vec![release]).await
    }

    /// Forgets every kept answer, for they may tell of what was erased. The keys stay used: nothing is done a second time.
    pub(crate) async fn forget_answers(&self) -> Result<(), Error> {
        let text = "SELECT principal, key FROM idempotency WHERE SUBSTR(answer, 1, 5) = ? \
                    AND (principal > ? OR (principal = ? AND key > ?)) ORDER BY principal, key LIMIT 500";
        let mut after = (String::new(), String::new());
        loop {
            let values = values![MARK.to_vec(), after.0.clone(), after.0, after.1];
            let rows = sql(self.readers().get_database_backend(), text, values)
                .rows(self.readers())
                .await?;
            let mut effects = Vec::with_capacity(rows.len());
            let mut last = None;
            for row in &rows {
                let (principal, key): (String, String) =
                    (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
                effects.push(Effect::statement(
                    "UPDATE idempotency SET answer = ? WHERE principal = ? AND key = ?",
                    values![Vec::<u8>::new(), principal.clone(), key.clone()],
                ));
                last = Some((principal, key));
            }
            let Some(last) = last else { return Ok(()) };
            self.recorder().apply(effects).await?;
            after = last;
        }
    }

    /// How it stands with a key; none when it is free.
    async fn key_state(
        &self,
        scope: &Scope,
        key: &str,
        request_digest: [u8; 32],
    ) -> Result<Option<Reserved>, Error> {
        let text = "SELECT request_digest, answer FROM idempotency WHERE principal = ? AND key = ?";
        let values = values![scope.principal_key().principal, key];
        let row = sql(self.readers().get_database_backend(), text, values)
            .row(self.readers())
            .await?;
        let Some(row) = row else { return Ok(None) };
        let digest: Vec<u8> = row.try_get_by_index(0)?;
        if digest != request_digest {
            return Err(key_conflict().into());
        }
        let kept: Vec<u8> = row.try_get_by_index(1)?;
        Ok(Some(if kept.is_empty() {
            Reserved::Unanswered
        } else {
            Reserved::Answered(CallAnswer::of(&kept)?)
        }))
    }
}

impl CallAnswer {
    /// The mark, the status and the place in one line, then the body.
    fn kept(&self) -> Vec<u8> {
        let place = self.location.as_deref().unwrap_or_default();
        let mut kept = MARK.to_vec();
        kept.extend(format!("{} {place}\n", self.status).into_bytes());
        kept.extend(&self.body);
        kept
    }

    fn of(kept: &[u8]) -> Result<Self, Error> {
        let read = || {
            let rest = kept.strip_prefix(MARK)?;
            let end = rest.iter().position(|byte| *byte == b'\n')?;
            let (status, place) = std::str::from_utf8(&rest[..end]).ok()?.split_once(' ')?;
            Some(Self {
                status: status.parse().ok()?,
                location: (!place.is_empty()).then(|| place.to_owned()),
                body: rest[end + 1..].to_vec(),
            })
        };
        read().ok_or_else(|| Error::Damaged {
            what: "answer",
            detail: format!("{} bytes without status and place", kept.len()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_as_it_was_kept() {
        for (location, body) in [
            (None, b"{}".to_vec()),
            (
                Some("/api/v1/operations/a b".to_owned()),
                b"{\n\"a\": 1}".to_vec(),
            ),
            (None, Vec::new()),
        ] {
            let answer = CallAnswer {
                status: 201,
                location,
                body,
            };
            assert_eq!(CallAnswer::of(&answer.kept()).unwrap(), answer);
        }
        for damaged in ["{\"seq\":1}", "once 200", "once x \n", "once"] {
            assert!(CallAnswer::of(damaged.as_bytes()).is_err(), "{damaged}");
        }
    }
}
