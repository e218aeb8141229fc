//! `GET /webhooks`: what shops delivered.

use crate::authority::Caller;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::wire::WebhookList;
use axum::Json;
use axum::extract::{RawQuery, State};
use domain::Problem;
use domain::hook::HookState;
use storage::HookFilter;

/// How many deliveries a page has when nothing is said.
const DEFAULT_LIMIT: u32 = 50;
/// How many deliveries a page has at most.
const MAX_LIMIT: u32 = 1_000;

/// List webhooks
///
/// What shops delivered, newest first. Go on with `next` as `after` until it is null.
#[utoipa::path(
    get, path = "/webhooks", tag = "Shop webhooks", operation_id = "list_webhooks",
    params(
        ("connection" = Option<String>, Query, example = "linen-shop", description = "Those of this connection."),
        ("topic" = Option<String>, Query, example = "orders/create", description = "Those of this topic."),
        ("state" = Option<String>, Query, example = "dead",
            description = "`received`, `queued`, `processing`, `done`, `failed`, `dead` or `discarded`; all when left out."),
        ("trace" = Option<String>, Query, description = "Those of this trace."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, example = 50, description = "How many at most; 50 when left out."),
        ("after" = Option<String>, Query, description = "The `next` of the page before, unchanged."),
    ),
    responses(
        (status = 200, description = "A page.", body = WebhookList),
        (status = 400, description = "`invalid_cursor`: `after` is not the `next` of an earlier answer."),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role sees no webhooks."),
        (status = 422, description = "`invalid_fields`: a parameter is unknown, given twice or out of bounds."),
    ),
)]
pub async fn list_webhooks(
    Caller(scope): Caller,
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<Json<WebhookList>, ApiError> {
    scope.require(domain::Permission::ManageWebhooks)?;
    let known = ["connection", "topic", "state", "trace", "limit", "after"];
    let params = Params::read(query.as_deref(), &known)?;
    let text = |name: &str| params.get(name).map(str::to_owned);
    let filter = HookFilter {
        connection: text("connection"),
        topic: text("topic"),
        state: params.get("state").map(read_state).transpose()?,
        trace_id: text("trace"),
    };
    let limit = params.number("limit", 1, MAX_LIMIT, DEFAULT_LIMIT)?;
    let page = state
        .storage
        .list_hooks(&scope, &filter, params.get("after"), limit);
    Ok(Json(page.await?.into()))
}

fn read_state(text: &str) -> Result<HookState, Problem> {
    text.parse().map_err(|()| {
        let known: Vec<&str> = HookState::ALL.iter().map(|one| one.as_str()).collect();
        Problem::field("state", "format", format!("one of {}", known.join(", ")))
    })
}
