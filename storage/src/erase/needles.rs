//! What somebody is found by: all addresses and numbers that were ever told of them, and what they are called.

use super::row::damaged;
use super::watched::Person;
use super::work::Cause;
use crate::select::Skips;
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::message::phone_digits;
use domain::{Direction, fold};
use sea_orm::FromQueryResult;
use serde_json::Value;

/// A shorter text is not looked for: it would find others.
const SHORTEST: usize = 5;
/// How much of the ledger is looked through together.
const STRETCH: i64 = 50_000;

#[derive(FromQueryResult)]
struct Customer {
    email: Option<String>,
    phone: Option<String>,
}

impl Storage {
    /// The addresses and numbers of a customer, today's and those of earlier records; none when nothing is known of them.
    pub(super) async fn needles_of(
        &self,
        scope: &Scope,
        customer: &str,
    ) -> Result<Option<Vec<String>>, Error> {
        let backend = self.readers().get_database_backend();
        let text = "SELECT email, phone FROM customer WHERE store_id = ? AND id = ?";
        let found: Option<Customer> = sql(backend, text, values![scope.store_id().0, customer])
            .one(self.readers())
            .await?;
        let is_known = found.is_some();
        let mut told: Vec<String> = found
            .into_iter()
            .flat_map(|c| [c.email, c.phone])
            .flatten()
            .chain(self.typed_phone(scope, customer).await?)
            .collect();
        // A record replaces the one before; what was sent to an earlier address is theirs all the same.
        for (_, body) in self.records_of(scope, customer, false, None).await? {
            for place in ["/customer/email", "/customer/phone"] {
                let earlier = body.pointer(place).and_then(Value::as_str);
                if let Some(earlier) = earlier.filter(|text| !told.iter().any(|t| t == text))
                    && !self.is_of_another(scope, customer, earlier).await?
                {
                    told.push(earlier.to_owned());
                }
            }
        }
        let mut needles: Vec<String> = Vec::new();
        for known in told {
            for needle in phone_digits(&known)
                .into_iter()
                .chain([known.trim().to_owned()])
            {
                if needle.chars().count() >= SHORTEST && !needles.contains(&needle) {
                    needles.push(needle);
                }
            }
        }
        if is_known || !needles.is_empty() {
            return Ok(Some(needles));
        }
        // Somebody may be talked about without having been told of.
        if self.is_in_items(scope, customer).await? {
            return Ok(Some(needles));
        }
        let person = Person::new(customer, &needles, None);
        for way in self.ways(scope, &person).await? {
            let picked = way.picked();
            let on = self.readers().into();
            let part = picked
                .part(on, scope, &Skips::none(), None, Direction::Newest, 1)
                .await?;
            if !part.keys.is_empty() {
                return Ok(Some(needles));
            }
        }
        Ok(None)
    }

    /// A customer's number as the shop told it last: entries hold it so, while what is kept of the customer has its country.
    async fn typed_phone(&self, scope: &Scope, customer: &str) -> Result<Option<String>, Error> {
        let text = "SELECT value FROM field_value WHERE store_id = ? AND subject_type = ? AND subject_id = ? AND field = ?";
        let values = values![scope.store_id().0, "customer", customer, "phone"];
        let row = sql(self.readers().get_database_backend(), text, values)
            .row(self.readers())
            .await?;
        let value: Option<String> = row.map(|row| row.try_get_by_index(0)).transpose()?;
        let value: Option<Value> = value.and_then(|text| serde_json::from_str(&text).ok());
        Ok(value.and_then(|value| value.as_str().map(str::to_owned)))
    }

    /// Whether an earlier address or number has become another customer's: what stands under it may be theirs.
    async fn is_of_another(
        &self,
        scope: &Scope,
        customer: &str,
        told: &str,
    ) -> Result<bool, Error> {
        let text = "SELECT 1 FROM customer WHERE store_id = ? AND id <> ? AND (LOWER(email) = LOWER(?) OR phone = ?) LIMIT 1";
        let values = values![scope.store_id().0, customer, told, told];
        let found = sql(self.readers().get_database_backend(), text, values)
            .row(self.readers())
            .await?;
        Ok(found.is_some())
    }

    /// What a customer is called, when it has two words or more: one is shared by too many.
    pub(super) async fn full_name_of(
        &self,
        scope: &Scope,
        customer: &str,
    ) -> Result<Option<String>, Error> {
        let text = "SELECT name FROM customer WHERE store_id = ? AND id = ?";
        let values = values![scope.store_id().0, customer];
        let row = sql(self.readers().get_database_backend(), text, values)
            .row(self.readers())
            .await?;
        let name: Option<String> = row.map_or(Ok(None), |row| row.try_get_by_index(0))?;
        Ok(name.filter(|name| fold(name).contains(' ')))
    }

    /// The ledger's records of a customer, with their numbers; `with_orders`: those of orders that name them too.
    /// `cause`: the erasure whose lease is renewed meanwhile.
    pub(super) async fn records_of(
        &self,
        scope: &Scope,
        customer: &str,
        with_orders: bool,
        cause: Option<&Cause>,
    ) -> Result<Vec<(i64, Value)>, Error> {
        let also = if with_orders { "order" } else { "customer" };
        let text = "SELECT l.seq, l.kind, p.body FROM ledger l JOIN payload p ON p.seq = l.seq \
                    WHERE l.seq > ? AND l.seq <= ? AND l.store_id = ? AND l.kind IN ('customer', ?)";
        let size = self.ledger_size().await?;
        let mut found = Vec::new();
        let mut after = 0_i64;
        while after < size {
            if let Some(cause) = cause {
                self.renew_lease(cause).await?;
            }
            let to = size.min(after + STRETCH);
            let values = values![after, to, scope.store_id().0, also];
            for row in sql(self.readers().get_database_backend(), text, values)
                .rows(self.readers())
                .await?
            {
                let kind: String = row.try_get_by_index(1)?;
                let body: Value =
                    serde_json::from_str(&row.try_get_by_index::<String>(2)?).map_err(damaged)?;
                let named = if kind == "customer" {
                    body.pointer("/id")
                } else {
                    body.pointer("/order/customer_id")
                };
                if named.and_then(Value::as_str) == Some(customer) {
                    found.push((row.try_get_by_index(0)?, body));
                }
            }
            after = to;
        }
        Ok(found)
    }
}
