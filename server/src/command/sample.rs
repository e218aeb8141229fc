//! `storetrail sample`.

use crate::password::{Known, Passwords};
use crate::{sample, sample_store};
use anyhow::{Context as _, bail};
use domain::view::StoreView;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use storage::{Scope, Storage};

/// What can be done with the sample store.
#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Load it: a believable store with 120 days of activity
    Load {
        /// Be content when it is there already
        #[arg(long)]
        if_missing: bool,
        /// Give the person of each role a public password and print it with their addresses
        #[arg(long)]
        print_sign_ins: bool,
    },
    /// Remove it with its entries, users and keys
    Remove,
}

/// Does it.
///
/// # Errors
/// When it is there already, or isn't, or the database fails.
pub(super) async fn run(storage: &Storage, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Load {
            if_missing,
            print_sign_ins,
        } => {
            let hash = if print_sign_ins {
                let passwords = Passwords::new(storage.ambient().entropy.clone());
                Some(
                    passwords
                        .hash(sample::PASSWORD.to_owned(), Known::default())
                        .await?,
                )
            } else {
                None
            };
            let (store, is_new) = load(storage, hash.as_deref()).await?;
            if !is_new && !if_missing {
                bail!("the sample store is there already; `storetrail sample remove` removes it");
            }
            if let Some(hash) = hash {
                sample_store::let_in(storage, &store, &hash).await?;
                print();
            }
            Ok(())
        }
        Command::Remove => remove(storage).await,
    }
}

/// Loads it; false when it was there.
async fn load(storage: &Storage, password_hash: Option<&str>) -> anyhow::Result<(StoreView, bool)> {
    let is_new = AtomicBool::new(false);
    let told = AtomicU64::new(0);
    let store = sample::load(storage, password_hash, |done, all| {
        if done < all {
            is_new.store(true, Ordering::Relaxed);
        }
        let step = done / 10_000;
        if is_new.load(Ordering::Relaxed) && told.swap(step, Ordering::Relaxed) < step {
            eprintln!("sample store: {done} of {all} activities");
        }
    })
    .await?;
    let is_new = is_new.into_inner();
    if is_new {
        eprintln!("the sample store {} is loaded", store.name);
    }
    Ok((store, is_new))
}

fn print() {
    println!(
        "Sign in to the sample store with the password {}",
        sample::PASSWORD
    );
    for (role, name, email) in sample::SIGN_INS {
        println!("  {:<14}{email:<28}{name}", role.as_str());
    }
}

async fn remove(storage: &Storage) -> anyhow::Result<()> {
    let store = storage
        .list_stores()
        .await?
        .into_iter()
        .find(|store| store.is_sample)
        .context("there is no sample store")?;
    let name = store.name.clone();
    storage
        .remove_sample(&Scope::system("the command line", store))
        .await?;
    eprintln!("the sample store {name} is removed; its ledger leaves stay");
    Ok(())
}
