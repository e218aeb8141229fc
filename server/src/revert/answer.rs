//! What is common to the interfaces that are called: patience, how large an answer may be, what a refusal means.

use super::Undone;
use crate::deliver::told;
use chrono::TimeDelta;
use domain::Said;
use reqwest::{Response, StatusCode, header};
use std::time::Duration;
use tokio::time::Instant;

/// How long one call may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
/// How long a batch may take before what is not done yet is left for the next claim: well within its lease.
pub(super) const A_BATCH: Duration = Duration::from_secs(75);
/// The longest wait that an answer may ask for, in seconds.
const LONGEST_WAIT: i64 = 6 * 3_600;

/// Until when a batch is worked on.
pub(super) fn until() -> Instant {
    Instant::now() + A_BATCH
}

/// What an answer asks to wait (RFC 9110 10.2.3).
pub(super) fn wait_of(response: &Response) -> Option<TimeDelta> {
    let text = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?;
    let seconds: f64 = text.trim().parse().ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "it is clamped at once")]
    let seconds = seconds.ceil() as i64;
    Some(TimeDelta::seconds(seconds.clamp(1, LONGEST_WAIT)))
}

/// That a call did not arrive, or that its answer did not.
pub(super) fn unreached(who: &str, error: reqwest::Error) -> Undone {
    let said = Said::Unreached {
        who: who.to_owned(),
        why: told(&error.without_url()),
    };
    Undone::Down(said.into(), None)
}

/// What a status other than success means: the operator can mend it, so it is tried again.
pub(super) fn refused(who: &str, status: StatusCode, wait: Option<TimeDelta>) -> Undone {
    let is_key = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
    let is_redirection = status.is_redirection();
    let (who, status) = (who.to_owned(), status.to_string());
    let said = if is_key {
        Said::KeyRefused { who, status }
    } else if is_redirection {
        Said::TargetElsewhere { who, status }
    } else {
        Said::TargetAnswered { who, status }
    };
    Undone::Down(said.into(), wait)
}

/// An answer's text, of at most so many bytes.
pub(super) async fn read(who: &str, mut response: Response, most: usize) -> Result<String, Undone> {
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() <= most => bytes.extend_from_slice(&chunk),
            Ok(Some(_)) => {
                let mib = most / (1024 * 1024);
                let why = format!("{who}'s answer is larger than {mib} MiB");
                return Err(Undone::Later(why, None));
            }
            Ok(None) => break,
            Err(error) => {
                let why = told(&error.without_url());
                return Err(Undone::Later(
                    format!("{who}'s answer broke off: {why}"),
                    None,
                ));
            }
        }
    }
    String::from_utf8(bytes)
        .map_err(|_| Undone::Later(format!("{who}'s answer is not UTF-8"), None))
}
