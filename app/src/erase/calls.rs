//! What erasing asks of the server: scope, call, map.

use crate::AppError;
use domain::export::Selection;
use domain::view::{ErasureCause, ErasureRow, Gap, PersonFound};
use domain::{ActivityId, ErasureId};
use leptos::server;
use leptos::server_fn::codec::Json;

/// Asks for the erasure of a selection; it is done in the background.
///
/// # Errors
/// A role that may not, no reason, a number that is not the selection's, a database that fails.
#[server(output = crate::wire::Wire, name = RequestErasure, prefix = "/fn", endpoint = "erase/request", input = Json)]
pub async fn request(
    selection: Selection,
    reason: String,
    typed: u64,
) -> Result<ErasureRow, AppError> {
    let context = crate::context::RequestContext::current();
    let scope = context.proved_scope()?;
    Ok(context
        .storage
        .request_erasure(&scope, selection, &reason, typed)
        .await?)
}

/// What there is about a customer; none when there is none or they are out of scope.
///
/// # Errors
/// A role that may not, a database that fails.
#[server(output = crate::wire::Wire, name = FindPerson, prefix = "/fn", endpoint = "erase/person/find")]
pub async fn person_found(customer: String) -> Result<Option<PersonFound>, AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context
        .storage
        .person_found(&context.scope()?, &customer)
        .await?)
}

/// Asks for the erasure of everything about a customer.
///
/// # Errors
/// A role that may not, no reason, a number that is not what there is, a database that fails.
#[server(output = crate::wire::Wire, name = RequestPersonErasure, prefix = "/fn", endpoint = "erase/person")]
pub async fn request_person(
    customer: String,
    reason: String,
    typed: u64,
) -> Result<ErasureRow, AppError> {
    let context = crate::context::RequestContext::current();
    let scope = context.proved_scope()?;
    Ok(context
        .storage
        .request_person_erasure(&scope, &customer, &reason, typed)
        .await?)
}

/// How many files of exports go when a selection is erased.
///
/// # Errors
/// A role that may not, a query that is not understood, a database that fails.
#[server(output = crate::wire::Wire, name = CountErasedFiles, prefix = "/fn", endpoint = "erase/files", input = Json)]
pub async fn files(selection: Selection) -> Result<u64, AppError> {
    let context = crate::context::RequestContext::current();
    let scope = context.scope()?;
    Ok(context.storage.count_files(&scope, &selection).await?)
}

/// The newest erasures, or those before one; of one cause, or of all.
///
/// # Errors
/// A role that may not, a database that fails.
#[server(output = crate::wire::Wire, name = ListErasures, prefix = "/fn", endpoint = "erase/list", input = Json)]
pub async fn list(
    cause: Option<ErasureCause>,
    before: Option<ErasureId>,
) -> Result<Vec<ErasureRow>, AppError> {
    let context = crate::context::RequestContext::current();
    let scope = context.scope()?;
    Ok(context
        .storage
        .list_erasures_of(&scope, cause, before)
        .await?)
}

/// That an entry or message (by its id, as if it were an entry's) was erased, when, by whom and why; none when it was not, or is out of scope.
///
/// # Errors
/// Not signed in, a database that fails.
#[server(output = crate::wire::Wire, name = FindErased, prefix = "/fn", endpoint = "erase/entry")]
pub async fn erased(id: ActivityId) -> Result<Option<Gap>, AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context
        .storage
        .erased_entry(&context.scope()?, id.0)
        .await?)
}
