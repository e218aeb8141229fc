//! The segments of an FTS5 index, as its structure record tells them (`fts5_index.c`, "The following information is stored in the structure
//! record").

/// The levels of an index, newest segments first.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Structure(Vec<Level>);

#[derive(Debug, PartialEq, Eq)]
struct Level {
    /// How many of its segments are being merged into one of the next level.
    merging: u64,
    segments: u64,
}

/// What stands behind the cookie where segments tell more of themselves, as those of indexes without content do.
const SECOND_FORM: [u8; 4] = [0xff, 0, 0, 1];

impl Structure {
    /// Nothing where it is not of the form that indexes with content have.
    pub(super) fn read(block: &[u8]) -> Option<Self> {
        let (_cookie, rest) = block.split_at_checked(4)?;
        if rest.starts_with(&SECOND_FORM) {
            return None;
        }
        let mut rest = rest;
        let levels = varint(&mut rest)?;
        let _segments = varint(&mut rest)?;
        let _written = varint(&mut rest)?;
        let mut read = Vec::new();
        for _ in 0..levels {
            let merging = varint(&mut rest)?;
            let segments = varint(&mut rest)?;
            for _ in 0..segments {
                let _number = varint(&mut rest)?;
                let _first_page = varint(&mut rest)?;
                let _last_page = varint(&mut rest)?;
            }
            read.push(Level { merging, segments });
        }
        Some(Self(read))
    }

    /// Whether the oldest segment is still being made of those below it.
    pub(super) fn merges_all(&self) -> bool {
        let oldest = self.0.iter().rposition(|level| level.segments > 0);
        let below = oldest.and_then(|oldest| oldest.checked_sub(1));
        below.is_some_and(|below| self.0[below].merging > 0)
    }
}

/// A number of 1 to 9 bytes, high bits first (<https://www.sqlite.org/fileformat2.html#varint>).
fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for at in 0..9 {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        if at == 8 {
            return Some((number << 8) | u64::from(*byte));
        }
        number = (number << 7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(merging: u64, segments: u64) -> Level {
        Level { merging, segments }
    }

    #[test]
    fn levels_are_read_with_what_they_merge() {
        // Two levels, three segments: two that are being merged, and what they become, of 300 pages.
        let block = [
            0, 0, 0, 7, 2, 3, 5, 2, 2, 1, 1, 4, 2, 1, 9, 0, 1, 3, 1, 0x82, 0x2c,
        ];
        let structure = Structure::read(&block).expect("read");
        assert_eq!(structure, Structure(vec![level(2, 2), level(0, 1)]));
        assert!(structure.merges_all());
        assert_eq!(Structure::read(&block[..block.len() - 1]), None);
        assert_eq!(Structure::read(&[0, 0, 0, 7, 0xff, 0, 0, 1, 0, 0, 0]), None);
    }

    #[test]
    fn it_is_over_when_only_younger_segments_are_merged() {
        let over = Structure(vec![level(4, 6), level(0, 1), level(0, 0), level(0, 1)]);
        assert!(!over.merges_all());
        let one = Structure(vec![level(0, 1)]);
        assert!(!one.merges_all());
        assert!(!Structure(Vec::new()).merges_all());
        let all = Structure(vec![level(0, 3), level(9, 9), level(0, 1), level(0, 0)]);
        assert!(all.merges_all());
    }
}
