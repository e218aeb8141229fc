//! Users and their roles in stores.

mod member;

use member::{begin_anew, keep_office, keep_super_admin};
pub(crate) use member::{changing, insert_user, join, join_new, keep_role};

use crate::record::{Effect, Record};
use crate::role::power_told;
use crate::session_list::sessions_ended;
use crate::sql::{sql, values};
use crate::{Ambient, Error, Principal, SampleArrival, Scope, Storage};
use domain::security::{SecurityEventName, SecurityOutcome};
use domain::view::UserView;
use domain::{
    Action, Activity, Category, CategorySet, Change, Code, Origin, Outcome, Permission, Problem,
    Reference, Role, UserId,
};
use sea_orm::FromQueryResult;
use serde_json::Value;

/// A user to be added.
#[derive(Clone)]
pub struct NewUser {
    /// Their name, 1 to 200 characters.
    pub name: String,
    /// Their address, at most 254 characters, unique whatever its case.
    pub email: String,
    /// Their password as an argon2 PHC string; none for one who can't sign in by password yet.
    pub password_hash: Option<String>,
}

#[derive(FromQueryResult)]
struct Columns {
    id: Vec<u8>,
    name: String,
    email: String,
    role: String,
    access: Option<String>,
    role_name: Option<String>,
    is_blocked: bool,
    last_seen_at: Option<i64>,
    created_at: i64,
    has_second_factor: bool,
    is_invited: bool,
    sessions: i64,
}

impl NewUser {
    /// The user with ends trimmed and the address in lower case.
    pub(crate) fn checked(mut self) -> Result<Self, Problem> {
        self.name = self.name.trim().to_owned();
        self.email = self.email.trim().to_lowercase();
        if self.name.is_empty() || self.name.chars().count() > 200 || self.name.contains('\0') {
            return Err(Problem::field(
                "name",
                "required",
                "a name of 1 to 200 characters",
            ));
        }
        let is_address = self.email.split_once('@').is_some_and(|(local, host)| {
            !local.is_empty()
                && !host.contains('@')
                && host.contains('.')
                && !host.starts_with('.')
                && !host.ends_with('.')
        });
        // One script, so that no look-alike of a colleague's address is made (UTS 39); mail servers take the
        // `xn--` form of any domain.
        if !is_address
            || !self.email.is_ascii()
            || self.email.len() > 254
            || self
                .email
                .contains(|c: char| c.is_whitespace() || c.is_control())
        {
            return Err(Problem::field(
                "email",
                "format",
                "an email address in Latin letters, such as sara@store.example; a domain in another script in its xn-- form",
            ));
        }
        Ok(self)
    }
}

impl Storage {
    /// Adds a user with a role in the scope's store; one who exists gets the role in this store and keeps
    /// their password. Records `user.invited`.
    ///
    /// # Errors
    /// Forbidden by role; conflict when they have a role here already; invalid fields (`email`, `name`).
    pub async fn add_user(
        &self,
        scope: &Scope,
        user: NewUser,
        role: Role,
    ) -> Result<UserId, Error> {
        self.add_user_as(scope, user, role, None).await
    }

    /// As [`Storage::add_user`]; somebody of a sample store came when its story says, by whom it says.
    pub(crate) async fn add_user_as(
        &self,
        scope: &Scope,
        user: NewUser,
        role: Role,
        arrival: Option<SampleArrival>,
    ) -> Result<UserId, Error> {
        let role = self.role_of_id(scope, &role.id()).await?;
        require_assignable(scope, role)?;
        let user = user.checked()?;
        let now = self.ambient().clock.now();
        let now = arrival.as_ref().map_or(now, |arrival| arrival.at);
        let now = now.timestamp_micros();
        let existing = self.user_id_of(&user.email).await?;
        let id = existing.unwrap_or_else(|| UserId(self.ambient().uuid()));
        let mut effects = vec![
            join_new(id, scope.store_id(), role, now),
            keep_role(scope.store_id(), role),
        ];
        if existing.is_none() {
            effects.insert(0, insert_user(id, user.clone(), now));
        } else if !scope.store().is_sample && self.is_of_sample(id).await? {
            effects.extend(begin_anew(id, user.password_hash.clone()));
        }
        let word = self.role_word(scope, role).await?;
        let invited = invited(self.ambient(), id, &user.name, &word);
        let mut activity = self.done_by(scope, invited);
        let mut event = self.event(
            scope,
            SecurityEventName::UserInvited,
            SecurityOutcome::Success,
        );
        event.account = Some(user.email.clone());
        event.subject.clone_from(&activity.subject);
        event.changes.clone_from(&activity.changes);
        event.details = power_told(None, role);
        if let Some(arrival) = arrival {
            (activity.occurred_at, event.occurred_at) = (arrival.at, arrival.at);
            (activity.actor, event.actor) = (arrival.by.clone(), arrival.by);
            (activity.origin, event.origin) = (arrival.origin.clone(), arrival.origin);
        }
        let records = vec![
            Record::Activity(activity),
            Record::Security(Box::new(event)),
        ];
        self.write_records(scope, records, effects).await?;
        Ok(id)
    }

    /// The users of the scope's store, by name.
    ///
    /// # Errors
    /// Forbidden by role.
    pub async fn list_users(&self, scope: &Scope) -> Result<Vec<UserView>, Error> {
        scope.require(Permission::ManageUsers)?;
        let text = "SELECT u.id, u.name, u.email, m.role, r.access, r.name AS role_name, m.is_blocked, u.last_seen_at, m.created_at, \
                    (EXISTS (SELECT 1 FROM totp t WHERE t.user_id = u.id AND t.confirmed_at IS NOT NULL) \
                    OR EXISTS (SELECT 1 FROM passkey p WHERE p.user_id = u.id)) AS has_second_factor, \
                    (u.password_hash IS NULL AND NOT EXISTS (SELECT 1 FROM openid_identity o WHERE o.user_id = u.id)) AS is_invited, \
                    (SELECT COUNT(*) FROM session s WHERE s.user_id = u.id AND s.store_id = m.store_id) AS sessions \
                    FROM membership m JOIN user_account u ON u.id = m.user_id \
                    LEFT JOIN own_role r ON r.store_id = m.store_id AND r.id = m.role \
                    WHERE m.store_id = ? ORDER BY u.name, u.email";
        let statement = sql(
            self.readers().get_database_backend(),
            text,
            values![scope.store_id().0],
        );
        statement
            .all::<Columns>(self.readers())
            .await?
            .into_iter()
            .map(Columns::into_view)
            .collect()
    }

    /// Gives a user another role in the scope's store and ends their sessions there. Records
    /// `user.role_changed` with before and after.
    ///
    /// # Errors
    /// Forbidden by role (only a super admin touches super admins, nobody gives more than they have); conflict
    /// when it would leave the store without a super admin; not found.
    pub async fn set_role(&self, scope: &Scope, user: UserId, role: Role) -> Result<(), Error> {
        self.set_role_from(scope, user, None, role).await
    }

    /// As [`Storage::set_role`]; `was` is the id of the role with which they were shown to who gives them another.
    ///
    /// # Errors
    /// As [`Storage::set_role`]; [`Problem::stale`] when somebody else gave them another role meanwhile.
    pub async fn set_role_from(
        &self,
        scope: &Scope,
        user: UserId,
        was: Option<&str>,
        role: Role,
    ) -> Result<(), Error> {
        let role = self.role_of_id(scope, &role.id()).await?;
        let target = self.member(scope, user).await?;
        if was.is_some_and(|was| was != target.role.id()) && target.role != role {
            return Err(self.stale_role(scope, &target).await?.into());
        }
        require_assignable(scope, target.role)?;
        require_assignable(scope, role)?;
        if target.role == role {
            return Ok(());
        }
        let ids = values![user.0.as_bytes().to_vec(), scope.store_id().0];
        let mut given = values![role.id()];
        given.extend(ids.clone());
        given.extend(values![target.role.id()]);
        let mut effects = vec![
            keep_office(scope),
            changing(
                "UPDATE membership SET role = ? WHERE user_id = ? AND store_id = ? AND role = ?",
                given,
            ),
            keep_role(scope.store_id(), role),
            Effect::statement(
                "DELETE FROM session WHERE user_id = ? AND store_id = ?",
                ids,
            ),
        ];
        if target.role == Role::SuperAdmin {
            effects.push(keep_super_admin(scope.store_id()));
        }
        let before = target.role_name.clone().unwrap_or(target.role.id());
        let change = changed("role", &before, &self.role_word(scope, role).await?);
        let activity = about_user(self.ambient(), "user.role_changed", &target, vec![change]);
        self.write_person(
            scope,
            activity,
            SecurityEventName::RoleChanged,
            &target,
            effects,
            power_told(Some(target.role), role),
        )
        .await
    }

    /// The refusal to give another role to somebody who has another one by now than their form was loaded with.
    async fn stale_role(&self, scope: &Scope, target: &UserView) -> Result<Problem, Error> {
        let word = target.role_name.clone().unwrap_or(target.role.id());
        let now = [("role".to_owned(), Value::from(word).to_string())];
        let id = target.id.to_string();
        let is_theirs = |activity: &Activity| activity.subject.as_ref().is_some_and(|s| s.id == id);
        self.stale(scope, "user.role_changed", is_theirs, &now)
            .await
    }

    /// Blocks or unblocks a user in the scope's store and, when blocking, ends their sessions there. Records
    /// `user.blocked` or `user.unblocked`.
    ///
    /// # Errors
    /// As [`Storage::set_role`]; nobody blocks themselves.
    pub async fn set_blocked(
        &self,
        scope: &Scope,
        user: UserId,
        is_blocked: bool,
    ) -> Result<(), Error> {
        let target = self.member(scope, user).await?;
        require_assignable(scope, target.role)?;
        if matches!(scope.principal(), Principal::User { id, .. } if *id == user) {
            return Err(Problem::new(
                Code::Conflict,
                "nobody blocks themselves; another admin can",
            )
            .into());
        }
        if target.is_blocked == is_blocked {
            return Ok(());
        }
        let ids = values![user.0.as_bytes().to_vec(), scope.store_id().0];
        let mut values = values![is_blocked];
        values.extend(ids.clone());
        values.extend(values![target.role.id()]);
        // Of the role that was looked at: who got another one meanwhile may be the last super admin by now.
        let mut effects = vec![
            keep_office(scope),
            changing(
                "UPDATE membership SET is_blocked = ? WHERE user_id = ? AND store_id = ? AND role = ?",
                values,
            ),
        ];
        if is_blocked {
            if target.role == Role::SuperAdmin {
                effects.push(keep_super_admin(scope.store_id()));
            }
            effects.push(Effect::statement(
                "DELETE FROM session WHERE user_id = ? AND store_id = ?",
                ids,
            ));
        }
        let (action, name) = if is_blocked {
            ("user.blocked", SecurityEventName::UserBlocked)
        } else {
            ("user.unblocked", SecurityEventName::UserUnblocked)
        };
        let activity = about_user(self.ambient(), action, &target, Vec::new());
        self.write_person(scope, activity, name, &target, effects, None)
            .await
    }

    /// Takes a user's role in the scope's store away and ends their sessions there; who has no role anywhere
    /// keeps an account that opens nothing. Records `user.removed`.
    ///
    /// # Errors
    /// As [`Storage::set_role`]; nobody removes themselves.
    pub async fn remove_user(&self, scope: &Scope, user: UserId) -> Result<(), Error> {
        let target = self.member(scope, user).await?;
        require_assignable(scope, target.role)?;
        if matches!(scope.principal(), Principal::User { id, .. } if *id == user) {
            return Err(Problem::new(
                Code::Conflict,
                "nobody removes themselves; another admin can",
            )
            .into());
        }
        let ids = values![user.0.as_bytes().to_vec(), scope.store_id().0];
        let mut seen = ids.clone();
        seen.extend(values![target.role.id()]);
        let mut effects = vec![
            keep_office(scope),
            changing(
                "DELETE FROM membership WHERE user_id = ? AND store_id = ? AND role = ?",
                seen,
            ),
            Effect::statement(
                "DELETE FROM session WHERE user_id = ? AND store_id = ?",
                ids,
            ),
        ];
        if target.role == Role::SuperAdmin {
            effects.push(keep_super_admin(scope.store_id()));
        }
        let activity = about_user(self.ambient(), "user.removed", &target, Vec::new());
        let name = SecurityEventName::UserRemoved;
        self.write_person(scope, activity, name, &target, effects, None)
            .await
    }

    /// Sets a password from the command line and ends all of the user's sessions.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_password_hash(
        &self,
        user: UserId,
        password_hash: String,
    ) -> Result<(), Error> {
        let caller = crate::Caller::default();
        self.write_password(
            user,
            password_hash,
            None,
            "command_line",
            &caller,
            Vec::new(),
        )
        .await
    }

    pub(crate) async fn member(&self, scope: &Scope, user: UserId) -> Result<UserView, Error> {
        let users = self.list_users(scope).await?;
        users
            .into_iter()
            .find(|u| u.id == user)
            .ok_or_else(|| Problem::not_found("user in this store").into())
    }

    /// Writes an activity of the scope's own doing with its effects.
    pub(crate) async fn write_for(
        &self,
        scope: &Scope,
        activity: Activity,
        effects: Vec<Effect>,
    ) -> Result<(), Error> {
        let records = vec![Record::Activity(self.done_by(scope, activity))];
        self.write_records(scope, records, effects).await
    }

    /// The activity as the scope's principal does it, by the call that the scope belongs to.
    pub(crate) fn done_by(&self, scope: &Scope, activity: Activity) -> Activity {
        Activity {
            actor: scope.actor(),
            origin: scope.caller().origin(),
            ..activity
        }
    }

    /// What was done to a person: in the activity log and in the security log, there with the sessions that it ended.
    async fn write_person(
        &self,
        scope: &Scope,
        activity: Activity,
        name: SecurityEventName,
        target: &UserView,
        effects: Vec<Effect>,
        details: Option<Value>,
    ) -> Result<(), Error> {
        let mut event = self.event(scope, name, SecurityOutcome::Success);
        event.account = Some(target.email.clone());
        event.details = details;
        event.subject.clone_from(&activity.subject);
        event.changes.clone_from(&activity.changes);
        let ended = if name == SecurityEventName::UserUnblocked {
            0
        } else {
            self.count_sessions(target.id, Some(scope.store_id()))
                .await?
        };
        let ended = sessions_ended(&event, ended, ended_by(name));
        let mut records = vec![
            Record::Activity(self.done_by(scope, activity)),
            Record::Security(Box::new(event)),
        ];
        records.extend(ended);
        self.write_records(scope, records, effects).await
    }

    /// Writes records of the scope's own doing with their effects.
    pub(crate) async fn write_records(
        &self,
        scope: &Scope,
        records: Vec<Record>,
        effects: Vec<Effect>,
    ) -> Result<(), Error> {
        self.recorder()
            .write(
                scope.store_id(),
                scope.principal_key(),
                records,
                effects,
                None,
            )
            .await
            .map(drop)
    }
}

impl Columns {
    fn into_view(self) -> Result<UserView, Error> {
        Ok(UserView {
            id: UserId(crate::log::uuid_of(&self.id)?),
            name: self.name,
            email: self.email,
            role: crate::role::role_of(&self.role, self.access.as_deref())?,
            role_name: self.role_name,
            is_blocked: self.is_blocked,
            has_second_factor: self.has_second_factor,
            is_invited: self.is_invited,
            sessions: u32::try_from(self.sessions).unwrap_or(u32::MAX),
            last_seen_at: self.last_seen_at.map(crate::log::zone::time_of),
            created_at: crate::log::zone::time_of(self.created_at),
        })
    }
}

/// Why sessions ended, as a word.
const fn ended_by(name: SecurityEventName) -> &'static str {
    match name {
        SecurityEventName::RoleChanged => "role_changed",
        SecurityEventName::UserBlocked => "blocked",
        _ => "user_removed",
    }
}

fn require_assignable(scope: &Scope, role: Role) -> Result<(), Problem> {
    scope.require(Permission::ManageUsers)?;
    if scope.role().may_assign(role) {
        return Ok(());
    }
    Err(Problem::beyond(if role == Role::SuperAdmin {
        "only a super admin gives, changes or takes away the role super admin"
    } else {
        "nobody gives, changes or takes away a role that opens more than their own"
    }))
}

pub(crate) fn about_user(
    ambient: &Ambient,
    action: &str,
    user: &UserView,
    changes: Vec<Change>,
) -> Activity {
    own_activity(
        ambient,
        action,
        Category::Users,
        Some(user_reference(user.id, &user.name)),
        changes,
    )
}

pub(crate) fn invited(ambient: &Ambient, id: UserId, name: &str, role: &str) -> Activity {
    let change = Change {
        field: "role".to_owned(),
        before: Value::Null,
        after: role.into(),
    };
    own_activity(
        ambient,
        "user.invited",
        Category::Users,
        Some(user_reference(id, name)),
        vec![change],
    )
}

pub(crate) fn user_reference(id: UserId, name: &str) -> Reference {
    Reference {
        kind: "user".to_owned(),
        id: id.to_string(),
        name: Some(name.to_owned()),
    }
}

pub(crate) fn changed(field: &str, before: &str, after: &str) -> Change {
    Change {
        field: field.to_owned(),
        before: before.into(),
        after: after.into(),
    }
}

/// What Storetrail records about itself begins with one of these nouns: a store that has nothing else is one from
/// which nothing came yet.
pub(crate) const OWN_NOUNS: [&str; 8] = [
    "connection",
    "export",
    "log",
    "rule",
    "settings",
    "target",
    "template",
    "user",
];

/// Something done in Storetrail itself, by nobody yet: the caller says by whom.
pub(crate) fn own_activity(
    ambient: &Ambient,
    action: &str,
    category: Category,
    subject: Option<Reference>,
    changes: Vec<Change>,
) -> Activity {
    let categories =
        Action::shipped(action).map_or(CategorySet::of(&[category]), |shipped| shipped.categories);
    Activity {
        action: Action {
            name: action.to_owned(),
            categories,
        },
        outcome: Outcome::Success,
        occurred_at: ambient.clock.now(),
        actor: domain::Actor::system(),
        subject,
        description: None,
        changes,
        origin: Origin::default(),
        related: Vec::new(),
        operation_id: None,
        rule: None,
        error: None,
        details: None,
    }
}
