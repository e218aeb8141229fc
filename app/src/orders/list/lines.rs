//! The lines that are loaded: where each one stands, and what waits until lines may move.

use domain::view::OrderRow;
use std::collections::BTreeSet;

/// Where an order stands in the list: those that wait for an answer above the others, the longest waiting first; then by
/// last message, the newest first. What is greater stands higher.
type Place<S> = (bool, i64, S);

/// The lines that are loaded.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Lines {
    rows: Vec<OrderRow>,
    /// Orders that have yet to be put in.
    waiting: Vec<OrderRow>,
    /// The numbers of those whose line has yet to be moved.
    moving: BTreeSet<String>,
    next: Option<String>,
    /// What stands lower is not loaded.
    end: Option<Place<String>>,
}

impl Lines {
    /// Those of the first page.
    pub fn new(rows: Vec<OrderRow>, next: Option<String>) -> Self {
        let mut lines = Self::default();
        lines.extend(rows, next);
        lines
    }

    /// Puts the next page below.
    pub fn extend(&mut self, rows: Vec<OrderRow>, next: Option<String>) {
        if let Some(last) = rows.last() {
            let (waits, at, number) = place_of(last);
            self.end = Some((waits, at, number.to_owned()));
        }
        if next.is_none() {
            self.end = None;
        }
        self.next = next;
        for row in rows {
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

    /// How many lines wait to be put in or moved.
    pub fn late(&self) -> usize {
        self.waiting.len() + self.moving.len()
    }

    /// Puts each line into its place. What belongs further down than is loaded comes with its page.
    pub fn settle(&mut self) {
        self.moving.clear();
        self.rows.append(&mut self.waiting);
        self.rows.sort_by(|a, b| place_of(b).cmp(&place_of(a)));
        let end = self.end.as_ref();
        self.rows.retain(|row| is_loaded(end, row));
    }
}

#[cfg(any(not(feature = "ssr"), test))]
impl Lines {
    /// Takes in how an order stands now; where its line stands changes with [`Lines::settle`]. `is_found`: whether what is
    /// searched for finds it.
    pub fn take(&mut self, row: OrderRow, is_found: bool) {
        let is_same = |known: &&mut OrderRow| known.number == row.number;
        if let Some(known) = self.rows.iter_mut().find(is_same) {
            if place_of(known) != place_of(&row) {
                self.moving.insert(row.number.clone());
            }
            *known = row;
        } else if let Some(known) = self.waiting.iter_mut().find(is_same) {
            *known = row;
        } else if is_found && is_loaded(self.end.as_ref(), &row) {
            self.waiting.push(row);
        }
        if self.rows.is_sorted_by(|a, b| place_of(a) >= place_of(b)) {
            self.moving.clear();
        }
    }
}

fn place_of(row: &OrderRow) -> Place<&str> {
    let at = match (row.waiting_since, &row.last_message) {
        (Some(since), _) => -since.timestamp_micros(),
        (None, Some(last)) => last.occurred_at.timestamp_micros(),
        (None, None) => row.placed_at.map_or(0, |placed| placed.timestamp_micros()),
    };
    (row.waiting_since.is_some(), at, &row.number)
}

/// Whether a line stands within what is loaded.
fn is_loaded(end: Option<&Place<String>>, row: &OrderRow) -> bool {
    end.is_none_or(|(waits, at, number)| place_of(row) >= (*waits, *at, number.as_str()))
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
            message_count: 0,
            unread_count: u64::from(waits.is_some()),
            waiting_since: waits.map(time),
        }
    }

    fn three() -> Lines {
        let rows = vec![
            order("c", 30, Some(50)),
            order("b", 20, None),
            order("a", 10, None),
        ];
        Lines::new(rows, None)
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
        let mut lines = Lines::new(first, Some("on".to_owned()));
        lines.take(order("z", 90, None), true);
        assert_eq!(lines.late(), 0);
        lines.take(order("d", 40, None), true);
        lines.settle();
        assert_eq!(lines.numbers(), ["c"]);
        // A line that has moved up does not come twice.
        lines.take(order("b", 20, Some(55)), true);
        lines.settle();
        lines.extend(vec![order("d", 40, None), order("b", 20, None)], None);
        assert_eq!(lines.numbers(), ["b", "c", "d"]);
        assert!(lines.next().is_none());
    }
}
