//! Which value holds and where it came from.

use super::{SETTINGS, Setting, Showing};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nothing sets it.
    Unset,
    /// Built in.
    Default,
    /// Follows from another setting.
    Follows(&'static str),
    /// A file.
    File(PathBuf),
    /// A variable of the environment.
    Environment(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unset => f.write_str("not set"),
            Self::Default => f.write_str("default"),
            Self::Follows(name) => write!(f, "follows from {name}"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment(name) => write!(f, "{name} in the environment"),
        }
    }
}

/// A variable of the environment that looks like a setting and is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stray {
    /// Its name.
    pub variable: String,
    /// The variable of the setting that may be meant.
    pub nearest: Option<String>,
}

impl Stray {
    /// A setting may be meant as long as at most a third of its name is mistyped.
    fn named(variable: &str) -> Self {
        let nearest = SETTINGS
            .iter()
            .map(|setting| (setting.name.len(), self::variable(setting.name)))
            .map(|(length, known)| {
                let edits = strsim::damerau_levenshtein(variable, &known);
                (edits, length, known)
            })
            .filter(|(edits, length, _)| edits * 3 <= *length)
            .min()
            .map(|(_, _, known)| known);
        Self {
            variable: variable.to_owned(),
            nearest,
        }
    }
}

impl fmt::Display for Stray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is in the environment but is not a setting",
            self.variable
        )?;
        match &self.nearest {
            Some(nearest) => write!(f, "; is {nearest} meant?"),
            None => Ok(()),
        }
    }
}

/// The values that hold, by name.
#[derive(Debug)]
pub struct Layers {
    values: BTreeMap<&'static str, (String, Source)>,
    strays: Vec<Stray>,
}

/// The name of a setting's variable.
pub(super) fn variable(setting: &str) -> String {
    format!("STORETRAIL_{}", setting.to_ascii_uppercase())
}

impl Layers {
    /// Lays defaults, file and environment over each other.
    pub(super) fn stack(
        file: &Path,
        environment: &BTreeMap<String, String>,
        faults: &mut Vec<String>,
    ) -> Self {
        let mut values = BTreeMap::new();
        for setting in SETTINGS {
            if let Some(default) = setting.default {
                values.insert(setting.name, (default.to_owned(), Source::Default));
            }
        }
        for (name, value) in read_file(file, faults) {
            values.insert(name, (value, Source::File(file.to_owned())));
        }
        for setting in SETTINGS {
            let variable = variable(setting.name);
            // An empty variable counts as unset: that is what `VARIABLE= storetrail` means to most.
            if let Some(value) = environment.get(&variable).filter(|value| !value.is_empty()) {
                values.insert(setting.name, (value.clone(), Source::Environment(variable)));
            }
        }
        if !values.contains_key("database_url")
            && let Some((data_dir, _)) = values.get("data_dir")
        {
            let path = Path::new(data_dir).join("storetrail.db");
            values.insert(
                "database_url",
                (
                    format!("sqlite://{}", path.display()),
                    Source::Follows("data_dir"),
                ),
            );
        }
        let strays = environment
            .keys()
            .filter(|name| name.starts_with("STORETRAIL_"))
            .filter(|name| {
                SETTINGS
                    .iter()
                    .all(|setting| variable(setting.name) != **name)
            })
            .map(|name| Stray::named(name))
            .collect();
        Self { values, strays }
    }

    /// The value of a setting that is set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|(value, _)| value.as_str())
    }

    /// Where it came from.
    pub fn source(&self, name: &str) -> Source {
        self.values
            .get(name)
            .map_or(Source::Unset, |(_, source)| source.clone())
    }

    /// Variables that look like settings and are none.
    pub fn strays(&self) -> &[Stray] {
        &self.strays
    }

    /// A setting's value for a person's eyes: secrets are hidden.
    pub fn shown(&self, setting: &Setting) -> String {
        let Some(value) = self.get(setting.name) else {
            return "-".to_owned();
        };
        match setting.showing {
            Showing::Plain => value.to_owned(),
            Showing::Secret => "(hidden)".to_owned(),
            Showing::Address => without_password(value),
        }
    }
}

/// An address with its password, if any, hidden, and what is asked for over HTTP: tokens stand there.
pub(super) fn without_password(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else {
        return address.to_owned();
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    // The last @ divides: an unescaped one may stand in a password.
    let shown = match authority.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((name, _)) => format!("{name}:(hidden)@{host}"),
            None => authority.to_owned(),
        },
        None => authority.to_owned(),
    };
    let path = match path.split_once('?') {
        Some((path, query)) if scheme.starts_with("http") || query.contains("password=") => {
            format!("{path}?(hidden)")
        }
        _ => path.to_owned(),
    };
    format!("{scheme}://{shown}{path}")
}

fn read_file(file: &Path, faults: &mut Vec<String>) -> Vec<(&'static str, String)> {
    let shown = file.display();
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            faults.push(format!("{shown} can't be read: {error}"));
            return Vec::new();
        }
    };
    let table: toml::Table = match toml::from_str(&text) {
        Ok(table) => table,
        Err(error) => {
            let line = error.span().map_or(1, |span| {
                text[..span.start.min(text.len())].matches('\n').count() + 1
            });
            faults.push(format!(
                "{shown}, line {line}, is not TOML: {}",
                error.message()
            ));
            return Vec::new();
        }
    };
    let mut values = Vec::new();
    for (name, value) in table {
        let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name) else {
            let known = SETTINGS.map(|setting| setting.name).join(", ");
            faults.push(format!(
                "{shown}: `{name}` is not a setting; known are {known}"
            ));
            continue;
        };
        match value {
            toml::Value::String(text) => values.push((setting.name, text)),
            other => faults.push(format!(
                "{shown}: `{name}` must be a text in quotes, this is {}",
                match other {
                    toml::Value::Integer(_) | toml::Value::Float(_) => "a number",
                    toml::Value::Boolean(_) => "true or false",
                    toml::Value::Array(_) => "an array",
                    toml::Value::Table(_) => "a table",
                    _ => "a date",
                }
            )),
        }
    }
    values
}
