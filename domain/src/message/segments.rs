//! How many parts an SMS takes: GSM 03.38 with its extension table, else UCS-2.

use serde::{Deserialize, Serialize};

/// How an SMS is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// Seven bits a character (3GPP TS 23.038 6.2.1).
    Gsm7,
    /// Sixteen bits a character; emoji take two.
    Ucs2,
}

/// The size of an SMS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Segments {
    /// How it is encoded.
    pub encoding: Encoding,
    /// How many parts are sent and paid: none for no text.
    pub count: u32,
    /// How many units (septets or UTF-16 units) it has.
    pub units: u32,
    /// How many more fit into the last part.
    pub left: u32,
}

const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// The parts of a text. A character is never split over two parts.
pub fn segments(text: &str) -> Segments {
    let septets: Option<Vec<u32>> = text
        .chars()
        .map(|c| {
            if BASIC.contains(c) {
                Some(1)
            } else {
                EXTENSION.contains(c).then_some(2)
            }
        })
        .collect();
    match septets {
        Some(widths) => parts(Encoding::Gsm7, &widths, 160, 153),
        None => {
            let widths: Vec<u32> = text.chars().map(|c| c.len_utf16() as u32).collect();
            parts(Encoding::Ucs2, &widths, 70, 67)
        }
    }
}

fn parts(encoding: Encoding, widths: &[u32], single: u32, joined: u32) -> Segments {
    let units: u32 = widths.iter().sum();
    if units <= single {
        return Segments {
            encoding,
            count: u32::from(units > 0),
            units,
            left: single - units,
        };
    }
    let (mut count, mut filled) = (1, 0);
    for width in widths {
        if filled + width > joined {
            count += 1;
            filled = 0;
        }
        filled += width;
    }
    Segments {
        encoding,
        count,
        units,
        left: joined - filled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> (Encoding, u32, u32) {
        let s = segments(text);
        (s.encoding, s.count, s.units)
    }

    #[test]
    fn sms_are_counted_as_they_are_paid() {
        assert_eq!(count(""), (Encoding::Gsm7, 0, 0));
        assert_eq!(count(&"a".repeat(160)), (Encoding::Gsm7, 1, 160));
        assert_eq!(count(&"a".repeat(161)), (Encoding::Gsm7, 2, 161));
        assert_eq!(count(&"a".repeat(306)), (Encoding::Gsm7, 2, 306));
        assert_eq!(count(&"a".repeat(307)), (Encoding::Gsm7, 3, 307));
        assert_eq!(count("€"), (Encoding::Gsm7, 1, 2));
        assert_eq!(count(&"م".repeat(70)), (Encoding::Ucs2, 1, 70));
        assert_eq!(count(&"م".repeat(71)), (Encoding::Ucs2, 2, 71));
        assert_eq!(count("🧵"), (Encoding::Ucs2, 1, 2));
    }

    #[test]
    fn a_character_is_not_split_over_two_parts() {
        // 152 septets and a sign of two: the sign begins the second part.
        let text = format!("{}€{}", "a".repeat(152), "a".repeat(152));
        assert_eq!(count(&text), (Encoding::Gsm7, 3, 306));
        assert_eq!(
            segments(&format!("{}🧵{}", "م".repeat(66), "م".repeat(20))).count,
            2
        );
    }
}
