//! Whose copies of a mail were not taken, or did not arrive. Those that were put off are tried again, alone and with the
//! same bytes.

use super::gathered::{Gathered, Told};
use crate::message::{Missed, ReportStatus};
use std::collections::BTreeMap;

/// Whose copies were not taken or did not arrive, after all tries, by address.
pub(super) fn missed(tries: &BTreeMap<u32, Gathered>) -> Vec<Missed> {
    let mut left: BTreeMap<String, Missed> = BTreeMap::new();
    for gathered in tries.values() {
        // A wait ends with the next try, whoever that one is for.
        for missed in left.values_mut() {
            if !gathered.only.contains(&missed.address) {
                missed.retry_at = None;
            }
        }
        match &gathered.missed {
            Some(missed) => {
                if gathered.only.is_empty() {
                    left.clear();
                }
                for address in &gathered.only {
                    left.remove(address);
                }
                let missed = missed.iter().map(|m| (m.address.clone(), m.clone()));
                left.extend(missed);
            }
            None => {
                for address in &gathered.only {
                    settle(gathered, address, &mut left);
                }
            }
        }
        for (address, told) in &gathered.parts {
            report(address, told, &mut left);
        }
    }
    left.into_values().collect()
}

/// What a try for single copies that was not taken says of one of them.
fn settle(gathered: &Gathered, address: &str, left: &mut BTreeMap<String, Missed>) {
    let Some(missed) = left.get_mut(address) else {
        return;
    };
    let told = match (&gathered.best, &gathered.gave_up, &gathered.deferred) {
        (Some(best), _, _) if best.status == ReportStatus::Failed => {
            Some((best.code.clone(), best.words.clone(), None))
        }
        (Some(best), _, _) if best.status >= ReportStatus::Delivered => {
            left.remove(address);
            return;
        }
        (_, Some((_, words)), _) => Some((missed.code.clone(), words.clone(), None)),
        (_, None, Some((_, retry_at, code, words))) => {
            Some((code.clone(), words.clone(), Some(*retry_at)))
        }
        (_, None, None) => None,
    };
    match told {
        Some((code, words, retry_at)) => {
            missed.code = code;
            missed.words = words;
            missed.retry_at = retry_at;
        }
        // Nobody knows whether it got there: it is not repeated silently.
        None if gathered.is_unanswered() => missed.retry_at = None,
        None => {}
    }
}

/// What was told later of one copy.
fn report(address: &str, told: &Told, left: &mut BTreeMap<String, Missed>) {
    if told.status == ReportStatus::Failed {
        let missed = Missed {
            address: address.to_owned(),
            code: told.code.clone(),
            words: told.words.clone(),
            retry_at: None,
        };
        left.insert(address.to_owned(), missed);
    } else if told.status >= ReportStatus::Delivered {
        left.remove(address);
    }
}
