//! `storetrail key`.

use super::role::RoleChoice;
use super::store::StoreChoice;
use chrono::{DateTime, TimeDelta, Utc};
use domain::view::{KeyView, NewKey};
use domain::{Category, KeyId};
use storage::{Storage, word_of};

/// What can be done with keys.
#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Make a key and print it: the only time that it is shown
    Add {
        /// What it is for
        #[arg(long)]
        name: String,
        #[command(flatten)]
        role: RoleChoice,
        /// From which networks alone it may be used, such as 10.0.0.0/8; several are divided by commas
        #[arg(long, value_delimiter = ',')]
        networks: Vec<String>,
        /// After how many days it ends, 1 to 3,650; never by itself when left out
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=i64::from(NewKey::MOST_DAYS)))]
        days: Option<u32>,
        #[command(flatten)]
        store: StoreChoice,
    },
    /// List the keys of a store
    List {
        #[command(flatten)]
        store: StoreChoice,
    },
    /// Give a key a new secret and print it; the old one works a while longer
    Rotate {
        /// Its number, as `key list` shows it
        #[arg(long, value_parser = parse_id)]
        id: uuid::Uuid,
        /// For how many hours the old secret still works
        #[arg(long, default_value_t = 24)]
        overlap_hours: u32,
        #[command(flatten)]
        store: StoreChoice,
    },
    /// End a key at once
    Revoke {
        /// Its number, as `key list` shows it
        #[arg(long, value_parser = parse_id)]
        id: uuid::Uuid,
        #[command(flatten)]
        store: StoreChoice,
    },
}

/// Reads a key's number.
///
/// # Errors
/// In words that say where it stands.
fn parse_id(text: &str) -> Result<uuid::Uuid, String> {
    text.parse()
        .map_err(|_| "the line of a key in `storetrail key list` begins with its number".to_owned())
}

/// Does it. Standard output gets a secret or the list and nothing else, so that a script can keep it.
///
/// # Errors
/// When there is no such store or key, or a value isn't usable.
pub(super) async fn run(storage: &Storage, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Add {
            name,
            role,
            networks,
            days,
            store,
        } => {
            let (scope, role) = role.with_scope(storage, &store).await?;
            let now = storage.ambient().clock.now();
            let key = NewKey {
                name,
                role: role.role,
                categories: None,
                networks,
                expires_at: days.map(|days| now + TimeDelta::days(days.into())),
            };
            let (key, secret) = storage.create_key(&scope, key).await?;
            let store = &scope.store().name;
            eprintln!(
                "{} for {store} as {}; it is shown this once:",
                key.name, role.word
            );
            println!("{secret}");
        }
        Command::List { store } => {
            let scope = store.scope(storage).await?;
            let now = storage.ambient().clock.now();
            for key in storage.list_keys(&scope).await? {
                println!("{}", line(&key, now));
            }
        }
        Command::Rotate {
            id,
            overlap_hours,
            store,
        } => {
            let scope = store.scope(storage).await?;
            let (key, secret) = storage.rotate_key(&scope, KeyId(id), overlap_hours).await?;
            eprintln!(
                "the new secret of {}, shown this once; the old one works for {overlap_hours} hours yet:",
                key.name
            );
            println!("{secret}");
        }
        Command::Revoke { id, store } => {
            let scope = store.scope(storage).await?;
            storage.revoke_key(&scope, KeyId(id)).await?;
            eprintln!("the key has ended");
        }
    }
    Ok(())
}

/// A key as the list shows it: to what it is narrowed, when it ends, when it was last used.
fn line(key: &KeyView, now: DateTime<Utc>) -> String {
    let mut parts = vec![
        key.id.to_string(),
        format!("{}…", key.prefix),
        word_of(key.role, key.role_name.as_deref()),
        key.name.clone(),
    ];
    if let Some(categories) = key.categories {
        let names: Vec<_> = categories.iter().map(Category::as_str).collect();
        parts.push(format!("only {}", names.join(", ")));
    }
    if !key.networks.is_empty() {
        parts.push(format!("only from {}", key.networks.join(", ")));
    }
    parts.push(match (key.last_used_at, &key.last_used_ip) {
        (None, _) => "never used".to_owned(),
        (Some(at), None) => format!("used {}", minute(at)),
        (Some(at), Some(ip)) => format!("used {} from {ip}", minute(at)),
    });
    if let Some(until) = key.old_secret_until.filter(|until| *until > now) {
        parts.push(format!("old secret until {}", minute(until)));
    }
    match key.expires_at {
        Some(at) if at <= now => parts.push(format!("ended {}", minute(at))),
        Some(at) => parts.push(format!("ends {}", minute(at))),
        None => {}
    }
    if key.revoked_at.is_some() {
        parts.push("revoked".to_owned());
    }
    parts.join("  ")
}

/// A time to the minute.
fn minute(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Subcommand as _;

    /// What is said of arguments that can't be read.
    fn refusal(arguments: &[&str]) -> Option<String> {
        let command = Command::augment_subcommands(clap::Command::new("key"));
        let read = command.try_get_matches_from([&["key"][..], arguments].concat());
        read.err().map(|error| error.to_string())
    }

    #[test]
    fn days_that_no_key_lasts_are_refused_with_their_option_and_its_bounds() {
        let add = |days| ["add", "--name", "a", "--role", "admin", "--days", days];
        for days in ["1", "3650"] {
            assert_eq!(refusal(&add(days)), None, "{days}");
        }
        for days in ["0", "3651", "999999999"] {
            let told = refusal(&add(days)).unwrap_or_default();
            let expected = format!("'--days <DAYS>': {days} is not in 1..=3650");
            assert!(told.contains(&expected), "{told}");
        }
    }

    #[test]
    fn who_gives_no_number_of_a_key_is_told_where_it_stands() {
        for act in ["revoke", "rotate"] {
            let told = refusal(&[act, "--id", "99999"]).unwrap_or_default();
            assert!(told.contains("`storetrail key list`"), "{told}");
        }
    }
}
