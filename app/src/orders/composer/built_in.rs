//! The texts that come with Storetrail, in the language of the page: offered beside the store's templates.

use crate::i18n::{Locale, tr};
use domain::fold;
use domain::followup::Template;

/// A text that comes with Storetrail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltIn {
    /// What it is called.
    pub name: &'static str,
    /// The subject, of mail.
    pub subject: String,
    /// The text.
    pub text: String,
}

impl BuiltIn {
    /// Whether one of these templates is called the same: it stands for this one then.
    pub fn is_replaced(&self, templates: &[Template]) -> bool {
        let name = fold(self.name);
        templates
            .iter()
            .any(|template| fold(&template.name) == name)
    }
}

/// Each of them, about the order of a number; with a place in its stead they are texts of templates.
pub fn built_in(locale: Locale, number: &str) -> [BuiltIn; 4] {
    let order = tr!(locale, messages.thread.title, number = number);
    [
        (
            tr!(locale, messages.template.shipped),
            tr!(locale, messages.template.shipped_text, number = number),
        ),
        (
            tr!(locale, messages.template.ready),
            tr!(locale, messages.template.ready_text, number = number),
        ),
        (
            tr!(locale, messages.template.delay),
            tr!(locale, messages.template.delay_text, number = number),
        ),
        (
            tr!(locale, messages.template.thanks),
            tr!(locale, messages.template.thanks_text, number = number),
        ),
    ]
    .map(|(name, text)| BuiltIn {
        name,
        subject: format!("{order}: {name}"),
        text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::followup::unknown_place;

    #[test]
    fn a_template_of_the_store_replaces_the_text_of_its_name() {
        let template = Template {
            id: "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e01".parse().unwrap(),
            name: "shipped".to_owned(),
            channel: None,
            subject: None,
            body: "It left".to_owned(),
            version: 1,
        };
        let replaced =
            built_in(Locale::en, "7").map(|one| one.is_replaced(std::slice::from_ref(&template)));
        assert_eq!(replaced, [true, false, false, false]);
    }

    #[test]
    fn each_is_the_text_of_a_template_in_both_languages() {
        for locale in [Locale::en, Locale::ar] {
            for one in built_in(locale, "{{order}}") {
                assert!(one.text.contains("{{order}}"), "{one:?}");
                assert!(one.subject.contains("{{order}}"), "{one:?}");
                assert_eq!(unknown_place(&one.text), None);
            }
        }
    }
}
