//! Where a form may send a browser afterwards: to a place on this server and nowhere else.

/// Where people go who wanted nothing in particular.
pub const HOME: &str = "/activity";

/// The path, with its query, when it is a place on this server that a browser can't read as another host
/// (`//host`, `/\host`, a tab or newline that it would drop); else [`HOME`].
pub fn local_path(next: Option<&str>) -> &str {
    let Some(next) = next else { return HOME };
    let is_local = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && next.len() <= 4096
        && next.bytes().all(|byte| byte.is_ascii_graphic())
        // Signing in only to be asked again, or signing out at once, helps nobody.
        && !["/sign-in", "/sign-out", "/setup"]
            .iter()
            .any(|path| next == *path || next.starts_with(&format!("{path}?")));
    if is_local { next } else { HOME }
}

/// A path with parameters, each percent-encoded.
pub fn with_query(path: &str, parameters: &[(&str, &str)]) -> String {
    if parameters.is_empty() {
        return path.to_owned();
    }
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters);
    format!("{path}?{}", query.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_on_this_server_are_kept() {
        for path in ["/activity?q=actor%3Asara&entry=1", "/orders/1042", "/"] {
            assert_eq!(local_path(Some(path)), path);
        }
    }

    #[test]
    fn other_hosts_are_not_reached() {
        for path in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "\\/evil.example",
            "javascript:alert(1)",
            "activity",
            "/activity\r\nset-cookie: a=b",
            "/sign-in?next=/sign-in",
            "",
        ] {
            assert_eq!(local_path(Some(path)), HOME, "{path}");
        }
        assert_eq!(local_path(None), HOME);
    }
}
