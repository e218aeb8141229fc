//! Opening a database: pools, pragmas, migrations.

use crate::Error;
use migrations::Migrator;
use percent_encoding::percent_decode_str;
use sea_orm::sqlx::sqlite::{SqliteAutoVacuum, SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbBackend,
    SqliteTransactionMode, TransactionOptions, TransactionTrait as _,
};
use sea_orm_migration::MigratorTrait as _;
use std::path::PathBuf;
use std::time::Duration;

/// The connections of one database.
pub(crate) struct Connections {
    /// Reads: several at once.
    pub(crate) readers: DatabaseConnection,
    /// Writes: on SQLite exactly one connection; on PostgreSQL a few.
    pub(crate) writer: DatabaseConnection,
    /// Folds SQLite's write-ahead log, beside the writer; none on PostgreSQL.
    pub(crate) folder: Option<DatabaseConnection>,
    /// Where SQLite's file is; none on PostgreSQL.
    pub(crate) file: Option<PathBuf>,
}

/// For how long folding the write-ahead log may hold up those who write.
const FOLDING: Duration = Duration::from_millis(250);
/// How many SQLite readers: more than cores, since a long export must not hold up a page.
const SQLITE_READERS: u32 = 6;
/// How many bytes of a SQLite file are read as mapped memory: 64 GiB, which is all that this build maps (`.cargo/config.toml`;
/// one built otherwise maps 2 GiB). They are the system's cache of the file, and cost the process nothing of its own.
const MAPPED: &str = "68719476736";

impl Connections {
    /// Opens, creates if missing (SQLite), and migrates.
    pub(crate) async fn open(url: &str) -> Result<Self, Error> {
        if url.starts_with("sqlite:") {
            Self::open_sqlite(url).await
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Self::open_postgres(url).await
        } else {
            Err(Error::Configuration(
                "the database address begins with sqlite:// or postgres://; this one does not"
                    .to_owned(),
            ))
        }
    }

    async fn open_sqlite(url: &str) -> Result<Self, Error> {
        if url.contains(":memory:") {
            return Err(Error::Configuration(
                "an in-memory database would not be durable; name a file".to_owned(),
            ));
        }
        let path = url
            .trim_start_matches("sqlite://")
            .trim_start_matches("sqlite:");
        let path = path.split('?').next().unwrap_or(path);
        if let Some(folder) = std::path::Path::new(path)
            .parent()
            .filter(|p| !p.as_os_str().is_empty())
        {
            std::fs::create_dir_all(folder).map_err(|error| {
                Error::Configuration(format!(
                    "the folder {} can't be created: {error}",
                    folder.display()
                ))
            })?;
        }
        let address = format!("sqlite://{path}?mode=rwc");
        let writer = Database::connect(sqlite_options(&address, 1)).await?;
        migrate(&writer).await?;
        let readers = Database::connect(sqlite_options(&address, SQLITE_READERS)).await?;
        let folder = Some(Database::connect(folding_options(&address)).await?);
        Ok(Self {
            readers,
            writer,
            folder,
            // sqlx reads a path as part of an address.
            file: Some(percent_decode_str(path).decode_utf8_lossy().as_ref().into()),
        })
    }

    async fn open_postgres(url: &str) -> Result<Self, Error> {
        let options = |most: u32| {
            let mut options = ConnectOptions::new(url);
            options
                .max_connections(most)
                .min_connections(0)
                .sqlx_logging(false)
                .acquire_timeout(Duration::from_secs(10));
            options
        };
        let writer = Database::connect(options(4)).await?;
        let locale = writer
            .query_one_raw(sea_orm::Statement::from_string(
                DbBackend::Postgres,
                "SELECT datctype FROM pg_database WHERE datname = current_database()",
            ))
            .await?
            .and_then(|row| row.try_get_by_index::<String>(0).ok());
        if matches!(locale.as_deref(), Some("C" | "POSIX")) {
            return Err(Error::Configuration(
                "this PostgreSQL database has the locale C, in which pg_trgm sees no Arabic; create it with a UTF-8 \
                 locale, such as `CREATE DATABASE ... LC_CTYPE 'C.UTF-8' TEMPLATE template0`"
                    .to_owned(),
            ));
        }
        migrate(&writer).await?;
        let readers = Database::connect(options(8)).await?;
        Ok(Self {
            readers,
            writer,
            folder: None,
            file: None,
        })
    }
}

/// Migrates in one transaction, one process at a time: several may start at once.
async fn migrate(writer: &DatabaseConnection) -> Result<(), Error> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..Default::default()
    };
    let transaction = writer.begin_with_options(options).await?;
    if transaction.get_database_backend() == DbBackend::Postgres {
        // The number stands for nothing; it only has to be the same everywhere.
        transaction
            .execute_unprepared("SELECT pg_advisory_xact_lock(5820017)")
            .await?;
    }
    Migrator::up(&transaction, None).await?;
    Ok(transaction.commit().await?)
}

fn sqlite_options(address: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(address);
    options
        .max_connections(connections)
        .min_connections(1)
        .sqlx_logging(false)
        .acquire_timeout(Duration::from_secs(30))
        .map_sqlx_sqlite_opts(|options| {
            options
                // First, so that setting the journal mode beside another process waits instead of failing.
                .busy_timeout(Duration::from_secs(20))
                .auto_vacuum(SqliteAutoVacuum::Incremental)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .statement_cache_capacity(512)
                .pragma("secure_delete", "ON")
                .pragma("temp_store", "MEMORY")
                .pragma("cache_size", "-8000")
                .pragma("mmap_size", MAPPED)
        });
    options
}

/// Sets nothing that takes the writer's place while the connection is opened.
fn folding_options(address: &str) -> ConnectOptions {
    let mut options = ConnectOptions::new(address);
    options
        .max_connections(1)
        .min_connections(0)
        .sqlx_logging(false)
        .acquire_timeout(Duration::from_secs(30))
        .map_sqlx_sqlite_opts(|options| {
            options
                .busy_timeout(FOLDING)
                .synchronous(SqliteSynchronous::Full)
        });
    options
}
