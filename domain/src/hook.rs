//! What shops tell by their own webhooks: Shopify, WooCommerce, and whoever signs by Standard Webhooks.
//!
//! A delivery is one such call, kept with its raw body. [`read`] turns its topic and body into what it tells in
//! Storetrail's words, [`Told::against`] compares that with what was last seen, [`FailureCause::retry_after`] is the plan
//! of retries. To add a platform: a member of [`Platform`], a file beside `shopify`, a line in [`read`] and in [`named`].

mod parted;
mod plan;
mod shopify;
mod standard;
mod told;
mod value;
mod woocommerce;

pub use parted::Apart;
pub use plan::FailureCause;
pub use told::{Applied, CustomerTold, Named, OrderTold, Reading, Told, Verb};

use crate::{Actor, Problem, Said};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The largest body of a delivery, in bytes.
pub const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

macro_rules! closed_list {
    ($(#[$doc:meta])* $list:ident { $($variant:ident $name:literal $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $list {
            $(#[doc = $text] $variant),+
        }

        impl $list {
            /// Each one.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in API and addresses.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The number stored for it.
            pub const fn number(self) -> i16 {
                self as i16
            }

            /// The one with a stored number.
            pub fn of_number(number: i16) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.number() == number)
            }
        }

        impl std::str::FromStr for $list {
            type Err = ();

            fn from_str(text: &str) -> Result<Self, ()> {
                Self::ALL.iter().copied().find(|one| one.as_str() == text).ok_or(())
            }
        }
    };
}
use closed_list;

closed_list! {
    /// Who calls.
    Platform {
        Shopify "shopify" "A shop on Shopify.",
        Woocommerce "woocommerce" "A shop on WooCommerce.",
        Standard "standard" "Own code that signs by Standard Webhooks.",
    }
}

closed_list! {
    /// How it stands with a delivery.
    HookState {
        Received "received" "Kept; nothing was tried yet.",
        Queued "queued" "Somebody asked for another try; it is due.",
        Processing "processing" "A worker has it.",
        Done "done" "Processed; [`HookResult`] says with what result.",
        Failed "failed" "The last try failed; the next one is planned.",
        Dead "dead" "Out of tries: it waits for a person.",
        Discarded "discarded" "A person decided that it is not processed.",
    }
}

closed_list! {
    /// What came of a delivery that was processed.
    HookResult {
        Recorded "recorded" "Something was recorded.",
        Unchanged "unchanged" "It told nothing that was not known.",
        Late "late" "Something newer about the same thing came before it.",
        NotUnderstood "not_understood" "Its topic means nothing here; it is kept.",
    }
}

impl HookState {
    /// Whether nothing more happens with it by itself.
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Done | Self::Dead | Self::Discarded)
    }

    /// Whether nothing is left to do with it: it was processed, or a person decided that it is not.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Discarded)
    }

    /// Whether a person may have it tried again.
    pub const fn can_retry(self) -> bool {
        matches!(self, Self::Failed | Self::Dead | Self::Discarded)
    }

    /// Whether a person may discard it.
    pub const fn can_discard(self) -> bool {
        matches!(self, Self::Failed | Self::Dead)
    }
}

impl Platform {
    /// What people call it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Shopify => "Shopify",
            Self::Woocommerce => "WooCommerce",
            Self::Standard => "Standard Webhooks",
        }
    }

    /// Whether the shop makes the secret, so that it has to be pasted here.
    pub const fn brings_secret(self) -> bool {
        matches!(self, Self::Shopify)
    }
}

/// Reads a delivery. `now` is when it was received, `sender` who is named as actor where the shop names nobody.
///
/// # Errors
/// What is wrong with the body, in words for whoever may edit it.
pub fn read(
    platform: Platform,
    topic: &str,
    body: &[u8],
    now: DateTime<Utc>,
    sender: &Actor,
) -> Result<Reading, Problem> {
    let body: Value = parsed(body)?;
    let wrong = value::Wrong::default();
    let whole = value::Part::whole(&body, &wrong);
    let told = match platform {
        Platform::Shopify => shopify::read(topic, &whole, now, sender),
        Platform::Woocommerce => woocommerce::read(topic, &whole, now, sender),
        Platform::Standard => return standard::read(&body, now, sender),
    };
    // Where one field can't be what it should, the others may not mean what they seem to either.
    let wrong = wrong.take();
    if !wrong.is_empty() {
        return Err(Problem::invalid_fields(wrong));
    }
    Ok(told?.map_or(Reading::NotUnderstood, |told| Reading::Told(Box::new(told))))
}

/// The thing that a delivery names, as far as its body can be read: whatever else of it is wrong.
pub fn named(platform: Platform, topic: &str, body: &[u8]) -> Option<Named> {
    let body: Value = parsed(body).ok()?;
    let wrong = value::Wrong::default();
    let whole = value::Part::whole(&body, &wrong);
    match platform {
        Platform::Shopify => shopify::named(topic, &whole),
        Platform::Woocommerce => woocommerce::named(topic, &whole),
        Platform::Standard => standard::named(&body),
    }
}

/// The topic that a body names itself: Standard Webhooks have it in `type`.
pub fn topic_of(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    value::text(&body, "type", 100)
}

/// The trace that a body of Standard Webhooks names itself in `data.trace_id`.
pub fn trace_of(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    value::text(body.get("data")?, "trace_id", 200)
}

fn parsed(body: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        let said = Said::NotJson {
            line: error.line().to_string(),
            column: error.column().to_string(),
        };
        Problem::new(crate::Code::MalformedJson, said)
    })
}
