//! Orders and customers of a selection, by number and id.

use super::{Picked, What, is_excepted};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::export::Source;
use domain::view::CustomerRow;
use domain::{MASK, fold};
use sea_orm::{ConnectionTrait, FromQueryResult};

/// What words are looked for in.
#[derive(FromQueryResult)]
struct Named {
    name: String,
    first: Option<String>,
    second: Option<String>,
    third: Option<String>,
    fourth: Option<String>,
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
                "SELECT c.id AS name, c.name AS first, c.email AS second, c.phone AS third, c.\"groups\" AS fourth \
                 FROM customer c WHERE c.store_id = ?",
                values![scope.store_id().0],
            ),
            _ => sql(
                backend,
                "SELECT h.number AS name, s.status AS first, s.total AS second, c.name AS third, c.id AS fourth \
                 FROM order_thread h LEFT JOIN sales_order s ON s.store_id = h.store_id AND s.number = h.number \
                 LEFT JOIN customer c ON c.store_id = s.store_id AND c.id = s.customer_id WHERE h.store_id = ?",
                values![scope.store_id().0],
            ),
        };
        if picked.source == Source::Threads && scope.role().reads_assigned_messages_only() {
            statement
                .push(" AND s.assigned_to = ")
                .bind(scope.assignee());
        }
        statement.push(match picked.source {
            Source::Customers => " ORDER BY c.name, c.id",
            _ => " ORDER BY h.sort_key DESC, h.number DESC",
        });
        let all: Vec<Named> = statement.all(on).await?;
        let words = match &picked.what {
            What::Words(words) => fold(words),
            _ => String::new(),
        };
        let words: Vec<&str> = words.split(' ').filter(|word| !word.is_empty()).collect();
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
    fn matches(&self, words: &[&str], source: Source, is_masked: bool) -> bool {
        let open = match source {
            Source::Customers => vec![self.fourth.as_deref()],
            _ => vec![
                Some(self.name.as_str()),
                self.first.as_deref(),
                self.second.as_deref(),
            ],
        };
        let personal = match source {
            Source::Customers => vec![
                Some(self.name.as_str()),
                self.first.as_deref(),
                self.second.as_deref(),
                self.third.as_deref(),
            ],
            _ => vec![self.third.as_deref(), self.fourth.as_deref()],
        };
        let seen: Vec<String> = open
            .into_iter()
            .chain(personal.into_iter().filter(|_| !is_masked))
            .flatten()
            .map(fold)
            .collect();
        words
            .iter()
            .all(|word| seen.iter().any(|text| text.contains(word)))
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
