//! Emailed links: asking for one, and what the forms do that they open.

use crate::email::Party;
use crate::local_path::{HOME, with_query};
use crate::notices::Notice;
use crate::password::Known;
use crate::problem::ApiError;
use crate::requests::{CallFrom, Who};
use crate::sign_in::{attempt, enter};
use crate::state::AppState;
use axum::extract::{Form, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::view::LinkPurpose;
use domain::{Code, Problem};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use storage::{Caller, EmailChange};

/// Who forgot their password.
#[derive(Deserialize)]
pub struct ForgotForm {
    email: String,
}

/// A new password.
#[derive(Deserialize)]
pub struct PasswordForm {
    token: SecretString,
    name: Option<String>,
    password: SecretString,
}

/// One end of a change of address.
#[derive(Deserialize)]
pub struct ConfirmForm {
    token: SecretString,
}

/// `POST /forgot`: mails a link to set a new password, if the address is somebody's. The answer is given before
/// anything is looked up, so neither words nor time tell which addresses exist.
pub async fn forgot(
    State(state): State<AppState>,
    CallFrom(caller): CallFrom,
    who: Who,
    Form(form): Form<ForgotForm>,
) -> Redirect {
    let email: String = form.email.trim().chars().take(254).collect();
    who.about(&email);
    tokio::spawn(async move {
        if let Err(error) = mail_reset_link(&state, &email, &caller).await {
            tracing::error!(%error, "a link for a new password can't be made");
        }
    });
    Redirect::to("/forgot?sent=1")
}

async fn mail_reset_link(
    state: &AppState,
    email: &str,
    caller: &Caller,
) -> Result<(), storage::Error> {
    let Some(link) = state.storage.ask_password_reset(email, caller).await? else {
        return Ok(());
    };
    let Some(view) = state.storage.link_view(&link.token).await? else {
        return Ok(());
    };
    let to = Party {
        name: Some(link.name),
        address: link.email,
    };
    // Whether it left stands in the log of the server: whoever asked must not learn it.
    state
        .notices
        .send(Notice::NewPassword, &to, &link.token, view.expires_at)
        .await;
    Ok(())
}

/// Puts it on record that a link doesn't work, and leads to the page that says so: without the token, which would be
/// tried there again.
async fn refused(state: &AppState, token: &str, caller: &Caller) -> Result<Redirect, ApiError> {
    state.storage.link_refused(token, caller).await?;
    Ok(Redirect::to("/link?problem=not_found"))
}

/// `POST /link/password`: sets the password that an invitation or a forgotten one calls for, and signs in.
///
/// # Errors
/// A fault of the database.
pub async fn set_password(
    State(state): State<AppState>,
    CallFrom(caller): CallFrom,
    who: Who,
    headers: HeaderMap,
    Form(form): Form<PasswordForm>,
) -> Result<Response, ApiError> {
    let token = form.token.expose_secret();
    let link = state.storage.link_view(token).await?.filter(|link| {
        matches!(
            link.purpose,
            LinkPurpose::Invitation | LinkPurpose::Password
        )
    });
    // Before anything is hashed: whoever has no link costs nothing.
    let Some(link) = link else {
        return Ok(refused(&state, token, &caller).await?.into_response());
    };
    who.about(&link.email);
    let back = |problem: &Problem| {
        let mut parameters = vec![("token", token), ("problem", problem.code.as_str())];
        if let Some(field) = problem.fields.first() {
            parameters.push(("field", field.pointer.trim_start_matches('/')));
            parameters.push(("fault", &field.code));
        }
        if let Some(name) = &form.name {
            parameters.push(("name", name));
        }
        Ok(Redirect::to(&with_query("/link", &parameters)).into_response())
    };
    let given = form.password.expose_secret().to_owned();
    let chosen = form.name.as_deref();
    let chosen = chosen.filter(|_| link.purpose == LinkPurpose::Invitation);
    let known = Known {
        email: &link.email,
        name: chosen.unwrap_or(&link.name),
        store: link.store.as_deref().unwrap_or_default(),
    };
    let hash = match state.passwords.hash(given, known).await {
        Ok(hash) => hash,
        Err(problem) => return back(&problem),
    };
    let name = form.name.as_deref().map(|name| name.trim().to_owned());
    let user = match state
        .storage
        .use_password_link(token, hash, name, &caller)
        .await
    {
        Ok(user) => user,
        Err(error) => match ApiError::from(error) {
            ApiError::Problem(problem) if problem.code == Code::NotFound => {
                return Ok(refused(&state, token, &caller).await?.into_response());
            }
            ApiError::Problem(problem) => return back(&problem),
            fault => return Err(fault),
        },
    };
    let attempt = attempt(&state, &headers, caller, &link.email);
    match enter(&state, &who, &headers, &attempt, user, HOME).await {
        Err(ApiError::Problem(problem)) if problem.code == Code::Forbidden => {
            Ok(Redirect::to(&with_query("/sign-in", &[("problem", "no_store")])).into_response())
        }
        outcome => outcome,
    }
}

/// `POST /link/confirm`: one end agrees to a change of address.
///
/// # Errors
/// A fault of the database.
pub async fn confirm(
    State(state): State<AppState>,
    CallFrom(caller): CallFrom,
    who: Who,
    Form(form): Form<ConfirmForm>,
) -> Result<Redirect, ApiError> {
    let token = form.token.expose_secret();
    // Before the address is another.
    if let Some(link) = state.storage.link_view(token).await?
        && let Some(store) = state.storage.store_of_account(&link.email).await?
    {
        who.within(store);
    }
    let parameters = match state.storage.confirm_email_end(token, &caller).await {
        Ok(EmailChange::Waiting) => vec![("done", "half")],
        Ok(EmailChange::Changed { .. }) => vec![("done", "whole")],
        Err(error) => match ApiError::from(error) {
            ApiError::Problem(problem) if problem.code == Code::NotFound => {
                return refused(&state, token, &caller).await;
            }
            ApiError::Problem(problem) => {
                let code = problem.code.as_str();
                return Ok(Redirect::to(&with_query(
                    "/link",
                    &[("token", token), ("problem", code)],
                )));
            }
            fault => return Err(fault),
        },
    };
    Ok(Redirect::to(&with_query("/link", &parameters)))
}
