//! Sessions in lists, and ending them: one, the others, or all of a colleague.

use crate::log::{uuid_of, zone};
use crate::record::{Effect, Record};
use crate::sql::{sql, values};
use crate::{Caller, Error, Scope, Session, Storage};
use domain::security::{SecurityEvent, SecurityEventName, SecurityOutcome};
use domain::view::SessionView;
use domain::{Code, Device, Permission, Problem, SessionId, StoreId, UserId};
use sea_orm::FromQueryResult;
use serde_json::{Value, json};

#[derive(FromQueryResult)]
struct Columns {
    id: Vec<u8>,
    ip: Option<String>,
    user_agent: Option<String>,
    created_at: i64,
    last_used_at: i64,
    has_second_factor: bool,
    policy: Option<String>,
}

impl Storage {
    /// One's own sessions in every store, last used first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_own_sessions(&self, session: &Session) -> Result<Vec<SessionView>, Error> {
        self.sessions_of(session.user_id, Some(session.id), None)
            .await
    }

    /// A colleague's sessions in the scope's store, last used first.
    ///
    /// # Errors
    /// Forbidden by role; not found.
    pub async fn list_sessions_of(
        &self,
        scope: &Scope,
        user: UserId,
    ) -> Result<Vec<SessionView>, Error> {
        self.member(scope, user).await?;
        self.sessions_of(user, None, Some(scope.store_id().0)).await
    }

    async fn sessions_of(
        &self,
        user: UserId,
        current: Option<SessionId>,
        store: Option<i64>,
    ) -> Result<Vec<SessionView>, Error> {
        let text = "SELECT s.id, s.ip, s.user_agent, s.created_at, s.last_used_at, s.has_second_factor, y.definition AS policy \
                    FROM session s LEFT JOIN policy y ON y.store_id = s.store_id WHERE s.id IS NOT NULL AND s.user_id = ";
        let mut statement = sql(self.readers().get_database_backend(), text, []);
        statement.bind(user.0.as_bytes().to_vec());
        if let Some(store) = store {
            statement.push(" AND s.store_id = ").bind(store);
        }
        statement.push(" ORDER BY s.last_used_at DESC, s.id");
        let now = self.ambient().clock.now();
        let mut views = Vec::new();
        for c in statement.all::<Columns>(self.readers()).await? {
            let policy = crate::policy::policy_of(c.policy.as_deref())?;
            let (created_at, last_used_at) =
                (zone::time_of(c.created_at), zone::time_of(c.last_used_at));
            let ends = [
                created_at + chrono::Duration::days(i64::from(policy.lifetime_days)),
                last_used_at + chrono::Duration::minutes(i64::from(policy.idle_minutes)),
            ];
            let expires_at = ends.into_iter().min().unwrap_or(created_at);
            if expires_at <= now {
                continue;
            }
            let id = SessionId(uuid_of(&c.id)?);
            let address = c.ip.as_deref().and_then(|ip| ip.parse().ok());
            let place = address.and_then(|ip| self.recorder().place_of(ip));
            views.push(SessionView {
                id,
                place: place.map(|place| place.words),
                device: c.user_agent.as_deref().and_then(Device::words_of),
                ip: c.ip,
                created_at,
                last_used_at,
                expires_at,
                is_current: Some(id) == current,
                has_second_factor: c.has_second_factor,
            });
        }
        Ok(views)
    }

    /// Ends one of one's own sessions.
    ///
    /// # Errors
    /// Not found.
    pub async fn end_own_session(
        &self,
        session: &Session,
        id: SessionId,
        caller: &Caller,
    ) -> Result<(), Error> {
        if !self
            .list_own_sessions(session)
            .await?
            .iter()
            .any(|s| s.id == id)
        {
            return Err(Problem::not_found("session").into());
        }
        let end = Effect::statement(
            "DELETE FROM session WHERE user_id = ? AND id = ?",
            values![
                session.user_id.0.as_bytes().to_vec(),
                id.0.as_bytes().to_vec()
            ],
        );
        let scope = Scope::of_session(session).at(caller.clone());
        self.record_ended(&scope, None, 1, end).await
    }

    /// Ends all of one's own sessions but this one. Returns how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_other_sessions(
        &self,
        session: &Session,
        caller: &Caller,
    ) -> Result<u32, Error> {
        let others = self
            .list_own_sessions(session)
            .await?
            .len()
            .saturating_sub(1);
        let others = u32::try_from(others).unwrap_or(u32::MAX);
        if others > 0 {
            let end = Effect::statement(
                "DELETE FROM session WHERE user_id = ? AND token_hash <> ?",
                values![
                    session.user_id.0.as_bytes().to_vec(),
                    session.token_hash.to_vec()
                ],
            );
            let scope = Scope::of_session(session).at(caller.clone());
            self.record_ended(&scope, None, others, end).await?;
        }
        Ok(others)
    }

    /// Ends a colleague's sessions in the scope's store. Returns how many.
    ///
    /// # Errors
    /// Forbidden by role; not found.
    pub async fn end_sessions_of(&self, scope: &Scope, user: UserId) -> Result<u32, Error> {
        scope.require(Permission::ManageUsers)?;
        let target = self.member(scope, user).await?;
        if !scope.role().may_assign(target.role) {
            return Err(Problem::new(
                Code::Forbidden,
                "only somebody who could give this role ends its sessions",
            )
            .into());
        }
        let count = self.list_sessions_of(scope, user).await?.len();
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        if count > 0 {
            let end = Effect::statement(
                "DELETE FROM session WHERE user_id = ? AND store_id = ?",
                values![user.0.as_bytes().to_vec(), scope.store_id().0],
            );
            self.record_ended(scope, Some((user, &target.name, &target.email)), count, end)
                .await?;
        }
        Ok(count)
    }

    /// How many sessions of somebody's are open, in one store or in all.
    pub(crate) async fn count_sessions(
        &self,
        user: UserId,
        store: Option<StoreId>,
    ) -> Result<u32, Error> {
        let open = self.sessions_of(user, None, store.map(|store| store.0));
        Ok(u32::try_from(open.await?.len()).unwrap_or(u32::MAX))
    }

    async fn record_ended(
        &self,
        scope: &Scope,
        whose: Option<(UserId, &str, &str)>,
        count: u32,
        end: Effect,
    ) -> Result<(), Error> {
        let mut event = self.event(
            scope,
            SecurityEventName::SessionEnded,
            SecurityOutcome::Success,
        );
        event.details = Some(ended_details(count));
        if let Some((user, name, email)) = whose {
            event.subject = Some(crate::account::user_reference(user, name));
            event.account = Some(email.to_owned());
        }
        let records = vec![Record::Security(Box::new(event))];
        self.write_records(scope, records, vec![end]).await
    }

    /// Notes that the person proved anew who they are: good for 10 minutes of dangerous acts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prove_session(&self, session: &Session, caller: &Caller) -> Result<(), Error> {
        let now = self.ambient().clock.now().timestamp_micros();
        let effect = Effect::statement(
            "UPDATE session SET proved_at = ? WHERE token_hash = ?",
            values![now, session.token_hash.to_vec()],
        );
        let scope = Scope::of_session(session).at(caller.clone());
        let event = self.event(
            &scope,
            SecurityEventName::ProofPassed,
            SecurityOutcome::Success,
        );
        let records = vec![Record::Security(Box::new(event))];
        self.write_records(&scope, records, vec![effect]).await
    }
}

/// How many ended.
fn ended_details(count: u32) -> Value {
    json!({ "sessions": count })
}

/// The record of the sessions that ended by what another event tells, with the reason as a word; none when none was open.
pub(crate) fn sessions_ended(cause: &SecurityEvent, count: u32, reason: &str) -> Option<Record> {
    let event = SecurityEvent {
        event: SecurityEventName::SessionEnded,
        reason: Some(reason.to_owned()),
        changes: Vec::new(),
        details: Some(ended_details(count)),
        ..cause.clone()
    };
    (count > 0).then(|| Record::Security(Box::new(event)))
}
