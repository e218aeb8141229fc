//! Where a page of a list ended.

use crate::OrderKey;
use std::fmt;

/// In which direction time runs down the list.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Newest first.
    #[default]
    Newest,
    /// Oldest first.
    Oldest,
}

/// Where the next page begins: after this key, in the list's direction.
///
/// Its text form is `n` or `o`, a checksum digit and 13 base-32 digits. It carries the time of the last
/// row, which its reader has seen, and a number among the rows of that microsecond: for a reader who may not see all of
/// them, among those that they see (`storage`'s `log::tie`). It tells nothing of how many they may not see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The last key of the page before.
    pub after: OrderKey,
    /// The direction the list was read in.
    pub direction: Direction,
}

/// A text that is no cursor of this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`after` takes the `next` of an earlier answer, unchanged")]
pub struct CursorError;

const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl Cursor {
    /// Reads the text form.
    ///
    /// # Errors
    /// [`CursorError`] when the text is not one that [`fmt::Display`] wrote.
    pub fn parse(text: &str) -> Result<Self, CursorError> {
        let (&head, rest) = text.as_bytes().split_first().ok_or(CursorError)?;
        let direction = match head {
            b'n' => Direction::Newest,
            b'o' => Direction::Oldest,
            _ => return Err(CursorError),
        };
        let (&check, digits) = rest.split_first().ok_or(CursorError)?;
        if digits.len() != 13 {
            return Err(CursorError);
        }
        let mut key: u64 = 0;
        for digit in digits {
            let value = DIGITS.iter().position(|d| d == digit).ok_or(CursorError)?;
            key = key
                .checked_mul(32)
                .and_then(|k| k.checked_add(value as u64))
                .ok_or(CursorError)?;
        }
        let after = OrderKey(i64::try_from(key).map_err(|_| CursorError)?);
        let cursor = Self { after, direction };
        if checksum(key) == check {
            Ok(cursor)
        } else {
            Err(CursorError)
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = self.after.0.max(0).unsigned_abs();
        let head = match self.direction {
            Direction::Newest => 'n',
            Direction::Oldest => 'o',
        };
        write!(f, "{head}{}", char::from(checksum(key)))?;
        for place in (0..13).rev() {
            let digit = (key >> (place * 5)) & 31;
            write!(f, "{}", char::from(DIGITS[digit as usize]))?;
        }
        Ok(())
    }
}

fn checksum(key: u64) -> u8 {
    DIGITS[(key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 59) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_what_it_wrote() {
        for key in [0, 1, 1_763_000_000_000_000 << 10, i64::MAX] {
            for direction in [Direction::Newest, Direction::Oldest] {
                let cursor = Cursor {
                    after: OrderKey(key),
                    direction,
                };
                assert_eq!(Cursor::parse(&cursor.to_string()), Ok(cursor));
            }
        }
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for text in [
            "",
            "n",
            "x0000000000000",
            "n10000000000000",
            "n0zzzzzzzzzzzzz",
            "n0000",
            "ñ",
        ] {
            assert_eq!(Cursor::parse(text), Err(CursorError), "{text}");
        }
    }
}
