//! What a person types: `storetrail serve`, `storetrail user add` and so on. One file a command.
//!
//! Commands open the same database that a running server has open, and write through the same one write path.

mod backup;
mod config;
mod export;
mod key;
mod role;
mod sample;
mod serve;
mod store;
mod user;
mod verify;

use crate::config::{Config, LogFormat};
use anyhow::Context as _;
use clap::{Parser, Subcommand};
use secrecy::ExposeSecret as _;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;
use storage::{Ambient, Storage};
use tracing_subscriber::EnvFilter;

/// Records what happens in a store and shows it, live, to those who may see it.
#[derive(Parser)]
#[command(name = "storetrail", version, about, max_term_width = 100)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server (the default)
    Serve,
    /// Stores: add, list
    #[command(subcommand)]
    Store(store::Command),
    /// Users: add, list, change role, block
    #[command(subcommand)]
    User(user::Command),
    /// API keys
    #[command(subcommand)]
    Key(key::Command),
    /// The sample store
    #[command(subcommand)]
    Sample(sample::Command),
    /// Take entries out as a file
    Export(export::Options),
    /// Check every ledger entry, payload and projection, or a file of proofs
    Verify(verify::Options),
    /// Copy the database to a file, also while the server runs
    Backup {
        /// A file that isn't there yet
        file: PathBuf,
    },
    /// Put a backup in the place of the database, once its ledger was checked
    Restore {
        /// What `backup` made
        file: PathBuf,
    },
    /// Bring the database's schema up to date
    Migrate,
    /// Print each setting and where its value came from
    Config,
}

/// Runs what the arguments ask for.
///
/// # Errors
/// What went wrong, in words for the person at the terminal.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let (settings, layers) = Config::load()?;
    let command = arguments.command.unwrap_or(Command::Serve);
    log_to_stderr(&settings, &command)?;
    let command = match command {
        Command::Serve => {
            serve::run(settings, &layers).await?;
            return Ok(ExitCode::SUCCESS);
        }
        Command::Config => {
            config::run(&layers);
            return Ok(ExitCode::SUCCESS);
        }
        Command::Verify(options) => return verify::run(&settings, options).await,
        Command::Restore { file } => return backup::restore(&settings, &file).await,
        command => command,
    };
    let storage = open(&settings).await?;
    let outcome = at_the_database(command, &storage, &settings).await;
    storage.close().await?;
    outcome
}

/// What went wrong and why, in one line. Errors whose words end with those of their cause don't say them again.
pub fn told(error: &anyhow::Error) -> String {
    error.chain().fold(String::new(), |told, cause| {
        let words = cause.to_string();
        if told.is_empty() {
            words
        } else if told.ends_with(&words) {
            told
        } else {
            format!("{told}: {words}")
        }
    })
}

async fn at_the_database(
    command: Command,
    storage: &Storage,
    settings: &Config,
) -> anyhow::Result<ExitCode> {
    match command {
        Command::Store(command) => store::run(storage, command).await?,
        Command::User(command) => user::run(storage, settings, command).await?,
        Command::Key(command) => key::run(storage, command).await?,
        Command::Sample(command) => sample::run(storage, command).await?,
        Command::Export(options) => export::run(storage, options).await?,
        Command::Backup { file } => backup::backup(storage, &file).await?,
        // Opening it has done it.
        Command::Migrate => eprintln!("the schema is up to date"),
        Command::Serve | Command::Config | Command::Verify(_) | Command::Restore { .. } => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// Opens the database of the settings; makes the folder for the server's files first.
async fn open(settings: &Config) -> anyhow::Result<Storage> {
    std::fs::create_dir_all(&settings.data_dir)
        .with_context(|| format!("can't make the data folder {}", settings.data_dir.display()))?;
    let url = settings.database_url.expose_secret();
    Ok(Storage::open_in(url, Ambient::system(), &settings.data_dir).await?)
}

/// Logs to standard error: standard output belongs to what was asked for. Commands keep quiet about what the
/// server tells.
fn log_to_stderr(settings: &Config, command: &Command) -> anyhow::Result<()> {
    let levels = match command {
        Command::Serve => settings.log.as_str(),
        _ if settings.log == "info" => "warn",
        _ => settings.log.as_str(),
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(levels)?)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match settings.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Code, Problem};

    #[test]
    fn a_cause_is_told_once_and_with_what_it_came_of() {
        let refusal = storage::Error::from(Problem::new(Code::Conflict, "somebody has to stay"));
        let error = anyhow::Error::from(refusal);
        assert_eq!(told(&error), "somebody has to stay");
        let error = error.context("can't block noor");
        assert_eq!(told(&error), "can't block noor: somebody has to stay");
    }
}
