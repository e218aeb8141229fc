//! Letters that stand in for others: an address with a Cyrillic `а` looks like one that is written in ASCII, and is another.
//! No account has such an address, since invitations take ASCII alone; whoever tries to come in types what they like.

/// How many letters are named.
const MOST_NAMED: usize = 3;

/// Small letters of other alphabets that pass for Latin ones by themselves, as in `сара`.
const PASSING: &str = "аеорсухіјѕһԁԛԝӏѵαικνορτυχγոսցհ";

/// Letters and signs of a text that are not what they seem, each once, in their order: what can't be seen, Latin letters in
/// another form, and those of alphabets that resemble the Latin one, where they stand in one part of the text (between
/// dots, `@` and the like) with ASCII letters or could all be taken for such. What is written in another script from end to
/// end, or with accents, is what it seems.
pub fn look_alikes(text: &str) -> Vec<char> {
    let mut found = Vec::new();
    if text.is_ascii() {
        return found;
    }
    for part in text.split(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric()) {
        let is_mixed = part.contains(|c: char| c.is_ascii_alphabetic());
        let is_passing = part
            .chars()
            .all(|c| c.is_ascii_digit() || is_odd(c) || c.to_lowercase().all(passes));
        for c in part.chars() {
            let is_found = is_odd(c) || (resembles(c) && (is_mixed || is_passing));
            if is_found && !found.contains(&c) {
                found.push(c);
            }
        }
    }
    found
}

/// The [`look_alikes`] of a text with their code points, such as `а U+0430`, at most three; none where there are none.
pub fn look_alikes_named(text: &str) -> Option<String> {
    let found = look_alikes(text);
    let named: Vec<_> = found.iter().take(MOST_NAMED).map(|c| named(*c)).collect();
    let rest = if found.len() > MOST_NAMED {
        ", …"
    } else {
        ""
    };
    (!named.is_empty()).then(|| format!("{}{rest}", named.join(", ")))
}

fn named(c: char) -> String {
    let point = format!("U+{:04X}", u32::from(c));
    if is_unseen(c) {
        point
    } else {
        format!("{c} {point}")
    }
}

fn passes(c: char) -> bool {
    PASSING.contains(c)
}

/// Whether it is never what it seems, whatever stands beside it.
fn is_odd(c: char) -> bool {
    is_unseen(c) || is_other_form(c)
}

/// Whether nothing is seen of it: joiners, direction marks, fillers, variation selectors, tags.
fn is_unseen(c: char) -> bool {
    matches!(
        u32::from(c),
        0xAD | 0x34F
            | 0x61C
            | 0x115F
            | 0x1160
            | 0x17B4
            | 0x17B5
            | 0x180B..=0x180F
            | 0x200B..=0x200F
            | 0x202A..=0x202E
            | 0x2060..=0x206F
            | 0x3164
            | 0xFE00..=0xFE0F
            | 0xFEFF
            | 0xFFA0
            | 0xE0000..=0xE01EF
    )
}

/// Whether it is a Latin letter in a form that shops' addresses have not: dotless, phonetic, circled, wide, of mathematics.
fn is_other_form(c: char) -> bool {
    matches!(
        u32::from(c),
        0x131 | 0x17F
            | 0x237
            | 0x250..=0x2AF
            | 0x1D00..=0x1DBF
            | 0x2100..=0x218F
            | 0x249C..=0x24E9
            | 0xFF01..=0xFF5E
            | 0x1D400..=0x1D7FF
    )
}

/// Whether it is of an alphabet with letters that resemble Latin ones: Greek, Coptic, Cyrillic, Armenian, Cherokee, Lisu.
fn resembles(c: char) -> bool {
    matches!(
        u32::from(c),
        0x370..=0x52F
            | 0x531..=0x58F
            | 0x13A0..=0x13FD
            | 0x1C80..=0x1C8F
            | 0x1F00..=0x1FFF
            | 0x2C80..=0x2CFF
            | 0xA4D0..=0xA4FF
            | 0xA640..=0xA69F
            | 0xAB70..=0xABBF
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_stand_in_for_latin_ones_are_named_with_their_code_points() {
        for (text, named) in [
            ("s\u{430}ra@maisonnoor.example", "\u{430} U+0430"),
            // In the domain, in Greek, and each once.
            (
                "sara@m\u{430}is\u{3bf}nno\u{3bf}r.example",
                "\u{430} U+0430, \u{3bf} U+03BF",
            ),
            // All of it could be Latin.
            (
                "\u{441}\u{430}\u{440}\u{430}@maisonnoor.example",
                "\u{441} U+0441, \u{430} U+0430, \u{440} U+0440",
            ),
            ("s\u{200b}ara@maisonnoor.example", "U+200B"),
            ("\u{ff53}ara@maisonnoor.example", "\u{ff53} U+FF53"),
            ("sar\u{251}@maisonnoor.example", "\u{251} U+0251"),
            (
                "p\u{430}\u{443}\u{440}al\u{435}@x.example",
                "\u{430} U+0430, \u{443} U+0443, \u{440} U+0440, …",
            ),
        ] {
            assert_eq!(look_alikes_named(text).as_deref(), Some(named), "{text}");
        }
    }

    #[test]
    fn what_is_what_it_seems_is_not_named() {
        for text in [
            "",
            "sara@maisonnoor.example",
            "m\u{fc}ller@k\u{e9}kko.example",
            "نورة@بريد.example",
            "наташа@почта.example",
            "διεύθυνση@x.example",
            "花子@x.example",
            crate::MASK,
        ] {
            assert_eq!(look_alikes_named(text), None, "{text}");
        }
    }
}
