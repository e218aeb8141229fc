//! What the selection asks the server.

use crate::AppError;
use domain::export::Selection;
use domain::view::SelectionCount;
use leptos::server;
use leptos::server_fn::codec::Json;

/// How many records a selection is, exactly, of which kinds, and how many of them are under legal hold.
///
/// # Errors
/// Not signed in, a query or mark that is not understood, a database that fails.
#[server(output = crate::wire::Wire, name = CountSelection, prefix = "/fn", endpoint = "select/count", input = Json)]
pub async fn count_selection(selection: Selection) -> Result<SelectionCount, AppError> {
    let context = crate::context::RequestContext::current();
    let scope = context.scope()?;
    Ok(context.storage.count_selection(&scope, &selection).await?)
}
