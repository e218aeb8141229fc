//! The sample store: Maison Noor, a fashion shop in Riyadh, and what happened in it over 120 days.
//!
//! It is told, not drawn: a small world of products, customers, orders and colleagues lives through each day,
//! and what happens in it is written down. So an order is paid before it is packed, a price before is the price
//! after of the change before it, and stock is never negative. The same `now` gives the same store.
//!
//! What belongs here: the story and [`load`]ing it. What doesn't: anything that a real store needs. Nothing of
//! it is ever handed to a provider: addresses end in `.example` (RFC 2606), IP addresses are those of
//! documentation (RFC 5737, RFC 3849), and the store is marked `is_sample`. To add something that happens: a method
//! on `World` in the file it belongs to by meaning, and a line in `plan.rs` that says how often.

mod bulk_items;
mod bulk_records;
mod catalogue;
mod correspondence;
mod coupons;
mod customers;
mod dice;
mod draft;
mod fulfilment;
mod garments;
mod homes;
mod letter_box;
mod letters;
mod load;
mod machinery;
mod messages;
mod names;
mod offers;
mod office;
mod operations;
mod orders;
mod own_rules;
mod people;
mod plan;
mod products;
mod returns;
mod rhythm;
mod settings;
mod shop_hooks;
mod stock;
#[cfg(test)]
mod tests;
mod timeline;
mod upkeep;
mod world;

pub use correspondence::MessageStep;
pub use load::load;

use bulk_records::is_item;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{Activity, CustomerUpsert, OrderUpsert, Outcome, Role};
use storage::NewStore;
use timeline::Timeline;

/// How many activities the sample store has. What bulk operations did item by item stands in their own records and comes
/// besides.
pub const ACTIVITIES: usize = 60_000;
/// How many days it tells of.
pub const DAYS: i64 = 120;
/// The password of each of [`SIGN_INS`] where the command line was asked for sign-ins: public, good for the sample store
/// only. Loaded otherwise, they have none.
pub const PASSWORD: &str = "maison-noor-demo";
/// One person per role of the sample store: role, name, address.
pub const SIGN_INS: [(Role, &str, &str); 6] = [
    (Role::SuperAdmin, "Noor Al-Amri", "noor@maisonnoor.example"),
    (Role::Admin, "Omar Haddad", "omar@maisonnoor.example"),
    (Role::Manager, "Sara Nasser", "sara@maisonnoor.example"),
    (
        Role::StoreKeeper,
        "Kwame Mensah",
        "kwame@maisonnoor.example",
    ),
    (Role::Staff, "Lena Fischer", "lena@maisonnoor.example"),
    (Role::Auditor, "Elif Demir", "elif@maisonnoor.example"),
];

/// Where the dice of the sample store start.
const SEED: u64 = 0x4e6f_6f72;

/// One record of the sample store.
#[derive(Debug, Clone, PartialEq)]
pub enum SampleRecord {
    /// Something that happened.
    Activity {
        /// What.
        activity: Box<Activity>,
        /// Set on a pending activity: [`SampleRecord::Ended`] names it by this number.
        mark: Option<u32>,
    },
    /// How a pending activity ended; it comes after that activity.
    Ended {
        /// The activity's mark.
        mark: u32,
        /// How it ended.
        outcome: Outcome,
        /// Why, when it failed.
        error: Option<String>,
        /// When.
        occurred_at: DateTime<Utc>,
    },
    /// What is known of an order: once before its first activity, once more after its last.
    Order {
        /// Its number.
        number: String,
        /// What is known.
        order: OrderUpsert,
    },
    /// Something told of a message: that it was written first, what became of it after that.
    Message {
        /// What the story calls it: the subject of the activities about it.
        id: String,
        /// What is told.
        step: MessageStep,
    },
    /// What is known of a customer.
    Customer {
        /// The store's id for them.
        id: String,
        /// What is known.
        customer: CustomerUpsert,
    },
}

impl SampleRecord {
    /// Whether it becomes an entry of the activity log, and not an item of a bulk operation.
    fn is_entry(&self) -> bool {
        matches!(self, Self::Activity { activity, .. } if !is_item(activity))
    }
}

/// The store that the sample is loaded into.
pub fn new_store() -> NewStore {
    NewStore {
        name: "Maison Noor".to_owned(),
        domain: "maisonnoor.example".to_owned(),
        time_zone: "Asia/Riyadh".to_owned(),
        is_sample: true,
    }
}

/// Everything that happened in the sample store up to `now`, in order: exactly [`ACTIVITIES`] activities that the log keeps
/// and, between them, the items of bulk operations, what is known of orders and customers and how pending activities ended.
///
/// Made a day at a time while it is read; the same `now` gives the same records.
pub fn activities(now: DateTime<Utc>) -> impl Iterator<Item = SampleRecord> + Send {
    Timeline::until(SEED, now)
}

/// Activities without end for measurements: of the same kinds and shares as the sample's, the first at
/// `start`, each `step` after the one before.
pub fn activity_stream(
    seed: u64,
    start: DateTime<Utc>,
    step: TimeDelta,
) -> impl Iterator<Item = Activity> + Send {
    let mut at = start;
    Timeline::endless(seed, start).filter_map(move |record| {
        let SampleRecord::Activity { mut activity, .. } = record else {
            return None;
        };
        activity.occurred_at = at;
        at += step;
        Some(*activity)
    })
}
