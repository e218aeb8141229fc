//! Signing in with a passkey: alone, or after the password.

use super::{attempt, back_to_code, minutes, signed_in};
use crate::local_path::{local_path, with_query};
use crate::passkeys::{Purpose, Refused};
use crate::problem::ApiError;
use crate::requests::{CallFrom, Who};
use crate::state::AppState;
use axum::extract::{Form, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::Code;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use storage::{CodeOutcome, Gate, Next, SignInFailure};

/// The form that a browser sends with a passkey's answer.
#[derive(Deserialize)]
pub struct PasskeyForm {
    ceremony: String,
    credential: SecretString,
    /// Whether it is the second factor of a half sign-in.
    #[serde(default)]
    is_step: bool,
    next: Option<String>,
}

/// `POST /sign-in/passkey`: a passkey alone, or as the second factor.
///
/// A right passkey is not held back as passwords are: it can't be guessed, and its owner comes in while somebody guesses.
/// Wrong ones are counted by network, and past a limit told no more than that.
///
/// # Errors
/// A fault of the database.
pub async fn show_passkey(
    State(state): State<AppState>,
    CallFrom(caller): CallFrom,
    who: Who,
    headers: HeaderMap,
    Form(form): Form<PasskeyForm>,
) -> Result<Response, ApiError> {
    let next = local_path(form.next.as_deref());
    let to_begin = |problem: &str| {
        let address = with_query("/sign-in", &[("problem", problem), ("next", next)]);
        Ok(Redirect::to(&address).into_response())
    };
    let Some(passkeys) = &state.passkeys else {
        return to_begin("no_passkey");
    };
    let step = state.cookies.step(&headers).filter(|_| form.is_step);
    let purpose = match &step {
        Some(step) => Purpose::Step(step.clone()),
        None if form.is_step => return to_begin("expired"),
        None => Purpose::SignIn,
    };
    let (storage, answer) = (&state.storage, form.credential.expose_secret());
    let answered = passkeys
        .answered(storage, &purpose, &form.ceremony, answer)
        .await;
    let (used, claimed) = match answered {
        Ok(used) => {
            let user = used.passkey.user_id;
            (Some(used), Some(user))
        }
        Err(Refused::Fault(error)) => return Err(error.into()),
        Err(Refused::Over) => return to_begin("expired"),
        Err(Refused::Unknown) => (None, None),
        Err(Refused::Wrong { user }) => (None, user),
    };
    let email = match claimed {
        Some(user) => storage.email_of(user).await?,
        None => String::new(),
    };
    let pending = match &step {
        Some(step) => storage.pending_sign_in(step).await?,
        None => None,
    };
    let pending = pending.map(|pending| pending.email);
    who.about(pending.as_deref().unwrap_or(email.as_str()));
    let attempt = attempt(&state, &headers, caller, &email);
    let Some(step) = step else {
        let Some(used) = used else {
            let reason = claimed.map_or("unknown_passkey", |_| "wrong_passkey");
            return match storage.passkey_refused(&attempt, reason).await? {
                Gate::Open => to_begin("no_passkey"),
                Gate::Locked { until } => {
                    let minutes = minutes(&state, until);
                    let parameters = [
                        ("problem", "locked"),
                        ("minutes", minutes.as_str()),
                        ("next", next),
                    ];
                    Ok(Redirect::to(&with_query("/sign-in", &parameters)).into_response())
                }
            };
        };
        return match storage.sign_in_with_passkey(&attempt, used).await {
            Ok(Next::SignedIn { token, device }) => {
                signed_in(&state, &who, &headers, &attempt, token, device, next).await
            }
            Ok(Next::NeedsCode { .. }) => to_begin("expired"),
            Err(storage::Error::Problem(problem)) if problem.code == Code::Conflict => {
                to_begin("expired")
            }
            Err(storage::Error::Problem(problem)) if problem.code == Code::Forbidden => {
                let failure = SignInFailure::NoStore;
                storage.sign_in_failed(&attempt, failure).await?;
                to_begin("no_store")
            }
            Err(error) => Err(error.into()),
        };
    };
    match storage
        .sign_in_with_passkey_in_step(&step, used, &attempt)
        .await?
    {
        CodeOutcome::SignedIn { token, device } => {
            signed_in(&state, &who, &headers, &attempt, token, device, next).await
        }
        CodeOutcome::Over | CodeOutcome::Used => to_begin("expired"),
        CodeOutcome::Wrong { tries_left } => {
            let left = tries_left.to_string();
            Ok(back_to_code("no_passkey", Some(&left), None, next))
        }
    }
}
