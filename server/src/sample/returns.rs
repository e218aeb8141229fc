//! Orders that don't stay: called off, deleted, sent back.

use super::catalogue::{amount, money};
use super::draft::{Draft, thing};
use super::messages::REFUNDED;
use super::orders::{Order, Step};
use super::people::{OWNER, STAFF, Work, store};
use super::rhythm::Rhythm;
use super::world::{Task, World};
use chrono::TimeDelta;
use domain::Outcome;
use serde_json::{Value, json};

const DAY: i64 = 24 * 3_600;

impl World {
    /// The order is called off.
    pub fn cancel(&mut self, order: &mut Order) -> bool {
        let (who, words) = if order.status == "new" && order.setbacks > 0 {
            (store(), "Not paid within two days")
        } else if self.dice.chance(0.6) {
            let words = self.dice.pick(&[
                "Ordered the wrong size",
                "Found it in the shop",
                "Ordered twice by mistake",
                "Changed their mind",
            ]);
            (self.customers[order.customer].acts(), words)
        } else {
            let words = self.dice.pick(&[
                "Customer asked for it by phone",
                "The last piece has a stain",
                "No answer about the address",
            ]);
            (self.keeper(order, Work::Service), words)
        };
        let lines = std::mem::take(&mut order.lines);
        self.give_back(&lines, Some(order.number));
        let from = std::mem::replace(&mut order.status, "cancelled");
        let mut draft = self.about("order.cancelled", order, who, words).change(
            "status",
            json!(from),
            json!("cancelled"),
        );
        for line in &lines {
            draft = draft.with(self.products[line.product].reference());
        }
        self.put(draft);
        if self.dice.chance(0.06) {
            let wait = self.when(Rhythm::Office, 5 * DAY);
            let owner = STAFF[OWNER].acts(&mut self.dice);
            let words = self.dice.pick(&[
                "A test of the checkout before the campaign",
                "Cancelled, and written down under the right number",
                "Fraud, kept by the police under its own number",
            ]);
            let draft = self.about("order.deleted", order, owner, words);
            self.at(wait, Task::Put(draft));
        }
        false
    }

    /// Money goes back, and what came back is put on the shelf.
    pub fn refund(&mut self, order: &mut Order) -> bool {
        let who = self.keeper(order, Work::Service);
        let whole = order.lines.len() == 1 || self.dice.chance(0.5);
        let back = if whole {
            order.total
        } else {
            order.lines[0].price * order.lines[0].quantity
        }
        .min(order.total);
        if self.dice.chance(0.06) {
            let draft = self
                .about(
                    "order.refunded",
                    order,
                    who,
                    format!("{} could not be returned", money(back)),
                )
                .change("refunded", Value::Null, amount(back))
                .failed("the bank refuses refunds to a card that was closed; ask for an IBAN");
            self.put(draft);
            self.step_at(order, Rhythm::Office, DAY, Step::Refund);
            return true;
        }
        let reason = self.dice.pick(&[
            "too small",
            "too large",
            "the colour is another one than in the picture",
            "arrived late",
            "a seam is open",
        ]);
        let to = if whole { "refunded" } else { "partly refunded" };
        let from = std::mem::replace(&mut order.status, to);
        let draft = self
            .about(
                "order.refunded",
                order,
                who,
                format!("{} to {}: {reason}", money(back), order.payment),
            )
            .change("status", json!(from), json!(to))
            .change("refunded", Value::Null, amount(back))
            .with(thing("refund", self.id("re"), money(back)))
            .traced(&order.trace);
        let wait = TimeDelta::seconds(self.dice.between(DAY, 6 * DAY));
        self.put_pending(draft, (wait, Outcome::Success, None));
        self.send(&REFUNDED, order.customer, Some(order), 60);
        self.take_back(order, whole);
        false
    }

    /// What came back is put on the shelf again.
    fn take_back(&mut self, order: &Order, whole: bool) {
        let count = if whole { order.lines.len() } else { 1 };
        for line in &order.lines[..count] {
            let product = &mut self.products[line.product];
            let before = product.recorded;
            product.recorded += line.quantity;
            product.available += line.quantity;
            let after = product.recorded;
            let draft = Draft::new("stock.adjusted", self.someone(Work::Warehouse))
                .on(self.products[line.product].reference())
                .says(format!("Came back from order {}, as new", order.number))
                .change("stock", json!(before), json!(after))
                .with(order.reference());
            self.put(draft);
        }
    }
}
