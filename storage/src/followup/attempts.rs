//! The tries of actions that failed, as the log tells of them: each left an entry with its error.

use super::action::RuleTask;
use crate::log::walk;
use crate::{Error, Page, Scope, Storage};
use domain::view::{ActionAttempt, RuleActionRow};
use domain::{Clause, Cursor, Direction, Filter, Pattern, Test};
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Of how many actions the tries are looked up at once.
const TOGETHER: usize = 100;
/// How many pages of entries are read for these at most.
const PAGES: usize = 5;
/// How many entries a page has.
const PAGE: u32 = 1_000;

/// An action with what it is.
type Tried = (RuleActionRow, RuleTask);

/// What an entry says of which try it tells.
#[derive(Deserialize)]
struct Told {
    #[serde(alias = "webhook")]
    task: Uuid,
    tries: u32,
}

impl Storage {
    /// The tries of these actions that failed, the oldest first, as far as the log still tells of them.
    pub(super) async fn failed_attempts(
        &self,
        scope: &Scope,
        actions: &[Tried],
    ) -> Result<HashMap<Uuid, Vec<ActionAttempt>>, Error> {
        let mut attempts: HashMap<Uuid, Vec<ActionAttempt>> = HashMap::new();
        // What a schedule set off is about nothing; its trace is its own.
        let (about, bare): (Vec<&Tried>, Vec<&Tried>) = actions
            .iter()
            .partition(|(_, task)| task.about.subject.is_some());
        for part in about.chunks(TOGETHER).chain(bare.chunks(TOGETHER)) {
            let ids: HashSet<Uuid> = part.iter().map(|(row, _)| row.id).collect();
            let filter = failures_of(part);
            let mut after = None;
            for _ in 0..PAGES {
                let page = Page {
                    after,
                    direction: Direction::Newest,
                    limit: PAGE,
                };
                let found = self
                    .activities_within(scope, &filter, page, walk::BOUND)
                    .await?;
                for past in self.recorded(scope, &found).await? {
                    let activity = past.activity;
                    let details = activity.details.unwrap_or_default();
                    let Ok(told) = serde_json::from_value::<Told>(details) else {
                        continue;
                    };
                    if ids.contains(&told.task) {
                        attempts.entry(told.task).or_default().push(ActionAttempt {
                            number: told.tries,
                            at: activity.occurred_at,
                            error: activity.error.unwrap_or_default(),
                        });
                    }
                }
                after = found.next.and_then(|next| Cursor::parse(&next).ok());
                if after.is_none() {
                    break;
                }
            }
        }
        for attempts in attempts.values_mut() {
            attempts.reverse();
        }
        Ok(attempts)
    }
}

/// The entries of tries that failed, in the traces of these actions and about their things.
fn failures_of(part: &[&Tried]) -> Filter {
    let traces = part
        .iter()
        .filter_map(|(_, task)| task.about.trace.as_deref());
    let things = part
        .iter()
        .filter_map(|(_, task)| task.about.subject.as_ref());
    let things: Vec<Pattern> = things
        .map(|thing| Pattern::exact(&format!("{}/{}", thing.kind, thing.id)))
        .collect();
    let failed = ["rule.action_failed", "webhook.failed"];
    let mut tests = vec![
        Test::Action(failed.into_iter().map(Pattern::exact).collect()),
        Test::Trace(traces.map(Pattern::exact).collect()),
    ];
    if !things.is_empty() {
        tests.push(Test::About(things));
    }
    let clauses = tests.into_iter().map(|test| Clause {
        is_negated: false,
        test,
    });
    Filter {
        clauses: clauses.collect(),
    }
}
