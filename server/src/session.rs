//! The session layer: from the cookie to the person, once a request.

use crate::problem::{self, ApiError};
use crate::requests::Who;
use crate::state::AppState;
use axum::extract::{Request, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use domain::{Code, Problem};
use storage::{Scope, Session};

/// How long a browser keeps the cookie, in days: as long as a session can last at all.
const KEPT_DAYS: i64 = 365;

/// How long a browser is known again, in days.
const DEVICE_DAYS: i64 = 400;

/// What somebody may open who has to set up a second factor first.
const WHILE_ENROLLING: [&str; 5] = [
    "/account",
    "/sign-out",
    "/switch-store",
    "/fn/viewer",
    "/fn/account/",
];

/// The cookie that holds a session's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookies {
    /// Behind `https`: a `__Host-` name, so that no other host of the domain can set it (RFC 6265bis 4.1.3.2).
    Secure,
    /// Behind plain `http`, where a browser refuses such names.
    Plain,
}

impl Cookies {
    /// What goes with the address by which the outside reaches this server.
    pub fn for_public_url(url: &str) -> Self {
        if url.starts_with("https://") {
            Self::Secure
        } else {
            Self::Plain
        }
    }

    /// The cookie's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Secure => "__Host-storetrail",
            Self::Plain => "storetrail_session",
        }
    }

    /// The name of the cookie of somebody who has still to show a second factor.
    pub const fn step_name(self) -> &'static str {
        match self {
            Self::Secure => "__Host-storetrail-step",
            Self::Plain => "storetrail_step",
        }
    }

    /// The name of the cookie by which a browser is known again that somebody signed in with before.
    pub const fn device_name(self) -> &'static str {
        match self {
            Self::Secure => "__Host-storetrail-device",
            Self::Plain => "storetrail_device",
        }
    }

    /// The name of the cookie of somebody who is at an OpenID Connect provider.
    pub const fn openid_name(self) -> &'static str {
        match self {
            Self::Secure => "__Host-storetrail-openid",
            Self::Plain => "storetrail_openid",
        }
    }

    /// What is remembered of a sign-in at a provider, in a request's cookies.
    pub fn openid(self, headers: &HeaderMap) -> Option<String> {
        let jar = CookieJar::from_headers(headers);
        let value = jar.get(self.openid_name())?.value().to_owned();
        (value.len() <= 4_000).then_some(value)
    }

    /// The cookie that remembers a sign-in at a provider, until the browser is closed.
    pub fn set_openid(self, sealed: String) -> Cookie<'static> {
        self.bare(self.openid_name(), sealed)
    }

    /// The cookie that makes the browser forget it.
    pub fn clear_openid(self) -> Cookie<'static> {
        self.forget(self.openid_name())
    }

    /// The token in a request's cookies.
    pub fn token(self, headers: &HeaderMap) -> Option<String> {
        value_of(headers, self.name())
    }

    /// The half sign-in in a request's cookies.
    pub fn step(self, headers: &HeaderMap) -> Option<String> {
        value_of(headers, self.step_name())
    }

    /// The browser in a request's cookies.
    pub fn device(self, headers: &HeaderMap) -> Option<String> {
        value_of(headers, self.device_name())
    }

    /// The cookie that hands a token to the browser.
    pub fn set(self, token: String) -> Cookie<'static> {
        let mut cookie = self.bare(self.name(), token);
        cookie.set_max_age(time::Duration::days(KEPT_DAYS));
        cookie
    }

    /// The cookie that hands a half sign-in to the browser, until it is closed.
    pub fn set_step(self, step: String) -> Cookie<'static> {
        self.bare(self.step_name(), step)
    }

    /// The cookie by which the browser is known again.
    pub fn set_device(self, device: String) -> Cookie<'static> {
        let mut cookie = self.bare(self.device_name(), device);
        cookie.set_max_age(time::Duration::days(DEVICE_DAYS));
        cookie
    }

    /// The cookie that makes the browser forget its token.
    pub fn clear(self) -> Cookie<'static> {
        self.forget(self.name())
    }

    /// The cookie that makes the browser forget its half sign-in.
    pub fn clear_step(self) -> Cookie<'static> {
        self.forget(self.step_name())
    }

    fn forget(self, name: &'static str) -> Cookie<'static> {
        let mut cookie = self.bare(name, String::new());
        cookie.make_removal();
        cookie
    }

    fn bare(self, name: &'static str, value: String) -> Cookie<'static> {
        Cookie::build((name, value))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self == Self::Secure)
            .build()
    }
}

/// The session of a request, in its extensions, once [`load`] has found one.
#[derive(Clone)]
pub struct CurrentSession(pub Session);

/// Among a request's extensions when its cookie names a session that has ended.
#[derive(Clone, Copy)]
pub struct EndedSession;

impl CurrentSession {
    /// The session among a request's extensions.
    pub fn of(extensions: &Extensions) -> Option<&Session> {
        extensions.get::<Self>().map(|current| &current.0)
    }
}

/// The layer: looks the cookie's token up and puts its session among the request's extensions.
///
/// A request that brings a key isn't looked up: the key decides.
pub async fn load(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    if !request.headers().contains_key(header::AUTHORIZATION) {
        match find(&state, request.headers(), is_use(&request)).await {
            Ok(Some(session)) if session.must_enrol && !is_open_while_enrolling(&request) => {
                return enrol_first(request.uri().path());
            }
            Ok(Some(session)) => {
                Who::is(request.extensions(), &Scope::of_session(&session));
                request.extensions_mut().insert(CurrentSession(session));
            }
            Ok(None) if state.cookies.token(request.headers()).is_some() => {
                request.extensions_mut().insert(EndedSession);
            }
            Ok(None) => {}
            Err(error) => return error.into_response(),
        }
    }
    next.run(request).await
}

/// The answer with these cookies, in this order.
pub fn with_cookies<const N: usize>(
    answer: impl IntoResponse,
    cookies: [Option<Cookie<'static>>; N],
) -> Response {
    let mut response = answer.into_response();
    for cookie in cookies.into_iter().flatten() {
        let value = HeaderValue::from_str(&cookie.to_string())
            .expect("tokens and attributes are plain letters and digits");
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

fn value_of(headers: &HeaderMap, name: &str) -> Option<String> {
    CookieJar::from_headers(headers)
        .get(name)
        .map(|cookie| cookie.value().to_owned())
        .filter(|value| !value.is_empty() && value.len() <= 200)
}

fn is_open_while_enrolling(request: &Request) -> bool {
    let path = request.uri().path();
    WHILE_ENROLLING
        .iter()
        .any(|open| path == *open || open.ends_with('/') && path.starts_with(open))
}

/// The role asks for a second factor and there is none: pages lead to where it is set up, everything else refuses.
fn enrol_first(path: &str) -> Response {
    let problem = Problem::new(
        Code::Forbidden,
        "your role asks for a second factor; set it up under Account first",
    );
    if path.starts_with("/fn/") {
        problem::server_function_answer(&problem)
    } else if ["/api/", "/ws", "/messages/"]
        .iter()
        .any(|place| path.starts_with(place))
    {
        problem::answer(&problem)
    } else {
        Redirect::to("/account").into_response()
    }
}

/// Whether a request is a use of its session. Server functions and sockets are asked for by pages that are only left
/// open too, as entries arrive: they are one while somebody touches a page of this browser, as a cookie of the page says
/// for a minute.
fn is_use(request: &Request) -> bool {
    let path = request.uri().path();
    let is_of_page = path == "/ws" || path.starts_with("/fn/");
    !is_of_page || value_of(request.headers(), app::PRESENT).is_some()
}

/// The session of the cookie in the headers, if it is valid now; `is_use`: whether that keeps it from ending.
///
/// # Errors
/// A fault of the database.
pub async fn find(
    state: &AppState,
    headers: &HeaderMap,
    is_use: bool,
) -> Result<Option<Session>, ApiError> {
    let Some(token) = state.cookies.token(headers) else {
        return Ok(None);
    };
    Ok(if is_use {
        state.storage.session(&token).await?
    } else {
        state.storage.session_unused(&token).await?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn behind_https_the_cookie_belongs_to_this_host_alone() {
        let cookie = Cookies::for_public_url("https://trail.example").set("t".to_owned());
        assert_eq!(
            cookie.to_string(),
            "__Host-storetrail=t; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=31536000"
        );
    }

    #[test]
    fn every_cookie_behind_https_has_the_name_that_no_other_host_can_set() {
        let cookies = Cookies::Secure;
        for cookie in [
            cookies.set("t".to_owned()),
            cookies.set_step("t".to_owned()),
            cookies.set_device("t".to_owned()),
            cookies.clear(),
            cookies.clear_step(),
            cookies.set_openid("t".to_owned()),
            cookies.clear_openid(),
        ] {
            let text = cookie.to_string();
            assert!(text.starts_with("__Host-"), "{text}");
            for attribute in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
                assert!(text.contains(attribute), "{text}");
            }
        }
    }

    #[test]
    fn behind_http_the_cookie_is_still_hidden_from_scripts() {
        let cookie = Cookies::for_public_url("http://127.0.0.1:3000").set("t".to_owned());
        assert_eq!(
            cookie.to_string(),
            "storetrail_session=t; HttpOnly; SameSite=Lax; Path=/; Max-Age=31536000"
        );
    }
}
