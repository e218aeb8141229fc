//! The safety of a store: who needs a second factor, how long sessions last, how long calls are kept.

use crate::account::own_activity;
use crate::record::message::damaged;
use crate::record::{Effect, Record};
use crate::sql::{sql, values};
use crate::stale::{differing, still};
use crate::{Error, Scope, Storage};
use domain::security::{SecurityEventName, SecurityOutcome};
use domain::view::Policy;
use domain::{Activity, Category, Change, Permission, Problem, StoreId};

impl Storage {
    /// The safety of the scope's store.
    ///
    /// # Errors
    /// Forbidden without [`Permission::ManageSettings`].
    pub async fn policy(&self, scope: &Scope) -> Result<Policy, Error> {
        scope.require(Permission::ManageSettings)?;
        self.policy_of(scope.store_id()).await
    }

    pub(crate) async fn policy_of(&self, store: StoreId) -> Result<Policy, Error> {
        let text = "SELECT definition FROM policy WHERE store_id = ?";
        let row = sql(
            self.readers().get_database_backend(),
            text,
            values![store.0],
        )
        .row(self.readers())
        .await?;
        match row {
            Some(row) => policy_of(Some(&row.try_get_by_index::<String>(0)?)),
            None => Ok(Policy::default()),
        }
    }

    /// Changes it; holds from the next request on. Recorded with what it was before.
    ///
    /// # Errors
    /// Forbidden without [`Permission::ManageSettings`], for the retention without
    /// [`Permission::ManageRetention`] and for second factors without [`Permission::ManageRoles`]; invalid fields.
    pub async fn set_policy(&self, scope: &Scope, policy: Policy) -> Result<(), Error> {
        self.set_policy_from(scope, None, policy).await.map(drop)
    }

    /// As [`Storage::set_policy`]; `was` is what its form was loaded with. Returns it as it is kept.
    ///
    /// # Errors
    /// As [`Storage::set_policy`]; [`Problem::stale`] when somebody else changed it meanwhile.
    pub async fn set_policy_from(
        &self,
        scope: &Scope,
        was: Option<Policy>,
        policy: Policy,
    ) -> Result<Policy, Error> {
        scope.require(Permission::ManageSettings)?;
        let before = self.policy_of(scope.store_id()).await?;
        let policy = checked(policy)?;
        if policy == before {
            return Ok(policy);
        }
        if let Some(was) = was.filter(|was| *was != before) {
            let now = differing(&was, &before)?;
            let is_it = |activity: &Activity| {
                let mut changes = activity.changes.iter();
                changes.any(|change| now.iter().any(|(field, _)| *field == change.field))
            };
            let stale = self.stale(scope, "settings.updated", is_it, &now).await?;
            return Err(stale.into());
        }
        if policy.request_days != before.request_days {
            scope.require(Permission::ManageRetention)?;
        }
        if policy.second_factor_for != before.second_factor_for {
            scope.require(Permission::ManageRoles)?;
            for id in &policy.second_factor_for {
                if self.role_of_id(scope, id).await.is_err() {
                    return Err(Problem::field(
                        "second_factor_for",
                        "unknown",
                        "a role that this store does not have",
                    )
                    .into());
                }
            }
        }
        let old = serde_json::to_value(&before).map_err(damaged)?;
        let new = serde_json::to_value(&policy).map_err(damaged)?;
        let changes: Vec<Change> = new
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(field, value)| old.get(*field) != Some(*value))
            .map(|(field, value)| Change {
                field: field.clone(),
                before: old.get(field).cloned().unwrap_or_default(),
                after: value.clone(),
            })
            .collect();
        let store = scope.store_id().0;
        let unchanged = still(
            "SELECT definition FROM policy WHERE store_id = ?",
            values![store],
            move |rows| {
                let row = rows.first();
                let now = row.map(|row| row.try_get_by_index::<String>(0));
                Ok(policy_of(now.transpose()?.as_deref())? == before)
            },
        );
        let effect = Effect::statement(
            "INSERT INTO policy (store_id, definition) VALUES (?, ?) \
             ON CONFLICT (store_id) DO UPDATE SET definition = excluded.definition",
            values![store, new.to_string()],
        );
        let mut event = self.event(
            scope,
            SecurityEventName::SettingsChanged,
            SecurityOutcome::Success,
        );
        event.changes.clone_from(&changes);
        let activity = Activity {
            description: Some("Safety settings changed".to_owned()),
            ..own_activity(
                self.ambient(),
                "settings.updated",
                Category::Settings,
                None,
                changes,
            )
        };
        let records = vec![
            Record::Activity(self.done_by(scope, activity)),
            Record::Security(Box::new(event)),
        ];
        self.write_records(scope, records, vec![unchanged, effect])
            .await?;
        Ok(policy)
    }

    /// Whether a role needs a second factor from now on.
    ///
    /// # Errors
    /// As [`Storage::set_policy`].
    pub async fn set_requires_second_factor(
        &self,
        scope: &Scope,
        role: &str,
        is_required: bool,
    ) -> Result<(), Error> {
        let mut policy = self.policy(scope).await?;
        policy.second_factor_for.retain(|id| id != role);
        if is_required {
            policy.second_factor_for.push(role.to_owned());
        }
        self.set_policy(scope, policy).await
    }

    /// The names that any store wants scrubbed: a call is scrubbed before it is known whose it is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn scrubbed_names(&self) -> Result<Vec<String>, Error> {
        let rows = sql(
            self.readers().get_database_backend(),
            "SELECT definition FROM policy",
            [],
        )
        .rows(self.readers())
        .await?;
        let mut names = Vec::new();
        for row in rows {
            names.extend(policy_of(Some(&row.try_get_by_index::<String>(0)?))?.scrubbed_names);
        }
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }
}

/// The policy of its stored form; the usual one for none.
pub(crate) fn policy_of(definition: Option<&str>) -> Result<Policy, Error> {
    definition.map_or_else(
        || Ok(Policy::default()),
        |text| serde_json::from_str(text).map_err(damaged),
    )
}

fn checked(mut policy: Policy) -> Result<Policy, Error> {
    let refused = |field: &str, message: &str| Problem::field(field, "out_of_range", message);
    policy.second_factor_for.sort_unstable();
    policy.second_factor_for.dedup();
    if !(5..=129_600).contains(&policy.idle_minutes) {
        return Err(refused("idle_minutes", "5 to 129,600 minutes").into());
    }
    if !(1..=365).contains(&policy.lifetime_days) {
        return Err(refused("lifetime_days", "1 to 365 days").into());
    }
    if !(1..=3_650).contains(&policy.request_days) {
        return Err(refused("request_days", "1 to 3,650 days").into());
    }
    let clean = |texts: &mut Vec<String>| {
        for text in texts.iter_mut() {
            *text = text.trim().to_owned();
        }
        texts.retain(|text| !text.is_empty());
        texts.dedup();
    };
    clean(&mut policy.scrubbed_names);
    let is_name = |name: &String| name.chars().count() <= 100 && !name.contains('\0');
    if policy.scrubbed_names.len() > 100 || !policy.scrubbed_names.iter().all(is_name) {
        return Err(refused(
            "scrubbed_names",
            "at most 100 names of at most 100 characters",
        )
        .into());
    }
    clean(&mut policy.alarm_emails);
    if policy.alarm_emails.len() > 20 {
        return Err(refused("alarm_emails", "at most 20 email addresses").into());
    }
    let mut emails = policy.alarm_emails.iter();
    if let Some(wrong) = emails.find(|text| !domain::message::is_address(text)) {
        let shown: String = wrong.chars().take(60).collect();
        let message = format!("`{shown}` is no email address");
        return Err(Problem::field("alarm_emails", "format", message).into());
    }
    policy.alarm_url = policy
        .alarm_url
        .map(|url| url.trim().to_owned())
        .filter(|url| !url.is_empty());
    if policy.alarm_url.as_ref().is_some_and(|url| {
        !url.starts_with("https://")
            || url.len() > 2_000
            || url.contains(|c: char| c.is_whitespace() || c.is_control())
            || names_user(url)
    }) {
        let message = "an address that begins with https://, without a user and a password";
        return Err(refused("alarm_url", message).into());
    }
    Ok(policy)
}

/// Whether an address holds a user, with a password or not: what is set is recorded, and a record is kept for good. Its
/// host begins after any number of slashes, either way round (<https://url.spec.whatwg.org/#url-parsing>).
fn names_user(url: &str) -> bool {
    let rest = url
        .trim_start_matches("https:")
        .trim_start_matches(['/', '\\']);
    let host = rest.split(['/', '\\', '?', '#']).next();
    host.is_some_and(|host| host.contains('@'))
}
