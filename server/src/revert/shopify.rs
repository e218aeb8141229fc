//! Shopify's GraphQL Admin API (<https://shopify.dev/docs/api/admin-graphql>).
//!
//! Products, orders and customers have tags, which `tagsAdd` and `tagsRemove` change item by item: what others did to
//! them stays. Metafields are compared and set in one step (`compareDigest`). For everything else Shopify has no such
//! step: the field is read and, if it holds what is expected, written at once; an edit within that moment is overwritten.
//! A batch that is seen again reads first too, so what was done before is found done.

mod graphql;
mod read;
mod throttle;
mod write;

pub(super) use throttle::Throttle;

use super::answer::until;
use super::value::Edit;
use super::{Undone, otherwise};
use domain::Said;
use domain::operation::place::shopify::{Part, Place, place_of, variant_of};
use domain::operation::target::{SHOPIFY_VERSION, Target};
use domain::same::{in_form_of, is_same};
use graphql::Graphql;
use read::Found;
use reqwest::{Client, Url};
use secrecy::SecretString;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use storage::{KnownField, RevertBatch, RevertItem, SeenField, Settled};
use tokio::time::Instant;
use write::VariantWrite;

/// A shop at Shopify.
pub(super) struct Shopify {
    graphql: Graphql,
}

/// An item with what the shop holds, to be written.
struct ToWrite<'b> {
    item: &'b RevertItem,
    place: &'b Place,
    node: Value,
}

impl Shopify {
    /// The shop of a target.
    ///
    /// # Errors
    /// When its address is none.
    pub(super) fn new(
        client: Client,
        target: &Target,
        token: SecretString,
        throttle: Arc<Throttle>,
    ) -> Result<Self, String> {
        let version = target.version.as_deref().unwrap_or(SHOPIFY_VERSION);
        let url = format!("{}/admin/api/{version}/graphql.json", target.address);
        let url = Url::parse(&url).map_err(|_| "its address is none".to_owned())?;
        Ok(Self {
            graphql: Graphql {
                client,
                url,
                token,
                throttle,
            },
        })
    }

    /// What fields hold now, in their order; in words which can't be read.
    pub(super) async fn read(
        &self,
        fields: &[KnownField],
    ) -> Result<Vec<Result<SeenField, String>>, Undone> {
        let places: Vec<Result<Place, String>> = fields
            .iter()
            .map(|known| place_of(&known.subject, &known.field))
            .collect();
        let wanted: Vec<&Place> = places.iter().flatten().collect();
        let mut found = self.find(&wanted).await?.into_iter();
        let seen = places.iter().zip(fields).map(|(place, known)| {
            let place = place.as_ref().map_err(Clone::clone)?;
            match found.next() {
                Some(Found::Node(node)) => {
                    let value = place.part.value_in(&node)?;
                    Ok(SeenField::Holds(in_form_of(
                        &known.field,
                        &known.value,
                        value,
                    )))
                }
                Some(Found::Unknown(why)) => Err(why),
                Some(Found::Gone) | None => Ok(SeenField::Gone),
            }
        });
        Ok(seen.collect())
    }

    /// Writes a batch and says what became of each item that was come to.
    pub(super) async fn apply(&self, batch: &RevertBatch) -> Result<Vec<(u64, Settled)>, Undone> {
        let until = until();
        let mut settled = Vec::with_capacity(batch.items.len());
        let mut placed = Vec::with_capacity(batch.items.len());
        for item in &batch.items {
            match place_of(&item.subject, &item.field) {
                Ok(place) => placed.push((item, place)),
                Err(why) => settled.push((item.place, Settled::Failed(why))),
            }
        }
        let wanted: Vec<&Place> = placed.iter().map(|(_, place)| place).collect();
        let found = self.find(&wanted).await?;
        let mut writes = Vec::new();
        for ((item, place), found) in placed.iter().zip(found) {
            match found {
                Found::Gone => settled.push((item.place, Settled::Failed(Said::ThingGone.into()))),
                Found::Unknown(why) => settled.push((item.place, Settled::Failed(why))),
                Found::Node(node) => match compared(item, place, &node) {
                    Some(already) => settled.push((item.place, already)),
                    None => writes.push(ToWrite { item, place, node }),
                },
            }
        }
        match self.write(&writes, until, &mut settled).await {
            // What was done is settled; the rest comes again.
            Err(undone) if settled.is_empty() => Err(undone),
            _ => Ok(settled),
        }
    }

    async fn write(
        &self,
        writes: &[ToWrite<'_>],
        until: Instant,
        settled: &mut Vec<(u64, Settled)>,
    ) -> Result<(), Undone> {
        let mut of_products: BTreeMap<String, Vec<VariantWrite<'_>>> = BTreeMap::new();
        for write in writes {
            let (item, id) = (write.item, write.place.id.as_str());
            let written = match &write.place.part {
                Part::Variant(field) => {
                    let (field, to) = (*field, &item.to);
                    let write = VariantWrite {
                        place: item.place,
                        node: &write.node,
                        field,
                        to,
                    };
                    let product = write.product().to_owned();
                    of_products.entry(product).or_default().push(write);
                    continue;
                }
                _ if Instant::now() >= until => return Ok(()),
                Part::Tags => {
                    settled.push((item.place, self.merge_tags(item, id, &write.node).await?));
                    continue;
                }
                Part::Product(field) => self.write_product(id, field, &item.to).await?,
                Part::Cost => self.write_cost(&write.node, &item.to).await?,
                Part::Metafield { namespace, key } => {
                    self.write_metafield(&write.node, (namespace, key), &item.to)
                        .await?
                }
            };
            settled.push((item.place, written.map_or(Settled::Done, Settled::Failed)));
        }
        for writes in of_products.values() {
            if Instant::now() >= until {
                return Ok(());
            }
            for (place, written) in self.write_variants(writes).await? {
                settled.push((place, written.map_or(Settled::Done, Settled::Failed)));
            }
        }
        Ok(())
    }

    async fn merge_tags(
        &self,
        item: &RevertItem,
        id: &str,
        node: &Value,
    ) -> Result<Settled, Undone> {
        let (Some(edit), Some(tags)) =
            (Edit::between(&item.now, &item.to), node["tags"].as_array())
        else {
            return Ok(Settled::Failed("tags are told as a list".to_owned()));
        };
        let left = edit.left_on(tags);
        let written = self.write_tags(id, &left.add, &left.remove).await?;
        Ok(written.map_or_else(|| merged(&edit, tags, item), Settled::Failed))
    }
}

/// What needs no writing: it is done already, or it may not be done.
fn compared(item: &RevertItem, place: &Place, node: &Value) -> Option<Settled> {
    let holds = match place.part.value_in(node) {
        Ok(value) => value,
        Err(why) => return Some(Settled::Failed(why)),
    };
    if matches!(place.part, Part::Variant(_)) && variant_of(node).is_err() {
        return Some(Settled::Failed(Said::ThingGone.into()));
    }
    if let (Part::Tags, Some(edit), Some(tags)) = (
        &place.part,
        Edit::between(&item.now, &item.to),
        holds.as_array(),
    ) {
        let is_done = edit.left_on(tags).is_done();
        return is_done.then(|| merged(&edit, tags, item));
    }
    let field = item.field.as_str();
    if is_same(field, &in_form_of(field, &item.to, holds.clone()), &item.to) {
        return Some(Settled::Done);
    }
    let holds = in_form_of(field, &item.now, holds);
    (!is_same(field, &holds, &item.now)).then(|| otherwise(holds))
}

/// A list that was changed by what comes and goes.
fn merged(edit: &Edit, list: &[Value], item: &RevertItem) -> Settled {
    let after = Value::Array(edit.done_on(list));
    if is_same(&item.field, &after, &item.to) {
        return Settled::Done;
    }
    Settled::Merged {
        before: edit.undone_on(&edit.done_on(list)).into(),
        after,
    }
}
