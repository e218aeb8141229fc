//! The owner's account, made with the one-time link that the first start prints.

use crate::local_path::with_query;
use crate::password::Known;
use crate::problem::ApiError;
use crate::requests::{CallFrom, Who};
use crate::sign_in::{self, attempt};
use crate::state::AppState;
use axum::extract::{Form, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{Code, Problem, UserId};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use storage::NewUser;

/// Where the owner goes from there: to how the first entry arrives.
const FIRST: &str = "/connect";

/// The form of the one-time link.
#[derive(Deserialize)]
pub struct SetupForm {
    token: SecretString,
    store_name: String,
    time_zone: String,
    name: String,
    email: String,
    password: SecretString,
}

/// `POST /setup`: makes the owner's account with the one-time token and signs them in.
///
/// # Errors
/// A fault of the database.
pub async fn setup(
    State(state): State<AppState>,
    CallFrom(caller): CallFrom,
    who: Who,
    headers: HeaderMap,
    Form(form): Form<SetupForm>,
) -> Result<Response, ApiError> {
    match create_owner(&state, &form).await {
        Ok(owner) => {
            let attempt = attempt(&state, &headers, caller, &form.email);
            sign_in::enter(&state, &who, &headers, &attempt, owner, FIRST).await
        }
        Err(ApiError::Problem(problem)) => {
            if problem.code == Code::NotFound {
                let token = form.token.expose_secret();
                state.storage.link_refused(token, &caller).await?;
            }
            Ok(Redirect::to(&setup_address(&form, &problem)).into_response())
        }
        Err(fault) => Err(fault),
    }
}

async fn create_owner(state: &AppState, form: &SetupForm) -> Result<UserId, ApiError> {
    let token = form.token.expose_secret();
    // Before anything is hashed: whoever has no token costs nothing.
    if !state.storage.is_owner_token(token).await? {
        return Err(Problem::not_found("one-time link").into());
    }
    let given = form.password.expose_secret().to_owned();
    let known = Known {
        email: &form.email,
        name: &form.name,
        store: &form.store_name,
    };
    let hash = state.passwords.hash(given, known).await?;
    let user = NewUser {
        name: form.name.trim().to_owned(),
        email: form.email.trim().to_owned(),
        password_hash: Some(hash),
    };
    let owner = state
        .storage
        .create_owner(token, form.store_name.trim(), form.time_zone.trim(), user)
        .await?;
    tracing::info!(user = %owner, "the owner's account was made");
    Ok(owner)
}

/// Back to the form with what was typed, the password excepted, and what is wrong: `problem` is the problem's
/// code, `field` and `fault` the first wrong field and what is wrong with it.
fn setup_address(form: &SetupForm, problem: &Problem) -> String {
    let mut parameters = vec![
        ("token", form.token.expose_secret()),
        ("store_name", &form.store_name),
        ("time_zone", &form.time_zone),
        ("name", &form.name),
        ("email", &form.email),
        ("problem", problem.code.as_str()),
    ];
    if let Some(field) = problem.fields.first() {
        parameters.push(("field", field.pointer.trim_start_matches('/')));
        parameters.push(("fault", &field.code));
    }
    with_query("/setup", &parameters)
}
