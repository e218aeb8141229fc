//! `storetrail user`.

use super::role::{Chosen, RoleChoice};
use super::store::StoreChoice;
use crate::config::Config;
use crate::password::{Known, Passwords};
use anyhow::Context as _;
use domain::UserId;
use domain::view::UserView;
use secrecy::{ExposeSecret as _, SecretString};
use std::io::Read as _;
use storage::{Entropy, NewUser, Scope, Storage, word_of};

/// What can be done with users.
#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Add a user; without --password-stdin a password is made and printed
    Add {
        /// Their address
        #[arg(long)]
        email: String,
        #[command(flatten)]
        role: RoleChoice,
        /// Their name; what stands before the @ when left out
        #[arg(long)]
        name: Option<String>,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
        #[command(flatten)]
        store: StoreChoice,
    },
    /// List the users of a store
    List {
        #[command(flatten)]
        store: StoreChoice,
    },
    /// Give a user another role
    Role {
        /// Their address
        #[arg(long)]
        email: String,
        #[command(flatten)]
        role: RoleChoice,
        #[command(flatten)]
        store: StoreChoice,
    },
    /// Add a user without a password and print the link by which they choose it
    Invite {
        /// Their address
        #[arg(long)]
        email: String,
        #[command(flatten)]
        role: RoleChoice,
        /// Their name; what stands before the @ when left out
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        store: StoreChoice,
    },
    /// Print a link by which a user sets a new password, once, within a day
    Link {
        /// Their address
        #[arg(long)]
        email: String,
        #[command(flatten)]
        store: StoreChoice,
    },
    /// Take a user's second factor away, for who has lost app and recovery codes; ends their sessions
    ResetFactor {
        /// Their address
        #[arg(long)]
        email: String,
        #[command(flatten)]
        store: StoreChoice,
    },
    /// Block a user and end their sessions
    Block {
        /// Their address
        #[arg(long)]
        email: String,
        /// Let them in again instead
        #[arg(long)]
        undo: bool,
        #[command(flatten)]
        store: StoreChoice,
    },
}

/// Does it.
///
/// # Errors
/// When there is no such store or user, or a value isn't usable.
pub(super) async fn run(
    storage: &Storage,
    settings: &Config,
    command: Command,
) -> anyhow::Result<()> {
    match command {
        Command::Add {
            email,
            role,
            name,
            password_stdin,
            store,
        } => {
            let (scope, role) = role.with_scope(storage, &store).await?;
            let name = name.unwrap_or_else(|| name_from(&email));
            add(storage, &scope, name, email, role, password_stdin).await?;
        }
        Command::List { store } => {
            let scope = store.scope(storage).await?;
            for user in storage.list_users(&scope).await? {
                println!("{}", line(&user));
            }
        }
        Command::Role { email, role, store } => {
            let scope = store.scope(storage).await?;
            let user = find(storage, &scope, &email).await?;
            let role = role.of(storage, &scope).await?;
            storage.set_role(&scope, user, role.role).await?;
            eprintln!("{email} is {} in {} now", role.word, scope.store().name);
        }
        Command::Invite {
            email,
            role,
            name,
            store,
        } => {
            let (scope, role) = role.with_scope(storage, &store).await?;
            let user = NewUser {
                name: name.unwrap_or_else(|| name_from(&email)),
                email: email.clone(),
                password_hash: None,
            };
            let (_, token) = storage.invite_user(&scope, user, role.role).await?;
            eprintln!("{email} is {} in {}", role.word, scope.store().name);
            match token {
                Some(token) => print_link(settings, &token),
                None => eprintln!("they have a password already"),
            }
        }
        Command::Link { email, store } => {
            let scope = store.scope(storage).await?;
            let user = find(storage, &scope, &email).await?;
            print_link(settings, &storage.new_password_link(&scope, user).await?);
        }
        Command::ResetFactor { email, store } => {
            let scope = store.scope(storage).await?;
            let user = find(storage, &scope, &email).await?;
            storage.reset_second_factor(&scope, user).await?;
            eprintln!("{email} signs in with the password alone and is signed out everywhere");
        }
        Command::Block { email, undo, store } => {
            let scope = store.scope(storage).await?;
            let user = find(storage, &scope, &email).await?;
            storage.set_blocked(&scope, user, !undo).await?;
            let what = if undo {
                "may sign in again"
            } else {
                "is blocked and signed out"
            };
            eprintln!("{email} {what}");
        }
    }
    Ok(())
}

/// Prints a link, once; whoever has it can use it.
fn print_link(settings: &Config, token: &str) {
    let base = settings.public_url.clone();
    let base = base.unwrap_or_else(|| format!("http://{}", settings.listen));
    eprintln!("the link, shown this once; it works once:");
    println!("{base}/link?token={token}");
}

async fn add(
    storage: &Storage,
    scope: &Scope,
    name: String,
    email: String,
    role: Chosen,
    password_stdin: bool,
) -> anyhow::Result<()> {
    let entropy = &storage.ambient().entropy;
    let password = if password_stdin {
        from_stdin()?
    } else {
        made_up(entropy)
    };
    let known = Known {
        email: &email,
        name: &name,
        store: &scope.store().name,
    };
    let hash = Passwords::new(entropy.clone())
        .hash(password.expose_secret().to_owned(), known)
        .await?;
    let user = NewUser {
        name,
        email: email.clone(),
        password_hash: Some(hash),
    };
    storage.add_user(scope, user, role.role).await?;
    eprintln!("{email} is {} in {}", role.word, scope.store().name);
    if !password_stdin {
        eprintln!("the password, shown this once; someone who had one before keeps theirs:");
        println!("{}", password.expose_secret());
    }
    Ok(())
}

async fn find(storage: &Storage, scope: &Scope, email: &str) -> anyhow::Result<UserId> {
    storage
        .list_users(scope)
        .await?
        .into_iter()
        .find(|user| user.email.to_lowercase() == email.to_lowercase())
        .map(|user| user.id)
        .with_context(|| format!("{email} has no role in {}", scope.store().name))
}

/// The first line of standard input, without its end.
fn from_stdin() -> anyhow::Result<SecretString> {
    let mut text = String::new();
    std::io::stdin()
        .take(4096)
        .read_to_string(&mut text)
        .context("the password on standard input can't be read")?;
    let line = text.lines().next().unwrap_or_default();
    Ok(SecretString::from(line.to_owned()))
}

/// 20 letters and digits that no two of which look alike: 100 bits.
pub(super) fn made_up(entropy: &Entropy) -> SecretString {
    const DIGITS: &[u8; 32] = b"23456789abcdefghijkmnpqrstuvwxyz";
    let text: String = entropy
        .bytes::<20>()
        .iter()
        .map(|byte| char::from(DIGITS[usize::from(byte % 32)]))
        .collect();
    SecretString::from(text)
}

fn name_from(email: &str) -> String {
    email
        .split_once('@')
        .map_or(email, |(name, _)| name)
        .to_owned()
}

fn line(user: &UserView) -> String {
    let blocked = if user.is_blocked { "  blocked" } else { "" };
    let role = word_of(user.role, user.role_name.as_deref());
    format!("{}  {role}  {}{blocked}", user.email, user.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_that_is_made_may_be_used() {
        let entropy = Entropy::new(|bytes| {
            for (at, byte) in (0_u8..).zip(bytes) {
                *byte = at.wrapping_mul(37);
            }
        });
        let password = made_up(&entropy).expose_secret().to_owned();
        let hashed = Passwords::new(entropy)
            .hash(password, Known::default())
            .await;
        assert!(hashed.is_ok(), "{hashed:?}");
    }
}
