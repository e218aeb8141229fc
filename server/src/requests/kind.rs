//! What is kept of which call: one table, by route.

use domain::request::Surface;

/// What is kept of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Keeping {
    /// Where it came in.
    pub(super) surface: Surface,
    /// Whether the body is kept, scrubbed; else its size and digest.
    pub(super) has_body: bool,
    /// What it shows that is recorded as seen: a kind of record, named by the call's `id` or `number`.
    pub(super) shows: Option<&'static str>,
}

/// The longest body that is kept, in bytes.
const MAX_BODY: usize = 16 * 1024;

/// Paths that aren't calls to the panel or the API.
const NONE: [&str; 8] = [
    "/healthz",
    "/readyz",
    "/metrics",
    "/api/docs",
    "/messages/inline/",
    "/o/",
    "/c/",
    "/unsubscribe/",
];

/// What comes in here is recorded elsewhere, and somebody else's: size and digest tell which it was.
const INGEST: [&str; 10] = [
    "/hooks/",
    "/api/v1/activities",
    "/api/v1/messages",
    "/api/v1/orders",
    "/api/v1/customers",
    "/api/v1/operations",
    "/api/v1/exports",
    "/api/v1/webhooks",
    "/fn/messages/send",
    "/fn/webhooks/edit",
];

/// Who reads these has seen what one record says of a person.
const SHOWS: [(&str, &str); 10] = [
    ("/fn/messages/detail", "message"),
    ("/api/v1/messages/{id}", "message"),
    ("/messages/{id}/html", "message"),
    ("/messages/{id}/raw", "message"),
    ("/messages/{id}/attachments/{n}", "message"),
    ("/api/v1/messages/{id}/eml", "message"),
    ("/api/v1/messages/{id}/attachments/{n}", "message"),
    ("/fn/orders/thread", "order"),
    ("/api/v1/orders/{number}/thread", "order"),
    ("/fn/customers/page", "customer"),
];

impl Keeping {
    pub(super) const fn body_bytes(self) -> usize {
        if self.has_body { MAX_BODY } else { 0 }
    }
}

/// What is kept of a call of this route; none when it is no call. A call without route was answered by nobody.
pub(super) fn keeping(route: Option<&str>) -> Option<Keeping> {
    let route = route.unwrap_or_default();
    if NONE.iter().any(|none| route.starts_with(none)) {
        return None;
    }
    let surface = if route.starts_with("/api/") {
        Surface::Api
    } else if route.starts_with("/hooks/") {
        Surface::Hook
    } else {
        Surface::Panel
    };
    let shows = SHOWS.iter().find(|(shown, _)| *shown == route);
    Some(Keeping {
        surface,
        has_body: !route.is_empty() && !INGEST.iter().any(|place| route.starts_with(place)),
        shows: shows.map(|(_, what)| *what),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_that_are_recorded_elsewhere_are_told_by_their_digest() {
        let has_body = |route| keeping(Some(route)).map(|keeping| keeping.has_body);
        assert_eq!(has_body("/api/v1/activities"), Some(false));
        assert_eq!(has_body("/hooks/twilio/{name}"), Some(false));
        assert_eq!(has_body("/api/v1/rules/{id}"), Some(true));
        assert_eq!(has_body("/sign-in"), Some(true));
        assert_eq!(has_body("/healthz"), None);
        assert_eq!(keeping(None).map(|keeping| keeping.has_body), Some(false));
    }

    #[test]
    fn who_opens_a_mail_is_seen_doing_it() {
        let shows = |route| keeping(Some(route)).and_then(|keeping| keeping.shows);
        assert_eq!(shows("/messages/{id}/html"), Some("message"));
        assert_eq!(shows("/api/v1/messages"), None);
    }
}
