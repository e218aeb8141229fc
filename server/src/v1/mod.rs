//! The REST API, version 1: one file a call.
//!
//! What belongs here: reading what is sent, naming the authority a call needs, handing it to `storage`, mapping
//! the answer to the API's words ([`wire`]), and the OpenAPI document. What doesn't: queries, rules of who
//! sees what, what an activity is.
//!
//! To add a call: a file named after it with handler, documentation and refusals, a line in [`routes`], a row in
//! the tables of `tests/api/v1_document.rs` and `v1_permission.rs`, which fail until it is there.

mod body;
mod choices;
mod connections;
mod count_activities;
mod document;
mod exports;
mod fields;
mod followups;
mod get_activity;
mod histogram;
mod idempotency;
mod ledger;
mod list_activities;
mod messages;
mod operations;
mod params;
pub(crate) mod path;
mod put_customer;
mod put_order;
mod read_filter;
mod receipt;
mod record_activities;
mod record_outcome;
mod recording;
mod surroundings;
mod targets;
mod watch;
mod webhooks;
pub mod wire;

pub(crate) use body::broken;
pub use body::{MAX_BODY_BYTES, MAX_MESSAGE_BODY_BYTES};
pub use connections::CONNECTION_FIELDS;
pub use document::document;
pub use exports::EXPORT_FIELDS;
pub(crate) use exports::file::get_export_file;
pub use followups::dead_actions::FIELDS as DEAD_ACTIONS_FIELDS;
pub use followups::edit_action::FIELDS as ACTION_VALUE_FIELDS;
pub use followups::{RULE_FIELDS, TEMPLATE_FIELDS};
pub use idempotency::request_digest;
pub(crate) use ledger::{
    get_checkpoint, get_entry_proof, get_message_proof, get_proof, get_request_proof,
    get_security_proof,
};
pub(crate) use messages::attachment::get_attachment;
pub(crate) use messages::eml::get_eml;
pub use messages::events::FIELDS as MESSAGE_EVENT_FIELDS;
pub use messages::several::FIELDS as SEVERAL_FIELDS;
pub use record_outcome::FIELDS as OUTCOME_FIELDS;
pub use webhooks::edit::FIELDS as WEBHOOK_BODY_FIELDS;

use crate::problem::ApiError;
use crate::state::AppState;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use domain::{Code, Problem};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The calls, to be mounted at `/api/v1`.
pub fn router() -> Router<AppState> {
    let (router, _) = routes().split_for_parts();
    router
        .fallback(no_such_call)
        .method_not_allowed_fallback(no_such_method)
        .layer(middleware::from_fn(never_kept))
}

/// Each call with its documentation: what is not in the document is not in the router.
fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(document::foundation())
        .routes(routes!(
            list_activities::list_activities,
            record_activities::record_activities
        ))
        .routes(routes!(count_activities::count_activities))
        .routes(routes!(histogram::histogram))
        .routes(routes!(get_activity::get_activity))
        .routes(routes!(record_outcome::record_outcome))
        .routes(routes!(surroundings::surroundings))
        .routes(routes!(put_order::put_order))
        .routes(routes!(put_customer::put_customer))
        .routes(routes!(
            messages::list::list_messages,
            messages::send::send_message
        ))
        .routes(routes!(messages::count::count_messages))
        .routes(routes!(messages::histogram::chart_messages))
        .routes(routes!(messages::volumes::add_up_messages))
        .routes(routes!(messages::unmatched::list_unmatched))
        .routes(routes!(messages::get::get_message))
        .routes(routes!(messages::several::stop_messages))
        .routes(routes!(messages::several::restart_messages))
        .routes(routes!(messages::stop::stop_message))
        .routes(routes!(messages::release::release_message))
        .routes(routes!(messages::restart::restart_message))
        .routes(routes!(messages::send_again::send_message_again))
        .routes(routes!(messages::events::report_on_message))
        .routes(routes!(messages::attachment::get_attachment))
        .routes(routes!(messages::eml::get_eml))
        .routes(routes!(messages::orders::list_orders))
        .routes(routes!(messages::thread::get_thread))
        .routes(routes!(
            exports::list::list_exports,
            exports::make::make_export
        ))
        .routes(routes!(exports::get::get_export))
        .routes(routes!(exports::cancel::cancel_export))
        .routes(routes!(exports::file::get_export_file))
        .routes(routes!(ledger::get_checkpoint))
        .routes(routes!(ledger::get_proof))
        .routes(routes!(ledger::get_message_proof))
        .routes(routes!(ledger::get_security_proof))
        .routes(routes!(ledger::get_request_proof))
        .routes(routes!(ledger::get_entry_proof))
        .routes(routes!(followups::list_templates::list_templates))
        .routes(routes!(
            followups::put_template::put_template,
            followups::delete_template::delete_template
        ))
        .routes(routes!(followups::list_rules::list_rules))
        .routes(routes!(
            followups::put_rule::put_rule,
            followups::delete_rule::delete_rule
        ))
        .routes(routes!(followups::list_versions::list_rule_versions))
        .routes(routes!(followups::try_rule::try_rule))
        .routes(routes!(followups::why_rule::why_rule))
        .routes(routes!(followups::list_actions::list_rule_actions))
        .routes(routes!(followups::retry_action::retry_rule_action))
        .routes(routes!(followups::discard_action::discard_rule_action))
        .routes(routes!(followups::edit_action::edit_rule_action))
        .routes(routes!(followups::dead_actions::retry_rule_actions))
        .routes(routes!(followups::dead_actions::discard_rule_actions))
        .routes(routes!(followups::list_reported::list_reported_rules))
        .routes(routes!(
            operations::list::list_operations,
            operations::open::open_operation
        ))
        .routes(routes!(operations::get::get_operation))
        .routes(routes!(
            operations::items::list_items,
            operations::record_items::record_items
        ))
        .routes(routes!(operations::progress::report_on_operation))
        .routes(routes!(operations::complete::complete_operation))
        .routes(routes!(operations::fail::fail_operation))
        .routes(routes!(operations::ask::ask_operation))
        .routes(routes!(operations::revert::revert_operation))
        .routes(routes!(operations::conflicts::revert_conflicts))
        .routes(routes!(connections::list::list_connections))
        .routes(routes!(
            connections::put::put_connection,
            connections::delete::delete_connection
        ))
        .routes(routes!(webhooks::list::list_webhooks))
        .routes(routes!(webhooks::get::get_webhook))
        .routes(routes!(webhooks::retry::retry_webhook))
        .routes(routes!(webhooks::edit::edit_webhook))
        .routes(routes!(webhooks::discard::discard_webhook))
        .routes(routes!(targets::list::list_targets))
        .routes(routes!(
            targets::put::put_target,
            targets::delete::delete_target
        ))
        .routes(routes!(watch::list_security::list_security))
        .routes(routes!(watch::count_security::count_security))
        .routes(routes!(watch::get_security_event::get_security_event))
        .routes(routes!(watch::list_requests::list_requests))
        .routes(routes!(watch::count_requests::count_requests))
        .routes(routes!(watch::get_request::get_request))
        .routes(routes!(document::get_document))
}

async fn no_such_call() -> ApiError {
    Problem::new(
        Code::NotFound,
        "there is no such call; /api/docs lists them all",
    )
    .into()
}

async fn no_such_method(request: Request) -> ApiError {
    Problem::new(
        Code::MethodNotAllowed,
        format!(
            "{} is not answered here; the Allow header names what is",
            request.method()
        ),
    )
    .into()
}

/// Answers hold what one principal may see: no cache keeps them.
async fn never_kept(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response
        .headers_mut()
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}
