//! Everything about one customer.

use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::message::{Channel, MessageClause, MessageFilter, MessageTest};
use domain::view::CustomerPage;
use domain::{Clause, Filter, MASK, Pattern, Permission, Test, fold};
use sea_orm::FromQueryResult;

/// How many messages and how many entries of a customer are shown, the newest.
const EACH: u32 = 100;

#[derive(FromQueryResult)]
struct Columns {
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    groups: String,
}

impl Storage {
    /// Orders, messages and activities of a customer. None when there is none, or the role reads no customers.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn customer_page(
        &self,
        scope: &Scope,
        id: &str,
    ) -> Result<Option<CustomerPage>, Error> {
        if !scope.role().may(Permission::ReadOrders) {
            return Ok(None);
        }
        let text =
            "SELECT name, email, phone, \"groups\" FROM customer WHERE store_id = ? AND id = ?";
        let found: Option<Columns> = sql(
            self.readers().get_database_backend(),
            text,
            values![scope.store_id().0, id],
        )
        .one(self.readers())
        .await?;
        let Some(found) = found else { return Ok(None) };
        // A masked role can't find by a customer; it sees the customer's orders, whose numbers are open.
        let is_masked = scope.role().is_masked();
        let (messages, activities) = if is_masked {
            (Vec::new(), Vec::new())
        } else {
            let by_customer = MessageFilter {
                clauses: vec![MessageClause {
                    is_negated: false,
                    test: MessageTest::Term("customer", vec![Pattern::exact(id)]),
                }],
            };
            let about = Filter {
                clauses: vec![Clause {
                    is_negated: false,
                    test: Test::About(vec![Pattern {
                        text: format!("customer/{}", fold(id)),
                        is_prefix: false,
                    }]),
                }],
            };
            (
                self.newest_messages(scope, &by_customer, EACH).await?.rows,
                self.newest_activities(scope, &about, EACH).await?.rows,
            )
        };
        let opt_outs = if is_masked {
            Vec::new()
        } else {
            let email = found.email.as_deref().map(|email| (Channel::Email, email));
            let phone = found.phone.as_deref();
            let texts = [Channel::Sms, Channel::Whatsapp]
                .into_iter()
                .filter_map(|channel| Some((channel, phone?)));
            let addresses: Vec<(Channel, &str)> = email.into_iter().chain(texts).collect();
            self.opt_outs_of(scope, &addresses).await?
        };
        let mask = |text: Option<String>| {
            if is_masked {
                text.map(|_| MASK.to_owned())
            } else {
                text
            }
        };
        Ok(Some(CustomerPage {
            id: if is_masked {
                MASK.to_owned()
            } else {
                id.to_owned()
            },
            name: mask(found.name),
            email: mask(found.email),
            phone: mask(found.phone),
            groups: serde_json::from_str(&found.groups).unwrap_or_default(),
            orders: self.orders_of(scope, id).await?,
            messages,
            activities,
            opt_outs,
        }))
    }
}
