//! What finding asks of the server: scope, call, map.

use crate::AppError;
use crate::activity::calls::Answer;
use domain::ViewId;
use domain::export::Source;
use domain::view::{FacetGroup, FacetValues, Found, SavedView, ViewDraft};
use leptos::server;
use leptos::server_fn::codec::Json;

/// Values to filter a log by, with counts under its query.
///
/// # Errors
/// Not signed in, a log that the role doesn't read, a database that fails.
#[server(output = crate::wire::Wire, name = ListFacetValues, prefix = "/fn", endpoint = "find/values")]
pub async fn facet_values(source: Source, q: String) -> Result<Answer<FacetValues>, AppError> {
    let context = crate::context::RequestContext::current();
    let scope = context.scope()?;
    let found = context.storage.facet_values(&scope, source, &q).await?;
    Ok(found.map_or_else(Answer::Mistaken, Answer::Found))
}

/// The values of one qualifier as in [`facet_values`], far more of them.
///
/// # Errors
/// Not signed in, a log that the role doesn't read, a database that fails.
#[server(output = crate::wire::Wire, name = ListFacetGroup, prefix = "/fn", endpoint = "find/group")]
pub async fn facet_group(
    source: Source,
    q: String,
    qualifier: String,
) -> Result<Answer<Option<FacetGroup>>, AppError> {
    let context = crate::context::RequestContext::current();
    let scope = context.scope()?;
    let found = context
        .storage
        .facet_group(&scope, source, &q, &qualifier)
        .await?;
    Ok(found.map_or_else(Answer::Mistaken, Answer::Found))
}

/// What some words find everywhere.
///
/// # Errors
/// Not signed in, a database that fails.
#[server(output = crate::wire::Wire, name = FindAll, prefix = "/fn", endpoint = "find/all")]
pub async fn find(words: String) -> Result<Found, AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context.storage.find(&context.scope()?, &words).await?)
}

/// The views of who is signed in, own and shared, in their order.
///
/// # Errors
/// Not signed in, a database that fails.
#[server(output = crate::wire::Wire, name = ListViews, prefix = "/fn", endpoint = "views/list")]
pub async fn list_views() -> Result<Vec<SavedView>, AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context.storage.list_views(&context.scope()?).await?)
}

/// Makes a view or changes one.
///
/// # Errors
/// A name or query that can't be used, a view of somebody else, a database that fails.
#[server(output = crate::wire::Wire, name = SaveViewCall, prefix = "/fn", endpoint = "views/save", input = Json)]
pub async fn save_view(draft: ViewDraft) -> Result<Vec<SavedView>, AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context.storage.save_view(&context.scope()?, draft).await?)
}

/// Says whether a log opens with a view, for who is signed in alone.
///
/// # Errors
/// A view that they don't see, a database that fails.
#[server(output = crate::wire::Wire, name = SetDefaultView, prefix = "/fn", endpoint = "views/default")]
pub async fn set_default_view(id: ViewId, is_default: bool) -> Result<Vec<SavedView>, AppError> {
    let context = crate::context::RequestContext::current();
    let scope = context.scope()?;
    Ok(context
        .storage
        .set_default_view(&scope, id, is_default)
        .await?)
}

/// Deletes a view.
///
/// # Errors
/// A view of somebody else, a database that fails.
#[server(output = crate::wire::Wire, name = DeleteView, prefix = "/fn", endpoint = "views/delete")]
pub async fn delete_view(id: ViewId) -> Result<Vec<SavedView>, AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context.storage.delete_view(&context.scope()?, id).await?)
}

/// Puts the views into an order, for who is signed in alone.
///
/// # Errors
/// Not signed in, a database that fails.
#[server(output = crate::wire::Wire, name = OrderViews, prefix = "/fn", endpoint = "views/order", input = Json)]
pub async fn order_views(ids: Vec<ViewId>) -> Result<Vec<SavedView>, AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context.storage.order_views(&context.scope()?, &ids).await?)
}

/// Notes that a view was looked at: what is new is counted from now on.
///
/// # Errors
/// Not signed in, a database that fails.
#[server(output = crate::wire::Wire, name = LookAtView, prefix = "/fn", endpoint = "views/looked")]
pub async fn looked_at_view(id: ViewId) -> Result<Vec<SavedView>, AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context
        .storage
        .looked_at_view(&context.scope()?, id)
        .await?)
}
