//! WooCommerce's REST API, version 3 (<https://woocommerce.github.io/woocommerce-rest-api-docs/>): products and
//! variations, a hundred to a call.
//!
//! It knows no step that compares and writes at once: what is to be written is read first and, if it holds what is
//! expected, written at once; an edit within that moment is overwritten. A batch that is seen again reads first too.

mod rest;

use super::answer::until;
use super::value::Edit;
use super::{Undone, otherwise};
use domain::Said;
use domain::operation::place::woocommerce::{Part, Place, names, place_of};
use domain::operation::target::Target;
use domain::same::{in_form_of, is_same};
use reqwest::{Client, Url};
use rest::{Rest, Trouble, words_of};
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use storage::{KnownField, RevertBatch, RevertItem, SeenField, Settled};
use tokio::time::Instant;

/// How many objects a call brings or takes at most: WooCommerce's own limit.
const AT_ONCE: usize = 100;

/// A shop that runs WooCommerce.
pub(super) struct Woocommerce {
    rest: Rest,
}

/// What one object is sent, and for which items.
struct Update<'b> {
    sent: Map<String, Value>,
    items: Vec<(&'b RevertItem, Settled)>,
}

type Updates<'b> = BTreeMap<(Option<u64>, u64), Update<'b>>;

impl Woocommerce {
    /// The shop of a target.
    ///
    /// # Errors
    /// When its address is none.
    pub(super) fn new(
        client: Client,
        target: &Target,
        secret: SecretString,
    ) -> Result<Self, String> {
        let base = format!("{}/wp-json/wc/v3/", target.address);
        let base = Url::parse(&base).map_err(|_| "its address is none".to_owned())?;
        let key = target.key.clone().unwrap_or_default();
        Ok(Self {
            rest: Rest {
                client,
                base,
                key,
                secret,
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
        let found = self.find(&wanted).await?;
        let seen = places.iter().zip(fields).map(|(place, known)| {
            let place = place.as_ref().map_err(Clone::clone)?;
            Ok(match found.get(&(place.parent, place.id)) {
                Some(object) => {
                    let value = place.part.value_in(object);
                    SeenField::Holds(in_form_of(&known.field, &known.value, value))
                }
                None => SeenField::Gone,
            })
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
        let mut tags = HashMap::new();
        let mut updates = Updates::new();
        for (item, place) in &placed {
            let key = (place.parent, place.id);
            let Some(object) = found.get(&key) else {
                settled.push((item.place, Settled::Failed(Said::ThingGone.into())));
                continue;
            };
            match self.change(item, place, object, &mut tags).await {
                Ok(Change::None(already)) => settled.push((item.place, already)),
                Ok(Change::Write(field, value, then)) => {
                    let update = updates.entry(key).or_insert_with(|| Update {
                        sent: Map::from_iter([("id".to_owned(), json!(place.id))]),
                        items: Vec::new(),
                    });
                    put(&mut update.sent, field, value);
                    update.items.push((item, then));
                }
                Err(_) if !settled.is_empty() => return Ok(settled),
                Err(undone) => return Err(undone),
            }
        }
        match self.write(updates, until, &mut settled).await {
            // What was done is settled; the rest comes again.
            Err(undone) if settled.is_empty() => Err(undone),
            _ => Ok(settled),
        }
    }

    /// What is there of these places, by number.
    async fn find(&self, places: &[&Place]) -> Result<HashMap<(Option<u64>, u64), Value>, Undone> {
        let mut of_parents: BTreeMap<Option<u64>, BTreeSet<u64>> = BTreeMap::new();
        for place in places {
            of_parents.entry(place.parent).or_default().insert(place.id);
        }
        let mut found = HashMap::new();
        for (parent, ids) in of_parents {
            let path = path_of(parent);
            let ids: Vec<u64> = ids.into_iter().collect();
            for ids in ids.chunks(AT_ONCE) {
                let include = ids.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
                let query = [
                    ("include", include.as_str()),
                    ("per_page", "100"),
                    ("status", "any"),
                ];
                let list = match self.rest.list(&path, &query).await {
                    Ok(list) => list,
                    // The product of these variations is gone, and they with it.
                    Err(Trouble::Refused { code, data, .. })
                        if parent.is_some() && data["status"] == 404 && is_of_product(&code) =>
                    {
                        Vec::new()
                    }
                    Err(Trouble::Refused { words, .. }) => return Err(Undone::Later(words, None)),
                    Err(Trouble::Undone(undone)) => return Err(undone),
                };
                for object in list {
                    if let Some(id) = object["id"].as_u64() {
                        found.insert((parent, id), object);
                    }
                }
            }
        }
        Ok(found)
    }

    /// What is to be sent for an item, if it is to be written at all.
    async fn change(
        &self,
        item: &RevertItem,
        place: &Place,
        object: &Value,
        tags: &mut HashMap<String, u64>,
    ) -> Result<Change, Undone> {
        if let (Part::Tags, Some(edit)) = (&place.part, Edit::between(&item.now, &item.to)) {
            return self.change_tags(item, &edit, object, tags).await;
        }
        let holds = place.part.value_in(object);
        let field = item.field.as_str();
        if is_same(field, &in_form_of(field, &item.to, holds.clone()), &item.to) {
            return Ok(Change::None(Settled::Done));
        }
        let holds = in_form_of(field, &item.now, holds);
        if !is_same(field, &holds, &item.now) {
            return Ok(Change::None(otherwise(holds)));
        }
        Ok(match place.part.sent(&item.to, object) {
            Some((field, value)) => Change::Write(field, value, Settled::Done),
            None => Change::None(Settled::Failed("tags are told as a list".to_owned())),
        })
    }

    async fn change_tags(
        &self,
        item: &RevertItem,
        edit: &Edit,
        object: &Value,
        known: &mut HashMap<String, u64>,
    ) -> Result<Change, Undone> {
        let list = names(object);
        let after = edit.done_on(&list);
        let then = if is_same(&item.field, &json!(after), &item.to) {
            Settled::Done
        } else {
            Settled::Merged {
                before: edit.undone_on(&after).into(),
                after: json!(after),
            }
        };
        if edit.left_on(&list).is_done() {
            return Ok(Change::None(then));
        }
        let held = object["tags"].as_array().map_or(&[][..], Vec::as_slice);
        let mut sent = Vec::with_capacity(after.len());
        for name in &after {
            let id = match held.iter().find(|tag| tag["name"] == *name) {
                Some(tag) => tag["id"].as_u64(),
                None => match self.tag(name.as_str().unwrap_or_default(), known).await {
                    Ok(id) => Some(id),
                    Err(Trouble::Refused { words, .. }) => {
                        return Ok(Change::None(Settled::Failed(words)));
                    }
                    Err(Trouble::Undone(undone)) => return Err(undone),
                },
            };
            sent.push(json!({ "id": id }));
        }
        Ok(Change::Write("tags", sent.into(), then))
    }

    /// The number of a tag, which is made when there is none of that name.
    async fn tag(&self, name: &str, known: &mut HashMap<String, u64>) -> Result<u64, Trouble> {
        if let Some(id) = known.get(name) {
            return Ok(*id);
        }
        let found = self
            .rest
            .list("products/tags", &[("search", name), ("per_page", "100")])
            .await?;
        let found = found.iter().find(|tag| tag["name"] == name);
        let id = match found.and_then(|tag| tag["id"].as_u64()) {
            Some(id) => Some(id),
            None => match self
                .rest
                .post("products/tags", &json!({ "name": name }))
                .await
            {
                Ok(made) => made["id"].as_u64(),
                // Somebody was faster, or it is spelled with other capitals there.
                Err(Trouble::Refused { data, .. }) if data["resource_id"].is_u64() => {
                    data["resource_id"].as_u64()
                }
                Err(trouble) => return Err(trouble),
            },
        };
        let id =
            id.ok_or_else(|| Undone::Later("WooCommerce gave a tag no number".to_owned(), None))?;
        known.insert(name.to_owned(), id);
        Ok(id)
    }

    async fn write(
        &self,
        updates: Updates<'_>,
        until: Instant,
        settled: &mut Vec<(u64, Settled)>,
    ) -> Result<(), Undone> {
        let mut of_parents: BTreeMap<Option<u64>, Vec<Update<'_>>> = BTreeMap::new();
        for ((parent, _), update) in updates {
            of_parents.entry(parent).or_default().push(update);
        }
        for (parent, mut updates) in of_parents {
            let path = format!("{}/batch", path_of(parent));
            while !updates.is_empty() {
                if Instant::now() >= until {
                    return Ok(());
                }
                let some: Vec<Update<'_>> = updates.drain(..updates.len().min(AT_ONCE)).collect();
                let sent: Vec<&Map<String, Value>> =
                    some.iter().map(|update| &update.sent).collect();
                let answers = match self.rest.post(&path, &json!({ "update": sent })).await {
                    Ok(answer) => answer["update"].clone(),
                    Err(Trouble::Refused { words, .. }) => {
                        let items = some.iter().flat_map(|update| &update.items);
                        settled
                            .extend(items.map(|(i, _)| (i.place, Settled::Failed(words.clone()))));
                        continue;
                    }
                    Err(Trouble::Undone(undone)) => return Err(undone),
                };
                for update in some {
                    settled.extend(answered(update, &answers));
                }
            }
        }
        Ok(())
    }
}

enum Change {
    /// Nothing is sent: it came to this.
    None(Settled),
    /// This field is sent with this value; once it is taken the item came to this.
    Write(&'static str, Value, Settled),
}

/// Whether an error says that there is no such product; any other 404 says something about the shop's interface.
fn is_of_product(code: &str) -> bool {
    code.starts_with("woocommerce_rest_product") && code.ends_with("_invalid_id")
}

fn path_of(parent: Option<u64>) -> String {
    parent.map_or_else(
        || "products".to_owned(),
        |id| format!("products/{id}/variations"),
    )
}

/// Puts a field among those sent; entries of `meta_data` stand beside each other.
fn put(sent: &mut Map<String, Value>, field: &str, value: Value) {
    match (sent.get_mut(field), value) {
        (Some(Value::Array(there)), Value::Array(more)) if field == "meta_data" => {
            there.extend(more)
        }
        (_, value) => {
            sent.insert(field.to_owned(), value);
        }
    }
}

/// What an answer says of an object's items; nothing when it says nothing of the object.
fn answered(update: Update<'_>, answers: &Value) -> Vec<(u64, Settled)> {
    let answers = answers.as_array().map_or(&[][..], Vec::as_slice);
    let Some(answer) = answers
        .iter()
        .find(|answer| answer["id"] == update.sent["id"])
    else {
        return Vec::new();
    };
    let error = answer.get("error").filter(|error| !error.is_null());
    let items = update.items.into_iter().map(|(item, then)| {
        let settled = match error {
            Some(error) if error["data"]["status"] == 404 => {
                Settled::Failed(Said::ThingGone.into())
            }
            Some(error) => Settled::Failed(words_of(error)),
            None => then,
        };
        (item.place, settled)
    });
    items.collect()
}
