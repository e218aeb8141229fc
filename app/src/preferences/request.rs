//! Preferences of the request that is being answered.

use super::YEAR_SECONDS;
use crate::i18n::{Locale, code};
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE, SET_COOKIE, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Uri};
use leptos::prelude::*;
use leptos_axum::{ResponseOptions, redirect};

const LANGUAGE: &str = "storetrail_lang";

/// The value of a cookie.
pub fn read(name: &str) -> Option<String> {
    use_context::<Parts>().and_then(|parts| cookie(&parts.headers, name))
}

/// The language of the page: what `?lang=` asks for, else the cookie's, else the one wanted most by
/// `Accept-Language`, else the default.
///
/// `?lang=` is a link that works without a script: it is kept, and leads back to the address without it.
pub fn locale() -> Locale {
    let Some(parts) = use_context::<Parts>() else {
        return Locale::default();
    };
    if let Some((locale, address)) = chosen(&parts.uri) {
        let cookie = format!(
            "{LANGUAGE}={}; Path=/; Max-Age={YEAR_SECONDS}; SameSite=Lax",
            code(locale)
        );
        if let (Some(response), Ok(cookie)) = (
            use_context::<ResponseOptions>(),
            HeaderValue::from_str(&cookie),
        ) {
            response.append_header(SET_COOKIE, cookie);
            redirect(&address);
        }
        return locale;
    }
    let accepted = || {
        let header = parts.headers.get(ACCEPT_LANGUAGE)?;
        wanted_most(header.to_str().ok()?)
    };
    cookie(&parts.headers, LANGUAGE)
        .and_then(|code| code.parse().ok())
        .or_else(accepted)
        .unwrap_or_default()
}

/// Whether the browser runs on a system whose keyboards have a command key.
pub fn has_command_key() -> bool {
    use_context::<Parts>().is_some_and(|parts| is_of_apple(&parts.headers))
}

/// Nothing on the server: the browser keeps what was chosen.
pub fn keep(_name: &str, _value: &str) {}

/// Nothing on the server: `shell` writes the attributes.
pub fn set_attribute(_name: &str, _value: &str) {}

/// Whether the browser says that it runs on a Mac, an iPhone or an iPad. They all name Mac OS X.
fn is_of_apple(headers: &HeaderMap) -> bool {
    headers
        .get(USER_AGENT)
        .and_then(|agent| agent.to_str().ok())
        .is_some_and(|agent| agent.contains("Mac OS X"))
}

/// The language that an address asks for and the address without that.
fn chosen(uri: &Uri) -> Option<(Locale, String)> {
    let query = uri.query()?;
    let locale = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("lang=")?.parse().ok())?;
    let rest: Vec<_> = query
        .split('&')
        .filter(|pair| !pair.starts_with("lang=") && !pair.is_empty())
        .collect();
    let address = match rest.as_slice() {
        [] => uri.path().to_owned(),
        rest => format!("{}?{}", uri.path(), rest.join("&")),
    };
    Some((locale, address))
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then(|| value.to_owned()))
}

/// The language wanted most among those there are (RFC 9110, 12.5.4).
fn wanted_most(header: &str) -> Option<Locale> {
    let mut best: Option<(f32, Locale)> = None;
    for range in header.split(',') {
        let mut parts = range.split(';');
        let tag = parts.next().unwrap_or_default().trim();
        let primary = tag.split('-').next().unwrap_or_default();
        let weight = parts
            .find_map(|part| part.trim().strip_prefix("q="))
            .map_or(1.0, |text| text.parse().unwrap_or(0.0));
        let Ok(locale) = primary.to_ascii_lowercase().parse() else {
            continue;
        };
        // Of equal weights the first one named wins.
        if weight > best.map_or(0.0, |(weight, _)| weight) {
            best = Some((weight, locale));
        }
    }
    best.map(|(_, locale)| locale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_wanted_most_is_taken() {
        assert_eq!(wanted_most("ar-SA,ar;q=0.9,en;q=0.8"), Some(Locale::ar));
        assert_eq!(wanted_most("fr, en;q=0.3, ar;q=0.7"), Some(Locale::ar));
        assert_eq!(wanted_most("en-GB,en;q=0.5,ar;q=0.5"), Some(Locale::en));
    }

    #[test]
    fn a_language_that_is_refused_or_not_there_is_not_taken() {
        assert_eq!(wanted_most("ar;q=0"), None);
        assert_eq!(wanted_most("fr,de;q=0.5"), None);
        assert_eq!(wanted_most(""), None);
    }

    #[test]
    fn a_link_that_chooses_a_language_leads_back_without_it() {
        let of = |text: &str| chosen(&text.parse().expect("an address"));
        let back = "/activity?q=a%26b&entry=1".to_owned();
        assert_eq!(
            of("/activity?q=a%26b&lang=ar&entry=1"),
            Some((Locale::ar, back))
        );
        assert_eq!(of("/?lang=en"), Some((Locale::en, "/".to_owned())));
        assert_eq!(of("/?lang=tlh"), None);
        assert_eq!(of("/?language=ar"), None);
    }

    #[test]
    fn a_command_key_is_on_the_keyboards_of_one_maker() {
        let of = |agent| {
            is_of_apple(&HeaderMap::from_iter([(
                USER_AGENT,
                HeaderValue::from_static(agent),
            )]))
        };
        assert!(of("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"));
        assert!(of("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)"));
        assert!(!of("Mozilla/5.0 (Windows NT 10.0; Win64; x64)"));
        assert!(!of("Mozilla/5.0 (Linux; Android 15; Pixel 9)"));
        assert!(!is_of_apple(&HeaderMap::new()));
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(
            COOKIE,
            HeaderValue::from_static("a=1; storetrail_theme=dark"),
        );
        headers.append(COOKIE, HeaderValue::from_static("storetrail_lang=ar"));
        assert_eq!(cookie(&headers, LANGUAGE).as_deref(), Some("ar"));
        assert_eq!(
            cookie(&headers, "storetrail_theme").as_deref(),
            Some("dark")
        );
        assert_eq!(cookie(&headers, "lang"), None);
    }
}
