//! The schema for SQLite and PostgreSQL: migrations that only ever append.
//!
//! Each migration is one pair of SQL files, written for each database by hand: the text index, partial
//! indexes and row ids are where the two differ and where the speed comes from. To add one: a pair
//! `NAME.sqlite.sql` and `NAME.postgres.sql`, a line in [`Migrator`]; never edit a released pair.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Applies every migration that a database lacks.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(SqlPair {
                name: "m20261121_000001_foundation",
                sqlite: include_str!("foundation.sqlite.sql"),
                postgres: include_str!("foundation.postgres.sql"),
            }),
            Box::new(SqlPair {
                name: "m20261121_000002_messages",
                sqlite: include_str!("messages.sqlite.sql"),
                postgres: include_str!("messages.postgres.sql"),
            }),
            Box::new(SqlPair {
                name: "m20261121_000003_followup",
                sqlite: include_str!("followup.sqlite.sql"),
                postgres: include_str!("followup.postgres.sql"),
            }),
            Box::new(SqlPair {
                name: "m20261121_000004_find",
                sqlite: include_str!("find.sqlite.sql"),
                postgres: include_str!("find.postgres.sql"),
            }),
            Box::new(SqlPair {
                name: "m20261121_000005_accounts",
                sqlite: include_str!("accounts.sqlite.sql"),
                postgres: include_str!("accounts.postgres.sql"),
            }),
            Box::new(SqlPair {
                name: "m20261121_000006_threads",
                sqlite: include_str!("threads.sqlite.sql"),
                postgres: include_str!("threads.postgres.sql"),
            }),
            Box::new(SqlPair {
                name: "m20261121_000007_operations",
                sqlite: include_str!("operations.sqlite.sql"),
                postgres: include_str!("operations.postgres.sql"),
            }),
            Box::new(SqlPair {
                name: "m20261121_000008_hooks",
                sqlite: include_str!("hooks.sqlite.sql"),
                postgres: include_str!("hooks.postgres.sql"),
            }),
            Box::new(SqlPair {
                name: "m20261121_000009_resend",
                sqlite: include_str!("resend.sqlite.sql"),
                postgres: include_str!("resend.postgres.sql"),
            }),
            Box::new(SqlPair {
                name: "m20261121_000010_targets",
                sqlite: include_str!("targets.sqlite.sql"),
                postgres: include_str!("targets.postgres.sql"),
            }),
            Box::new(SqlPair {
                name: "m20261121_000011_other_ways_in",
                sqlite: include_str!("other_ways_in.sqlite.sql"),
                postgres: include_str!("other_ways_in.postgres.sql"),
            }),
            Box::new(SqlPair {
                name: "m20261121_000012_rules",
                sqlite: include_str!("rules.sqlite.sql"),
                postgres: include_str!("rules.postgres.sql"),
            }),
            Box::new(SqlPair {
                name: "m20261121_000013_devices",
                sqlite: include_str!("devices.sqlite.sql"),
                postgres: include_str!("devices.postgres.sql"),
            }),
            Box::new(SqlPair {
                name: "m20261122_000014_older",
                sqlite: include_str!("older.sqlite.sql"),
                postgres: include_str!("older.postgres.sql"),
            }),
            Box::new(SqlPair {
                name: "m20261122_000015_lanes",
                sqlite: include_str!("lanes.sqlite.sql"),
                postgres: include_str!("lanes.postgres.sql"),
            }),
            Box::new(SqlPair {
                name: "m20261122_000016_customers",
                sqlite: include_str!("customers.sqlite.sql"),
                postgres: include_str!("customers.postgres.sql"),
            }),
            Box::new(SqlPair {
                name: "m20261122_000017_items",
                sqlite: include_str!("items.sqlite.sql"),
                postgres: include_str!("items.postgres.sql"),
            }),
            Box::new(SqlPair {
                name: "m20261123_000018_purge",
                sqlite: include_str!("purge.sqlite.sql"),
                postgres: include_str!("purge.postgres.sql"),
            }),
            Box::new(SqlPair {
                name: "m20261124_000019_pairs",
                sqlite: include_str!("pairs.sqlite.sql"),
                postgres: include_str!("pairs.postgres.sql"),
            }),
            Box::new(SqlPair {
                name: "m20261124_000020_erased_files",
                sqlite: include_str!("erased_files.sqlite.sql"),
                postgres: include_str!("erased_files.postgres.sql"),
            }),
        ]
    }
}

/// One step, in the words of each database.
struct SqlPair {
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

impl MigrationName for SqlPair {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for SqlPair {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let sql = match connection.get_database_backend() {
            DbBackend::Sqlite => self.sqlite,
            _ => self.postgres,
        };
        connection.execute_unprepared(sql).await.map(drop)
    }
}
