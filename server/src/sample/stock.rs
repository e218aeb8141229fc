//! Stock: what was sold leaves the records every night, deliveries fill them, counts correct them.

use super::draft::{Draft, Rule};
use super::people::{STAFF, WAREHOUSE_SYNC, Work, someone_for};
use super::rhythm::clock;
use super::world::World;
use domain::Reference;
use serde_json::json;

const SOLD_OUT: Rule = Rule {
    id: "r_sold_out",
    name: "Hide what is sold out",
};
const LOW_STOCK: Rule = Rule {
    id: "r_low_stock",
    name: "Low stock",
};

impl World {
    /// The warehouse's program walks past every other shelf and books what was sold since it was there last.
    pub fn sync_stock(&mut self) {
        let trace = self.dice.hex();
        let started = self.now;
        if self.dice.chance(0.02) {
            let draft = Draft::new("stock.adjusted", WAREHOUSE_SYNC.acts())
                .says("Nothing could be booked; the next run books all of it")
                .traced(&trace)
                .failed("no answer from wms.maisonnoor.example within 30 s (attempt 3 of 3)");
            self.put(draft);
            return;
        }
        let mut wait = chrono::TimeDelta::zero();
        for at in 0..self.products.len() {
            let product = &mut self.products[at];
            let sold = product.recorded - product.available;
            let is_walked_past = at % 2 == self.day as usize % 2;
            if sold == 0 || product.is_deleted || is_walked_past {
                continue;
            }
            let (before, after) = (product.recorded, product.available);
            product.recorded = after;
            let orders = std::mem::take(&mut product.taken_by);
            let words = match orders.as_slice() {
                _ if sold < 0 => "Put back after an order was cancelled".to_owned(),
                [one] => format!("{sold} sold with order {one}"),
                many => format!(
                    "{sold} sold with {} orders until {}",
                    many.len(),
                    clock(started)
                ),
            };
            let mut draft = Draft::new("stock.adjusted", WAREHOUSE_SYNC.acts())
                .on(product.reference())
                .says(words)
                .change("stock", json!(before), json!(after))
                .traced(&trace);
            for number in orders.iter().take(6) {
                draft = draft.with(Reference {
                    kind: "order".to_owned(),
                    id: number.to_string(),
                    name: None,
                });
            }
            // Milliseconds together, so that nothing comes between.
            self.now = started + wait;
            self.put(draft);
            if (1..=4).contains(&after) && before > 4 {
                self.warn_of_low_stock(at, &trace);
            }
            wait += chrono::TimeDelta::microseconds(self.dice.between(30, 300));
        }
        self.now = started;
    }

    fn warn_of_low_stock(&mut self, at: usize, trace: &str) {
        let product = &self.products[at];
        let left = product.available;
        let draft = Draft::new("rule.evaluated", LOW_STOCK.acts())
            .on(product.reference())
            .says(format!("Fired: {left} left, the buyers were told"))
            .by_rule(LOW_STOCK)
            .traced(trace)
            .details(json!({
                "fired": true,
                "because": [{ "condition": "stock <= 4", "met": true, "value": left }],
            }));
        self.put(draft);
    }

    /// A delivery fills the shelf of a product that runs low.
    pub fn restock(&mut self) {
        let mut at = self.some_product();
        for _ in 0..24 {
            let other = self.some_product();
            if self.products[other].available < self.products[at].available {
                at = other;
            }
        }
        let more = 6 * self.dice.between(5, 14);
        let who = self.someone(Work::Warehouse);
        let supplier = self.dice.pick(&[
            "Lanificio Bassi",
            "Fez Leather Guild",
            "Anadolu Tekstil",
            "مشغل النخيل",
            "Porto Shirtmakers",
            "Khyber Embroidery House",
        ]);
        let note = self.dice.between(20_100, 29_900);
        let words = self
            .dice
            .pick(&["Delivery counted in", "Delivery from", "New pieces from"]);
        let product = &mut self.products[at];
        let before = product.recorded;
        product.recorded += more;
        product.available += more;
        let draft = Draft::new("stock.adjusted", who)
            .on(product.reference())
            .says(if words.ends_with("from") {
                format!("{words} {supplier}, {more} pieces")
            } else {
                format!("{words}, {more} pieces, note {note}")
            })
            .change("stock", json!(before), json!(product.recorded))
            .details(json!({ "supplier": supplier, "delivery_note": note, "pieces": more }));
        let must_show = !product.is_shown;
        self.put(draft);
        if must_show {
            let wait = self.seconds(300, 5_400);
            self.later(wait, super::world::Task::Work(World::show_what_is_back));
        }
    }

    /// A colleague counts a shelf and corrects the record.
    pub fn count_shelf(&mut self) {
        let at = self.some_product();
        let colleague = &STAFF[someone_for(Work::Warehouse, &mut self.dice)];
        let who = colleague.acts(&mut self.dice);
        let by = self.dice.between(-3, 2);
        let wrong = self.dice.chance(0.03);
        let product = &mut self.products[at];
        let by = by.max(-product.available).max(-product.recorded);
        let draft = Draft::new("stock.adjusted", who).on(product.reference());
        if wrong {
            let draft = draft
                .says("Count refused")
                .change("stock", json!(product.recorded), json!(-1))
                .failed("a stock of -1 is not possible; count again and enter 0 or more");
            self.put(draft);
            return;
        }
        let before = product.recorded;
        product.recorded += by;
        product.available += by;
        let words = match by {
            0 => "Counted, as on record",
            1.. => "Counted, more than on record",
            _ => "Counted, some are missing",
        };
        let draft = draft
            .says(words)
            .change("stock", json!(before), json!(product.recorded));
        self.put(draft);
    }

    /// What has no piece left is hidden.
    pub fn hide_sold_out(&mut self) {
        let sold_out = self
            .products
            .iter()
            .position(|p| p.available == 0 && p.is_shown && !p.is_deleted);
        let Some(at) = sold_out else { return };
        let product = &mut self.products[at];
        product.is_shown = false;
        let draft = Draft::new("product.hidden", SOLD_OUT.acts())
            .on(product.reference())
            .says(if product.garment.shelf.sizes() > 1 {
                "Out of stock in every size"
            } else {
                "Out of stock"
            })
            .change("is_shown", json!(true), json!(false))
            .by_rule(SOLD_OUT);
        self.put(draft);
    }

    /// What was hidden and has pieces again is shown.
    pub fn show_what_is_back(&mut self) {
        let back = self
            .products
            .iter()
            .position(|p| !p.is_shown && !p.is_deleted && p.available > 0);
        let Some(at) = back else { return };
        let who = self.someone(Work::Catalogue);
        let product = &mut self.products[at];
        product.is_shown = true;
        let draft = Draft::new("product.shown", who)
            .on(product.reference())
            .says("Visible in the store again")
            .change("is_shown", json!(false), json!(true));
        self.put(draft);
    }
}
