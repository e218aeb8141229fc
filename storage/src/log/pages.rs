//! Which of the things that an entry names have a page of their own.

use super::uuid_of;
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::view::ActivityDetail;
use domain::{MASK, MessageId, Permission};

impl Storage {
    /// Type and id of what an entry is about or names where that is known here, as more than a name, and its page is open to the
    /// scope: orders, customers, messages, operations.
    pub(super) async fn pages_of(
        &self,
        scope: &Scope,
        entry: &ActivityDetail,
    ) -> Result<Vec<(String, String)>, Error> {
        let named = |kind: &str| -> Vec<String> {
            let related = entry.related.iter();
            let subject = entry.row.subject.iter();
            subject
                .chain(related)
                .filter(|reference| reference.kind == kind && !reference.id.contains(MASK))
                .map(|reference| reference.id.clone())
                .collect()
        };
        let mut pages = Vec::new();
        let mut add = |kind: &str, id: String| pages.push((kind.to_owned(), id));
        if scope.reads_messages() {
            let orders = named("order");
            for order in self.orders_named(self.readers(), scope, &orders).await? {
                add("order", order.number);
            }
            for id in self.messages_named(scope, named("message")).await? {
                add("message", id);
            }
            if scope.role().opens_customers() {
                let customers = named("customer");
                let known = self.customers_named(self.readers(), scope, &customers);
                for customer in known.await? {
                    add("customer", customer.id);
                }
            }
        }
        if scope.role().may(Permission::ReadOperations) {
            let mut operations = named("operation");
            operations.extend(entry.row.operation_id.clone());
            for id in self.operations_named(scope, operations).await? {
                add("operation", id);
            }
        }
        Ok(pages)
    }

    /// Those of some ids that are a message's which is open to the scope.
    async fn messages_named(&self, scope: &Scope, ids: Vec<String>) -> Result<Vec<String>, Error> {
        let named: Vec<(MessageId, String)> = ids
            .into_iter()
            .filter_map(|id| Some((id.parse().ok()?, id)))
            .collect();
        if named.is_empty() {
            return Ok(Vec::new());
        }
        let mut statement = sql(
            self.readers().get_database_backend(),
            "SELECT m.id FROM message m WHERE m.store_id = ? AND m.id IN ",
            values![scope.store_id().0],
        );
        statement
            .list(named.iter().map(|(id, _)| id.0.as_bytes().to_vec()))
            .push(" AND ");
        scope.push_message_condition(&mut statement);
        let mut known = Vec::new();
        for row in statement.rows(self.readers()).await? {
            let id: Vec<u8> = row.try_get_by_index(0)?;
            known.push(MessageId(uuid_of(&id)?));
        }
        let named = named.into_iter().filter(|(id, _)| known.contains(id));
        Ok(named.map(|(_, text)| text).collect())
    }

    /// Those of some ids that are an operation's of the store.
    async fn operations_named(
        &self,
        scope: &Scope,
        ids: Vec<String>,
    ) -> Result<Vec<String>, Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut statement = sql(
            self.readers().get_database_backend(),
            "SELECT id FROM operation WHERE store_id = ? AND id IN ",
            values![scope.store_id().0],
        );
        statement.list(ids);
        let mut known = Vec::new();
        for row in statement.rows(self.readers()).await? {
            known.push(row.try_get_by_index(0)?);
        }
        Ok(known)
    }
}
