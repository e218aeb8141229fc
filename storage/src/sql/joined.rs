//! Many rows in one, as they are: all columns of all rows one after the other, with a mark in between.
//!
//! To be written and read as JSON costs long texts and many numbers more than everything else that is done with them. The
//! mark is drawn anew for each statement, so that nothing that was written before can hold it.

use super::Sql;
use crate::Error;
use crate::ambient::Entropy;
use memchr::memmem::Finder;
use sea_orm::ConnectionTrait;

/// How many random bytes a mark is made from. It is a control character, which few texts hold, and their hexadecimal digits.
const MARK: usize = 6;

/// Rows that are not taken apart yet.
#[derive(Debug, Clone, Default)]
pub(crate) struct Joined {
    bytes: Vec<u8>,
    mark: String,
    none: String,
}

/// What is selected, as expressions, by how it becomes bytes.
pub(crate) struct Columns<'c> {
    /// Numbers, which are written in decimal.
    pub(crate) numbers: &'c [&'c str],
    pub(crate) bytes: &'c [&'c str],
    pub(crate) texts: &'c [&'c str],
}

impl Joined {
    /// Each row's columns in the order of [`Columns`]: numbers, bytes, texts. `N` is how many there are.
    pub(crate) fn rows<const N: usize>(&self) -> impl Iterator<Item = [Option<&[u8]>; N]> {
        let finder = Finder::new(&self.mark);
        let mut left = (!self.bytes.is_empty()).then_some(self.bytes.as_slice());
        std::iter::from_fn(move || {
            left?;
            Some(std::array::from_fn(|_| {
                let rest = left?;
                let column = match finder.find(rest) {
                    Some(end) => {
                        left = Some(&rest[end + self.mark.len()..]);
                        &rest[..end]
                    }
                    None => {
                        left = None;
                        rest
                    }
                };
                (column != self.none.as_bytes()).then_some(column)
            }))
        })
    }
}

/// Selects `columns` of `tables` (as after `FROM`) where `condition` (what it pushes) holds, and joins what is found in any order,
/// with marks drawn from `entropy`.
pub(crate) async fn joined(
    on: &impl ConnectionTrait,
    entropy: &Entropy,
    columns: &Columns<'_>,
    tables: &str,
    condition: impl FnOnce(&mut Sql),
) -> Result<Joined, Error> {
    let [mark, none] =
        ['\u{1f}', '\u{1e}'].map(|c| format!("{c}{}", hex::encode(entropy.bytes::<MARK>())));
    let all = |number: fn(&str) -> String, text: fn(&str) -> String| {
        let numbers = columns.numbers.iter().map(|c| number(c));
        let bytes = columns.bytes.iter().map(|&c| c.to_owned());
        let texts = columns.texts.iter().map(|c| text(c));
        let columns = numbers.chain(bytes).chain(texts);
        columns
            .map(|c| format!("COALESCE({c}, m.none)"))
            .collect::<Vec<_>>()
    };
    let mut statement = Sql::new(on.get_database_backend(), "SELECT ");
    if statement.is_sqlite() {
        // To SQLite numbers and bytes are texts too.
        let all = all(str::to_owned, str::to_owned).join(", ");
        statement
            .push(&format!(
                "CAST(group_concat(concat_ws(m.mark, {all}), m.mark) AS BLOB) FROM (SELECT "
            ))
            .bind(mark.as_str())
            .push(" AS mark, ")
            .bind(none.as_str());
    } else {
        let all = all(
            |c| format!("convert_to(CAST({c} AS TEXT), 'UTF8')"),
            |c| format!("convert_to({c}, 'UTF8')"),
        );
        statement
            .push(&format!(
                "string_agg({}, m.mark) FROM (SELECT CAST(",
                all.join(" || m.mark || ")
            ))
            .bind(mark.as_bytes().to_vec())
            .push(" AS BYTEA) AS mark, CAST(")
            .bind(none.as_bytes().to_vec())
            .push(" AS BYTEA)");
    }
    statement.push(&format!(" AS none) AS m CROSS JOIN {tables} WHERE "));
    condition(&mut statement);
    let row = statement.row(on).await?;
    let bytes: Option<Option<Vec<u8>>> = row.map(|row| row.try_get_by_index(0)).transpose()?;
    Ok(Joined {
        bytes: bytes.flatten().unwrap_or_default(),
        mark,
        none,
    })
}

#[cfg(test)]
mod tests {
    use super::Joined;

    fn joined(text: &str) -> Joined {
        Joined {
            bytes: text.replace('|', "MARKMARKMARK").into_bytes(),
            mark: "MARKMARKMARK".to_owned(),
            none: "NONENONENONE".to_owned(),
        }
    }

    #[test]
    fn rows_are_taken_apart_with_what_is_empty_and_what_is_missing() {
        let rows = joined("1|a||2|NONENONENONE|c");
        let rows: Vec<[Option<&[u8]>; 3]> = rows.rows().collect();
        let expected: [[Option<&[u8]>; 3]; 2] = [
            [Some(b"1"), Some(b"a"), Some(b"")],
            [Some(b"2"), None, Some(b"c")],
        ];
        assert_eq!(rows, expected);
        assert_eq!(joined("").rows::<3>().count(), 0);
    }
}
