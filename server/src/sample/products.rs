//! What colleagues do to products: prices, texts, photos, making and hiding and deleting them.

use super::catalogue::{Product, amount, money, riyals};
use super::draft::{Draft, Rule, thing};
use super::garments::Shelf;
use super::people::Work;
use super::rhythm::short_date;
use super::world::{Task, World};
use chrono::TimeDelta;
use domain::Outcome;
use serde_json::{Value, json};

const MATCH_COMPETITOR: Rule = Rule {
    id: "r_match",
    name: "Match competitor",
};

impl World {
    /// An entry about a product by someone who keeps the catalogue.
    fn edits(&mut self, action: &str, at: usize) -> Draft {
        let who = self.someone(Work::Catalogue);
        Draft::new(action, who).on(self.products[at].reference())
    }

    /// A price changes; below cost it is refused.
    pub fn reprice(&mut self) {
        let at = self.some_product();
        let old = self.products[at].price;
        let cost = self.products[at].cost;
        let draft = self.edits("product.updated", at);
        if self.dice.chance(0.05) {
            let new = cost - 100 * self.dice.between(2, 20);
            let draft = draft
                .says("Price refused: below cost")
                .change("price", riyals(old), riyals(new))
                .failed(format!(
                    "{} is below the cost of {}; raise the price or allow a loss for this product",
                    money(new),
                    money(cost)
                ));
            self.put(draft);
            return;
        }
        let shift = self.dice.pick(&[-25, -20, -15, -10, -5, 5, 8, 10, 12]);
        let ending = self.dice.pick(&[0, 0, 0, 95, 50, 75]);
        let new = (old * (100 + shift) / 100 / 500 * 500 + ending).max((cost + 599) / 100 * 100);
        if new == old {
            return;
        }
        let product = &mut self.products[at];
        product.price = new;
        let before_sale = product.price_before_sale;
        let mut draft = draft.change("price", riyals(old), riyals(new));
        if shift <= -15 {
            product.price_before_sale = Some(old);
        } else if shift > 0 {
            product.price_before_sale = None;
        }
        if product.price_before_sale != before_sale {
            draft = draft.change(
                "compare_at_price",
                before_sale.map_or(Value::Null, amount),
                product.price_before_sale.map_or(Value::Null, amount),
            );
        }
        let words = if new < old {
            self.dice.pick(&[
                "Price lowered",
                "End of the colour",
                "Price for the weekend",
                "Lower price agreed with the maker",
            ])
        } else {
            self.dice.pick(&[
                "Price raised",
                "Yarn has become dearer",
                "Back to the price before the sale",
                "Customs included from now on",
            ])
        };
        self.put(draft.says(words));
    }

    /// A rule follows the price of another shop, or says why not.
    pub fn match_price(&mut self) {
        let at = self.some_product();
        let old = self.products[at].price;
        let floor = self.products[at].cost * 125 / 100;
        let theirs = old * self.dice.between(90, 103) / 100 / 100 * 100;
        let fires = theirs < old && theirs > floor;
        let trace = self.dice.hex();
        let product = self.products[at].reference();
        let draft = Draft::new("rule.evaluated", MATCH_COMPETITOR.acts())
            .on(product.clone())
            .says(if fires {
                format!("Fired: another shop asks {}", money(theirs))
            } else if theirs >= old {
                "Skipped: ours is the lowest price".to_owned()
            } else {
                format!("Skipped: {} leaves too little", money(theirs))
            })
            .by_rule(MATCH_COMPETITOR)
            .traced(&trace)
            .details(json!({
                "fired": fires,
                "because": [
                    { "condition": "their price < ours", "met": theirs < old, "value": amount(theirs) },
                    { "condition": "their price > cost + 25%", "met": theirs > floor, "value": amount(floor) },
                ],
            }));
        self.put(draft);
        if fires {
            self.products[at].price = theirs;
            let draft = Draft::new("product.updated", MATCH_COMPETITOR.acts())
                .on(product)
                .says("Follows the price of another shop")
                .change("price", riyals(old), riyals(theirs))
                .by_rule(MATCH_COMPETITOR)
                .traced(&trace);
            self.put(draft);
        }
    }

    /// The text is rewritten.
    pub fn rewrite_text(&mut self) {
        let at = self.some_product();
        let before = self.products[at].text();
        let (dice, product) = (&mut self.dice, &mut self.products[at]);
        if !product.write_sentence(dice) {
            return;
        }
        let after = product.text();
        let words = self.dice.pick(&[
            "Text revised",
            "Care label added",
            "Answers what customers ask most",
            "Text shortened",
            "Proofread",
        ]);
        let draft = self.edits("product.updated", at).says(words).change(
            "description",
            json!(before),
            json!(after),
        );
        self.put(draft);
    }

    /// Photos, weight, the title for search engines: what else changes on a product.
    pub fn touch_up(&mut self) {
        let at = self.some_product();
        let draft = self.edits("product.updated", at);
        let draft = match self.dice.weighted(&[5, 3, 3, 2]) {
            0 => {
                let photos = self.products[at].photos;
                if self.dice.chance(0.05) {
                    draft.says("Photo refused").failed(
                        "the picture is 41 MB; at most 20 MB are taken, as JPEG, PNG or WebP",
                    )
                } else if self.dice.chance(0.5) || photos > 8 {
                    let photo = self.dice.between(1, photos);
                    let (old, new) = (
                        self.dice.between(1_000, 4_999),
                        self.dice.between(5_000, 9_999),
                    );
                    draft.says(format!("Photo {photo} replaced")).change(
                        &format!("photos.{photo}"),
                        json!(format!("DSC_{old}.jpg")),
                        json!(format!("DSC_{new}.jpg")),
                    )
                } else {
                    self.products[at].photos += 1;
                    draft.says(format!("Photo {} added", photos + 1)).change(
                        "photo_count",
                        json!(photos),
                        json!(photos + 1),
                    )
                }
            }
            1 => {
                let grams = self.products[at].weight;
                let new = (grams + 10 * self.dice.between(-9, 9)).max(20);
                if new == grams {
                    return;
                }
                self.products[at].weight = new;
                draft
                    .says("Weighed again")
                    .change("weight_g", json!(grams), json!(new))
            }
            2 => {
                let name = self.products[at].name.clone();
                let tail = self
                    .dice
                    .pick(&["Riyadh", "made in Riyadh", "free returns"]);
                draft.says("Title and text for search engines").change(
                    "seo",
                    json!({ "title": name, "description": null, "index": true }),
                    json!({
                        "title": format!("{name} | Maison Noor, {tail}"),
                        "description": self.products[at].text.first(),
                        "index": true,
                    }),
                )
            }
            _ => {
                let sizes = sizes_of(self.products[at].garment.shelf);
                if sizes.len() < 2 {
                    return;
                }
                draft.says("Smallest size discontinued").change(
                    "sizes",
                    json!(sizes),
                    json!(&sizes[1..]),
                )
            }
        };
        // Changes of texts reach the shop after its cache says so.
        if self.dice.chance(0.04) && draft.0.error.is_none() {
            let wait = TimeDelta::minutes(self.dice.between(5, 300));
            let ends = if self.dice.chance(0.85) {
                (wait, Outcome::Success, None)
            } else {
                (
                    wait,
                    Outcome::Failed,
                    Some("the shop refused it: the product was edited there meanwhile (409)"),
                )
            };
            self.put_pending(draft.says("Waiting for the store to confirm"), ends);
            return;
        }
        self.put(draft);
    }

    /// A product is made.
    pub fn make_product(&mut self) {
        let number = self.products.len();
        let product = Product::cut(number, &mut self.dice);
        let sizes = product.garment.shelf.sizes();
        let words = match sizes {
            1 => format!("One size, {}", money(product.price)),
            n => format!("{n} sizes, {}", money(product.price)),
        };
        let shelf = product.garment.shelf.words().0;
        let details =
            json!({ "sku": product.sku, "shelf": shelf, "other_name": product.other_name });
        let price = product.price;
        self.products.push(product);
        let draft = self
            .edits("product.created", number)
            .says(words)
            .change("price", Value::Null, riyals(price))
            .details(details);
        self.put(draft);
        let wait = self.seconds(60, 1_200);
        self.later(wait, Task::Work(Self::write_first_metafield));
    }

    /// A product that was hidden for long, or sold out for good, is deleted.
    pub fn delete_product(&mut self) {
        let gone = self
            .products
            .iter()
            .rposition(|p| !p.is_deleted && !p.is_shown && p.available == 0);
        let at = gone.unwrap_or_else(|| self.some_product());
        if self.dice.chance(0.08) {
            let draft = self.edits("product.deleted", at).says("Deletion refused").failed(
                "2 open orders still contain this product; hide it instead or wait until they are delivered",
            );
            self.put(draft);
            return;
        }
        let draft = self.edits("product.deleted", at);
        let product = &mut self.products[at];
        product.is_deleted = true;
        product.is_shown = false;
        let words = self.dice.pick(&[
            "The maker has closed",
            "The colour won’t come back",
            "Double of another product",
            "Recalled: the dye was not fast",
        ]);
        self.put(draft.says(words));
    }

    /// A colleague hides a product, and shows it again later.
    pub fn hide_for_a_while(&mut self) {
        let at = self.some_product();
        if !self.products[at].is_shown {
            return;
        }
        let until = short_date(self.today + TimeDelta::days(self.dice.between(1, 6)));
        let words = match self.dice.below(3) {
            0 => format!("Hidden until {until}, new photos are being taken"),
            1 => "Hidden: a customer reports a loose button".to_owned(),
            _ => format!("Kept for the opening on {until}"),
        };
        let draft = self.edits("product.hidden", at).says(words).change(
            "is_shown",
            json!(true),
            json!(false),
        );
        self.products[at].is_shown = false;
        self.put(draft);
        let wait = TimeDelta::hours(self.dice.between(20, 90));
        let at = super::rhythm::Rhythm::Office.next(&mut self.dice, self.now + wait);
        self.at(at, Task::Work(Self::show_what_is_back));
    }

    /// A customer's review is let through.
    pub fn approve_review(&mut self) {
        let (at, customer) = (self.some_product(), self.some_customer());
        let (stars, words) = self.dice.pick(&[
            (5, "Lovely fabric, true to size"),
            (5, "القماش فاخر والخياطة متقنة"),
            (5, "Worth every riyal"),
            (5, "أجمل قطعة اشتريتها هذا العام"),
            (4, "الشحن سريع والتغليف أنيق"),
            (4, "Beautiful, runs a little large"),
            (3, "Colour a little darker than in the picture"),
            (3, "جميل لكن المقاس أصغر من المعتاد"),
            (2, "A seam came open after two weeks"),
        ]);
        let who = self.someone(Work::Service);
        let id = self.id("rev");
        let draft = Draft::new("review.approved", who)
            .on(self.products[at].reference())
            .says(format!("{stars} of 5: “{words}”"))
            .with(self.customers[customer].reference())
            .with(thing("review", &id, words))
            .details(json!({ "stars": stars }));
        self.put(draft);
    }
}

/// The sizes of what stands on a shelf.
fn sizes_of(shelf: Shelf) -> &'static [&'static str] {
    match shelf {
        Shelf::Shoes => &["36", "37", "38", "39", "40", "41", "42", "43"],
        Shelf::Abayas => &["50", "52", "54", "56", "58", "60"],
        Shelf::Children => &["4", "6", "8", "10", "12"],
        Shelf::Accessories | Shelf::Bags => &["One size"],
        _ => &["XS", "S", "M", "L", "XL", "XXL"],
    }
}
