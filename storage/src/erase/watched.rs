//! Security events and calls that name somebody.
//!
//! A call's ledger entry holds the digests of up to 500 calls and no more. When one of them goes, the whole entry loses
//! its content, for a digest without its salt could be guessed at, and the others are recorded anew.

use super::work::Cause;
use super::{forget_payloads, ranges_of};
use crate::export::begun_anew;
use crate::log::uuid_of;
use crate::record::watch::entry_of;
use crate::record::{Effect, Record};
use crate::select::{Picked, What};
use crate::sql::{sql, values};
use crate::watch::{Entry, Log, selected};
use crate::{Error, Scope, Storage};
use domain::entry::{EntryFacts, EntryFilter};
use domain::export::{Selection, Source};
use domain::request::RequestEntry;
use domain::{ActorType, fold};
use sea_orm::ConnectionTrait as _;
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};
use uuid::Uuid;

/// How many entries are read at once.
const CHUNK: usize = 1_000;
/// An id that is shorter is only looked for where it is said to be a customer's.
const TELLING: usize = 4;
/// From so many characters on a number alone is, too.
const LONG: usize = 10;

/// An entry that names somebody.
struct Named {
    seq: i64,
    id: Uuid,
    facts: EntryFacts,
}

impl Storage {
    /// Erases the security events and calls that name a customer, and the files that hold them. Returns how many
    /// entries and how many files went.
    pub(super) async fn erase_watched(
        &self,
        cause: &Cause,
        scope: &Scope,
        person: &Person<'_>,
    ) -> Result<(u64, u64), Error> {
        let (mut entries, mut files) = (0, 0);
        for (source, log) in [
            (Source::Security, Log::Security),
            (Source::Requests, Log::Requests),
        ] {
            let named = self.naming(cause, scope, source, log, person).await?;
            if named.is_empty() {
                continue;
            }
            entries += named.len() as u64;
            // Which files hold them isn't known afterwards, should this stop in between.
            files += self.drop_files_with(scope, log, &named).await?;
            match log {
                Log::Security => self.erase_events(cause, scope, &named).await?,
                Log::Requests => self.erase_calls(cause, scope, &named).await?,
            }
            // Those that were finished meanwhile.
            files += self.drop_files_with(scope, log, &named).await?;
        }
        Ok((entries, files))
    }

    /// The entries of a log that name somebody.
    async fn naming(
        &self,
        cause: &Cause,
        scope: &Scope,
        source: Source,
        log: Log,
        person: &Person<'_>,
    ) -> Result<Vec<Named>, Error> {
        let filter = EntryFilter::default();
        let all = Picked {
            source,
            what: What::Watch(log, filter.clone()),
            up_to: i64::MAX,
            except: Vec::new(),
        };
        let mut named = Vec::new();
        let mut after = None;
        loop {
            self.renew_lease(cause).await?;
            let on = self.readers();
            let part = selected(on, scope, &all, (log, &filter), after, CHUNK).await?;
            after = part.next;
            for found in part.found {
                let (kept, actor) = match &found.entry {
                    Entry::Security(event) => (serde_json::to_value(event), &event.actor),
                    Entry::Request(entry) => (serde_json::to_value(entry), &entry.actor),
                };
                let kept = kept.map_err(super::row::damaged)?;
                let is_by = actor.kind == ActorType::Customer
                    && actor.id.as_deref() == Some(person.customer);
                let is_called = match &found.entry {
                    Entry::Request(call) => person.is_called_in(call),
                    Entry::Security(_) => false,
                };
                if is_by || is_called || person.is_named_in(&kept) {
                    named.push(Named {
                        seq: found.seq.0,
                        id: found.id,
                        facts: found.facts,
                    });
                }
            }
            if after.is_none() {
                return Ok(named);
            }
        }
    }

    /// Deletes the files of exports that hold any of some entries.
    async fn drop_files_with(
        &self,
        scope: &Scope,
        log: Log,
        named: &[Named],
    ) -> Result<u64, Error> {
        let mut dropped = 0;
        for (id, picked) in self.exports_with_files(scope.store()).await? {
            let holds = match &picked.what {
                What::Watch(of, filter) if *of == log => named
                    .iter()
                    .any(|n| n.seq <= picked.up_to && filter.matches(&n.facts, false)),
                _ => false,
            };
            if holds {
                self.erase_file(scope.store_id(), id).await?;
                dropped += 1;
            }
        }
        Ok(dropped)
    }

    async fn erase_events(
        &self,
        cause: &Cause,
        scope: &Scope,
        named: &[Named],
    ) -> Result<(), Error> {
        for chunk in named.chunks(super::work::CHUNK) {
            let seqs: Vec<i64> = chunk.iter().map(|n| n.seq).collect();
            let (id, erased) = (cause.id, ranges_of(seqs.clone()));
            let effect = Effect::new(move |transaction| {
                let seqs = seqs.clone();
                Box::pin(async move {
                    let backend = transaction.get_database_backend();
                    let text = "DELETE FROM security_event WHERE seq IN ";
                    let mut delete = sql(backend, text, []);
                    delete.list(seqs.iter().copied());
                    delete.execute(transaction).await?;
                    forget_payloads(transaction, id, &seqs, false).await
                })
            });
            let records = vec![erasure(cause, erased)];
            let effects = self.with_those_being_made(cause, Source::Security, effect);
            self.recorder()
                .write(scope.store_id(), String::new(), records, effects, None)
                .await?;
        }
        Ok(())
    }

    /// Erases calls, one ledger entry of calls after the other.
    async fn erase_calls(
        &self,
        cause: &Cause,
        scope: &Scope,
        named: &[Named],
    ) -> Result<(), Error> {
        let mut batches: BTreeMap<i64, HashSet<Uuid>> = BTreeMap::new();
        for n in named {
            batches.entry(n.seq).or_default().insert(n.id);
        }
        let backend = self.readers().get_database_backend();
        for (seq, gone) in batches {
            let text = "SELECT id, body FROM request_entry WHERE seq = ? ORDER BY order_key";
            let rows = sql(backend, text, values![seq])
                .rows(self.readers())
                .await?;
            let mut left = Vec::with_capacity(rows.len());
            for row in rows {
                if !gone.contains(&uuid_of(&row.try_get_by_index::<Vec<u8>>(0)?)?) {
                    left.push(entry_of(&row.try_get_by_index::<String>(1)?)?);
                }
            }
            let id = cause.id;
            let effect = Effect::new(move |transaction| {
                Box::pin(async move {
                    let backend = transaction.get_database_backend();
                    let text = "DELETE FROM request_entry WHERE seq = ?";
                    sql(backend, text, values![seq])
                        .execute(transaction)
                        .await?;
                    forget_payloads(transaction, id, &[seq], false).await
                })
            });
            let mut records = vec![erasure(cause, vec![(seq, seq)])];
            if !left.is_empty() {
                records.push(Record::Requests(left));
            }
            let effects = self.with_those_being_made(cause, Source::Requests, effect);
            self.recorder()
                .write(scope.store_id(), String::new(), records, effects, None)
                .await?;
        }
        Ok(())
    }

    /// What erases entries of a log, with its exports that are being made, which begin anew, and the lease.
    fn with_those_being_made(&self, cause: &Cause, log: Source, erase: Effect) -> Vec<Effect> {
        let anew = begun_anew(cause.store.id, vec![log], Vec::new());
        vec![erase, anew, self.renewed_lease(cause)]
    }
}

fn erasure(cause: &Cause, erased: Vec<(i64, i64)>) -> Record {
    Record::Erasure {
        erased,
        reason: cause.reason.clone(),
        by: cause.by.clone(),
        details: cause.details.clone(),
    }
}

/// Somebody who is looked for.
pub(super) struct Person<'a> {
    pub(super) customer: &'a str,
    /// Their addresses and numbers.
    pub(super) needles: &'a [String],
    /// Their id, folded.
    id: String,
    /// Their addresses and numbers, folded.
    addresses: Vec<String>,
    /// Their full name, folded: two words or more.
    name: Option<String>,
}

/// A text folded: as it stands, and as paths and queries encode it, with a plus for itself and for a space.
fn forms(text: &str) -> [String; 3] {
    let plain = |text: &str| {
        let plain = percent_encoding::percent_decode_str(text);
        fold(&plain.decode_utf8_lossy())
    };
    [fold(text), plain(text), plain(&text.replace('+', " "))]
}

impl<'a> Person<'a> {
    /// `needles`: their addresses and numbers; `name`: their full name, of two words or more.
    pub(super) fn new(customer: &'a str, needles: &'a [String], name: Option<&str>) -> Self {
        Self {
            customer,
            needles,
            id: fold(customer),
            addresses: needles.iter().map(|needle| fold(needle)).collect(),
            name: name.map(fold),
        }
    }

    /// Whether an entry names them: by an address or number anywhere, by their id where it is said to be a customer's,
    /// and anywhere as a word of its own when it is telling.
    fn is_named_in(&self, kept: &Value) -> bool {
        let mut texts = Vec::new();
        let is_referred_to = self.is_referred_to(kept, &mut texts);
        is_referred_to || texts.iter().any(|text| self.is_named_by(text))
    }

    /// Whether a call's path, query or body holds their full name. Elsewhere it may be the name of who called.
    fn is_called_in(&self, call: &RequestEntry) -> bool {
        let texts = [Some(&call.path), call.query.as_ref(), call.body.as_ref()];
        texts.into_iter().flatten().any(|text| {
            let mut texts = Vec::new();
            self.is_referred_to(&Value::String(text.clone()), &mut texts);
            texts
                .iter()
                .any(|text| forms(text).iter().any(|text| self.has_name(text)))
        })
    }

    /// Whether a text, also one that is JSON, names them: by an address, number or id as an entry does, and if
    /// `counts_name` by their full name.
    pub(super) fn is_told_of_in(&self, text: &str, counts_name: bool) -> bool {
        let mut texts = Vec::new();
        let is_referred_to = self.is_referred_to(&Value::String(text.to_owned()), &mut texts);
        is_referred_to
            || texts.iter().any(|text| {
                forms(text).iter().any(|text| {
                    self.has_address(text)
                        || self.has_id(text)
                        || (counts_name && self.has_name(text))
                })
            })
    }

    /// Whether a shop's word about a customer is about them: its own id is theirs.
    pub(super) fn is_subject_of(&self, body: &str) -> bool {
        serde_json::from_str::<Value>(body)
            .is_ok_and(|told| told.get("id").is_some_and(|id| self.is_their_id(id)))
    }

    /// Shops tell ids as numbers too.
    fn is_their_id(&self, id: &Value) -> bool {
        match id {
            Value::String(text) => text == self.customer,
            Value::Number(number) => number.to_string() == self.customer,
            _ => false,
        }
    }

    /// Whether a selection names them as one of the customers that were picked or left out.
    pub(super) fn is_picked_in(&self, selection: &Selection) -> bool {
        let (Selection::Ids { source, ids }
        | Selection::Matching {
            source,
            except: ids,
            ..
        }) = selection;
        *source == Source::Customers && ids.iter().any(|id| id == self.customer)
    }

    /// Whether a reference in `value` is to them. Collects the texts on its way, also those in a text that is JSON.
    fn is_referred_to(&self, value: &Value, texts: &mut Vec<String>) -> bool {
        match value {
            Value::String(text) => {
                texts.push(text.clone());
                matches!(text.as_bytes().first(), Some(b'{' | b'['))
                    && serde_json::from_str::<Value>(text)
                        .is_ok_and(|inner| self.is_referred_to(&inner, texts))
            }
            // All are looked at, whatever the first says: their texts are gathered on the way.
            Value::Array(items) => {
                let mut is = false;
                for item in items {
                    is |= self.is_referred_to(item, texts);
                }
                is
            }
            Value::Object(fields) => {
                let text_of = |name: &str| fields.get(name).and_then(Value::as_str);
                let kind = text_of("type").or_else(|| text_of("kind"));
                let is_them = |id: &Value| self.is_their_id(id);
                let mut is = (kind == Some("customer") && fields.get("id").is_some_and(is_them))
                    || fields.get("customer").is_some_and(|customer| {
                        is_them(customer) || customer.get("id").is_some_and(is_them)
                    })
                    || fields.get("customer_id").is_some_and(is_them);
                for value in fields.values() {
                    is |= self.is_referred_to(value, texts);
                }
                is
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }

    fn is_named_by(&self, text: &str) -> bool {
        forms(text)
            .iter()
            .any(|text| self.has_address(text) || self.has_id(text))
    }

    fn has_address(&self, text: &str) -> bool {
        self.addresses
            .iter()
            .any(|address| text.contains(address.as_str()))
    }

    /// Whether their full name stands in a folded text, as words of its own.
    fn has_name(&self, text: &str) -> bool {
        let Some(name) = self.name.as_deref() else {
            return false;
        };
        text.match_indices(name).any(|(at, found)| {
            let (before, after) = (&text[..at], &text[at + found.len()..]);
            !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric)
        })
    }

    fn has_id(&self, text: &str) -> bool {
        let id = self.id.as_str();
        // A long number tells as much as a word; a short one is an amount or an hour.
        let count = id.chars().count();
        let is_telling =
            count >= LONG || count >= TELLING && id.chars().any(|c| !c.is_ascii_digit());
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        text.match_indices(id).any(|(at, found)| {
            let (before, after) = (&text[..at], &text[at + found.len()..]);
            let is_word = !before.ends_with(is_part) && !after.starts_with(is_part);
            let said = before.trim_end_matches(['/', ':', '=', '"', ' ']);
            let is_said = said.len() < before.len()
                && ["customer", "customers", "customer_id"]
                    .iter()
                    .any(|word| said.ends_with(word));
            is_word && (is_telling || is_said)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn somebody_is_named_by_address_reference_and_id() {
        let needles = ["noura.q@mail.example".to_owned(), "966551234567".to_owned()];
        let noura = Person::new("c_71", &needles, None);
        for kept in [
            json!({"path": "/api/v1/customers/c_71"}),
            json!({"query": "q=about%3Acustomer%2Fc_71"}),
            json!({"query": "q=Noura.Q%40mail.example"}),
            json!({"account": "NOURA.Q@MAIL.EXAMPLE"}),
            json!({"body": "{\"to\": [{\"address\": \"+966551234567\"}]}"}),
            json!({"subject": {"type": "customer", "id": "c_71"}}),
            json!({"body": "{\"customer\": {\"id\": \"c_71\"}}"}),
        ] {
            assert!(noura.is_named_in(&kept), "{kept}");
        }
        for kept in [
            json!({"path": "/api/v1/customers/c_711"}),
            json!({"path": "/api/v1/customers/xc_71"}),
            json!({"subject": {"type": "customer", "id": "c_72"}}),
        ] {
            assert!(!noura.is_named_in(&kept), "{kept}");
        }
    }

    #[test]
    fn a_full_name_is_found_as_words_in_any_encoding() {
        let huda = Person::new("c_81", &[], Some("Huda Faris"));
        for text in [
            "Huda Faris",
            "q=Huda%20Faris",
            "q=to%3A%22huda+FARIS%22&limit=5",
            "{\"name\":\"\\u0048uda  Faris\"}",
            "{\"note\": broken, Huda Faris",
        ] {
            assert!(huda.is_told_of_in(text, true), "{text}");
            assert!(!huda.is_told_of_in(text, false), "{text}");
        }
        for text in ["q=Huda", "q=Huda%20Farisi", "Mahuda Faris", "Faris, Huda"] {
            assert!(!huda.is_told_of_in(text, true), "{text}");
        }
        for text in ["{broken c_81", "{\"customer\": {\"id\": \"c_81\"}}"] {
            assert!(huda.is_told_of_in(text, false), "{text}");
        }
    }

    #[test]
    fn a_short_id_is_only_found_where_it_is_a_customers() {
        let seven = Person::new("7", &[], None);
        for kept in [
            json!({"path": "/customers/7"}),
            json!({"query": "about:customer/7"}),
            json!({"body": "{\"customer_id\": \"7\"}"}),
            json!({"viewed": [{"type": "customer", "id": "7"}]}),
            json!({"viewed": [{"type": "customer", "id": 7}]}),
            json!({"body": "{\"customer\": {\"id\": 7}}"}),
            json!({"body": "{\"order\": {\"customer_id\": 7}}"}),
        ] {
            assert!(seven.is_named_in(&kept), "{kept}");
        }
        for kept in [
            json!({"path": "/orders/7"}),
            json!({"count": 7, "query": "page=7"}),
            json!({"body": "{\"id\": 7, \"customer\": {\"id\": 77, \"orders\": 7}}"}),
            json!({"path": "/customers/77"}),
        ] {
            assert!(!seven.is_named_in(&kept), "{kept}");
        }
    }
}
