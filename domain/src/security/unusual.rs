//! What stands out: rules over events, with the numbers that explain each finding. Pure, so that a rule is
//! tried on past events exactly as it runs on new ones.
//!
//! `events` looks for it in the security log, `deeds` at what the store's own people and programs did by the activity log;
//! `habits` is what both learn.

mod deeds;
mod events;
mod habits;

pub use deeds::{Deed, DeedKind};

use super::{SecurityEvent, SecurityEventName as E, SecurityKind, SecurityOutcome};
use crate::export::Source;
use chrono::{DateTime, FixedOffset, Utc};
use events::{gives_power, who};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};

/// What of the security log rules look at, in groups by kind and outcome. Each is read by itself, the newest of it: a flood
/// of guesses, refused passkeys or asked links pushes nothing of another group out of sight.
pub const LOOKED_AT: [(&[SecurityKind], &[SecurityOutcome]); 5] = {
    use SecurityKind as K;
    use SecurityOutcome as O;
    [
        // Who came in: what habits are learned from.
        (&[K::SignIn], &[O::Success]),
        // Guesses: looked at over minutes.
        (
            &[K::SignIn, K::SecondFactor, K::RateLimit],
            &[O::Failed, O::Denied],
        ),
        (&[K::Denied], O::ALL),
        (&[K::Attack], O::ALL),
        // What was done to accounts, roles and keys.
        (
            &[K::SecondFactor, K::People, K::Roles, K::Keys],
            &[O::Success],
        ),
    ]
};

/// The number that many failures have when a success ended them.
const GOT_IN: &str = "got_in";

/// A rule with its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum AlarmRule {
    /// So many failures for one account within so many minutes; with a success after them only where
    /// [`AlarmRule::FailuresThenSuccess`] is off or needs more of them.
    ManyFailures {
        /// 3 to 1,000.
        count: u32,
        /// 1 to 1,440.
        minutes: u32,
    },
    /// So many failures for one account within so many minutes, then a success.
    FailuresThenSuccess {
        /// 2 to 1,000.
        count: u32,
        /// 1 to 1,440.
        minutes: u32,
    },
    /// An account signs in from an address it never came from, having signed in so often before.
    NewAddress {
        /// 1 to 1,000.
        after_sign_ins: u32,
    },
    /// An account signs in with a device it never came with, having signed in so often before.
    NewDevice {
        /// 1 to 1,000.
        after_sign_ins: u32,
    },
    /// An account signs in at an hour in which at most so many of a hundred of its sign-ins lie, that hour and
    /// those beside it together, having signed in so often before.
    UnusualHours {
        /// 5 to 1,000.
        after_sign_ins: u32,
        /// 0 to 20.
        percent: u32,
    },
    /// So many denials for one account or key within so many minutes.
    ManyDenials {
        /// 2 to 1,000.
        count: u32,
        /// 1 to 1,440.
        minutes: u32,
    },
    /// An API key is used from an address it never came from.
    KeyNewAddress,
    /// So many forged webhooks, foreign origins or calls to inner addresses within so many minutes.
    Attacks {
        /// 1 to 1,000.
        count: u32,
        /// 1 to 1,440.
        minutes: u32,
    },
    /// Somebody is given a more powerful role, a key with it is made, or an own role becomes powerful.
    PowerGiven,
    /// A second factor is taken away.
    FactorRemoved,
    /// Two sign-ins of one account lie further apart than somebody travels in the time between them; known only with a
    /// file of addresses.
    ImpossibleTravel {
        /// Faster than so many kilometres an hour: 200 to 10,000.
        kmh: u32,
    },
    /// An account signs in from a country it never came from, having signed in so often before; known only with a file of
    /// addresses.
    NewCountry {
        /// 1 to 1,000.
        after_sign_ins: u32,
    },
    /// Somebody takes out far larger files, or far more of them on a day, than they ever did.
    UnusualExports {
        /// After so many days on which they did: 1 to 90.
        after_days: u32,
        /// Over so many times the most before: 2 to 100.
        times: u32,
    },
    /// Somebody erases far more at once, or far more often on a day, than they ever did.
    UnusualErasures {
        /// As of [`AlarmRule::UnusualExports`].
        after_days: u32,
        /// As of [`AlarmRule::UnusualExports`].
        times: u32,
    },
    /// Somebody deletes far more on a day than they ever did.
    UnusualDeletions {
        /// As of [`AlarmRule::UnusualExports`].
        after_days: u32,
        /// As of [`AlarmRule::UnusualExports`].
        times: u32,
    },
    /// Somebody changes far more prices on a day than they ever did.
    UnusualPrices {
        /// As of [`AlarmRule::UnusualExports`].
        after_days: u32,
        /// As of [`AlarmRule::UnusualExports`].
        times: u32,
    },
    /// Somebody starts far larger bulk operations, or far more of them on a day, than they ever did.
    UnusualBulk {
        /// As of [`AlarmRule::UnusualExports`].
        after_days: u32,
        /// As of [`AlarmRule::UnusualExports`].
        times: u32,
    },
}

/// A rule and what it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmSetting {
    /// The rule with its bounds.
    pub rule: AlarmRule,
    /// Whether it raises alarms; findings are shown either way.
    pub is_on: bool,
}

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Look at it now.
    High,
    /// Look at it today.
    Medium,
    /// Good to know.
    Low,
}

/// Something that stands out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule's name, as in [`AlarmRule::name`].
    pub rule: String,
    /// In which log it was found: of security, or of activity.
    pub log: Source,
    /// How much it matters.
    pub severity: Severity,
    /// The account's address, or the key's id; in the activity log the actor's id.
    pub account: Option<String>,
    /// The person's or key's name, if known: of what was done to somebody theirs, with who did it among the numbers as `by`.
    pub name: Option<String>,
    /// The address it came from, if it was one.
    pub ip: Option<String>,
    /// The first event's time.
    pub first_at: DateTime<Utc>,
    /// The last event's time.
    pub last_at: DateTime<Utc>,
    /// How many events.
    pub count: u64,
    /// The numbers that the sentence needs.
    pub numbers: BTreeMap<String, Value>,
    /// The query that shows the events.
    pub query: String,
}

impl Finding {
    /// Whether many failures ended in a success that the rule for these does not tell of.
    pub fn got_in(&self) -> bool {
        self.numbers.contains_key(GOT_IN)
    }
}

impl AlarmRule {
    /// The rules as they come, each with bounds that fit a small store.
    pub const DEFAULTS: [Self; 17] = [
        Self::ManyFailures {
            count: 8,
            minutes: 15,
        },
        Self::FailuresThenSuccess {
            count: 5,
            minutes: 30,
        },
        Self::NewAddress { after_sign_ins: 5 },
        Self::NewDevice { after_sign_ins: 5 },
        Self::UnusualHours {
            after_sign_ins: 20,
            percent: 2,
        },
        Self::ManyDenials {
            count: 10,
            minutes: 10,
        },
        Self::KeyNewAddress,
        Self::Attacks {
            count: 5,
            minutes: 10,
        },
        Self::PowerGiven,
        Self::FactorRemoved,
        // Airliners fly at 900, with the wind at 1,100.
        Self::ImpossibleTravel { kmh: 1_200 },
        Self::NewCountry { after_sign_ins: 5 },
        Self::UnusualExports {
            after_days: 3,
            times: 3,
        },
        Self::UnusualErasures {
            after_days: 3,
            times: 3,
        },
        Self::UnusualDeletions {
            after_days: 5,
            times: 3,
        },
        Self::UnusualPrices {
            after_days: 5,
            times: 3,
        },
        Self::UnusualBulk {
            after_days: 3,
            times: 3,
        },
    ];

    /// The name, which also says of two settings that they are of one rule.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ManyFailures { .. } => "many_failures",
            Self::FailuresThenSuccess { .. } => "failures_then_success",
            Self::NewAddress { .. } => "new_address",
            Self::NewDevice { .. } => "new_device",
            Self::UnusualHours { .. } => "unusual_hours",
            Self::ManyDenials { .. } => "many_denials",
            Self::KeyNewAddress => "key_new_address",
            Self::Attacks { .. } => "attacks",
            Self::PowerGiven => "power_given",
            Self::FactorRemoved => "factor_removed",
            Self::ImpossibleTravel { .. } => "impossible_travel",
            Self::NewCountry { .. } => "new_country",
            Self::UnusualExports { .. } => "unusual_exports",
            Self::UnusualErasures { .. } => "unusual_erasures",
            Self::UnusualDeletions { .. } => "unusual_deletions",
            Self::UnusualPrices { .. } => "unusual_prices",
            Self::UnusualBulk { .. } => "unusual_bulk",
        }
    }

    /// How much what it finds matters.
    pub const fn severity(self) -> Severity {
        match self {
            Self::ManyFailures { .. }
            | Self::FailuresThenSuccess { .. }
            | Self::Attacks { .. }
            | Self::ImpossibleTravel { .. } => Severity::High,
            Self::NewAddress { .. } | Self::NewDevice { .. } => Severity::Low,
            _ => Severity::Medium,
        }
    }

    /// Whether its bounds are within what is said beside each.
    pub fn is_sound(self) -> bool {
        let within = |value: u32, least: u32, most: u32| (least..=most).contains(&value);
        match self {
            Self::ManyFailures { count, minutes } => {
                within(count, 3, 1_000) && within(minutes, 1, 1_440)
            }
            Self::FailuresThenSuccess { count, minutes } | Self::ManyDenials { count, minutes } => {
                within(count, 2, 1_000) && within(minutes, 1, 1_440)
            }
            Self::Attacks { count, minutes } => {
                within(count, 1, 1_000) && within(minutes, 1, 1_440)
            }
            Self::NewAddress { after_sign_ins }
            | Self::NewDevice { after_sign_ins }
            | Self::NewCountry { after_sign_ins } => within(after_sign_ins, 1, 1_000),
            Self::UnusualHours {
                after_sign_ins,
                percent,
            } => within(after_sign_ins, 5, 1_000) && percent <= 20,
            Self::ImpossibleTravel { kmh } => within(kmh, 200, 10_000),
            Self::UnusualExports { after_days, times }
            | Self::UnusualErasures { after_days, times }
            | Self::UnusualDeletions { after_days, times }
            | Self::UnusualPrices { after_days, times }
            | Self::UnusualBulk { after_days, times } => {
                within(after_days, 1, 90) && within(times, 2, 100)
            }
            Self::KeyNewAddress | Self::PowerGiven | Self::FactorRemoved => true,
        }
    }

    /// Whether it finds something only where a file says in which places addresses are.
    pub const fn needs_places(self) -> bool {
        matches!(
            self,
            Self::ImpossibleTravel { .. } | Self::NewCountry { .. }
        )
    }

    /// Whether it looks at what the store's own people and programs did by the activity log, too.
    pub const fn looks_at_deeds(self) -> bool {
        matches!(
            self,
            Self::NewAddress { .. }
                | Self::NewDevice { .. }
                | Self::NewCountry { .. }
                | Self::UnusualHours { .. }
                | Self::UnusualExports { .. }
                | Self::UnusualErasures { .. }
                | Self::UnusualDeletions { .. }
                | Self::UnusualPrices { .. }
                | Self::UnusualBulk { .. }
        )
    }

    /// What the rule finds among events in the order of time. `from`: findings whose last event lies before
    /// are left out, but what lies before is learned from. `settings`: the store's rules, so that what one that is on tells of
    /// is not told by two. `offset_at`: the store's clock.
    pub fn findings(
        self,
        events: &[SecurityEvent],
        settings: &[AlarmSetting],
        from: DateTime<Utc>,
        offset_at: impl Fn(DateTime<Utc>) -> FixedOffset,
    ) -> Vec<Finding> {
        let mut found = match self {
            Self::ManyFailures { .. } => {
                let others = settings.iter().filter(|other| {
                    other.is_on && matches!(other.rule, Self::FailuresThenSuccess { .. })
                });
                let told: HashSet<_> = others
                    .flat_map(|other| other.rule.guesses(events))
                    .map(|finding| (finding.account, finding.last_at))
                    .collect();
                let mut found = self.guesses(events);
                found.retain(|finding| {
                    !finding.got_in() || !told.contains(&(finding.account.clone(), finding.last_at))
                });
                found
            }
            Self::FailuresThenSuccess { .. } => self.guesses(events),
            Self::ManyDenials { count, minutes } => self.bursts(
                events,
                |e| e.event.kind() == SecurityKind::Denied,
                who,
                count,
                minutes,
                |_| false,
                false,
            ),
            Self::Attacks { count, minutes } => self.bursts(
                events,
                |e| e.event.kind() == SecurityKind::Attack,
                |e| Some(e.event.as_str().to_owned()),
                count,
                minutes,
                |_| false,
                false,
            ),
            Self::NewAddress { after_sign_ins } => {
                self.first_uses(events, after_sign_ins, |e| e.is_new_address)
            }
            Self::NewDevice { after_sign_ins } => {
                self.first_uses(events, after_sign_ins, |e| e.is_new_device)
            }
            Self::UnusualHours {
                after_sign_ins,
                percent,
            } => self.odd_hours(events, after_sign_ins, percent, offset_at),
            Self::KeyNewAddress => self.each(events, |e| e.event == E::KeyNewAddress),
            Self::PowerGiven => self.each(events, gives_power),
            Self::FactorRemoved => self.each(events, |e| e.event == E::FactorRemoved),
            Self::ImpossibleTravel { kmh } => self.travels(events, kmh),
            Self::NewCountry { after_sign_ins } => self.new_countries(events, after_sign_ins),
            Self::UnusualExports { .. }
            | Self::UnusualErasures { .. }
            | Self::UnusualDeletions { .. }
            | Self::UnusualPrices { .. }
            | Self::UnusualBulk { .. } => Vec::new(),
        };
        found.retain(|finding| finding.last_at >= from);
        found
    }
}

/// The part of a query that asks for the time from the first to the last second.
fn within(first: DateTime<Utc>, last: DateTime<Utc>) -> String {
    let time = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    format!(
        "created:{}..{}",
        time(first),
        time(last + chrono::Duration::seconds(1))
    )
}

#[cfg(test)]
mod tests;
