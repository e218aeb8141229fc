//! From a right password to a session: with a second factor there is a step between.

use super::{Attempt, person};
use crate::passkey::PasskeyUse;
use crate::record::Effect;
use crate::second_factor::{code_hash, use_step};
use crate::session::{hash, hex};
use crate::sql::{sql, values};
use crate::{Error, Storage};
use domain::security::{SecurityEvent, SecurityEventName, SecurityOutcome};
use domain::view::Factors;
use domain::{Code, Problem, StoreId, UserId};
use sea_orm::FromQueryResult;

/// How long a step waits for a code.
const STEP_MICROS: i64 = 10 * 60 * 1_000_000;
/// How many codes may be tried in one step.
const STEP_TRIES: i64 = 5;

/// What follows a right password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// A session.
    SignedIn {
        /// For the session's cookie.
        token: String,
        /// For the device's cookie, which is kept for a year.
        device: String,
    },
    /// A second factor is due.
    NeedsCode {
        /// For a cookie of ten minutes.
        step: String,
        /// What the person can give.
        factors: Factors,
    },
}

/// What became of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeOutcome {
    /// It was right: a session.
    SignedIn {
        /// For the session's cookie.
        token: String,
        /// For the device's cookie, which is kept for a year.
        device: String,
    },
    /// It was wrong.
    Wrong {
        /// How many more may be tried.
        tries_left: u8,
    },
    /// It was right once, and is used up.
    Used,
    /// There is no such step any more: unknown, over, or tried too often. Begin anew.
    Over,
}

/// A step that waits for a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingSignIn {
    /// Who gave the right password.
    pub user_id: UserId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// What they can give.
    pub factors: Factors,
    /// How many codes may be tried.
    pub tries_left: u8,
}

#[derive(FromQueryResult)]
struct Columns {
    user_id: Vec<u8>,
    name: String,
    email: String,
    tries: i64,
}

impl Storage {
    /// A right password was given: a session, or the step to the second factor.
    ///
    /// # Errors
    /// Forbidden when no store is open to them.
    pub async fn sign_in_with_password(
        &self,
        attempt: &Attempt,
        user: UserId,
    ) -> Result<Next, Error> {
        let factors = self.factors_of(user).await?;
        if !factors.is_any() {
            let (token, device) = self.finish(attempt, user, "password", false).await?;
            return Ok(Next::SignedIn { token, device });
        }
        if self.stores_of(user).await?.is_empty() {
            return Err(Problem::new(
                Code::Forbidden,
                "you have no role in any store; an admin can give you one",
            )
            .into());
        }
        let step = hex(&self.ambient().entropy.bytes::<32>());
        let now = self.ambient().clock.now().timestamp_micros();
        let effects = vec![
            Effect::statement(
                "DELETE FROM sign_in_step WHERE created_at < ?",
                values![now - STEP_MICROS],
            ),
            Effect::statement(
                "INSERT INTO sign_in_step (token_hash, user_id, created_at) VALUES (?, ?, ?)",
                values![hash(&step).to_vec(), user.0.as_bytes().to_vec(), now],
            ),
        ];
        self.recorder().apply(effects).await?;
        Ok(Next::NeedsCode { step, factors })
    }

    /// The step of a token, while it waits.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn pending_sign_in(&self, step: &str) -> Result<Option<PendingSignIn>, Error> {
        let oldest = self.ambient().clock.now().timestamp_micros() - STEP_MICROS;
        let text = "SELECT s.user_id, u.name, u.email, s.tries FROM sign_in_step s JOIN user_account u ON u.id = s.user_id \
                    WHERE s.token_hash = ? AND s.created_at > ? AND s.tries < ?";
        let values = values![hash(step).to_vec(), oldest, STEP_TRIES];
        let found = sql(self.readers().get_database_backend(), text, values)
            .one::<Columns>(self.readers())
            .await?;
        let Some(c) = found else { return Ok(None) };
        let user_id = UserId(crate::log::uuid_of(&c.user_id)?);
        Ok(Some(PendingSignIn {
            user_id,
            factors: self.factors_of(user_id).await?,
            name: c.name,
            email: c.email,
            tries_left: u8::try_from(STEP_TRIES - c.tries).unwrap_or(0),
        }))
    }

    /// A code of the authenticator app was given. `time_step`: the step of 30 seconds since 1970 that it is right
    /// for (RFC 6238), none when it is right for none; each is accepted once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_in_with_totp(
        &self,
        step: &str,
        time_step: Option<i64>,
        attempt: &Attempt,
    ) -> Result<CodeOutcome, Error> {
        let Some(pending) = self.take_try(step).await? else {
            return Ok(CodeOutcome::Over);
        };
        let Some(time_step) = time_step else {
            return self.wrong(&pending, attempt, "wrong_code").await;
        };
        let effects = vec![use_step(pending.user_id, time_step), end_step(step)];
        let passed = self.passed(attempt, &pending, SecurityEventName::FactorPassed, "totp");
        match self
            .finish_with(
                attempt,
                pending.user_id,
                "password",
                true,
                vec![passed],
                effects,
            )
            .await
        {
            Ok((token, device)) => Ok(CodeOutcome::SignedIn { token, device }),
            Err(Error::Problem(problem)) if problem.code == Code::Conflict => {
                self.wrong(&pending, attempt, "used_code").await?;
                Ok(CodeOutcome::Used)
            }
            Err(error) => Err(error),
        }
    }

    /// A recovery code was given; each works once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_in_with_recovery_code(
        &self,
        step: &str,
        code: &str,
        attempt: &Attempt,
    ) -> Result<CodeOutcome, Error> {
        let Some(pending) = self.take_try(step).await? else {
            return Ok(CodeOutcome::Over);
        };
        let user = pending.user_id.0.as_bytes().to_vec();
        let text = "SELECT used_at FROM recovery_code WHERE user_id = ? AND code_hash = ?";
        let values = values![user.clone(), code_hash(code).to_vec()];
        let found = sql(self.readers().get_database_backend(), text, values)
            .row(self.readers())
            .await?;
        let Some(row) = found else {
            return self.wrong(&pending, attempt, "wrong_recovery_code").await;
        };
        if row.try_get_by_index::<Option<i64>>(0)?.is_some() {
            self.wrong(&pending, attempt, "used_recovery_code").await?;
            return Ok(CodeOutcome::Used);
        }
        let now = self.ambient().clock.now().timestamp_micros();
        let effects = vec![
            crate::account::changing(
                "UPDATE recovery_code SET used_at = ? WHERE user_id = ? AND code_hash = ? AND used_at IS NULL",
                values![now, user, code_hash(code).to_vec()],
            ),
            end_step(step),
        ];
        let mut passed = self.passed(
            attempt,
            &pending,
            SecurityEventName::RecoveryUsed,
            "recovery_code",
        );
        passed.details = Some(serde_json::json!({
            "left": pending.factors.recovery_codes.saturating_sub(1)
        }));
        match self
            .finish_with(
                attempt,
                pending.user_id,
                "password",
                true,
                vec![passed],
                effects,
            )
            .await
        {
            Ok((token, device)) => Ok(CodeOutcome::SignedIn { token, device }),
            Err(Error::Problem(problem)) if problem.code == Code::Conflict => Ok(CodeOutcome::Used),
            Err(error) => Err(error),
        }
    }

    /// A passkey was given in a step, checked by the caller: none when it was wrong or another person's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_in_with_passkey_in_step(
        &self,
        step: &str,
        used: Option<PasskeyUse>,
        attempt: &Attempt,
    ) -> Result<CodeOutcome, Error> {
        let Some(pending) = self.take_try(step).await? else {
            return Ok(CodeOutcome::Over);
        };
        let Some(used) = used.filter(|used| used.passkey.user_id == pending.user_id) else {
            return self.wrong(&pending, attempt, "wrong_passkey").await;
        };
        let mut effects = self.use_passkey(used);
        effects.push(end_step(step));
        let passed = self.passed(
            attempt,
            &pending,
            SecurityEventName::FactorPassed,
            "passkey",
        );
        let signed_in = self.finish_with(
            attempt,
            pending.user_id,
            "password",
            true,
            vec![passed],
            effects,
        );
        match signed_in.await {
            Ok((token, device)) => Ok(CodeOutcome::SignedIn { token, device }),
            Err(Error::Problem(problem)) if problem.code == Code::Conflict => Ok(CodeOutcome::Used),
            Err(error) => Err(error),
        }
    }

    /// Gives a step up: the person goes back to the beginning.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_sign_in_step(&self, step: &str) -> Result<(), Error> {
        self.recorder().apply(vec![end_step(step)]).await
    }

    /// Uses one try of a step up, before the code is looked at; none when there is no such step.
    async fn take_try(&self, step: &str) -> Result<Option<PendingSignIn>, Error> {
        let Some(pending) = self.pending_sign_in(step).await? else {
            return Ok(None);
        };
        let take = crate::account::changing(
            "UPDATE sign_in_step SET tries = tries + 1 WHERE token_hash = ? AND tries < ?",
            values![hash(step).to_vec(), STEP_TRIES],
        );
        match self.recorder().apply(vec![take]).await {
            Ok(()) => Ok(Some(pending)),
            Err(Error::Problem(problem)) if problem.code == Code::Conflict => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Records a wrong code, and counts it like a wrong password: a step more would be a way around the gate.
    async fn wrong(
        &self,
        pending: &PendingSignIn,
        attempt: &Attempt,
        reason: &str,
    ) -> Result<CodeOutcome, Error> {
        let attempt = Attempt {
            email: pending.email.clone(),
            ..attempt.clone()
        };
        let mut event = self.attempt_event(
            &attempt,
            SecurityEventName::FactorFailed,
            SecurityOutcome::Failed,
            reason,
        );
        event.actor = person(pending.user_id, &pending.name, &pending.email);
        let mut events = vec![event];
        let counted = self.count_failure(&attempt).await?;
        events.extend(self.locked_event(&attempt, counted.details));
        let store = self.store_of_person(pending.user_id).await?;
        self.write_events(store, &attempt, events, counted.effects)
            .await?;
        Ok(CodeOutcome::Wrong {
            tries_left: pending.tries_left.saturating_sub(1),
        })
    }

    fn passed(
        &self,
        attempt: &Attempt,
        pending: &PendingSignIn,
        name: SecurityEventName,
        reason: &str,
    ) -> SecurityEvent {
        let mut event = self.attempt_event(attempt, name, SecurityOutcome::Success, reason);
        event.account = Some(pending.email.clone());
        event.actor = person(pending.user_id, &pending.name, &pending.email);
        event
    }

    async fn finish(
        &self,
        attempt: &Attempt,
        user: UserId,
        how: &str,
        has_second_factor: bool,
    ) -> Result<(String, String), Error> {
        self.finish_with(
            attempt,
            user,
            how,
            has_second_factor,
            Vec::new(),
            Vec::new(),
        )
        .await
    }

    /// Starts the session, learns address and device, forgets failures, and records `sign_in.succeeded`.
    pub(crate) async fn finish_with(
        &self,
        attempt: &Attempt,
        user: UserId,
        how: &str,
        has_second_factor: bool,
        mut events: Vec<SecurityEvent>,
        mut effects: Vec<Effect>,
    ) -> Result<(String, String), Error> {
        let (store, token, started) = self
            .new_session(user, &attempt.caller, has_second_factor)
            .await?;
        effects.extend(started);
        let (name, email) = self.name_of(user).await?;
        let attempt = Attempt {
            email: email.clone(),
            ..attempt.clone()
        };
        effects.push(Self::forget_failures(&attempt));
        let mut event = self.attempt_event(
            &attempt,
            SecurityEventName::SignedIn,
            SecurityOutcome::Success,
            how,
        );
        event.actor = person(user, &name, &email);
        let who = format!("user:{user}");
        if let (Some(origin), Some(label)) = (attempt.network_key(), attempt.caller.network()) {
            event.is_new_address = self.learn(&who, &origin, &label, &mut effects).await?;
        }
        // A cookie that nobody here gave out is not taken over: it could be a guess or somebody else's.
        let known = match attempt.device_key() {
            Some(key) if !self.is_new_origin(&who, &key).await? => attempt.device.clone(),
            _ => None,
        };
        event.is_new_device = known.is_none();
        let device = known.unwrap_or_else(|| hex(&self.ambient().entropy.bytes::<32>()));
        let label = attempt.caller.device().unwrap_or_default();
        let key = format!("device:{}", hex(&hash(&device)));
        self.learn(&who, &key, &label, &mut effects).await?;
        events.push(event);
        self.write_events(Some(StoreId(store.id.0)), &attempt, events, effects)
            .await?;
        Ok((token, device))
    }

    /// A person's address.
    ///
    /// # Errors
    /// Not found.
    pub async fn email_of(&self, user: UserId) -> Result<String, Error> {
        Ok(self.name_of(user).await?.1)
    }

    /// A person's name and address.
    pub(crate) async fn name_of(&self, user: UserId) -> Result<(String, String), Error> {
        let text = "SELECT name, email FROM user_account WHERE id = ?";
        let values = values![user.0.as_bytes().to_vec()];
        let row = sql(self.readers().get_database_backend(), text, values)
            .row(self.readers())
            .await?
            .ok_or_else(|| Problem::not_found("user"))?;
        Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))
    }

    async fn is_new_origin(&self, who: &str, origin: &str) -> Result<bool, Error> {
        let text = "SELECT 1 FROM known_origin WHERE who = ? AND origin = ?";
        let found = sql(
            self.readers().get_database_backend(),
            text,
            values![who, origin],
        );
        Ok(found.row(self.readers()).await?.is_none())
    }

    /// Notes where somebody came from; whether they never did before.
    pub(crate) async fn learn(
        &self,
        who: &str,
        origin: &str,
        label: &str,
        effects: &mut Vec<Effect>,
    ) -> Result<bool, Error> {
        let now = self.ambient().clock.now().timestamp_micros();
        effects.push(Effect::statement(
            "INSERT INTO known_origin (who, origin, label, first_at, last_at, times) VALUES (?, ?, ?, ?, ?, 1) \
             ON CONFLICT (who, origin) DO UPDATE SET label = excluded.label, last_at = excluded.last_at, \
             times = known_origin.times + 1",
            values![who, origin, label, now, now],
        ));
        self.is_new_origin(who, origin).await
    }
}

fn end_step(step: &str) -> Effect {
    Effect::statement(
        "DELETE FROM sign_in_step WHERE token_hash = ?",
        values![hash(step).to_vec()],
    )
}
