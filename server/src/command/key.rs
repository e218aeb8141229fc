//! `storetrail key`.

use super::store::StoreChoice;
use super::user::parse_role;
use chrono::TimeDelta;
use domain::view::NewKey;
use domain::{KeyId, Role};
use storage::Storage;

/// What can be done with keys.
#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Make a key and print it: the only time that it is shown
    Add {
        /// What it is for
        #[arg(long)]
        name: String,
        /// What it may do: super_admin, admin, manager, store_keeper, staff or auditor
        #[arg(long, value_parser = parse_role)]
        role: Role,
        /// From which networks alone it may be used, such as 10.0.0.0/8; several are divided by commas
        #[arg(long, value_delimiter = ',')]
        networks: Vec<String>,
        /// After how many days it ends
        #[arg(long)]
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
        #[arg(long)]
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
        #[arg(long)]
        id: uuid::Uuid,
        #[command(flatten)]
        store: StoreChoice,
    },
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
            let scope = store.scope_or_first(storage).await?;
            let now = storage.ambient().clock.now();
            let key = NewKey {
                name,
                role,
                categories: None,
                networks,
                expires_at: days.map(|days| now + TimeDelta::days(days.into())),
            };
            let (key, secret) = storage.create_key(&scope, key).await?;
            let store = &scope.store().name;
            eprintln!("{} for {store} as {role}; it is shown this once:", key.name);
            println!("{secret}");
        }
        Command::List { store } => {
            let scope = store.scope(storage).await?;
            for key in storage.list_keys(&scope).await? {
                let state = if key.revoked_at.is_some() {
                    "  revoked"
                } else {
                    ""
                };
                println!(
                    "{}  {}…  {}  {}{state}",
                    key.id, key.prefix, key.role, key.name
                );
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
