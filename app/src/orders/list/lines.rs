//! The lines that are loaded: where each one stands, and what waits until lines may move.

use domain::order::numbers_in;
use domain::view::{OrderPage, OrderRow};
use std::collections::BTreeSet;

/// Where an order stands in the list: those whose very number is searched for above all others; then those that wait for
/// an answer, the longest waiting first; then by last message, the newest first. What is greater stands higher.
type Place<S> = (usize, bool, i64, S);

/// The lines that are loaded.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Lines {
    /// The numbers that are searched for.
    named: Vec<String>,
    rows: Vec<OrderRow>,
    /// Orders that have yet to be put in.
    waiting: Vec<OrderRow>,
    /// The numbers of those whose line has yet to be moved.
    moving: BTreeSet<String>,
    next: Option<String>,
    is_partial: bool,
    /// What stands lower is not loaded.
    end: Option<Place<String>>,
}

impl Lines {
    /// Those of the first page of what `words` find.
    pub fn new(words: &str, page: OrderPage) -> Self {
        let mut lines = Self {
            named: numbers_in(words),
            ..Self::default()
        };
        lines.extend(page);
        lines
    }

    /// Puts the next page below.
    pub fn extend(&mut self, page: OrderPage) {
        // A search that stopped at its bound has looked further than to its last line.
        if page.next.is_none() || page.is_partial {
            self.end = None;
        } else if let Some(last) = page.rows.last() {
            let (rank, waits, at, number) = place_of(&self.named, last);
            self.end = Some((rank, waits, at, number.to_owned()));
        }
        self.next = page.next;
        self.is_partial = page.is_partial;
        for row in page.rows {
            self.waiting.retain(|known| known.number != row.number);
            // What has moved up since is there already.
            if self.of(&row.number).is_none() {
                self.rows.push(row);
            }
        }
    }

    /// Whether there is no line.
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The numbers of the orders, as their lines stand.
    pub fn numbers(&self) -> Vec<String> {
        self.rows.iter().map(|row| row.number.clone()).collect()
    }

    /// The line of an order.
    pub fn of(&self, number: &str) -> Option<&OrderRow> {
        self.rows.iter().find(|row| row.number == number)
    }

    /// The cursor of the next page.
    pub const fn next(&self) -> Option<&String> {
        self.next.as_ref()
    }

    /// Whether the search stopped at its bound, and older orders were not looked at.
    pub const fn is_partial(&self) -> bool {
        self.is_partial
    }

    /// How many lines wait to be put in or moved.
    pub fn late(&self) -> usize {
        self.waiting.len() + self.moving.len()
    }

    /// Puts each line into its place. What belongs further down than is loaded comes with its page.
    pub fn settle(&mut self) {
        self.moving.clear();
        self.rows.append(&mut self.waiting);
        let (named, end) = (self.named.as_slice(), self.end.as_ref());
        self.rows
            .sort_by(|a, b| place_of(named, b).cmp(&place_of(named, a)));
        self.rows.retain(|row| is_loaded(end, place_of(named, row)));
    }
}

#[cfg(any(not(feature = "ssr"), test))]
impl Lines {
    /// Takes in how an order stands now; where its line stands changes with [`Lines::settle`]. `is_found`: whether what is
    /// searched for finds it.
    pub fn take(&mut self, row: OrderRow, is_found: bool) {
        let named = self.named.as_slice();
        let is_same = |known: &&mut OrderRow| known.number == row.number;
        if let Some(known) = self.rows.iter_mut().find(is_same) {
            if place_of(named, known) != place_of(named, &row) {
                self.moving.insert(row.number.clone());
            }
            *known = row;
        } else if let Some(known) = self.waiting.iter_mut().find(is_same) {
            *known = row;
        } else if is_found && is_loaded(self.end.as_ref(), place_of(named, &row)) {
            self.waiting.push(row);
        }
        if self
            .rows
            .is_sorted_by(|a, b| place_of(named, a) >= place_of(named, b))
        {
            self.moving.clear();
        }
    }
}

fn place_of<'r>(named: &[String], row: &'r OrderRow) -> Place<&'r str> {
    let rank = named.iter().rev().position(|number| *number == row.number);
    let at = match (row.waiting_since, &row.last_message) {
        (Some(since), _) => -since.timestamp_micros(),
        (None, Some(last)) => last.occurred_at.timestamp_micros(),
        (None, None) => row.placed_at.map_or(0, |placed| placed.timestamp_micros()),
    };
    (
        rank.map_or(0, |at| at + 1),
        row.waiting_since.is_some(),
        at,
        &row.number,
    )
}

/// Whether a place is within what is loaded.
fn is_loaded(end: Option<&Place<String>>, place: Place<&str>) -> bool {
    end.is_none_or(|(rank, waits, at, number)| place >= (*rank, *waits, *at, number.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    /// An order that was placed, or whose customer waits, since a second.
    fn order(number: &str, placed: i64, waits: Option<i64>) -> OrderRow {
        let time = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        OrderRow {
            number: number.to_owned(),
            customer: None,
            customer_name: None,
            status: None,
            total: None,
            currency: None,
            placed_at: Some(time(placed)),
            assigned_to: None,
            last_message: None,
            message_count: Some(0),
            unread_count: u64::from(waits.is_some()),
            waiting_since: waits.map(time),
        }
    }

    fn page(rows: Vec<OrderRow>, next: Option<&str>) -> OrderPage {
        OrderPage {
            rows,
            next: next.map(str::to_owned),
            ..OrderPage::default()
        }
    }

    fn three() -> Lines {
        let rows = vec![
            order("c", 30, Some(50)),
            order("b", 20, None),
            order("a", 10, None),
        ];
        Lines::new("", page(rows, None))
    }

    #[test]
    fn a_line_says_what_is_new_at_once_and_moves_only_when_it_may() {
        let mut lines = three();
        lines.take(order("a", 10, Some(60)), true);
        assert_eq!(lines.numbers(), ["c", "b", "a"]);
        assert_eq!(lines.of("a").unwrap().unread_count, 1);
        assert_eq!(lines.late(), 1);
        lines.settle();
        // Who waits longest stands first.
        assert_eq!(lines.numbers(), ["c", "a", "b"]);
        assert_eq!(lines.late(), 0);
        lines.take(order("c", 30, None), true);
        lines.settle();
        assert_eq!(lines.numbers(), ["a", "c", "b"]);
    }

    #[test]
    fn what_stays_in_its_place_has_nothing_to_wait_for() {
        let mut lines = three();
        lines.take(order("c", 30, Some(40)), true);
        assert_eq!(lines.late(), 0);
        let mut told = order("b", 20, None);
        told.status = Some("shipped".to_owned());
        lines.take(told, false);
        assert_eq!(lines.of("b").unwrap().status.as_deref(), Some("shipped"));
        assert_eq!(lines.late(), 0);
    }

    #[test]
    fn a_new_order_waits_outside_and_only_if_it_is_found() {
        let mut lines = three();
        lines.take(order("d", 40, None), true);
        lines.take(order("e", 50, None), false);
        assert_eq!((lines.numbers().len(), lines.late()), (3, 1));
        lines.take(order("d", 40, Some(45)), true);
        lines.settle();
        assert_eq!(lines.numbers(), ["d", "c", "b", "a"]);
        assert!(lines.of("e").is_none());
    }

    #[test]
    fn what_belongs_below_the_loaded_lines_comes_with_its_page() {
        let first = vec![order("d", 40, Some(50)), order("c", 30, Some(60))];
        let mut lines = Lines::new("", page(first, Some("on")));
        lines.take(order("z", 90, None), true);
        assert_eq!(lines.late(), 0);
        lines.take(order("d", 40, None), true);
        lines.settle();
        assert_eq!(lines.numbers(), ["c"]);
        // A line that has moved up does not come twice.
        lines.take(order("b", 20, Some(55)), true);
        lines.settle();
        lines.extend(page(vec![order("d", 40, None), order("b", 20, None)], None));
        assert_eq!(lines.numbers(), ["b", "c", "d"]);
        assert!(lines.next().is_none());
    }

    #[test]
    fn an_order_of_the_very_number_stays_above_all_others() {
        let rows = vec![order("A", 10, None), order("ba", 20, Some(50))];
        let mut lines = Lines::new("#a", page(rows, None));
        lines.take(order("ca", 30, Some(40)), true);
        lines.settle();
        assert_eq!(lines.numbers(), ["A", "ca", "ba"]);
        lines.take(order("a", 5, None), true);
        lines.settle();
        assert_eq!(lines.numbers(), ["a", "A", "ca", "ba"]);
    }

    #[test]
    fn what_a_search_to_its_bound_finds_later_is_not_left_out() {
        let found = OrderPage {
            is_partial: true,
            ..page(vec![order("b", 20, None)], Some("on"))
        };
        let mut lines = Lines::new("", found);
        assert!(lines.is_partial());
        lines.take(order("a", 10, None), true);
        lines.settle();
        assert_eq!(lines.numbers(), ["b", "a"]);
        lines.extend(page(vec![order("a", 10, None)], None));
        assert_eq!(lines.numbers(), ["b", "a"]);
        assert!(!lines.is_partial());
    }
}
