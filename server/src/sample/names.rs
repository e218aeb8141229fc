//! What people are called: names in the scripts in which their owners write them.

use super::dice::Dice;
use super::homes::{ELSEWHERE, Home, SAUDI};

/// A person's name and its letters for an email address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// As its owner writes it.
    pub full: String,
    /// In a to z and dots.
    pub latin: String,
    /// Where it is at home.
    pub home: Home,
}

const WOMEN: &[(&str, &str)] = &[
    ("نورة", "Noura"),
    ("ليلى", "Layla"),
    ("هند", "Hind"),
    ("منى", "Mona"),
    ("العنود", "Alanoud"),
    ("جواهر", "Jawaher"),
    ("لطيفة", "Latifa"),
    ("شهد", "Shahad"),
    ("دانة", "Dana"),
    ("غادة", "Ghada"),
    ("أمل", "Amal"),
    ("رنا", "Rana"),
    ("لمى", "Lama"),
    ("هيفاء", "Haifa"),
    ("مها", "Maha"),
    ("بسمة", "Basma"),
    ("وجدان", "Wijdan"),
    ("أسماء", "Asma"),
    ("فاطمة", "Fatimah"),
    ("مريم", "Maryam"),
    ("سلمى", "Salma"),
    ("رغد", "Raghad"),
];

const MEN: &[(&str, &str)] = &[
    ("عبدالله", "Abdullah"),
    ("محمد", "Mohammed"),
    ("فهد", "Fahad"),
    ("سعود", "Saud"),
    ("تركي", "Turki"),
    ("فيصل", "Faisal"),
    ("ناصر", "Nasser"),
    ("سلطان", "Sultan"),
    ("ماجد", "Majed"),
    ("بندر", "Bandar"),
    ("يوسف", "Yousef"),
    ("أحمد", "Ahmad"),
    ("إبراهيم", "Ibrahim"),
    ("زياد", "Ziyad"),
    ("راكان", "Rakan"),
    ("مشاري", "Mishari"),
];

const FAMILIES: &[(&str, &str)] = &[
    ("العتيبي", "Al-Otaibi"),
    ("القحطاني", "Al-Qahtani"),
    ("المنصوري", "Al-Mansouri"),
    ("الحربي", "Al-Harbi"),
    ("الدوسري", "Al-Dosari"),
    ("الغامدي", "Al-Ghamdi"),
    ("الزهراني", "Al-Zahrani"),
    ("المطيري", "Al-Mutairi"),
    ("السبيعي", "Al-Subaie"),
    ("الشمري", "Al-Shammari"),
    ("العنزي", "Al-Anazi"),
    ("البقمي", "Al-Bugami"),
    ("الرشيدي", "Al-Rashidi"),
    ("الأحمدي", "Al-Ahmadi"),
    ("الخالدي", "Al-Khaldi"),
    ("اليامي", "Al-Yami"),
    ("العسيري", "Al-Asiri"),
    ("الجهني", "Al-Juhani"),
    ("التميمي", "Al-Tamimi"),
    ("النعيمي", "Al-Nuaimi"),
    ("العمري", "Al-Omari"),
    ("السالم", "Al-Salem"),
    ("الفهد", "Al-Fahad"),
    ("الصالح", "Al-Saleh"),
];

/// A name: four in ten in Arabic script, two in ten Arabic in Latin script, the others from elsewhere.
pub(super) fn name(dice: &mut Dice) -> Name {
    let kind = dice.weighted(&[42, 18, 40]);
    if kind == 2 {
        return name_from_elsewhere(dice);
    }
    let given = if dice.chance(0.72) {
        dice.pick(WOMEN)
    } else {
        dice.pick(MEN)
    };
    let family = dice.pick(FAMILIES);
    let latin = format!("{} {}", given.1, family.1);
    Name {
        full: if kind == 0 {
            format!("{} {}", given.0, family.0)
        } else {
            latin.clone()
        },
        latin: letters(&latin),
        home: SAUDI,
    }
}

fn name_from_elsewhere(dice: &mut Dice) -> Name {
    let place = &ELSEWHERE[dice.below(ELSEWHERE.len())];
    let (given, family) = (dice.pick(place.given), dice.pick(place.family));
    let full = if place.family_first {
        format!("{family} {given}")
    } else {
        format!("{given} {family}")
    };
    // Most of them live in Riyadh and have a number of the Kingdom.
    let home = if dice.chance(0.55) { SAUDI } else { place.home };
    Name {
        latin: letters(&full),
        full,
        home,
    }
}

/// The letters of a name for an email address: `Lê Thị Hương` gives `le.thi.huong`.
pub(super) fn letters(name: &str) -> String {
    const PLAIN: &[(char, &str)] = &[
        ('a', "áàâäãåạảăắâấầậąа"),
        ('c', "çč"),
        ('b', "б"),
        ('d', "đд"),
        ('e', "éèêëẹếềệễęе"),
        ('h', "гх"),
        ('g', "ğ"),
        ('i', "íìîïıịĩіїия"),
        ('k', "к"),
        ('l', "łл"),
        ('m', "м"),
        ('n', "ñńн"),
        ('o', "óòôöõøọơốồộổỗо"),
        ('r', "р"),
        ('s', "şśšсш"),
        ('t', "т"),
        ('u', "úùûüụưứừựủũ"),
        ('v', "в"),
        ('y', "ýỳỹ"),
        ('z', "żźž"),
    ];
    let mut out = String::with_capacity(name.len());
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' => out.push(c),
            ' ' if !out.ends_with('.') => out.push('.'),
            'ß' => out.push_str("ss"),
            other => out.extend(
                PLAIN
                    .iter()
                    .find(|(_, forms)| forms.contains(other))
                    .map(|(plain, _)| *plain),
            ),
        }
    }
    out
}

/// The last digits of a phone number, never twice the same for different `number`s below 10,000.
pub(super) fn phone(home: Home, number: usize, dice: &mut Dice) -> String {
    if home == SAUDI {
        let network = dice.pick(&[0, 3, 4, 5, 6, 8, 9]);
        format!("{}{network} 555 {:04}", home.dial, number % 10_000)
    } else if home.dial.ends_with("900") {
        format!("{}{:03}", home.dial, number % 1_000)
    } else {
        format!("{}{:04}", home.dial, number % 10_000)
    }
}
