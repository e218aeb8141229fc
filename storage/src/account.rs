//! Users and their roles in stores.

use crate::record::{Effect, Record};
use crate::sql::{sql, values};
use crate::{Ambient, Error, Principal, Scope, Storage};
use domain::view::UserView;
use domain::{
    Action, Activity, Category, CategorySet, Change, Code, Origin, Outcome, Permission, Problem,
    Reference, Role, StoreId, UserId,
};
use sea_orm::{ConnectionTrait as _, FromQueryResult};
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

/// What sign-in compares with.
#[derive(Clone)]
pub struct Login {
    /// Who.
    pub user_id: UserId,
    /// The argon2 PHC string.
    pub password_hash: Option<String>,
    /// Whether they may not sign in: blocked in each of their stores.
    pub is_blocked: bool,
}

#[derive(FromQueryResult)]
struct Columns {
    id: Vec<u8>,
    name: String,
    email: String,
    role: String,
    is_blocked: bool,
    last_seen_at: Option<i64>,
    created_at: i64,
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
        if !is_address
            || self.email.len() > 254
            || self
                .email
                .contains(|c: char| c.is_whitespace() || c.is_control())
        {
            return Err(Problem::field(
                "email",
                "format",
                "an email address, such as sara@store.example",
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
        require_assignable(scope, role)?;
        let user = user.checked()?;
        let now = self.ambient().clock.now().timestamp_micros();
        let existing = self.user_id_of(&user.email).await?;
        let id = existing.unwrap_or_else(|| UserId(self.ambient().uuid()));
        let mut effects = vec![join_new(id, scope.store_id(), role, now)];
        if existing.is_none() {
            effects.insert(0, insert_user(id, user.clone(), now));
        }
        let activity = Activity {
            actor: scope.actor(),
            ..invited(self.ambient(), id, &user.name, role)
        };
        self.write_for(scope, activity, effects).await?;
        Ok(id)
    }

    /// The users of the scope's store, by name.
    ///
    /// # Errors
    /// Forbidden by role.
    pub async fn list_users(&self, scope: &Scope) -> Result<Vec<UserView>, Error> {
        scope.require(Permission::ManageUsers)?;
        let text = "SELECT u.id, u.name, u.email, m.role, m.is_blocked, u.last_seen_at, m.created_at \
                    FROM membership m JOIN user_account u ON u.id = m.user_id WHERE m.store_id = ? ORDER BY u.name, u.email";
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

    /// Gives a user another role in the scope's store. Records `user.role_changed` with before and after.
    ///
    /// # Errors
    /// Forbidden by role (only a super admin touches super admins); conflict when it would leave the
    /// store without a super admin; not found.
    pub async fn set_role(&self, scope: &Scope, user: UserId, role: Role) -> Result<(), Error> {
        let target = self.member(scope, user).await?;
        require_assignable(scope, target.role)?;
        require_assignable(scope, role)?;
        if target.role == role {
            return Ok(());
        }
        let mut effects = vec![Effect::statement(
            "UPDATE membership SET role = ? WHERE user_id = ? AND store_id = ?",
            values![
                role.as_str(),
                user.0.as_bytes().to_vec(),
                scope.store_id().0
            ],
        )];
        if target.role == Role::SuperAdmin {
            effects.push(keep_super_admin(scope.store_id()));
        }
        let change = changed("role", target.role.as_str(), role.as_str());
        let activity = about_user(self.ambient(), "user.role_changed", &target, vec![change]);
        self.write_for(
            scope,
            Activity {
                actor: scope.actor(),
                ..activity
            },
            effects,
        )
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
        let mut effects = vec![Effect::statement(
            "UPDATE membership SET is_blocked = ? WHERE user_id = ? AND store_id = ?",
            values,
        )];
        if is_blocked {
            if target.role == Role::SuperAdmin {
                effects.push(keep_super_admin(scope.store_id()));
            }
            effects.push(Effect::statement(
                "DELETE FROM session WHERE user_id = ? AND store_id = ?",
                ids,
            ));
        }
        let action = if is_blocked {
            "user.blocked"
        } else {
            "user.unblocked"
        };
        let activity = about_user(self.ambient(), action, &target, Vec::new());
        self.write_for(
            scope,
            Activity {
                actor: scope.actor(),
                ..activity
            },
            effects,
        )
        .await
    }

    /// Sets a password and ends all of the user's sessions.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_password_hash(
        &self,
        user: UserId,
        password_hash: String,
    ) -> Result<(), Error> {
        let id = user.0.as_bytes().to_vec();
        let text = "UPDATE user_account SET password_hash = ? WHERE id = ?";
        let effects = vec![
            Effect::statement(text, values![password_hash, id.clone()]),
            Effect::statement("DELETE FROM session WHERE user_id = ?", values![id]),
        ];
        self.recorder().apply(effects).await
    }

    /// What sign-in needs to know of an address, any case.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn login_of(&self, email: &str) -> Result<Option<Login>, Error> {
        let text = "SELECT u.id, u.password_hash, EXISTS (SELECT 1 FROM membership m JOIN store t ON t.id = m.store_id \
                    WHERE m.user_id = u.id AND m.is_blocked = ? AND t.removed_at IS NULL) FROM user_account u WHERE u.email = ?";
        let values = values![false, email.trim().to_lowercase()];
        let Some(row) = sql(self.readers().get_database_backend(), text, values)
            .row(self.readers())
            .await?
        else {
            return Ok(None);
        };
        let is_open: bool = row.try_get_by_index(2)?;
        Ok(Some(Login {
            user_id: UserId(crate::log::uuid_of(&row.try_get_by_index::<Vec<u8>>(0)?)?),
            password_hash: row.try_get_by_index(1)?,
            is_blocked: !is_open,
        }))
    }

    /// The user of an address, any case.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn user_id_of(&self, email: &str) -> Result<Option<UserId>, Error> {
        Ok(self.login_of(email).await?.map(|login| login.user_id))
    }

    async fn member(&self, scope: &Scope, user: UserId) -> Result<UserView, Error> {
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
        let records = vec![Record::Activity(activity)];
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
            role: crate::store::role_of(&self.role)?,
            is_blocked: self.is_blocked,
            last_seen_at: self.last_seen_at.map(crate::log::zone::time_of),
            created_at: crate::log::zone::time_of(self.created_at),
        })
    }
}

fn require_assignable(scope: &Scope, role: Role) -> Result<(), Problem> {
    scope.require(Permission::ManageUsers)?;
    if scope.role().may_assign(role) {
        return Ok(());
    }
    Err(Problem::new(
        Code::Forbidden,
        "only a super admin gives, changes or takes away the role super admin",
    ))
}

pub(crate) fn insert_user(id: UserId, user: NewUser, now: i64) -> Effect {
    Effect::new(move |transaction| {
        let (id, user) = (id.0.as_bytes().to_vec(), user.clone());
        Box::pin(async move {
            let backend = transaction.get_database_backend();
            let taken = sql(
                backend,
                "SELECT 1 FROM user_account WHERE email = ?",
                values![user.email.clone()],
            );
            if taken.row(transaction).await?.is_some() {
                return Err(Problem::new(
                    Code::Conflict,
                    "there is a user with this email already",
                )
                .into());
            }
            let text = "INSERT INTO user_account (id, email, name, password_hash, created_at) VALUES (?, ?, ?, ?, ?)";
            let values = values![id, user.email, user.name, user.password_hash, now];
            sql(backend, text, values)
                .execute(transaction)
                .await
                .map(drop)
        })
    })
}

pub(crate) fn join(user: UserId, store: StoreId, role: Role, now: i64) -> Effect {
    Effect::statement(
        "INSERT INTO membership (user_id, store_id, role, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        values![user.0.as_bytes().to_vec(), store.0, role.as_str(), now],
    )
}

/// As [`join`], refused when the user has a role there.
fn join_new(user: UserId, store: StoreId, role: Role, now: i64) -> Effect {
    Effect::new(move |transaction| {
        Box::pin(async move {
            let id = user.0.as_bytes().to_vec();
            let text = "SELECT 1 FROM membership WHERE user_id = ? AND store_id = ?";
            let found = sql(
                transaction.get_database_backend(),
                text,
                values![id, store.0],
            )
            .row(transaction)
            .await?;
            if found.is_some() {
                return Err(Problem::field(
                    "email",
                    "contradiction",
                    "this user has a role in this store already",
                )
                .into());
            }
            join(user, store, role, now).apply(transaction).await
        })
    })
}

/// Fails when the store would be left without a super admin who can sign in.
fn keep_super_admin(store: StoreId) -> Effect {
    Effect::new(move |transaction| {
        Box::pin(async move {
            let text =
                "SELECT 1 FROM membership WHERE store_id = ? AND role = ? AND is_blocked = ?";
            let values = values![store.0, Role::SuperAdmin.as_str(), false];
            match sql(transaction.get_database_backend(), text, values)
                .row(transaction)
                .await?
            {
                Some(_) => Ok(()),
                None => Err(Problem::new(
                    Code::Conflict,
                    "a store needs a super admin; make somebody else one first",
                )
                .into()),
            }
        })
    })
}

fn about_user(ambient: &Ambient, action: &str, user: &UserView, changes: Vec<Change>) -> Activity {
    own_activity(
        ambient,
        action,
        Category::Users,
        Some(user_reference(user.id, &user.name)),
        changes,
    )
}

pub(crate) fn invited(ambient: &Ambient, id: UserId, name: &str, role: Role) -> Activity {
    let change = Change {
        field: "role".to_owned(),
        before: Value::Null,
        after: role.as_str().into(),
    };
    own_activity(
        ambient,
        "user.invited",
        Category::Users,
        Some(user_reference(id, name)),
        vec![change],
    )
}

fn user_reference(id: UserId, name: &str) -> Reference {
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
