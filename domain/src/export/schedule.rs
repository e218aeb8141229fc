//! Exports that make themselves again and again, on the store's clock.

use super::{ExportOptions, Selection, Source};
use crate::ScheduleId;
use crate::message::is_address;
use crate::problem::Problem;
use chrono::{
    DateTime, Datelike as _, Days, MappedLocalTime, Months, NaiveDate, NaiveTime, TimeDelta,
    TimeZone, Utc,
};
use serde::{Deserialize, Serialize};

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "every", rename_all = "snake_case")]
pub enum Every {
    /// Each day.
    Day,
    /// Each week.
    Week {
        /// 0 for Monday to 6 for Sunday (ISO 8601 minus one).
        weekday: u8,
    },
    /// Each month.
    Month {
        /// 1 to 31; in a shorter month its last day.
        day: u8,
    },
}

/// A schedule as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleDraft {
    /// Which one is changed; none for a new one.
    #[serde(default)]
    pub id: Option<ScheduleId>,
    /// What it is called, 1 to 100 characters.
    pub name: String,
    /// Of which log.
    pub source: Source,
    /// The query, asked anew each time: relative times stay relative.
    #[serde(default)]
    pub q: String,
    /// How the files look.
    pub options: ExportOptions,
    /// How often.
    pub every: Every,
    /// `HH:MM` on the store's clock.
    pub at: String,
    /// To whom a link is sent, at most 20 addresses.
    #[serde(default)]
    pub email_to: Vec<String>,
    /// Whether it runs.
    pub is_on: bool,
}

impl ScheduleDraft {
    /// The time of day.
    pub fn time(&self) -> Option<NaiveTime> {
        (self.at.len() == 5)
            .then(|| NaiveTime::parse_from_str(&self.at, "%H:%M").ok())
            .flatten()
    }

    /// What each run selects.
    pub fn selection(&self) -> Selection {
        Selection::Matching {
            source: self.source,
            q: self.q.clone(),
            up_to: None,
            except: Vec::new(),
        }
    }

    /// The same with its texts trimmed.
    ///
    /// # Errors
    /// The first wrong field; those of [`ExportOptions::checked`].
    pub fn checked(mut self) -> Result<Self, Problem> {
        self.name = self.name.trim().to_owned();
        let count = self.name.chars().count();
        if !(1..=100).contains(&count) || self.name.chars().any(char::is_control) {
            let message = "a name of 1 to 100 characters";
            return Err(Problem::field("/name", "required", message));
        }
        if self.time().is_none() {
            let message = "a time of day as HH:MM, such as 07:30";
            return Err(Problem::field("/at", "format", message));
        }
        match self.every {
            Every::Week { weekday } if weekday > 6 => {
                let message = "0 for Monday to 6 for Sunday";
                return Err(Problem::field("/every/weekday", "out_of_range", message));
            }
            Every::Month { day } if !(1..=31).contains(&day) => {
                return Err(Problem::field("/every/day", "out_of_range", "1 to 31"));
            }
            _ => {}
        }
        self.email_to = self
            .email_to
            .iter()
            .map(|address| address.trim().to_owned())
            .filter(|address| !address.is_empty())
            .collect();
        if self.email_to.len() > 20 {
            return Err(Problem::field(
                "/email_to",
                "too_large",
                "at most 20 addresses",
            ));
        }
        if let Some(at) = self.email_to.iter().position(|a| !is_address(a)) {
            let message = "an email address, such as sara@store.example";
            return Err(Problem::field(
                &format!("/email_to/{at}"),
                "format",
                message,
            ));
        }
        self.options = self.options.checked(self.source)?;
        Ok(self)
    }
}

impl Every {
    /// The first time after a moment. A time that the clocks skip is the first moment after the skip; one that
    /// they show twice counts once, the first time.
    pub fn next_after(
        self,
        after: DateTime<Utc>,
        at: NaiveTime,
        zone: &impl TimeZone,
    ) -> DateTime<Utc> {
        let today = after.with_timezone(zone).date_naive();
        let mut step = 0;
        loop {
            let next = self
                .nth_day(today, step)
                .map(|day| moment(day, at, zone))
                .filter(|next| *next > after);
            match next {
                Some(next) => return next,
                // The calendar ends in the year 262142.
                None if step > 2 => return DateTime::<Utc>::MAX_UTC,
                None => step += 1,
            }
        }
    }

    /// The day on which it is due in the period of `today`, or in one after it.
    fn nth_day(self, today: NaiveDate, step: u32) -> Option<NaiveDate> {
        match self {
            Self::Day => today.checked_add_days(Days::new(step.into())),
            Self::Week { weekday } => {
                let monday = today
                    .checked_sub_days(Days::new(today.weekday().num_days_from_monday().into()))?;
                monday.checked_add_days(Days::new(u64::from(weekday) + 7 * u64::from(step)))
            }
            Self::Month { day } => {
                let first = today.with_day(1)?.checked_add_months(Months::new(step))?;
                let length = first.checked_add_months(Months::new(1))? - first;
                let last = u32::try_from(length.num_days()).ok()?;
                first.with_day(u32::from(day).clamp(1, last))
            }
        }
    }
}

/// When the clock shows that time on that day.
fn moment(day: NaiveDate, at: NaiveTime, zone: &impl TimeZone) -> DateTime<Utc> {
    let local = day.and_time(at);
    let mut minutes = 0;
    loop {
        let shown = local + TimeDelta::minutes(minutes);
        match zone.from_local_datetime(&shown) {
            MappedLocalTime::Single(at) => return at.to_utc(),
            MappedLocalTime::Ambiguous(first, second) => return first.min(second).to_utc(),
            // No zone ever skipped more than a day.
            MappedLocalTime::None if minutes < 25 * 60 => minutes += 1,
            MappedLocalTime::None => return local.and_utc(),
        }
    }
}
