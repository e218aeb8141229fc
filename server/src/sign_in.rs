//! Signing in and out, and the store looked at: plain forms that need no JavaScript.
//!
//! Each answers 303 to a page; a refusal goes back to its form with `problem=` in the address. What is right and wrong
//! is counted and recorded by storage; here a password is compared, always with the same work.

mod openid;
mod passkey;

pub use openid::{openid_back, openid_begin};
pub use passkey::show_passkey;

use crate::authority::SignedIn;
use crate::local_path::{HOME, local_path, with_query};
use crate::problem::ApiError;
use crate::requests::{CallFrom, Who};
use crate::second_factor;
use crate::session::with_cookies;
use crate::state::AppState;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use domain::export::Source;
use domain::{Code, Need, StoreId, UserId};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use storage::{
    Attempt, Caller, CodeOutcome, Gate, Next, PendingSignIn, Scope, Session, SignInFailure,
};

/// The longest address that is looked at, in characters: one of a mail can have 254 bytes.
const MAX_EMAIL_CHARS: usize = 254;

/// What the browser has of a person's pages is to go with them (W3C Clear Site Data 3.1).
const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// Where the second factor is asked for.
const CODE_PAGE: &str = "/sign-in/code";

/// The sign-in form.
#[derive(Deserialize)]
pub struct SignInForm {
    email: String,
    password: SecretString,
    next: Option<String>,
}

/// The form of the second factor.
#[derive(Deserialize)]
pub struct CodeForm {
    code: SecretString,
    way: Option<String>,
    next: Option<String>,
}

/// The store switcher.
#[derive(Deserialize)]
pub struct SwitchForm {
    store: i64,
    next: Option<String>,
}

/// `POST /sign-in`: starts a session, or asks for the second factor. Whether an address exists is told neither by
/// words nor by time.
///
/// # Errors
/// A fault of the database.
pub async fn sign_in(
    State(state): State<AppState>,
    CallFrom(caller): CallFrom,
    who: Who,
    headers: HeaderMap,
    Form(form): Form<SignInForm>,
) -> Result<Response, ApiError> {
    let next = local_path(form.next.as_deref());
    let attempt = attempt(&state, &headers, caller, &form.email);
    who.about(&attempt.email);
    let back = |problem: &str, more: &[(&str, &str)]| {
        let mut parameters = vec![("problem", problem), ("email", attempt.email.as_str())];
        parameters.extend(more);
        if form.next.is_some() {
            parameters.push(("next", next));
        }
        Ok(Redirect::to(&with_query("/sign-in", &parameters)).into_response())
    };
    // Before anything is hashed: who is held back costs nothing.
    if let Gate::Locked { until } = state.storage.sign_in_gate(&attempt).await? {
        state.storage.sign_in_refused(&attempt).await?;
        return back("locked", &[("minutes", &minutes(&state, until))]);
    }
    let turn = match state.passwords.turn().await {
        Ok(turn) => turn,
        Err(problem) => return back(problem.code.as_str(), &[]),
    };
    // Again in turn: guesses that came together were all let through before.
    if let Gate::Locked { until } = state.storage.sign_in_gate(&attempt).await? {
        state.storage.sign_in_refused(&attempt).await?;
        return back("locked", &[("minutes", &minutes(&state, until))]);
    }
    let login = state.storage.login_of(&attempt.email).await?;
    let hash = login.as_ref().and_then(|login| login.password_hash.clone());
    let given = form.password.expose_secret().to_owned();
    let is_right = match turn.verify(given, hash).await {
        Ok(is_right) => is_right,
        Err(problem) => return back(problem.code.as_str(), &[]),
    };
    let failure = match &login {
        None => Some(SignInFailure::UnknownAccount),
        Some(login) if login.password_hash.is_none() => Some(SignInFailure::NoPassword),
        Some(_) if !is_right => Some(SignInFailure::WrongPassword),
        Some(login) if login.is_blocked => Some(SignInFailure::Blocked),
        Some(_) => None,
    };
    let Some(login) = login.filter(|_| failure.is_none()) else {
        let is_blocked = matches!(failure, Some(SignInFailure::Blocked));
        if let Some(failure) = failure {
            state.storage.sign_in_failed(&attempt, failure).await?;
        }
        return back(if is_blocked { "blocked" } else { "wrong" }, &[]);
    };
    drop(turn);
    match enter(&state, &who, &headers, &attempt, login.user_id, next).await {
        // Right password, but no store that they may open.
        Err(ApiError::Problem(problem)) if problem.code == Code::Forbidden => {
            let failure = SignInFailure::NoStore;
            state.storage.sign_in_failed(&attempt, failure).await?;
            back("no_store", &[])
        }
        outcome => outcome,
    }
}

/// `POST /sign-in/code`: the second factor, a code of the app or a recovery code.
///
/// # Errors
/// A fault of the database.
pub async fn show_code(
    State(state): State<AppState>,
    CallFrom(caller): CallFrom,
    who: Who,
    headers: HeaderMap,
    Form(form): Form<CodeForm>,
) -> Result<Response, ApiError> {
    let next = local_path(form.next.as_deref());
    let over = || {
        let address = with_query("/sign-in", &[("problem", "expired"), ("next", next)]);
        let forget = state.cookies.clear_step();
        Ok(with_cookies(Redirect::to(&address), [Some(forget)]))
    };
    let Some(step) = state.cookies.step(&headers) else {
        return over();
    };
    let Some(pending) = state.storage.pending_sign_in(&step).await? else {
        return over();
    };
    who.about(&pending.email);
    let attempt = attempt(&state, &headers, caller, &pending.email);
    match check_code(&state, &step, &pending, form.code.expose_secret(), &attempt).await? {
        CodeOutcome::SignedIn { token, device } => {
            Ok(signed_in(&state, &who, &headers, &attempt, token, device, next).await?)
        }
        CodeOutcome::Over => over(),
        CodeOutcome::Wrong { tries_left } => {
            let left = tries_left.to_string();
            Ok(back_to_code(
                "wrong",
                Some(&left),
                form.way.as_deref(),
                next,
            ))
        }
        CodeOutcome::Used => Ok(back_to_code("used", None, form.way.as_deref(), next)),
    }
}

fn back_to_code(problem: &str, left: Option<&str>, way: Option<&str>, next: &str) -> Response {
    let mut parameters = vec![("problem", problem), ("next", next)];
    parameters.extend(left.map(|left| ("left", left)));
    if way == Some("recovery") {
        parameters.push(("way", "recovery"));
    }
    Redirect::to(&with_query(CODE_PAGE, &parameters)).into_response()
}

/// Six digits are a code of the app; everything else is tried as a recovery code.
async fn check_code(
    state: &AppState,
    step: &str,
    pending: &PendingSignIn,
    code: &str,
    attempt: &Attempt,
) -> Result<CodeOutcome, storage::Error> {
    let storage = &state.storage;
    let digits = code.chars().filter(|c| !c.is_whitespace());
    if digits.clone().count() == 6 && digits.clone().all(|c| c.is_ascii_digit()) {
        let time_step = state
            .time_step(pending.user_id, code, App::Confirmed)
            .await?;
        return storage.sign_in_with_totp(step, time_step, attempt).await;
    }
    let code: String = code.chars().take(100).collect();
    storage
        .sign_in_with_recovery_code(step, &code, attempt)
        .await
}

/// Which authenticator app a code is to be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum App {
    /// One that a first code confirmed.
    Confirmed,
    /// One that waits for its first code.
    Waiting,
}

impl AppState {
    /// The time step of which a code is the code of a person's app; none when it is wrong or they have no app.
    ///
    /// # Errors
    /// A fault of the database.
    pub(crate) async fn time_step(
        &self,
        user: UserId,
        code: &str,
        app: App,
    ) -> Result<Option<i64>, storage::Error> {
        let totp = self.storage.totp_of(user).await?;
        let Some(totp) = totp.filter(|totp| totp.is_confirmed == (app == App::Confirmed)) else {
            return Ok(None);
        };
        let owner = user.to_string();
        let Some(secret) = self.vault.open(TOTP, &owner, &totp.sealed_secret) else {
            tracing::error!(user = %user, "the secret of an authenticator app doesn't open: the key file is another one");
            return Ok(None);
        };
        let now = self.storage.ambient().clock.now().timestamp();
        Ok(second_factor::step_of(&secret, code, now))
    }
}

/// What the secrets of authenticator apps are sealed for.
pub(crate) const TOTP: &str = "totp";

/// Who tries to sign in, from where, with which browser.
pub(crate) fn attempt(
    state: &AppState,
    headers: &HeaderMap,
    caller: Caller,
    email: &str,
) -> Attempt {
    Attempt {
        email: email.trim().chars().take(MAX_EMAIL_CHARS).collect(),
        caller,
        device: state.cookies.device(headers),
    }
}

/// Lets somebody in whose password is right, as far as they get with it.
///
/// # Errors
/// Forbidden when they have no role in any store; a fault of the database.
pub(crate) async fn enter(
    state: &AppState,
    who: &Who,
    headers: &HeaderMap,
    attempt: &Attempt,
    user: UserId,
    next: &str,
) -> Result<Response, ApiError> {
    match state.storage.sign_in_with_password(attempt, user).await? {
        Next::SignedIn { token, device } => {
            signed_in(state, who, headers, attempt, token, device, next).await
        }
        Next::NeedsCode { step, .. } => {
            let address = with_query(CODE_PAGE, &[("next", next)]);
            let step = state.cookies.set_step(step);
            Ok(with_cookies(Redirect::to(&address), [Some(step)]))
        }
    }
}

async fn signed_in(
    state: &AppState,
    who: &Who,
    headers: &HeaderMap,
    attempt: &Attempt,
    token: String,
    device: String,
    next: &str,
) -> Result<Response, ApiError> {
    // A session that the browser had before is not left behind, open, where nobody sees it.
    if let Some(earlier) = state.cookies.token(headers) {
        state.storage.end_session(&earlier, &attempt.caller).await?;
    }
    let session = state.storage.session_unused(&token).await?;
    if let Some(session) = &session {
        who.found(&Scope::of_session(session));
    }
    let place = place_of(state, session.as_ref(), next).await?;
    let has_step = state.cookies.step(headers).is_some();
    let cookies = [
        Some(state.cookies.set(token)),
        Some(state.cookies.set_device(device)),
        has_step.then(|| state.cookies.clear_step()),
    ];
    Ok(with_cookies(Redirect::to(&place), cookies))
}

/// Where somebody goes who has just signed in. Who wanted nothing in particular sees the log with the view that they
/// chose for it; whose role reads no log is led on from the first page.
async fn place_of(
    state: &AppState,
    session: Option<&Session>,
    next: &str,
) -> Result<String, ApiError> {
    let Some(session) = session.filter(|_| next == HOME) else {
        return Ok(next.to_owned());
    };
    if !session.role.has(Need::ReadActivity) {
        return Ok("/".to_owned());
    }
    let scope = Scope::of_session(session);
    let views = state.storage.list_views(&scope).await?;
    let chosen = views
        .iter()
        .find(|view| view.log == Source::Activity && view.is_default);
    Ok(chosen.map_or_else(
        || next.to_owned(),
        |view| with_query(HOME, &[("q", &view.q)]),
    ))
}

/// `POST /sign-out`: ends the session, if there is one.
///
/// # Errors
/// A fault of the database.
pub async fn sign_out(
    State(state): State<AppState>,
    CallFrom(caller): CallFrom,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if let Some(token) = state.cookies.token(&headers) {
        state.storage.end_session(&token, &caller).await?;
    }
    let has_step = state.cookies.step(&headers).is_some();
    let cookies = [
        Some(state.cookies.clear()),
        has_step.then(|| state.cookies.clear_step()),
    ];
    let mut answer = with_cookies(Redirect::to("/sign-in"), cookies);
    let forget = HeaderValue::from_static("\"cache\"");
    answer.headers_mut().insert(CLEAR_SITE_DATA, forget);
    Ok(answer)
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
    // Another store may know them by another role, which may open another page first.
    let place = form
        .next
        .as_deref()
        .map_or("/", |next| local_path(Some(next)));
    Ok(Redirect::to(place))
}

/// How long somebody is held back yet, in minutes, at least one.
pub(crate) fn minutes(state: &AppState, until: DateTime<Utc>) -> String {
    let left = until - state.storage.ambient().clock.now();
    ((left.num_seconds() + 59) / 60).max(1).to_string()
}
