//! Texts: word by word.

use std::collections::BTreeMap;

/// How many differing words a side are compared; beyond, the differing middle stands as one block.
pub const MAX_WORDS: usize = 2_000;

/// Texts up to this many characters are shown whole.
const SHORT_CHARS: usize = 40;

/// Unchanged runs longer than this many characters are cut in the middle.
const LONG_RUN_CHARS: usize = 160;

/// How many characters of a cut run stay at each end, up to a word.
const CONTEXT_CHARS: usize = 48;

/// Part of a text before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// What became of it.
    pub kind: SegmentKind,
    /// The part.
    pub text: String,
}

/// What became of a part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SegmentKind {
    /// It stayed.
    Same,
    /// It stayed, and is long: shown as an ellipsis, whole when asked for.
    Elided,
    /// It is gone.
    Removed,
    /// It is new.
    Added,
}

/// The segments; none when both texts are short enough to be read whole, or equal.
pub(super) fn diff(before: &str, after: &str) -> Option<Vec<Segment>> {
    let is_short = |text: &str| text.chars().nth(SHORT_CHARS).is_none();
    if before == after || (is_short(before) && is_short(after)) {
        return None;
    }
    let (old, new) = (words(before), words(after));
    let start = common(old.iter(), new.iter());
    let (old_rest, new_rest) = (&old[start..], &new[start..]);
    let end = common(old_rest.iter().rev(), new_rest.iter().rev());
    let old_middle = &old_rest[..old_rest.len() - end];
    let new_middle = &new_rest[..new_rest.len() - end];

    let mut parts = Parts::default();
    parts.same(&old[..start]);
    if old_middle.len() <= MAX_WORDS && new_middle.len() <= MAX_WORDS {
        compare(old_middle, new_middle, &mut parts);
    } else {
        parts.changed(old_middle, new_middle);
    }
    parts.same(&old_rest[old_middle.len()..]);
    Some(parts.finish())
}

fn common<'w>(
    one: impl Iterator<Item = &'w &'w str>,
    other: impl Iterator<Item = &'w &'w str>,
) -> usize {
    one.zip(other).take_while(|(a, b)| a == b).count()
}

/// Words, runs of white space, and signs one by one. Ideographs and kana are words of one character.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut from = 0;
    let mut last = None;
    for (at, c) in text.char_indices() {
        let class = class_of(c);
        if at > 0 && (last != Some(class) || class == Class::Sign) {
            words.push(&text[from..at]);
            from = at;
        }
        last = Some(class);
    }
    if from < text.len() {
        words.push(&text[from..]);
    }
    words
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Word,
    Space,
    Sign,
}

fn class_of(c: char) -> Class {
    match c {
        _ if c.is_whitespace() => Class::Space,
        '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' => Class::Sign,
        // What joins letters or emoji, and signs beyond Latin and Arabic punctuation, stays with its word.
        '\u{200C}' | '\u{200D}' => Class::Word,
        '،' | '؛' | '؟' | '«' | '»' | '\u{2010}'..='\u{205E}' | '\u{3000}'..='\u{303F}' => {
            Class::Sign
        }
        _ if c.is_alphanumeric() || c == '_' || !c.is_ascii() => Class::Word,
        _ => Class::Sign,
    }
}

/// Longest common subsequence of two bounded lists: a table of which way to go, filled from the end.
fn compare(old: &[&str], new: &[&str], parts: &mut Parts) {
    let (old_ids, new_ids) = numbered(old, new);
    let (rows, columns) = (old.len(), new.len());
    // lengths[j]: the longest common subsequence of old[i..] and new[j..].
    let mut lengths = vec![0u16; columns + 1];
    let mut skips_old = vec![false; rows * columns];
    for i in (0..rows).rev() {
        let mut diagonal = 0;
        for j in (0..columns).rev() {
            let below = lengths[j];
            lengths[j] = if old_ids[i] == new_ids[j] {
                diagonal + 1
            } else {
                skips_old[i * columns + j] = below >= lengths[j + 1];
                below.max(lengths[j + 1])
            };
            diagonal = below;
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < rows && j < columns {
        if old_ids[i] == new_ids[j] {
            parts.same(&old[i..=i]);
            i += 1;
            j += 1;
        } else if skips_old[i * columns + j] {
            parts.changed(&old[i..=i], &[]);
            i += 1;
        } else {
            parts.changed(&[], &new[j..=j]);
            j += 1;
        }
    }
    parts.changed(&old[i..], &new[j..]);
}

/// A number for each word, equal for equal words: quicker to compare.
fn numbered<'w>(old: &[&'w str], new: &[&'w str]) -> (Vec<u32>, Vec<u32>) {
    let mut known: BTreeMap<&'w str, u32> = BTreeMap::new();
    let mut number = |word: &&'w str| {
        let next = known.len() as u32;
        *known.entry(*word).or_insert(next)
    };
    (
        old.iter().map(&mut number).collect(),
        new.iter().map(&mut number).collect(),
    )
}

/// A stretch that stayed, or one that went with what came in its place.
enum Part {
    Same(String),
    Changed(String, String),
}

#[derive(Default)]
struct Parts(Vec<Part>);

impl Parts {
    fn same(&mut self, words: &[&str]) {
        if words.is_empty() {
            return;
        }
        if let Some(Part::Same(text)) = self.0.last_mut() {
            words.iter().for_each(|word| text.push_str(word));
        } else {
            self.0.push(Part::Same(words.concat()));
        }
    }

    fn changed(&mut self, old: &[&str], new: &[&str]) {
        if old.is_empty() && new.is_empty() {
            return;
        }
        if let Some(Part::Changed(gone, come)) = self.0.last_mut() {
            old.iter().for_each(|word| gone.push_str(word));
            new.iter().for_each(|word| come.push_str(word));
        } else {
            self.0.push(Part::Changed(old.concat(), new.concat()));
        }
    }

    /// Joins changes that only a space or sign keeps apart, then cuts long unchanged runs.
    fn finish(self) -> Vec<Segment> {
        let count = self.0.len();
        let mut joined: Vec<Part> = Vec::with_capacity(count);
        for (at, part) in self.0.into_iter().enumerate() {
            match (part, joined.last_mut()) {
                (Part::Same(text), Some(Part::Changed(gone, come)))
                    if at + 1 < count && is_slight(&text) =>
                {
                    gone.push_str(&text);
                    come.push_str(&text);
                }
                (Part::Changed(old, new), Some(Part::Changed(gone, come))) => {
                    gone.push_str(&old);
                    come.push_str(&new);
                }
                (part, _) => joined.push(part),
            }
        }
        let count = joined.len();
        let mut segments = Vec::with_capacity(count * 2);
        for (at, part) in joined.into_iter().enumerate() {
            match part {
                Part::Same(text) => elide(text, at == 0, at + 1 == count, &mut segments),
                Part::Changed(gone, come) => {
                    for (kind, text) in [(SegmentKind::Removed, gone), (SegmentKind::Added, come)] {
                        if !text.is_empty() {
                            segments.push(Segment { kind, text });
                        }
                    }
                }
            }
        }
        segments
    }
}

/// Whether a run is too slight to stand between two changes: no letter or digit in it.
fn is_slight(text: &str) -> bool {
    !text.chars().any(char::is_alphanumeric) && !text.contains('\n')
}

/// A run that stayed, its middle elided when it is long; at the text's ends only the side towards the
/// change stays.
fn elide(text: String, is_first: bool, is_last: bool, segments: &mut Vec<Segment>) {
    let mut push = |kind, text: &str| {
        if !text.is_empty() {
            segments.push(Segment {
                kind,
                text: text.to_owned(),
            });
        }
    };
    if text.chars().nth(LONG_RUN_CHARS).is_none() || (is_first && is_last) {
        push(SegmentKind::Same, &text);
        return;
    }
    let head_to = if is_first { 0 } else { word_end(&text) };
    let tail_from = if is_last {
        text.len()
    } else {
        word_start(&text)
    };
    push(SegmentKind::Same, &text[..head_to]);
    push(SegmentKind::Elided, &text[head_to..tail_from]);
    push(SegmentKind::Same, &text[tail_from..]);
}

/// Where the last whole word of the first characters ends.
fn word_end(text: &str) -> usize {
    let limit = text
        .char_indices()
        .nth(CONTEXT_CHARS)
        .map_or(text.len(), |(at, _)| at);
    text[..limit]
        .rfind(char::is_whitespace)
        .filter(|at| *at > 0)
        .unwrap_or(limit)
}

/// Where the first whole word of the last characters begins.
fn word_start(text: &str) -> usize {
    let limit = text
        .char_indices()
        .rev()
        .nth(CONTEXT_CHARS)
        .map_or(0, |(at, _)| at);
    text[limit..]
        .char_indices()
        .find(|(_, c)| c.is_whitespace())
        .map_or(limit, |(at, c)| limit + at + c.len_utf8())
}
