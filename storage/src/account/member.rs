//! What accounts and memberships become, in the writer's transaction, where nobody comes between looking and
//! writing.

use super::NewUser;
use crate::record::Effect;
use crate::sql::{sql, values};
use crate::{Principal, Scope};
use domain::{Code, Problem, Role, StoreId, UserId};
use sea_orm::ConnectionTrait as _;

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
        values![user.0.as_bytes().to_vec(), store.0, role.id(), now],
    )
}

/// As [`join`], refused when the user has a role there.
pub(crate) fn join_new(user: UserId, store: StoreId, role: Role, now: i64) -> Effect {
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

/// Takes every way in from somebody of the sample store alone, but an invitation's: whoever let them into the sample may have
/// chosen how they sign in.
pub(super) fn begin_anew(
    user: UserId,
    password_hash: Option<String>,
) -> impl Iterator<Item = Effect> {
    let key = user.0.as_bytes().to_vec();
    let ways = [
        "DELETE FROM session WHERE user_id = ?",
        "DELETE FROM sign_in_step WHERE user_id = ?",
        "DELETE FROM totp WHERE user_id = ?",
        "DELETE FROM recovery_code WHERE user_id = ?",
        "DELETE FROM passkey WHERE user_id = ?",
        "DELETE FROM openid_identity WHERE user_id = ?",
        "UPDATE account_link SET expires_at = 0 WHERE user_id = ?",
    ];
    let password = Effect::statement(
        "UPDATE user_account SET password_hash = ? WHERE id = ?",
        values![password_hash, key.clone()],
    );
    let effect = move |text| Effect::statement(text, values![key.clone()]);
    std::iter::once(password).chain(ways.into_iter().map(effect))
}

/// A statement that must change something: otherwise somebody else was faster.
pub(crate) fn changing(text: &'static str, values: Vec<sea_orm::Value>) -> Effect {
    Effect::new(move |transaction| {
        let statement = sql(transaction.get_database_backend(), text, values.clone());
        Box::pin(async move {
            match statement.execute(transaction).await? {
                0 => Err(Problem::stale(None, &[]).into()),
                _ => Ok(()),
            }
        })
    })
}

/// Fails when who acts has lost the role by which they may, or was blocked, since they asked: of two who take each
/// other's role away at once, the second is too late.
pub(super) fn keep_office(scope: &Scope) -> Effect {
    let person = match scope.principal() {
        Principal::User { id, .. } => Some(id.0.as_bytes().to_vec()),
        Principal::Key { .. } | Principal::System(_) => None,
    };
    let (store, role) = (scope.store_id().0, scope.role().id());
    Effect::new(move |transaction| {
        let held = person.clone().map(|person| {
            let text = "SELECT 1 FROM membership WHERE user_id = ? AND store_id = ? AND role = ? AND is_blocked = ?";
            let values = values![person, store, role.clone(), false];
            sql(transaction.get_database_backend(), text, values)
        });
        Box::pin(async move {
            let Some(held) = held else { return Ok(()) };
            match held.row(transaction).await? {
                Some(_) => Ok(()),
                None => Err(Problem::new(
                    Code::Forbidden,
                    "your own role was changed a moment ago; load the page again",
                )
                .into()),
            }
        })
    })
}

/// Fails when an own role was deleted while it was being given.
pub(crate) fn keep_role(store: StoreId, role: Role) -> Effect {
    Effect::new(move |transaction| {
        Box::pin(async move {
            let Role::Own(_) = role else { return Ok(()) };
            let text =
                "SELECT 1 FROM own_role WHERE store_id = ? AND id = ? AND deleted_at IS NULL";
            let found = sql(
                transaction.get_database_backend(),
                text,
                values![store.0, role.id()],
            );
            match found.row(transaction).await? {
                Some(_) => Ok(()),
                None => Err(Problem::not_found("role; it was deleted a moment ago").into()),
            }
        })
    })
}

/// Fails when the store would be left without a super admin who can sign in.
pub(super) fn keep_super_admin(store: StoreId) -> Effect {
    Effect::new(move |transaction| {
        Box::pin(async move {
            let text = "SELECT 1 FROM membership m JOIN user_account u ON u.id = m.user_id \
                        WHERE m.store_id = ? AND m.role = ? AND m.is_blocked = ? AND (u.password_hash IS NOT NULL \
                        OR EXISTS (SELECT 1 FROM passkey k WHERE k.user_id = u.id) \
                        OR EXISTS (SELECT 1 FROM openid_identity o WHERE o.user_id = u.id))";
            let values = values![store.0, Role::SuperAdmin.as_str(), false];
            match sql(transaction.get_database_backend(), text, values)
                .row(transaction)
                .await?
            {
                Some(_) => Ok(()),
                None => Err(Problem::new(
                    Code::Conflict,
                    "a store needs a super admin who can sign in; make somebody else one first, and let them sign in",
                )
                .into()),
            }
        })
    })
}
