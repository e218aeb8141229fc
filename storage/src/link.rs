//! Emailed links: to join, to set a password, to change one's address. Each is a random token of which only the
//! hash is kept; it works once, for a short time, and ends its elders.

mod email_change;
mod refused;

pub use email_change::{EmailChange, EmailChangeLinks};

use crate::account::{changing, own_activity, user_reference};
use crate::log::zone;
use crate::record::{Effect, Record};
use crate::session::{hash, hex};
use crate::session_list::sessions_ended;
use crate::sign_in::{Asked, Gate, person};
use crate::sql::{sql, values};
use crate::{Caller, Error, NewUser, Scope, Session, Storage};
use chrono::{DateTime, Duration, Utc};
use domain::security::{SecurityEvent, SecurityEventName, SecurityOutcome};
use domain::view::{LinkPurpose, LinkView};
use domain::{Activity, Category, Change, Code, Permission, Problem, Role, StoreId, UserId};
use sea_orm::{ConnectionTrait as _, FromQueryResult};

const INVITATION_HOURS: i64 = 72;
/// Asked for by anybody who knows the address, so short.
const RESET_HOURS: i64 = 1;
/// Made by an admin and handed on by other ways than mail.
const ADMIN_LINK_HOURS: i64 = 24;
/// How many resets an hour are mailed to one account.
const RESETS_AN_HOUR: i64 = 3;

/// A link that somebody asked for who forgot their password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResetLink {
    /// Whose account.
    pub user_id: UserId,
    /// Their name.
    pub name: String,
    /// To which address it goes: the account's own.
    pub email: String,
    /// What the link carries.
    pub token: String,
    /// In whose name the mail is sent.
    pub store: Option<domain::view::StoreView>,
}

#[derive(FromQueryResult)]
pub(crate) struct Columns {
    pub(crate) purpose: String,
    pub(crate) user_id: Vec<u8>,
    store_name: Option<String>,
    pub(crate) new_email: Option<String>,
    invited_by: Option<String>,
    expires_at: i64,
    name: String,
    pub(crate) email: String,
    pub(crate) confirmed_at: Option<i64>,
}

impl Storage {
    /// Gives somebody a role in the scope's store. Who has no password yet gets a link to join, for 72 hours; in a sample
    /// store only if they have a role in no other, since everybody may be one of its people.
    ///
    /// # Errors
    /// As [`Storage::add_user`].
    pub async fn invite_user(
        &self,
        scope: &Scope,
        user: NewUser,
        role: Role,
    ) -> Result<(UserId, Option<String>), Error> {
        let user = NewUser {
            password_hash: None,
            ..user
        };
        let id = self.add_user(scope, user, role).await?;
        let target = self.member(scope, id).await?;
        if !target.is_invited || self.is_beyond_sample(scope, id).await? {
            return Ok((id, None));
        }
        // That they were invited is on record.
        let (token, effects) = self.link_by(scope, LinkPurpose::Invitation, id);
        self.recorder().apply(effects).await?;
        Ok((id, Some(token)))
    }

    /// A new link to join for somebody who has not yet; the earlier one ends.
    ///
    /// # Errors
    /// Forbidden by role, and in a sample store for somebody who has a role in another; not found; conflict when they have
    /// joined.
    pub async fn resend_invitation(&self, scope: &Scope, user: UserId) -> Result<String, Error> {
        let target = self.member(scope, user).await?;
        if !scope.role().may_assign(target.role) || self.is_beyond_sample(scope, user).await? {
            return Err(forbidden_link());
        }
        if !target.is_invited {
            return Err(Problem::new(
                Code::Conflict,
                "they have joined already; send them a link to set a new password",
            )
            .into());
        }
        self.write_link(scope, LinkPurpose::Invitation, user).await
    }

    /// A link by which a colleague sets a new password, for a day: to be handed on where no mail can be sent.
    ///
    /// # Errors
    /// Forbidden by role, and for somebody who has a role in another store too, where this store's admin has no
    /// say (they ask for a link themselves); not found.
    pub async fn new_password_link(&self, scope: &Scope, user: UserId) -> Result<String, Error> {
        let target = self.member(scope, user).await?;
        if !scope.role().may_assign(target.role) {
            return Err(forbidden_link());
        }
        if self.is_elsewhere(scope, user).await? {
            return Err(Problem::new(
                Code::Forbidden,
                "this person works in another store too; they ask for a link themselves, on the sign-in page",
            )
            .into());
        }
        let purpose = if target.is_invited {
            LinkPurpose::Invitation
        } else {
            LinkPurpose::Password
        };
        self.write_link(scope, purpose, user).await
    }

    /// Whether the person has a role in a store that is neither this one nor the sample, so that this store's admins don't
    /// decide for them. The command line does.
    pub(crate) async fn is_elsewhere(&self, scope: &Scope, user: UserId) -> Result<bool, Error> {
        if matches!(scope.principal(), crate::Principal::System(_)) {
            return Ok(false);
        }
        let stores = self.stores_of(user).await?;
        Ok(stores
            .iter()
            .any(|store| store.id != scope.store_id() && !store.is_sample))
    }

    async fn is_beyond_sample(&self, scope: &Scope, user: UserId) -> Result<bool, Error> {
        Ok(scope.store().is_sample && self.is_elsewhere(scope, user).await?)
    }

    /// A link for whoever forgot their password, for an hour: none when there is no such account, it is blocked or of the
    /// sample store alone, it got three within the hour, or too many were asked for from the network: then nothing is
    /// looked up. The caller answers alike in each case.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ask_password_reset(
        &self,
        email: &str,
        caller: &Caller,
    ) -> Result<Option<ResetLink>, Error> {
        let now = self.ambient().clock.now();
        let attempt = crate::Attempt {
            email: email.to_owned(),
            caller: caller.clone(),
            device: None,
        };
        let (gate, counted) = self.count_asked(Asked::Link, &attempt).await?;
        if gate != Gate::Open {
            self.asked_in_vain(Asked::Link, &attempt).await?;
            return Ok(None);
        }
        let login = self.login_of(email).await?;
        let hour_ago = (now - Duration::hours(1)).timestamp_micros();
        let recent: i64 = match &login {
            Some(login) => {
                let text = "SELECT COUNT(*) FROM account_link WHERE user_id = ? AND purpose = 'password' AND created_at > ?";
                let values = values![login.user_id.0.as_bytes().to_vec(), hour_ago];
                sql(self.readers().get_database_backend(), text, values)
                    .row(self.readers())
                    .await?
                    .map(|row| row.try_get_by_index(0))
                    .transpose()?
                    .unwrap_or(0)
            }
            None => 0,
        };
        let is_of_sample = match &login {
            Some(login) => self.is_of_sample(login.user_id).await?,
            None => false,
        };
        let reason = match &login {
            None => "unknown_account",
            Some(login) if login.is_blocked => "blocked",
            Some(_) if is_of_sample => "sample_store",
            Some(_) if recent >= RESETS_AN_HOUR => "too_many",
            Some(_) => "mailed",
        };
        let outcome = if reason == "mailed" {
            SecurityOutcome::Success
        } else {
            SecurityOutcome::Denied
        };
        let event = self.attempt_event(&attempt, SecurityEventName::ResetAsked, outcome, reason);
        let store = match &login {
            Some(login) => self.store_of_person(login.user_id).await?,
            None => self.house_store().await?.map(|store| store.id),
        };
        let token = hex(&self.ambient().entropy.bytes::<24>());
        let mut effects = counted.effects;
        let found = login.filter(|_| reason == "mailed");
        if let Some(login) = &found {
            let purpose = if login.password_hash.is_some() {
                LinkPurpose::Password
            } else {
                LinkPurpose::Invitation
            };
            let expires_at = now + Duration::hours(RESET_HOURS);
            effects.extend(self.new_link(
                &token,
                purpose,
                login.user_id,
                store,
                None,
                None,
                expires_at,
            ));
        }
        let mut events = vec![event];
        events.extend(self.locked_event(&attempt, counted.details));
        let asked = self.write_asked(Asked::Link, store, &attempt, events, effects);
        if asked.await? != Gate::Open {
            return Ok(None);
        }
        let store = self
            .list_stores()
            .await?
            .into_iter()
            .find(|s| Some(s.id) == store);
        Ok(found.map(|login| ResetLink {
            user_id: login.user_id,
            name: login.name,
            email: login.email,
            token,
            store,
        }))
    }

    /// What a link is for, while it works. The token is the authority.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn link_view(&self, token: &str) -> Result<Option<LinkView>, Error> {
        let Some(c) = self.link_columns(token).await? else {
            return Ok(None);
        };
        Ok(LinkPurpose::of_str(&c.purpose).map(|purpose| LinkView {
            purpose,
            name: c.name,
            email: c.email,
            new_email: c.new_email,
            store: c.store_name,
            invited_by: c.invited_by,
            expires_at: zone::time_of(c.expires_at),
        }))
    }

    pub(crate) async fn link_columns(&self, token: &str) -> Result<Option<Columns>, Error> {
        let text = "SELECT l.purpose, l.user_id, t.name AS store_name, l.new_email, l.invited_by, l.expires_at, \
                    u.name, u.email, l.confirmed_at FROM account_link l JOIN user_account u ON u.id = l.user_id \
                    LEFT JOIN store t ON t.id = l.store_id WHERE l.token_hash = ? AND l.expires_at > ?";
        let now = self.ambient().clock.now().timestamp_micros();
        sql(
            self.readers().get_database_backend(),
            text,
            values![hash(token).to_vec(), now],
        )
        .one(self.readers())
        .await
    }

    /// Uses a link up: sets the password (an argon2 PHC string) and, for an invitation, the name. Every session
    /// and other link of the account ends.
    ///
    /// # Errors
    /// Not found for a link that is used, old or unknown; invalid field `name`; forbidden for who was blocked.
    pub async fn use_password_link(
        &self,
        token: &str,
        password_hash: String,
        name: Option<String>,
        caller: &Caller,
    ) -> Result<UserId, Error> {
        let gone =
            || Problem::not_found("link; it works once and for a short time, ask for another");
        let link = self.link_columns(token).await?.ok_or_else(gone)?;
        let user = UserId(crate::log::uuid_of(&link.user_id)?);
        let is_invitation = match LinkPurpose::of_str(&link.purpose) {
            Some(LinkPurpose::Invitation) => true,
            Some(LinkPurpose::Password) => false,
            _ => return Err(gone().into()),
        };
        if self.stores_of(user).await?.is_empty() {
            return Err(Problem::new(
                Code::Forbidden,
                "you have no role in any store; an admin can give you one",
            )
            .into());
        }
        // Whoever is faster uses it; the other one is told that it is gone.
        let mut effects = vec![use_up(token)];
        if let Some(name) = name.filter(|_| is_invitation) {
            effects.push(set_name(user, &checked_name(&name)?));
        }
        let how = if is_invitation { "invitation" } else { "link" };
        self.write_password(user, password_hash, None, how, caller, effects)
            .await?;
        Ok(user)
    }

    /// Sets one's own new password, the old one having been checked. Every other session and each link ends.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn change_own_password(
        &self,
        session: &Session,
        password_hash: String,
        caller: &Caller,
    ) -> Result<(), Error> {
        let keep = Some(session.token_hash);
        self.write_password(
            session.user_id,
            password_hash,
            keep,
            "changed",
            caller,
            Vec::new(),
        )
        .await
    }

    /// Changes one's own name. Recorded in the activity log.
    ///
    /// # Errors
    /// Invalid field `name` (1 to 200 characters).
    pub async fn change_own_name(
        &self,
        session: &Session,
        name: &str,
        caller: &Caller,
    ) -> Result<(), Error> {
        let name = checked_name(name)?;
        if name == session.name {
            return Ok(());
        }
        let scope = Scope::of_session(session).at(caller.clone());
        let change = crate::account::changed("name", &session.name, &name);
        let activity = own_activity(
            self.ambient(),
            "user.updated",
            Category::Users,
            Some(user_reference(session.user_id, &name)),
            vec![change],
        );
        let effects = vec![set_name(session.user_id, &name)];
        self.write_for(&scope, activity, effects).await
    }

    /// Sets a password; ends sessions (but `keep`), links and half sign-ins. Records `password.set`, or
    /// `user.joined` for an invitation.
    pub(crate) async fn write_password(
        &self,
        user: UserId,
        password_hash: String,
        keep: Option<[u8; 32]>,
        how: &str,
        caller: &Caller,
        mut effects: Vec<Effect>,
    ) -> Result<(), Error> {
        let (name, email) = self.name_of(user).await?;
        let id = user.0.as_bytes().to_vec();
        let now = self.ambient().clock.now().timestamp_micros();
        effects.extend([
            changing(
                "UPDATE user_account SET password_hash = ?, password_changed_at = ? WHERE id = ?",
                values![password_hash, now, id.clone()],
            ),
            Effect::statement(
                "DELETE FROM session WHERE user_id = ? AND token_hash <> ?",
                values![id.clone(), keep.map_or(Vec::new(), |hash| hash.to_vec())],
            ),
            Effect::statement(
                "UPDATE account_link SET expires_at = 0 WHERE user_id = ?",
                values![id.clone()],
            ),
            Effect::statement("DELETE FROM sign_in_step WHERE user_id = ?", values![id]),
        ]);
        let event_name = match how {
            "invitation" => SecurityEventName::UserJoined,
            _ => SecurityEventName::PasswordSet,
        };
        let mut event = SecurityEvent::new(
            event_name,
            SecurityOutcome::Success,
            self.ambient().clock.now(),
        );
        event.actor = if how == "command_line" {
            domain::Actor {
                name: Some("Storetrail".to_owned()),
                ..domain::Actor::system()
            }
        } else {
            person(user, &name, &email)
        };
        event.subject = Some(user_reference(user, &name));
        event.account = Some(email);
        event.reason = Some(how.to_owned());
        event.origin = caller.origin();
        event.request_id.clone_from(&caller.request_id);
        let Some(store) = self.store_of_person(user).await? else {
            return self.recorder().apply(effects).await;
        };
        let by = crate::record::By {
            principal: String::new(),
            request_id: caller.request_id.clone(),
            held_to: None,
        };
        let open = self.count_sessions(user, None).await?;
        let ended = open.saturating_sub(u32::from(keep.is_some()));
        let ended = sessions_ended(&event, ended, "password_set");
        let mut records = vec![Record::Security(Box::new(event))];
        records.extend(ended);
        self.recorder()
            .write(store, by, records, effects, None)
            .await
            .map(drop)
    }

    /// Makes a link for a colleague and records who did. An invitation's first is on record with the invitation itself.
    async fn write_link(
        &self,
        scope: &Scope,
        purpose: LinkPurpose,
        user: UserId,
    ) -> Result<String, Error> {
        scope.require(Permission::ManageUsers)?;
        let (name, email) = self.name_of(user).await?;
        let (token, effects) = self.link_by(scope, purpose, user);
        let mut event = self.event(
            scope,
            SecurityEventName::ResetAsked,
            SecurityOutcome::Success,
        );
        event.reason = Some(format!("{}_by_admin", purpose.as_str()));
        event.account = Some(email);
        event.subject = Some(user_reference(user, &name));
        self.write_records(scope, vec![Record::Security(Box::new(event))], effects)
            .await?;
        Ok(token)
    }

    /// The token of a link that the scope makes for a colleague, and what keeps it.
    fn link_by(&self, scope: &Scope, purpose: LinkPurpose, user: UserId) -> (String, Vec<Effect>) {
        let token = hex(&self.ambient().entropy.bytes::<24>());
        let hours = if purpose == LinkPurpose::Invitation {
            INVITATION_HOURS
        } else {
            ADMIN_LINK_HOURS
        };
        let effects = self.new_link(
            &token,
            purpose,
            user,
            Some(scope.store_id()),
            None,
            scope.actor().name,
            self.ambient().clock.now() + Duration::hours(hours),
        );
        (token, effects)
    }

    /// What keeps a link; those of the same purpose end.
    #[expect(clippy::too_many_arguments, reason = "the columns of one row")]
    pub(crate) fn new_link(
        &self,
        token: &str,
        purpose: LinkPurpose,
        user: UserId,
        store: Option<StoreId>,
        new_email: Option<String>,
        invited_by: Option<String>,
        expires_at: DateTime<Utc>,
    ) -> Vec<Effect> {
        let id = user.0.as_bytes().to_vec();
        let now = self.ambient().clock.now();
        vec![
            Effect::statement(
                "DELETE FROM account_link WHERE expires_at < ? AND created_at < ?",
                values![
                    now.timestamp_micros(),
                    (now - Duration::days(1)).timestamp_micros()
                ],
            ),
            Effect::statement(
                "UPDATE account_link SET expires_at = 0 WHERE user_id = ? AND purpose = ?",
                values![id.clone(), purpose.as_str()],
            ),
            Effect::statement(
                "INSERT INTO account_link (token_hash, purpose, user_id, store_id, new_email, invited_by, created_at, expires_at) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                values![
                    hash(token).to_vec(),
                    purpose.as_str(),
                    id,
                    store.map(|store| store.0),
                    new_email,
                    invited_by,
                    now.timestamp_micros(),
                    expires_at.timestamp_micros(),
                ],
            ),
        ]
    }
}

fn forbidden_link() -> Error {
    Problem::new(
        Code::Forbidden,
        "only somebody who could give this role makes links for it",
    )
    .into()
}

/// Uses a link up; fails when somebody was faster.
pub(crate) fn use_up(token: &str) -> Effect {
    let values = values![hash(token).to_vec()];
    Effect::new(move |transaction| {
        let text = "UPDATE account_link SET expires_at = 0 WHERE token_hash = ? AND expires_at > 0";
        let statement = sql(transaction.get_database_backend(), text, values.clone());
        Box::pin(async move {
            match statement.execute(transaction).await? {
                0 => Err(Problem::not_found("link; it was used a moment ago").into()),
                _ => Ok(()),
            }
        })
    })
}

fn set_name(user: UserId, name: &str) -> Effect {
    Effect::statement(
        "UPDATE user_account SET name = ? WHERE id = ?",
        values![name, user.0.as_bytes().to_vec()],
    )
}

fn checked_name(name: &str) -> Result<String, Error> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 200 || name.chars().any(char::is_control) {
        return Err(Problem::field("name", "required", "a name of 1 to 200 characters").into());
    }
    Ok(name.to_owned())
}

/// The change of an address, as records keep it.
pub(crate) fn email_change(before: &str, after: &str) -> Change {
    crate::account::changed("email", before, after)
}

/// An activity about somebody's own account.
pub(crate) fn about_oneself(
    storage: &Storage,
    user: UserId,
    name: &str,
    changes: Vec<Change>,
) -> Activity {
    own_activity(
        storage.ambient(),
        "user.updated",
        Category::Users,
        Some(user_reference(user, name)),
        changes,
    )
}
