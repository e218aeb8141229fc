//! The store as it is at a moment of the story, and what is going to happen in it.

use super::SampleRecord;
use super::catalogue::{PRODUCTS_AT_START, Product};
use super::coupons::Coupon;
use super::customers::Customer;
use super::dice::Dice;
use super::draft::Draft;
use super::messages::{Message, Stage};
use super::offers::Offer;
use super::office::Contact;
use super::operations::Operation;
use super::orders::{Channel, Order, Step};
use super::people::{STAFF, Who, Work, someone_for};
use super::rhythm::Campaign;
use super::upkeep::Expense;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::Outcome;
use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BinaryHeap};

/// Something that is going to happen.
pub(super) enum Task {
    /// Someone does a piece of work.
    Work(fn(&mut World)),
    /// An order comes in.
    Place(Channel),
    /// An order's next step.
    Order(u32, Step),
    /// A message's next step.
    Message(Box<Message>, Stage),
    /// The next item of a bulk operation.
    Operation(Box<Operation>),
    /// A bulk operation is taken back.
    Revert(Box<Operation>),
    /// An activity that needs nothing more than its time.
    Put(Draft),
    /// How a pending activity ends.
    End(u32, Outcome, Option<&'static str>),
}

struct Due {
    at: DateTime<Utc>,
    turn: u64,
    task: Task,
}

impl Due {
    fn key(&self) -> (DateTime<Utc>, u64) {
        (self.at, self.turn)
    }
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

/// The store at a moment.
pub(super) struct World {
    /// Where chance comes from.
    pub dice: Dice,
    /// The moment.
    pub now: DateTime<Utc>,
    /// Its date in Riyadh.
    pub today: NaiveDate,
    /// How many days the story has lasted.
    pub day: u32,
    /// How many orders come in on an ordinary day.
    pub orders_a_day: f64,
    /// What the shop celebrates today.
    pub campaign: Option<Campaign>,
    /// What has happened and was not fetched yet.
    pub out: Vec<(DateTime<Utc>, SampleRecord)>,
    /// Everyone who ever bought.
    pub customers: Vec<Customer>,
    /// How many of them there were this morning.
    pub settled: usize,
    /// Every product there ever was.
    pub products: Vec<Product>,
    /// Orders that something may still happen to.
    pub orders: BTreeMap<u32, Order>,
    /// The next order's number.
    pub next_order: u32,
    /// Coupons that were not deleted.
    pub coupons: Vec<Coupon>,
    /// Special offers that were not deleted.
    pub offers: Vec<Offer>,
    /// Contacts that were not deleted.
    pub contacts: Vec<Contact>,
    /// Expenses that may still change.
    pub expenses: Vec<Expense>,
    /// What delivery to Riyadh costs, in riyals, and from which order value it is free.
    pub delivery: (i64, i64),
    /// Which of the settings that go back and forth are switched over.
    pub settings: [bool; 3],
    /// How often the look of the shop has changed.
    pub looks: usize,
    /// Bulk operations started so far.
    pub operations: u32,
    /// Bulk operations taken back so far.
    pub operations_reverted: u32,
    agenda: BinaryHeap<Reverse<Due>>,
    turn: u64,
    next_id: u32,
    next_mark: u32,
}

impl World {
    /// The store before the first day.
    pub fn new(seed: u64, start: DateTime<Utc>) -> Self {
        let mut dice = Dice::of(seed);
        let products = (0..PRODUCTS_AT_START)
            .map(|number| Product::cut(number, &mut dice))
            .collect();
        let customers = (0..super::customers::CUSTOMERS_AT_START)
            .map(|number| Customer::meet(number, &mut dice))
            .collect();
        Self {
            dice,
            now: start,
            today: super::rhythm::day_of(start),
            day: 0,
            orders_a_day: 36.0,
            campaign: None,
            out: Vec::new(),
            settled: super::customers::CUSTOMERS_AT_START,
            customers,
            products,
            orders: BTreeMap::new(),
            next_order: 1001,
            coupons: super::coupons::coupons_at_start(start),
            offers: Vec::new(),
            contacts: super::office::contacts_at_start(),
            expenses: Vec::new(),
            delivery: (25, 300),
            settings: [false; 3],
            looks: 0,
            operations: 0,
            operations_reverted: 0,
            agenda: BinaryHeap::new(),
            turn: 0,
            next_id: 4100,
            next_mark: 0,
        }
    }

    /// Lets everything happen that is due before `end`.
    pub fn run_until(&mut self, end: DateTime<Utc>) {
        while self.agenda.peek().is_some_and(|due| due.0.at < end) {
            let Some(Reverse(due)) = self.agenda.pop() else {
                break;
            };
            self.now = due.at;
            match due.task {
                Task::Work(work) => work(self),
                Task::Place(channel) => self.place_order(channel),
                Task::Order(number, step) => self.advance_order(number, step),
                Task::Message(message, stage) => self.advance_message(message, stage),
                Task::Operation(operation) => self.advance_operation(operation),
                Task::Revert(operation) => self.revert(*operation),
                Task::Put(draft) => self.put(draft),
                Task::End(mark, outcome, error) => self.note(SampleRecord::Ended {
                    mark,
                    outcome,
                    error: error.map(str::to_owned),
                    occurred_at: self.now,
                }),
            }
        }
        self.now = end;
    }

    /// Has `task` happen at `at`, not before now.
    pub fn at(&mut self, at: DateTime<Utc>, task: Task) {
        self.turn += 1;
        self.agenda.push(Reverse(Due {
            at: at.max(self.now),
            turn: self.turn,
            task,
        }));
    }

    /// Has `task` happen after a while.
    pub fn later(&mut self, delay: TimeDelta, task: Task) {
        self.at(self.now + delay, task);
    }

    /// A while between two numbers of seconds, to the microsecond.
    pub fn seconds(&mut self, low: i64, high: i64) -> TimeDelta {
        TimeDelta::microseconds(self.dice.between(low * 1_000_000, high * 1_000_000))
    }

    /// A moment of a machine: 40 to 900 milliseconds.
    pub fn blink(&mut self) -> TimeDelta {
        TimeDelta::microseconds(self.dice.between(40_000, 900_000))
    }

    /// The draft happens now.
    pub fn put(&mut self, draft: Draft) {
        self.push(draft, None);
    }

    /// The draft happens after a while.
    pub fn put_in(&mut self, delay: TimeDelta, draft: Draft) {
        self.later(delay, Task::Put(draft));
    }

    /// The draft happens now and is pending until `ends` after a while.
    pub fn put_pending(
        &mut self,
        mut draft: Draft,
        ends: (TimeDelta, Outcome, Option<&'static str>),
    ) {
        draft.0.outcome = Outcome::Pending;
        let mark = self.next_mark;
        self.next_mark += 1;
        self.push(draft, Some(mark));
        self.later(ends.0, Task::End(mark, ends.1, ends.2));
    }

    fn push(&mut self, draft: Draft, mark: Option<u32>) {
        let mut activity = draft.0;
        activity.occurred_at = self.now;
        self.note(SampleRecord::Activity { activity, mark });
    }

    /// Something that is not done by anyone, such as what is known of an order now.
    pub fn note(&mut self, record: SampleRecord) {
        self.out.push((self.now, record));
    }

    /// A new id of the store: `job_4101`.
    pub fn id(&mut self, kind: &str) -> String {
        self.next_id += 1;
        format!("{kind}_{}", self.next_id)
    }

    /// Someone whose work it is.
    pub fn someone(&mut self, work: Work) -> Who {
        STAFF[someone_for(work, &mut self.dice)].acts(&mut self.dice)
    }

    /// A product that is not deleted, those that sell well more often.
    pub fn some_product(&mut self) -> usize {
        for _ in 0..20 {
            let at = self.dice.skewed(self.products.len());
            if !self.products[at].is_deleted {
                return at;
            }
        }
        0
    }

    /// A customer since yesterday or longer, those of long standing more often.
    pub fn some_customer(&mut self) -> usize {
        let share = self.dice.share();
        (share.powf(1.3) * self.settled as f64) as usize
    }
}
