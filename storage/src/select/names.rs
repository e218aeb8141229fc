//! Orders and customers of a selection, by number and id.

use super::{Picked, What, is_excepted};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::export::Source;
use domain::view::CustomerRow;
use domain::{Known, MASK, Words, fold, order};
use sea_orm::{ConnectionTrait, FromQueryResult};

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
            Source::Customers => sql(
                backend,
                "SELECT c.id AS name, c.\"groups\" AS status, CAST(NULL AS TEXT) AS total, c.id AS customer, \
                 c.name AS customer_name, c.email, c.phone FROM customer c WHERE c.store_id = ?",
                values![scope.store_id().0],
            ),
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
        let words: Vec<&str> = match picked.source {
            Source::Customers => folded.split(' ').filter(|word| !word.is_empty()).collect(),
            _ => order::words_of(&folded),
        };
        let words = Words::of(&words);
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
