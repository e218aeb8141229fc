//! What a bulk operation does to one product or one customer.

use super::catalogue::{amount, riyals};
use super::draft::Draft;
use super::operations::{Kind, Operation};
use super::people::Who;
use super::world::World;
use serde_json::{Value, json};

impl World {
    /// What the operation makes of an item; nothing if the item is gone.
    pub fn change_item(&mut self, operation: &mut Operation, item: usize) -> Option<Draft> {
        let who = operation.who.clone();
        let fails = self.dice.chance(0.008);
        let by = self.dice.between(-2, 1);
        if let Kind::Phones | Kind::Group(_) = operation.kind {
            return Some(self.change_customer(operation.kind, item, who, fails));
        }
        let product = &mut self.products[item];
        if product.is_deleted {
            return None;
        }
        let reference = product.reference();
        let draft = match operation.kind {
            Kind::Sale(percent) => {
                let old = product.price;
                let new = old * (100 - percent) / 100 / 100 * 100;
                let draft =
                    Draft::new("product.updated", who).change("price", riyals(old), riyals(new));
                if new <= product.cost || fails {
                    draft.says("Unchanged").failed("price below cost, refused")
                } else {
                    product.price = new;
                    let struck = product.price_before_sale.replace(old);
                    operation.before.push((item, old));
                    let tags = product.tags();
                    product.put_tag("sale");
                    draft
                        .says(format!("{percent}% less and tagged sale"))
                        .change(
                            "compare_at_price",
                            struck.map_or(Value::Null, amount),
                            amount(old),
                        )
                        .change("tags", tags, product.tags())
                }
            }
            Kind::Restore => {
                let (_, old) = *operation.before.iter().find(|(at, _)| *at == item)?;
                let (now, tags) = (product.price, product.tags());
                product.price = old;
                let struck = product.price_before_sale.take();
                product.drop_tag("sale");
                Draft::new("product.updated", who)
                    .says("Back to the price before")
                    .change(
                        "compare_at_price",
                        struck.map_or(Value::Null, amount),
                        Value::Null,
                    )
                    .change("price", riyals(now), riyals(old))
                    .change("tags", tags, product.tags())
            }
            Kind::Tag(tag) => {
                let tags = product.tags();
                product.put_tag(tag);
                Draft::new("tag.bulk_updated", who)
                    .says(format!("Tagged {tag}"))
                    .change("tags", tags, product.tags())
            }
            Kind::CleanTags => {
                let mut tags = product.tags.clone();
                tags.push("Winter ");
                product.put_tag("winter");
                Draft::new("tag.cleaned_up", who)
                    .says("“Winter ” is now “winter”")
                    .change("tags", json!(tags), product.tags())
            }
            Kind::Metafield => Draft::new("metafield.updated", who)
                .says("Care label as data")
                .change(
                    "metafields.care",
                    json!("30°, do not tumble dry"),
                    json!({ "wash": 30, "tumble": false, "iron": "low" }),
                ),
            Kind::Costs => {
                let before = product.cost;
                product.cost = (before * 103 / 100).min(product.price * 85 / 100);
                Draft::new("cogs.updated", who)
                    .says("Price list of the new season")
                    .change("cost", amount(before), amount(product.cost))
            }
            Kind::Count => {
                let by = by.max(-product.available).max(-product.recorded);
                let before = product.recorded;
                product.recorded += by;
                product.available += by;
                Draft::new("stock.adjusted", who)
                    .says(if by == 0 {
                        "Counted, as on record"
                    } else {
                        "Counted, corrected"
                    })
                    .change("stock", json!(before), json!(product.recorded))
            }
            Kind::Publish => Draft::new("product.updated", who)
                .says("Waiting for the marketplace to confirm")
                .change(
                    "marketplace.pictures",
                    json!(product.photos - 1),
                    json!(product.photos),
                ),
            Kind::Phones | Kind::Group(_) => return None,
        };
        Some(draft.on(reference))
    }

    fn change_customer(&mut self, kind: Kind, item: usize, who: Who, fails: bool) -> Draft {
        let customer = &mut self.customers[item];
        if let Kind::Group(group) = kind {
            let before = json!(customer.groups);
            if !customer.groups.contains(&group) {
                customer.groups.push(group);
            }
            return Draft::new("customer.added_to_group", who)
                .on(customer.reference())
                .says(format!("Joins {group}"))
                .change("groups", before, json!(customer.groups));
        }
        let local: String = customer
            .phone
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        let local = format!("0{}", &local[local.len().saturating_sub(9)..]);
        let draft = Draft::new("data.cleaned_up", who).on(customer.reference());
        if fails {
            return draft
                .says("Number left as it is")
                .change("phone", json!(local), json!(null))
                .failed("two digits too few; ask the customer");
        }
        draft.says("Number in international form").change(
            "phone",
            json!(local),
            json!(customer.phone),
        )
    }
}
