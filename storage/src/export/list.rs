//! The log of exports.

use super::row::{COLUMNS, Columns, Spec};
use crate::log::{uuid_of, zone};
use crate::record::message::damaged;
use crate::select::Picked;
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::message::Delivery;
use domain::query::{EXPORT, Query, QueryError};
use domain::view::{Download, ExportDetail, ExportEmail, ExportPage, ExportRow};
use domain::{ExportAccess, ExportId, MASK, MessageId, Problem};

/// How many exports one page looks through.
const LOOKED_THROUGH: usize = 20_000;
const CHUNK: i64 = 500;

/// What the file of an export may hold, or will when it is made.
pub(crate) struct Holding {
    pub(crate) id: ExportId,
    /// What is told of entries later asks nothing of them here: a file holds what matched when it was made.
    pub(crate) picked: Picked,
    pub(crate) has_file: bool,
}

impl Storage {
    /// A page of the log of exports, newest first, at most 200. The inner error: the query was not understood.
    ///
    /// # Errors
    /// `invalid_cursor`, or when the database fails. A role without exports finds none.
    pub async fn list_exports(
        &self,
        scope: &Scope,
        q: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Result<ExportPage, Vec<QueryError>>, Error> {
        let filter = Query::parse_as(q, &EXPORT).to_export_filter(
            self.ambient().clock.now(),
            &zone::of(scope.store()),
            zone::week_start(scope.store()),
        );
        let filter = match filter {
            Ok(filter) => filter,
            Err(mistakes) => return Ok(Err(mistakes)),
        };
        let mut page = ExportPage::default();
        if scope.role().export_access() == ExportAccess::None {
            return Ok(Ok(page));
        }
        let limit = limit.clamp(1, 200) as usize;
        let mut cursor = after.map(cursor_of).transpose()?;
        let now = self.ambient().clock.now().timestamp_micros();
        let mut looked = 0;
        loop {
            let chunk = self.export_chunk(scope, cursor.as_ref()).await?;
            let count = chunk.len();
            looked += count;
            for columns in chunk {
                let place = (columns.requested_at, columns.id.clone());
                if columns.is_seen_by(scope)? && filter.matches(&columns.facts()?) {
                    if page.rows.len() == limit {
                        page.next = cursor.map(|(at, id)| written(at, &id));
                        return Ok(Ok(page));
                    }
                    page.rows.push(columns.into_row(scope, now)?);
                    cursor = Some(place);
                } else if page.rows.len() < limit {
                    cursor = Some(place);
                }
            }
            if count < CHUNK as usize {
                return Ok(Ok(page));
            }
            if looked >= LOOKED_THROUGH {
                page.next = cursor.map(|(at, id)| written(at, &id));
                return Ok(Ok(page));
            }
        }
    }

    async fn export_chunk(
        &self,
        scope: &Scope,
        after: Option<&(i64, Vec<u8>)>,
    ) -> Result<Vec<Columns>, Error> {
        let mut statement = sql(
            self.readers().get_database_backend(),
            &format!("SELECT {COLUMNS} FROM export WHERE store_id = ?"),
            values![scope.store_id().0],
        );
        if let Some((at, id)) = after {
            statement
                .push(" AND (requested_at < ")
                .bind(*at)
                .push(" OR (requested_at = ")
                .bind(*at)
                .push(" AND id < ")
                .bind(id.clone())
                .push("))");
        }
        statement
            .push(" ORDER BY requested_at DESC, id DESC LIMIT ")
            .bind(CHUNK);
        statement.all(self.readers()).await
    }

    /// The exports of a store that have a file and were made here, with what they may hold.
    pub(crate) async fn exports_with_files(
        &self,
        store: &domain::view::StoreView,
    ) -> Result<Vec<(ExportId, Picked)>, Error> {
        let exports = self.exports_holding(store).await?.into_iter();
        Ok(exports
            .filter(|export| export.has_file)
            .map(|export| (export.id, export.picked))
            .collect())
    }

    /// The exports of a store that have a file or will have one, and were asked for here.
    pub(crate) async fn exports_holding(
        &self,
        store: &domain::view::StoreView,
    ) -> Result<Vec<Holding>, Error> {
        let text = format!(
            "SELECT {COLUMNS} FROM export WHERE store_id = ? AND NOT is_recorded \
             AND (has_file OR status IN ('queued', 'running'))"
        );
        let found: Vec<Columns> = sql(
            self.readers().get_database_backend(),
            &text,
            values![store.id.0],
        )
        .all(self.readers())
        .await?;
        let scope = Scope::system("what files hold", store.clone());
        let mut exports = Vec::with_capacity(found.len());
        for columns in found {
            let spec = Spec::of_json(&columns.spec)?;
            let at = spec.counts_from(columns.requested_at);
            let Some(selection) = spec.selection else {
                continue;
            };
            let picked = match self.pick(&scope, &selection, Some(columns.up_to), at).await {
                // It can't be made either.
                Err(Error::Problem(_)) if !columns.has_file => continue,
                picked => picked?,
            };
            exports.push(Holding {
                id: columns.id()?,
                has_file: columns.has_file,
                picked: Picked {
                    what: picked.what.lasting(),
                    ..picked
                },
            });
        }
        Ok(exports)
    }

    pub(super) async fn export_columns(
        &self,
        scope: &Scope,
        id: ExportId,
    ) -> Result<Option<Columns>, Error> {
        let text = format!("SELECT {COLUMNS} FROM export WHERE id = ? AND store_id = ?");
        let values = values![id.0.as_bytes().to_vec(), scope.store_id().0];
        let found: Option<Columns> = sql(self.readers().get_database_backend(), &text, values)
            .one(self.readers())
            .await?;
        match found {
            Some(columns) if columns.is_seen_by(scope)? => Ok(Some(columns)),
            _ => Ok(None),
        }
    }

    /// One export's line. None when there is none or it is out of scope.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn export_row(
        &self,
        scope: &Scope,
        id: ExportId,
    ) -> Result<Option<ExportRow>, Error> {
        let now = self.ambient().clock.now().timestamp_micros();
        self.export_columns(scope, id)
            .await?
            .map(|columns| columns.into_row(scope, now))
            .transpose()
    }

    /// One export with its downloads and emails, after a look whether its file is still there. None when there is none or
    /// it is out of scope.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn get_export(
        &self,
        scope: &Scope,
        id: ExportId,
    ) -> Result<Option<ExportDetail>, Error> {
        let Some(columns) = self.checked_columns(scope, id).await? else {
            return Ok(None);
        };
        let spec = Spec::of_json(&columns.spec)?;
        let row = columns.into_row(scope, self.ambient().clock.now().timestamp_micros())?;
        let is_masked = scope.role().is_masked();
        let backend = self.readers().get_database_backend();
        let key = id.0.as_bytes().to_vec();
        let text = "SELECT at, by_name FROM export_download WHERE export_id = ? ORDER BY at DESC LIMIT 100";
        let mut downloads = Vec::new();
        for found in sql(backend, text, values![key.clone()])
            .rows(self.readers())
            .await?
        {
            downloads.push(Download {
                at: zone::time_of(found.try_get_by_index(0)?),
                by: found.try_get_by_index(1)?,
            });
        }
        let text = "SELECT e.at, e.recipient, e.message_id, m.delivery FROM export_email e \
                    LEFT JOIN message m ON m.id = e.message_id WHERE e.export_id = ? ORDER BY e.at DESC LIMIT 100";
        let mut emails = Vec::new();
        for found in sql(backend, text, values![key])
            .rows(self.readers())
            .await?
        {
            let delivery: Option<String> = found.try_get_by_index(3)?;
            let delivery: Option<Delivery> = delivery
                .map(|text| serde_json::from_str(&text).map_err(damaged))
                .transpose()?;
            emails.push(ExportEmail {
                to: shown(found.try_get_by_index(1)?, is_masked),
                at: zone::time_of(found.try_get_by_index(0)?),
                message: MessageId(uuid_of(&found.try_get_by_index::<Vec<u8>>(2)?)?),
                status: delivery.and_then(|delivery| delivery.status),
            });
        }
        Ok(Some(ExportDetail {
            row,
            downloads,
            emails,
            owed: all_shown(spec.owed, is_masked),
            refused: all_shown(spec.refused, is_masked),
        }))
    }
}

fn written(at: i64, id: &[u8]) -> String {
    format!("{at:x}.{}", crate::session::hex(id))
}

fn cursor_of(text: &str) -> Result<(i64, Vec<u8>), Problem> {
    let read = text.split_once('.').and_then(|(at, id)| {
        let id = uuid::Uuid::parse_str(id).ok()?;
        Some((i64::from_str_radix(at, 16).ok()?, id.as_bytes().to_vec()))
    });
    read.ok_or_else(|| Problem::invalid_cursor("after", "next"))
}

/// An address, or the mask.
fn shown(to: String, is_masked: bool) -> String {
    if is_masked { MASK.to_owned() } else { to }
}

fn all_shown(addresses: Vec<String>, is_masked: bool) -> Vec<String> {
    let each = addresses.into_iter();
    each.map(|to| shown(to, is_masked)).collect()
}
