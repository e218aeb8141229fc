//! Stores and their settings.

use crate::account::{changed, changing, own_activity};
use crate::record::{Effect, Record};
use crate::sql::{sql, values};
use crate::stale::differing;
use crate::{Error, Scope, Storage};
use chrono_tz::{TZ_VARIANTS, Tz};
use domain::security::{SecurityEventName, SecurityOutcome};
use domain::view::StoreView;
use domain::{Activity, Category, Code, Permission, Problem, Reference, StoreId};
use sea_orm::{ConnectionTrait as _, FromQueryResult};
use serde::Serialize;

/// A store to be created.
#[derive(Debug, Clone)]
pub struct NewStore {
    /// Its name, 1 to 100 characters.
    pub name: String,
    /// Its address on the web, may be empty.
    pub domain: String,
    /// IANA time zone.
    pub time_zone: String,
    /// Whether it is the sample store.
    pub is_sample: bool,
}

/// What the settings page changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoreSettings {
    /// Its name, 1 to 100 characters.
    pub name: String,
    /// Its address on the web, may be empty.
    pub domain: String,
    /// IANA time zone.
    pub time_zone: String,
}

impl StoreSettings {
    /// Those that a store has.
    pub fn of(store: &StoreView) -> Self {
        Self {
            name: store.name.clone(),
            domain: store.domain.clone(),
            time_zone: store.time_zone.clone(),
        }
    }
}

#[derive(FromQueryResult)]
pub(crate) struct Columns {
    id: i64,
    name: String,
    domain: String,
    time_zone: String,
    is_sample: bool,
}

impl From<Columns> for StoreView {
    fn from(c: Columns) -> Self {
        Self {
            id: StoreId(c.id),
            name: c.name,
            domain: c.domain,
            time_zone: c.time_zone,
            is_sample: c.is_sample,
        }
    }
}

impl Storage {
    /// Every store of the instance: for the command line and start-up, before there is a scope.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_stores(&self) -> Result<Vec<StoreView>, Error> {
        let text = "SELECT id, name, domain, time_zone, is_sample FROM store WHERE removed_at IS NULL ORDER BY is_sample, id";
        let rows = sql(self.readers().get_database_backend(), text, [])
            .all::<Columns>(self.readers())
            .await?;
        Ok(rows.into_iter().map(StoreView::from).collect())
    }

    /// Creates a store. Super admins of the other stores become its super admins, unless they are blocked. Records `settings.updated`
    /// in it.
    ///
    /// # Errors
    /// Invalid `name` or `time_zone`.
    pub async fn create_store(&self, store: NewStore) -> Result<StoreView, Error> {
        self.create_store_as(None, store).await
    }

    /// As [`Storage::create_store`], by a super admin of another store, who becomes one of this.
    ///
    /// # Errors
    /// Forbidden by role, and to people of the sample store, who have none of their own; invalid `name` or `time_zone`.
    pub async fn add_store(
        &self,
        scope: &Scope,
        name: String,
        time_zone: String,
    ) -> Result<StoreView, Error> {
        scope.require(Permission::ManageSuperAdmins)?;
        if scope.store().is_sample {
            let message = "stores are added from a store of your own, not from the sample";
            return Err(Problem::new(Code::Forbidden, message).into());
        }
        let store = NewStore {
            name,
            domain: String::new(),
            time_zone,
            is_sample: false,
        };
        self.create_store_as(Some(scope), store).await
    }

    async fn create_store_as(
        &self,
        by: Option<&Scope>,
        store: NewStore,
    ) -> Result<StoreView, Error> {
        let settings = StoreSettings {
            name: store.name,
            domain: store.domain,
            time_zone: store.time_zone,
        }
        .checked()?;
        // Somebody who creates one at the same moment may take the number: the next one is free.
        let mut tries = 0;
        loop {
            let created = self.try_create(by, &settings, store.is_sample).await;
            match created {
                Err(Error::Problem(problem)) if problem.code == Code::Conflict && tries < 10 => {
                    tries += 1;
                }
                other => return other,
            }
        }
    }

    async fn try_create(
        &self,
        by: Option<&Scope>,
        settings: &StoreSettings,
        is_sample: bool,
    ) -> Result<StoreView, Error> {
        let (id, insert) = self
            .new_store_effect(
                &settings.name,
                &settings.domain,
                &settings.time_zone,
                is_sample,
            )
            .await?;
        let members = Effect::statement(
            "INSERT INTO membership (user_id, store_id, role, created_at) \
             SELECT DISTINCT m.user_id, CAST(? AS BIGINT), 'super_admin', CAST(? AS BIGINT) FROM membership m \
             JOIN store t ON t.id = m.store_id WHERE m.role = 'super_admin' AND m.is_blocked = ? AND t.is_sample = ? \
             AND m.store_id <> ?",
            values![
                id.0,
                self.ambient().clock.now().timestamp_micros(),
                false,
                false,
                id.0
            ],
        );
        let view = StoreView {
            id,
            name: settings.name.clone(),
            domain: settings.domain.clone(),
            time_zone: settings.time_zone.clone(),
            is_sample,
        };
        let activity = Activity {
            description: Some("Store created".to_owned()),
            ..own_activity(
                self.ambient(),
                "settings.updated",
                Category::Settings,
                Some(reference(&view)),
                Vec::new(),
            )
        };
        let new = Scope::system("new store", view.clone());
        let by = by.unwrap_or(&new);
        let activity = self.done_by(by, activity);
        self.recorder()
            .write(
                id,
                by.principal_key(),
                vec![Record::Activity(activity)],
                vec![insert, members],
                None,
            )
            .await?;
        Ok(view)
    }

    /// The number of a store to be and what inserts it.
    pub(crate) async fn new_store_effect(
        &self,
        name: &str,
        domain: &str,
        time_zone: &str,
        is_sample: bool,
    ) -> Result<(StoreId, Effect), Error> {
        let settings = StoreSettings {
            name: name.to_owned(),
            domain: domain.to_owned(),
            time_zone: time_zone.to_owned(),
        }
        .checked()?;
        // Removed stores keep their row, so that a number is never given twice.
        let text = "SELECT COALESCE(MAX(id), 0) + 1 FROM store";
        let row = sql(self.readers().get_database_backend(), text, [])
            .row(self.readers())
            .await?;
        let id = StoreId(
            row.map(|row| row.try_get_by_index(0))
                .transpose()?
                .unwrap_or(1),
        );
        let insert = Effect::statement(
            "INSERT INTO store (id, name, domain, time_zone, is_sample, created_at) VALUES (?, ?, ?, ?, ?, ?)",
            values![
                id.0,
                settings.name,
                settings.domain,
                settings.time_zone,
                is_sample,
                self.ambient().clock.now().timestamp_micros()
            ],
        );
        let effect = Effect::new(move |transaction| {
            let insert = insert.clone();
            Box::pin(async move {
                let text = "SELECT 1 FROM store WHERE id = ?";
                let taken = sql(transaction.get_database_backend(), text, values![id.0]);
                if taken.row(transaction).await?.is_some() {
                    let message = "another store was created at the same moment; try again";
                    return Err(Problem::new(Code::Conflict, message).into());
                }
                insert.apply(transaction).await
            })
        });
        Ok((id, effect))
    }

    /// Changes the scope's store. Records `settings.updated` with before and after.
    ///
    /// # Errors
    /// Forbidden by role; invalid `name` or `time_zone`.
    pub async fn update_store(
        &self,
        scope: &Scope,
        settings: StoreSettings,
    ) -> Result<StoreView, Error> {
        self.update_store_from(scope, None, settings).await
    }

    /// As [`Storage::update_store`]; `was` is what its form was loaded with.
    ///
    /// # Errors
    /// As [`Storage::update_store`]; [`Problem::stale`] when somebody else changed it meanwhile.
    pub async fn update_store_from(
        &self,
        scope: &Scope,
        was: Option<StoreSettings>,
        settings: StoreSettings,
    ) -> Result<StoreView, Error> {
        scope.require(Permission::ManageSettings)?;
        let (view, records, effects) = self.store_change(scope, settings, was.is_some())?;
        if records.is_empty() {
            return Ok(view);
        }
        let kept = StoreSettings::of(scope.store());
        if let Some(was) = was.filter(|was| *was != kept) {
            return Err(self.stale_store(scope, &was, &kept).await?.into());
        }
        self.write_records(scope, records, effects).await?;
        Ok(view)
    }

    /// The scope's store with other settings, what is recorded of that and what sets them; nothing where they are the same.
    /// `is_compared`: only while it is as the scope has it.
    pub(crate) fn store_change(
        &self,
        scope: &Scope,
        settings: StoreSettings,
        is_compared: bool,
    ) -> Result<(StoreView, Vec<Record>, Vec<Effect>), Problem> {
        let settings = settings.checked()?;
        let before = scope.store();
        let view = StoreView {
            id: before.id,
            name: settings.name,
            domain: settings.domain,
            time_zone: settings.time_zone,
            is_sample: before.is_sample,
        };
        let changes: Vec<_> = [
            ("name", &before.name, &view.name),
            ("domain", &before.domain, &view.domain),
            ("time_zone", &before.time_zone, &view.time_zone),
        ]
        .into_iter()
        .filter(|(_, before, after)| before != after)
        .map(|(field, before, after)| changed(field, before, after))
        .collect();
        if changes.is_empty() {
            return Ok((view, Vec::new(), Vec::new()));
        }
        let mut values = values![
            view.name.clone(),
            view.domain.clone(),
            view.time_zone.clone(),
            view.id.0
        ];
        let effect = if is_compared {
            values.extend(values![
                before.name.clone(),
                before.domain.clone(),
                before.time_zone.clone()
            ]);
            changing(
                "UPDATE store SET name = ?, domain = ?, time_zone = ? WHERE id = ? AND name = ? AND domain = ? \
                 AND time_zone = ?",
                values,
            )
        } else {
            Effect::statement(
                "UPDATE store SET name = ?, domain = ?, time_zone = ? WHERE id = ?",
                values,
            )
        };
        let mut event = self.event(
            scope,
            SecurityEventName::SettingsChanged,
            SecurityOutcome::Success,
        );
        event.changes.clone_from(&changes);
        let activity = own_activity(
            self.ambient(),
            "settings.updated",
            Category::Settings,
            Some(reference(&view)),
            changes,
        );
        let records = vec![
            Record::Activity(self.done_by(scope, activity)),
            Record::Security(Box::new(event)),
        ];
        Ok((view, records, vec![effect]))
    }

    /// The refusal to change a store that is not any more as its form was loaded.
    async fn stale_store(
        &self,
        scope: &Scope,
        was: &StoreSettings,
        now: &StoreSettings,
    ) -> Result<Problem, Error> {
        let is_it = |activity: &Activity| {
            let subject = activity.subject.as_ref();
            subject.is_some_and(|subject| subject.kind == "store")
        };
        let now = differing(was, now)?;
        self.stale(scope, "settings.updated", is_it, &now).await
    }

    /// The IANA zones that can be chosen, sorted.
    pub fn time_zones() -> Vec<&'static str> {
        let mut names: Vec<&'static str> = TZ_VARIANTS.iter().map(|zone| zone.name()).collect();
        names.sort_unstable();
        names
    }

    /// Removes some of what is only kept for a while: idempotency keys after a week, sessions that are over by any policy.
    /// Says whether more of the keys may be left: call it again after a pause where others write.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tidy(&self) -> Result<bool, Error> {
        const DAY: i64 = 24 * 3_600 * 1_000_000;
        /// How many keys go at once: an answer may be long.
        const TOGETHER: i64 = 500;
        let now = self.ambient().clock.now().timestamp_micros();
        let week_ago = now - 7 * DAY;
        let effects = vec![
            Effect::statement(
                "DELETE FROM idempotency WHERE (principal, key) IN \
                 (SELECT principal, key FROM idempotency WHERE created_at < ? ORDER BY created_at LIMIT ?)",
                values![week_ago, TOGETHER],
            ),
            Effect::statement(
                "DELETE FROM session WHERE last_used_at < ? OR created_at < ?",
                values![now - 90 * DAY, now - 365 * DAY],
            ),
        ];
        self.recorder().apply(effects).await?;
        let left = sql(
            self.readers().get_database_backend(),
            "SELECT 1 FROM idempotency WHERE created_at < ? LIMIT 1",
            values![week_ago],
        );
        Ok(left.row(self.readers()).await?.is_some())
    }
}

impl StoreSettings {
    fn checked(mut self) -> Result<Self, Problem> {
        self.name = self.name.trim().to_owned();
        self.domain = self
            .domain
            .trim()
            .to_lowercase()
            .trim_start_matches("https://")
            .trim_start_matches("http://")
            .trim_end_matches('/')
            .to_owned();
        if self.name.is_empty() || self.name.chars().count() > 100 || self.name.contains('\0') {
            return Err(Problem::field(
                "name",
                "required",
                "a name of 1 to 100 characters",
            ));
        }
        if self.domain.len() > 253
            || self
                .domain
                .contains(|c: char| c.is_whitespace() || c.is_control())
        {
            return Err(Problem::field(
                "domain",
                "format",
                "a host name, such as maisonnoor.example, or nothing",
            ));
        }
        if self.time_zone.parse::<Tz>().is_err() {
            return Err(Problem::field(
                "time_zone",
                "format",
                "a zone of the IANA list, such as Asia/Riyadh",
            ));
        }
        Ok(self)
    }
}

fn reference(store: &StoreView) -> Reference {
    Reference {
        kind: "store".to_owned(),
        id: store.id.0.to_string(),
        name: Some(store.name.clone()),
    }
}

/// A store by its number, unless it was removed.
pub(crate) async fn store_of(
    on: &impl sea_orm::ConnectionTrait,
    store: StoreId,
) -> Result<Option<StoreView>, Error> {
    let text = "SELECT id, name, domain, time_zone, is_sample FROM store WHERE id = ? AND removed_at IS NULL";
    let found: Option<Columns> = sql(on.get_database_backend(), text, values![store.0])
        .one(on)
        .await?;
    Ok(found.map(StoreView::from))
}
