//! What exports ask of the server: scope, call, map.

use crate::AppError;
use crate::activity::calls::Answer;
use domain::export::{ExportOptions, ScheduleDraft, Selection};
use domain::view::{ExportDetail, ExportPage, ExportRow, ScheduleView};
use domain::{ExportId, ScheduleId};
use leptos::server;
use leptos::server_fn::codec::Json;

/// How many exports a page of the log has.
#[cfg(feature = "ssr")]
const PAGE_ROWS: u32 = 50;

/// A page of the export log, newest first; the first one when `after` is none.
///
/// # Errors
/// Not signed in, a role that exports nothing, a cursor that is none, a database that fails.
#[server(output = crate::wire::Wire, name = ListExports, prefix = "/fn", endpoint = "exports/list")]
pub async fn list(q: String, after: Option<String>) -> Result<Answer<ExportPage>, AppError> {
    let context = crate::context::RequestContext::current();
    let (scope, after) = (context.scope()?, after.as_deref());
    let found = context
        .storage
        .list_exports(&scope, &q, after, PAGE_ROWS)
        .await?;
    Ok(found.map_or_else(Answer::Mistaken, Answer::Found))
}

/// An export with its downloads and emails; none when there is none or it is out of scope.
///
/// # Errors
/// Not signed in, a database that fails.
#[server(output = crate::wire::Wire, name = ReadExport, prefix = "/fn", endpoint = "exports/detail")]
pub async fn detail(id: ExportId) -> Result<Option<ExportDetail>, AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context.storage.get_export(&context.scope()?, id).await?)
}

/// Asks for a file; it is made in the background.
///
/// # Errors
/// Nothing selected, a query that is not understood, a role that may not, a database that fails.
#[server(output = crate::wire::Wire, name = RequestExport, prefix = "/fn", endpoint = "exports/create", input = Json)]
pub async fn create(selection: Selection, options: ExportOptions) -> Result<ExportRow, AppError> {
    let context = crate::context::RequestContext::current();
    let scope = context.scope()?;
    Ok(context
        .storage
        .request_export(&scope, selection, options)
        .await?)
}

/// Stops one that waits or runs; its file is deleted.
///
/// # Errors
/// It is finished already, out of scope, a database that fails.
#[server(output = crate::wire::Wire, name = CancelExport, prefix = "/fn", endpoint = "exports/cancel")]
pub async fn cancel(id: ExportId) -> Result<ExportRow, AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context.storage.cancel_export(&context.scope()?, id).await?)
}

/// Asks for the same again, as of now: relative dates stay relative.
///
/// # Errors
/// A recorded one can't be made here, out of scope, a database that fails.
#[server(output = crate::wire::Wire, name = RepeatExport, prefix = "/fn", endpoint = "exports/again")]
pub async fn again(id: ExportId) -> Result<ExportRow, AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context.storage.repeat_export(&context.scope()?, id).await?)
}

/// What one was asked for with, those rows that were left out too: to be changed before it is asked for again.
///
/// # Errors
/// A recorded one can't be made here, out of scope, a database that fails.
#[server(output = crate::wire::Wire, name = ReadAsked, prefix = "/fn", endpoint = "exports/asked")]
pub async fn asked(id: ExportId) -> Result<(Selection, ExportOptions), AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context.storage.export_asked(&context.scope()?, id).await?)
}

/// Sends a link to an export; whoever opens it signs in, and their role is checked.
///
/// # Errors
/// `to` is no address, no file, out of scope, a database that fails.
#[server(output = crate::wire::Wire, name = EmailExport, prefix = "/fn", endpoint = "exports/email")]
pub async fn email(id: ExportId, to: String) -> Result<(), AppError> {
    let context = crate::context::RequestContext::current();
    let (scope, link) = (
        context.scope()?,
        format!("{}/exports?export={id}", context.public_url),
    );
    context.storage.email_export(&scope, id, &to, &link).await?;
    Ok(())
}

/// The schedules, by name.
///
/// # Errors
/// Not signed in, a role that exports nothing, a database that fails.
#[server(output = crate::wire::Wire, name = ListSchedules, prefix = "/fn", endpoint = "schedules/list")]
pub async fn list_schedules() -> Result<Vec<ScheduleView>, AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context.storage.list_schedules(&context.scope()?).await?)
}

/// Makes a schedule or changes one.
///
/// # Errors
/// A field that can't be used, out of scope, a database that fails.
#[server(output = crate::wire::Wire, name = SaveSchedule, prefix = "/fn", endpoint = "schedules/save", input = Json)]
pub async fn save_schedule(draft: ScheduleDraft) -> Result<Vec<ScheduleView>, AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context
        .storage
        .save_schedule(&context.scope()?, draft)
        .await?)
}

/// Turns a schedule on or off.
///
/// # Errors
/// Out of scope, a database that fails.
#[server(output = crate::wire::Wire, name = TurnSchedule, prefix = "/fn", endpoint = "schedules/turn")]
pub async fn turn_schedule(id: ScheduleId, is_on: bool) -> Result<Vec<ScheduleView>, AppError> {
    let context = crate::context::RequestContext::current();
    let scope = context.scope()?;
    Ok(context.storage.set_schedule_on(&scope, id, is_on).await?)
}

/// Ends a schedule; what it made stays in the log.
///
/// # Errors
/// Out of scope, a database that fails.
#[server(output = crate::wire::Wire, name = DeleteSchedule, prefix = "/fn", endpoint = "schedules/delete")]
pub async fn delete_schedule(id: ScheduleId) -> Result<Vec<ScheduleView>, AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context
        .storage
        .delete_schedule(&context.scope()?, id)
        .await?)
}
