//! Orders: how they come in, and the pieces they take from the shelves.

use super::SampleRecord;
use super::catalogue::{amount, decimal, money};
use super::draft::Draft;
use super::people::{COUNTER, LENA, OTHER_STAFF, STAFF, Who, Work};
use super::rhythm::Rhythm;
use super::world::{Task, World};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{OrderItem, OrderUpsert, Reference};
use serde_json::json;

/// How an order comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channel {
    /// On the web.
    Web,
    /// At the counter, paid and taken away.
    Counter,
    /// By phone or chat; a colleague writes it down.
    Phone,
}

/// What happens to an order next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The payment arrives, or is declined.
    Pay,
    /// A colleague confirms cash on delivery.
    Confirm,
    /// The payment is asked for once more.
    Remind,
    /// It is packed.
    Pack,
    /// It leaves.
    Ship,
    /// It arrives.
    Deliver,
    /// The time for returns is over.
    Complete,
    /// It is called off.
    Cancel,
    /// The money goes back.
    Refund,
}

/// Some pieces of one product.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    /// The product's place in the world.
    pub product: usize,
    /// How many.
    pub quantity: i64,
    /// What one costs, in halalas.
    pub price: i64,
}

/// An order that something may still happen to.
#[derive(Debug, Clone)]
pub(super) struct Order {
    /// Its number.
    pub number: u32,
    /// The customer's place in the world.
    pub customer: usize,
    /// What was bought.
    pub lines: Vec<Line>,
    /// In halalas.
    pub total: i64,
    /// How it came in.
    pub channel: Channel,
    /// How it is paid.
    pub payment: &'static str,
    /// Its status.
    pub status: &'static str,
    /// The colleague it is assigned to, an index into [`STAFF`].
    pub assigned: Option<usize>,
    /// What its first minutes have in common.
    pub trace: String,
    /// When it was placed.
    pub placed_at: DateTime<Utc>,
    /// The number under which it can be followed; empty before it leaves.
    pub parcel: String,
    /// How often a step went wrong.
    pub setbacks: u32,
}

/// How orders on the web are paid, and how often.
pub(super) const PAYMENTS_ON_WEB: [(&str, u32); 7] = [
    ("Mada", 30),
    ("Apple Pay", 29),
    ("Visa", 13),
    ("Mastercard", 7),
    ("four payments", 9),
    ("cash on delivery", 9),
    ("bank transfer", 3),
];

impl Order {
    /// The order as the thing something is done to.
    pub fn reference(&self) -> Reference {
        Reference {
            kind: "order".to_owned(),
            id: self.number.to_string(),
            name: None,
        }
    }

    /// What is known of it, as other systems send it.
    pub fn record(&self, world: &World) -> SampleRecord {
        SampleRecord::Order {
            number: self.number.to_string(),
            order: OrderUpsert {
                customer_id: Some(world.customers[self.customer].id.clone()),
                status: Some(self.status.to_owned()),
                total: Some(decimal(self.total)),
                currency: Some("SAR".to_owned()),
                placed_at: Some(self.placed_at),
                assigned_to: self.assigned.map(|at| STAFF[at].email.to_owned()),
                items: self.items(world),
            },
        }
    }

    fn items(&self, world: &World) -> Vec<OrderItem> {
        let lines = self.lines.iter();
        lines
            .map(|line| OrderItem {
                name: world.products[line.product].name.clone(),
                variant: None,
                quantity: u32::try_from(line.quantity).unwrap_or(1),
                total: Some(decimal(line.price * line.quantity)),
            })
            .collect()
    }

    /// How many pieces it has.
    pub fn pieces(&self) -> i64 {
        self.lines.iter().map(|l| l.quantity).sum()
    }
}

impl World {
    /// An order comes in, unless nothing is left to buy.
    pub fn place_order(&mut self, channel: Channel) {
        let lines = self.fill_cart();
        if lines.is_empty() {
            return;
        }
        let is_new = channel == Channel::Web && self.dice.chance(0.10);
        let customer = if is_new {
            self.welcome_customer()
        } else {
            self.some_customer()
        };
        if self.customers[customer].is_blocked {
            self.give_back(&lines, None);
            return;
        }
        let full: i64 = lines.iter().map(|l| l.price * l.quantity).sum();
        let coupon = if self.dice.chance(0.16) {
            self.redeem_coupon(full)
        } else {
            None
        };
        let total = full - coupon.as_ref().map_or(0, |(_, saved)| *saved);
        let payment = match channel {
            Channel::Counter => self
                .dice
                .pick(&["Mada", "Mada", "Apple Pay", "Visa", "cash"]),
            Channel::Phone => self.dice.pick(&["bank transfer", "cash on delivery"]),
            Channel::Web => PAYMENTS_ON_WEB[self.dice.weighted(&PAYMENTS_ON_WEB.map(|p| p.1))].0,
        };
        let assigned = match channel {
            Channel::Counter => None,
            _ if self.dice.chance(0.12) => Some(LENA),
            _ if self.dice.chance(0.12) => Some(self.dice.pick(&OTHER_STAFF)),
            _ => None,
        };
        let order = Order {
            number: self.next_order,
            customer,
            lines,
            total,
            channel,
            payment,
            status: "new",
            assigned,
            trace: self.dice.hex(),
            placed_at: self.now,
            parcel: String::new(),
            setbacks: 0,
        };
        self.next_order += 1;
        for line in &order.lines {
            self.products[line.product].taken_by.push(order.number);
        }
        let draft = self.describe_new(&order, full, coupon);
        self.note(order.record(self));
        self.put(draft);
        let step = match (channel, payment) {
            (Channel::Web, "cash on delivery") | (Channel::Phone, _) => Step::Confirm,
            _ => Step::Pay,
        };
        let wait = match channel {
            Channel::Counter => self.seconds(5, 50),
            Channel::Web if step == Step::Pay => self.seconds(4, 140),
            _ => self.seconds(600, 9_000),
        };
        self.later(wait, Task::Order(order.number, step));
        self.orders.insert(order.number, order);
    }

    /// Takes pieces from the shelves: each line of another product, never more than there are.
    fn fill_cart(&mut self) -> Vec<Line> {
        let wanted = 1 + self.dice.weighted(&[62, 25, 10, 3]);
        let mut lines: Vec<Line> = Vec::with_capacity(wanted);
        for _ in 0..wanted * 4 {
            let at = self.dice.skewed(self.products.len());
            if lines.len() == wanted
                || !self.products[at].is_for_sale()
                || lines.iter().any(|l| l.product == at)
            {
                continue;
            }
            let quantity = if self.dice.chance(0.08) { 2 } else { 1 };
            let product = &mut self.products[at];
            let quantity = quantity.min(product.available);
            product.available -= quantity;
            if product.available == 0 {
                let soon = self.seconds(60, 900);
                self.later(soon, Task::Work(Self::hide_sold_out));
            }
            lines.push(Line {
                product: at,
                quantity,
                price: self.products[at].price,
            });
        }
        lines
    }

    /// Puts pieces back; `order` forgets that it took them.
    pub fn give_back(&mut self, lines: &[Line], order: Option<u32>) {
        for line in lines {
            let product = &mut self.products[line.product];
            product.available += line.quantity;
            if let Some(number) = order {
                product.taken_by.retain(|n| *n != number);
            }
        }
    }

    /// The first entry of an order's life.
    fn describe_new(&mut self, order: &Order, full: i64, coupon: Option<(String, i64)>) -> Draft {
        let customer = &self.customers[order.customer];
        let who: Who = match order.channel {
            Channel::Web => customer.acts(),
            Channel::Counter => COUNTER.acts(),
            Channel::Phone => match order.assigned {
                Some(at) => STAFF[at].acts(&mut self.dice),
                None => self.someone(Work::Service),
            },
        };
        let customer = &self.customers[order.customer];
        let first = &self.products[order.lines[0].product];
        let more = order.lines.len() - 1;
        let goods = match more {
            0 => first.name.clone(),
            1 => format!("{} and one more", first.name),
            _ => format!("{} and {more} more", first.name),
        };
        let count = order.pieces();
        let words = match (order.channel, self.dice.below(3)) {
            (Channel::Counter, _) => format!("{goods}, {} at the counter", money(order.total)),
            (Channel::Phone, _) => format!("{goods}, {}, by phone", money(order.total)),
            (_, 0) if count > 1 => format!("{count} items, {}", money(order.total)),
            _ => format!("{goods}, {}", money(order.total)),
        };
        let items: Vec<_> = order
            .lines
            .iter()
            .map(|line| {
                let product = &self.products[line.product];
                json!({
                    "sku": product.sku,
                    "name": product.name,
                    "quantity": line.quantity,
                    "unit_price": amount(line.price),
                })
            })
            .collect();
        let mut details = json!({
            "items": items,
            "payment": order.payment,
            "total": amount(order.total),
        });
        if order.channel != Channel::Counter {
            let fee = if order.total >= self.delivery.1 * 100 {
                0
            } else {
                self.delivery.0 * 100
            };
            details["delivery"] = json!({ "city": customer.city, "fee": amount(fee) });
        }
        let mut draft = Draft::new("order.created", who)
            .on(order.reference())
            .says(words)
            .traced(&order.trace)
            .with(customer.reference());
        for line in &order.lines {
            draft = draft.with(self.products[line.product].reference());
        }
        if let Some((code, saved)) = coupon {
            details["coupon"] = json!({ "code": code, "saved": amount(saved), "of": amount(full) });
            draft = draft.with(super::draft::thing("coupon", &code, &code));
        }
        draft.details(details)
    }

    /// When someone of `rhythm` gets to it, at least `seconds` from now.
    pub fn when(&mut self, rhythm: Rhythm, seconds: i64) -> DateTime<Utc> {
        let after = self.now + TimeDelta::seconds(seconds);
        rhythm.next(&mut self.dice, after)
    }
}
