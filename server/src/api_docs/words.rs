//! Text as HTML.

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// Text with what HTML takes for its own made harmless.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// CommonMark with tables as HTML. Sections get their heading as anchor; HTML within is shown as text.
pub fn markdown(text: &str) -> String {
    let mut anchor = sections(text).into_iter();
    let events = Parser::new_ext(text, Options::ENABLE_TABLES).map(|event| match event {
        Event::Start(Tag::Heading {
            level: HeadingLevel::H2,
            classes,
            attrs,
            ..
        }) => {
            let id = anchor.next().map(|(id, _)| CowStr::from(id));
            Event::Start(Tag::Heading {
                level: HeadingLevel::H2,
                id,
                classes,
                attrs,
            })
        }
        Event::Html(html) | Event::InlineHtml(html) => Event::Text(html),
        other => other,
    });
    let mut out = String::new();
    pulldown_cmark::html::push_html(&mut out, events);
    out
}

/// Anchor and title of each second-level heading.
pub fn sections(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut title: Option<String> = None;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading {
                level: HeadingLevel::H2,
                ..
            }) => title = Some(String::new()),
            Event::Text(words) | Event::Code(words) => {
                if let Some(title) = &mut title {
                    title.push_str(&words);
                }
            }
            Event::End(TagEnd::Heading(HeadingLevel::H2)) => {
                if let Some(title) = title.take() {
                    found.push((anchor(&title), title));
                }
            }
            _ => {}
        }
    }
    found
}

/// A title as an anchor: lower case, joined by hyphens.
pub fn anchor(title: &str) -> String {
    let words: Vec<String> = title
        .split(|char: char| !char.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_in_words_is_shown_and_not_obeyed() {
        assert_eq!(
            escape("<a href=\"x\">'&"),
            "&lt;a href=&quot;x&quot;&gt;&#39;&amp;"
        );
        let html = markdown("a <script>x</script> b");
        assert!(html.contains("&lt;script&gt;"), "{html}");
    }

    #[test]
    fn sections_have_anchors() {
        let text = "## Sending `it` again\n\ntext";
        assert_eq!(
            sections(text),
            [("sending-it-again".to_owned(), "Sending it again".to_owned())]
        );
        assert!(markdown(text).contains("<h2 id=\"sending-it-again\">"));
    }
}
