//! The parameter `q`, as the filter of a call.

use super::params::Params;
use domain::message::MessageFilter;
use domain::query::QueryError;
use domain::query::query_problem;
use domain::{Filter, Problem};
use storage::{Scope, Storage};

/// The filter that `q` asks for; without it, everything.
///
/// # Errors
/// `invalid_query` with each mistake and its place.
pub fn read_filter(
    storage: &Storage,
    scope: &Scope,
    params: &Params<'_>,
) -> Result<Filter, Problem> {
    let Some(q) = params.get("q") else {
        return Ok(Filter::default());
    };
    storage
        .filter(scope, q)
        .map_err(|errors| not_understood(q, &errors))
}

/// The filter of messages that `q` asks for; without it, everything.
///
/// # Errors
/// `invalid_query` with each mistake and its place.
pub fn read_message_filter(
    storage: &Storage,
    scope: &Scope,
    params: &Params<'_>,
) -> Result<MessageFilter, Problem> {
    let Some(q) = params.get("q") else {
        return Ok(MessageFilter::default());
    };
    let filter = storage.message_filter(scope, q);
    filter.map_err(|errors| not_understood(q, &errors))
}

/// The refusal of a query with mistakes.
pub fn not_understood(q: &str, errors: &[QueryError]) -> Problem {
    let mut problem = query_problem(q, errors);
    for field in &mut problem.fields {
        // A parameter is named, not pointed at.
        field.pointer = "q".to_owned();
    }
    problem
}
