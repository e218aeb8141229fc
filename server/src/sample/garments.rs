//! What the shop sells, before colour and size: names in English and Arabic, shelves, prices.

/// A piece as designed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Garment {
    /// In English.
    pub name: &'static str,
    /// In Arabic.
    pub name_ar: &'static str,
    /// Where it stands.
    pub shelf: Shelf,
    /// In riyals.
    pub price: i64,
    /// In grams.
    pub weight: i64,
    /// The colour it was designed in, an index into [`COLOURS`].
    pub colour: usize,
    /// Whether the shop calls it by its Arabic name in both languages.
    pub is_arabic: bool,
}

/// Where a piece stands in the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shelf {
    /// Coats and jackets.
    Outerwear,
    /// Abayas, kaftans, bishts.
    Abayas,
    /// Shirts and blouses.
    Shirts,
    /// Wool and cashmere.
    Knitwear,
    /// Dresses and skirts.
    Dresses,
    /// Trousers.
    Trousers,
    /// Scarves, belts, gloves.
    Accessories,
    /// Shoes.
    Shoes,
    /// Bags.
    Bags,
    /// For children.
    Children,
}

impl Shelf {
    /// As the filter of the shop has it, and the first letters of the article numbers.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Outerwear => ("outerwear", "OUT"),
            Self::Abayas => ("abayas", "ABA"),
            Self::Shirts => ("shirts", "SHI"),
            Self::Knitwear => ("knitwear", "KNI"),
            Self::Dresses => ("dresses", "DRE"),
            Self::Trousers => ("trousers", "TRO"),
            Self::Accessories => ("accessories", "ACC"),
            Self::Shoes => ("shoes", "SHO"),
            Self::Bags => ("bags", "BAG"),
            Self::Children => ("children", "KID"),
        }
    }

    /// Whether it is worn, and so has a cut and a care label.
    pub const fn is_worn(self) -> bool {
        !matches!(self, Self::Accessories | Self::Bags | Self::Shoes)
    }

    /// How many sizes it comes in.
    pub const fn sizes(self) -> i64 {
        match self {
            Self::Accessories | Self::Bags => 1,
            Self::Shoes => 8,
            Self::Children => 5,
            _ => 6,
        }
    }
}

/// Colours in English and Arabic.
pub(super) const COLOURS: [(&str, &str); 18] = [
    ("camel", "جملي"),
    ("black", "أسود"),
    ("ivory", "عاجي"),
    ("moss", "طحلبي"),
    ("navy", "كحلي"),
    ("sand", "رملي"),
    ("oat", "شوفاني"),
    ("charcoal", "فحمي"),
    ("indigo", "نيلي"),
    ("burgundy", "خمري"),
    ("rose", "وردي"),
    ("stone", "حجري"),
    ("olive", "زيتوني"),
    ("tan", "بني فاتح"),
    ("rust", "صدئي"),
    ("sky", "سماوي"),
    ("plum", "برقوقي"),
    ("mustard", "خردلي"),
];

const fn piece(
    name: &'static str,
    name_ar: &'static str,
    shelf: Shelf,
    price: i64,
    weight: i64,
    colour: usize,
) -> Garment {
    Garment {
        name,
        name_ar,
        shelf,
        price,
        weight,
        colour,
        is_arabic: false,
    }
}

const fn arabic(
    name: &'static str,
    name_ar: &'static str,
    shelf: Shelf,
    price: i64,
    weight: i64,
    colour: usize,
) -> Garment {
    Garment {
        is_arabic: true,
        ..piece(name, name_ar, shelf, price, weight, colour)
    }
}

use Shelf as S;

/// Everything the shop has ever cut.
pub(super) const GARMENTS: [Garment; 44] = [
    piece("Linen shirt", "قميص كتان", S::Shirts, 120, 210, 5),
    arabic("Linen abaya", "عباية كتان", S::Abayas, 285, 540, 1),
    piece("Leather belt", "حزام جلد", S::Accessories, 125, 180, 13),
    piece("Wool coat", "معطف صوف", S::Outerwear, 780, 1450, 0),
    piece("Silk scarf", "وشاح حرير", S::Accessories, 232, 60, 10),
    piece(
        "Merino cardigan",
        "كارديغان مرينو",
        S::Knitwear,
        280,
        390,
        3,
    ),
    piece("Wide-leg trousers", "بنطال واسع", S::Trousers, 225, 420, 11),
    arabic("Crepe abaya", "عباية كريب", S::Abayas, 340, 610, 7),
    piece("Silk blouse", "بلوزة حرير", S::Shirts, 260, 160, 2),
    piece("Denim jacket", "جاكيت جينز", S::Outerwear, 310, 820, 8),
    piece("Tote bag", "حقيبة توت", S::Bags, 380, 760, 0),
    piece("Midi dress", "فستان ميدي", S::Dresses, 330, 380, 12),
    piece("Cashmere scarf", "وشاح كشمير", S::Accessories, 320, 140, 6),
    piece("Leather loafers", "لوفر جلد", S::Shoes, 410, 690, 9),
    arabic("Embroidered abaya", "عباية مطرزة", S::Abayas, 560, 720, 4),
    piece("Puffer vest", "سترة منفوخة", S::Outerwear, 340, 510, 3),
    piece("Oxford shirt", "قميص أكسفورد", S::Shirts, 165, 240, 15),
    piece("Pleated skirt", "تنورة بكسرات", S::Dresses, 230, 310, 16),
    piece("Sneakers", "حذاء رياضي", S::Shoes, 350, 640, 2),
    piece("Quilted jacket", "جاكيت مبطن", S::Outerwear, 465, 690, 4),
    arabic("Thobe", "ثوب", S::Shirts, 220, 430, 2),
    piece("Crossbody bag", "حقيبة كروس", S::Bags, 420, 520, 9),
    piece("Poplin shirt", "قميص بوبلين", S::Shirts, 145, 200, 10),
    piece("Tailored trousers", "بنطال رسمي", S::Trousers, 260, 450, 7),
    piece("Sandals", "صندل", S::Shoes, 240, 480, 13),
    arabic("Kaftan", "قفطان", S::Abayas, 620, 680, 16),
    piece(
        "Roll-neck jumper",
        "كنزة برقبة عالية",
        S::Knitwear,
        240,
        410,
        6,
    ),
    piece("Trench coat", "معطف ترنش", S::Outerwear, 690, 1180, 11),
    piece("Wrap dress", "فستان لف", S::Dresses, 350, 400, 14),
    piece("Sunglasses", "نظارة شمسية", S::Accessories, 290, 45, 1),
    arabic("Open abaya", "عباية مفتوحة", S::Abayas, 310, 580, 5),
    piece("Ballet flats", "حذاء باليه", S::Shoes, 260, 390, 10),
    piece("Linen jumpsuit", "جمبسوت كتان", S::Dresses, 365, 470, 17),
    arabic("Children’s thobe", "ثوب أطفال", S::Children, 130, 260, 2),
    piece("Suede boots", "بوت شامواه", S::Shoes, 560, 980, 0),
    piece("Clutch", "كلتش سهرة", S::Bags, 310, 280, 10),
    piece("Parka", "باركا", S::Outerwear, 890, 1320, 12),
    arabic("Jalabiya", "جلابية", S::Abayas, 395, 520, 9),
    piece("Rain jacket", "معطف مطر", S::Outerwear, 295, 460, 17),
    piece(
        "Cotton dress",
        "فستان قطن للبنات",
        S::Children,
        145,
        190,
        10,
    ),
    piece("Evening gown", "فستان سهرة", S::Dresses, 1250, 940, 16),
    piece("Suede jacket", "جاكيت شامواه", S::Outerwear, 1310, 1240, 5),
    arabic("Winter abaya", "عباية شتوية", S::Abayas, 520, 890, 4),
    arabic("Wool bisht", "بشت صوف", S::Outerwear, 960, 1050, 13),
];

/// Sentences of product texts, for what is worn.
pub(super) const WORN: &[&str] = &[
    "Cut and sewn in Riyadh in runs of sixty.",
    "Fits true to size.",
    "Take one size up for a relaxed fit.",
    "The model is 174 cm tall and wears M.",
    "Wash at 30 degrees, inside out.",
    "Dry clean only.",
    "Do not tumble dry.",
    "Lined with breathable viscose.",
    "Two side pockets and one hidden inside.",
    "The fabric is pre-washed and won’t shrink.",
    "Buttons of natural corozo.",
    "The hem can be shortened in our shop in Olaya street, free of charge.",
    "Woven in Biella from traceable yarn.",
    "Pairs with the leather belt in tan.",
    "Back in stock after two years, by request.",
    "Each piece is checked by hand before it leaves.",
];

/// Sentences of product texts, for what is carried or put on.
pub(super) const CARRIED: &[&str] = &[
    "Vegetable-tanned leather that darkens with use.",
    "Made by a family workshop in Fez.",
    "Wipe with a damp cloth, keep away from direct sun.",
    "Arrives in a reusable cotton bag.",
    "Holds a 13-inch laptop and a water bottle.",
    "The clasp is solid brass.",
    "Stitched by hand with waxed linen thread.",
    "One size.",
    "Gift wrapping on request.",
    "The colour may differ slightly from the picture.",
    "Repairs are free for two years.",
    "Light enough for a day in town.",
];

/// Sentences of product texts in Arabic.
pub(super) const IN_ARABIC: &[&str] = &[
    "مصنوعة في الرياض بكميات محدودة.",
    "القماش خفيف ومناسب لأجواء الصيف.",
    "القصة واسعة ومريحة.",
    "ننصح بالتنظيف الجاف.",
    "تصل مع حقيبة قطنية قابلة لإعادة الاستخدام.",
    "طول العارضة 170 سم وتلبس مقاس 54.",
    "التطريز يدوي بالكامل.",
    "تتوفر خدمة تقصير الطول مجانًا في فرع العليا.",
    "الأزرار مخفية والأكمام قابلة للطي.",
    "تُغسل على درجة حرارة 30 مقلوبة.",
];
