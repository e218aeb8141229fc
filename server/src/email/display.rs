//! What a browser is given of an HTML mail.
//!
//! Three walls, each enough by itself: the HTML is sanitised (ammonia, [`super::styles`]), its own policy forbids
//! scripts, forms and every request but for pictures ([`policy`]), and the frame it stands in has neither scripts nor
//! an origin (`sandbox`).

use super::styles;
use ammonia::{Builder, UrlRelative};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use lol_html::html_content::Element;
use lol_html::{RewriteStrSettings, element, rewrite_str, text};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Stands where a picture isn't shown: one transparent pixel.
pub const PLACEHOLDER: &str =
    "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";

/// The longest HTML that is shown, in bytes.
const MAX_BYTES: usize = 4 * 1024 * 1024;

const TAGS: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "address",
    "article",
    "aside",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "dfn",
    "dir",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "font",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "main",
    "mark",
    "nav",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "wbr",
];

/// With these their content goes too.
const EMPTIED: &[&str] = &[
    "script", "style", "title", "head", "noscript", "iframe", "object", "embed", "applet", "svg",
    "math", "template", "textarea", "select", "video", "audio", "frameset", "noframes", "xmp",
];

const ATTRIBUTES: &[&str] = &[
    "align", "bgcolor", "class", "color", "dir", "height", "id", "lang", "style", "title",
    "valign", "width",
];

/// Whether pictures of other servers are shown. Fetching them tells their sender that, when and where it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemoteImages {
    /// A placeholder stands for each.
    Off,
    /// Shown, because the reader asked for it.
    Shown,
}

/// A mail as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Displayed {
    /// A whole HTML document.
    pub document: String,
    /// How many pictures of other servers are not shown.
    pub blocked_images: usize,
}

/// The addresses of a mail's own pictures, by their content ids.
pub type Images = HashMap<String, String>;

/// Makes a document of a mail's HTML.
pub fn display(html: &str, remote: RemoteImages, images: Images) -> Displayed {
    let html = &html[..html.floor_char_boundary(MAX_BYTES)];
    let surroundings = Surroundings::of(html);
    let blocked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&blocked);
    let body = {
        let mut builder = Builder::empty();
        builder
            .tags(TAGS.iter().copied().collect())
            .clean_content_tags(EMPTIED.iter().copied().collect())
            .generic_attributes(ATTRIBUTES.iter().copied().collect())
            .tag_attributes(tag_attributes())
            .url_schemes(
                ["http", "https", "mailto", "tel", "cid", "data"]
                    .into_iter()
                    .collect(),
            )
            .url_relative(UrlRelative::PassThrough)
            .link_rel(Some("noopener noreferrer nofollow"))
            .set_tag_attribute_value("a", "target", "_blank")
            .strip_comments(true)
            .attribute_filter(move |element, name, value| {
                let filtered = filter(element, name, value, remote, &images);
                if matches!(&filtered, Some(kept) if kept == PLACEHOLDER) {
                    count.fetch_add(1, Ordering::Relaxed);
                }
                filtered
            });
        builder.clean(html).to_string()
    };
    Displayed {
        document: surroundings.around(&body),
        blocked_images: blocked.load(Ordering::Relaxed),
    }
}

fn tag_attributes() -> HashMap<&'static str, HashSet<&'static str>> {
    let cell: HashSet<_> = [
        "abbr",
        "colspan",
        "headers",
        "nowrap",
        "rowspan",
        "scope",
        "background",
    ]
    .into();
    HashMap::from([
        ("a", ["href", "name"].into()),
        ("img", ["src", "alt", "border", "hspace", "vspace"].into()),
        (
            "table",
            [
                "border",
                "cellpadding",
                "cellspacing",
                "frame",
                "rules",
                "summary",
                "background",
            ]
            .into(),
        ),
        ("td", cell.clone()),
        ("th", cell),
        ("font", ["face", "size"].into()),
        ("col", ["span"].into()),
        ("colgroup", ["span"].into()),
        ("ol", ["start", "type", "reversed"].into()),
        ("ul", ["type"].into()),
        ("li", ["value", "type"].into()),
        ("hr", ["size", "noshade"].into()),
        ("details", ["open"].into()),
    ])
}

/// The value that an attribute keeps. None takes the attribute away.
fn filter<'v>(
    element: &str,
    name: &str,
    value: &'v str,
    remote: RemoteImages,
    images: &Images,
) -> Option<Cow<'v, str>> {
    match name {
        "style" => Some(styles::declarations(value))
            .filter(|kept| !kept.is_empty())
            .map(Into::into),
        "src" => Some(picture(value, remote, images)),
        "background" => match picture(value, remote, images) {
            // A background that isn't shown needs no placeholder.
            shown if shown == PLACEHOLDER => None,
            shown => Some(shown),
        },
        "href" => link(value).map(Into::into),
        "target" | "rel" if element == "a" => Some(value.into()),
        _ => Some(value.into()),
    }
}

/// A link that may be followed: to a page, a mailbox, a telephone.
fn link(value: &str) -> Option<&str> {
    let trimmed = value.trim();
    let (scheme, _) = trimmed.split_once(':')?;
    ["http", "https", "mailto", "tel"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known))
        .then_some(trimmed)
}

fn picture<'v>(value: &str, remote: RemoteImages, images: &Images) -> Cow<'v, str> {
    let trimmed = value.trim();
    let scheme = trimmed
        .split_once(':')
        .map(|(scheme, _)| scheme.to_ascii_lowercase());
    let shown = match scheme.as_deref() {
        Some("cid") => images.get(&trimmed[4..]).cloned(),
        Some("data") => is_picture(trimmed).then(|| trimmed.to_owned()),
        Some("http" | "https") if remote == RemoteImages::Shown => Some(trimmed.to_owned()),
        _ => None,
    };
    shown.map_or(Cow::Borrowed(PLACEHOLDER), Cow::Owned)
}

/// A picture that is part of its address, of a kind that holds no program.
fn is_picture(address: &str) -> bool {
    let address = address.to_ascii_lowercase();
    ["png", "gif", "jpeg", "jpg", "webp"]
        .iter()
        .any(|kind| address.starts_with(&format!("data:image/{kind};base64,")))
}

/// What a mail says outside of its content.
#[derive(Default)]
struct Surroundings {
    sheet: String,
    body_style: String,
    direction: Option<&'static str>,
}

impl Surroundings {
    fn of(html: &str) -> Self {
        let sheet = RefCell::new(String::new());
        let body_style = RefCell::new(String::new());
        let direction = Cell::new(None);
        let read_body = |body: &mut Element<'_, '_>| {
            let mut style = body
                .get_attribute("style")
                .map(|style| styles::declarations(&style))
                .unwrap_or_default();
            for (name, property) in [("bgcolor", "background-color"), ("text", "color")] {
                if let Some(value) = body.get_attribute(name) {
                    style.push_str(&styles::declarations(&format!("{property}:{value}")));
                }
            }
            direction.set(match body.get_attribute("dir").as_deref() {
                Some("rtl") => Some("rtl"),
                Some("ltr") => Some("ltr"),
                _ => direction.get(),
            });
            *body_style.borrow_mut() = style;
            Ok(())
        };
        // What can't be read so still goes through ammonia, without its style sheet.
        let _ = rewrite_str(
            html,
            RewriteStrSettings::new()
                .append_element_content_handler(text!("style", |chunk| {
                    sheet.borrow_mut().push_str(chunk.as_str());
                    Ok(())
                }))
                .append_element_content_handler(element!("body", read_body)),
        );
        Self {
            sheet: styles::sheet(&sheet.into_inner()),
            body_style: body_style.into_inner(),
            direction: direction.get(),
        }
    }

    fn around(&self, body: &str) -> String {
        let style = self.body_style.replace('&', "&amp;").replace('"', "&quot;");
        let direction = self.direction.unwrap_or("auto");
        format!(
            "<!doctype html><html><head><meta charset=\"utf-8\"><meta name=\"color-scheme\" content=\"light\">\
             <meta name=\"viewport\" content=\"width=device-width\">\
             <style>body{{margin:12px;font:15px/1.5 system-ui,sans-serif;overflow-wrap:break-word;background:#fff;color:#1a1a1a}}\
             img{{max-width:100%}}table{{max-width:100%}}</style><style>{}</style></head>\
             <body dir=\"{direction}\" style=\"{style}\">{body}</body></html>",
            self.sheet
        )
    }
}

/// The headers under which the document goes out. `origin` is the server's own, from where inline pictures come.
pub fn headers(origin: &str, remote: RemoteImages) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut put = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    put(header::CONTENT_TYPE, "text/html; charset=utf-8");
    put(header::CONTENT_SECURITY_POLICY, &policy(origin, remote));
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(header::REFERRER_POLICY, "no-referrer");
    put(header::X_FRAME_OPTIONS, "SAMEORIGIN");
    put(header::CACHE_CONTROL, "no-store");
    headers
}

/// The document's own policy (CSP 3).
pub fn policy(origin: &str, remote: RemoteImages) -> String {
    let images = match remote {
        RemoteImages::Off => "",
        RemoteImages::Shown => " https: http:",
    };
    // Without allow-popups-to-escape-sandbox the pages that links lead to would have no scripts either.
    format!(
        "default-src 'none'; img-src {origin} data:{images}; style-src 'unsafe-inline'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
    )
}

#[cfg(test)]
mod tests;
