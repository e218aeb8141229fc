//! What becomes of orders: paid or declined, packed, shipped, delivered, completed.

use super::catalogue::{amount, money};
use super::draft::Draft;
use super::messages::{ASK_TO_PAY, CONFIRMED, DELIVERED, INVOICE, PACKED, SHIPPED, TILL_RECEIPT};
use super::orders::{Channel, Order, Step};
use super::people::{COURIER_REPORTS, PAYMENTS, STAFF, Who, Work, store};
use super::rhythm::Rhythm;
use super::world::{Task, World};
use serde_json::{Value, json};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

impl World {
    /// The next step of an order that is still open.
    pub fn advance_order(&mut self, number: u32, step: Step) {
        let Some(mut order) = self.orders.remove(&number) else {
            return;
        };
        let stays_open = match step {
            Step::Pay => self.pay(&mut order),
            Step::Confirm => self.confirm(&mut order),
            Step::Remind => self.remind(&mut order),
            Step::Pack => self.pack(&mut order),
            Step::Ship => self.ship(&mut order),
            Step::Deliver => self.deliver(&mut order),
            Step::Complete => self.complete(&mut order),
            Step::Cancel => self.cancel(&mut order),
            Step::Refund => self.refund(&mut order),
        };
        if stays_open {
            self.orders.insert(number, order);
        } else {
            self.note(order.record(self));
        }
    }

    pub fn step_at(&mut self, order: &Order, rhythm: Rhythm, seconds: i64, step: Step) {
        let at = self.when(rhythm, seconds);
        self.at(at, Task::Order(order.number, step));
    }

    /// An entry about an order, without a trace.
    pub fn about(&self, action: &str, order: &Order, who: Who, words: impl Into<String>) -> Draft {
        Draft::new(action, who)
            .on(order.reference())
            .says(words)
            .with(self.customers[order.customer].reference())
    }

    /// The order gets another status.
    fn turns(
        &mut self,
        order: &mut Order,
        to: &'static str,
        who: Who,
        words: impl Into<String>,
    ) -> Draft {
        let from = std::mem::replace(&mut order.status, to);
        self.about("order.status_changed", order, who, words)
            .change("status", json!(from), json!(to))
    }

    /// The colleague it is assigned to, or another one whose work it is.
    pub fn keeper(&mut self, order: &Order, work: Work) -> Who {
        match order.assigned {
            Some(at) if self.dice.chance(0.75) => STAFF[at].acts(&mut self.dice),
            _ => self.someone(work),
        }
    }

    fn pay(&mut self, order: &mut Order) -> bool {
        if order.channel == Channel::Counter {
            let words = format!("Paid by {}, taken away", order.payment);
            let draft = self.turns(order, "paid", super::people::COUNTER.acts(), words);
            self.put(draft.traced(&order.trace));
            if self.dice.chance(0.14) {
                self.send(&TILL_RECEIPT, order.customer, Some(order), 3);
            }
            let later = self.when(Rhythm::Night, HOUR);
            self.at(later, Task::Order(order.number, Step::Complete));
            return true;
        }
        if self.dice.chance(0.045) {
            return self.decline(order);
        }
        let words = format!("Paid by {}, {}", order.payment, money(order.total));
        let charge = self.id("ch");
        let draft = self.turns(order, "paid", PAYMENTS.acts(), words);
        self.put(
            draft
                .traced(&order.trace)
                .change("paid", Value::Null, amount(order.total))
                .details(json!({ "charge": charge, "method": order.payment })),
        );
        if self.dice.chance(0.15) {
            let trace = order.trace.clone();
            self.hear_webhook("payments / charge.captured", Some(&trace));
        }
        if self.dice.chance(0.20) {
            self.check_for_fraud(order);
        }
        self.send(&CONFIRMED, order.customer, Some(order), 2);
        if self.dice.chance(0.10) {
            self.send(&INVOICE, order.customer, Some(order), 20);
        }
        self.queue_for_packing(order);
        true
    }

    fn queue_for_packing(&mut self, order: &Order) {
        if self.dice.chance(0.035) {
            self.step_at(order, Rhythm::Web, HOUR / 2, Step::Cancel);
        } else {
            self.step_at(order, Rhythm::Warehouse, 2 * HOUR, Step::Pack);
        }
    }

    fn decline(&mut self, order: &mut Order) -> bool {
        let error = self.dice.pick(&[
            "declined by the bank: not enough money on the account (51)",
            "declined by the bank: the card has expired (54)",
            "3-D Secure was not completed within 10 minutes",
            "declined by the bank: limit for payments on the web reached (61)",
            "the payment provider did not answer within 30 s; nothing was charged",
        ]);
        let draft = self
            .about(
                "order.status_changed",
                order,
                PAYMENTS.acts(),
                format!("Payment by {} declined", order.payment),
            )
            .change("status", json!(order.status), json!("paid"))
            .traced(&order.trace)
            .failed(error);
        self.put(draft);
        order.setbacks += 1;
        if self.dice.chance(0.6) && order.setbacks < 3 {
            let wait = self.seconds(60, 900);
            self.later(wait, Task::Order(order.number, Step::Pay));
        } else {
            self.step_at(order, Rhythm::Office, 18 * HOUR, Step::Remind);
        }
        true
    }

    fn confirm(&mut self, order: &mut Order) -> bool {
        if self.dice.chance(0.08) {
            return self.cancel(order);
        }
        let who = self.keeper(order, Work::Service);
        let words = self.dice.pick(&[
            "Confirmed by phone, cash on delivery",
            "Address confirmed by WhatsApp",
            "Customer confirmed the sizes",
            "Confirmed, to be delivered after sunset",
        ]);
        let draft = self.turns(order, "confirmed", who, words);
        self.put(draft);
        self.send(&CONFIRMED, order.customer, Some(order), 5);
        self.queue_for_packing(order);
        true
    }

    fn remind(&mut self, order: &mut Order) -> bool {
        self.send(&ASK_TO_PAY, order.customer, Some(order), 1);
        if self.dice.chance(0.45) {
            let wait = self.seconds(HOUR, 20 * HOUR);
            self.later(wait, Task::Order(order.number, Step::Pay));
        } else {
            self.step_at(order, Rhythm::Night, 30 * HOUR, Step::Cancel);
        }
        true
    }

    fn pack(&mut self, order: &mut Order) -> bool {
        let who = self.keeper(order, Work::Warehouse);
        if self.dice.chance(0.012) {
            let draft = self
                .about("order.status_changed", order, who, "Could not be packed")
                .change("status", json!(order.status), json!("packed"))
                .failed(self.dice.pick(&[
                    "the label printer of table 3 is offline; print on table 1",
                    "one piece has a pulled thread; waiting for another one",
                    "the address has no district; the courier refuses it without one",
                ]));
            self.put(draft);
            self.step_at(order, Rhythm::Warehouse, 3 * HOUR, Step::Pack);
            return true;
        }
        let grams: i64 = order
            .lines
            .iter()
            .map(|l| self.products[l.product].weight * l.quantity)
            .sum::<i64>()
            + 180;
        let table = self.dice.between(1, 4);
        let words = match order.pieces() {
            1 => format!("Packed at table {table}, {:.1} kg", grams as f64 / 1_000.0),
            n => format!("{n} pieces in one box, {:.1} kg", grams as f64 / 1_000.0),
        };
        let draft = self.turns(order, "packed", who, words);
        let trace = self.dice.hex();
        self.put(draft.traced(&trace));
        if self.dice.chance(0.07) {
            self.send_traced(&PACKED, order.customer, Some(order), 20, trace);
        }
        self.step_at(order, Rhythm::Warehouse, HOUR, Step::Ship);
        true
    }

    fn ship(&mut self, order: &mut Order) -> bool {
        order.parcel = format!(
            "MN {:04} {:04} SA",
            self.dice.between(1_000, 9_999),
            self.dice.between(0, 9_999)
        );
        let who = self.keeper(order, Work::Warehouse);
        let courier = self
            .dice
            .pick(&["Najd Express", "Najd Express", "Wasl", "Hejaz Post"]);
        let words = format!("Handed to {courier}, {}", order.parcel);
        let trace = self.dice.hex();
        let city = self.customers[order.customer].city;
        let draft = self
            .turns(order, "shipped", who, words)
            .change("parcel", Value::Null, json!(order.parcel))
            .details(json!({ "courier": courier, "to": city, "parcels": 1 }))
            .traced(&trace);
        self.put(draft);
        if self.dice.chance(0.60) {
            self.send_traced(&SHIPPED, order.customer, Some(order), 4, trace);
        }
        let way = if city == "Riyadh" {
            14 * HOUR
        } else {
            30 * HOUR
        };
        let more = self.dice.between(0, 40 * HOUR);
        self.step_at(order, Rhythm::Courier, way + more, Step::Deliver);
        true
    }

    fn deliver(&mut self, order: &mut Order) -> bool {
        if self.dice.chance(0.045) && order.setbacks < 3 {
            order.setbacks += 1;
            let error = self.dice.pick(&[
                "nobody opened; the courier comes again tomorrow",
                "phone off, the gate of the compound was closed",
                "the district in the address does not exist; the customer was asked",
                "the customer asked for another day",
            ]);
            let draft = self
                .about(
                    "order.status_changed",
                    order,
                    COURIER_REPORTS.acts(),
                    "Could not be delivered",
                )
                .change("status", json!(order.status), json!("delivered"))
                .failed(error);
            self.put(draft);
            self.step_at(order, Rhythm::Courier, 16 * HOUR, Step::Deliver);
            return true;
        }
        let words = self.dice.pick(&[
            "Received at the door",
            "Signed for by the customer",
            "Left with the reception",
            "Received by a neighbour, agreed by phone",
            "Collected from the courier’s branch",
            "Received by the family",
        ]);
        let draft = self.turns(order, "delivered", COURIER_REPORTS.acts(), words);
        self.put(draft);
        if self.dice.chance(0.08) {
            self.send(&DELIVERED, order.customer, Some(order), 2 * 3_600);
        }
        if self.dice.chance(0.05) {
            self.step_at(order, Rhythm::Office, DAY, Step::Refund);
        } else {
            self.step_at(order, Rhythm::Night, 3 * DAY, Step::Complete);
        }
        true
    }

    fn complete(&mut self, order: &mut Order) -> bool {
        let words = if order.channel == Channel::Counter {
            "Booked with the day’s takings"
        } else {
            self.dice.pick(&[
                "The days for returns are over",
                "Nothing came back",
                "Kept, three days after delivery",
            ])
        };
        let from = std::mem::replace(&mut order.status, "completed");
        let draft = self.about("order.completed", order, store(), words).change(
            "status",
            json!(from),
            json!("completed"),
        );
        self.put(draft);
        self.grant_points(order);
        if self.dice.chance(0.016) {
            self.step_at(order, Rhythm::Office, 2 * DAY, Step::Refund);
            return true;
        }
        false
    }
}
