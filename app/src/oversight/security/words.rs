//! What is said of a security event.

use crate::activity::words::{actor_words, device_words, field_label, noun};
use crate::i18n::{Locale, tr};
use crate::icons::{self, Glyph};
use crate::layout::role_called;
use crate::oversight::parts::is_nobody;
use crate::pages::permission_words;
use domain::security::unusual::AlarmRule;
use domain::security::{SecurityEventName, SecurityKind, SecurityOutcome};
use domain::view::SecurityRow;
use domain::{ActorType, Permission, Reference};
use serde_json::Value;

macro_rules! labels {
    ($($variant:ident => $key:ident,)+) => {
        /// What happened, in a word or two.
        pub fn event_label(locale: Locale, event: SecurityEventName) -> &'static str {
            match event {
                $(SecurityEventName::$variant => tr!(locale, oversight.event.$key),)+
            }
        }
    };
}

labels! {
    SignedIn => signed_in,
    SignInFailed => sign_in_failed,
    SignInRefused => sign_in_refused,
    SignedOut => signed_out,
    FactorPassed => factor_passed,
    FactorFailed => factor_failed,
    FactorAdded => factor_added,
    FactorRemoved => factor_removed,
    RecoveryUsed => recovery_used,
    RecoveryMade => recovery_made,
    AccountLocked => account_locked,
    AccessDenied => access_denied,
    RateLimited => rate_limited,
    ProofPassed => proof_passed,
    ProofFailed => proof_failed,
    UserInvited => user_invited,
    UserJoined => user_joined,
    UserRemoved => user_removed,
    UserBlocked => user_blocked,
    UserUnblocked => user_unblocked,
    RoleChanged => role_changed,
    RoleSaved => role_saved,
    RoleDeleted => role_deleted,
    PasswordSet => password_set,
    ResetAsked => reset_asked,
    EmailChangeAsked => email_change_asked,
    EmailChanged => email_changed,
    KeyCreated => key_created,
    KeyRotated => key_rotated,
    KeyRevoked => key_revoked,
    KeyNewAddress => key_new_address,
    KeyRefused => key_refused,
    SessionEnded => session_ended,
    SettingsChanged => settings_changed,
    WebhookForged => webhook_forged,
    OriginForeign => origin_foreign,
    OutgoingBlocked => outgoing_blocked,
    SecretViewed => secret_viewed,
    AlarmRaised => alarm_raised,
    LogViewed => log_viewed,
    IdentityLinked => identity_linked,
    LinkRefused => link_refused,
}

/// The name of a group.
pub fn kind_label(locale: Locale, kind: SecurityKind) -> &'static str {
    match kind {
        SecurityKind::SignIn => tr!(locale, oversight.kind.sign_in),
        SecurityKind::SecondFactor => tr!(locale, oversight.kind.second_factor),
        SecurityKind::Denied => tr!(locale, oversight.kind.denied),
        SecurityKind::RateLimit => tr!(locale, oversight.kind.rate_limit),
        SecurityKind::Sessions => tr!(locale, oversight.kind.sessions),
        SecurityKind::People => tr!(locale, oversight.kind.people),
        SecurityKind::Roles => tr!(locale, oversight.kind.roles),
        SecurityKind::Keys => tr!(locale, oversight.kind.keys),
        SecurityKind::Settings => tr!(locale, oversight.kind.settings),
        SecurityKind::Attack => tr!(locale, oversight.kind.attack),
        SecurityKind::Alarm => tr!(locale, oversight.kind.alarm),
    }
}

/// The icon of a group.
pub const fn kind_glyph(kind: SecurityKind) -> Glyph {
    match kind {
        SecurityKind::SignIn => icons::LOG_IN,
        SecurityKind::SecondFactor => icons::FINGERPRINT,
        SecurityKind::Denied => icons::BAN,
        SecurityKind::RateLimit => icons::GAUGE,
        SecurityKind::Sessions => icons::LOG_OUT,
        SecurityKind::People => icons::USER,
        SecurityKind::Roles => icons::USERS,
        SecurityKind::Keys => icons::KEY_ROUND,
        SecurityKind::Settings => icons::SETTINGS_2,
        SecurityKind::Attack => icons::SHIELD_ALERT,
        SecurityKind::Alarm => icons::TRIANGLE_ALERT,
    }
}

/// How it ended.
pub fn outcome_label(locale: Locale, outcome: SecurityOutcome) -> &'static str {
    match outcome {
        SecurityOutcome::Success => tr!(locale, oversight.outcome.success),
        SecurityOutcome::Failed => tr!(locale, oversight.outcome.failed),
        SecurityOutcome::Denied => tr!(locale, oversight.outcome.denied),
    }
}

/// Why, in words; a word that is not known here as it was recorded.
pub fn reason_words(locale: Locale, reason: &str) -> String {
    let known = match reason {
        "wrong_password" => tr!(locale, oversight.reason.wrong_password),
        "unknown_account" => tr!(locale, oversight.reason.unknown_account),
        "no_password" => tr!(locale, oversight.reason.no_password),
        "blocked" => tr!(locale, oversight.reason.blocked),
        "no_store" => tr!(locale, oversight.reason.no_store),
        "locked" => tr!(locale, oversight.reason.locked),
        "wrong_code" => tr!(locale, oversight.reason.wrong_code),
        "used_code" => tr!(locale, oversight.reason.used_code),
        "wrong_network" => tr!(locale, oversight.reason.wrong_network),
        "expired" | "ended" => tr!(locale, oversight.reason.expired),
        "revoked" => tr!(locale, oversight.reason.revoked),
        "wrong_signature" => tr!(locale, oversight.reason.wrong_signature),
        "foreign_origin" => tr!(locale, oversight.reason.foreign_origin),
        "internal_address" => tr!(locale, oversight.reason.internal_address),
        "forbidden" => tr!(locale, oversight.reason.forbidden),
        "rate_limited" => tr!(locale, oversight.reason.rate_limited),
        "too_many_calls" => tr!(locale, oversight.reason.too_many_calls),
        "role" => tr!(locale, oversight.reason.role),
        "categories" => tr!(locale, oversight.reason.categories),
        "unknown_key" => tr!(locale, oversight.reason.unknown_key),
        "message_opened" => tr!(locale, oversight.reason.message_opened),
        "secret_shown" => tr!(locale, oversight.reason.secret_shown),
        "file_taken" => tr!(locale, oversight.reason.file_taken),
        "thread_opened" => tr!(locale, oversight.reason.thread_opened),
        "export_downloaded" => tr!(locale, oversight.reason.export_downloaded),
        "role_changed" => tr!(locale, oversight.reason.role_changed),
        "user_removed" => tr!(locale, oversight.reason.user_removed),
        "password_set" => tr!(locale, oversight.reason.password_set),
        "email_changed" => tr!(locale, oversight.reason.email_changed),
        "factor_added" => tr!(locale, oversight.reason.factor_added),
        "factor_removed" => tr!(locale, oversight.reason.factor_removed),
        "wrong_passkey" => tr!(locale, oversight.reason.wrong_passkey),
        "unknown_passkey" => tr!(locale, oversight.reason.unknown_passkey),
        "openid_nobody" => tr!(locale, oversight.reason.openid_nobody),
        "openid_unverified" => tr!(locale, oversight.reason.openid_unverified),
        "openid_refused" => tr!(locale, oversight.reason.openid_refused),
        "openid_failed" => tr!(locale, oversight.reason.openid_failed),
        "held_back" => tr!(locale, oversight.reason.held_back),
        "too_many_failures" => tr!(locale, oversight.reason.too_many_failures),
        "too_many" => tr!(locale, oversight.reason.too_many),
        "sample_store" => tr!(locale, oversight.reason.sample_store),
        "first_use" => tr!(locale, oversight.reason.first_use),
        "used_link" => tr!(locale, oversight.reason.used_link),
        "other_link" => tr!(locale, oversight.reason.other_link),
        "unknown_link" => tr!(locale, oversight.reason.unknown_link),
        other => match way_words(locale, other) {
            Some(words) => words,
            None => return other.replace('_', " "),
        },
    };
    known.to_owned()
}

/// What a rule that raises alarms looks for.
pub fn rule_words(locale: Locale, rule: AlarmRule) -> &'static str {
    match rule {
        AlarmRule::ManyFailures { .. } => tr!(locale, access.rule.many_failures),
        AlarmRule::FailuresThenSuccess { .. } => tr!(locale, access.rule.failures_then_success),
        AlarmRule::NewAddress { .. } => tr!(locale, access.rule.new_address),
        AlarmRule::NewDevice { .. } => tr!(locale, access.rule.new_device),
        AlarmRule::UnusualHours { .. } => tr!(locale, access.rule.unusual_hours),
        AlarmRule::ManyDenials { .. } => tr!(locale, access.rule.many_denials),
        AlarmRule::KeyNewAddress => tr!(locale, access.rule.key_new_address),
        AlarmRule::Attacks { .. } => tr!(locale, access.rule.attacks),
        AlarmRule::PowerGiven => tr!(locale, access.rule.power_given),
        AlarmRule::FactorRemoved => tr!(locale, access.rule.factor_removed),
        AlarmRule::ImpossibleTravel { .. } => tr!(locale, access.rule.impossible_travel),
        AlarmRule::NewCountry { .. } => tr!(locale, access.rule.new_country),
        AlarmRule::UnusualExports { .. } => tr!(locale, access.rule.unusual_exports),
        AlarmRule::UnusualErasures { .. } => tr!(locale, access.rule.unusual_erasures),
        AlarmRule::UnusualDeletions { .. } => tr!(locale, access.rule.unusual_deletions),
        AlarmRule::UnusualPrices { .. } => tr!(locale, access.rule.unusual_prices),
        AlarmRule::UnusualBulk { .. } => tr!(locale, access.rule.unusual_bulk),
    }
}

/// By what somebody came in, proved themselves or was changed, where that is what the reason says.
pub fn way_words(locale: Locale, reason: &str) -> Option<&'static str> {
    Some(match reason {
        "password" => tr!(locale, oversight.way.password),
        "totp" => tr!(locale, oversight.way.totp),
        "passkey" => tr!(locale, oversight.way.passkey),
        "recovery_code" => tr!(locale, oversight.way.recovery_code),
        "openid" => tr!(locale, oversight.way.openid),
        "invitation" => tr!(locale, oversight.way.invitation),
        "link" => tr!(locale, oversight.way.link),
        "changed" => tr!(locale, oversight.way.changed),
        "command_line" => tr!(locale, oversight.way.command_line),
        "by_admin" => tr!(locale, oversight.way.by_admin),
        "mailed" => tr!(locale, oversight.way.mailed),
        "password_by_admin" => tr!(locale, oversight.way.password_by_admin),
        "invitation_by_admin" => tr!(locale, oversight.way.invitation_by_admin),
        _ => return None,
    })
}

/// Why an event happened, in words: of an alarm, what its rule looks for.
pub fn why_words(locale: Locale, row: &SecurityRow) -> Option<String> {
    let reason = row.reason.as_deref()?;
    let mut rules = AlarmRule::DEFAULTS.into_iter();
    let rule = rules.find(|rule| rule.name() == reason);
    Some(match rule {
        Some(rule) if row.event == SecurityEventName::AlarmRaised => {
            rule_words(locale, rule).to_owned()
        }
        _ => reason_words(locale, reason),
    })
}

/// What it was done to: `user Sara Nasser`.
pub fn reference_words(locale: Locale, reference: &Reference) -> String {
    let label = reference.label();
    match reference.kind.as_str() {
        // A name says it by itself.
        "user" | "role" if reference.name.is_some() => label.to_owned(),
        "api_key" => tr!(locale, oversight.key_named, name = label),
        kind => format!("{} {label}", noun(locale, kind)),
    }
}

/// A whole number among the details.
fn number_of(row: &SecurityRow, name: &str) -> Option<u64> {
    row.details.as_ref()?.get(name)?.as_u64()
}

/// A role's name from its id; an own one as it was recorded.
fn role_of(locale: Locale, value: &Value) -> String {
    role_called(locale, value.as_str().unwrap_or_default())
}

fn signed_in(locale: Locale, row: &SecurityRow) -> String {
    let known = match (row.is_new_address, row.is_new_device) {
        (true, true) => tr!(locale, oversight.say.new_both),
        (true, false) => tr!(locale, oversight.say.new_address),
        (false, true) => tr!(locale, oversight.say.new_device),
        (false, false) => tr!(locale, oversight.say.known),
    };
    match &row.device {
        Some(device) => format!(
            "{known}{}{}",
            tr!(locale, common.and),
            device_words(locale, device)
        ),
        None => known.to_owned(),
    }
}

/// Whether it tells of somebody to whom something is not open.
fn is_denial(row: &SecurityRow) -> bool {
    row.event == SecurityEventName::AccessDenied
        && matches!(row.reason.as_deref(), Some("role" | "categories"))
}

/// The call that an event is about, as programs know it: `GET /security`.
pub fn call_of(row: &SecurityRow) -> Option<&str> {
    let subject = row.subject.as_ref()?;
    (subject.kind == "call").then_some(subject.id.as_str())
}

/// `Huda Faris (Staff)`.
fn somebody(locale: Locale, row: &SecurityRow) -> String {
    if is_nobody(&row.actor) {
        let account = row.account.clone();
        return account.unwrap_or_else(|| tr!(locale, oversight.say.somebody).to_owned());
    }
    let name = actor_words(locale, &row.actor);
    let who = if row.actor.kind == ActorType::ApiKey {
        let key = tr!(locale, oversight.key_named, name = name.as_str());
        with_first(&key, |first| first.to_uppercase().collect())
    } else {
        name
    };
    match &row.actor.role {
        Some(role) => format!("{who} ({})", role_called(locale, role)),
        None => who,
    }
}

/// What is not open, to follow "may not".
fn denied_words(locale: Locale, permission: Permission) -> String {
    let words = match permission {
        Permission::Export => tr!(locale, oversight.say.to_export),
        Permission::Record => tr!(locale, oversight.say.to_record),
        other => permission_words(locale, other),
    };
    with_first(words, |first| first.to_lowercase().collect())
}

/// The words with another first letter.
fn with_first(words: &str, change: impl FnOnce(char) -> String) -> String {
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => change(first) + letters.as_str(),
        None => String::new(),
    }
}

/// Who may not do what.
fn denial(locale: Locale, row: &SecurityRow) -> String {
    let who = somebody(locale, row);
    let needed = row.details.as_ref().and_then(|details| {
        let name = details.get("needs")?.as_str()?;
        name.parse::<Permission>().ok()
    });
    let who = who.as_str();
    let Some(needed) = needed else {
        return tr!(locale, oversight.say.denied_something, who = who);
    };
    let what = denied_words(locale, needed);
    let what = what.as_str();
    if row.reason.as_deref() == Some("categories") {
        tr!(locale, oversight.say.denied_key, who = who, what = what)
    } else {
        tr!(locale, oversight.say.denied, who = who, what = what)
    }
}

/// What happened in one line, without who did it, that stands beside it, but for denials; and without the technical
/// [`call_of`], where there is a reason.
pub fn in_words(locale: Locale, row: &SecurityRow) -> String {
    use SecurityEventName as E;
    if is_denial(row) {
        return denial(locale, row);
    }
    let subject = row
        .subject
        .as_ref()
        .filter(|_| row.reason.is_none() || call_of(row).is_none())
        .map(|subject| reference_words(locale, subject));
    let reason = why_words(locale, row);
    match row.event {
        E::SignedIn => signed_in(locale, row),
        E::AccountLocked => match (number_of(row, "minutes"), number_of(row, "failures")) {
            (Some(minutes), Some(failures)) => {
                let failures = tr!(locale, oversight.say.after_failures, count = failures);
                tr!(
                    locale,
                    oversight.say.held_back,
                    count = minutes,
                    failures = failures
                )
            }
            _ => reason.unwrap_or_else(|| event_label(locale, row.event).to_owned()),
        },
        E::RoleChanged => match (&row.first_change, subject) {
            (Some(change), Some(subject)) => tr!(
                locale,
                oversight.say.role_changed,
                name = subject,
                before = role_of(locale, &change.before),
                after = role_of(locale, &change.after)
            ),
            (_, subject) => subject.unwrap_or_else(|| event_label(locale, row.event).to_owned()),
        },
        E::SettingsChanged => match &row.first_change {
            Some(change) => field_label(locale, &change.field).to_string(),
            None => subject.unwrap_or_else(|| event_label(locale, row.event).to_owned()),
        },
        _ => {
            let parts: Vec<_> = [ended(locale, row), reason, subject]
                .into_iter()
                .flatten()
                .collect();
            if parts.is_empty() {
                let account = row.account.clone();
                account.unwrap_or_else(|| event_label(locale, row.event).to_owned())
            } else {
                parts.join(" · ")
            }
        }
    }
}

/// How many sessions ended, where the event is that some did.
fn ended(locale: Locale, row: &SecurityRow) -> Option<String> {
    let count =
        number_of(row, "sessions").filter(|_| row.event == SecurityEventName::SessionEnded)?;
    Some(tr!(locale, oversight.say.sessions_ended, count = count))
}

/// What happened with who it concerns, as the head of the drawer and of lists elsewhere.
pub fn sentence(locale: Locale, row: &SecurityRow) -> String {
    let event = event_label(locale, row.event);
    let who = row.account.clone().or_else(|| row.actor.name.clone());
    let who = who.filter(|_| !is_denial(row));
    let words = in_words(locale, row);
    let mut text = match who {
        Some(who) if who != words => format!("{event} · {who}"),
        _ => event.to_owned(),
    };
    if words != event {
        text.push_str(" · ");
        text.push_str(&words);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use domain::{Actor, Change};
    use serde_json::json;
    use uuid::Uuid;

    fn row(event: SecurityEventName) -> SecurityRow {
        SecurityRow {
            id: Uuid::nil(),
            seq: None,
            occurred_at: DateTime::UNIX_EPOCH,
            offset_minutes: 0,
            event,
            kind: event.kind(),
            outcome: SecurityOutcome::Success,
            actor: Actor::system(),
            account: None,
            subject: None,
            ip: None,
            device: None,
            reason: None,
            first_change: None,
            count: 1,
            is_new_address: false,
            is_new_device: false,
            details: None,
            request_id: None,
        }
    }

    #[test]
    fn every_event_has_words_in_both_languages() {
        for event in SecurityEventName::ALL {
            for locale in [Locale::en, Locale::ar] {
                assert!(!in_words(locale, &row(*event)).is_empty(), "{event}");
            }
        }
    }

    #[test]
    fn a_new_address_is_said_with_the_device() {
        let mut row = row(SecurityEventName::SignedIn);
        row.is_new_address = true;
        row.device = Some("Safari on an iPad".to_owned());
        assert_eq!(in_words(Locale::en, &row), "New address, Safari on an iPad");
    }

    #[test]
    fn a_lock_says_for_how_long_and_why() {
        let mut row = row(SecurityEventName::AccountLocked);
        row.details = Some(json!({"minutes": 15, "failures": 9}));
        assert_eq!(
            in_words(Locale::en, &row),
            "Held back for 15 minutes after 9 failures"
        );
    }

    #[test]
    fn of_sessions_that_ended_it_is_said_how_many_and_why() {
        let mut row = row(SecurityEventName::SessionEnded);
        row.reason = Some("role_changed".to_owned());
        for (sessions, said) in [(3, "3 sessions ended"), (1, "1 session ended")] {
            row.details = Some(json!({ "sessions": sessions }));
            let expected = format!("{said} · Ended by another role");
            assert_eq!(in_words(Locale::en, &row), expected);
        }
        row.details = Some(json!({"sessions": 2}));
        assert!(in_words(Locale::ar, &row).starts_with("انتهت جلستان · "));
    }

    #[test]
    fn a_change_of_role_names_both() {
        let mut row = row(SecurityEventName::RoleChanged);
        row.subject = Some(Reference {
            kind: "user".to_owned(),
            id: "u".to_owned(),
            name: Some("Tomasz".to_owned()),
        });
        row.first_change = Some(Change {
            field: "role".to_owned(),
            before: json!("manager"),
            after: json!("own_2"),
        });
        assert_eq!(in_words(Locale::en, &row), "Tomasz from Manager to own_2");
    }

    #[test]
    fn a_denial_says_who_may_not_do_what() {
        let mut row = row(SecurityEventName::AccessDenied);
        row.reason = Some("role".to_owned());
        row.subject = Some(Reference {
            kind: "call".to_owned(),
            id: "GET /security".to_owned(),
            name: None,
        });
        row.actor = Actor {
            kind: ActorType::User,
            id: Some("u".to_owned()),
            name: Some("Huda Faris".to_owned()),
            email: Some("huda@linen.example".to_owned()),
            role: Some("staff".to_owned()),
        };
        assert_eq!(
            in_words(Locale::en, &row),
            "Huda Faris (Staff) asked for something that is not open to them"
        );
        row.details = Some(json!({"needs": "read_security"}));
        let words = "Huda Faris (Staff) may not read the security log";
        assert_eq!(in_words(Locale::en, &row), words);
        assert_eq!(
            sentence(Locale::en, &row),
            format!("Access denied · {words}")
        );
        assert_eq!(call_of(&row), Some("GET /security"));
        let arabic = in_words(Locale::ar, &row);
        assert!(arabic.contains("قراءة سجل الأمان"), "{arabic}");
        row.reason = Some("categories".to_owned());
        let why = ": the key’s categories don’t allow it";
        assert_eq!(in_words(Locale::en, &row), format!("{words}{why}"));
    }

    #[test]
    fn a_key_that_is_refused_is_said_in_words_without_its_call() {
        let mut row = row(SecurityEventName::AccessDenied);
        row.reason = Some("unknown_key".to_owned());
        row.subject = Some(Reference {
            kind: "call".to_owned(),
            id: "GET /api/v1/activities".to_owned(),
            name: None,
        });
        assert_eq!(
            in_words(Locale::en, &row),
            "A key that is unknown, revoked or over"
        );
    }

    #[test]
    fn what_is_recorded_as_a_word_is_said_in_words() {
        use SecurityEventName as E;
        let said = |event, reason: &str| {
            let mut row = row(event);
            row.reason = Some(reason.to_owned());
            sentence(Locale::en, &row)
        };
        assert_eq!(
            said(E::AlarmRaised, "many_failures"),
            "Alarm raised · Many failed sign-ins of one account"
        );
        // The same word is why sessions ended.
        assert_eq!(
            said(E::AlarmRaised, "factor_removed"),
            "Alarm raised · A second factor is taken away"
        );
        assert_eq!(
            said(E::SignInRefused, "held_back"),
            "Sign-in held back · After too many tries"
        );
        assert_eq!(
            said(E::FactorPassed, "totp"),
            "Second factor right · Authenticator app"
        );
        assert_eq!(
            said(E::LinkRefused, "used_link"),
            "Link refused · Used before, or ended since"
        );
        for word in [
            "password",
            "used_link",
            "other_link",
            "unknown_link",
            "held_back",
            "too_many_failures",
            "recovery_code",
        ] {
            for locale in [Locale::en, Locale::ar] {
                assert_ne!(reason_words(locale, word), word.replace('_', " "));
            }
        }
    }

    #[test]
    fn a_reason_that_is_not_known_is_said_as_recorded() {
        assert_eq!(reason_words(Locale::en, "some_new_thing"), "some new thing");
    }
}
