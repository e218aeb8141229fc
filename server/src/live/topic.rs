//! What a socket may follow: `activity`, `messages`, `order:{number}`, `operations`, `exports`, `webhooks`, `security`,
//! `requests`.

use super::hub::{Subject, Watch, text_of};
use super::states::States;
use axum::extract::ws::Utf8Bytes;
use domain::entry::EntryFilter;
use domain::message::MessageFilter;
use domain::query::{QueryError, query_problem};
use domain::view::{LiveEvent, MessageEvent, OperationLive, ThreadItem, WatchEvent};
use domain::{Filter, Permission, Problem};
use serde::Deserialize;
use storage::{Error, Scope, Storage};
use uuid::Uuid;

/// How many characters an order's number may have.
const MAX_NUMBER: usize = 200;

/// An event that was read from the ledger.
pub(super) struct Told {
    /// Resume after it; none where nobody resumes after it.
    pub(super) mark: Option<String>,
    /// The entry or message it is about; none for an event about the following itself.
    pub(super) about: Option<Uuid>,
    /// As it goes over the wire.
    pub(super) text: Utf8Bytes,
}

/// The topic that a request names beside its query.
pub(super) fn named(request: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        #[serde(default)]
        topic: Option<String>,
    }
    let named: Named = serde_json::from_str(request).ok()?;
    named.topic
}

/// What following a topic needs; nothing for the activity log, which each role follows as far as it reads it.
pub(super) fn needs(topic: &str) -> Option<Permission> {
    if let Some(states) = States::named(Some(topic)) {
        return Some(states.permission());
    }
    match topic {
        "operations" => Some(Permission::ReadOperations),
        "security" => Some(Permission::ReadSecurity),
        "requests" => Some(Permission::ReadRequests),
        "messages" => Some(Permission::ReadMessages),
        order if order.starts_with("order:") => Some(Permission::ReadMessages),
        _ => None,
    }
}

/// What a topic and a query ask for; without a topic, the activity log.
///
/// # Errors
/// `invalid_query` with each mistake, `forbidden` for messages or a log that watches to a role that reads none,
/// `invalid_fields` for a topic that isn't one.
pub(super) fn subject(
    storage: &Storage,
    scope: &Scope,
    topic: Option<&str>,
    q: &str,
) -> Result<Subject, Problem> {
    let not_understood = |errors: &[_]| query_problem(q, errors);
    let order = match topic {
        None | Some("activity") => {
            let filter = storage.filter(scope, q);
            return filter
                .map(Subject::Activity)
                .map_err(|errors| not_understood(&errors));
        }
        Some("messages") => None,
        Some("operations") => {
            scope.require(Permission::ReadOperations)?;
            return Ok(Subject::Operations);
        }
        Some("security") => {
            scope.require(Permission::ReadSecurity)?;
            return watch(Watch::Security, q, |q| storage.security_filter(scope, q));
        }
        Some("requests") => {
            scope.require(Permission::ReadRequests)?;
            return watch(Watch::Requests, q, |q| storage.requests_filter(scope, q));
        }
        Some(other) => match other.strip_prefix("order:") {
            Some(number) if (1..=MAX_NUMBER).contains(&number.chars().count()) => {
                Some(number.to_owned())
            }
            _ => {
                let message = "activity, messages, operations, exports, webhooks, security, requests, or order: and an order's number";
                return Err(Problem::field("/topic", "format", message));
            }
        },
    };
    scope.require(Permission::ReadMessages)?;
    let filter = if q.trim().is_empty() {
        MessageFilter::default()
    } else {
        storage
            .message_filter(scope, q)
            .map_err(|errors| not_understood(&errors))?
    };
    let whole = order.as_deref().filter(|_| filter.clauses.is_empty());
    Ok(Subject::Messages {
        events: whole.map(Filter::of_thread),
        filter,
        order,
    })
}

fn watch(
    log: Watch,
    q: &str,
    read: impl FnOnce(&str) -> Result<EntryFilter, Vec<QueryError>>,
) -> Result<Subject, Problem> {
    let filter = match q.trim() {
        "" => EntryFilter::default(),
        q => read(q).map_err(|errors| query_problem(q, &errors))?,
    };
    Ok(Subject::Watch { log, filter })
}

/// What the ledger holds of a subject after a mark. The logs that watch have no marks: there the list is read anew.
///
/// # Errors
/// A fault of the database.
pub(super) async fn read_on(
    storage: &Storage,
    scope: &Scope,
    subject: &Subject,
    mark: &str,
) -> Result<Vec<Told>, Error> {
    match subject {
        Subject::Activity(filter) => {
            let events = storage.changes_since(scope, filter, mark).await?;
            Ok(events.iter().map(of_activity).collect())
        }
        Subject::Messages { filter, order, .. } => {
            let changes = storage.message_changes_since(scope, filter, order.as_deref(), mark);
            Ok(changes.await?.iter().map(of_message).collect())
        }
        Subject::Operations => {
            let events = storage.operation_changes_since(scope, mark).await?;
            Ok(events.iter().map(of_operation).collect())
        }
        Subject::Watch { .. } => Ok(vec![Told {
            mark: Some(mark.to_owned()),
            about: None,
            text: text_of(&WatchEvent::Reload),
        }]),
    }
}

fn of_activity(event: &LiveEvent) -> Told {
    let (mark, about) = match event {
        LiveEvent::Added { row, mark } | LiveEvent::Changed { row, mark, .. } => {
            (mark, Some(row.id.0))
        }
        LiveEvent::Hello { mark } | LiveEvent::Resync { mark } => (mark, None),
    };
    Told {
        mark: Some(mark.clone()),
        about,
        text: text_of(event),
    }
}

/// What is told of an operation is how it stands: told twice it says the same, so no echo is kept.
fn of_operation(event: &OperationLive) -> Told {
    let (OperationLive::OperationChanged { mark, .. } | OperationLive::Resync { mark }) = event;
    Told {
        mark: Some(mark.clone()),
        about: None,
        text: text_of(event),
    }
}

fn of_message(event: &MessageEvent) -> Told {
    let (mark, about) = match event {
        MessageEvent::MessageAdded { item, mark }
        | MessageEvent::MessageChanged { item, mark, .. } => (Some(mark), message_of(item)),
        MessageEvent::Resync { mark } => (Some(mark), None),
        MessageEvent::OrderActivity { .. } => (None, None),
    };
    Told {
        mark: mark.cloned(),
        about,
        text: text_of(event),
    }
}

fn message_of(item: &ThreadItem) -> Option<Uuid> {
    match item {
        ThreadItem::Message { row, .. } => Some(row.id.0),
        ThreadItem::Activity { .. } => None,
    }
}
