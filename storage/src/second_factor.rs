//! Authenticator apps and recovery codes. The secret comes sealed by the server's key file and is never opened
//! here; of recovery codes only hashes are kept.

use crate::log::zone;
use crate::record::{Effect, Record};
use crate::session::hash;
use crate::session_list::sessions_ended;
use crate::sql::{sql, values};
use crate::{Caller, Error, Scope, Session, Storage};
use domain::security::{SecurityEventName, SecurityOutcome};
use domain::view::{AccountView, Factors};
use domain::{Code, Problem, UserId};

/// How many recovery codes there are.
const RECOVERY_CODES: usize = 10;
/// What they are written with: no letter that is taken for another (Crockford's base 32).
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// An authenticator app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totp {
    /// The secret, sealed.
    pub sealed_secret: Vec<u8>,
    /// Whether a first code confirmed it; until then it is asked for nowhere.
    pub is_confirmed: bool,
}

impl Storage {
    /// What a person can prove themselves by, besides the password.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn factors_of(&self, user: UserId) -> Result<Factors, Error> {
        let id = user.0.as_bytes().to_vec();
        let text = "SELECT EXISTS (SELECT 1 FROM totp WHERE user_id = ? AND confirmed_at IS NOT NULL), \
                    (SELECT COUNT(*) FROM recovery_code WHERE user_id = ? AND used_at IS NULL), \
                    (SELECT COUNT(*) FROM passkey WHERE user_id = ?)";
        let values = values![id.clone(), id.clone(), id];
        let Some(row) = sql(self.readers().get_database_backend(), text, values)
            .row(self.readers())
            .await?
        else {
            return Ok(Factors::default());
        };
        let count = |at: usize| -> Result<u32, Error> {
            Ok(u32::try_from(row.try_get_by_index::<i64>(at)?).unwrap_or(u32::MAX))
        };
        Ok(Factors {
            totp: row.try_get_by_index(0)?,
            recovery_codes: count(1)?,
            passkeys: count(2)?,
        })
    }

    /// A person's authenticator app, confirmed or not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn totp_of(&self, user: UserId) -> Result<Option<Totp>, Error> {
        let text = "SELECT sealed_secret, confirmed_at FROM totp WHERE user_id = ?";
        let values = values![user.0.as_bytes().to_vec()];
        let row = sql(self.readers().get_database_backend(), text, values)
            .row(self.readers())
            .await?;
        row.map(|row| {
            Ok(Totp {
                sealed_secret: row.try_get_by_index(0)?,
                is_confirmed: row.try_get_by_index::<Option<i64>>(1)?.is_some(),
            })
        })
        .transpose()
    }

    /// Keeps the secret of an app to be; it counts once its first code was given.
    ///
    /// # Errors
    /// Conflict when there is a confirmed one: it is taken away first.
    pub async fn begin_totp(&self, user: UserId, sealed_secret: Vec<u8>) -> Result<(), Error> {
        let effect = crate::account::changing(
            "INSERT INTO totp (user_id, sealed_secret) VALUES (?, ?) ON CONFLICT (user_id) DO UPDATE \
             SET sealed_secret = excluded.sealed_secret, last_step = 0 WHERE totp.confirmed_at IS NULL",
            values![user.0.as_bytes().to_vec(), sealed_secret],
        );
        match self.recorder().apply(vec![effect]).await {
            Err(Error::Problem(problem)) if problem.code == Code::Conflict => Err(Problem::new(
                Code::Conflict,
                "there is an authenticator app already; take it away first",
            )
            .into()),
            outcome => outcome,
        }
    }

    /// The first code was right for `time_step`: from now on the app is asked for. Returns ten recovery codes,
    /// the only time they are known. Other sessions, which were started without it, end.
    ///
    /// # Errors
    /// Conflict when nothing waits to be confirmed.
    pub async fn confirm_totp(
        &self,
        session: &Session,
        time_step: i64,
        caller: &Caller,
    ) -> Result<Vec<String>, Error> {
        let user = session.user_id.0.as_bytes().to_vec();
        let now = self.ambient().clock.now().timestamp_micros();
        let (codes, made) = self.recovery_codes(session.user_id);
        let mut effects = vec![
            crate::account::changing(
                "UPDATE totp SET confirmed_at = ?, last_step = ? WHERE user_id = ? AND confirmed_at IS NULL",
                values![now, time_step, user.clone()],
            ),
            Effect::statement(
                "UPDATE session SET has_second_factor = ?, proved_at = ? WHERE token_hash = ?",
                values![true, now, session.token_hash.to_vec()],
            ),
            Effect::statement(
                "DELETE FROM session WHERE user_id = ? AND token_hash <> ?",
                values![user, session.token_hash.to_vec()],
            ),
        ];
        effects.extend(made);
        let others = self.count_sessions(session.user_id, None).await?;
        self.write_own(
            session,
            caller,
            SecurityEventName::FactorAdded,
            "totp",
            effects,
            others.saturating_sub(1),
        )
        .await?;
        Ok(codes)
    }

    /// Accepts a code that is right for `time_step` outside of signing in, once: for proving anew.
    ///
    /// # Errors
    /// Conflict when that step or a later one was used.
    pub async fn use_totp_step(&self, user: UserId, time_step: i64) -> Result<(), Error> {
        self.recorder().apply(vec![use_step(user, time_step)]).await
    }

    /// Records a wrong proof that is no guess: by a passkey.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn proof_failed(&self, session: &Session, caller: &Caller) -> Result<(), Error> {
        let scope = Scope::of_session(session).at(caller.clone());
        let event = self.event(
            &scope,
            SecurityEventName::ProofFailed,
            SecurityOutcome::Failed,
        );
        self.write_records(&scope, vec![Record::Security(Box::new(event))], Vec::new())
            .await
    }

    /// Ten new recovery codes in place of the old ones.
    ///
    /// # Errors
    /// Conflict without a second factor.
    pub async fn new_recovery_codes(
        &self,
        session: &Session,
        caller: &Caller,
    ) -> Result<Vec<String>, Error> {
        if !self.factors_of(session.user_id).await?.is_any() {
            return Err(Problem::new(
                Code::Conflict,
                "recovery codes stand in for a second factor; set one up first",
            )
            .into());
        }
        let (codes, effects) = self.recovery_codes(session.user_id);
        self.write_own(
            session,
            caller,
            SecurityEventName::RecoveryMade,
            "",
            effects,
            0,
        )
        .await?;
        Ok(codes)
    }

    /// Takes one's own authenticator app and recovery codes away.
    ///
    /// # Errors
    /// Forbidden while a role asks for a second factor and no passkey is left; not found.
    pub async fn remove_totp(&self, session: &Session, caller: &Caller) -> Result<(), Error> {
        let factors = self.factors_of(session.user_id).await?;
        if factors.passkeys == 0 && self.needs_second_factor(session.user_id).await? {
            return Err(Problem::new(
                Code::Forbidden,
                "your role asks for a second factor; an admin can change that",
            )
            .into());
        }
        if !factors.totp {
            return Err(Problem::not_found("authenticator app").into());
        }
        let user = session.user_id.0.as_bytes().to_vec();
        let mut effects = vec![Effect::statement(
            "DELETE FROM totp WHERE user_id = ?",
            values![user.clone()],
        )];
        if factors.passkeys == 0 {
            effects.push(Effect::statement(
                "DELETE FROM recovery_code WHERE user_id = ?",
                values![user],
            ));
        }
        self.write_own(
            session,
            caller,
            SecurityEventName::FactorRemoved,
            "totp",
            effects,
            0,
        )
        .await
    }

    /// Takes a colleague's second factors away, who lost them, and ends their sessions.
    ///
    /// # Errors
    /// Forbidden by role; not found, when they have none too.
    pub async fn reset_second_factor(&self, scope: &Scope, user: UserId) -> Result<(), Error> {
        let target = self.member(scope, user).await?;
        // Whoever has a role elsewhere too would lose it there: only they and the command line decide that.
        let is_elsewhere = self.is_elsewhere(scope, user).await?;
        if !scope.role().may_assign(target.role) || is_elsewhere {
            return Err(Problem::new(
                Code::Forbidden,
                "only somebody who could give this person's every role takes their second factor away",
            )
            .into());
        }
        if !target.has_second_factor {
            return Err(Problem::new(
                Code::NotFound,
                format!("{} has no second factor; nothing was changed", target.email),
            )
            .into());
        }
        let effects = [
            "DELETE FROM totp WHERE user_id = ?",
            "DELETE FROM passkey WHERE user_id = ?",
            "DELETE FROM recovery_code WHERE user_id = ?",
            "DELETE FROM session WHERE user_id = ?",
            "DELETE FROM sign_in_step WHERE user_id = ?",
        ]
        .into_iter()
        .map(|text| Effect::statement(text, values![user.0.as_bytes().to_vec()]))
        .collect();
        let mut event = self.event(
            scope,
            SecurityEventName::FactorRemoved,
            SecurityOutcome::Success,
        );
        event.reason = Some("by_admin".to_owned());
        event.account = Some(target.email.clone());
        event.subject = Some(crate::account::user_reference(user, &target.name));
        let open = self.count_sessions(user, None).await?;
        let ended = sessions_ended(&event, open, "factor_removed");
        let mut records = vec![Record::Security(Box::new(event))];
        records.extend(ended);
        self.write_records(scope, records, effects).await
    }

    /// One's own account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn account(&self, session: &Session) -> Result<AccountView, Error> {
        let id = session.user_id.0.as_bytes().to_vec();
        let now = self.ambient().clock.now().timestamp_micros();
        let text = "SELECT u.password_changed_at, (SELECT t.confirmed_at FROM totp t WHERE t.user_id = u.id), \
                    (SELECT MAX(l.new_email) FROM account_link l WHERE l.user_id = u.id AND l.purpose = 'new_email' \
                    AND l.expires_at > ?) FROM user_account u WHERE u.id = ?";
        let row = sql(
            self.readers().get_database_backend(),
            text,
            values![now, id],
        )
        .row(self.readers())
        .await?
        .ok_or_else(|| Problem::not_found("user"))?;
        let factors = self.factors_of(session.user_id).await?;
        Ok(AccountView {
            name: session.name.clone(),
            email: session.email.clone(),
            pending_email: row.try_get_by_index(2)?,
            password_changed_at: row.try_get_by_index::<Option<i64>>(0)?.map(zone::time_of),
            totp_since: row.try_get_by_index::<Option<i64>>(1)?.map(zone::time_of),
            recovery_codes_left: factors.recovery_codes,
            passkeys: factors.passkeys,
            must_have_second_factor: self.needs_second_factor(session.user_id).await?,
        })
    }

    /// Whether a role that the person has anywhere asks for a second factor.
    pub(crate) async fn needs_second_factor(&self, user: UserId) -> Result<bool, Error> {
        let text = "SELECT m.role, y.definition FROM membership m JOIN policy y ON y.store_id = m.store_id \
                    JOIN store t ON t.id = m.store_id WHERE m.user_id = ? AND m.is_blocked = ? AND t.removed_at IS NULL";
        let values = values![user.0.as_bytes().to_vec(), false];
        for row in sql(self.readers().get_database_backend(), text, values)
            .rows(self.readers())
            .await?
        {
            let role: String = row.try_get_by_index(0)?;
            let policy = crate::policy::policy_of(Some(&row.try_get_by_index::<String>(1)?))?;
            if policy.second_factor_for.contains(&role) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Ten recovery codes and what keeps their hashes in place of the old ones.
    pub(crate) fn recovery_codes(&self, user: UserId) -> (Vec<String>, Vec<Effect>) {
        let user = user.0.as_bytes().to_vec();
        let codes: Vec<String> = (0..RECOVERY_CODES)
            .map(|_| {
                let bytes = self.ambient().entropy.bytes::<16>();
                let letters: String = bytes
                    .iter()
                    .map(|byte| char::from(LETTERS[usize::from(byte & 31)]))
                    .collect();
                format!("{}-{}", &letters[..8], &letters[8..])
            })
            .collect();
        let mut effects = vec![Effect::statement(
            "DELETE FROM recovery_code WHERE user_id = ?",
            values![user.clone()],
        )];
        effects.extend(codes.iter().map(|code| {
            Effect::statement(
                "INSERT INTO recovery_code (user_id, code_hash) VALUES (?, ?)",
                values![user.clone(), code_hash(code).to_vec()],
            )
        }));
        (codes, effects)
    }

    /// Records what a person did to their own account, with its effects, and that so many of their other sessions ended by it.
    pub(crate) async fn write_own(
        &self,
        session: &Session,
        caller: &Caller,
        name: SecurityEventName,
        reason: &str,
        effects: Vec<Effect>,
        ended: u32,
    ) -> Result<(), Error> {
        let scope = Scope::of_session(session).at(caller.clone());
        let mut event = self.event(&scope, name, SecurityOutcome::Success);
        event.reason = (!reason.is_empty()).then(|| reason.to_owned());
        let ended = sessions_ended(&event, ended, "factor_added");
        let mut records = vec![Record::Security(Box::new(event))];
        records.extend(ended);
        self.write_records(&scope, records, effects).await
    }
}

/// The hash of a recovery code as typed: case, blanks and dashes don't matter, and letters that are taken for
/// digits are read as them. 80 bits of randomness need no slow hash.
pub(crate) fn code_hash(code: &str) -> [u8; 32] {
    let plain: String = code
        .chars()
        .take(100)
        .filter(char::is_ascii_alphanumeric)
        .map(|c| match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            c => c,
        })
        .collect();
    hash(&plain)
}

/// Uses a time step up; fails when it or a later one was used.
pub(crate) fn use_step(user: UserId, time_step: i64) -> Effect {
    crate::account::changing(
        "UPDATE totp SET last_step = ? WHERE user_id = ? AND confirmed_at IS NOT NULL AND last_step < ?",
        values![time_step, user.0.as_bytes().to_vec(), time_step],
    )
}
