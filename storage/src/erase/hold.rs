//! Legal holds: what may not be erased, by filter and with a reason.

use crate::account::own_activity;
use crate::export::name_of;
use crate::log::{uuid_of, zone};
use crate::record::{Effect, Record};
use crate::select::{Picked, What};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::export::{Selection, Source};
use domain::message::MessageFacts;
use domain::query::{ACTIVITY, MESSAGE, Query};
use domain::view::{Count, HoldView, StoreView};
use domain::{
    Activity, Category, Clause, Code, Facts, Filter, HoldId, Pattern, Permission, Problem,
    Reference, StoreId, Test,
};
use sea_orm::{ConnectionTrait, FromQueryResult};
use std::collections::BTreeSet;

/// How many holds a store has at once.
const MOST: usize = 100;

/// A hold, read.
#[derive(Debug, Clone)]
pub(crate) struct Hold {
    what: What,
}

/// How many holds were ever set on a log of a store. Holds that were read after it are all there are, as long as that stays.
#[derive(Debug, Clone, Copy)]
pub(super) struct HoldMark {
    store: StoreId,
    source: Source,
    set: i64,
}

impl HoldMark {
    async fn read(
        on: &impl ConnectionTrait,
        store: StoreId,
        source: Source,
    ) -> Result<Self, Error> {
        let text = "SELECT COUNT(*) FROM legal_hold WHERE store_id = ? AND source = ?";
        let values = values![store.0, source.as_str()];
        let row = sql(on.get_database_backend(), text, values).row(on).await?;
        let set = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
        Ok(Self { store, source, set })
    }

    /// Refuses with `conflict` where another hold was set since: the writer does one after the other, so what it deletes after
    /// this is under none that was set before.
    pub(super) fn check(self) -> Effect {
        Effect::new(move |transaction| {
            Box::pin(async move {
                let now = Self::read(transaction, self.store, self.source).await?;
                if now.set == self.set {
                    return Ok(());
                }
                let message = "a legal hold was set meanwhile";
                Err(Problem::new(Code::Conflict, message).into())
            })
        })
    }
}

#[derive(FromQueryResult)]
struct Columns {
    id: Vec<u8>,
    source: String,
    q: String,
    reason: String,
    by_name: String,
    created_at: i64,
}

const COLUMNS: &str = "SELECT id, source, q, reason, by_name, created_at FROM legal_hold \
     WHERE store_id = ? AND released_at IS NULL";

impl Hold {
    /// What both the hold and a selection are about; none when they are of different logs.
    pub(crate) fn and(&self, what: &What) -> Option<What> {
        self.what.and(what)
    }

    /// Whether it keeps an activity.
    pub(crate) fn keeps(&self, facts: &Facts) -> bool {
        matches!(&self.what, What::Activity(filter) if filter.matches(facts, false))
    }

    /// Whether it keeps a message.
    pub(crate) fn keeps_message(&self, facts: &MessageFacts) -> bool {
        matches!(&self.what, What::Messages(filter) if filter.matches(facts, false))
    }
}

impl Storage {
    /// To be taken before the holds are read, and checked where something is deleted that they do not keep.
    pub(super) async fn hold_mark(
        &self,
        store: StoreId,
        source: Source,
    ) -> Result<HoldMark, Error> {
        HoldMark::read(self.readers(), store, source).await
    }

    /// Whether there is a hold in force on a log.
    pub(super) async fn has_holds(
        &self,
        on: &impl ConnectionTrait,
        store: &StoreView,
        source: Source,
    ) -> Result<bool, Error> {
        let text = "SELECT 1 FROM legal_hold WHERE store_id = ? AND source = ? AND released_at IS NULL LIMIT 1";
        let values = values![store.id.0, source.as_str()];
        let found = sql(on.get_database_backend(), text, values).row(on).await?;
        Ok(found.is_some())
    }

    /// The holds of a store on a log. One whose query is not understood any more keeps everything.
    pub(crate) async fn holds_on(
        &self,
        on: &impl ConnectionTrait,
        store: &StoreView,
        source: Source,
    ) -> Result<Vec<Hold>, Error> {
        let text = format!("{COLUMNS} AND source = ?");
        let values = values![store.id.0, source.as_str()];
        let found: Vec<Columns> = sql(on.get_database_backend(), &text, values)
            .all(on)
            .await?;
        let (zone, week_start) = (zone::of(store), zone::week_start(store));
        let mut holds: Vec<Hold> = found
            .into_iter()
            .map(|columns| {
                // Relative times count from when the hold was set.
                let now = zone::time_of(columns.created_at);
                Hold {
                    what: match source {
                        Source::Messages => What::Messages(
                            Query::parse_as(&columns.q, &MESSAGE)
                                .to_message_filter(now, &zone, week_start)
                                .unwrap_or_default(),
                        ),
                        _ => What::Activity(
                            Query::parse_as(&columns.q, &ACTIVITY)
                                .to_filter(now, &zone, week_start)
                                .unwrap_or_default(),
                        ),
                    },
                }
            })
            .collect();
        if source == Source::Activity {
            // That something was erased is never erased itself.
            let told = Test::Action(vec![Pattern::exact("log.erased")]);
            holds.push(Hold {
                what: What::Activity(Filter {
                    clauses: vec![Clause {
                        is_negated: false,
                        test: told,
                    }],
                }),
            });
        }
        Ok(holds)
    }

    /// The holds in force, newest first, each with how much it keeps.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::Erase`], or a fault.
    pub async fn list_holds(&self, scope: &Scope) -> Result<Vec<HoldView>, Error> {
        scope.require(Permission::Erase)?;
        let text = format!("{COLUMNS} ORDER BY created_at DESC, source");
        let found: Vec<Columns> = sql(
            self.readers().get_database_backend(),
            &text,
            values![scope.store_id().0],
        )
        .all(self.readers())
        .await?;
        let zone = zone::of(scope.store());
        let mut views = Vec::with_capacity(found.len());
        for columns in found {
            let at = zone::time_of(columns.created_at);
            let source: Source = columns.source.parse().unwrap_or(Source::Activity);
            let selection = Selection::Matching {
                source,
                q: columns.q.clone(),
                up_to: None,
                except: Vec::new(),
            };
            let picked = self.pick(scope, &selection, None, at).await?;
            views.push(HoldView {
                id: HoldId(uuid_of(&columns.id)?),
                source,
                q: columns.q,
                reason: columns.reason,
                by: columns.by_name,
                at,
                offset_minutes: zone::offset_minutes(zone, at),
                count: self.rough_count(scope, &picked).await?,
            });
        }
        Ok(views)
    }

    /// How many match, up to where it is quick to tell.
    pub(crate) async fn rough_count(&self, scope: &Scope, picked: &Picked) -> Result<Count, Error> {
        match &picked.what {
            What::Activity(filter) => self.count_activities(scope, filter).await,
            What::Messages(filter) => self.count_messages(scope, filter).await,
            What::Watch(..) | What::Words(_) | What::Names(_) => Ok(Count::default()),
        }
    }

    /// Keeps what a query finds in these logs, now and later, from being erased by anybody and by retention: a hold in
    /// each, or none at all. Records `settings.updated`.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::Erase`]; no log that can be erased from; no reason; a query that one of the logs
    /// does not understand: which one is said where there are several.
    pub async fn add_holds(
        &self,
        scope: &Scope,
        sources: &[Source],
        q: &str,
        reason: &str,
    ) -> Result<Vec<HoldView>, Error> {
        scope.require(Permission::Erase)?;
        let reason = checked_reason(reason)?;
        let sources: BTreeSet<Source> = sources.iter().copied().collect();
        if sources.is_empty() || !sources.iter().all(|source| source.is_erasable()) {
            let message = "`activity` or `messages`";
            return Err(Problem::field("/source", "unknown", message).into());
        }
        let now = self.ambient().clock.now();
        for source in &sources {
            let selection = Selection::Matching {
                source: *source,
                q: q.to_owned(),
                up_to: None,
                except: Vec::new(),
            };
            let picked = self.pick(scope, &selection, None, now).await;
            picked.map_err(|error| match error {
                Error::Problem(problem) if sources.len() > 1 => not_in_all(problem, *source).into(),
                other => other,
            })?;
        }
        if self.list_holds(scope).await?.len() + sources.len() > MOST {
            let message = format!("a store has at most {MOST} holds at once");
            return Err(Problem::field("/q", "too_large", message).into());
        }
        let (mut ids, mut records, mut effects) = (Vec::new(), Vec::new(), Vec::new());
        for source in sources {
            let id = HoldId(self.ambient().uuid());
            effects.push(Effect::statement(
                "INSERT INTO legal_hold (id, store_id, source, q, reason, by_name, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                values![
                    id.0.as_bytes().to_vec(),
                    scope.store_id().0,
                    source.as_str(),
                    q.trim(),
                    reason.clone(),
                    name_of(scope.principal()),
                    now.timestamp_micros(),
                ],
            ));
            let about = self.about_hold(scope, id, format!("Legal hold set: {reason}"));
            records.push(Record::Activity(self.done_by(scope, about)));
            ids.push(id);
        }
        self.write_records(scope, records, effects).await?;
        let mut holds = self.list_holds(scope).await?;
        holds.retain(|hold| ids.contains(&hold.id));
        Ok(holds)
    }

    /// Ends a hold. Records `settings.updated`.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::Erase`]; `not_found`; no reason.
    pub async fn release_hold(
        &self,
        scope: &Scope,
        id: HoldId,
        reason: &str,
    ) -> Result<Vec<HoldView>, Error> {
        scope.require(Permission::Erase)?;
        let reason = checked_reason(reason)?;
        if !self.list_holds(scope).await?.iter().any(|h| h.id == id) {
            return Err(Problem::not_found("hold").into());
        }
        let now = self.ambient().clock.now().timestamp_micros();
        // Nothing reads what it was about any more, and that may name somebody who is erased after.
        let effect = Effect::statement(
            "UPDATE legal_hold SET released_at = ?, q = '', reason = '' WHERE id = ?",
            values![now, id.0.as_bytes().to_vec()],
        );
        let description = format!("Legal hold released: {reason}");
        self.write_for(scope, self.about_hold(scope, id, description), vec![effect])
            .await?;
        self.list_holds(scope).await
    }

    fn about_hold(&self, scope: &Scope, id: HoldId, description: String) -> Activity {
        let subject = Reference {
            kind: "legal_hold".to_owned(),
            id: id.to_string(),
            name: None,
        };
        Activity {
            actor: scope.actor(),
            description: Some(description),
            ..own_activity(
                self.ambient(),
                "settings.updated",
                Category::Settings,
                Some(subject),
                Vec::new(),
            )
        }
    }
}

/// Why a query holds nothing in several logs: one of them doesn't understand it.
fn not_in_all(mut problem: Problem, source: Source) -> Problem {
    if problem.code == Code::InvalidQuery {
        problem.message = format!(
            "nothing is held: this is no filter of {source}: {}; a hold in the other log alone may have it",
            problem.message
        );
    }
    problem
}

/// A reason with its ends trimmed.
pub(crate) fn checked_reason(reason: &str) -> Result<String, Problem> {
    let reason = reason.trim();
    let count = reason.chars().count();
    if !(1..=500).contains(&count) || reason.contains('\0') {
        let message = "a reason of 1 to 500 characters";
        return Err(Problem::field("/reason", "required", message));
    }
    Ok(reason.to_owned())
}
