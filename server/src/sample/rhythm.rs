//! When things happen: the hours of a shop in Riyadh, its weekend, its campaigns.

use super::dice::Dice;
use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc, Weekday};

/// What Riyadh's clock adds to UTC; it has no summer time.
const OFFSET: TimeDelta = TimeDelta::hours(3);
const DAY: TimeDelta = TimeDelta::days(1);
const HOUR: TimeDelta = TimeDelta::hours(1);

/// Who keeps which hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rhythm {
    /// People who buy on the web: evenings until past midnight.
    Web,
    /// The counter in Olaya street: afternoons and evenings, on Fridays after prayer.
    Counter,
    /// Colleagues at a desk: Sunday to Thursday.
    Office,
    /// Colleagues who pack and count.
    Warehouse,
    /// Couriers at the door.
    Courier,
    /// Machines that wait for the night.
    Night,
    /// Machines that never sleep, and follow the shop a little.
    Machine,
}

impl Rhythm {
    /// How much of a day falls into each hour of Riyadh's clock.
    const fn hours(self, friday: bool) -> [u32; 24] {
        match self {
            Self::Web => [
                26, 14, 7, 4, 3, 3, 5, 7, 10, 14, 20, 23, 24, 25, 23, 21, 27, 34, 38, 41, 49, 53,
                46, 36,
            ],
            Self::Counter if friday => [
                0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 12, 20, 30, 38, 36, 44, 56, 58, 34, 6,
            ],
            Self::Counter => [
                0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 10, 14, 9, 15, 12, 11, 26, 34, 30, 38, 50, 46, 22, 3,
            ],
            Self::Office => [
                0, 0, 0, 0, 0, 0, 0, 2, 9, 20, 25, 24, 13, 21, 22, 19, 14, 9, 4, 2, 2, 3, 1, 0,
            ],
            Self::Warehouse => [
                0, 0, 0, 0, 0, 0, 0, 0, 2, 14, 24, 26, 14, 22, 25, 24, 21, 18, 12, 7, 2, 0, 0, 0,
            ],
            Self::Courier => [
                0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 14, 16, 9, 15, 18, 18, 22, 25, 26, 24, 16, 7, 0, 0,
            ],
            Self::Night => [
                8, 20, 30, 30, 18, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2,
            ],
            Self::Machine => [
                12, 10, 12, 9, 8, 8, 9, 11, 14, 17, 19, 19, 18, 19, 18, 18, 20, 22, 23, 23, 25, 25,
                21, 16,
            ],
        }
    }

    /// How a day compares with an ordinary one: the weekend, pay day, campaigns.
    pub fn factor(self, date: NaiveDate) -> f64 {
        let weekday = date.weekday();
        match self {
            Self::Web | Self::Counter => {
                let week = match weekday {
                    Weekday::Fri => 1.30,
                    Weekday::Sat => 1.28,
                    Weekday::Thu => 1.18,
                    Weekday::Wed => 0.96,
                    Weekday::Sun => 0.90,
                    _ => 0.82,
                };
                week * pay_day(date) * Campaign::on(date).map_or(1.0, |c| c.factor_on(date))
            }
            Self::Office => match weekday {
                Weekday::Fri => 0.15,
                Weekday::Sat => 0.40,
                _ => 1.15,
            },
            Self::Warehouse | Self::Courier => {
                if weekday == Weekday::Fri {
                    0.35
                } else {
                    1.10
                }
            }
            Self::Night => 1.0,
            Self::Machine => 0.7 + 0.3 * Self::Web.factor(date),
        }
    }

    /// Which share of a day's work falls between two times of one day.
    pub fn share(self, from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
        let parts = self.parts(from, to);
        let friday = day_of(from).weekday() == Weekday::Fri;
        let all: u32 = self.hours(friday).iter().sum();
        parts.iter().map(|p| p.2).sum::<f64>() / f64::from(all)
    }

    /// A time between two of one day; none when this rhythm rests between them.
    pub fn draw(
        self,
        dice: &mut Dice,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let parts = self.parts(from, to);
        let mut left = dice.share() * parts.iter().map(|p| p.2).sum::<f64>();
        for (start, length, weight) in parts {
            if left < weight {
                return Some(start + scaled(length, dice));
            }
            left -= weight;
        }
        None
    }

    /// The next time after `after` at which someone of this rhythm gets to it.
    pub fn next(self, dice: &mut Dice, after: DateTime<Utc>) -> DateTime<Utc> {
        let mut from = after;
        for _ in 0..5 {
            let end = end_of_day(from);
            let likely = self.share(from, end) * 1.6 * self.factor(day_of(from)).min(1.0);
            if dice.chance(likely)
                && let Some(time) = self.draw(dice, from, end)
            {
                return time;
            }
            from = end;
        }
        after + DAY
    }

    /// The hours between two times of one day: start, length, weight; those of no weight left out.
    fn parts(self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<(DateTime<Utc>, TimeDelta, f64)> {
        let day = day_of(from);
        let hours = self.hours(day.weekday() == Weekday::Fri);
        let mut start = start_of_day(day);
        let mut parts = Vec::with_capacity(24);
        for weight in hours {
            let end = start + HOUR;
            let (begin, finish) = (start.max(from), end.min(to));
            if weight > 0 && begin < finish {
                let length = finish - begin;
                let share = length.num_milliseconds() as f64 / 3_600_000.0;
                parts.push((begin, length, f64::from(weight) * share));
            }
            start = end;
        }
        parts
    }
}

/// A random part of `length`, to the microsecond.
fn scaled(length: TimeDelta, dice: &mut Dice) -> TimeDelta {
    let micros = length.num_microseconds().unwrap_or(0);
    TimeDelta::microseconds((micros as f64 * dice.share()) as i64)
}

/// Salaries are paid on the 27th; the shop is full for three days.
fn pay_day(date: NaiveDate) -> f64 {
    match date.day() {
        27 => 1.45,
        28 => 1.35,
        29 => 1.15,
        18..=26 => 0.92,
        _ => 1.0,
    }
}

/// The date on Riyadh's clock.
pub(super) fn day_of(time: DateTime<Utc>) -> NaiveDate {
    (time + OFFSET).date_naive()
}

/// Midnight of Riyadh's clock.
pub(super) fn start_of_day(date: NaiveDate) -> DateTime<Utc> {
    date.and_time(chrono::NaiveTime::MIN).and_utc() - OFFSET
}

/// The midnight that ends the day of `time`.
pub(super) fn end_of_day(time: DateTime<Utc>) -> DateTime<Utc> {
    start_of_day(day_of(time)) + DAY
}

/// `20 Nov`, as the shop writes it.
pub(super) fn short_date(date: NaiveDate) -> String {
    date.format("%-d %b").to_string()
}

/// `14:20` on Riyadh's clock.
pub(super) fn clock(time: DateTime<Utc>) -> String {
    (time + OFFSET).format("%H:%M").to_string()
}

/// The last minute of a day, as an address with Riyadh's offset (RFC 3339).
pub(super) fn last_minute(date: NaiveDate) -> String {
    format!("{date}T23:59:00+03:00")
}

/// Days on which the shop sells more, for a reason that has a name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Campaign {
    /// As the shop writes it in English.
    pub name: &'static str,
    /// As the shop writes it in Arabic.
    pub name_ar: &'static str,
    /// What its coupon begins with.
    pub code: &'static str,
    /// Its discount in per cent.
    pub percent: u32,
    /// How much more is sold on each of its days.
    pub factor: f64,
    /// Its first day.
    pub first: NaiveDate,
    /// The day on which most is sold.
    pub peak: NaiveDate,
    /// Its last day.
    pub last: NaiveDate,
}

impl Campaign {
    /// The campaign of a day, if there is one.
    pub fn on(date: NaiveDate) -> Option<Self> {
        Self::of_year(date.year())
            .into_iter()
            .find(|c| c.first <= date && date <= c.last)
    }

    /// How much more is sold on a day of it.
    pub fn factor_on(&self, date: NaiveDate) -> f64 {
        if date == self.peak {
            self.factor * 1.5
        } else {
            self.factor
        }
    }

    /// The campaigns of a year in order; they don't overlap.
    pub fn of_year(year: i32) -> Vec<Self> {
        let fixed = [
            (
                "Founding Day",
                "يوم التأسيس",
                "FOUNDING",
                15,
                1.4,
                (2, 20, 3),
            ),
            ("Mother’s Day", "عيد الأم", "MAMA", 20, 1.3, (3, 19, 3)),
            (
                "Spring edit",
                "تشكيلة الربيع",
                "SPRING",
                15,
                1.3,
                (4, 12, 5),
            ),
            (
                "Summer sale",
                "تخفيضات الصيف",
                "SUMMER",
                30,
                1.5,
                (6, 25, 10),
            ),
            (
                "Back to school",
                "العودة للمدارس",
                "SCHOOL",
                15,
                1.35,
                (8, 17, 7),
            ),
            ("National Day", "اليوم الوطني", "SAUDI", 25, 1.7, (9, 20, 5)),
            ("Singles’ Day", "يوم العزاب", "ELEVEN", 20, 1.8, (11, 10, 2)),
            (
                "Year-end clearance",
                "تصفية نهاية العام",
                "LASTCALL",
                40,
                1.4,
                (12, 26, 6),
            ),
        ];
        let mut campaigns: Vec<Self> = fixed
            .into_iter()
            .filter_map(
                |(name, name_ar, code, percent, factor, (month, day, days))| {
                    let first = NaiveDate::from_ymd_opt(year, month, day)?;
                    let last = first + DAY * (days - 1);
                    Some(Self {
                        name,
                        name_ar,
                        code,
                        percent,
                        factor,
                        first,
                        peak: last,
                        last,
                    })
                },
            )
            .collect();
        // White Friday is the last Friday of November; the shop starts ten days before it.
        let friday = (24..=30)
            .filter_map(|day| NaiveDate::from_ymd_opt(year, 11, day))
            .find(|date| date.weekday() == Weekday::Fri);
        if let Some(peak) = friday {
            campaigns.push(Self {
                name: "White Friday",
                name_ar: "الجمعة البيضاء",
                code: "FRIDAY",
                percent: 30,
                factor: 2.0,
                first: peak - DAY * 10,
                peak,
                last: peak + DAY * 2,
            });
        }
        campaigns.sort_by_key(|c| c.first);
        campaigns
    }
}
