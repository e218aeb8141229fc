//! No secret stands in the database as it was given out.

use crate::harness::{activity, idempotency, on_both};
use domain::Role;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use storage::record::Record;

#[test]
fn secrets_stand_in_no_table() {
    on_both(async |case| {
        let owner_link = case.storage.new_owner_token().await.expect("asked");
        let owner_link = owner_link.expect("there is no user yet");
        let sara = case.member("Sara Nasser", Role::Admin).await;
        let (secret, _) = case.key(Role::Admin).await;
        let records = vec![Record::Activity(activity("product.updated", 1))];
        case.storage
            .recorder()
            .record(&sara.scope, records, Some(idempotency("k", 1)))
            .await
            .expect("recorded");
        let raw = case.raw().await;
        let backend = raw.get_database_backend();
        let names = match backend {
            DbBackend::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table'",
            _ => "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
        };
        let names = raw
            .query_all_raw(Statement::from_string(backend, names))
            .await
            .expect("it runs");
        let mut searched = 0;
        for name in names {
            let table: String = name.try_get_by_index(0).expect("a name");
            // Every column of every row, as text and as the bytes of text.
            let columns = match backend {
                DbBackend::Sqlite => format!("SELECT name FROM pragma_table_info('{table}')"),
                _ => format!(
                    "SELECT column_name::text FROM information_schema.columns WHERE table_name = '{table}'"
                ),
            };
            let columns = raw
                .query_all_raw(Statement::from_string(backend, columns))
                .await
                .expect("it runs");
            for column in columns {
                let column: String = column.try_get_by_index(0).expect("a name");
                for given in [&owner_link, &sara.token, &secret, &secret[9..].to_owned()] {
                    let text = match backend {
                        DbBackend::Sqlite => format!(
                            "SELECT 1 FROM \"{table}\" WHERE instr(CAST(\"{column}\" AS TEXT), '{given}') > 0 \
                             OR instr(lower(hex(\"{column}\")), '{given}') > 0"
                        ),
                        _ => format!(
                            "SELECT 1 FROM \"{table}\" WHERE position('{given}' in \"{column}\"::text) > 0"
                        ),
                    };
                    let found = raw
                        .query_one_raw(Statement::from_string(backend, text))
                        .await
                        .expect("it runs");
                    assert!(found.is_none(), "a secret stands in {table}.{column}");
                    searched += 1;
                }
            }
        }
        assert!(searched > 300, "{searched} columns were searched");
        raw.close().await.expect("closed");
    });
}
