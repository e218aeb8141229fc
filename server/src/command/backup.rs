//! `storetrail backup` and `storetrail restore`.

use crate::config::Config;
use anyhow::{Context as _, bail, ensure};
use secrecy::ExposeSecret as _;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use storage::{Ambient, Storage};

/// Held by every server that runs on this data folder.
const LOCK: &str = "serve.lock";

/// Says that a server runs on the data folder, as long as the file is held open.
///
/// # Errors
/// When the folder can't be written, or a restore is under way.
pub(super) fn hold(data_dir: &Path) -> anyhow::Result<File> {
    let file = lock_file(data_dir)?;
    match file.try_lock_shared() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            bail!("a restore is under way; start again when it is done")
        }
        Err(TryLockError::Error(error)) => Err(error).context("can't lock the data folder"),
    }
}

fn lock_file(data_dir: &Path) -> anyhow::Result<File> {
    fs::create_dir_all(data_dir)
        .with_context(|| format!("can't make the data folder {}", data_dir.display()))?;
    let path = data_dir.join(LOCK);
    File::create(&path).with_context(|| format!("can't write {}", path.display()))
}

/// Copies the database, which may be in use, to a file of its own.
///
/// # Errors
/// When the file is there already or can't be written; on PostgreSQL, which has `pg_dump`.
pub(super) async fn backup(storage: &Storage, to: &Path) -> anyhow::Result<()> {
    ensure!(
        !to.exists(),
        "{} is there already; nothing is overwritten",
        to.display()
    );
    storage.backup_to(to).await?;
    eprintln!(
        "the database is in {}; keep the key file and the folder `objects` beside it, each by itself",
        to.display()
    );
    Ok(())
}

/// Puts a backup in the place of the database, once its ledger was checked. What was there is kept beside it.
///
/// # Errors
/// When a server runs on the database, the backup isn't whole, or a file can't be written.
pub(super) async fn restore(settings: &Config, from: &Path) -> anyhow::Result<ExitCode> {
    let url = settings.database_url.expose_secret();
    let Some(database) = sqlite_path(url) else {
        bail!("on PostgreSQL a backup is made by pg_dump and restored by pg_restore");
    };
    ensure!(from.is_file(), "there is no file {}", from.display());
    let lock = lock_file(&settings.data_dir)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => bail!("a server runs on this database; stop it first"),
        Err(TryLockError::Error(error)) => return Err(error).context("can't lock the data folder"),
    }
    let copy = beside(&database, "restoring");
    let put = put_in_place(settings, from, &copy, &database).await;
    if !matches!(put, Ok(ExitCode::SUCCESS)) {
        // Nothing half-done stays behind, whatever else went wrong.
        let _ = remove(&copy).and(remove_companions(&copy));
    }
    drop(lock);
    put
}

/// Checks a copy of the backup and moves it to where the database was.
async fn put_in_place(
    settings: &Config,
    from: &Path,
    copy: &Path,
    database: &Path,
) -> anyhow::Result<ExitCode> {
    remove(copy)?;
    remove_companions(copy)?;
    fs::copy(from, copy)
        .with_context(|| format!("can't copy {} to {}", from.display(), copy.display()))?;
    let faults = check(copy, &settings.data_dir)
        .await
        .map_err(|error| error.context("this is no backup of Storetrail; nothing was changed"))?;
    if !faults.is_empty() {
        for fault in &faults {
            println!("fault    {fault}");
        }
        eprintln!("not restored: the backup's ledger doesn't agree; nothing was changed");
        return Ok(ExitCode::FAILURE);
    }
    let now = Ambient::system().clock.now().format("%Y%m%d-%H%M%S");
    let kept = beside(database, &format!("before-{now}"));
    // Never opened: it may be damaged, or of a newer Storetrail. The log ahead of it moves with it.
    if put_aside(database, &kept)? {
        eprintln!("what was there before is in {}", kept.display());
    }
    fs::rename(copy, database)
        .with_context(|| format!("can't put the backup to {}", database.display()))?;
    eprintln!("restored and verified: {}", database.display());
    Ok(ExitCode::SUCCESS)
}

/// Moves a database with its log and its index to another name. False when there is none.
fn put_aside(database: &Path, kept: &Path) -> anyhow::Result<bool> {
    for end in ["-wal", "-shm", ""] {
        let (from, to) = (with_end(database, end), with_end(kept, end));
        if from.exists() {
            fs::rename(&from, &to)
                .with_context(|| format!("can't put {} aside", from.display()))?;
        }
    }
    Ok(kept.exists())
}

/// What doesn't agree in the database of a file. Brings its schema up to date.
async fn check(file: &Path, data_dir: &Path) -> anyhow::Result<Vec<String>> {
    let url = format!("sqlite://{}?mode=rw", file.display());
    let storage = Storage::open_in(&url, Ambient::system(), data_dir).await?;
    let report = storage.verify().await;
    storage.close().await?;
    remove_companions(file)?;
    let report = report?;
    eprintln!("entries  {}", report.entries);
    eprintln!("root     {}", report.root);
    Ok(report.faults.iter().map(ToString::to_string).collect())
}

/// The file of a SQLite database's address.
fn sqlite_path(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite://")?;
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    Some(PathBuf::from(path))
}

fn beside(database: &Path, what: &str) -> PathBuf {
    with_end(database, &format!(".{what}"))
}

fn with_end(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

fn remove_companions(database: &Path) -> anyhow::Result<()> {
    remove(&with_end(database, "-wal"))?;
    remove(&with_end(database, "-shm"))
}

fn remove(file: &Path) -> anyhow::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("can't remove {}", file.display()))
        }
        _ => Ok(()),
    }
}
