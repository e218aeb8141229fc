//! What is known of the orders and customers that rules look at, write of and assign.

use crate::log::zone;
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::followup::{Concerned, Filling, FollowupRule};
use domain::{Activity, OrderUpsert};
use sea_orm::FromQueryResult;

#[derive(FromQueryResult)]
pub(super) struct OrderColumns {
    pub(super) customer_id: Option<String>,
    status: Option<String>,
    total: Option<String>,
    currency: Option<String>,
    placed_at: Option<i64>,
    assigned_to: Option<String>,
    items: Option<String>,
}

impl Storage {
    pub(super) async fn order_columns(
        &self,
        scope: &Scope,
        number: &str,
    ) -> Result<Option<OrderColumns>, Error> {
        let text = "SELECT customer_id, status, total, currency, placed_at, assigned_to, items FROM sales_order WHERE store_id = ? AND number = ?";
        sql(self.backend(), text, values![scope.store_id().0, number])
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
