//! Entries with what belongs to them, as they lie in SQLite's file.
//!
//! Five tables are walked side by side instead of joined: a join goes down the trees of rows, texts, actors and actions for each entry,
//! which took as long as reading all the rest.

use super::entry::{Column, Row};
use super::lookup::{Known, Lookup};
use super::shown::Shown;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result};

const LEDGER: &str = "SELECT l.order_key, l.seq, l.store_id, l.recorded_at, l.kind, l.record_id, l.payload_digest, l.leaf, \
    p.salt, p.body FROM ledger l LEFT JOIN payload p ON p.seq = l.seq WHERE l.seq > ? AND l.seq <= ? ORDER BY l.seq";
const ACTIVITY: &str = "SELECT order_key, seq, store_id, id, occurred_at, actor_id, action_id, outcome, has, ip, subject_type, \
    subject_id, subject_name, description, error, first_change, change_count, operation_id FROM activity WHERE order_key";
const TEXT: &str = "SELECT order_key, open, personal FROM activity_text WHERE order_key";
const ENDED: &str = "SELECT order_key FROM ledger WHERE kind = 'outcome' AND order_key";
const END: &str = "SELECT p.body FROM ledger l JOIN payload p ON p.seq = l.seq WHERE l.kind = 'outcome' AND l.order_key = ? \
    ORDER BY l.seq DESC LIMIT 1";

/// The next columns of a row, one after the other.
struct Columns<'r> {
    row: &'r rusqlite::Row<'r>,
    at: usize,
}

impl<'r> Columns<'r> {
    const fn of(row: &'r rusqlite::Row<'r>) -> Self {
        Self { row, at: 0 }
    }

    /// Those after the key.
    const fn of_key(row: &'r rusqlite::Row<'r>) -> Self {
        Self { row, at: 1 }
    }

    fn next(&mut self) -> Column<'r> {
        let at = self.at;
        self.at += 1;
        match self.row.get_ref(at) {
            Ok(ValueRef::Null) => Column::Null,
            Ok(ValueRef::Integer(number)) => Column::Number(number),
            Ok(ValueRef::Text(bytes) | ValueRef::Blob(bytes)) => Column::Bytes(bytes),
            Ok(ValueRef::Real(_)) | Err(_) => Column::Other,
        }
    }

    fn number(&mut self) -> Option<i64> {
        self.next().number()
    }

    fn bytes(&mut self) -> Option<&'r [u8]> {
        self.next().bytes()
    }
}

/// Hands out the entries from (exclusive) to (inclusive), in order. What is read must be of one state.
pub(super) fn each(
    file: &Connection,
    from: i64,
    to: i64,
    mut visit: impl FnMut(&Row<'_>),
) -> Result<()> {
    let mut ledger = file.prepare(LEDGER)?;
    let mut ledger = ledger.query([from, to])?;
    // Where the first of them stands, the others are not far.
    let first =
        "SELECT order_key FROM ledger WHERE seq > ? AND order_key IS NOT NULL ORDER BY seq LIMIT 1";
    let first = file.query_row(first, [from], |row| row.get(0));
    let first: i64 = match first {
        Err(rusqlite::Error::QueryReturnedNoRows) => i64::MAX,
        first => first?,
    };
    let walk = |table: &str| file.prepare(&format!("{table} >= ? ORDER BY order_key"));
    let question = |table: &str| file.prepare(&format!("{table} = ?"));
    let (mut walk_1, mut question_1) = (walk(ACTIVITY)?, question(ACTIVITY)?);
    let mut activities = Lookup::new(&mut walk_1, &mut question_1, first)?;
    let (mut walk_2, mut question_2) = (walk(TEXT)?, question(TEXT)?);
    let mut texts = Lookup::new(&mut walk_2, &mut question_2, first)?;
    let (mut walk_3, mut question_3) = (walk(ENDED)?, question(ENDED)?);
    let mut ended = Lookup::new(&mut walk_3, &mut question_3, first)?;
    let mut end = file.prepare(END)?;
    let mut actors = Known::new(file.prepare("SELECT identity FROM actor WHERE id = ?")?);
    let mut actions = Known::new(file.prepare("SELECT name, categories FROM action WHERE id = ?")?);

    while let Some(line) = ledger.next()? {
        let mut columns = Columns::of(line);
        let order_key = columns.number();
        let entry = Row {
            // It is the key: there is nothing else it could be.
            seq: columns.number().unwrap_or_default(),
            store_id: columns.number(),
            recorded_at: columns.number(),
            kind: columns.bytes().unwrap_or_default(),
            record_id: columns.bytes().unwrap_or_default(),
            payload_digest: columns.bytes().unwrap_or_default(),
            leaf: columns.bytes().unwrap_or_default(),
            salt: columns.bytes(),
            body: columns.bytes(),
            ended: None,
            shown: None,
        };
        let Some(key) = order_key.filter(|_| entry.kind == b"activity") else {
            visit(&entry);
            continue;
        };
        activities.with(key, |line| {
            // What is added to it lives as long as this row.
            let entry = entry;
            let mut columns = line.map(Columns::of_key);
            // A row of the log that names another entry or store as its own is none of this one.
            let own = columns.as_mut().and_then(|columns| {
                let is_own = columns.number() == Some(entry.seq);
                (columns.number() == entry.store_id && is_own).then_some(columns)
            });
            let Some((columns, id)) = own.and_then(|own| own.bytes().map(|id| (own, id))) else {
                visit(&entry);
                return Ok(());
            };
            let mut shown = Shown {
                id,
                occurred_at: columns.number(),
                actor_id: columns.number(),
                identity: None,
                action_id: columns.number(),
                action: None,
                categories: None,
                outcome: columns.number(),
                has: columns.number(),
                ip: columns.bytes(),
                subject_type: columns.bytes(),
                subject_id: columns.bytes(),
                subject_name: columns.bytes(),
                description: columns.bytes(),
                error: columns.bytes(),
                first_change: columns.bytes(),
                change_count: columns.number(),
                operation_id: columns.bytes(),
                open: None,
                personal: None,
            };
            if let Some(id) = shown.actor_id {
                let actor = actors.get(id, |row| Columns::of(row).bytes().map(<[u8]>::to_owned));
                shown.identity = actor?.and_then(Option::as_deref);
            }
            if let Some(id) = shown.action_id {
                let action = actions.get(id, |row| {
                    let mut columns = Columns::of(row);
                    (columns.bytes().map(<[u8]>::to_owned), columns.number())
                })?;
                shown.action = action.and_then(|(name, _)| name.as_deref());
                shown.categories = action.and_then(|(_, categories)| *categories);
            }
            texts.with(key, |line| {
                let (mut entry, mut shown) = (entry, shown);
                if let Some(mut columns) = line.map(Columns::of_key) {
                    shown.open = columns.bytes();
                    shown.personal = columns.bytes();
                }
                entry.shown = Some(shown);
                if !ended.with(key, |line| Ok(line.is_some()))? {
                    visit(&entry);
                    return Ok(());
                }
                let mut rows = end.query([key])?;
                entry.ended = rows.next()?.and_then(|row| Columns::of(row).bytes());
                visit(&entry);
                Ok(())
            })
        })?;
    }
    Ok(())
}
