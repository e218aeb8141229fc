//! Orders and customers of a selection, by number and id.

use super::{Picked, What, is_excepted};
use crate::customer::{rarest, words_after};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::export::Source;
use domain::view::CustomerRow;
use domain::{Known, MASK, StoreId, Words, fold, order};
use sea_orm::{ConnectionTrait, FromQueryResult};
use std::collections::HashMap;

/// How many customers are looked through for a few that words find, and how many of them at once.
const LOOKED_THROUGH: usize = 20_000;
const AT_ONCE: usize = 1_000;
/// How many words of a search are looked up in the index to begin with the rarest.
const MOST_WORDS: usize = 8;

const CUSTOMERS: &str = "SELECT c.id AS name, c.\"groups\" AS status, CAST(NULL AS TEXT) AS total, c.id AS customer, \
     c.name AS customer_name, c.email, c.phone FROM customer c WHERE c.store_id = ?";

/// What words are looked for in.
#[derive(FromQueryResult)]
struct Named {
    name: String,
    /// Of customers their groups.
    status: Option<String>,
    total: Option<String>,
    customer: Option<String>,
    customer_name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
}

#[derive(FromQueryResult)]
struct CustomerColumns {
    id: String,
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    groups: String,
}

impl Storage {
    /// The customers of some ids, in their order. A masked role sees that they are there.
    pub(crate) async fn customers_named(
        &self,
        on: &impl ConnectionTrait,
        scope: &Scope,
        ids: &[String],
    ) -> Result<Vec<CustomerRow>, Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut statement = sql(
            on.get_database_backend(),
            "SELECT id, name, email, phone, \"groups\" FROM customer WHERE store_id = ? AND id IN ",
            values![scope.store_id().0],
        );
        statement.list(ids.iter().cloned());
        let mut found: Vec<CustomerColumns> = statement.all(on).await?;
        found.sort_by_cached_key(|c| ids.iter().position(|id| *id == c.id));
        let is_masked = scope.role().is_masked();
        Ok(found.into_iter().map(|c| c.into_row(is_masked)).collect())
    }

    /// The numbers of the selected orders, or the ids of the selected customers, in the order of their list.
    pub(crate) async fn names_of(
        &self,
        on: &impl ConnectionTrait,
        scope: &Scope,
        picked: &Picked,
    ) -> Result<Vec<String>, Error> {
        let backend = on.get_database_backend();
        let is_masked = scope.role().is_masked();
        let mut statement = match picked.source {
            Source::Customers => sql(backend, CUSTOMERS, values![scope.store_id().0]),
            _ => sql(
                backend,
                "SELECT h.number AS name, s.status, s.total, s.customer_id AS customer, c.name AS customer_name, c.email, c.phone \
                 FROM order_thread h LEFT JOIN sales_order s ON s.store_id = h.store_id AND s.number = h.number \
                 LEFT JOIN customer c ON c.store_id = s.store_id AND c.id = s.customer_id WHERE h.store_id = ?",
                values![scope.store_id().0],
            ),
        };
        let is_of_orders = picked.source != Source::Customers;
        if is_of_orders && scope.role().reads_assigned_messages_only() {
            statement
                .push(" AND s.assigned_to = ")
                .bind(scope.assignee());
        }
        statement.push(match picked.source {
            Source::Customers => " ORDER BY c.name, c.id",
            _ if scope.reads_messages() => " ORDER BY h.sort_key DESC, h.number DESC",
            // Which wait for an answer, and when something was written about one, is not for them.
            _ => " ORDER BY COALESCE(s.placed_at, 0) DESC, h.number DESC",
        });
        let all: Vec<Named> = statement.all(on).await?;
        let folded = match &picked.what {
            What::Words(words) => fold(words),
            _ => String::new(),
        };
        let words = words_in(picked.source, &folded);
        Ok(all
            .into_iter()
            .filter(|named| match &picked.what {
                What::Names(names) => names.contains(&named.name),
                _ => named.matches(&words, picked.source, is_masked),
            })
            .map(|named| named.name)
            .filter(|name| !is_excepted(picked, name))
            .collect())
    }

    /// The ids of at most `most` customers in whom each word is found: who has the very words as id or address first, then
    /// who has a word that begins with the rarest of these, in the order of such words, among the first 20,000, then others
    /// by id, among the first 20,000.
    pub(crate) async fn some_customers(
        &self,
        on: &impl ConnectionTrait,
        scope: &Scope,
        words: &str,
        most: usize,
    ) -> Result<Vec<String>, Error> {
        let backend = on.get_database_backend();
        let (store, is_masked) = (scope.store_id().0, scope.role().is_masked());
        let mut found: Vec<String> = Vec::new();
        if !is_masked {
            let mut statement = sql(backend, CUSTOMERS, values![store]);
            statement
                .push(" AND (c.id = ")
                .bind(words)
                .push(" OR LOWER(c.email) = ")
                .bind(words.to_lowercase())
                .push(") ORDER BY c.id LIMIT ")
                .bind(most as i64);
            let exact: Vec<Named> = statement.all(on).await?;
            found.extend(exact.into_iter().map(|named| named.name));
        }
        let folded = fold(words);
        let words = words_in(Source::Customers, &folded);
        // The index is of what is hidden from a masked role.
        if !is_masked {
            let store = scope.store_id();
            find_by_index(on, store, &words, most, &mut found).await?;
        }
        let (mut after, mut looked) = (String::new(), 0);
        while found.len() < most && looked < LOOKED_THROUGH {
            let mut statement = sql(backend, CUSTOMERS, values![store]);
            statement
                .push(" AND c.id > ")
                .bind(after.clone())
                .push(" ORDER BY c.id LIMIT ")
                .bind(AT_ONCE as i64);
            let page: Vec<Named> = statement.all(on).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.name);
            looked += page.len();
            for named in page {
                let is_new = !found.contains(&named.name);
                if is_new && named.matches(&words, Source::Customers, is_masked) {
                    found.push(named.name);
                }
            }
        }
        found.truncate(most);
        Ok(found)
    }
}

/// Adds customers until there are `most`, along the index of what their words begin with.
async fn find_by_index(
    on: &impl ConnectionTrait,
    store: StoreId,
    words: &Words,
    most: usize,
    found: &mut Vec<String>,
) -> Result<(), Error> {
    let mut looked = 0;
    for mut reading in words.beginnings() {
        reading.truncate(MOST_WORDS);
        for beginning in rarest(on, store, reading, LOOKED_THROUGH).await? {
            let mut after = (beginning.clone(), String::new());
            while found.len() < most && looked < LOOKED_THROUGH {
                let page = words_after(on, store, &beginning, &after, AT_ONCE).await?;
                let Some(last) = page.last() else { break };
                after.clone_from(last);
                looked += page.len();
                let ids: Vec<String> = page.into_iter().map(|(_, id)| id).collect();
                let mut statement = sql(on.get_database_backend(), CUSTOMERS, values![store.0]);
                statement.push(" AND c.id IN ").list(ids.iter().cloned());
                let named: Vec<Named> = statement.all(on).await?;
                let known: HashMap<&str, &Named> = named
                    .iter()
                    .map(|named| (named.name.as_str(), named))
                    .collect();
                for id in ids {
                    let is_found = known
                        .get(id.as_str())
                        .is_some_and(|named| named.matches(words, Source::Customers, false));
                    if is_found && !found.contains(&id) {
                        found.push(id);
                    }
                }
            }
        }
    }
    Ok(())
}

/// The words of a search in a list, folded.
fn words_in(source: Source, folded: &str) -> Words {
    let words: Vec<&str> = match source {
        Source::Customers => folded.split(' ').filter(|word| !word.is_empty()).collect(),
        _ => order::words_of(folded),
    };
    Words::of(&words)
}

impl Named {
    /// Whether each word is found; a masked role doesn't find by what is hidden from it.
    fn matches(&self, words: &Words, source: Source, is_masked: bool) -> bool {
        let is_customer = source == Source::Customers;
        let phone = self.phone.as_deref();
        let known = Known {
            open: &[
                Some(self.name.as_str()).filter(|_| !is_customer),
                self.status.as_deref(),
                self.total.as_deref(),
            ],
            personal: &[
                self.customer.as_deref(),
                self.customer_name.as_deref(),
                self.email.as_deref(),
                // Among orders a few digits are looked for as an order's number.
                phone.filter(|_| is_customer),
            ],
            phone,
        };
        words.find(&known, is_masked)
    }
}

impl CustomerColumns {
    fn into_row(self, is_masked: bool) -> CustomerRow {
        let mask = |text: Option<String>| {
            if is_masked {
                text.map(|_| MASK.to_owned())
            } else {
                text
            }
        };
        CustomerRow {
            id: mask(Some(self.id)).unwrap_or_default(),
            name: mask(self.name),
            email: mask(self.email),
            phone: mask(self.phone),
            groups: serde_json::from_str(&self.groups).unwrap_or_default(),
        }
    }
}
