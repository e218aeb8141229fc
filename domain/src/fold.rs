//! One folding of text for search, used by the database columns, the predicate and the query.

use std::ops::Range;

/// Folds `text` so that what people take for the same letters compares equal.
///
/// Lower case (Unicode), Latin diacritics kept, Arabic harakat and tatweel dropped, the forms of alef and
/// of yeh and teh marbuta unified, Arabic-Indic digits turned into Latin ones, any run of white space or
/// control characters turned into one space, ends trimmed.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold_onto(&mut out, text);
    out
}

/// Writes what [`fold`] makes of `text` at the end of `out`.
pub(crate) fn fold_onto(out: &mut String, text: &str) {
    if !text.is_ascii() {
        walk(text, |c, _| out.push(c));
        return;
    }
    // Most of what is folded, and a tenth of the work.
    if is_tidy(text) {
        let start = out.len();
        out.push_str(text);
        out[start..].make_ascii_lowercase();
    } else {
        words_onto(out, text.split(|c: char| !c.is_ascii_graphic()));
    }
}

/// Whether it is nothing but words of Latin letters with one space between them.
fn is_tidy(text: &str) -> bool {
    let bytes = text.as_bytes();
    // Without a way out before the end, many bytes are looked at at once.
    let is_clean = bytes.iter().fold(true, |is_clean, byte| {
        is_clean & (byte.is_ascii_graphic() | (*byte == b' '))
    });
    let pairs = bytes.iter().zip(bytes.iter().skip(1));
    let is_double = pairs.fold(false, |is_double, (one, next)| {
        is_double | ((*one == b' ') & (*next == b' '))
    });
    is_clean && !is_double && !text.starts_with(' ') && !text.ends_with(' ')
}

/// As [`fold_onto`], with each of `gaps` taken for white space.
pub(crate) fn fold_words_onto(out: &mut String, text: &str, gaps: [char; 2]) {
    if text.is_ascii() {
        let is_gap = |c: char| !c.is_ascii_graphic() || gaps.contains(&c);
        words_onto(out, text.split(is_gap));
    } else {
        fold_onto(out, &text.replace(gaps, " "));
    }
}

/// Writes words of Latin letters, with one space between those that are not empty.
fn words_onto<'t>(out: &mut String, words: impl Iterator<Item = &'t str>) {
    let start = out.len();
    for word in words {
        if word.is_empty() {
            continue;
        }
        if out.len() > start {
            out.push(' ');
        }
        let from = out.len();
        out.push_str(word);
        out[from..].make_ascii_lowercase();
    }
}

/// Folds, and says for each byte of the result which bytes of `text` it came from.
pub(crate) fn fold_with_places(text: &str) -> (String, Vec<Range<usize>>) {
    let mut out = String::with_capacity(text.len());
    let mut places = Vec::with_capacity(text.len());
    walk(text, |c, place| {
        out.push(c);
        places.resize(out.len(), place);
    });
    (out, places)
}

/// Hands out the folded characters, each with the place that it came from.
fn walk(text: &str, mut emit: impl FnMut(char, Range<usize>)) {
    let mut gap: Option<Range<usize>> = None;
    let mut is_first = true;
    for (at, c) in text.char_indices() {
        let place = at..at + c.len_utf8();
        if c.is_whitespace() || c.is_control() {
            gap = Some(gap.map_or(place.clone(), |gap| gap.start..place.end));
            continue;
        }
        if is_dropped(c) {
            continue;
        }
        if let Some(gap) = gap.take()
            && !is_first
        {
            emit(' ', gap);
        }
        is_first = false;
        match unified(c) {
            Some(other) => emit(other, place),
            None if c.is_ascii() => emit(c.to_ascii_lowercase(), place),
            // U+0130 lowers to two characters whose second is a combining dot: searching "istanbul"
            // must find "İstanbul".
            None if c == 'İ' => emit('i', place),
            // Letters of Arabic have one case.
            None if matches!(c, '\u{0600}'..='\u{06FF}') => emit(c, place),
            None => c.to_lowercase().for_each(|low| emit(low, place.clone())),
        }
    }
}

/// Arabic vowel signs, superscript alef, tatweel, and direction marks: present or absent by taste.
const fn is_dropped(c: char) -> bool {
    matches!(c, '\u{064B}'..='\u{065F}' | '\u{0670}' | '\u{0640}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

fn unified(c: char) -> Option<char> {
    Some(match c {
        'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
        'ى' => 'ي',
        'ة' => 'ه',
        'ؤ' => 'و',
        'ئ' => 'ي',
        '٠'..='٩' => char::from(b'0' + (c as u32 - '٠' as u32) as u8),
        '۰'..='۹' => char::from(b'0' + (c as u32 - '۰' as u32) as u8),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn case_space_and_arabic_forms_are_folded() {
        assert_eq!(fold("  Linen\t\nSHIRT "), "linen shirt");
        assert_eq!(fold("عَبَاءَة"), fold("عباءة"));
        assert_eq!(fold("إلى"), fold("الي"));
        assert_eq!(fold("٢٠٢٦"), "2026");
        assert_eq!(fold("İstanbul"), "istanbul");
    }

    #[test]
    fn latin_letters_fold_alike_alone_and_beside_others() {
        for text in [
            "",
            " ",
            "a",
            "  Linen\t\nSHIRT \u{7f}x",
            "\u{0}A\u{1f}b~ ",
            "12:30 - o'Clock",
        ] {
            // The letter behind it keeps the text from being read as Latin alone.
            let beside = fold(&format!("{text} \u{e9}"));
            let alone = fold(text);
            let expected = if alone.is_empty() {
                "\u{e9}".to_owned()
            } else {
                format!("{alone} \u{e9}")
            };
            assert_eq!(beside, expected, "{text:?}");
        }
    }

    #[test]
    fn folding_twice_changes_nothing() {
        for text in ["ẞtraße Ünïcode", "أحمد الـسـعـيد", "a\u{200f}b  c", "ΑΣ"]
        {
            assert_eq!(fold(&fold(text)), fold(text));
        }
    }
}
