use super::*;
use lol_html::html_content::Comment;
use serde::Deserialize;

#[derive(Deserialize)]
struct Hostile {
    name: String,
    html: String,
}

fn hostile() -> Vec<Hostile> {
    let text = include_str!("../../../../end2end/fixtures/hostile-mails.json");
    serde_json::from_str(text).unwrap()
}

fn shown(html: &str) -> String {
    let image = Images::from([(
        "logo".to_owned(),
        "https://trail.example/messages/inline/ab".to_owned(),
    )]);
    let document = display(html, RemoteImages::Off, image).document;
    let (_, body) = document.split_once("<body ").unwrap();
    let (_, body) = body.split_once('>').unwrap();
    body.strip_suffix("</body></html>").unwrap().to_owned()
}

/// Reads the document with another parser and names everything that must not be in it.
fn faults(document: &str) -> Vec<String> {
    let found = RefCell::new(Vec::new());
    let allowed: Vec<&str> = TAGS
        .iter()
        .copied()
        .chain(["html", "head", "meta", "style", "body"])
        .collect();
    let look = |element: &mut Element<'_, '_>| {
        let tag = element.tag_name();
        if !allowed.contains(&tag.as_str()) {
            found.borrow_mut().push(format!("element {tag}"));
        }
        for attribute in element.attributes() {
            let (name, value) = (attribute.name(), attribute.value().to_ascii_lowercase());
            let squeezed: String = value
                .chars()
                .filter(|c| !c.is_whitespace() && !c.is_control())
                .collect();
            let is_bad = name.starts_with("on")
                || matches!(
                    name.as_str(),
                    "srcdoc"
                        | "formaction"
                        | "action"
                        | "ping"
                        | "http-equiv"
                        | "srcset"
                        | "xlink:href"
                )
                || (name == "href"
                    && !["http:", "https:", "mailto:", "tel:"]
                        .iter()
                        .any(|ok| squeezed.starts_with(ok)))
                || (name == "src"
                    && !squeezed.starts_with("data:image/")
                    && !squeezed.starts_with("https://trail.example/"))
                || (name == "src" && squeezed.contains("svg"))
                || (name == "style"
                    && ["url(", "expression", "position", "\\", "behavior"]
                        .iter()
                        .any(|bad| squeezed.contains(bad)));
            if is_bad {
                found.borrow_mut().push(format!("{tag} {name}={value}"));
            }
        }
        Ok(())
    };
    let comment = |comment: &mut Comment<'_>| {
        found
            .borrow_mut()
            .push(format!("comment {}", comment.text()));
        Ok(())
    };
    let style = |chunk: &mut lol_html::html_content::TextChunk<'_>| {
        let text = chunk.as_str().to_ascii_lowercase();
        if ["url(", "import", "expression", "\\", "@font"]
            .iter()
            .any(|bad| text.contains(bad))
        {
            found.borrow_mut().push(format!("style {text}"));
        }
        Ok(())
    };
    rewrite_str(
        document,
        RewriteStrSettings::new()
            .append_element_content_handler(element!("*", look))
            .append_element_content_handler(lol_html::comments!("*", comment))
            .append_element_content_handler(text!("style", style)),
    )
    .unwrap();
    found.into_inner()
}

#[test]
fn two_hundred_hostile_mails_keep_nothing_that_runs_or_fetches() {
    let mails = hostile();
    assert!(mails.len() >= 200, "{}", mails.len());
    for mail in mails {
        let displayed = display(&mail.html, RemoteImages::Off, Images::new());
        let faults = faults(&displayed.document);
        assert_eq!(
            faults,
            Vec::<String>::new(),
            "{}\n{}\n{}",
            mail.name,
            mail.html,
            displayed.document
        );
        let again = display(&displayed.document, RemoteImages::Off, Images::new());
        assert_eq!(
            self::faults(&again.document),
            Vec::<String>::new(),
            "{} again",
            mail.name
        );
    }
}

#[test]
fn a_mails_layout_stays() {
    let html = "<table width=\"600\" bgcolor=\"#eee\" cellpadding=\"4\"><tr><td align=\"center\" style=\"color:red;padding:4px\">Hi \
        <font face=\"Arial\">there</font></td></tr></table><ul><li>one</li></ul>";
    let body = shown(html);
    for part in [
        "width=\"600\"",
        "bgcolor=\"#eee\"",
        "cellpadding=\"4\"",
        "align=\"center\"",
        "style=\"color:red;padding:4px;\"",
        "face=\"Arial\"",
        "<ul><li>",
    ] {
        assert!(body.contains(part), "{part}: {body}");
    }
}

#[test]
fn styles_of_head_and_body_stay() {
    let html = "<html><head><style>.a{color:red} p{background:url(x)}</style></head><body bgcolor=\"#eee\" dir=\"rtl\" style=\"margin:0\"><p class=\"a\">x</p></body></html>";
    let document = display(html, RemoteImages::Off, Images::new()).document;
    assert!(
        document.contains("<style>.a{color:red;}\n</style>"),
        "{document}"
    );
    assert!(document.contains("<body dir=\"rtl\" style=\"margin:0;background-color:#eee;\"><p class=\"a\">x</p></body>"), "{document}");
}

#[test]
fn inline_pictures_are_shown_and_remote_ones_only_when_asked_for() {
    let html = "<img src=\"cid:logo\" alt=\"L\"><img src=\"https://spy.example/a.gif\" width=\"1\"><img src=\"cid:none\"><img src=\"/relative\">";
    let body = shown(html);
    assert!(
        body.contains("src=\"https://trail.example/messages/inline/ab\""),
        "{body}"
    );
    assert!(
        !body.contains("spy.example") && !body.contains("/relative"),
        "{body}"
    );
    assert_eq!(
        display(html, RemoteImages::Off, Images::new()).blocked_images,
        4
    );
    let asked = display(html, RemoteImages::Shown, Images::new());
    assert!(asked.document.contains("https://spy.example/a.gif"));
}

#[test]
fn links_open_beside_and_tell_nothing() {
    assert_eq!(
        shown(
            "<a href=\"https://a.example/?b&c\" onclick=\"x()\" target=\"_top\" rel=\"opener\">x</a>"
        ),
        "<a href=\"https://a.example/?b&amp;c\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">x</a>"
    );
    assert!(!shown("<a href=\"javascript:alert(1)\">x</a><a href=\"/x\">y</a><a href=\"data:text/html,x\">z</a>").contains("href"));
}

#[test]
fn its_headers_forbid_what_the_html_must_not_do() {
    let sent = headers("https://trail.example", RemoteImages::Off);
    let policy = sent[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(
        policy.starts_with(
            "default-src 'none'; img-src https://trail.example data:; style-src 'unsafe-inline';"
        ),
        "{policy}"
    );
    assert!(
        policy.contains("sandbox allow-popups")
            && !policy.contains("allow-scripts")
            && !policy.contains("allow-same-origin")
    );
    assert_eq!(sent[header::REFERRER_POLICY], "no-referrer");
    assert_eq!(sent[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
}
