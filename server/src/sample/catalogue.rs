//! The products as they are at a moment of the story: price, stock, texts, tags.

use super::dice::Dice;
use super::garments::{CARRIED, COLOURS, GARMENTS, Garment, IN_ARABIC, WORN};
use domain::Reference;
use serde_json::{Value, json};

/// How many products the shop starts with.
pub(super) const PRODUCTS_AT_START: usize = 160;

/// A product in one colour.
#[derive(Debug, Clone)]
pub(super) struct Product {
    /// The store's own id.
    pub id: String,
    /// As the shop calls it.
    pub name: String,
    /// In the other language.
    pub other_name: String,
    /// The article number.
    pub sku: String,
    /// What it was cut as.
    pub garment: &'static Garment,
    /// In halalas.
    pub price: i64,
    /// The price struck through, in halalas.
    pub price_before_sale: Option<i64>,
    /// What one piece costs the shop, in halalas.
    pub cost: i64,
    /// In grams.
    pub weight: i64,
    /// What the records say is there.
    pub recorded: i64,
    /// What is there and not sold: never below 0.
    pub available: i64,
    /// The orders that took from it since the last record.
    pub taken_by: Vec<u32>,
    /// The sentences of its text.
    pub text: Vec<&'static str>,
    /// Its tags, sorted as the shop keeps them.
    pub tags: Vec<&'static str>,
    /// How many photos it has.
    pub photos: i64,
    /// Whether buyers see it.
    pub is_shown: bool,
    /// Whether it is gone.
    pub is_deleted: bool,
}

/// Tags that the shop uses.
pub(super) const TAGS: &[&str] = &[
    "new-in",
    "summer",
    "winter",
    "staff-pick",
    "eid-edit",
    "gift",
    "workwear",
    "travel",
    "best-seller",
    "last-pieces",
    "made-in-riyadh",
    "limited",
    "slow-fashion",
    "online-only",
    "capsule",
    "modest",
];

impl Product {
    /// The `number`th product, counted from 0: its garment in one of that garment's colours.
    pub fn cut(number: usize, dice: &mut Dice) -> Self {
        let garment = &GARMENTS[number % GARMENTS.len()];
        let round = number / GARMENTS.len();
        let colour = COLOURS[(garment.colour + round * 5) % COLOURS.len()];
        let (english, in_arabic) = (
            format!("{}, {}", garment.name, colour.0),
            format!("{}، {}", garment.name_ar, colour.1),
        );
        let (name, other_name) = if garment.is_arabic {
            (in_arabic, english)
        } else {
            (english, in_arabic)
        };
        let price = (garment.price + 5 * dice.between(-2, 2)) * 100;
        let stock = dice.between(30, 90);
        let mut product = Self {
            id: format!("p_{}", 801 + number),
            name,
            other_name,
            sku: format!("{}-{:04}", garment.shelf.words().1, 101 + number),
            garment,
            price,
            price_before_sale: None,
            cost: price * dice.between(34, 52) / 100,
            weight: garment.weight + 10 * dice.between(-3, 3),
            recorded: stock,
            available: stock,
            taken_by: Vec::new(),
            text: Vec::new(),
            tags: Vec::new(),
            photos: dice.between(3, 7),
            is_shown: true,
            is_deleted: false,
        };
        for _ in 0..dice.between(2, 4) {
            product.write_sentence(dice);
        }
        for _ in 0..dice.between(1, 4) {
            product.put_tag(dice.pick(TAGS));
        }
        product
    }

    /// The sentences that fit it.
    fn sentences(&self) -> &'static [&'static str] {
        if self.garment.is_arabic {
            IN_ARABIC
        } else if self.garment.shelf.is_worn() {
            WORN
        } else {
            CARRIED
        }
    }

    /// Adds a sentence, or puts one in another's place when there are five; false when it was there.
    pub fn write_sentence(&mut self, dice: &mut Dice) -> bool {
        let sentence = dice.pick(self.sentences());
        if self.text.contains(&sentence) {
            return false;
        }
        if self.text.len() >= 5 || (self.text.len() > 2 && dice.chance(0.5)) {
            let at = dice.below(self.text.len());
            self.text[at] = sentence;
        } else {
            self.text.push(sentence);
        }
        true
    }

    /// Its text as buyers read it.
    pub fn text(&self) -> String {
        self.text.join(" ")
    }

    /// Adds a tag unless it has it.
    pub fn put_tag(&mut self, tag: &'static str) {
        if let Err(at) = self.tags.binary_search(&tag) {
            self.tags.insert(at, tag);
        }
    }

    /// Takes a tag away if it has it.
    pub fn drop_tag(&mut self, tag: &str) {
        self.tags.retain(|have| *have != tag);
    }

    /// Its tags as a value.
    pub fn tags(&self) -> Value {
        json!(self.tags)
    }

    /// Whether a buyer can put it into the cart.
    pub fn is_for_sale(&self) -> bool {
        self.is_shown && !self.is_deleted && self.available > 0
    }

    /// The product as the thing something is done to.
    pub fn reference(&self) -> Reference {
        Reference {
            kind: "product".to_owned(),
            id: self.id.clone(),
            name: Some(self.name.clone()),
        }
    }
}

/// `1,450.00 SAR`, from halalas.
pub(super) fn money(halalas: i64) -> String {
    let sign = if halalas < 0 { "-" } else { "" };
    let halalas = halalas.unsigned_abs();
    format!("{sign}{}.{:02} SAR", grouped(halalas / 100), halalas % 100)
}

/// `129.00`, from halalas: how amounts are written in JSON text.
pub(super) fn decimal(halalas: i64) -> String {
    format!("{}.{:02}", halalas / 100, halalas % 100)
}

/// An amount with its currency, from halalas.
pub(super) fn amount(halalas: i64) -> Value {
    json!({ "amount": decimal(halalas), "currency": "SAR" })
}

/// An amount as a number of riyals, from halalas.
pub(super) fn riyals(halalas: i64) -> Value {
    if halalas % 100 == 0 {
        json!(halalas / 100)
    } else {
        json!(halalas as f64 / 100.0)
    }
}

/// `1,450`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
