//! Rows that are looked for by growing keys, without going down the table's tree for each.

use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator as _;
use rusqlite::types::ValueRef;
use rusqlite::{Row, Rows, Statement};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// How many rows are passed to get to one; what lies farther is asked for by its key.
const NEAR: usize = 8;

/// Rows of a table by its key: a walk through it that goes on where the next one wanted lies close ahead, as entries of a ledger do
/// that were recorded as they happened, and a question for all others.
pub(super) struct Lookup<'s, 'c> {
    /// From the first key wanted on; the key is the first column.
    walk: Rows<'s>,
    /// The key where the walk stands; none at its end.
    at: Option<i64>,
    /// All rows up to this key lie behind, and more may lie before the first key wanted.
    passed: i64,
    /// Asks for the row of one key.
    question: &'s mut Statement<'c>,
}

/// Where a row is.
enum Place {
    Here,
    Nowhere,
    Elsewhere,
}

impl<'s, 'c> Lookup<'s, 'c> {
    /// `walk`: rows with a key of at least its one parameter, in order; `question`: those with exactly that key, with the same
    /// columns, of which the first is the key.
    pub(super) fn new(
        walk: &'s mut Statement<'c>,
        question: &'s mut Statement<'c>,
        first: i64,
    ) -> rusqlite::Result<Self> {
        let mut lookup = Self {
            walk: walk.query([first])?,
            at: None,
            passed: first.saturating_sub(1),
            question,
        };
        lookup.step()?;
        Ok(lookup)
    }

    /// What `read` makes of the row with this key, or of none.
    pub(super) fn with<T>(
        &mut self,
        key: i64,
        read: impl FnOnce(Option<&Row<'_>>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        match self.place(key)? {
            Place::Here => read(self.walk.get()),
            Place::Nowhere => read(None),
            Place::Elsewhere => read(self.question.query([key])?.next()?),
        }
    }

    fn place(&mut self, key: i64) -> rusqlite::Result<Place> {
        for _ in 0..=NEAR {
            match self.at {
                Some(at) if at == key => return Ok(Place::Here),
                Some(at) if at < key => {
                    self.passed = at;
                    self.step()?;
                }
                _ if key > self.passed => return Ok(Place::Nowhere),
                _ => return Ok(Place::Elsewhere),
            }
        }
        Ok(Place::Elsewhere)
    }

    fn step(&mut self) -> rusqlite::Result<()> {
        self.walk.advance()?;
        let at = self.walk.get().map(|row| row.get_ref(0)).transpose()?;
        self.at = match at {
            Some(ValueRef::Integer(at)) => Some(at),
            _ => None,
        };
        Ok(())
    }
}

/// Rows of a small table that are asked for again and again, as long as what is read has one state.
pub(super) struct Known<'c, T> {
    question: Statement<'c>,
    found: HashMap<i64, Option<T>>,
}

impl<'c, T> Known<'c, T> {
    /// `question`: the row with its one parameter as key.
    pub(super) fn new(question: Statement<'c>) -> Self {
        Self {
            question,
            found: HashMap::new(),
        }
    }

    /// What `read` makes of the row with this key.
    pub(super) fn get(
        &mut self,
        key: i64,
        read: impl FnOnce(&Row<'_>) -> T,
    ) -> rusqlite::Result<Option<&T>> {
        let found = match self.found.entry(key) {
            Entry::Occupied(found) => found.into_mut(),
            Entry::Vacant(vacant) => {
                let row = self.question.query([key])?.next()?.map(read);
                vacant.insert(row)
            }
        };
        Ok(found.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::Lookup;
    use proptest::prelude::*;
    use rusqlite::Connection;

    proptest! {
        /// In whatever order: each key is found where it is, and only there.
        #[test]
        fn a_row_is_found_in_any_order(
            kept in proptest::collection::btree_set(0_i64..60, 0..40),
            wanted in proptest::collection::vec(0_i64..60, 1..80),
        ) {
            let file = Connection::open_in_memory().expect("open");
            file.execute_batch("CREATE TABLE t (k INTEGER PRIMARY KEY)").expect("table");
            for key in &kept {
                file.execute("INSERT INTO t VALUES (?)", [key]).expect("insert");
            }
            let mut walk = file.prepare("SELECT k FROM t WHERE k >= ? ORDER BY k").expect("walk");
            let mut question = file.prepare("SELECT k FROM t WHERE k = ?").expect("question");
            let mut lookup = Lookup::new(&mut walk, &mut question, wanted[0]).expect("begin");
            for key in wanted {
                let found: Option<i64> = lookup
                    .with(key, |row| row.map(|row| row.get(0)).transpose())
                    .expect("look");
                prop_assert_eq!(found, kept.contains(&key).then_some(key));
            }
        }
    }
}
