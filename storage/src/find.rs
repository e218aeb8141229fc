//! What some words find everywhere, as far as the scope reads.

use crate::{Error, Scope, Storage};
use domain::export::Source;
use domain::query::quote_text;
use domain::view::Found;

/// How many of each are found.
const EACH: u32 = 5;

impl Storage {
    /// Finds words among entries, messages, orders, customers and exports, at most five of each. Words may be in
    /// the query language of each log; where a log does not understand them they are looked for as they stand.
    /// Fewer than two characters find nothing. Customers are found by what their words begin with and by their telephone
    /// number in any spelling, among the first 20,000 with the rarest word; by what else holds a word, among the first
    /// 20,000 by id. Messages, orders and customers are found for those alone to whom their pages open.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(&self, scope: &Scope, words: &str) -> Result<Found, Error> {
        let words = words.trim();
        let mut found = Found::default();
        if words.chars().count() < 2 || words.chars().count() > 500 {
            return Ok(found);
        }
        let quoted = quote_text(words);
        if let Ok(filter) = self
            .filter(scope, words)
            .or_else(|_| self.filter(scope, &quoted))
        {
            found.activities = self.newest_activities(scope, &filter, EACH).await?.rows;
        }
        if scope.role().reads(Source::Messages) {
            if let Ok(filter) = self
                .message_filter(scope, words)
                .or_else(|_| self.message_filter(scope, &quoted))
            {
                found.messages = self.newest_messages(scope, &filter, EACH).await?.rows;
            }
            found.orders = self.list_orders(scope, words, None, EACH).await?.rows;
        }
        if scope.role().opens_customers() {
            let most = EACH as usize;
            let ids = self
                .some_customers(self.readers(), scope, words, most)
                .await?;
            found.customers = self.customers_named(self.readers(), scope, &ids).await?;
        }
        let exports = match self.list_exports(scope, words, None, EACH).await? {
            Ok(page) => Ok(page),
            Err(_) => self.list_exports(scope, &quoted, None, EACH).await?,
        };
        found.exports = exports.map(|page| page.rows).unwrap_or_default();
        Ok(found)
    }
}
