//! The query as parts to paint.

use super::QueryError;

/// A part of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// Where it begins.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// What it is.
    pub kind: TokenKind,
    /// The term it belongs to; none between terms.
    pub term: Option<usize>,
    /// Whether a mistake touches it: to be underlined.
    pub is_mistaken: bool,
}

/// What a part of the text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// White space between terms.
    Space,
    /// A word to search for.
    Word,
    /// A phrase in quotes, its `*` included.
    Phrase,
    /// The minus that turns a term round.
    Minus,
    /// A qualifier with its colon.
    Qualifier,
    /// A value, its quotes and `*` included.
    Value,
    /// Between values.
    Comma,
    /// What can't be read: an unknown qualifier, a lone minus, what follows a quote, what is too much.
    Error,
}

/// Marks the tokens that an error touches.
pub(super) fn mark(tokens: &mut [Token], errors: &[QueryError]) {
    for token in tokens.iter_mut() {
        token.is_mistaken = token.kind != TokenKind::Space
            && errors
                .iter()
                .any(|error| token.from < error.to && error.from < token.to);
    }
}

/// The byte at which the UTF-16 unit `units` of `text` begins: a text field's caret as a place here.
/// Past the end it is the end; inside a surrogate pair the pair's beginning.
pub fn byte_of_utf16(text: &str, units: usize) -> usize {
    let mut left = units;
    for (at, c) in text.char_indices() {
        if left < c.len_utf16() {
            return at;
        }
        left -= c.len_utf16();
    }
    text.len()
}

/// How many UTF-16 units stand before a byte: a place here as a text field's caret.
pub fn utf16_of_byte(text: &str, byte: usize) -> usize {
    text.char_indices()
        .take_while(|(at, _)| *at < byte)
        .map(|(_, c)| c.len_utf16())
        .sum()
}
