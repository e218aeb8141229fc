//! Signing in and out, the owner's account, and the store looked at: plain forms that need no JavaScript.
//!
//! Each answers 303 to a page; a refusal goes back to its form with `problem=` in the address.
//!
//! A second factor belongs between `passwords.verify` and `start_session` in [`sign_in`], lock-outs before
//! `passwords.verify`; both have an issue of their own.

use crate::authority::SignedIn;
use crate::client_address::ClientAddress;
use crate::local_path::{HOME, local_path, with_query};
use crate::password;
use crate::problem::ApiError;
use crate::state::AppState;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use domain::{Code, Problem, StoreId, UserId};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use storage::NewUser;

/// The sign-in form.
#[derive(Deserialize)]
pub struct SignInForm {
    email: String,
    password: SecretString,
    next: Option<String>,
}

/// The form of the one-time link.
#[derive(Deserialize)]
pub struct SetupForm {
    token: SecretString,
    store_name: String,
    name: String,
    email: String,
    password: SecretString,
}

/// The store switcher.
#[derive(Deserialize)]
pub struct SwitchForm {
    store: i64,
    next: Option<String>,
}

/// `POST /sign-in`: starts a session. Whether an address exists is told neither by words nor by time.
///
/// # Errors
/// A fault of the database.
pub async fn sign_in(
    State(state): State<AppState>,
    address: ClientAddress,
    headers: HeaderMap,
    Form(form): Form<SignInForm>,
) -> Result<Response, ApiError> {
    let back = |problem: &str| {
        let mut parameters = vec![("problem", problem), ("email", form.email.as_str())];
        if let Some(next) = &form.next {
            parameters.push(("next", local_path(Some(next))));
        }
        Ok(Redirect::to(&with_query("/sign-in", &parameters)).into_response())
    };
    let login = state.storage.login_of(form.email.trim()).await?;
    let hash = login.as_ref().and_then(|login| login.password_hash.clone());
    let given = form.password.expose_secret().to_owned();
    let is_right = match state.passwords.verify(given, hash).await {
        Ok(is_right) => is_right,
        Err(problem) => return back(problem.code.as_str()),
    };
    let Some(login) = login.filter(|_| is_right) else {
        tracing::info!("sign-in refused: wrong address or password");
        return back("wrong");
    };
    if login.is_blocked {
        tracing::info!(user = %login.user_id, "sign-in refused: blocked");
        return back("blocked");
    }
    let next = local_path(form.next.as_deref());
    match start(&state, login.user_id, address, &headers, next).await {
        // Right password, but no store that they may open.
        Err(ApiError::Problem(problem)) if problem.code != Code::Unavailable => back("no_store"),
        outcome => outcome,
    }
}

/// `POST /sign-out`: ends the session, if there is one.
///
/// # Errors
/// A fault of the database.
pub async fn sign_out(
    State(state): State<AppState>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if let Some(token) = state.cookies.token(&headers) {
        state.storage.end_session(&token).await?;
    }
    let jar = CookieJar::new().add(state.cookies.clear());
    Ok((jar, Redirect::to("/sign-in")).into_response())
}

/// `POST /setup`: makes the owner's account with the one-time token and signs them in.
///
/// # Errors
/// A fault of the database.
pub async fn setup(
    State(state): State<AppState>,
    address: ClientAddress,
    headers: HeaderMap,
    Form(form): Form<SetupForm>,
) -> Result<Response, ApiError> {
    match create_owner(&state, &form).await {
        Ok(owner) => start(&state, owner, address, &headers, HOME).await,
        Err(ApiError::Problem(problem)) => {
            Ok(Redirect::to(&setup_address(&form, &problem)).into_response())
        }
        Err(fault) => Err(fault),
    }
}

/// `POST /switch-store`: looks at another store from now on.
///
/// # Errors
/// Not found when the person has no role there; unauthenticated; a fault of the database.
pub async fn switch_store(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    Form(form): Form<SwitchForm>,
) -> Result<Redirect, ApiError> {
    state
        .storage
        .switch_store(&session, StoreId(form.store))
        .await?;
    Ok(Redirect::to(local_path(form.next.as_deref())))
}

async fn create_owner(state: &AppState, form: &SetupForm) -> Result<UserId, ApiError> {
    let token = form.token.expose_secret();
    // Before anything is hashed: whoever has no token costs nothing.
    if !state.storage.is_owner_token(token).await? {
        return Err(Problem::not_found("one-time link").into());
    }
    let given = form.password.expose_secret().to_owned();
    password::check(&given, &form.email)?;
    let hash = state.passwords.hash(given).await?;
    let user = NewUser {
        name: form.name.trim().to_owned(),
        email: form.email.trim().to_owned(),
        password_hash: Some(hash),
    };
    let owner = state
        .storage
        .create_owner(token, form.store_name.trim(), user)
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

async fn start(
    state: &AppState,
    user: UserId,
    address: ClientAddress,
    headers: &HeaderMap,
    next: &str,
) -> Result<Response, ApiError> {
    let user_agent = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok());
    let token = state
        .storage
        .start_session(user, address.ip, user_agent)
        .await?;
    // A session that the browser had before is not left behind, open, where nobody sees it.
    if let Some(earlier) = state.cookies.token(headers) {
        state.storage.end_session(&earlier).await?;
    }
    let jar = CookieJar::new().add(state.cookies.set(token));
    Ok((jar, Redirect::to(next)).into_response())
}
