//! Signing in by an OpenID Connect provider: away, and back.

use super::{CODE_PAGE, attempt, signed_in};
use crate::local_path::{local_path, with_query};
use crate::openid::{Answer, Failure};
use crate::problem::ApiError;
use crate::requests::{CallFrom, Who};
use crate::session::with_cookies;
use crate::state::AppState;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::Problem;
use serde::Deserialize;
use storage::{Next, OpenIdOutcome};

/// Where to go afterwards.
#[derive(Deserialize)]
pub struct Wanted {
    next: Option<String>,
}

/// `GET /sign-in/openid/{provider}`: sends the browser to the provider.
///
/// # Errors
/// Not found when no such provider is set up.
pub async fn openid_begin(
    State(state): State<AppState>,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, ApiError> {
    let next = local_path(wanted.next.as_deref());
    match state.openid.begin(&id, next).await {
        None => Err(Problem::not_found("provider").into()),
        Some(Ok(away)) => {
            let cookie = state.cookies.set_openid(away.cookie);
            Ok(with_cookies(Redirect::to(&away.url), [Some(cookie)]))
        }
        Some(Err(failure)) => {
            tracing::warn!(provider = %id, %failure, "a sign-in by OpenID Connect can't begin");
            Ok(to_sign_in("openid_failed", next))
        }
    }
}

/// `GET /sign-in/openid/{provider}/back`: the provider sent the browser back.
///
/// # Errors
/// Not found when no such provider is set up; a fault of the database.
pub async fn openid_back(
    State(state): State<AppState>,
    CallFrom(caller): CallFrom,
    who: Who,
    Path(id): Path<String>,
    Query(answer): Query<Answer>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let cookie = state.cookies.openid(&headers);
    let finished = state.openid.finish(&id, answer, cookie.as_deref()).await;
    let finished = finished.ok_or_else(|| Problem::not_found("provider"))?;
    let nobody = attempt(&state, &headers, caller, "");
    let mut response = match finished {
        Ok(back) => {
            let next = local_path(Some(&back.next)).to_owned();
            let email = back.person.email.clone().unwrap_or_default();
            who.about(&email);
            let attempt = attempt(&state, &headers, nobody.caller, &email);
            let outcome = state.storage.sign_in_with_openid(&attempt, back.person);
            match outcome.await? {
                OpenIdOutcome::Known(Next::SignedIn { token, device }) => {
                    signed_in(&state, &who, &headers, &attempt, token, device, &next).await?
                }
                OpenIdOutcome::Known(Next::NeedsCode { step, .. }) => {
                    let address = with_query(CODE_PAGE, &[("next", &next)]);
                    let step = state.cookies.set_step(step);
                    with_cookies(Redirect::to(&address), [Some(step)])
                }
                OpenIdOutcome::Nobody => to_sign_in("openid_nobody", &next),
                OpenIdOutcome::Unverified => to_sign_in("openid_unverified", &next),
                OpenIdOutcome::NoStore => to_sign_in("no_store", &next),
                OpenIdOutcome::Over => to_sign_in("expired", &next),
            }
        }
        Err(failure) => {
            tracing::warn!(provider = %id, %failure, "a sign-in by OpenID Connect failed");
            let (problem, reason) = match failure {
                Failure::Over => ("expired", None),
                Failure::Refused(_) => ("openid_refused", Some("openid_refused")),
                Failure::Broken(_) => ("openid_failed", Some("openid_failed")),
            };
            if let Some(reason) = reason {
                state.storage.openid_failed(&nobody, reason).await?;
            }
            to_sign_in(problem, local_path(None))
        }
    };
    let forget = state.cookies.clear_openid();
    response = with_cookies(response, [Some(forget)]);
    Ok(response)
}

fn to_sign_in(problem: &str, next: &str) -> Response {
    let address = with_query("/sign-in", &[("problem", problem), ("next", next)]);
    Redirect::to(&address).into_response()
}
