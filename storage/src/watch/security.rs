//! Reading the security log.

use super::filter::Log;
use super::walk::{Entry, Found};
use super::{request_row, security_row, shown_event};
use crate::log::{uuid_of, zone};
use crate::record::watch::{entry_of, event_of};
use crate::sql::{sql, values};
use crate::{Error, Page, Scope, Storage};
use domain::entry::EntryFilter;
use domain::security::{
    SecurityEvent, SecurityEventName, SecurityHas, SecurityKind, SecurityOutcome,
};
use domain::view::{
    AccountHabits, Count, Habit, Histogram, LogFacets, RequestRow, SecurityDetail, SecurityPage,
    SecurityRow,
};
use domain::{Permission, Seq, fold};
use sea_orm::FromQueryResult;
use uuid::Uuid;

/// How many events around one are shown.
const AROUND: i64 = 10;
/// From how many events habits are learned.
const LEARNED_FROM: i64 = 5_000;

#[derive(FromQueryResult)]
struct Columns {
    seq: i64,
    id: Vec<u8>,
    body: String,
}

#[derive(FromQueryResult)]
struct Origin {
    origin: String,
    label: String,
    first_at: i64,
    last_at: i64,
    times: i64,
}

impl Storage {
    /// A page of the security log.
    ///
    /// # Errors
    /// Forbidden without [`Permission::ReadSecurity`].
    pub async fn list_security(
        &self,
        scope: &Scope,
        filter: &EntryFilter,
        page: Page,
    ) -> Result<SecurityPage, Error> {
        let part = self.page_of(scope, Log::Security, filter, page).await?;
        Ok(SecurityPage {
            rows: part
                .found
                .iter()
                .filter_map(|found| row_of(scope, found))
                .collect(),
            next: part.next,
            searched_to: part.searched_to,
        })
    }

    /// How many events match, counted up to 20,000 looked through.
    ///
    /// # Errors
    /// As [`Storage::list_security`].
    pub async fn count_security(
        &self,
        scope: &Scope,
        filter: &EntryFilter,
    ) -> Result<Count, Error> {
        self.count_of(scope, Log::Security, filter).await
    }

    /// The numbers beside the filters: kinds, outcomes, parts.
    ///
    /// # Errors
    /// As [`Storage::list_security`].
    pub async fn security_facets(
        &self,
        scope: &Scope,
        filter: &EntryFilter,
    ) -> Result<LogFacets, Error> {
        let lists = [
            ("kind", SecurityKind::NAMES),
            ("outcome", SecurityOutcome::NAMES),
            ("has", SecurityHas::NAMES),
        ];
        self.facets_of(scope, Log::Security, filter, &lists).await
    }

    /// The security log over time; what was denied counts as pending.
    ///
    /// # Errors
    /// As [`Storage::list_security`].
    pub async fn security_histogram(
        &self,
        scope: &Scope,
        filter: &EntryFilter,
        buckets: u32,
    ) -> Result<Histogram, Error> {
        self.histogram_of(scope, Log::Security, filter, buckets)
            .await
    }

    /// One event with what happened around it. None when there is none or it is out of scope.
    ///
    /// # Errors
    /// As [`Storage::list_security`].
    pub async fn get_security(
        &self,
        scope: &Scope,
        id: Uuid,
    ) -> Result<Option<SecurityDetail>, Error> {
        scope.require(Permission::ReadSecurity)?;
        let backend = self.readers().get_database_backend();
        let text = "SELECT e.seq, e.id, p.body FROM ledger l JOIN security_event e ON e.order_key = l.order_key AND e.seq = l.seq \
                    JOIN payload p ON p.seq = e.seq WHERE l.record_id = ? AND l.kind = 'security' AND e.store_id = ?";
        let values = values![id.as_bytes().to_vec(), scope.store_id().0];
        let Some(c) = sql(backend, text, values)
            .one::<Columns>(self.readers())
            .await?
        else {
            return Ok(None);
        };
        let event = event_of(&c.body)?;
        let seq = Seq(c.seq);
        let proof = if scope.role().is_restricted() {
            None
        } else {
            self.proof(scope, seq).await?
        };
        let request = match &event.request_id {
            Some(request) if scope.role().may(Permission::ReadRequests) => {
                self.request_of(scope, request).await?
            }
            _ => None,
        };
        Ok(Some(SecurityDetail {
            row: security_row(scope, id, seq, &event),
            same_account: match &event.account {
                Some(account) if !scope.role().is_masked() => {
                    let account = fold(account);
                    self.around(scope, "account", account.into(), id).await?
                }
                _ => Vec::new(),
            },
            same_address: match event.origin.ip {
                Some(ip) if !scope.role().is_masked() => {
                    let ip = domain::IpRange::bytes_of(ip).to_vec();
                    self.around(scope, "ip", ip.into(), id).await?
                }
                _ => Vec::new(),
            },
            event: shown_event(scope, &event),
            request,
            proof,
        }))
    }

    /// The newest events of one account or address, without the one at hand.
    async fn around(
        &self,
        scope: &Scope,
        column: &str,
        value: sea_orm::Value,
        without: Uuid,
    ) -> Result<Vec<SecurityRow>, Error> {
        let text = format!(
            "SELECT e.seq, e.id, p.body FROM security_event e JOIN payload p ON p.seq = e.seq \
             WHERE e.store_id = ? AND e.{column} = ? AND e.id <> ? ORDER BY e.order_key DESC LIMIT ?"
        );
        let mut values = values![scope.store_id().0];
        values.push(value);
        values.extend(values![without.as_bytes().to_vec(), AROUND]);
        self.rows_of(scope, &text, values).await
    }

    /// The events that a call caused.
    pub(super) async fn security_of_request(
        &self,
        scope: &Scope,
        request_id: &str,
    ) -> Result<Vec<SecurityRow>, Error> {
        let text = "SELECT e.seq, e.id, p.body FROM security_event e JOIN payload p ON p.seq = e.seq \
                    WHERE e.request_id = ? AND e.store_id = ? ORDER BY e.order_key LIMIT 20";
        self.rows_of(scope, text, values![request_id, scope.store_id().0])
            .await
    }

    async fn rows_of(
        &self,
        scope: &Scope,
        text: &str,
        values: Vec<sea_orm::Value>,
    ) -> Result<Vec<SecurityRow>, Error> {
        let columns: Vec<Columns> = sql(self.readers().get_database_backend(), text, values)
            .all(self.readers())
            .await?;
        columns
            .into_iter()
            .map(|c| {
                let event = event_of(&c.body)?;
                Ok(security_row(scope, uuid_of(&c.id)?, Seq(c.seq), &event))
            })
            .collect()
    }

    /// The call of an id, as its line.
    pub(super) async fn request_of(
        &self,
        scope: &Scope,
        request_id: &str,
    ) -> Result<Option<RequestRow>, Error> {
        let text = "SELECT body FROM request_entry WHERE request_id = ? AND store_id = ? ORDER BY order_key LIMIT 1";
        let row = sql(
            self.readers().get_database_backend(),
            text,
            values![request_id, scope.store_id().0],
        )
        .row(self.readers())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let entry = entry_of(&row.try_get_by_index::<String>(0)?)?;
        Ok(Some(request_row(scope, &entry, 0)))
    }

    /// Where, with what and when a person of the scope's store signs in; by their address. Empty for who is no
    /// member of the store.
    ///
    /// # Errors
    /// Forbidden without [`Permission::ReadSecurity`], and for roles from whom addresses are hidden.
    pub async fn account_habits(
        &self,
        scope: &Scope,
        account: &str,
    ) -> Result<AccountHabits, Error> {
        scope.require(Permission::ReadSecurity)?;
        let mut habits = AccountHabits {
            hours: vec![0; 24],
            ..AccountHabits::default()
        };
        if scope.role().is_masked() {
            return Err(domain::Problem::new(
                domain::Code::Forbidden,
                "addresses and devices are hidden from this role",
            )
            .into());
        }
        let backend = self.readers().get_database_backend();
        let text = "SELECT o.origin, o.label, o.first_at, o.last_at, o.times FROM user_account u \
                    JOIN membership m ON m.user_id = u.id AND m.store_id = ? JOIN known_origin o ON o.who = ? \
                    WHERE u.email = ? ORDER BY o.last_at DESC LIMIT 100";
        let Some(login) = self.login_of(account).await? else {
            return Ok(habits);
        };
        let values = values![
            scope.store_id().0,
            format!("user:{}", login.user_id),
            login.email.clone()
        ];
        for origin in sql(backend, text, values)
            .all::<Origin>(self.readers())
            .await?
        {
            let list = if origin.origin.starts_with("ip:") {
                &mut habits.addresses
            } else {
                &mut habits.devices
            };
            if list.len() < 50 {
                list.push(Habit {
                    what: origin.label,
                    first_at: zone::time_of(origin.first_at),
                    last_at: zone::time_of(origin.last_at),
                    times: u32::try_from(origin.times).unwrap_or(u32::MAX),
                });
            }
        }
        let text = "SELECT e.seq, e.id, p.body FROM security_event e JOIN payload p ON p.seq = e.seq \
                    WHERE e.store_id = ? AND e.account = ? ORDER BY e.order_key DESC LIMIT ?";
        let values = values![scope.store_id().0, fold(&login.email), LEARNED_FROM];
        let zone = zone::of(scope.store());
        for c in sql(backend, text, values)
            .all::<Columns>(self.readers())
            .await?
        {
            let event: SecurityEvent = event_of(&c.body)?;
            if event.is_guess() {
                habits.failures += event.count;
            }
            if event.event == SecurityEventName::SignedIn {
                use chrono::Timelike as _;
                let hour = event.occurred_at.with_timezone(&zone).hour() as usize;
                if let Some(count) = habits.hours.get_mut(hour) {
                    *count += 1;
                }
                habits.sign_ins += 1;
            }
        }
        Ok(habits)
    }
}

pub(super) fn row_of(scope: &Scope, found: &Found) -> Option<SecurityRow> {
    match &found.entry {
        Entry::Security(event) => Some(security_row(scope, found.id, found.seq, event)),
        Entry::Request(_) => None,
    }
}
