//! Own roles: made of permissions, looked up afresh by each request, and never more than their maker has.

use crate::account::{changing, own_activity};
use crate::record::message::damaged;
use crate::record::{Effect, Record};
use crate::sql::{sql, values};
use crate::stale::{differing, still};
use crate::{Error, Scope, Storage};
use domain::security::{SecurityEventName, SecurityOutcome};
use domain::view::{RoleInput, RoleView};
use domain::{
    Access, Activity, Category, Change, Code, Need, OwnRole, Permission, Problem, Reference, Role,
    fold,
};
use sea_orm::{ConnectionTrait as _, FromQueryResult};
use serde_json::{Value, json};

/// How many own roles a store has at most.
const MOST_ROLES: usize = 100;

#[derive(FromQueryResult)]
struct Columns {
    id: String,
    name: String,
    description: String,
    access: String,
    users: i64,
    keys: i64,
}

/// The role of stored columns: its id, and the access of an own role.
pub(crate) fn role_of(id: &str, access: Option<&str>) -> Result<Role, Error> {
    if let Ok(role) = id.parse() {
        return Ok(role);
    }
    let own = Role::own_number(id).zip(access).map(|(number, access)| {
        let access = serde_json::from_str(access).map_err(damaged)?;
        Ok(Role::Own(OwnRole { number, access }))
    });
    own.unwrap_or_else(|| {
        Err(Error::Damaged {
            what: "role",
            detail: format!("`{id}` is none"),
        })
    })
}

/// Whether roles give power over others, as an event tells it of own roles: their names in it don't say so, and what they
/// open may be another thing later.
pub(crate) fn power_told(before: Option<Role>, after: Role) -> Option<Value> {
    let is_own = |role: Role| matches!(role, Role::Own(_));
    (is_own(after) || before.is_some_and(is_own)).then(|| {
        json!({
            "was_powerful": before.is_some_and(|role| role.access().is_powerful()),
            "is_powerful": after.access().is_powerful(),
        })
    })
}

impl Storage {
    /// The six roles that ship, then the store's own by name: what each opens and who has it.
    ///
    /// # Errors
    /// Forbidden without [`Permission::ManageUsers`], [`Permission::ManageKeys`] or [`Permission::ManageRoles`].
    pub async fn list_roles(&self, scope: &Scope) -> Result<Vec<RoleView>, Error> {
        let opens = [Permission::ManageKeys, Permission::ManageRoles];
        if !opens.into_iter().any(|p| scope.role().may(p)) {
            scope.require(Permission::ManageUsers)?;
        }
        let backend = self.readers().get_database_backend();
        let store = scope.store_id().0;
        let policy = self.policy_of(scope.store_id()).await?;
        let mut roles = Vec::new();
        for role in Role::ALL {
            let text = "SELECT (SELECT COUNT(*) FROM membership WHERE store_id = ? AND role = ?), \
                        (SELECT COUNT(*) FROM api_key WHERE store_id = ? AND role = ? AND revoked_at IS NULL)";
            let values = values![store, role.as_str(), store, role.as_str()];
            let row = sql(backend, text, values).row(self.readers()).await?;
            let (users, keys): (i64, i64) = match row {
                Some(row) => (row.try_get_by_index(0)?, row.try_get_by_index(1)?),
                None => (0, 0),
            };
            roles.push(RoleView {
                id: role.id(),
                name: String::new(),
                description: String::new(),
                is_shipped: true,
                access: role.access(),
                users: u32::try_from(users).unwrap_or(u32::MAX),
                keys: u32::try_from(keys).unwrap_or(u32::MAX),
                requires_second_factor: policy.second_factor_for.contains(&role.id()),
            });
        }
        let text = "SELECT r.id, r.name, r.description, r.access, \
                    (SELECT COUNT(*) FROM membership m WHERE m.store_id = r.store_id AND m.role = r.id) AS users, \
                    (SELECT COUNT(*) FROM api_key k WHERE k.store_id = r.store_id AND k.role = r.id AND k.revoked_at IS NULL) AS keys \
                    FROM own_role r WHERE r.store_id = ? AND r.deleted_at IS NULL ORDER BY r.folded_name";
        for c in sql(backend, text, values![store])
            .all::<Columns>(self.readers())
            .await?
        {
            roles.push(RoleView {
                access: serde_json::from_str(&c.access).map_err(damaged)?,
                requires_second_factor: policy.second_factor_for.contains(&c.id),
                id: c.id,
                name: c.name,
                description: c.description,
                is_shipped: false,
                users: u32::try_from(c.users).unwrap_or(u32::MAX),
                keys: u32::try_from(c.keys).unwrap_or(u32::MAX),
            });
        }
        Ok(roles)
    }

    /// What the store's own roles that have what a page asks for are called, by name: everybody may know whom to ask.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn own_roles_with(&self, scope: &Scope, need: Need) -> Result<Vec<String>, Error> {
        let mut roles = self.list_own(scope).await?;
        roles.retain(|role| role.access.has(need));
        roles.sort_by_cached_key(|role| fold(&role.name));
        Ok(roles.into_iter().map(|role| role.name).collect())
    }

    /// The role of an id in the scope's store: `manager`, or `own_12`.
    ///
    /// # Errors
    /// Not found.
    pub async fn role_of_id(&self, scope: &Scope, id: &str) -> Result<Role, Error> {
        if let Ok(role) = id.parse() {
            return Ok(role);
        }
        let text =
            "SELECT access FROM own_role WHERE store_id = ? AND id = ? AND deleted_at IS NULL";
        let row = sql(
            self.readers().get_database_backend(),
            text,
            values![scope.store_id().0, id],
        )
        .row(self.readers())
        .await?
        .ok_or_else(|| Problem::not_found("role in this store"))?;
        role_of(id, Some(&row.try_get_by_index::<String>(0)?))
    }

    /// What people call a role in records and lists.
    pub(crate) async fn role_word(&self, scope: &Scope, role: Role) -> Result<String, Error> {
        let Role::Own(_) = role else {
            return Ok(role.id());
        };
        let text = "SELECT name FROM own_role WHERE store_id = ? AND id = ?";
        let row = sql(
            self.readers().get_database_backend(),
            text,
            values![scope.store_id().0, role.id()],
        )
        .row(self.readers())
        .await?;
        Ok(match row {
            Some(row) => row.try_get_by_index(0)?,
            None => role.id(),
        })
    }

    /// Makes an own role (no id), or changes one: whoever has it sees the change with their next request, and
    /// their sockets are closed.
    ///
    /// # Errors
    /// Forbidden without [`Permission::ManageRoles`], and for more than one's own access; invalid fields (`name`,
    /// `description`, `access`); not found; conflict for a name that is taken.
    pub async fn put_role(
        &self,
        scope: &Scope,
        id: Option<String>,
        input: RoleInput,
    ) -> Result<RoleView, Error> {
        self.put_role_from(scope, id, None, input).await
    }

    /// As [`Storage::put_role`]; `was` is the role with which its form was loaded.
    ///
    /// # Errors
    /// As [`Storage::put_role`]; [`Problem::stale`] when somebody else changed it meanwhile.
    pub async fn put_role_from(
        &self,
        scope: &Scope,
        id: Option<String>,
        was: Option<RoleInput>,
        input: RoleInput,
    ) -> Result<RoleView, Error> {
        scope.require(Permission::ManageRoles)?;
        let input = checked(scope, input)?;
        let known = self.list_own(scope).await?;
        let before = match &id {
            None => None,
            Some(id) => Some(
                known
                    .iter()
                    .find(|role| role.id == *id)
                    .ok_or_else(|| Problem::not_found("own role in this store"))?,
            ),
        };
        if let (Some(before), Some(was)) = (before, was) {
            self.not_stale_role(scope, &was, before).await?;
        }
        if let Some(before) = before
            && !before.access.is_within(scope.role().access())
        {
            return Err(Problem::beyond(
                "this role opens more than your own; a super admin can change it",
            )
            .into());
        }
        let folded = fold(&input.name);
        let is_taken = |role: &&RoleView| {
            fold(&role.name) == folded && before.is_none_or(|before| before.id != role.id)
        };
        if known.iter().any(|role| is_taken(&role)) || folded.parse::<Role>().is_ok() {
            return Err(
                Problem::field("name", "contradiction", "there is a role of this name").into(),
            );
        }
        if before.is_none() && known.len() >= MOST_ROLES {
            return Err(Problem::new(Code::Conflict, "a store has at most 100 own roles").into());
        }
        let number = match &before {
            Some(before) => Role::own_number(&before.id).unwrap_or_default(),
            None => self.next_number(scope).await?,
        };
        let id = format!("own_{number}");
        let access = serde_json::to_value(input.access).map_err(damaged)?;
        let store = scope.store_id().0;
        let effects = match before {
            None => vec![changing(
                "INSERT INTO own_role (store_id, id, number, name, folded_name, description, access, created_at) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                values![
                    store,
                    id.clone(),
                    i64::from(number),
                    input.name.clone(),
                    folded,
                    input.description.clone(),
                    access.to_string(),
                    self.ambient().clock.now().timestamp_micros(),
                ],
            )],
            Some(before) => vec![
                still_as(store, before),
                changing(
                    "UPDATE own_role SET name = ?, folded_name = ?, description = ?, access = ? \
                     WHERE store_id = ? AND id = ? AND NOT EXISTS (SELECT 1 FROM own_role r \
                     WHERE r.store_id = ? AND r.folded_name = ? AND r.id <> ? AND r.deleted_at IS NULL)",
                    values![
                        input.name.clone(),
                        folded.clone(),
                        input.description.clone(),
                        access.to_string(),
                        store,
                        id.clone(),
                        store,
                        folded,
                        id.clone(),
                    ],
                ),
            ],
        };
        let change = Change {
            field: "access".to_owned(),
            before: before
                .map(|role| serde_json::to_value(role.access).map_err(damaged))
                .transpose()?
                .unwrap_or_default(),
            after: access,
        };
        let word = if before.is_some() {
            "Own role changed"
        } else {
            "Own role made"
        };
        self.write_role(
            scope,
            SecurityEventName::RoleSaved,
            (&id, &input.name),
            vec![change],
            word,
            effects,
        )
        .await?;
        self.list_own(scope)
            .await?
            .into_iter()
            .find(|role| role.id == id)
            .ok_or_else(|| Problem::not_found("own role in this store").into())
    }

    /// Deletes an own role that nobody has.
    ///
    /// # Errors
    /// Forbidden without [`Permission::ManageRoles`]; not found; conflict while people or keys have it, saying
    /// how many.
    pub async fn delete_role(&self, scope: &Scope, id: &str) -> Result<(), Error> {
        self.delete_role_from(scope, id, None).await
    }

    /// As [`Storage::delete_role`]; `was` is the role as it was shown to who deletes it.
    ///
    /// # Errors
    /// As [`Storage::delete_role`]; [`Problem::stale`] when somebody else changed it meanwhile.
    pub async fn delete_role_from(
        &self,
        scope: &Scope,
        id: &str,
        was: Option<RoleInput>,
    ) -> Result<(), Error> {
        scope.require(Permission::ManageRoles)?;
        let role = self
            .list_own(scope)
            .await?
            .into_iter()
            .find(|role| role.id == id)
            .ok_or_else(|| Problem::not_found("own role in this store"))?;
        if let Some(was) = &was {
            self.not_stale_role(scope, was, &role).await?;
        }
        let now = self.ambient().clock.now().timestamp_micros();
        let (store, own) = (scope.store_id().0, role.id.clone());
        let unchanged = was.is_some().then(|| still_as(store, &role));
        let effect = Effect::new(move |transaction| {
            let own = own.clone();
            Box::pin(async move {
                let backend = transaction.get_database_backend();
                let text = "SELECT (SELECT COUNT(*) FROM membership WHERE store_id = ? AND role = ?), \
                            (SELECT COUNT(*) FROM api_key WHERE store_id = ? AND role = ? AND revoked_at IS NULL)";
                let values = values![store, own.clone(), store, own.clone()];
                let (users, keys): (i64, i64) =
                    match sql(backend, text, values).row(transaction).await? {
                        Some(row) => (row.try_get_by_index(0)?, row.try_get_by_index(1)?),
                        None => (0, 0),
                    };
                if users + keys > 0 {
                    return Err(Problem::new(Code::Conflict, in_use(users, keys)).into());
                }
                let text = "UPDATE own_role SET deleted_at = ? WHERE store_id = ? AND id = ? AND deleted_at IS NULL";
                match sql(backend, text, values![now, store, own])
                    .execute(transaction)
                    .await?
                {
                    0 => Err(Problem::not_found("own role in this store").into()),
                    _ => Ok(()),
                }
            })
        });
        self.write_role(
            scope,
            SecurityEventName::RoleDeleted,
            (&role.id, &role.name),
            Vec::new(),
            "Own role deleted",
            unchanged.into_iter().chain([effect]).collect(),
        )
        .await
    }

    /// Refuses an own role that is not any more as it was loaded.
    async fn not_stale_role(
        &self,
        scope: &Scope,
        was: &RoleInput,
        now: &RoleView,
    ) -> Result<(), Error> {
        let kept = input_of(now);
        if *was == kept {
            return Ok(());
        }
        let is_it = |activity: &Activity| is_about(activity, &now.id);
        let changed = differing(was, &kept)?;
        let stale = self.stale(scope, "settings.updated", is_it, &changed);
        Err(stale.await?.into())
    }

    async fn list_own(&self, scope: &Scope) -> Result<Vec<RoleView>, Error> {
        let text = "SELECT r.id, r.name, r.description, r.access, CAST(0 AS BIGINT) AS users, CAST(0 AS BIGINT) AS keys \
                    FROM own_role r WHERE r.store_id = ? AND r.deleted_at IS NULL";
        let rows = sql(
            self.readers().get_database_backend(),
            text,
            values![scope.store_id().0],
        )
        .all::<Columns>(self.readers())
        .await?;
        rows.into_iter()
            .map(|c| {
                Ok(RoleView {
                    access: serde_json::from_str(&c.access).map_err(damaged)?,
                    id: c.id,
                    name: c.name,
                    description: c.description,
                    is_shipped: false,
                    users: 0,
                    keys: 0,
                    requires_second_factor: false,
                })
            })
            .collect()
    }

    /// Numbers are never used again: what a log says of a deleted role stays true.
    async fn next_number(&self, scope: &Scope) -> Result<u32, Error> {
        let text = "SELECT MAX(number) FROM own_role WHERE store_id = ?";
        let row = sql(
            self.readers().get_database_backend(),
            text,
            values![scope.store_id().0],
        )
        .row(self.readers())
        .await?;
        let last: Option<i64> = row
            .map(|row| row.try_get_by_index(0))
            .transpose()?
            .flatten();
        u32::try_from(last.unwrap_or(0) + 1)
            .map_err(|_| Problem::new(Code::Conflict, "no further role can be made").into())
    }

    async fn write_role(
        &self,
        scope: &Scope,
        name: SecurityEventName,
        (id, called): (&str, &str),
        changes: Vec<Change>,
        word: &str,
        effects: Vec<Effect>,
    ) -> Result<(), Error> {
        let subject = Reference {
            kind: "role".to_owned(),
            id: id.to_owned(),
            name: Some(called.to_owned()),
        };
        let mut event = self.event(scope, name, SecurityOutcome::Success);
        event.subject = Some(subject.clone());
        event.changes.clone_from(&changes);
        let activity = Activity {
            description: Some(word.to_owned()),
            ..own_activity(
                self.ambient(),
                "settings.updated",
                Category::Settings,
                Some(subject),
                changes,
            )
        };
        let records = vec![
            Record::Activity(self.done_by(scope, activity)),
            Record::Security(Box::new(event)),
        ];
        self.write_records(scope, records, effects).await
    }
}

/// A role as a form holds it.
fn input_of(role: &RoleView) -> RoleInput {
    RoleInput {
        name: role.name.clone(),
        description: role.description.clone(),
        access: role.access,
    }
}

/// Whether an activity tells of an own role.
fn is_about(activity: &Activity, id: &str) -> bool {
    let subject = activity.subject.as_ref();
    subject.is_some_and(|subject| subject.kind == "role" && subject.id == id)
}

/// Refuses when an own role is not any more as it was read.
fn still_as(store: i64, before: &RoleView) -> Effect {
    let was = input_of(before);
    still(
        "SELECT name, description, access FROM own_role WHERE store_id = ? AND id = ? AND deleted_at IS NULL",
        values![store, before.id.clone()],
        move |rows| {
            let Some(row) = rows.first() else {
                return Ok(false);
            };
            let access: String = row.try_get_by_index(2)?;
            let now = RoleInput {
                name: row.try_get_by_index(0)?,
                description: row.try_get_by_index(1)?,
                access: serde_json::from_str(&access).map_err(damaged)?,
            };
            Ok(now == was)
        },
    )
}

/// That a role can't be deleted, with how many have it: at least one does.
fn in_use(users: i64, keys: i64) -> String {
    let told: Vec<_> = [(users, "person", "people"), (keys, "key", "keys")]
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, more)| format!("{count} {}", if count == 1 { one } else { more }))
        .collect();
    let have = if users + keys == 1 { "has" } else { "have" };
    format!(
        "{} {have} this role; give another one first",
        told.join(" and ")
    )
}

fn checked(scope: &Scope, mut input: RoleInput) -> Result<RoleInput, Error> {
    input.name = input.name.trim().to_owned();
    input.description = input.description.trim().to_owned();
    let is_line = |text: &str| !text.chars().any(char::is_control);
    if input.name.is_empty() || input.name.chars().count() > 60 || !is_line(&input.name) {
        return Err(Problem::field("name", "required", "one line of 1 to 60 characters").into());
    }
    if input.description.chars().count() > 500 || input.description.contains('\0') {
        return Err(Problem::field("description", "too_long", "at most 500 characters").into());
    }
    let access: Access = input
        .access
        .of_own_role()
        .map_err(|fault| Problem::field("access", "contradiction", fault.to_string()))?;
    if !access.is_within(scope.role().access()) {
        return Err(Problem::beyond("nobody makes a role that opens more than their own").into());
    }
    Ok(RoleInput { access, ..input })
}
