//! Whether a program sent a mail (RFC 3834): such are never answered automatically, or two programs write to each
//! other for ever.

use crate::email::Party;

/// Why a mail is taken for one that a program sent. None for one that a person seems to have written.
pub fn automatic(headers: &[(String, String)], from: Option<&Party>) -> Option<&'static str> {
    let value = |name: &str| {
        let found = headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim().to_ascii_lowercase())
    };
    let has = |name: &str| value(name).is_some();
    let submitted = value("auto-submitted").unwrap_or_else(|| "no".to_owned());
    if submitted.split(';').next().map(str::trim) != Some("no") {
        return Some("Auto-Submitted says so");
    }
    if value("precedence")
        .is_some_and(|p| matches!(p.as_str(), "bulk" | "junk" | "list" | "auto_reply"))
    {
        return Some("its Precedence says so");
    }
    if has("x-autoreply") || has("x-autorespond") || has("x-autoresponse") {
        return Some("it is an automatic reply");
    }
    if value("x-auto-response-suppress")
        .is_some_and(|v| v.contains("all") || v.contains("autoreply"))
    {
        return Some("it asks for no automatic replies");
    }
    if has("list-id") || has("list-unsubscribe") {
        return Some("it comes from a mailing list");
    }
    if value("return-path").is_some_and(|path| path == "<>") {
        return Some("it has no return path");
    }
    if value("content-type").is_some_and(|kind| kind.starts_with("multipart/report")) {
        return Some("it is a delivery report");
    }
    let local = from
        .and_then(|from| from.address.split('@').next())?
        .to_ascii_lowercase();
    const PROGRAMS: [&str; 6] = [
        "mailer-daemon",
        "postmaster",
        "no-reply",
        "noreply",
        "do-not-reply",
        "donotreply",
    ];
    PROGRAMS
        .contains(&local.as_str())
        .then_some("its sender is no person")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_told_from_people() {
        let judge =
            |name: &str, value: &str| automatic(&[(name.to_owned(), value.to_owned())], None);
        for (name, value) in [
            ("Auto-Submitted", "auto-replied"),
            ("auto-submitted", "auto-generated; owner-email=\"a@b\""),
            ("Precedence", "Bulk"),
            ("X-Autoreply", "yes"),
            ("X-Auto-Response-Suppress", "OOF, AutoReply"),
            ("List-Id", "<news.example>"),
            ("Return-Path", "<>"),
            (
                "Content-Type",
                "multipart/report; report-type=delivery-status",
            ),
        ] {
            assert!(judge(name, value).is_some(), "{name}");
        }
        for (name, value) in [
            ("Auto-Submitted", "no"),
            ("Precedence", "first-class"),
            ("Return-Path", "<a@b>"),
        ] {
            assert_eq!(judge(name, value), None, "{name}");
        }
        assert!(automatic(&[], Some(&Party::bare("MAILER-DAEMON@mail.example"))).is_some());
        assert_eq!(
            automatic(&[], Some(&Party::bare("noura@mail.example"))),
            None
        );
    }
}
