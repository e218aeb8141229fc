//! Keeping the records in order: tags, own fields, costs, cleaning, expenses.

use super::catalogue::{TAGS, amount, money};
use super::draft::{Draft, Rule, thing};
use super::people::{BOOKKEEPING, Work, store};
use super::world::World;
use chrono::TimeDelta;
use domain::{Outcome, Reference};
use serde_json::{Value, json};

/// Money that the shop spent.
#[derive(Debug, Clone)]
pub(super) struct Expense {
    id: String,
    name: String,
    halalas: i64,
}

impl Expense {
    fn reference(&self) -> Reference {
        thing("expense", &self.id, &self.name)
    }
}

const BEST_SELLER: Rule = Rule {
    id: "r_best_seller",
    name: "Tag best sellers",
};

impl World {
    /// A tag is put on a product or taken off it.
    pub fn tag_product(&mut self) {
        let at = self.some_product();
        let tag = self.dice.pick(TAGS);
        let by_rule = tag == "best-seller";
        let who = if by_rule {
            BEST_SELLER.acts()
        } else {
            self.someone(Work::Catalogue)
        };
        let product = &mut self.products[at];
        let before = product.tags();
        let words = if product.tags.contains(&tag) {
            product.drop_tag(tag);
            format!("Without {tag}")
        } else {
            product.put_tag(tag);
            format!("Tagged {tag}")
        };
        let mut draft = Draft::new("tag.applied", who)
            .on(product.reference())
            .says(words)
            .change("tags", before, product.tags());
        if by_rule {
            draft = draft.by_rule(BEST_SELLER);
        }
        self.put(draft);
    }

    /// A customer or an order gets a tag.
    pub fn tag_other(&mut self) {
        let who = self.someone(Work::Service);
        if self.dice.chance(0.5) && !self.orders.is_empty() {
            let nth = self.dice.below(self.orders.len());
            let tag = self
                .dice
                .pick(&["gift", "call-first", "fragile", "press-loan"]);
            if let Some(order) = self.orders.values().nth(nth) {
                let draft = Draft::new("tag.applied", who)
                    .on(order.reference())
                    .says(format!("Tagged {tag}"))
                    .change("tags", json!([]), json!([tag]));
                self.put(draft);
            }
            return;
        }
        let at = self.some_customer();
        let tag = self.dice.pick(&[
            "prefers-arabic",
            "tall",
            "bridal",
            "pays-cash",
            "influencer",
        ]);
        let draft = Draft::new("tag.applied", who)
            .on(self.customers[at].reference())
            .says(format!("Tagged {tag}"))
            .change("tags", json!(["customer"]), json!(["customer", tag]));
        self.put(draft);
    }

    /// Tags that mean the same become one.
    pub fn clean_up_tags(&mut self) {
        let (wrong, right) = self.dice.pick(&[
            ("Winter", "winter"),
            ("new in", "new-in"),
            ("GIFT", "gift"),
            ("staffpick", "staff-pick"),
            ("bestseller", "best-seller"),
            ("عيد", "eid-edit"),
        ]);
        let at = self.some_product();
        let who = self.someone(Work::Catalogue);
        let product = &mut self.products[at];
        let mut before: Vec<&str> = product.tags.clone();
        before.retain(|t| *t != right);
        before.push(wrong);
        product.put_tag(right);
        let draft = Draft::new("tag.cleaned_up", who)
            .on(product.reference())
            .says(format!("“{wrong}” is now “{right}”"))
            .change("tags", json!(before), product.tags());
        self.put(draft);
    }

    /// The first own fields of the newest product.
    pub fn write_first_metafield(&mut self) {
        let Some(product) = self.products.last() else {
            return;
        };
        let (reference, other) = (product.reference(), product.other_name.clone());
        let who = self.someone(Work::Catalogue);
        let draft = Draft::new("metafield.created", who)
            .on(reference)
            .says("Name in the other language")
            .change("metafields.other_name", Value::Null, json!(other));
        self.put(draft);
    }

    /// An own field of a product is filled or corrected.
    pub fn write_metafield(&mut self) {
        let at = self.some_product();
        let who = self.someone(Work::Catalogue);
        let is_new = self.dice.chance(0.4);
        let is_worn = self.products[at].garment.shelf.is_worn();
        let draft = Draft::new(
            if is_new {
                "metafield.created"
            } else {
                "metafield.updated"
            },
            who,
        )
        .on(self.products[at].reference());
        let (field, before, after, words) = match self.dice.below(if is_worn { 4 } else { 2 }) {
            1 => (
                "metafields.care",
                json!({ "wipe": "damp cloth", "wash": 30, "tumble": false }),
                json!({ "wipe": "damp cloth", "wash": false, "tumble": false, "professional": true }),
                "Care as the maker advises",
            ),
            0 => (
                "metafields.origin",
                json!("Italy"),
                json!(
                    self.dice
                        .pick(&["Saudi Arabia", "Morocco", "Türkiye", "Portugal"])
                ),
                "Country of origin",
            ),
            2 => (
                "metafields.model",
                json!({ "height_cm": 172, "wears": "S" }),
                json!({ "height_cm": 174, "wears": "M" }),
                "Height of the model",
            ),
            _ => (
                "metafields.fit_notes",
                json!("Relaxed."),
                json!("Relaxed, shoulders dropped by 2 cm."),
                "Notes on the fit",
            ),
        };
        if self.dice.chance(0.02) {
            let draft = draft
                .says("Field refused")
                .change(field, before, json!("n/a"))
                .failed("“n/a” does not have the form of this field; leave it empty instead");
            self.put(draft);
            return;
        }
        let before = if is_new { Value::Null } else { before };
        self.put(draft.says(words).change(field, before, after));
    }

    /// What a product costs the shop changes.
    pub fn change_cost(&mut self) {
        let at = self.some_product();
        let who = if self.dice.chance(0.35) {
            BOOKKEEPING.acts()
        } else {
            self.someone(Work::Finance)
        };
        let by = self.dice.pick(&[93, 95, 97, 102, 104, 106]);
        let words = self.dice.pick(&[
            "New price list of the maker",
            "Freight by sea instead of air",
            "Customs at 5%",
            "Exchange rate of the euro",
        ]);
        let product = &mut self.products[at];
        let before = product.cost;
        let floor = product.price * 85 / 100;
        product.cost = (before * by / 100).min(floor);
        let draft = Draft::new("cogs.updated", who)
            .on(product.reference())
            .says(words)
            .change("cost", amount(before), amount(product.cost));
        self.put(draft);
    }

    /// Records that were wrong or double are put right.
    pub fn clean_data(&mut self) {
        let (at, other) = (self.some_customer(), self.some_customer());
        let customer = self.customers[at].reference();
        let by_machine = self.dice.chance(0.5);
        let who = if by_machine {
            store()
        } else {
            self.someone(Work::Service)
        };
        let draft = Draft::new("data.cleaned_up", who);
        let number = self.dice.between(3, 240);
        let draft = match self.dice.below(4) {
            0 if at != other => draft
                .on(customer)
                .says("Two records of one person merged")
                .with(self.customers[other].reference())
                .change(
                    "merged_from",
                    Value::Null,
                    json!([self.customers[other].id]),
                ),
            1 => draft
                .on(thing("cart", "carts", "Carts"))
                .says(format!("{number} carts older than 60 days emptied")),
            2 => draft
                .on(customer)
                .says("Spaces around the name removed")
                .change(
                    "name",
                    json!(format!(" {} ", self.customers[at].name)),
                    json!(self.customers[at].name),
                ),
            _ => draft
                .on(thing("address", "addresses", "Addresses"))
                .says(format!(
                    "District of {number} addresses filled from the national address"
                )),
        };
        if self.dice.chance(0.04) {
            let draft = draft.says("Not cleaned up").failed(self.dice.pick(&[
                "someone is editing these records; tried again in an hour",
                "the service for national addresses answered 429, too many calls; goes on in an hour",
            ]));
            self.put(draft);
            return;
        }
        self.put(draft);
    }

    /// Money was spent; large sums wait for approval.
    pub fn record_expense(&mut self) {
        let (name, low, high) = self.dice.pick(&[
            ("Courier, monthly bill", 9_000, 21_000),
            ("Photographs of the new pieces", 1_800, 6_500),
            ("Boxes and tissue paper", 600, 2_900),
            ("Rent, Olaya street", 18_500, 18_500),
            ("Electricity, shop and store", 900, 2_100),
            ("Advertising on Snapchat", 1_500, 9_800),
            ("تصميم واجهة المحل", 2_200, 7_400),
            ("Alterations, tailor", 150, 900),
            ("Flowers for the opening", 120, 480),
            ("Cleaning, both floors", 700, 1_100),
        ]);
        let halalas = self.dice.between(low, high) * 100 + self.dice.pick(&[0, 0, 50, 25, 75]);
        let expense = Expense {
            id: self.id("ex"),
            name: name.to_owned(),
            halalas,
        };
        let who = self.someone(Work::Finance);
        let receipt = self.dice.between(1_000, 9_999);
        let draft = Draft::new("expense.recorded", who)
            .on(expense.reference())
            .change("amount", Value::Null, amount(halalas))
            .details(json!({ "receipt": format!("R-{receipt}"), "vat_percent": 15 }));
        let is_large = halalas > 600_000;
        self.expenses.push(expense);
        if !is_large {
            self.put(draft.says(format!("{} with receipt", money(halalas))));
            return;
        }
        let wait = TimeDelta::hours(self.dice.between(3, 120));
        let ends = if self.dice.chance(0.9) {
            (wait, Outcome::Success, None)
        } else {
            (
                wait,
                Outcome::Failed,
                Some("not approved: the receipt does not show the tax number"),
            )
        };
        self.put_pending(
            draft.says(format!("{}, waiting for approval", money(halalas))),
            ends,
        );
    }

    /// An expense was typed wrong, or twice.
    pub fn correct_expense(&mut self) {
        if self.expenses.len() < 4 {
            return;
        }
        let at = self.dice.below(self.expenses.len());
        let who = self.someone(Work::Finance);
        if self.dice.chance(0.3) {
            let expense = self.expenses.remove(at);
            let draft = Draft::new("expense.deleted", who)
                .on(expense.reference())
                .says("Was recorded twice")
                .change("amount", amount(expense.halalas), Value::Null);
            self.put(draft);
            return;
        }
        let by = self.dice.between(-900, 900) * 10;
        let expense = &mut self.expenses[at];
        let before = expense.halalas;
        expense.halalas = (before + by).max(1_000);
        let draft = Draft::new("expense.updated", who)
            .on(expense.reference())
            .says("Amount as on the receipt")
            .change("amount", amount(before), amount(expense.halalas));
        self.put(draft);
    }
}
