//! What was done to Storetrail itself: sign-ins, second factors, denials, changes of people, roles and keys.
//!
//! [`SecurityEvent`] is one such thing as the ledger keeps it; [`unusual`] says what stands out among many, and
//! [`look_alikes`] which letters of an account are not what they seem.

mod alike;
pub mod unusual;

pub use alike::{look_alikes, look_alikes_named};

use crate::entry::EntryFacts;
use crate::{Actor, Change, Origin, Reference, Term, fold};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

macro_rules! events {
    ($($variant:ident $name:literal $number:literal $kind:ident $doc:literal),+ $(,)?) => {
        /// What happened, `noun.verb`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum SecurityEventName {
            $(#[doc = $doc] #[serde(rename = $name)] $variant),+
        }

        impl SecurityEventName {
            /// Every event.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in the query language.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The number stored for it.
            pub const fn number(self) -> i16 {
                match self { $(Self::$variant => $number),+ }
            }

            /// The group that it belongs to.
            pub const fn kind(self) -> SecurityKind {
                match self { $(Self::$variant => SecurityKind::$kind),+ }
            }
        }
    };
}

events! {
    SignedIn "sign_in.succeeded" 0 SignIn "Somebody signed in.",
    SignInFailed "sign_in.failed" 1 SignIn "A wrong password or address, or an account that may not sign in.",
    SignInRefused "sign_in.refused" 2 RateLimit "A try while the account or address is held back; no password was looked at.",
    SignedOut "sign_out.done" 3 Sessions "Somebody signed out.",
    FactorPassed "factor.passed" 4 SecondFactor "A second factor was right.",
    FactorFailed "factor.failed" 5 SecondFactor "A second factor was wrong, or used before.",
    FactorAdded "factor.added" 6 SecondFactor "A second factor was set up.",
    FactorRemoved "factor.removed" 7 SecondFactor "A second factor was taken away.",
    RecoveryUsed "recovery.used" 8 SecondFactor "A recovery code was used up.",
    RecoveryMade "recovery.made" 9 SecondFactor "New recovery codes were made, the old ones ended.",
    AccountLocked "account.locked" 10 RateLimit "After many failures an account or address is held back.",
    AccessDenied "access.denied" 11 Denied "Something was asked for that the role does not open.",
    RateLimited "rate.limited" 12 RateLimit "More calls than allowed.",
    ProofPassed "proof.passed" 13 SignIn "Somebody proved anew who they are, before something dangerous.",
    ProofFailed "proof.failed" 14 SignIn "A wrong proof before something dangerous.",
    UserInvited "user.invited" 15 People "Somebody was given a role.",
    UserJoined "user.joined" 16 People "Somebody took an invitation up.",
    UserRemoved "user.removed" 17 People "Somebody's role was taken away.",
    UserBlocked "user.blocked" 18 People "Somebody may not sign in any more.",
    UserUnblocked "user.unblocked" 19 People "Somebody may sign in again.",
    RoleChanged "role.changed" 20 Roles "Somebody got another role.",
    RoleSaved "role.saved" 21 Roles "An own role was made or changed.",
    RoleDeleted "role.deleted" 22 Roles "An own role was deleted.",
    PasswordSet "password.set" 23 People "A password was set.",
    ResetAsked "password.reset_asked" 24 People "A link to set a password was asked for.",
    EmailChangeAsked "email.change_asked" 25 People "A change of address was asked for.",
    EmailChanged "email.changed" 26 People "An address was changed, confirmed at both ends.",
    KeyCreated "key.created" 27 Keys "An API key was made.",
    KeyRotated "key.rotated" 28 Keys "An API key got a new secret.",
    KeyRevoked "key.revoked" 29 Keys "An API key was ended.",
    KeyNewAddress "key.new_address" 30 Keys "An API key was used from an address it never came from.",
    KeyRefused "key.refused" 31 Denied "An API key was used from a network it is not for, or after its end.",
    SessionEnded "session.ended" 32 Sessions "Sessions were ended.",
    SettingsChanged "settings.changed" 33 Settings "A setting was changed.",
    WebhookForged "webhook.forged" 34 Attack "A webhook came with a wrong signature.",
    OriginForeign "origin.foreign" 35 Attack "A page of another origin tried to call.",
    OutgoingBlocked "outgoing.blocked" 36 Attack "An outgoing call to an inner address was not made.",
    SecretViewed "secret.viewed" 37 People "Somebody looked at a secret or a hidden value.",
    AlarmRaised "alarm.raised" 38 Alarm "Something stood out and an alarm was sent.",
    LogViewed "log.viewed" 39 People "Somebody looked at something sensitive: a mail, an export, a secret.",
    IdentityLinked "identity.linked" 40 People "A provider's person was linked with an account.",
    LinkRefused "link.refused" 41 People "A link of a mail was tried that was used, is over or was never one.",
}

impl SecurityEventName {
    /// The event of a stored number.
    pub fn of_number(number: i16) -> Option<Self> {
        Self::ALL.iter().copied().find(|e| e.number() == number)
    }
}

impl fmt::Display for SecurityEventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SecurityEventName {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL
            .iter()
            .copied()
            .find(|e| e.as_str() == text)
            .ok_or(())
    }
}

macro_rules! closed_list {
    ($(#[$doc:meta])* $name:ident { $($variant:ident $word:literal $line:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $(#[doc = $line] $variant),+
        }

        impl $name {
            /// Every member, by number.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// Their names in the query language, by number.
            pub const NAMES: &'static [&'static str] = &[$($word),+];

            /// The name in the query language.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The number, also its bit in a filter.
            pub const fn number(self) -> i16 {
                self as i16
            }
        }
    };
}
pub(crate) use closed_list;

closed_list! {
    /// The groups of events that the page offers.
    SecurityKind {
        SignIn "sign_in" "Signing in, failed or not.",
        SecondFactor "second_factor" "Codes, recovery codes, passkeys.",
        Denied "denied" "What a role or key may not see or do.",
        RateLimit "rate_limit" "Held back after too many tries or calls.",
        Sessions "sessions" "Ended, by whom.",
        People "people" "Invited, joined, blocked, passwords, addresses.",
        Roles "roles" "Who may do what.",
        Keys "keys" "API keys.",
        Settings "settings" "Settings of the store and its safety.",
        Attack "attack" "Forged webhooks, foreign origins, calls to inner addresses.",
        Alarm "alarm" "Alarms that were raised.",
    }
}

closed_list! {
    /// How an event ended.
    SecurityOutcome {
        Success "success" "It was done.",
        Failed "failed" "It was tried and wrong.",
        Denied "denied" "It was not allowed, whatever was given.",
    }
}

closed_list! {
    /// A part that an event can have.
    SecurityHas {
        NewAddress "new_address" "The first time that this account or key came from the address.",
        NewDevice "new_device" "The first time that this account came with the device.",
        Changes "changes" "Values before and after.",
    }
}

impl SecurityOutcome {
    /// The outcome of a stored number.
    pub fn of_number(number: i16) -> Option<Self> {
        Self::ALL.iter().copied().find(|o| o.number() == number)
    }
}

/// One event. Its JSON form is what the ledger's payload holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SecurityEvent {
    /// What happened.
    pub event: SecurityEventName,
    /// How it ended.
    pub outcome: SecurityOutcome,
    /// When, to the microsecond, UTC.
    pub occurred_at: DateTime<Utc>,
    /// Who did it; of type `system` without a name when nobody knows.
    pub actor: Actor,
    /// To whom or what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Reference>,
    /// The account concerned: its address as known or as typed, lower case, at most 254 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// From where.
    #[serde(default)]
    pub origin: Origin,
    /// Where that address was, as far as the operator's file knew then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<crate::Place>,
    /// The call that caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Why, as a stable word: `wrong_password`, `unknown_account`, `blocked`, `locked`, `wrong_code`, ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Values before and after; never a secret.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// How many alike it stands for, at least 1.
    pub count: u32,
    /// The first time that this account or key came from the address.
    #[serde(default)]
    pub is_new_address: bool,
    /// The first time that this account came with the device.
    #[serde(default)]
    pub is_new_device: bool,
    /// The numbers and words that its sentence needs, as an object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
}

impl SecurityEvent {
    /// An event of nobody yet.
    pub fn new(
        event: SecurityEventName,
        outcome: SecurityOutcome,
        occurred_at: DateTime<Utc>,
    ) -> Self {
        Self {
            event,
            outcome,
            occurred_at,
            actor: Actor::system(),
            subject: None,
            account: None,
            origin: Origin::default(),
            place: None,
            request_id: None,
            reason: None,
            changes: Vec::new(),
            count: 1,
            is_new_address: false,
            is_new_device: false,
            details: None,
        }
    }

    /// Whether a password or a code was tried and wrong. A wrong passkey of who is signed in guesses nothing, and is
    /// recorded without a reason.
    pub fn is_guess(&self) -> bool {
        match self.event {
            SecurityEventName::SignInFailed | SecurityEventName::FactorFailed => true,
            SecurityEventName::ProofFailed => self.reason.is_some(),
            _ => false,
        }
    }

    /// What a filter looks at.
    pub fn facts(&self, id: Uuid) -> EntryFacts {
        let bit = |number: i16| 1u32 << number;
        let mut has = 0;
        for (is_there, part) in [
            (self.is_new_address, SecurityHas::NewAddress),
            (self.is_new_device, SecurityHas::NewDevice),
            (!self.changes.is_empty(), SecurityHas::Changes),
        ] {
            if is_there {
                has |= bit(part.number());
            }
        }
        let mut facts = EntryFacts {
            id,
            at_micros: self.occurred_at.timestamp_micros(),
            members: vec![
                ("kind", bit(self.event.kind().number())),
                ("outcome", bit(self.outcome.number())),
                ("has", has),
            ],
            terms: Vec::new(),
            ip: self.origin.ip,
            open: String::new(),
            personal: String::new(),
        };
        facts.term("event", self.event.as_str(), false);
        facts.say(self.event.as_str(), false);
        facts.say(&self.event.as_str().replace(['.', '_'], " "), false);
        if let Some(reason) = &self.reason {
            facts.term("reason", reason, false);
            facts.say(&reason.replace('_', " "), false);
        }
        if let Some(account) = &self.account {
            facts.term("who", account, true);
            facts.say(account, true);
        }
        facts.actor("who", &self.actor);
        if let Some(subject) = &self.subject {
            facts.reference("subject", subject);
        }
        if let Some(request) = &self.request_id {
            facts.term("request", request, false);
        }
        if let Some(ip) = self.origin.ip {
            facts.say(&ip.to_string(), true);
        }
        if let Some(agent) = &self.origin.user_agent {
            facts.say(agent, true);
        }
        for change in &self.changes {
            facts.say(&change.field, false);
        }
        facts
    }
}

impl EntryFacts {
    /// Adds an exact word.
    pub(crate) fn term(&mut self, kind: &str, value: &str, is_personal: bool) {
        self.terms.push(Term {
            text: format!("{kind}:{}", fold(value)),
            is_personal,
        });
    }

    /// Adds free text.
    pub(crate) fn say(&mut self, text: &str, is_personal: bool) {
        let part = if is_personal {
            &mut self.personal
        } else {
            &mut self.open
        };
        let text = fold(text);
        if !text.is_empty() {
            if !part.is_empty() {
                part.push('\n');
            }
            part.push_str(&text);
        }
    }

    /// Adds everything an actor is found by.
    pub(crate) fn actor(&mut self, kind: &str, actor: &Actor) {
        for value in [&actor.name, &actor.id].into_iter().flatten() {
            self.term(kind, value, actor.is_private_person());
            self.say(value, actor.is_private_person());
        }
        for word in actor.name.iter().flat_map(|name| name.split_whitespace()) {
            self.term(kind, word, actor.is_private_person());
        }
        if let Some(email) = &actor.email {
            self.term(kind, email, true);
            self.say(email, true);
        }
        self.term(kind, actor.kind.as_str(), false);
        if let Some(role) = &actor.role {
            self.term("role", role, false);
        }
    }

    /// Adds everything a reference is found by.
    pub(crate) fn reference(&mut self, kind: &str, reference: &Reference) {
        let is_personal = reference.is_person();
        self.term(
            kind,
            &format!("{}/{}", reference.kind, reference.id),
            is_personal,
        );
        self.term(kind, &reference.kind, false);
        self.term(kind, &reference.id, is_personal);
        self.say(&reference.id, is_personal);
        if let Some(name) = &reference.name {
            self.term(kind, name, is_personal);
            self.say(name, is_personal);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_has_a_name_and_a_number_of_its_own() {
        let mut numbers: Vec<i16> = SecurityEventName::ALL.iter().map(|e| e.number()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), SecurityEventName::ALL.len());
        for event in SecurityEventName::ALL {
            assert_eq!(event.as_str().parse(), Ok(*event));
            assert_eq!(SecurityEventName::of_number(event.number()), Some(*event));
            assert!(crate::Action::is_well_formed(event.as_str()), "{event}");
            let json = serde_json::to_value(event).expect("json");
            assert_eq!(json, event.as_str());
        }
    }
}
