//! Values as people read them: numbers with their unit, times on the store's clock.

use super::numbers::number_of;
use super::{category_label, day_short};
use crate::activity::clock::{clock_short, local};
use crate::i18n::{Locale, tr};
use crate::layout::{role_called, role_name};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use domain::diff::{Brief, brief};
use domain::view::ActivityRow;
use domain::{Category, Role};
use serde_json::Value;

/// Endings of field names that name a unit, and how it is written behind a number.
const UNITS: [(&str, &str); 7] = [
    ("_percent", "%"),
    ("_kg", " kg"),
    ("_g", " g"),
    ("_cm", " cm"),
    ("_mm", " mm"),
    ("_days", " d"),
    ("_ms", " ms"),
];

/// A field's name without the unit at its end.
pub(super) fn without_unit(field: &str) -> &str {
    UNITS
        .iter()
        .find_map(|(ending, _)| field.strip_suffix(ending))
        .filter(|stem| !stem.is_empty())
        .unwrap_or(field)
}

/// For whom values are written: a language, and the store's clock when it happened.
#[derive(Debug, Clone, Copy)]
pub struct Reader {
    locale: Locale,
    here: NaiveDateTime,
    offset_minutes: i32,
}

impl Reader {
    /// Who reads an entry.
    pub fn of(locale: Locale, row: &ActivityRow) -> Self {
        Self::at(locale, row.occurred_at, row.offset_minutes)
    }

    /// Who reads what happened then, on the store's clock.
    pub fn at(locale: Locale, occurred_at: DateTime<Utc>, offset_minutes: i32) -> Self {
        Self {
            locale,
            here: local(occurred_at, offset_minutes),
            offset_minutes,
        }
    }

    /// Their language.
    pub const fn locale(self) -> Locale {
        self.locale
    }

    /// A value in a few words, for a line of the list.
    pub fn brief(self, field: &str, value: &Value) -> String {
        let locale = self.locale;
        if let Some(money) = money(value) {
            return money;
        }
        match brief(value) {
            Brief::Nothing => tr!(locale, activity.value.nothing).to_owned(),
            Brief::Truth(true) => tr!(locale, activity.value.yes).to_owned(),
            Brief::Truth(false) => tr!(locale, activity.value.no).to_owned(),
            Brief::Number(number) => {
                let unit = UNITS.iter().find(|(ending, _)| field.ends_with(ending));
                let unit = unit.map_or("", |(_, unit)| unit);
                format!("{}{unit}", number_of(field, &number))
            }
            Brief::Text(text) => match text.parse::<Role>() {
                Ok(role) if field == "role" && Role::ALL.contains(&role) => {
                    role_name(locale, role).to_owned()
                }
                _ => self.time(&text).unwrap_or(text),
            },
            Brief::Items(count) => tr!(locale, activity.value.items, count = count as u64),
            Brief::Fields(count) => tr!(locale, activity.value.fields, count = count as u64),
        }
    }

    /// A value whole: texts and numbers as they are, money as such, other lists and objects as JSON.
    pub fn whole(self, field: &str, value: &Value) -> String {
        match value {
            Value::String(text) if text.trim().is_empty() => {
                tr!(self.locale, activity.value.empty).to_owned()
            }
            Value::String(text) => self.time(text).unwrap_or_else(|| text.clone()),
            Value::Array(_) | Value::Object(_) => money(value).unwrap_or_else(|| value.to_string()),
            other => self.brief(field, other),
        }
    }

    /// A value that the field tells to be a role, or categories and nothing else, by their names.
    pub fn named(self, field: &str, value: &Value) -> Option<String> {
        match (field, value) {
            ("role", Value::String(role)) => Some(role_called(self.locale, role)),
            ("categories", Value::Array(items)) if !items.is_empty() => {
                let label = |item: &Value| {
                    let category = item.as_str()?.parse::<Category>().ok()?;
                    Some(category_label(self.locale, category))
                };
                let labels = items.iter().map(label).collect::<Option<Vec<_>>>()?;
                Some(labels.join(tr!(self.locale, common.and)))
            }
            _ => None,
        }
    }

    /// A text that is a day or a time (RFC 3339), on the store's clock.
    fn time(self, text: &str) -> Option<String> {
        if !text.starts_with(|c: char| c.is_ascii_digit()) || text.len() < 10 {
            return None;
        }
        let day = |day: NaiveDate| day_short(self.locale, day, self.here.date());
        if let Ok(date) = text.parse::<NaiveDate>() {
            return Some(day(date));
        }
        let at = DateTime::parse_from_rfc3339(text).ok()?;
        let here = local(at.to_utc(), self.offset_minutes);
        Some(format!("{} {}", day(here.date()), clock_short(here)))
    }
}

/// An object of just an amount and a currency, as money: `345.50 SAR`.
fn money(value: &Value) -> Option<String> {
    let fields = value.as_object().filter(|fields| fields.len() == 2)?;
    let currency = fields.get("currency")?.as_str()?;
    match fields.get("amount")? {
        Value::String(amount) => Some(format!("{amount} {currency}")),
        Value::Number(amount) => Some(format!("{amount} {currency}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader() -> Reader {
        Reader {
            locale: Locale::en,
            here: "2026-11-20T09:14:03".parse().unwrap(),
            offset_minutes: 180,
        }
    }

    fn said(field: &str, json: &str) -> String {
        reader().brief(field, &serde_json::from_str(json).unwrap())
    }

    #[test]
    fn a_value_fits_a_line() {
        assert_eq!(said("x", "null"), "nothing");
        assert_eq!(said("x", "true"), "yes");
        assert_eq!(said("x", "1450"), "1,450");
        assert_eq!(said("x", "[1,2,3,4]"), "4 items");
        assert_eq!(said("role", r#""store_keeper""#), "Store keeper");
        assert_eq!(said("x", r#""store_keeper""#), "store_keeper");
    }

    #[test]
    fn a_unit_in_the_fields_name_stands_behind_the_number() {
        assert_eq!(said("weight_g", "1450"), "1,450 g");
        assert_eq!(said("discount_percent", "15"), "15%");
        assert_eq!(without_unit("_g"), "_g");
    }

    #[test]
    fn an_amount_with_its_currency_is_money() {
        let price = r#"{"amount":"345.50","currency":"SAR"}"#;
        assert_eq!(said("total", price), "345.50 SAR");
        let whole = reader().whole("total", &serde_json::from_str(price).unwrap());
        assert_eq!(whole, "345.50 SAR");
        assert_eq!(
            said("total", r#"{"amount":null,"currency":"SAR"}"#),
            "2 fields"
        );
        let more = r#"{"amount":1,"currency":"SAR","tax":2}"#;
        assert_eq!(said("total", more), "3 fields");
    }

    #[test]
    fn roles_and_categories_are_told_by_name() {
        let named = |locale, field, json| {
            let reader = Reader { locale, ..reader() };
            reader.named(field, &serde_json::from_str(json).unwrap())
        };
        let both = r#"["products","orders"]"#;
        let said = |words: &str| Some(words.to_owned());
        assert_eq!(
            named(Locale::en, "role", r#""manager""#),
            said(role_name(Locale::en, Role::Manager))
        );
        assert_eq!(
            named(Locale::ar, "role", r#""manager""#),
            said(role_name(Locale::ar, Role::Manager))
        );
        assert_eq!(
            named(Locale::en, "role", r#""Night shift""#),
            said("Night shift")
        );
        assert_eq!(
            named(Locale::en, "categories", both),
            said("Products, Orders")
        );
        assert_eq!(named(Locale::en, "tags", both), None);
        assert_eq!(
            named(Locale::en, "categories", r#"["products","shoes"]"#),
            None
        );
        assert_eq!(named(Locale::en, "categories", "[]"), None);
    }

    #[test]
    fn a_time_is_on_the_stores_clock() {
        assert_eq!(said("ends_at", r#""2026-11-30T20:59:00Z""#), "30 Nov 23:59");
        assert_eq!(said("ends_at", r#""2027-01-02""#), "2 Jan 2027");
        assert_eq!(said("sku", r#""2026-11-30-LS""#), "2026-11-30-LS");
    }
}
