//! Why something was not done, in the page's language.

use crate::i18n::{Locale, tr};
use domain::Said;

/// What is stored of why something failed: in the page's language what Storetrail itself says, also several such things at
/// once; what others said as it came.
pub fn said_words(locale: Locale, text: &str) -> String {
    let several: Option<Vec<Said>> = text.split("; ").map(Said::of_words).collect();
    let told = several.unwrap_or_else(|| Vec::from_iter(Said::of_words(text)));
    if told.is_empty() {
        return text.to_owned();
    }
    let told: Vec<String> = told.into_iter().map(|said| worded(locale, said)).collect();
    told.join(tr!(locale, said.and))
}

fn worded(locale: Locale, said: Said) -> String {
    match said {
        Said::NoOrder => tr!(locale, said.no_order).to_owned(),
        Said::OrderUnknown { number } => tr!(locale, said.order_unknown, number = number),
        Said::OrderOvertaken { number } => tr!(locale, said.order_overtaken, number = number),
        Said::NoCustomer => tr!(locale, said.no_customer).to_owned(),
        Said::NoAddress { channel } => tr!(locale, said.no_address, channel = channel),
        Said::NoSender => tr!(locale, said.no_sender).to_owned(),
        Said::NotSetUp => tr!(locale, said.not_set_up).to_owned(),
        Said::TemplateGone { name } => tr!(locale, said.template_gone, name = name),
        Said::TemplateElsewhere { name } => tr!(locale, said.template_elsewhere, name = name),
        Said::NothingToTag => tr!(locale, said.nothing_to_tag).to_owned(),
        Said::TagsUntold { kind, id } => tr!(locale, said.tags_untold, kind = kind, id = id),
        Said::NobodyAlarmed => tr!(locale, said.nobody_alarmed).to_owned(),
        Said::SampleTells => tr!(locale, said.sample_tells).to_owned(),
        Said::SampleCalls => tr!(locale, said.sample_calls).to_owned(),
        Said::MailRefused { email } => tr!(locale, said.mail_refused, email = email),
        Said::AlarmCall { why } => tr!(locale, said.alarm_call, why = said_words(locale, &why)),
        Said::NothingWritten { why } => {
            tr!(locale, said.nothing_written, why = said_words(locale, &why))
        }
        Said::TagUnacknowledged => tr!(locale, said.tag_unacknowledged).to_owned(),
        Said::TookLonger { seconds } => tr!(locale, said.took_longer, seconds = seconds),
        Said::ActionEdited => tr!(locale, said.action_edited).to_owned(),
        Said::ActionDiscarded => tr!(locale, said.action_discarded).to_owned(),
        Said::TagThere => tr!(locale, said.tag_there).to_owned(),
        Said::Unsigned => tr!(locale, said.unsigned).to_owned(),
        Said::NotAnAddress => tr!(locale, said.not_an_address).to_owned(),
        Said::AddressInternal => tr!(locale, said.address_internal).to_owned(),
        Said::AddressOpen => tr!(locale, said.address_open).to_owned(),
        Said::CallUnwanted => tr!(locale, said.call_unwanted).to_owned(),
        Said::TargetElsewhere { who, status } => {
            tr!(locale, said.target_elsewhere, who = who, status = status)
        }
        Said::CallElsewhere { status } => tr!(locale, said.call_elsewhere, status = status),
        Said::TargetGone { name, again } => {
            tr!(locale, said.target_gone, name = name, again = again)
        }
        Said::NoDefaultTarget => tr!(locale, said.no_default_target).to_owned(),
        Said::NoTarget => tr!(locale, said.no_target).to_owned(),
        Said::TargetSealed => tr!(locale, said.target_sealed).to_owned(),
        Said::BridgeUnsigned => tr!(locale, said.bridge_unsigned).to_owned(),
        Said::Unreached { who, why } => tr!(
            locale,
            said.unreached,
            who = who,
            why = said_words(locale, &why)
        ),
        Said::KeyRefused { who, status } => {
            tr!(locale, said.key_refused, who = who, status = status)
        }
        Said::BatchRefused { status } => tr!(locale, said.batch_refused, status = status),
        Said::TargetAnswered { who, status } => {
            tr!(locale, said.target_answered, who = who, status = status)
        }
        Said::NoneAcknowledged => tr!(locale, said.none_acknowledged).to_owned(),
        Said::NoReason => tr!(locale, said.no_reason).to_owned(),
        Said::ThingGone => tr!(locale, said.thing_gone).to_owned(),
        Said::Unseen => tr!(locale, said.unseen).to_owned(),
        Said::SourceGone => tr!(locale, said.source_gone).to_owned(),
        Said::ConnectionGone => tr!(locale, said.connection_gone).to_owned(),
        Said::ConnectionOff => tr!(locale, said.connection_off).to_owned(),
        Said::StoreGone => tr!(locale, said.store_gone).to_owned(),
        Said::DatabaseAway => tr!(locale, said.database_away).to_owned(),
        Said::NotJson { line, column } => tr!(locale, said.not_json, line = line, column = column),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::operation::SOURCE_GONE;
    use domain::operation::revert::UNSEEN;

    #[test]
    fn each_sentence_is_said_in_both_languages() {
        for said in Said::all() {
            let text = said.to_string();
            assert_eq!(said_words(Locale::en, &text), text);
            let arabic = said_words(Locale::ar, &text);
            let is_arabic = |c: char| ('\u{600}'..='\u{6ff}').contains(&c);
            assert!(arabic.contains(is_arabic), "{text}: {arabic}");
        }
    }

    #[test]
    fn what_is_named_stands_in_it() {
        let words = |text| said_words(Locale::ar, text).replace(['\u{2068}', '\u{2069}'], "");
        assert_eq!(words("order 1042 is not known"), "الطلب 1042 غير معروف");
        assert_eq!(
            words("nothing is written to the shop: webhooks are called by https"),
            "لا يُكتب شيء إلى المتجر: لا تُستدعى الويبهوكات إلا عبر https"
        );
        assert_eq!(
            words(
                "the mail server didn't take the mail to a@b.example; the webhook: this is no address"
            ),
            "لم يقبل خادم البريد الرسالة إلى a@b.example؛ ويبهوك الإنذار: هذا ليس عنوانًا"
        );
    }

    #[test]
    fn that_an_edit_was_not_heard_of_is_said_in_the_pages_language() {
        assert_eq!(said_words(Locale::en, UNSEEN), UNSEEN);
        assert_eq!(
            said_words(Locale::ar, UNSEEN),
            "في المتجر قيمة غير التي رآها Storetrail آخر مرة"
        );
        assert_eq!(said_words(Locale::en, SOURCE_GONE), SOURCE_GONE);
    }

    #[test]
    fn what_others_said_stays_as_it_came() {
        for text in ["", "price below cost 9.50", "500 Internal Server Error; x"] {
            assert_eq!(said_words(Locale::ar, text), text);
        }
    }
}
