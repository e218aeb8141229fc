//! `storetrail store`, and which store the other commands are about.

use anyhow::{Context as _, bail};
use domain::view::StoreView;
use storage::{Error, NewStore, Scope, Storage};

/// What can be done with stores.
#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Add a store and print its number; the super admins of the others are its super admins
    Add {
        /// Its name
        #[arg(long)]
        name: String,
        /// The clock that its days follow, such as Asia/Riyadh
        #[arg(long, value_name = "ZONE", default_value = "UTC")]
        time_zone: String,
    },
    /// List the stores: number, name, time zone
    List,
}

/// Does it.
///
/// # Errors
/// When the name or the time zone isn't usable, or the database fails.
pub(super) async fn run(storage: &Storage, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Add { name, time_zone } => {
            let store = add(storage, name, time_zone).await?;
            eprintln!("made the store `{}`; its number:", store.name);
            println!("{}", store.id.0);
        }
        Command::List => {
            for store in storage.list_stores().await? {
                let note = if store.is_sample { "  sample" } else { "" };
                println!("{}  {}  {}{note}", store.id.0, store.name, store.time_zone);
            }
        }
    }
    Ok(())
}

async fn add(storage: &Storage, name: String, time_zone: String) -> Result<StoreView, Error> {
    let store = NewStore {
        name,
        domain: String::new(),
        time_zone,
        is_sample: false,
    };
    storage.create_store(store).await
}

/// `--store`, for commands that are about one store.
#[derive(clap::Args)]
pub(super) struct StoreChoice {
    /// The store's name or number; the first one that is no sample when left out
    #[arg(long, value_name = "NAME")]
    store: Option<String>,
}

impl StoreChoice {
    /// The system's scope in the store chosen.
    ///
    /// # Errors
    /// When there is no such store, or no store yet.
    pub(super) async fn scope(&self, storage: &Storage) -> anyhow::Result<Scope> {
        let stores = storage.list_stores().await?;
        let store = self.choose(stores)?;
        Ok(Scope::system("the command line", store))
    }

    /// The same for what can be the first step of all, a user or a key: on an empty database the store is
    /// made, called as `--store` says, else "My store"; its settings page renames it.
    ///
    /// # Errors
    /// When there are stores but not this one, or the name isn't usable.
    pub(super) async fn scope_or_first(&self, storage: &Storage) -> anyhow::Result<Scope> {
        let stores = storage.list_stores().await?;
        if stores.iter().any(|store| !store.is_sample) {
            return self.scope(storage).await;
        }
        if self.store.is_some()
            && let Ok(store) = self.choose(stores)
        {
            return Ok(Scope::system("the command line", store));
        }
        let name = self.store.clone().unwrap_or_else(|| "My store".to_owned());
        let store = add(storage, name, "UTC".to_owned()).await?;
        eprintln!("made the store `{}`, the first one here", store.name);
        Ok(Scope::system("the command line", store))
    }

    fn choose(&self, stores: Vec<StoreView>) -> anyhow::Result<StoreView> {
        let Some(wanted) = &self.store else {
            return stores.into_iter().find(|store| !store.is_sample).context(
                "there is no store yet: start `storetrail serve` and open the link it prints, \
                 or name the sample store with --store",
            );
        };
        let known: Vec<_> = stores
            .iter()
            .map(|store| format!("{} ({})", store.name, store.id.0))
            .collect();
        let found: Vec<_> = stores
            .into_iter()
            .filter(|store| {
                store.name.to_lowercase() == wanted.to_lowercase()
                    || store.id.0.to_string() == *wanted
            })
            .collect();
        match <[StoreView; 1]>::try_from(found) {
            Ok([store]) => Ok(store),
            Err(found) if found.is_empty() => {
                bail!(
                    "there is no store `{wanted}`; there are: {}",
                    known.join(", ")
                )
            }
            Err(_) => bail!(
                "several stores are called `{wanted}`; give its number: {}",
                known.join(", ")
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::StoreId;

    fn stores() -> Vec<StoreView> {
        [(1, "Sample", true), (2, "Linen", false), (3, "Wool", false)]
            .map(|(id, name, is_sample)| StoreView {
                id: StoreId(id),
                name: name.to_owned(),
                domain: String::new(),
                time_zone: "UTC".to_owned(),
                is_sample,
            })
            .into()
    }

    fn chosen(text: Option<&str>) -> Result<String, String> {
        let choice = StoreChoice {
            store: text.map(str::to_owned),
        };
        choice
            .choose(stores())
            .map(|store| store.name)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn without_a_word_it_is_the_first_that_is_no_sample() {
        assert_eq!(chosen(None), Ok("Linen".to_owned()));
    }

    #[test]
    fn a_store_is_found_by_name_or_number() {
        assert_eq!(chosen(Some("wool")), Ok("Wool".to_owned()));
        assert_eq!(chosen(Some("1")), Ok("Sample".to_owned()));
        assert_eq!(
            chosen(Some("silk")),
            Err("there is no store `silk`; there are: Sample (1), Linen (2), Wool (3)".to_owned())
        );
    }
}
