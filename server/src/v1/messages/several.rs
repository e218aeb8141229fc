//! `POST /messages/stop` and `POST /messages/restart`: several messages at once.

use crate::authority::Caller;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::body::Sent;
use crate::v1::idempotency::{IdempotencyKey, done};
use crate::v1::params::Params;
use crate::v1::wire::{NotDone, SeveralDone, SeveralInput};
use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::message::{MessageClause, MessageFilter, NotStopped};
use domain::query::query_problem;
use domain::{FieldProblem, MessageId, Permission, Problem};
use serde_json::Value;
use storage::{MAX_SEVERAL, Scope};

/// The fields of both calls.
pub const FIELDS: [&str; 2] = ["ids", "q"];

/// Stop several messages
///
/// Those that `ids` name, or that wait and match `q`, the newest first, at most 1,000 in a call. Each is stopped for
/// certain, or listed with the reason why not. With `has_more`, call again: what was stopped no longer waits.
#[utoipa::path(
    post, path = "/messages/stop", tag = "Messages", operation_id = "stop_messages", security(("api_key" = [])),
    params(
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            example = "8e03978e-40d5-43e8-bc93-6894a57f9324",
            description = "Makes sending again harmless: the same call under the same key is done once, and answered with the stored answer."),
    ),
    request_body = SeveralInput,
    responses(
        (status = 200, description = "What was done.", body = SeveralDone, headers(
            ("Idempotency-Replayed" = String, description = "`true` when this is the stored answer of an earlier call."),
        )),
        (status = 400, description = "`malformed_json`: the body is not JSON or not UTF-8. `invalid_query`: `q` was not understood; each mistake is named with its place."),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role may not send."),
        (status = 409, description = "`conflict`: a call under this idempotency key has no stored answer yet; try again in a moment."),
        (status = 413, description = "`too_large`: more than 8 MiB."),
        (status = 415, description = "`unsupported_media_type`: not JSON in UTF-8."),
        (status = 422, description = "`invalid_fields`: each wrong field is named. `idempotency_conflict`: the key was used with another call."),
    ),
)]
pub async fn stop_messages(
    Caller(scope): Caller,
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
    key: IdempotencyKey,
    sent: Sent,
) -> Result<Response, ApiError> {
    Params::read(query.as_deref(), &[])?;
    let acts_on = state.storage.stoppable(&scope);
    let chosen = chosen(&state, &scope, &sent.json().await?, acts_on, None).await?;
    key.in_steps()
        .once(state, scope, Some(&sent), move |state, scope| async move {
            let told_of = state.storage.stop_messages(&scope, &chosen.ids).await?;
            done(&told(told_of, chosen.has_more))
        })
        .await
}

/// Restart several messages
///
/// Those that `ids` name, or that match `q` and were stopped, failed, or were not sent for want of a provider that is set
/// up by now; the newest first, at most 1,000 in a call. They go out ten a second from now on, so that a provider is not
/// flooded and what was restarted by mistake can be stopped. When no more of these match `q`, the messages that still lack
/// a provider are listed in `not_done` (`not_set_up`), as many as the call has room for, with `has_more: false`.
#[utoipa::path(
    post, path = "/messages/restart", tag = "Messages", operation_id = "restart_messages", security(("api_key" = [])),
    params(
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            example = "8e03978e-40d5-43e8-bc93-6894a57f9324",
            description = "Makes sending again harmless: the same call under the same key is done once, and answered with the stored answer."),
    ),
    request_body = SeveralInput,
    responses(
        (status = 200, description = "What was done.", body = SeveralDone, headers(
            ("Idempotency-Replayed" = String, description = "`true` when this is the stored answer of an earlier call."),
        )),
        (status = 400, description = "`malformed_json`: the body is not JSON or not UTF-8. `invalid_query`: `q` was not understood; each mistake is named with its place."),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role may not send."),
        (status = 409, description = "`conflict`: a call under this idempotency key has no stored answer yet; try again in a moment."),
        (status = 413, description = "`too_large`: more than 8 MiB."),
        (status = 415, description = "`unsupported_media_type`: not JSON in UTF-8."),
        (status = 422, description = "`invalid_fields`: each wrong field is named. `idempotency_conflict`: the key was used with another call."),
    ),
)]
pub async fn restart_messages(
    Caller(scope): Caller,
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
    key: IdempotencyKey,
    sent: Sent,
) -> Result<Response, ApiError> {
    Params::read(query.as_deref(), &[])?;
    let acts_on = state.storage.restartable(&scope);
    let barred = state.storage.without_provider(&scope);
    let chosen = chosen(&state, &scope, &sent.json().await?, acts_on, barred).await?;
    key.in_steps()
        .once(state, scope, Some(&sent), move |state, scope| async move {
            let told_of = state.storage.restart_messages(&scope, &chosen.ids).await?;
            done(&told(told_of, chosen.has_more))
        })
        .await
}

/// The messages that a body names.
struct Chosen {
    ids: Vec<MessageId>,
    has_more: bool,
}

/// `barred`: what can't be acted on for a reason that is told of each, once nothing is left that can. Whoever calls until
/// there is no more would call for ever if they counted.
async fn chosen(
    state: &AppState,
    scope: &Scope,
    body: &Value,
    acts_on: Vec<MessageClause>,
    barred: Option<Vec<MessageClause>>,
) -> Result<Chosen, ApiError> {
    scope.require(Permission::SendMessages)?;
    match read(body)? {
        Named::Ids(ids) => Ok(Chosen {
            ids,
            has_more: false,
        }),
        Named::Query(q) => {
            let wanted = filter(state, scope, &q, acts_on)?;
            let ids = state.storage.message_ids(scope, &wanted, MAX_SEVERAL);
            let mut ids = ids.await?;
            let has_more = ids.len() == MAX_SEVERAL;
            if let Some(barred) = barred.filter(|_| !has_more) {
                let wanted = filter(state, scope, &q, barred)?;
                let left = MAX_SEVERAL - ids.len();
                ids.extend(state.storage.message_ids(scope, &wanted, left).await?);
            }
            Ok(Chosen { ids, has_more })
        }
    }
}

/// What matches `q` and is in a state that can be acted on.
fn filter(
    state: &AppState,
    scope: &Scope,
    q: &str,
    acts_on: Vec<MessageClause>,
) -> Result<MessageFilter, Problem> {
    let filter = state.storage.message_filter(scope, q);
    let mut filter = filter.map_err(|errors| {
        let mut problem = query_problem(q, &errors);
        for field in &mut problem.fields {
            "/q".clone_into(&mut field.pointer);
        }
        problem
    })?;
    filter.clauses.extend(acts_on);
    Ok(filter)
}

#[derive(Debug, PartialEq)]
enum Named {
    Ids(Vec<MessageId>),
    Query(String),
}

fn read(body: &Value) -> Result<Named, Problem> {
    let Value::Object(fields) = body else {
        return Err(Problem::field("", "type", "an object is expected"));
    };
    let mut wrong = Vec::new();
    let mut add = |pointer: String, code: &str, message: &str| {
        wrong.push(FieldProblem {
            pointer,
            code: code.to_owned(),
            message: message.to_owned(),
        });
    };
    for name in fields
        .keys()
        .filter(|name| !FIELDS.contains(&name.as_str()))
    {
        let shown: String = name.chars().take(100).collect();
        let escaped = shown.replace('~', "~0").replace('/', "~1");
        add(
            format!("/{escaped}"),
            "unknown",
            "not a field here; known are ids, q",
        );
    }
    let there = |name: &str| fields.get(name).filter(|value| !value.is_null());
    let named = match (there("ids"), there("q")) {
        (Some(_), Some(_)) => {
            add(
                "/q".to_owned(),
                "contradiction",
                "either ids or q, not both",
            );
            None
        }
        (None, None) => {
            add(
                "/ids".to_owned(),
                "required",
                "the ids of 1 to 1,000 messages, or q instead",
            );
            None
        }
        (Some(Value::Array(items)), None) => {
            if items.is_empty() || items.len() > MAX_SEVERAL {
                add("/ids".to_owned(), "too_long", "1 to 1,000 ids");
            }
            let mut ids: Vec<MessageId> = Vec::new();
            for (at, item) in items.iter().take(MAX_SEVERAL).enumerate() {
                match item.as_str().and_then(|text| text.parse().ok()) {
                    Some(id) if ids.contains(&id) => {}
                    Some(id) => ids.push(id),
                    None => add(format!("/ids/{at}"), "format", "a UUID is expected"),
                }
            }
            Some(Named::Ids(ids))
        }
        (Some(_), None) => {
            add("/ids".to_owned(), "type", "an array of ids is expected");
            None
        }
        (None, Some(Value::String(q))) => Some(Named::Query(q.clone())),
        (None, Some(_)) => {
            add("/q".to_owned(), "type", "a text is expected");
            None
        }
    };
    wrong.truncate(50);
    match named {
        Some(named) if wrong.is_empty() => Ok(named),
        _ => Err(Problem::invalid_fields(wrong)),
    }
}

fn told(done: Vec<(MessageId, Result<(), Problem>)>, has_more: bool) -> SeveralDone {
    let mut told = SeveralDone {
        done: Vec::new(),
        not_done: Vec::new(),
        has_more,
    };
    for (id, outcome) in done {
        match outcome {
            Ok(()) => told.done.push(id.0),
            Err(problem) => {
                // As the call for one message says it, where that has a code of its own.
                let why = NotStopped::of(&problem);
                let code = why.map_or(problem.code.as_str(), NotStopped::as_str);
                told.not_done.push(NotDone {
                    id: id.0,
                    code: code.to_owned(),
                    message: problem.message,
                });
            }
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_was_not_done_says_why_as_closely_as_the_call_for_one() {
        let refused = [
            Problem::from(NotStopped::NotSetUp),
            Problem::from(NotStopped::HandedOver),
            Problem::not_found("message"),
        ];
        let id = MessageId(uuid::Uuid::nil());
        let done = refused.into_iter().map(|problem| (id, Err(problem)));
        let told = told(done.collect(), false);
        let codes: Vec<&str> = told.not_done.iter().map(|one| one.code.as_str()).collect();
        assert_eq!(codes, ["not_set_up", "handed_over", "not_found"]);
    }

    #[test]
    fn what_is_chosen_is_read_strictly() {
        let id = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f";
        let read_ids = read(&json!({"ids": [id, id]})).unwrap();
        assert_eq!(read_ids, Named::Ids(vec![id.parse().unwrap()]));
        let all = read(&json!({"q": ""})).unwrap();
        assert_eq!(all, Named::Query(String::new()));
        let many: Vec<_> = (0..1_001).map(|_| id).collect();
        for (body, pointer) in [
            (json!([]), ""),
            (json!({}), "/ids"),
            (json!({"ids": []}), "/ids"),
            (json!({"ids": many}), "/ids"),
            (json!({"ids": ["7"]}), "/ids/0"),
            (json!({"ids": id}), "/ids"),
            (json!({"ids": [id], "q": "x"}), "/q"),
            (json!({"q": 1}), "/q"),
            (json!({"q": "", "a/b": 1}), "/a~1b"),
        ] {
            let problem = read(&body).unwrap_err();
            assert_eq!(problem.fields[0].pointer, pointer, "{body}");
        }
    }
}
