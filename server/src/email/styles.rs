//! Which styles of a mail are kept: those that lay out and colour, none that fetch, cover or run.

/// Properties that are kept. None moves a thing out of its place, none names an address of its own.
const PROPERTIES: [&str; 96] = [
    "background",
    "background-color",
    "background-position",
    "background-repeat",
    "background-size",
    "border",
    "border-block",
    "border-bottom",
    "border-bottom-color",
    "border-bottom-left-radius",
    "border-bottom-right-radius",
    "border-bottom-style",
    "border-bottom-width",
    "border-collapse",
    "border-color",
    "border-left",
    "border-left-color",
    "border-left-style",
    "border-left-width",
    "border-radius",
    "border-right",
    "border-right-color",
    "border-right-style",
    "border-right-width",
    "border-spacing",
    "border-style",
    "border-top",
    "border-top-color",
    "border-top-left-radius",
    "border-top-right-radius",
    "border-top-style",
    "border-top-width",
    "border-width",
    "box-shadow",
    "box-sizing",
    "caption-side",
    "clear",
    "color",
    "direction",
    "display",
    "empty-cells",
    "flex",
    "flex-basis",
    "flex-direction",
    "flex-wrap",
    "float",
    "font",
    "font-family",
    "font-size",
    "font-style",
    "font-variant",
    "font-weight",
    "gap",
    "height",
    "hyphens",
    "justify-content",
    "letter-spacing",
    "line-height",
    "list-style",
    "list-style-position",
    "list-style-type",
    "margin",
    "margin-bottom",
    "margin-left",
    "margin-right",
    "margin-top",
    "max-height",
    "max-width",
    "min-height",
    "min-width",
    "opacity",
    "outline",
    "overflow",
    "overflow-wrap",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "table-layout",
    "text-align",
    "text-decoration",
    "text-decoration-color",
    "text-indent",
    "text-overflow",
    "text-shadow",
    "text-transform",
    "unicode-bidi",
    "vertical-align",
    "visibility",
    "white-space",
    "width",
    "word-break",
    "word-spacing",
    "word-wrap",
    "align-items",
];

/// The longest style sheet that is read, in bytes.
const MAX_SHEET_BYTES: usize = 256 * 1024;
/// How deep blocks stand in blocks.
const MAX_DEPTH: u8 = 4;

/// The declarations of a `style` attribute that are kept.
pub(super) fn declarations(text: &str) -> String {
    let text = without_comments(text);
    let mut kept = String::new();
    for declaration in split(&text, ';') {
        let Some((name, value)) = declaration.split_once(':') else {
            continue;
        };
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        if PROPERTIES.contains(&name.as_str()) && is_plain(value) {
            kept.push_str(&name);
            kept.push(':');
            kept.push_str(value);
            kept.push(';');
        }
    }
    kept
}

/// The rules of a style sheet that are kept: plain ones, and those within `@media`.
pub(super) fn sheet(text: &str) -> String {
    if text.len() > MAX_SHEET_BYTES {
        return String::new();
    }
    // Old mails hide their styles from older programs as comments of HTML.
    let text = text.replace("<!--", " ").replace("-->", " ");
    rules(&without_comments(&text), 0)
}

fn rules(mut text: &str, depth: u8) -> String {
    let mut kept = String::new();
    while let Some(at) = find(text, &['{', ';', '}']) {
        let (prelude, rest) = text.split_at(at);
        if !rest.starts_with('{') {
            // `@import "x";` and stray ends are left out.
            text = &rest[1..];
            continue;
        }
        let end = matching(rest);
        let inner = &rest[1..end];
        text = rest.get(end + 1..).unwrap_or("");
        let prelude = prelude.trim();
        let is_media = prelude
            .get(..6)
            .is_some_and(|begin| begin.eq_ignore_ascii_case("@media"));
        let body = if is_media && depth < MAX_DEPTH {
            rules(inner, depth + 1)
        } else if prelude.contains('@') {
            continue;
        } else {
            declarations(inner)
        };
        let selector = prelude.strip_prefix('@').unwrap_or(prelude);
        if !body.is_empty() && is_plain(&selector.replace(['"', '\''], "")) {
            kept.push_str(&format!("{prelude}{{{body}}}\n"));
        }
    }
    kept
}

/// Nothing that an escape could hide, that fetches or that ends the element it stands in.
fn is_plain(value: &str) -> bool {
    let folded: String = value
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect::<String>()
        .to_ascii_lowercase();
    let has_control = value
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
    let refused = [
        "url(",
        "image(",
        "image-set(",
        "src(",
        "expression(",
        "attr(",
        "element(",
        "var(",
        "javascript:",
        "import",
        "-moz-binding",
        "behavior",
    ];
    !has_control
        && !folded.contains(['\\', '<', '{', '}', '@', '`'])
        && !refused.iter().any(|word| folded.contains(word))
        && value.matches('"').count().is_multiple_of(2)
        && value.matches('\'').count().is_multiple_of(2)
}

fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("/*") {
        kept.push_str(before);
        kept.push(' ');
        // A comment that never ends takes the rest with it.
        rest = after.split_once("*/").map_or("", |(_, rest)| rest);
    }
    kept.push_str(rest);
    kept
}

/// Where the first of these characters stands outside strings and parentheses.
fn find(text: &str, wanted: &[char]) -> Option<usize> {
    let mut quote = None;
    let mut open = 0_u32;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            // A string ends with its line (CSS Syntax 3, 4.3.5).
            (Some(mark), c) if c == mark || c == '\n' => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(') => open += 1,
            (None, ')') => open = open.saturating_sub(1),
            (None, c) if open == 0 && wanted.contains(&c) => return Some(at),
            _ => {}
        }
    }
    None
}

/// Where the block that begins at the first character ends; the text's end when it never does.
fn matching(text: &str) -> usize {
    let mut depth = 0_u32;
    let mut at = 0;
    while let Some(next) = find(&text[at..], &['{', '}']) {
        at += next;
        if text[at..].starts_with('{') {
            depth += 1;
        } else {
            depth -= 1;
            if depth == 0 {
                return at;
            }
        }
        at += 1;
    }
    text.len()
}

fn split(text: &str, by: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = find(rest, &[by]) {
        parts.push(&rest[..at]);
        rest = &rest[at + 1..];
    }
    parts.push(rest);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_stays_and_what_fetches_covers_or_runs_goes() {
        assert_eq!(
            declarations(
                "color: red; font-family: \"A;B\", serif;position:fixed;top:0;BACKGROUND-COLOR:#fff"
            ),
            "color:red;font-family:\"A;B\", serif;background-color:#fff;"
        );
        for text in [
            "background:url(https://a.example)",
            "background: u\\72l(x)",
            "width:expression(alert(1))",
            "behavior:url(x)",
            "background:URL (x)",
            "-moz-binding:url(x)",
            "color:red\\",
            "color:</style>",
            "background:ur/**/l(x)",
            "background:image-set('https://a' 1x)",
            "z-index:9",
            "color:\"",
            "--x:url(a)",
            "width:var(--x)",
            "color:red}b{",
        ] {
            assert_eq!(declarations(text), "", "{text}");
        }
    }

    #[test]
    fn a_sheet_keeps_plain_rules_and_media() {
        assert_eq!(
            sheet(
                "<!-- @import url(x); p, .a > b {color:red;position:fixed} /* x } */ @media (max-width:9em){ p{width:100%} } -->"
            ),
            "p, .a > b{color:red;}\n@media (max-width:9em){p{width:100%;}\n}\n"
        );
        for text in [
            "@font-face{src:url(x)}",
            "@import 'x';",
            "p{background:url(x)}",
            "p{",
            "}}}",
            "@media x{@media x{@media x{@media x{@media x{p{color:red}}}}}}",
            "a[href^='\\']{color:red}",
            "</style><script>{color:red}",
            "@charset \"x\";",
            "p::after{content:'x'}",
        ] {
            assert_eq!(sheet(text), "", "{text}");
        }
    }
}
