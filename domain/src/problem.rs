//! The one shape of a refusal, rendered by REST as RFC 9457 and by the app beside the field concerned.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A stable code: programs count on it, the words beside it are free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The body is not JSON, or not UTF-8.
    MalformedJson,
    /// Fields of the body or the query are wrong; each is named.
    InvalidFields,
    /// The query language was not understood; the position is named.
    InvalidQuery,
    /// A cursor that this endpoint did not hand out.
    InvalidCursor,
    /// The body is larger than allowed.
    TooLarge,
    /// More items than allowed in one call.
    TooMany,
    /// The content type is not one that this call reads.
    UnsupportedMediaType,
    /// No valid key or session.
    Unauthenticated,
    /// The key or session may not do this at all.
    Forbidden,
    /// A dangerous act needs a fresh proof of who sits there; prove it and repeat the call.
    ProofRequired,
    /// There is no such thing, or it is not open to this role.
    NotFound,
    /// The method is not one that this path answers.
    MethodNotAllowed,
    /// The request contradicts the present state.
    Conflict,
    /// The idempotency key was used with another body.
    IdempotencyConflict,
    /// Too many calls in a short time.
    RateLimited,
    /// Not possible now; try again.
    Unavailable,
    /// A fault of ours, logged under the reference given.
    Internal,
}

impl Code {
    /// The name in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MalformedJson => "malformed_json",
            Self::InvalidFields => "invalid_fields",
            Self::InvalidQuery => "invalid_query",
            Self::InvalidCursor => "invalid_cursor",
            Self::TooLarge => "too_large",
            Self::TooMany => "too_many",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::ProofRequired => "proof_required",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::Conflict => "conflict",
            Self::IdempotencyConflict => "idempotency_conflict",
            Self::RateLimited => "rate_limited",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }

    /// The HTTP status that goes with it.
    pub const fn status(self) -> u16 {
        match self {
            Self::MalformedJson | Self::InvalidQuery | Self::InvalidCursor => 400,
            Self::InvalidFields | Self::IdempotencyConflict => 422,
            Self::TooLarge | Self::TooMany => 413,
            Self::UnsupportedMediaType => 415,
            Self::Unauthenticated => 401,
            Self::Forbidden | Self::ProofRequired => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::Conflict => 409,
            Self::RateLimited => 429,
            Self::Unavailable => 503,
            Self::Internal => 500,
        }
    }
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldProblem {
    /// JSON pointer (RFC 6901) into the body, such as `/3/actor/type`; in forms the field's name.
    pub pointer: String,
    /// Stable: `required`, `unknown`, `type`, `too_long`, `too_deep`, `too_large`, `format`, `out_of_range`, `contradiction`, `unexpected`,
    /// `not_found`, `conflict`, `changed`, `beyond`, `gone`; of a message that can't be stopped, released or restarted those of `message::NotStopped`.
    pub code: String,
    /// What is wrong and what to do, in words.
    pub message: String,
}

/// A refusal that its reader can act on. Never holds internal detail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The stable code.
    pub code: Code,
    /// One sentence: what happened and what to do.
    pub message: String,
    /// The fields concerned, at most 50.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldProblem>,
    /// For a fault of ours: the number under which it is logged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// The code of the fields of [`Problem::stale`].
const CHANGED: &str = "changed";

/// The code of the field of [`Problem::beyond`].
const BEYOND: &str = "beyond";

/// The code of the field of [`Problem::picked_gone`], and what its words begin with when it is known why.
const GONE: &str = "gone";
const ERASED_ON: &str =
    "nothing that was picked is there any more: it was erased, the last of it on ";

impl Problem {
    /// The refusal of a change to what somebody changed since it was shown: who it was, where that is known, and what it
    /// is now, each field as JSON.
    pub fn stale(by: Option<&str>, now: &[(String, String)]) -> Self {
        let field = |pointer: &str, message: &str| FieldProblem {
            pointer: pointer.to_owned(),
            code: CHANGED.to_owned(),
            message: message.to_owned(),
        };
        let who = by.unwrap_or("somebody");
        let is: Vec<String> = now
            .iter()
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        let message = if is.is_empty() {
            format!("{who} changed this a moment ago; load the page again")
        } else {
            format!(
                "changed meanwhile by {who}: now {}; load the page again",
                is.join(", ")
            )
        };
        let mut fields = vec![field("", &message)];
        fields.extend(by.map(|by| field("/by", by)));
        let now = now
            .iter()
            .map(|(name, value)| field(&format!("/now/{name}"), value));
        fields.extend(now.take(40));
        Self {
            fields,
            ..Self::new(Code::Conflict, message)
        }
    }

    /// Whether it refuses a change to what somebody changed since it was shown.
    pub fn is_stale(&self) -> bool {
        self.code == Code::Conflict && self.fields.iter().any(|field| field.code == CHANGED)
    }

    /// Who changed it meanwhile, where [`Problem::stale`] knew.
    pub fn changed_by(&self) -> Option<&str> {
        let mut changed = self.fields.iter().filter(|field| field.code == CHANGED);
        let by = changed.find(|field| field.pointer == "/by")?;
        Some(by.message.as_str())
    }

    /// What it is now: the fields that are not as they were shown, each with its value as JSON.
    pub fn changed_to(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields
            .iter()
            .filter(|field| field.code == CHANGED)
            .filter_map(|field| Some((field.pointer.strip_prefix("/now/")?, &*field.message)))
    }

    /// The refusal of a role, or of a key with one, that opens more than the role of who makes, gives or changes it.
    pub fn beyond(message: impl Into<String>) -> Self {
        let message = message.into();
        let field = FieldProblem {
            pointer: "access".to_owned(),
            code: BEYOND.to_owned(),
            message: message.clone(),
        };
        Self {
            fields: vec![field],
            ..Self::new(Code::Forbidden, message)
        }
    }

    /// Whether it refuses what opens more than the own role.
    pub fn is_beyond(&self) -> bool {
        self.code == Code::Forbidden && self.fields.iter().any(|field| field.code == BEYOND)
    }

    /// The refusal of a selection of which nothing that was picked is left. `erased_on`: the day on which the last of it was
    /// erased, where that is known.
    pub fn picked_gone(erased_on: Option<&str>) -> Self {
        let message = match erased_on {
            Some(day) => format!("{ERASED_ON}{day}"),
            None => "nothing that was picked is there any more".to_owned(),
        };
        Self::field("/selection/ids", GONE, message)
    }

    /// Whether it refuses a selection of which nothing that was picked is left, and if so when the last of it was erased,
    /// where that is known.
    pub fn gone_since(&self) -> Option<Option<&str>> {
        if self.code != Code::InvalidFields {
            return None;
        }
        let field = self.fields.iter().find(|field| field.code == GONE)?;
        Some(field.message.strip_prefix(ERASED_ON))
    }

    /// A problem without fields.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            fields: Vec::new(),
            reference: None,
        }
    }

    /// The answer for what does not exist or is out of scope: the two are not told apart.
    pub fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("there is no such {what}"))
    }

    /// A rejected body or form, each wrong field named.
    pub fn invalid_fields(fields: Vec<FieldProblem>) -> Self {
        let message = match fields.as_slice() {
            [one] if one.pointer.is_empty() => format!("the body is wrong: {}", one.message),
            [one] => format!("one field is wrong: {}: {}", one.pointer, one.message),
            many => format!("{} fields are wrong; nothing was stored", many.len()),
        };
        Self {
            code: Code::InvalidFields,
            message,
            fields,
            reference: None,
        }
    }

    /// A cursor that no list handed out, named by its parameter; `next` is where an answer has the right one.
    pub fn invalid_cursor(parameter: &str, next: &str) -> Self {
        let message = format!("`{parameter}` takes the `{next}` of an earlier answer, unchanged");
        let field = FieldProblem {
            pointer: parameter.to_owned(),
            code: "format".to_owned(),
            message: message.clone(),
        };
        Self {
            fields: vec![field],
            ..Self::new(Code::InvalidCursor, message)
        }
    }

    /// A field that contradicts the present state.
    pub fn conflict_at(pointer: &str, message: impl Into<String>) -> Self {
        Self {
            code: Code::Conflict,
            ..Self::field(pointer, "conflict", message)
        }
    }

    /// One wrong form field.
    pub fn field(pointer: &str, code: &str, message: impl Into<String>) -> Self {
        Self::invalid_fields(vec![FieldProblem {
            pointer: pointer.to_owned(),
            code: code.to_owned(),
            message: message.into(),
        }])
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_picked_and_is_gone_says_since_when() {
        let erased = Problem::picked_gone(Some("2026-11-20"));
        assert_eq!(erased.gone_since(), Some(Some("2026-11-20")));
        assert_eq!(Problem::picked_gone(None).gone_since(), Some(None));
        let other = Problem::field("/selection/ids", "required", "at least one id");
        assert_eq!(other.gone_since(), None);
    }

    #[test]
    fn a_change_that_comes_too_late_says_by_whom_and_what_it_is_now() {
        let now = [("role".to_owned(), "\"staff\"".to_owned())];
        let stale = Problem::stale(Some("Hala Owner"), &now);
        assert!(stale.is_stale());
        assert_eq!(stale.code, Code::Conflict);
        assert_eq!(stale.changed_by(), Some("Hala Owner"));
        let changed: Vec<_> = stale.changed_to().collect();
        assert_eq!(changed, [("role", "\"staff\"")]);
        let words = "changed meanwhile by Hala Owner: now role \"staff\"; load the page again";
        assert_eq!(stale.message, words);
        let unknown = Problem::stale(None, &[]);
        assert!(unknown.is_stale());
        assert_eq!(unknown.changed_by(), None);
        assert_eq!(unknown.changed_to().count(), 0);
        assert!(!Problem::new(Code::Conflict, "taken").is_stale());
        assert!(!Problem::field("name", "required", "a name").is_stale());
    }

    #[test]
    fn a_role_beyond_ones_own_is_told_from_what_the_role_may_not_do() {
        let beyond = Problem::beyond("nobody gives more than they have");
        assert!(beyond.is_beyond());
        assert_eq!(beyond.code, Code::Forbidden);
        assert_eq!(beyond.message, "nobody gives more than they have");
        assert!(!Problem::new(Code::Forbidden, "the role may not do this").is_beyond());
    }
}
