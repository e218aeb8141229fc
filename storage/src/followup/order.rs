//! What is known of the orders and customers that rules look at, write of and assign.

use crate::log::zone;
use crate::record::Effect;
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::followup::{Concerned, Filling, FollowupRule};
use domain::{Activity, Code, OrderUpsert, Problem, Said};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, FromQueryResult};

/// What is known of an order, of a store and number.
const KNOWN: &str = "SELECT customer_id, status, total, currency, placed_at, assigned_to, items, updated_seq FROM sales_order \
                     WHERE store_id = ? AND number = ?";

#[derive(Clone, PartialEq, Eq, FromQueryResult)]
pub(super) struct OrderColumns {
    pub(super) customer_id: Option<String>,
    status: Option<String>,
    total: Option<String>,
    currency: Option<String>,
    placed_at: Option<i64>,
    assigned_to: Option<String>,
    items: Option<String>,
    updated_seq: i64,
}

impl Storage {
    pub(super) async fn order_columns(
        &self,
        scope: &Scope,
        number: &str,
    ) -> Result<Option<OrderColumns>, Error> {
        sql(self.backend(), KNOWN, values![scope.store_id().0, number])
            .one(self.readers())
            .await
    }

    /// What conditions may ask of an order and of a customer: the one named, else the order's.
    pub(super) async fn concerned(
        &self,
        scope: &Scope,
        order: Option<&OrderColumns>,
        customer: Option<&str>,
    ) -> Result<Concerned, Error> {
        let ordered_by = order.and_then(|order| order.customer_id.as_deref());
        let customer_groups = match customer.or(ordered_by) {
            Some(id) => self.groups_of(scope, id).await?,
            None => None,
        };
        Ok(Concerned {
            order_status: order.and_then(|order| order.status.clone()),
            order_total: order.and_then(|order| order.total.clone()),
            currency: order.and_then(|order| order.currency.clone()),
            customer_groups,
        })
    }

    /// The same by an order's number, as far as a rule asks for it.
    pub(super) async fn concerned_by(
        &self,
        scope: &Scope,
        rule: &FollowupRule,
        number: Option<&str>,
        customer: Option<&str>,
    ) -> Result<Concerned, Error> {
        if !rule.asks_of_concerned() {
            return Ok(Concerned::default());
        }
        let order = match number {
            Some(number) => self.order_columns(scope, number).await?,
            None => None,
        };
        self.concerned(scope, order.as_ref(), customer).await
    }

    /// The groups of a customer who is known.
    pub(super) async fn groups_of(
        &self,
        scope: &Scope,
        id: &str,
    ) -> Result<Option<Vec<String>>, Error> {
        let text = "SELECT \"groups\" FROM customer WHERE store_id = ? AND id = ?";
        let row = sql(self.backend(), text, values![scope.store_id().0, id])
            .row(self.readers())
            .await?;
        let groups: Option<String> = row.map(|row| row.try_get_by_index(0)).transpose()?;
        Ok(groups.map(|groups| serde_json::from_str(&groups).unwrap_or_default()))
    }
}

impl OrderColumns {
    /// What the places of a template are filled with.
    pub(super) fn filling(&self, scope: &Scope, number: &str, customer: Option<String>) -> Filling {
        let total = [self.total.as_ref(), self.currency.as_ref()];
        let total = total.into_iter().flatten().cloned().collect::<Vec<_>>();
        Filling {
            customer: customer.unwrap_or_default(),
            order: number.to_owned(),
            status: self.status.clone().unwrap_or_default(),
            total: self
                .total
                .as_ref()
                .map(|_| total.join(" "))
                .unwrap_or_default(),
            store: scope.store().name.clone(),
        }
    }

    /// That nothing became of the order since this was read: written back whole, it would undo that. An erasure of its
    /// customer is told by no number, so all of it is compared.
    pub(super) fn unless_overtaken(&self, scope: &Scope, number: &str) -> Effect {
        let (store, number, read) = (scope.store_id().0, number.to_owned(), self.clone());
        Effect::new(move |transaction: &DatabaseTransaction| {
            let (number, read) = (number.clone(), read.clone());
            Box::pin(async move {
                let backend = transaction.get_database_backend();
                let values = values![store, number.clone()];
                let now: Option<Self> = sql(backend, KNOWN, values).one(transaction).await?;
                if now.as_ref() == Some(&read) {
                    Ok(())
                } else {
                    let overtaken = Said::OrderOvertaken { number };
                    Err(Problem::new(Code::Conflict, overtaken).into())
                }
            })
        })
    }

    pub(super) fn upsert(&self) -> OrderUpsert {
        OrderUpsert {
            customer_id: self.customer_id.clone(),
            status: self.status.clone(),
            total: self.total.clone(),
            currency: self.currency.clone(),
            placed_at: self.placed_at.map(zone::time_of),
            assigned_to: self.assigned_to.clone(),
            items: self
                .items
                .as_deref()
                .map(crate::message::items_of)
                .unwrap_or_default(),
        }
    }
}

/// The customer that an event names, if any.
pub(super) fn customer_of(activity: &Activity) -> Option<&str> {
    let mut things = activity.subject.iter().chain(&activity.related);
    let customer = things.find(|thing| thing.kind == "customer");
    customer.map(|customer| customer.id.as_str())
}
