//! With what somebody acted: browser and system, as far as their program says.

use crate::{Pattern, fold};
#[cfg(not(target_family = "wasm"))]
use woothee::parser::Parser;

/// What programs that are no browser are called together; the name of the one it was stands where a browser has its
/// version.
#[cfg(not(target_family = "wasm"))]
const TOOL: &str = "HTTP Library";

/// A program and the system that it runs on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Device {
    /// As `device:` finds it and values count it: one of a few hundred names, `Chrome on Mac OSX`.
    pub name: String,
    /// As an entry shows it, with the program's version: `Chrome 131 on Mac OSX`.
    pub words: String,
}

impl Device {
    /// Nothing: a browser is told of devices in words, and what reads user agents would weigh more than a page.
    #[cfg(target_family = "wasm")]
    pub const fn of(_user_agent: &str) -> Option<Self> {
        None
    }

    /// What calls itself so, when it is known.
    #[cfg(not(target_family = "wasm"))]
    pub fn of(user_agent: &str) -> Option<Self> {
        let parsed = Parser::new().parse(user_agent)?;
        let known = |text: &str| text != "UNKNOWN" && !text.is_empty();
        let version = parsed.version.split('.').next().filter(|v| known(v));
        let (program, versioned) = match version {
            Some(tool) if parsed.name == TOOL => (tool, tool.to_owned()),
            Some(version) => (parsed.name, format!("{} {version}", parsed.name)),
            None => (parsed.name, parsed.name.to_owned()),
        };
        match (known(parsed.name), known(parsed.os)) {
            (true, true) => Some(Self {
                name: format!("{program} on {}", parsed.os),
                words: format!("{versioned} on {}", parsed.os),
            }),
            (true, false) => Some(Self {
                name: program.to_owned(),
                words: versioned,
            }),
            (false, true) => Some(Self {
                name: parsed.os.to_owned(),
                words: parsed.os.to_owned(),
            }),
            (false, false) => None,
        }
    }

    /// The same in words alone, as sessions and the logs that watch show it.
    pub fn words_of(user_agent: &str) -> Option<String> {
        Self::of(user_agent).map(|device| device.words)
    }

    /// Whether any pattern finds the device of that name: by the whole name, the program or the system.
    pub fn is_found(name: &str, patterns: &[Pattern]) -> bool {
        let name = fold(name);
        let parts = name
            .split_once(" on ")
            .map(|(program, system)| [program, system]);
        std::iter::once(name.as_str())
            .chain(parts.into_iter().flatten())
            .any(|key| patterns.iter().any(|pattern| pattern.matches(key)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                          Version/18.0 Mobile/15E148 Safari/604.1";

    #[test]
    fn an_entry_shows_the_version_and_the_name_has_none() {
        let device = Device::of(IPHONE).unwrap();
        assert_eq!(device.words, "Safari 18 on iPhone");
        assert_eq!(device.name, "Safari on iPhone");
        let older = Device::of(&IPHONE.replace("Version/18.0", "Version/17.4")).unwrap();
        assert_eq!(older.name, device.name);
        assert_ne!(older.words, device.words);
        let tool = Device::of("curl/8.9").unwrap();
        assert_eq!((tool.name.as_str(), tool.words.as_str()), ("curl", "curl"));
        assert_eq!(Device::of("TillOS/7.3.1"), None);
        assert_eq!(Device::of(""), None);
    }

    #[test]
    fn a_device_is_found_whole_and_by_either_part() {
        let finds = |pattern: Pattern| Device::is_found("Safari on iPhone", &[pattern]);
        for text in ["safari on iphone", "SAFARI", "iPhone"] {
            assert!(finds(Pattern::exact(text)), "{text}");
        }
        for text in ["saf", "safari on", "iph", ""] {
            assert!(finds(Pattern::prefix(text)), "{text}*");
        }
        for text in ["saf", "on iphone", "phone", ""] {
            assert!(!finds(Pattern::exact(text)), "{text}");
        }
        assert!(!Device::is_found("Safari on iPhone", &[]));
        assert!(Device::is_found(
            "Googlebot",
            &[Pattern::exact("googlebot")]
        ));
    }
}
