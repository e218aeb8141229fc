//! The answer to "did it arrive?" as one sentence.

use super::{failure_words, moment_words, not_sent_words};
use crate::activity::words::device_words;
use crate::i18n::{Locale, tr};
use chrono::{DateTime, NaiveDate, Utc};
use domain::message::{Confidence, Missed, NotSentReason, ReadMark, Verdict, WaitReason};

/// The sentence, and a line of reason below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// What became of it.
    pub text: String,
    /// Why, in words or in the provider's own.
    pub reason: Option<String>,
}

/// The verdict in words; where the message itself failed, with those who are missed as well. Times on the store's clock,
/// which adds `offset` minutes to UTC.
pub fn verdict_words(
    locale: Locale,
    verdict: &Verdict,
    missed: &[Missed],
    offset: i32,
    today: NaiveDate,
) -> Sentence {
    let time = |at: DateTime<Utc>| moment_words(locale, at, offset, today);
    let mut reason = None;
    let text = match verdict {
        Verdict::Received { at } => tr!(locale, messages.verdict.received, time = time(*at)),
        Verdict::NotSent { reason: why } => {
            reason = (*why == NotSentReason::NoSender)
                .then(|| tr!(locale, messages.verdict.no_sender_why).to_owned());
            let why = not_sent_words(locale, *why);
            tr!(locale, messages.verdict.not_sent, reason = why)
        }
        Verdict::Waiting {
            reason: wait,
            until,
            attempts,
            words,
        } => {
            reason.clone_from(words);
            waiting(locale, *wait, until.map(time), *attempts)
        }
        Verdict::HandingOver { at } => tr!(locale, messages.verdict.handing_over, time = time(*at)),
        Verdict::AnswerUnknown { at, words } => {
            let why = tr!(locale, messages.verdict.unknown_why).to_owned();
            let said: Vec<String> = [Some(why), words.clone()].into_iter().flatten().collect();
            reason = Some(said.join(" · "));
            tr!(locale, messages.verdict.answer_unknown, time = time(*at))
        }
        Verdict::HandedOver {
            at,
            delivered_at,
            opened,
            is_underway,
            missed,
        } => {
            let first = match (at, is_underway) {
                (Some(at), true) => tr!(locale, messages.verdict.underway, time = time(*at)),
                (Some(at), false) => tr!(locale, messages.verdict.handed_over, time = time(*at)),
                (None, _) => tr!(locale, messages.verdict.handed_over_elsewhere).to_owned(),
            };
            let delivered =
                delivered_at.map(|at| tr!(locale, messages.verdict.delivered, time = time(at)));
            let opened = opened
                .as_ref()
                .map(|mark| opened_words(locale, mark, &time));
            reason = missed_words(locale, missed, &time);
            let not_all = reason
                .as_ref()
                .map(|_| tr!(locale, messages.verdict.not_all).to_owned());
            joined(locale, [Some(first), delivered, opened, not_all])
        }
        Verdict::Stopped { at, by } => match by.as_ref().and_then(|by| by.name.clone()) {
            Some(name) => tr!(
                locale,
                messages.verdict.stopped_by,
                time = time(*at),
                name = name
            ),
            None => tr!(locale, messages.verdict.stopped, time = time(*at)),
        },
        Verdict::NotDelivered {
            reason: why,
            code,
            words,
            attempts,
            ..
        } => {
            let said = [words.clone(), missed_words(locale, missed, &time)];
            let said: Vec<String> = said.into_iter().flatten().collect();
            reason = (!said.is_empty()).then(|| said.join(" · "));
            let first = tr!(
                locale,
                messages.verdict.not_delivered,
                reason = failure_words(locale, *why)
            );
            let code = code
                .as_ref()
                .map(|code| tr!(locale, messages.verdict.code, code = code.as_str()));
            let tries = (*attempts > 0).then(|| {
                tr!(
                    locale,
                    messages.verdict.attempts,
                    count = u64::from(*attempts)
                )
            });
            joined(locale, [Some(first), code, tries])
        }
    };
    Sentence { text, reason }
}

fn waiting(locale: Locale, reason: WaitReason, until: Option<String>, attempts: u32) -> String {
    let until = until.unwrap_or_else(|| tr!(locale, messages.verdict.soon).to_owned());
    match reason {
        WaitReason::Queue => tr!(locale, messages.verdict.waiting_queue).to_owned(),
        WaitReason::Schedule => tr!(locale, messages.verdict.waiting_schedule, time = until),
        WaitReason::Hold => tr!(locale, messages.verdict.waiting_hold, time = until),
        WaitReason::Retry => tr!(
            locale,
            messages.verdict.waiting_retry,
            count = u64::from(attempts),
            time = until
        ),
    }
}

/// Whose copies were not taken, what was said to it, and when it is tried again.
fn missed_words(
    locale: Locale,
    missed: &[Missed],
    time: &dyn Fn(DateTime<Utc>) -> String,
) -> Option<String> {
    let each: Vec<String> = missed
        .iter()
        .map(|missed| {
            let who = missed.address.as_str();
            let said: Vec<&str> = [&missed.code, &missed.words]
                .into_iter()
                .flatten()
                .map(String::as_str)
                .collect();
            let said = match said.as_slice() {
                [] => String::new(),
                said => format!(": {}", said.join(" ")),
            };
            match missed.retry_at {
                Some(at) => tr!(
                    locale,
                    messages.verdict.missed_later,
                    who = who,
                    said = said,
                    time = time(at)
                ),
                None => tr!(locale, messages.verdict.missed, who = who, said = said),
            }
        })
        .collect();
    (!each.is_empty()).then(|| each.join(" · "))
}

fn opened_words(locale: Locale, mark: &ReadMark, time: &dyn Fn(DateTime<Utc>) -> String) -> String {
    let at = time(mark.at);
    match (mark.confidence, &mark.device) {
        (Confidence::Person, Some(device)) => tr!(
            locale,
            messages.verdict.opened_device,
            device = device_words(locale, device),
            time = at
        ),
        (Confidence::Person, None) => tr!(locale, messages.verdict.opened_person, time = at),
        (Confidence::PrivacyProxy, _) => tr!(locale, messages.verdict.opened_proxy, time = at),
        (Confidence::Scanner, _) => tr!(locale, messages.verdict.opened_scanner, time = at),
    }
}

fn joined<const N: usize>(locale: Locale, parts: [Option<String>; N]) -> String {
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(tr!(locale, messages.verdict.comma))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::message::FailureReason;

    fn said(verdict: &Verdict) -> String {
        let today = "2026-11-20".parse().unwrap();
        verdict_words(Locale::en, verdict, &[], 180, today).text
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn what_arrived_and_was_opened_is_one_sentence() {
        let verdict = Verdict::HandedOver {
            at: Some(at("2026-11-20T06:14:22Z")),
            delivered_at: Some(at("2026-11-20T06:14:25Z")),
            opened: Some(ReadMark {
                at: at("2026-11-20T06:31:07Z"),
                confidence: Confidence::Person,
                reason: "own_device".to_owned(),
                device: Some("iPhone".to_owned()),
            }),
            is_underway: false,
            missed: Vec::new(),
        };
        assert_eq!(
            said(&verdict),
            "Handed over 09:14:22, delivered 09:14:25, opened by a person on iPhone 09:31:07"
        );
    }

    #[test]
    fn whose_copy_was_not_taken_is_named() {
        let missed = |address: &str, retry_at| Missed {
            address: address.to_owned(),
            code: Some("451".to_owned()),
            words: Some("greylisted".to_owned()),
            retry_at,
        };
        let verdict = Verdict::HandedOver {
            at: Some(at("2026-11-20T06:14:22Z")),
            delivered_at: None,
            opened: None,
            is_underway: false,
            missed: vec![
                missed("a@mail.example", Some(at("2026-11-20T06:44:22Z"))),
                missed("b@mail.example", None),
            ],
        };
        let today = "2026-11-20".parse().unwrap();
        let sentence = verdict_words(Locale::en, &verdict, &[], 180, today);
        assert_eq!(sentence.text, "Handed over 09:14:22, not to everybody");
        assert_eq!(
            sentence.reason.as_deref(),
            Some(
                "Not to a@mail.example yet: 451 greylisted; next try 09:44:22 · Not to b@mail.example: 451 greylisted"
            )
        );
    }

    #[test]
    fn whose_copy_is_missed_is_named_where_the_message_itself_failed() {
        let verdict = Verdict::NotDelivered {
            at: at("2026-11-19T06:14:22Z"),
            reason: FailureReason::NoMailbox,
            code: Some("5.1.1".to_owned()),
            words: Some("no such user".to_owned()),
            attempts: 1,
        };
        let missed = [Missed {
            address: "copy@mail.example".to_owned(),
            code: Some("552".to_owned()),
            words: Some("full".to_owned()),
            retry_at: None,
        }];
        let today = "2026-11-20".parse().unwrap();
        let of = |missed: &[Missed]| verdict_words(Locale::en, &verdict, missed, 180, today);
        assert_eq!(of(&[]).reason.as_deref(), Some("no such user"));
        assert_eq!(
            of(&missed).reason.as_deref(),
            Some("no such user · Not to copy@mail.example: 552 full")
        );
        assert_eq!(of(&missed).text, of(&[]).text);
    }

    #[test]
    fn a_try_to_come_is_not_told_as_one_that_was_made() {
        let verdict = Verdict::Waiting {
            reason: WaitReason::Retry,
            until: Some(at("2026-11-20T14:00:00Z")),
            attempts: 2,
            words: None,
        };
        assert_eq!(
            said(&verdict),
            "Asked to wait after 2 attempts; next try 17:00:00"
        );
    }

    #[test]
    fn an_answer_that_nobody_knows_says_what_went_wrong() {
        let said = |words: Option<&str>| {
            let verdict = Verdict::AnswerUnknown {
                at: at("2026-11-20T06:14:22Z"),
                words: words.map(str::to_owned),
            };
            let today = "2026-11-20".parse().unwrap();
            verdict_words(Locale::en, &verdict, &[], 180, today)
        };
        let known = said(Some("no answer in time"));
        assert_eq!(known.text, "Handed over 09:14:22, answer unknown");
        let why = said(None).reason.unwrap();
        assert_eq!(known.reason, Some(format!("{why} · no answer in time")));
    }

    #[test]
    fn a_channel_that_is_not_set_up_is_named_with_what_to_do() {
        let today = "2026-11-20".parse().unwrap();
        let said =
            |locale, reason| verdict_words(locale, &Verdict::NotSent { reason }, &[], 180, today);
        let sentence = said(Locale::en, NotSentReason::NoSender);
        assert_eq!(sentence.text, "Not sent: this channel is not set up here");
        let why = sentence.reason.unwrap();
        assert!(why.contains("sets up a provider"), "{why}");
        assert_ne!(said(Locale::ar, NotSentReason::NoSender).reason, Some(why));
        assert_eq!(said(Locale::en, NotSentReason::OptedOut).reason, None);
    }

    #[test]
    fn what_did_not_arrive_says_why_first() {
        let verdict = Verdict::NotDelivered {
            at: at("2026-11-19T06:14:22Z"),
            reason: FailureReason::Unreachable,
            code: Some("30003".to_owned()),
            words: None,
            attempts: 2,
        };
        assert_eq!(
            said(&verdict),
            "Not delivered: Phone off or out of reach, provider code 30003, 2 attempts"
        );
    }
}
