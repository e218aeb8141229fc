//! Preferences of the request that is being answered.

use super::{DENSITY, Density, THEME, Theme, YEAR_SECONDS};
use crate::AppError;
use crate::i18n::{self, Locale};
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use domain::Problem;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;

const LANGUAGE: &str = "storetrail_lang";

/// The value of a cookie.
pub fn read(name: &str) -> Option<String> {
    with_headers(|headers| cookie(headers, name))
}

/// The language of the cookie, else the first of `Accept-Language` that there is, else the default.
pub fn locale() -> Locale {
    with_headers(|headers| {
        let kept = cookie(headers, LANGUAGE).and_then(|code| parse_locale(&code));
        kept.or_else(|| {
            let header = headers.get(ACCEPT_LANGUAGE)?;
            accepted(header.to_str().ok()?)
        })
    })
    .unwrap_or_default()
}

/// Nothing on the server: the answer to a form is given by [`answer`].
pub fn keep(_name: &str, _value: &str) {}

/// Nothing on the server: `shell` writes the attributes.
pub fn set_attribute(_name: &str, _value: &str) {}

/// Sets the cookies of what was chosen.
pub fn answer(
    language: Option<&str>,
    theme: Option<&str>,
    density: Option<&str>,
) -> Result<(), AppError> {
    let language = language.map(|code| {
        parse_locale(code)
            .map(i18n::code)
            .ok_or_else(|| unknown("language"))
    });
    let theme = theme.map(|text| {
        Theme::parse(text)
            .map(Theme::as_str)
            .ok_or_else(|| unknown("theme"))
    });
    let density = density.map(|text| {
        Density::parse(text)
            .map(Density::as_str)
            .ok_or_else(|| unknown("density"))
    });
    for (name, value) in [(LANGUAGE, language), (THEME, theme), (DENSITY, density)] {
        let Some(value) = value.transpose()? else {
            continue;
        };
        let cookie = format!("{name}={value}; Path=/; Max-Age={YEAR_SECONDS}; SameSite=Lax");
        if let (Some(response), Ok(cookie)) = (
            use_context::<ResponseOptions>(),
            HeaderValue::from_str(&cookie),
        ) {
            response.append_header(SET_COOKIE, cookie);
        }
    }
    Ok(())
}

fn unknown(field: &str) -> AppError {
    Problem::field(
        field,
        "format",
        format!("there is no such {field}; choose one of the list"),
    )
    .into()
}

fn with_headers<T>(read: impl FnOnce(&HeaderMap) -> Option<T>) -> Option<T> {
    use_context::<Parts>().and_then(|parts| read(&parts.headers))
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

fn parse_locale(code: &str) -> Option<Locale> {
    code.parse().ok()
}

/// The language wanted most among those there are (RFC 9110, 12.5.4).
fn accepted(header: &str) -> Option<Locale> {
    let mut best: Option<(f32, Locale)> = None;
    for range in header.split(',') {
        let mut parts = range.split(';');
        let tag = parts.next().unwrap_or_default().trim();
        let primary = tag
            .split('-')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let weight = parts
            .find_map(|part| part.trim().strip_prefix("q="))
            .map_or(1.0, |text| text.parse().unwrap_or(0.0));
        let Some(locale) = parse_locale(&primary) else {
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
        assert_eq!(accepted("ar-SA,ar;q=0.9,en;q=0.8"), Some(Locale::ar));
        assert_eq!(accepted("fr, en;q=0.3, ar;q=0.7"), Some(Locale::ar));
        assert_eq!(accepted("en-GB,en;q=0.5,ar;q=0.5"), Some(Locale::en));
    }

    #[test]
    fn a_language_that_is_refused_or_not_there_is_not_taken() {
        assert_eq!(accepted("ar;q=0"), None);
        assert_eq!(accepted("fr,de;q=0.5"), None);
        assert_eq!(accepted(""), None);
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("a=1; storetrail_lang=ar"));
        headers.append(COOKIE, HeaderValue::from_static("storetrail_theme=dark"));
        assert_eq!(cookie(&headers, LANGUAGE).as_deref(), Some("ar"));
        assert_eq!(cookie(&headers, THEME).as_deref(), Some("dark"));
        assert_eq!(cookie(&headers, "lang"), None);
    }
}
