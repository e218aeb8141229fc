//! Headings and words of files, in English and Arabic. Words that pages show too (outcomes, categories, channels,
//! statuses) come from the pages' own locale files, so that screen and file say the same.

use super::sheet::Language;
use serde_json::Value;
use std::sync::LazyLock;

static PAGES: LazyLock<[[Value; 3]; 2]> = LazyLock::new(|| {
    let read = |text| serde_json::from_str(text).expect("the locale files are JSON");
    [
        [
            read(include_str!("../../../app/locales/en/activity.json")),
            read(include_str!("../../../app/locales/en/messages.json")),
            read(include_str!("../../../app/locales/en/oversight.json")),
        ],
        [
            read(include_str!("../../../app/locales/ar/activity.json")),
            read(include_str!("../../../app/locales/ar/messages.json")),
            read(include_str!("../../../app/locales/ar/oversight.json")),
        ],
    ]
});

/// The word of a page for a value, such as `outcome` and `failed`; the value itself when there is none.
fn of_page<'a>(language: Language, page: usize, group: &str, value: &'a str) -> &'a str {
    let words = &PAGES[language as usize][page];
    words[group][value].as_str().unwrap_or(value)
}

/// The word for a value of the activity log.
pub fn of_activity<'a>(language: Language, group: &str, value: &'a str) -> &'a str {
    of_page(language, 0, group, value)
}

/// The word for a value of the message log.
pub fn of_message<'a>(language: Language, group: &str, value: &'a str) -> &'a str {
    of_page(language, 1, group, value)
}

/// The word for a value of the logs that watch.
pub fn of_oversight<'a>(language: Language, group: &str, value: &'a str) -> &'a str {
    of_page(language, 2, group, value)
}

/// Id, English, Arabic.
const WORDS: &[(&str, &str, &str)] = &[
    ("activity", "Activity", "النشاط"),
    ("messages", "Messages", "الرسائل"),
    ("threads", "Order threads", "محادثات الطلبات"),
    ("orders", "Orders", "الطلبات"),
    ("customers", "Customers", "العملاء"),
    ("security", "Security log", "سجل الأمان"),
    ("requests", "Requests", "الاستدعاءات"),
    ("yes", "Yes", "نعم"),
    ("no", "No", "لا"),
    ("store", "Store", "المتجر"),
    ("filter", "Filter", "التصفية"),
    ("everything", "Everything", "الكل"),
    ("picked", "Picked by hand", "مختارة يدويًا"),
    ("made_by", "Made by", "أعده"),
    ("made_at", "Made at", "وقت الإعداد"),
    ("time_zone", "Time zone", "المنطقة الزمنية"),
    ("row_count", "Rows", "عدد الصفوف"),
    ("time", "Time", "الوقت"),
    ("actor", "Who", "مَن"),
    ("actor_email", "Email", "البريد الإلكتروني"),
    ("actor_type", "Kind of actor", "نوع الفاعل"),
    ("actor_id", "Actor ID", "معرّف الفاعل"),
    ("actor_role", "Role", "الدور"),
    ("action", "Action", "الإجراء"),
    ("categories", "Categories", "الفئات"),
    ("subject_type", "Subject type", "نوع الموضوع"),
    ("subject_id", "Subject ID", "معرّف الموضوع"),
    ("subject", "Subject", "الموضوع"),
    ("description", "Description", "الوصف"),
    ("change", "Change", "التغيير"),
    ("changes", "Changes", "التغييرات"),
    ("change_count", "Number of changes", "عدد التغييرات"),
    ("outcome", "Outcome", "النتيجة"),
    ("error", "Error", "الخطأ"),
    ("ip", "IP address", "عنوان IP"),
    ("operation", "Bulk operation", "العملية المجمّعة"),
    ("seq", "Ledger no.", "رقم الدفتر"),
    ("id", "ID", "المعرّف"),
    ("related", "Related", "ذات صلة"),
    ("rule", "Rule", "القاعدة"),
    ("user_agent", "Program", "البرنامج"),
    ("device", "Device", "الجهاز"),
    ("trace", "Trace", "التتبّع"),
    ("details", "Details", "التفاصيل"),
    ("channel", "Channel", "القناة"),
    ("direction", "Direction", "الاتجاه"),
    ("type", "Type", "النوع"),
    ("status", "Status", "الحالة"),
    ("read", "Read", "القراءة"),
    ("from", "From", "من"),
    ("to", "To", "إلى"),
    ("customer_name", "Customer", "العميل"),
    ("customer", "Customer ID", "معرّف العميل"),
    ("order", "Order", "الطلب"),
    ("message.subject", "Subject line", "عنوان الرسالة"),
    ("text", "Text", "النص"),
    ("reason", "Reason", "السبب"),
    ("provider_words", "Provider says", "رد مزوّد الخدمة"),
    ("caused_by", "Caused by", "المتسبب"),
    ("template", "Template", "القالب"),
    ("attempts", "Attempts", "المحاولات"),
    ("attachments", "Files", "الملفات"),
    ("kind", "Entry", "القيد"),
    ("item.message", "Message", "رسالة"),
    ("item.activity", "Event", "حدث"),
    ("number", "Order", "الطلب"),
    ("total", "Total", "الإجمالي"),
    ("currency", "Currency", "العملة"),
    ("placed_at", "Placed", "تاريخ الطلب"),
    ("assigned_to", "Assigned to", "مُسند إلى"),
    ("message_count", "Messages", "الرسائل"),
    ("waiting_since", "Waiting since", "ينتظر منذ"),
    ("name", "Name", "الاسم"),
    ("email", "Email", "البريد الإلكتروني"),
    ("phone", "Phone", "الهاتف"),
    ("groups", "Groups", "المجموعات"),
    ("event", "Event", "الحدث"),
    ("event_kind", "Kind of event", "نوع الحدث"),
    ("words", "In words", "بالكلمات"),
    ("account", "Account", "الحساب"),
    ("count", "Times", "المرات"),
    ("new_address", "New address", "عنوان جديد"),
    ("new_device", "New device", "جهاز جديد"),
    ("request", "Request ID", "معرّف الاستدعاء"),
    ("surface", "Called", "المُستدعى"),
    ("method", "Method", "الطريقة"),
    ("path", "Path", "المسار"),
    ("route", "Route", "نمط المسار"),
    ("http_status", "Status code", "رمز الحالة"),
    ("duration_ms", "Took (ms)", "المدة (م.ث)"),
    ("effects", "Caused", "نتج عنه"),
    ("query", "Query string", "سلسلة الاستعلام"),
    ("body", "Body", "المحتوى"),
    ("body_bytes", "Body, bytes", "المحتوى بالبايت"),
    ("viewed", "Showed", "ما عُرض"),
    ("more", "more", "أخرى"),
];

/// A heading or word by its id; the id itself when there is none.
pub fn word(language: Language, id: &str) -> &str {
    WORDS.iter().find(|(known, ..)| *known == id).map_or(
        id,
        |(_, english, arabic)| match language {
            Language::English => *english,
            Language::Arabic => *arabic,
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_a_page_is_the_pages_own() {
        assert_eq!(
            of_activity(Language::English, "outcome", "failed"),
            "Failed"
        );
        assert_eq!(
            of_message(Language::English, "channel", "whatsapp"),
            "WhatsApp"
        );
        assert_ne!(of_activity(Language::Arabic, "outcome", "failed"), "Failed");
        assert_eq!(
            of_activity(Language::Arabic, "outcome", "unheard_of"),
            "unheard_of"
        );
    }

    #[test]
    fn every_word_has_both_languages_and_one_meaning() {
        for (at, (id, english, arabic)) in WORDS.iter().enumerate() {
            assert!(!english.is_empty() && !arabic.is_empty(), "{id}");
            assert_ne!(english, arabic, "{id}");
            assert!(WORDS[..at].iter().all(|(other, ..)| other != id), "{id}");
        }
    }

    #[test]
    fn a_column_is_called_the_same_where_it_is_chosen_and_in_the_file() {
        let pages = [
            (
                Language::English,
                include_str!("../../../app/locales/en/exports.json"),
            ),
            (
                Language::Arabic,
                include_str!("../../../app/locales/ar/exports.json"),
            ),
        ];
        for (language, text) in pages {
            let page: Value = serde_json::from_str(text).expect("the locale files are JSON");
            let columns = page["column"].as_object().expect("columns have words");
            for (key, label) in columns {
                let id = match key.as_str() {
                    "kind_of" => "type",
                    "entry" => "kind",
                    "message_subject" => "message.subject",
                    key => key,
                };
                assert_eq!(label.as_str(), Some(word(language, id)), "{key}");
            }
        }
    }
}
