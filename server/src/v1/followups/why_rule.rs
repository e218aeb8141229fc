//! `GET /rules/{id}/why`: why a rule did or did not fire.

use super::{Managing, RuleKey};
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::wire::RuleWhy;
use axum::Json;
use axum::extract::{RawQuery, State};
use domain::{Problem, Reference};

/// How long a type or id may be, in characters.
const LONGEST: usize = 200;

/// Ask why a rule did not fire
///
/// The chain from what was received about the subject to what was done, up to where it broke: received, rule on,
/// conditions with the values they saw, actions with their tries. The newest that sets the rule off counts. For a rule on
/// a schedule the subject is not looked at.
#[utoipa::path(
    get, path = "/rules/{id}/why", tag = "Automatic follow-up", operation_id = "why_rule",
    params(
        ("id" = uuid::Uuid, Path, description = "The rule's id.", example = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f"),
        ("subject_type" = String, Query, description = "What kind of thing: `order`, `product`, ...", min_length = 1, max_length = 200, example = "product"),
        ("subject_id" = String, Query, description = "The store's id of it; of an order its number, with or without `#`.", min_length = 1, max_length = 200, example = "p_981"),
    ),
    responses(
        (status = 200, description = "The answer.", body = RuleWhy),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role may not manage rules."),
        (status = 404, description = "`not_found`: there never was such a rule."),
        (status = 422, description = "`invalid_fields`: the id is no UUID, or a parameter is missing or unknown."),
    ),
)]
pub async fn why_rule(
    Managing(scope): Managing,
    State(state): State<AppState>,
    RuleKey(id): RuleKey,
    RawQuery(query): RawQuery,
) -> Result<Json<RuleWhy>, ApiError> {
    let params = Params::read(query.as_deref(), &["subject_type", "subject_id"])?;
    let needed = |name: &str| -> Result<String, Problem> {
        let text = params.get(name).map(str::trim).unwrap_or_default();
        if text.is_empty() || text.chars().count() > LONGEST {
            let message = "1 to 200 characters are needed";
            return Err(Problem::field(name, "required", message));
        }
        Ok(text.to_owned())
    };
    let subject = Reference {
        kind: needed("subject_type")?,
        id: needed("subject_id")?,
        name: None,
    };
    let found = state.storage.why_rule(&scope, id, &subject).await?;
    Ok(Json(found.into()))
}
