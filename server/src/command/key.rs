//! `storetrail key`.

use super::store::StoreChoice;
use super::user::parse_role;
use domain::Role;
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
        #[command(flatten)]
        store: StoreChoice,
    },
}

/// Makes a key. Standard output gets the key and nothing else, so that a script can keep it.
///
/// # Errors
/// When there is no such store, or the name isn't usable.
pub(super) async fn run(storage: &Storage, command: Command) -> anyhow::Result<()> {
    let Command::Add { name, role, store } = command;
    let scope = store.scope_or_first(storage).await?;
    let (key, secret) = storage.create_key(&scope, &name, role).await?;
    eprintln!(
        "{} for {} as {role}; it is shown this once:",
        key.name,
        scope.store().name
    );
    println!("{secret}");
    Ok(())
}
