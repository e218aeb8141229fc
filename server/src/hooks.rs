//! What others call us with: providers about messages, recipients through the links of their mails.
//!
//! Each call proves itself by what its provider has: a signature, a secret, a token of ours. What it tells is kept
//! even if it fits nothing (`unmatched`), and told twice it counts once.
//!
//! To add a connector: a file here with its handler, a line in [`router`].

mod inbound;
mod mail;
mod postmark;
mod secret;
mod shop;
mod tracking;
mod twilio;
mod unsubscribe;

use crate::problem::ApiError;
use crate::state::AppState;
use axum::Router;
use axum::routing::{get, post};
use domain::Problem;
use domain::view::StoreView;
use serde_json::{Value, json};
use storage::{ReportOutcome, Scope};

/// The calls.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/hooks/twilio/{name}", post(twilio::call))
        .route("/hooks/postmark/{name}", post(postmark::call))
        .route("/hooks/mail/{name}", post(mail::call))
        .route("/hooks/shopify/{name}", post(shop::shopify))
        .route("/hooks/woocommerce/{name}", post(shop::woocommerce))
        .route("/hooks/standard/{name}", post(shop::standard))
        .route("/o/{token}", get(tracking::open))
        .route("/c/{token}", get(tracking::click))
        .route(
            "/unsubscribe/{token}",
            get(unsubscribe::show).post(unsubscribe::unsubscribe),
        )
}

/// The store that a hook's name stands for: its number, or `main` for the first.
async fn store(state: &AppState, name: &str) -> Result<StoreView, ApiError> {
    let stores = state.storage.list_stores().await?;
    let found = match name {
        "main" => stores.into_iter().next(),
        number => stores
            .into_iter()
            .find(|store| store.id.0.to_string() == number),
    };
    found.ok_or_else(|| {
        let message = "there is no such hook; its name is main, or the store's number";
        Problem::new(domain::Code::NotFound, message).into()
    })
}

/// Everything in a store, for what a provider tells of it.
fn scope(store: StoreView) -> Scope {
    Scope::system("webhook", store)
}

/// What became of a report, as its sender is told.
fn told(outcome: &ReportOutcome) -> Value {
    match outcome {
        ReportOutcome::Matched(message) => json!({"outcome": "recorded", "message": message}),
        ReportOutcome::Repeated(message) => json!({"outcome": "repeated", "message": message}),
        ReportOutcome::Unmatched => json!({
            "outcome": "unmatched",
            "detail": "no message of ours fits this; it is kept and shown as unmatched",
        }),
    }
}
