//! What stands out in the activity log, in plain sentences with the numbers that say why.

use super::findings::{hour, of, text_of};
use crate::activity::words::{device_words, number};
use crate::i18n::{Locale, tr};
use domain::security::unusual::Finding;

/// The sentence, and the numbers that explain it. `when` is the last deed's time in words.
pub fn words(locale: Locale, finding: &Finding, when: &str) -> (String, String) {
    let who = finding.name.as_ref().or(finding.account.as_ref());
    let who = who.map_or(tr!(locale, oversight.nobody), String::as_str);
    let visits = tr!(locale, oversight.deed.visits, count = of(finding, "visits"));
    match finding.rule.as_str() {
        "new_address" => (
            tr!(locale, oversight.deed.address, who = who, when = when),
            tr!(
                locale,
                oversight.deed.address_why,
                visits = visits,
                from = finding.ip.clone().unwrap_or_default()
            ),
        ),
        "new_device" => (
            tr!(locale, oversight.deed.device, who = who, when = when),
            tr!(
                locale,
                oversight.deed.device_why,
                visits = visits,
                device = device_words(locale, &text_of(finding, "device"))
            ),
        ),
        "new_country" => (
            tr!(
                locale,
                oversight.deed.country,
                who = who,
                place = text_of(finding, "place"),
                when = when
            ),
            tr!(locale, oversight.deed.country_why, visits = visits),
        ),
        "unusual_hours" => (
            tr!(locale, oversight.deed.hours, who = who, when = when),
            tr!(
                locale,
                oversight.deed.hours_why,
                near = number(of(finding, "near")),
                visits = visits,
                from = hour(of(finding, "from")),
                to = hour(of(finding, "to"))
            ),
        ),
        _ => (
            amount(locale, finding, who, when),
            amount_why(locale, finding),
        ),
    }
}

/// Whether it is about one that was far larger, not about far more of them.
fn is_large(finding: &Finding) -> bool {
    finding.numbers.contains_key("size")
}

fn amount(locale: Locale, finding: &Finding, who: &str, when: &str) -> String {
    let times = tr!(
        locale,
        oversight.finding.times,
        count = of(finding, "times")
    );
    match (finding.rule.as_str(), is_large(finding)) {
        ("unusual_exports", true) => {
            tr!(locale, oversight.deed.export_large, who = who, when = when)
        }
        ("unusual_exports", false) => tr!(
            locale,
            oversight.deed.export_often,
            who = who,
            times = times,
            when = when
        ),
        ("unusual_erasures", true) => {
            tr!(locale, oversight.deed.erasure_large, who = who, when = when)
        }
        ("unusual_erasures", false) => tr!(
            locale,
            oversight.deed.erasure_often,
            who = who,
            times = times,
            when = when
        ),
        ("unusual_deletions", _) => tr!(
            locale,
            oversight.deed.deletions,
            who = who,
            times = times,
            when = when
        ),
        ("unusual_prices", _) => tr!(
            locale,
            oversight.deed.prices,
            who = who,
            times = times,
            when = when
        ),
        (_, true) => tr!(locale, oversight.deed.bulk_large, who = who, when = when),
        (_, false) => tr!(
            locale,
            oversight.deed.bulk_often,
            who = who,
            times = times,
            when = when
        ),
    }
}

fn amount_why(locale: Locale, finding: &Finding) -> String {
    let days = tr!(locale, oversight.deed.days, count = of(finding, "days"));
    if !is_large(finding) {
        return tr!(
            locale,
            oversight.deed.often_why,
            busiest = number(of(finding, "busiest")),
            days = days
        );
    }
    let (size, largest) = (number(of(finding, "size")), number(of(finding, "largest")));
    match finding.rule.as_str() {
        "unusual_exports" => tr!(
            locale,
            oversight.deed.rows_why,
            size = size,
            largest = largest,
            days = days
        ),
        "unusual_erasures" => tr!(
            locale,
            oversight.deed.entries_why,
            size = size,
            largest = largest,
            days = days
        ),
        _ => tr!(
            locale,
            oversight.deed.items_why,
            size = size,
            largest = largest,
            days = days
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::findings::words;
    use super::Finding;
    use crate::i18n::Locale;
    use chrono::DateTime;
    use domain::export::Source;
    use domain::security::unusual::{AlarmRule, Severity};
    use serde_json::{Value, json};

    fn finding(rule: &str, log: Source, numbers: Value) -> Finding {
        Finding {
            rule: rule.to_owned(),
            log,
            severity: Severity::Medium,
            account: Some("u_17".to_owned()),
            name: Some("Sara Nasser".to_owned()),
            ip: Some("203.0.113.7".to_owned()),
            first_at: DateTime::UNIX_EPOCH,
            last_at: DateTime::UNIX_EPOCH,
            count: 9,
            numbers: serde_json::from_value(numbers).expect("an object"),
            query: String::new(),
        }
    }

    #[test]
    fn what_is_far_more_than_ever_is_told_with_the_numbers() {
        let numbers = json!({"times": 9, "busiest": 2, "days": 6});
        let many = finding("unusual_deletions", Source::Activity, numbers);
        let (title, why) = words(Locale::en, &many, "today 09:08");
        assert_eq!(
            title,
            "Sara Nasser deleted something 9 times on a day, last today 09:08"
        );
        assert_eq!(why, "The most on a day before was 2, known from 6 days.");
        let numbers = json!({"size": 90_000, "largest": 900, "days": 3});
        let large = finding("unusual_exports", Source::Activity, numbers);
        let (title, why) = words(Locale::en, &large, "today 09:08");
        assert_eq!(
            title,
            "Sara Nasser took out an unusually large file, today 09:08"
        );
        assert!(why.ends_with("The most at once before was 900, known from 3 days."));
    }

    #[test]
    fn what_each_rule_finds_in_the_activity_log_has_words_of_its_own_in_both_languages() {
        for locale in [Locale::en, Locale::ar] {
            let mut titles: Vec<String> = AlarmRule::DEFAULTS
                .into_iter()
                .filter(|rule| rule.looks_at_deeds())
                .map(|rule| {
                    let found = finding(rule.name(), Source::Activity, json!({"times": 9}));
                    words(locale, &found, "09:08").0
                })
                .collect();
            let count = titles.len();
            titles.sort();
            titles.dedup();
            assert_eq!(titles.len(), count, "{titles:?}");
        }
    }

    #[test]
    fn guesses_that_got_in_are_told_as_such() {
        let numbers = json!({"failures": 4, "minutes": 5, "addresses": 1});
        let mut many = finding("many_failures", Source::Security, numbers);
        let (title, why) = words(Locale::en, &many, "today 09:08");
        assert!(title.contains("did not get in"), "{title}");
        assert!(why.contains("still secret"), "{why}");
        many.numbers.insert("got_in".to_owned(), json!(true));
        let (title, why) = words(Locale::en, &many, "today 09:08");
        assert_eq!(
            title,
            "Someone tried the password of Sara Nasser 4 times and then got in, today 09:08"
        );
        assert!(!why.contains("still secret"), "{why}");
        let (title, _) = words(Locale::ar, &many, "09:08");
        assert!(title.contains("ثم دخل"), "{title}");
    }

    #[test]
    fn letters_of_an_account_that_only_look_latin_are_named() {
        let mut many = finding("many_failures", Source::Security, json!({"failures": 4}));
        many.account = Some("s\u{430}ra@maisonnoor.example".to_owned());
        for locale in [Locale::en, Locale::ar] {
            let (_, why) = words(locale, &many, "today 09:08");
            assert!(why.contains("\u{430} U+0430"), "{why}");
        }
    }

    #[test]
    fn a_sign_in_from_a_new_country_says_which() {
        let numbers = json!({"sign_ins": 6, "place": "Lisbon, Portugal"});
        let new = finding("new_country", Source::Security, numbers);
        let (title, why) = words(Locale::en, &new, "today 09:08");
        assert_eq!(
            title,
            "Sara Nasser signed in from Lisbon, Portugal, a new country, today 09:08"
        );
        assert!(why.contains("None of the 6 sign-ins before"), "{why}");
    }

    #[test]
    fn a_second_factor_that_was_taken_away_is_told_with_whose_it_was_and_by_whom() {
        let numbers = json!({"subject": "Sara Nasser", "by": "Noor Al-Amri"});
        let mut taken = finding("factor_removed", Source::Security, numbers);
        let (title, why) = words(Locale::en, &taken, "today 09:08");
        assert_eq!(
            title,
            "The second factor of Sara Nasser was taken away, today 09:08"
        );
        assert_eq!(
            why,
            "By Noor Al-Amri. The password alone lets in now. It came from 203.0.113.7."
        );
        // The command line comes from no address.
        taken.ip = None;
        taken.numbers.insert("by".to_owned(), json!("Storetrail"));
        let (_, why) = words(Locale::en, &taken, "today 09:08");
        assert_eq!(why, "By Storetrail. The password alone lets in now.");
        let (title, why) = words(Locale::ar, &taken, "09:08");
        assert!(title.contains("Sara Nasser"), "{title}");
        assert!(
            why.contains("Storetrail") && !why.contains("عنوان"),
            "{why}"
        );
        // One's own may be one of several.
        taken.numbers.clear();
        let (title, why) = words(Locale::en, &taken, "today 09:08");
        assert_eq!(
            title,
            "Sara Nasser took a second factor of their own away, today 09:08"
        );
        assert_eq!(why, "If no other is left, the password alone lets in now.");
    }

    #[test]
    fn power_is_told_with_who_gave_it() {
        let numbers = json!({
            "subject": "Sara Nasser", "by": "Noor Al-Amri", "event": "role.changed", "before": "staff", "after": "admin"
        });
        let given = finding("power_given", Source::Security, numbers);
        let (title, why) = words(Locale::en, &given, "today 09:08");
        assert_eq!(title, "Sara Nasser was given more power, today 09:08");
        assert_eq!(why, "By Noor Al-Amri: from Staff to Admin.");
    }
}
