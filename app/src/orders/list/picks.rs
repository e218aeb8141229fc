//! Selecting orders: what the selection knows of their lines. Pure.
//!
//! A selection copies what rows are known by, and an order is known by its number, which is text. So each number that
//! was seen stands here once; the selection holds its place, which becomes the number again when it is sent.

use crate::activity::loaded::{LogRow, PageOf};
use chrono::{DateTime, Utc};
use domain::Seq;
use domain::export::Selection;
use std::collections::HashMap;
use std::fmt;

/// The place of an order's number among those that were seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OrderId(usize);

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What the selection knows of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pick(OrderId);

impl LogRow for Pick {
    type Id = OrderId;

    fn id(&self) -> OrderId {
        self.0
    }

    fn moment(&self) -> (DateTime<Utc>, i32) {
        (DateTime::UNIX_EPOCH, 0)
    }

    fn seq(&self) -> Option<Seq> {
        None
    }
}

/// The numbers that were seen.
#[derive(Debug, Default)]
pub struct Numbers {
    seen: Vec<String>,
    ids: HashMap<String, OrderId>,
}

impl Numbers {
    /// What stands for an order in the selection.
    pub fn id_of(&mut self, number: &str) -> OrderId {
        if let Some(id) = self.ids.get(number) {
            return *id;
        }
        let id = OrderId(self.seen.len());
        self.seen.push(number.to_owned());
        self.ids.insert(number.to_owned(), id);
        id
    }

    /// The lines of some orders, as they stand.
    pub fn lines_of(&mut self, numbers: &[String]) -> PageOf<Pick> {
        let lines = numbers.iter().map(|number| Pick(self.id_of(number)));
        PageOf::new(lines.collect(), None, None)
    }

    /// The selection with the orders' numbers.
    pub fn named(&self, selection: Selection) -> Selection {
        match selection {
            Selection::Ids { source, ids } => Selection::Ids {
                source,
                ids: self.numbers_of(&ids),
            },
            Selection::Matching {
                source,
                q,
                up_to,
                except,
            } => Selection::Matching {
                source,
                q,
                up_to,
                except: self.numbers_of(&except),
            },
        }
    }

    fn numbers_of(&self, ids: &[String]) -> Vec<String> {
        let number = |id: &String| self.seen.get(id.parse::<usize>().ok()?).cloned();
        let mut numbers: Vec<String> = ids.iter().filter_map(number).collect();
        numbers.sort_unstable();
        numbers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::select::Picks;
    use domain::export::Source;

    #[test]
    fn what_is_selected_is_sent_by_the_orders_numbers() {
        let mut numbers = Numbers::default();
        let (shirt, belt) = (numbers.id_of("O-7"), numbers.id_of("1042"));
        assert_eq!(numbers.id_of("O-7"), shirt, "an order keeps its id");
        let mut these = Picks::default();
        these.put(shirt, true);
        these.put(belt, true);
        let Selection::Ids { ids, .. } = numbers.named(these.selection(Source::Orders)) else {
            panic!("orders picked one by one are a list of numbers");
        };
        assert_eq!(ids, ["1042", "O-7"]);
        let mut but_one = Picks::all("shipped".to_owned(), None);
        but_one.put(belt, false);
        let Selection::Matching { q, except, .. } =
            numbers.named(but_one.selection(Source::Orders))
        else {
            panic!("all that match are words and no list of numbers");
        };
        assert_eq!((q, except), ("shipped".to_owned(), vec!["1042".to_owned()]));
    }
}
