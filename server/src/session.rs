//! The session layer: from the cookie to the person, once a request.

use crate::problem::ApiError;
use crate::state::AppState;
use axum::extract::{Request, State};
use axum::http::{Extensions, HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use storage::Session;

/// How long a browser keeps the cookie, in days: as long as a session can last at all.
const KEPT_DAYS: i64 = 90;

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

    /// The token in a request's cookies.
    pub fn token(self, headers: &HeaderMap) -> Option<String> {
        CookieJar::from_headers(headers)
            .get(self.name())
            .map(|cookie| cookie.value().to_owned())
            .filter(|token| !token.is_empty())
    }

    /// The cookie that hands a token to the browser.
    pub fn set(self, token: String) -> Cookie<'static> {
        let mut cookie = self.bare(token);
        cookie.set_max_age(time::Duration::days(KEPT_DAYS));
        cookie
    }

    /// The cookie that makes the browser forget its token.
    pub fn clear(self) -> Cookie<'static> {
        let mut cookie = self.bare(String::new());
        cookie.make_removal();
        cookie
    }

    fn bare(self, value: String) -> Cookie<'static> {
        Cookie::build((self.name(), value))
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
        match find(&state, request.headers()).await {
            Ok(Some(session)) => {
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

/// The session of the cookie in the headers, if it is valid now.
///
/// # Errors
/// A fault of the database.
pub async fn find(state: &AppState, headers: &HeaderMap) -> Result<Option<Session>, ApiError> {
    match state.cookies.token(headers) {
        Some(token) => Ok(state.storage.session(&token).await?),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn behind_https_the_cookie_belongs_to_this_host_alone() {
        let cookie = Cookies::for_public_url("https://trail.example").set("t".to_owned());
        assert_eq!(
            cookie.to_string(),
            "__Host-storetrail=t; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=7776000"
        );
    }

    #[test]
    fn behind_http_the_cookie_is_still_hidden_from_scripts() {
        let cookie = Cookies::for_public_url("http://127.0.0.1:3000").set("t".to_owned());
        assert_eq!(
            cookie.to_string(),
            "storetrail_session=t; HttpOnly; SameSite=Lax; Path=/; Max-Age=7776000"
        );
    }
}
